"""The command that tries mutants: what it draws, what becomes of a mutant, what it says; on a toy, without Cosmic Ray."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from conformance import catalogue
from conformance.backends.pytorch import TorchBackend
from conformance.faults import planting
from conformance.selftest import mutants, mutating
from conformance.selftest.mutant_trial import OTHERS, UNITS, Outcome, Stage
from conformance.selftest.mutants import Bench, Problem, Report, Results, Survivor
from conformance.selftest.mutating import SUBJECTS, Idle, Mutant, of_texts
from conformance.selftest.support import ROOT, copy_of_the_project, first_accusation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOY = "conformance/toy_sums.py"
HEALTHY = '''"""Sums."""

import os


def total(numbers: list[int]) -> int:
    """Add up."""
    left = list(numbers)
    found = 0
    while left:
        found += left.pop()
    return found
'''
TESTS = '''"""Sums are right."""

import subprocess
import sys

from conformance import toy_sums


def test_a_sum() -> None:
    assert toy_sums.total([1, 2]) == 3


def test_a_sum_in_another_process() -> None:
    code = "from conformance import toy_sums; print(toy_sums.total([4, 5, 0]))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"9\\n"
'''
NAME = "test_toy_sums"


def mutant(line: str, becomes: str) -> Mutant:
    """Change a line of the toy."""
    made = of_texts(TOY, "a hand", HEALTHY, HEALTHY.replace(line, becomes))
    assert made is not None
    return made


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A copy of the project with the toy in it, and two copies of that."""
    folder = tmp_path_factory.mktemp("bench")
    for name in ("root", "one", "other"):
        copy_of_the_project(folder / name)
        (folder / name / TOY).write_text(HEALTHY)
        (folder / name / "conformance/selftest" / f"{NAME}.py").write_text(TESTS)
    return Bench(folder / "root", (folder / "one", folder / "other"), folder / "log")


def test_each_mutant_gets_its_outcome(bench: Bench) -> None:
    """Killed by the first test that fails, by the file that can't be imported, by its end or by having none; or not at all.

    One that waits for longer than it may take of a processor's time is not killed: so does each on a busy machine.
    """
    hangs = mutant("found += left.pop()", "pass")
    waits = mutant("import os", "import os, time; time.sleep(6)")
    sleeps = mutant("import os", "import os, time; time.sleep(9999)")
    test = f"conformance/selftest/{NAME}.py"
    wanted = {
        mutant("found = 0", "found = 1"): f"{test}::test_a_sum",
        mutant("left.pop()", "(left.pop() or os._exit(3))"): f"{test}::test_a_sum_in_another_process",
        mutant("return found", "os._exit(7)"): "the process ended with 7",
        mutant("import os", "import no_such_module"): test,
        hangs: "no end within 2 s",
        waits: "",
        sleeps: "no end within 0 s",
        mutant("left = list(numbers)", "left = [*numbers]"): "",
    }
    seconds = {**dict.fromkeys(wanted, 120.0), hangs: 2.0, waits: 5.0, sleeps: 0.2}
    found = dict(bench.outcomes((one, (Stage("toy", seconds[one], names=(NAME,)),)) for one in wanted))

    assert {one: outcome.by for one, outcome in found.items() if one is not None} == wanted
    assert {outcome.stage for outcome in found.values()} == {"toy", ""}
    assert {outcome.killed for one, outcome in found.items() if one is not None and not wanted[one]} == {False}
    assert [(copy / TOY).read_text() for copy in bench.copies] == [HEALTHY] * 2


def test_stages_go_on_until_one_kills(bench: Bench) -> None:
    """The second is run where the first passes; the project as it is passes all."""
    first, second = Stage("first", 60.0, names=("test_sizes",)), Stage("second", 60.0, names=(NAME,))
    for copy in bench.copies:
        (copy / "conformance/selftest/test_sizes.py").write_text("def test_nothing() -> None:\n    pass\n")
    wrong = mutant("found = 0", "found = 1")
    found = dict(bench.outcomes([(wrong, (first, second)), (None, (first, second))]))

    assert (found[wrong].stage, found[None].killed) == ("second", False)


def test_the_suite_is_a_stage_too() -> None:
    """A clause that fails on PyTorch is named; those that are nearest come first."""
    with planting.by_id("integers-have-a-mean").planted():
        found = first_accusation(TorchBackend(), 101, "smoke", ("reductions.integers-have-no-mean",))

    assert found == "reductions.integers-have-no-mean[cpu]: fail"


def test_every_module_of_the_reference_is_a_subject_and_its_tests_exist() -> None:
    """No module is forgotten, and no test or clause that is gone is named."""
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "conformance/reference").glob("[!_]*.py")}
    tests = {path.stem for path in (ROOT / "conformance/selftest").glob("test_*.py")}
    clauses = [clause.id for clause in catalogue.load()]

    assert modules <= {one.module for one in SUBJECTS}
    assert all((ROOT / one.module).is_file() for one in SUBJECTS)
    assert {name for one in SUBJECTS for name in one.tests} | set(UNITS) <= tests
    for glob in {glob for one in SUBJECTS for glob in one.clauses}:
        assert any(fnmatchcase(clause, glob) for clause in clauses), glob


SOURCE = '''"""One + one."""

from __future__ import annotations

Both = Left | None | Right[int]
if TYPE_CHECKING:
    import a, b


def one(x: int | None, é: str = "é" * 2) -> int | str:
    """Say 1 + 1."""
    y: int | str = 1 | 2
    z = A | 3
    return y | z
'''


def test_what_can_not_matter_is_left_alone() -> None:
    """Docstrings, annotations, types that a name stands for, what the type checker reads; but nothing beside them."""
    idle = Idle(SOURCE)

    def held(line: str, part: str) -> bool:
        number = next(n for n, text in enumerate(SOURCE.splitlines(), 1) if line in text)
        return idle.holds(number, SOURCE.splitlines()[number - 1].index(part))

    for line, part in (
        ("One + one", "+"), ("__future__", "annotations"), ("Both", "|"), ("a, b", "b"), ("def one", "| None"),
        ("def one", "| str"), ("Say 1", "+"), ("y: int", "| str"),
    ):  # fmt: skip
        assert held(line, part), part
    for line, part in (
        ("Both", "Both"),
        ("def one", "* 2"),
        ("def one", '"é"'),
        ("y: int", "| 2"),
        ("z =", "|"),
        ("return", "|"),
    ):
        assert not held(line, part), part


def test_names_are_told_apart_and_not_ordered() -> None:
    """Where one side of a comparison is a text, be it in another comparison; but not around it."""
    source = "a = (kind == 'é') != (1 == len('x')) == (kind == [2 == 'y'])\n"
    idle = Idle(source)
    places = [column for column in range(len(source)) if source[column : column + 2] in ("==", "!=")]

    assert [source[:place].count("=") for place in places] == [1, 3, 4, 6, 8, 10]
    assert [idle.compares_names(1, place) for place in places] == [True, False, False, False, False, True]
    assert not idle.compares_names(1, 0)


def test_a_mutant_is_another_program() -> None:
    """One that says the same, or nothing at all, is none; its line is told, and what stands in its place."""
    assert of_texts(TOY, "a hand", HEALTHY, HEALTHY.replace("found = 0", "found = (0)")) is None
    assert of_texts(TOY, "a hand", HEALTHY, HEALTHY.replace("found = 0", "found =")) is None
    assert of_texts(TOY, "a hand", "return 0\n", "return 1\n") is None
    made = mutant("found = 0", "found = 1")
    assert (made.number, made.line, made.becomes) == (9, "found = 0", "found = 1")
    assert str(made) == f"{TOY}:9 a hand: found = 0  ->  found = 1"
    gone = of_texts(TOY, "a hand", "x = 1\n\n@f\ndef g(): pass\n", "x = 1\ndef g(): pass\n")
    assert gone is not None
    assert (gone.number, gone.line, gone.becomes) == (3, "@f", "")


@dataclass(frozen=True)
class _Number:
    """A number in a text, as Cosmic Ray tells it: where it begins and ends."""

    start: tuple[int, int]
    end: tuple[int, int]


class _OneMore:
    """An operator that makes each number one more."""

    @staticmethod
    def arguments() -> tuple[str, ...]:
        """Say that it needs nothing."""
        return ()

    @staticmethod
    def mutation_positions(node: _Number) -> Iterator[Any]:
        """Give the places of a node that it changes."""
        yield node.start, node.end


class _NeedsMore(_OneMore):
    """An operator that can't be used without being told more."""

    @staticmethod
    def arguments() -> tuple[str, ...]:
        """Name what it needs."""
        return ("cause",)


def _numbers(source: str) -> list[_Number]:
    return [
        _Number((n, column), (n, column + 1))
        for n, line in enumerate(source.splitlines(), 1)
        for column, letter in enumerate(line)
        if letter.isdigit()
    ]


def _one_more(source: str, _: Any, occurrence: int) -> str:
    number = _numbers(source)[occurrence]
    lines = source.splitlines(keepends=True)
    line, column = lines[number.start[0] - 1], number.start[1]
    lines[number.start[0] - 1] = f"{line[:column]}{int(line[column]) + 1}{line[column + 1 :]}"
    return "".join(lines)


@pytest.fixture
def _cosmic_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for Cosmic Ray, which knows one operator that can be used."""
    operators = {"core/OneMore": _OneMore, "core/NeedsMore": _NeedsMore, "core/Replace_Eq_Is": _OneMore}
    contents: dict[str, dict[str, Any]] = {
        "cosmic_ray": {},
        "cosmic_ray.ast": {"get_ast": _numbers, "ast_nodes": iter},
        "cosmic_ray.plugins": {"get_operator": operators.__getitem__, "operator_names": lambda: tuple(operators)},
        "cosmic_ray.mutating": {"mutate_code": _one_more},
    }
    for name, attributes in contents.items():
        module = ModuleType(name)
        vars(module).update(attributes)
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("_cosmic_ray")
def test_mutants_are_drawn_by_the_seed_and_stay_when_other_lines_change() -> None:
    """All places have the same chance; the same seed draws the same, and a new line redraws nothing but itself."""
    source = "".join(f"x{n % 3} = {n % 9}\n" for n in range(30))
    first, places = mutating.drawn({"a.py": source, "b.py": source}, 20, 0)

    assert places == 120  # the names of variables have digits too
    assert len(first) == len(set(first)) == 20
    assert {one.operator for one in first} == {"OneMore"}
    assert mutating.drawn({"b.py": source, "a.py": source}, 20, 0)[0] == first
    assert mutating.drawn({"a.py": source, "b.py": source}, 20, 1)[0] != first
    longer, _ = mutating.drawn({"a.py": f"y = z\n{source}", "b.py": source}, 20, 0)
    assert [(one.line, one.becomes) for one in longer] == [(one.line, one.becomes) for one in first]
    everything, _ = mutating.drawn({"a.py": "x = 8\n# 1\n"}, 20, 0)
    assert [one.becomes for one in everything] == ["x = 9"]


@pytest.mark.usefixtures("_cosmic_ray")
@pytest.mark.parametrize(("operator", "number"), [("core/Replace_NotEq_GtE", 2), ("core/Replace_Eq_NotEq", 3)])
def test_no_mutant_orders_names(operator: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of names it is changed whether they are the same, of numbers the order too."""
    monkeypatch.setattr(sys.modules["cosmic_ray.plugins"], "operator_names", lambda: [operator])
    monkeypatch.setattr(sys.modules["cosmic_ray.plugins"], "get_operator", lambda _: _OneMore)
    places = mutating.sites("a.py", "a = 1 == 'y'\nb = 2 == 3\n")

    assert len(places) == number
    assert {site.name.count("b = 2") for site in places} == ({1} if operator.endswith("GtE") else {0, 1})


MUTANTS = tuple(mutant("found = 0", f"found = {n}") for n in range(1, 41))
KILLED, ALIVE = Outcome("units", "a test", 1.0), Outcome()


def _entry(one: Mutant, **more: str) -> Survivor:
    fields = {
        "module": one.module,
        "operator": one.operator,
        "line": one.line,
        "becomes": one.becomes,
        "reason": "It is.",
    }
    return Survivor(**{**fields, **more})


@pytest.fixture
def _toy_as_root(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of entries are looked for in the toy."""
    healthy = mutants.idle
    monkeypatch.setattr(mutants, "idle", lambda entries: healthy(entries, bench.root))


@pytest.mark.usefixtures("_toy_as_root")
def test_what_must_not_be_is_told() -> None:
    """Too few killed; a survivor that isn't listed; an entry whose line is gone, or that is killed after all."""

    def complaints(outcomes: list[Outcome], *entries: Survivor) -> list[str]:
        pairs = tuple(zip(MUTANTS, outcomes, strict=False))
        return list(Report(pairs, entries, len(pairs), 99).complaints())

    one, two = MUTANTS[0], MUTANTS[1]
    assert complaints([KILLED] * 40) == []
    assert complaints([ALIVE, ALIVE, *[KILLED] * 38], _entry(one), _entry(two)) == []
    assert complaints([ALIVE, *[KILLED] * 39]) == [f"a survivor that is not listed: {one}"]
    assert complaints([ALIVE] * 3 + [KILLED] * 37, *map(_entry, MUTANTS[:3])) == ["fewer than 95% were killed"]
    assert complaints([KILLED] * 40, _entry(two)) == [f"it is listed as a survivor, and a test kills it: {two}"]
    assert complaints([KILLED] * 40, _entry(one, line="gone = 0")) == [
        f"the list's entry is idle, the line is gone from {TOY}: gone = 0"
    ]
    assert complaints([]) == []
    for other in ({"operator": "another"}, {"becomes": "found = 77"}):
        assert complaints([ALIVE, *[KILLED] * 39], _entry(one, **other)) == [f"a survivor that is not listed: {one}"]


def test_the_report_counts() -> None:
    """By stage, with the share."""
    pairs = tuple(zip(MUTANTS, [ALIVE, KILLED, Outcome("suite", "a clause")] + [KILLED] * 37, strict=True))
    head = Report(pairs, (), 40, 99).text().splitlines()[-1]

    assert head.startswith("39 of 40 mutants killed (97.5%), drawn from 99 places in ")
    assert head.endswith(" modules: 38 by units, 1 by suite; 1 survivors")


def test_results_are_kept_and_read_again(tmp_path: Path) -> None:
    """By the mutant's text; another text is another mutant, and a damaged file is told of."""
    path = tmp_path / "new" / "results.json"
    first = Results(path)
    first.keep(MUTANTS[0], KILLED)
    first.keep(MUTANTS[1], ALIVE)
    again = Results(path)

    assert [again.of(one) for one in MUTANTS[:3]] == [KILLED, ALIVE, None]
    path.write_text("[")
    with pytest.raises(Problem, match="is no file of results"):
        Results(path)


def test_the_list_has_reasons_and_no_idle_entry() -> None:
    """Each entry is of a subject and a line that is there; twice is once too often."""
    entries = mutants.listed()

    assert mutants.idle(entries) == []
    assert {one.module for one in entries} <= {one.module for one in SUBJECTS}
    assert len(set(entries)) == len(entries)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[survivor]]\nmodule = 1", "is damaged"),
        ("survivor = [", "is damaged"),
        (None, "is damaged"),
        ("REASON", "no reason"),
    ],
)
def test_a_damaged_list_is_told_of(text: str | None, words: str, tmp_path: Path) -> None:
    """In one sentence."""
    path = tmp_path / "list.toml"
    if text is not None:
        whole = '[[survivor]]\nmodule = "m"\noperator = "o"\nline = "l"\nbecomes = "b"\nreason = " "\n'
        path.write_text(text.replace("REASON", whole))

    with pytest.raises(Problem, match=words):
        mutants.listed(path)


def test_stages_are_the_nearest_first_and_none_twice() -> None:
    """The module's own tests, the other quick ones, the suite; and the whole selftest where it is asked for."""
    subject = next(one for one in SUBJECTS if one.module.endswith("strict.py"))
    seconds = {"units": 10.0, "suite": 20.0}
    short, long = (mutants.stages(subject, {**seconds, **more}) for more in ({}, {"whole": 100.0}))
    known = mutants.stages(subject, {**seconds, "whole": 100.0}, listed=True)

    assert [(one.name, one.kind) for one in short] == [("nearest", "tests"), ("units", "tests"), ("suite", "suite")]
    assert known == short[:2]
    assert [one.seconds for one in short] == [80.0, 80.0, 140.0]
    assert (short[0].names, long[:3]) == (subject.tests, short)
    names = [name for one in long if one.kind == "tests" for name in one.names]
    assert len(set(names)) == len(names)
    assert (long[3].name, long[3].seconds) == ("whole", 620.0)
    assert {"test_general_clauses", "test_matrix"} <= set(long[3].names)
    assert not {"test_quality", "test_mutants"} & set(names)


@pytest.mark.parametrize(("whole", "names"), [(False, ["units", "suite"]), (True, ["units", "suite", "whole"])])
def test_every_stage_passes_without_a_mutant_first(names: list[str], *, whole: bool) -> None:
    """One that fails as things are would kill every mutant: each is run, all files of the whole selftest among them."""
    run: list[Stage] = []

    class Toy(Bench):
        """A bench on which the last stage fails, where it is told so."""

        fails = ""

        def outcomes(self, turns: Any) -> Iterator[tuple[Mutant | None, Outcome]]:
            """Note the stages."""
            for mutant, stages in turns:
                run.extend(stages)
                yield (
                    mutant,
                    Outcome(stages[0].name, "a test", 3.0) if stages[0].name == self.fails else Outcome(seconds=3.0),
                )

    toy = Toy(ROOT, (), ROOT)
    assert mutants.measured(toy, whole=whole) == dict.fromkeys(names, 3.0)
    assert [one.name for one in run] == names
    files = {name for one in run if one.kind == "tests" for name in one.names}
    missing = {path.stem for path in (ROOT / "conformance/selftest").glob("test_*.py")} - files - set(OTHERS)
    assert bool(missing) is not whole
    Toy.fails = names[-1]
    with pytest.raises(Problem, match="without a mutant the selftest fails already: a test"):
        mutants.measured(toy, whole=whole)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sample", "none"], "'none' is no whole number above 0"), (["--sample", "0"], "'0' is no whole number above 0"),
        (["-n", "-1"], "no whole number above 0"), (["--unknown"], "unrecognized arguments: --unknown"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_told(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With exit code 2."""
    with pytest.raises(SystemExit) as ended:
        mutants.options(arguments)

    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_without_cosmic_ray_the_command_says_how_to_install_it() -> None:
    """One sentence, exit code 2."""
    code = "import sys; sys.modules['cosmic_ray'] = None; from conformance.selftest import mutants; sys.exit(mutants.main([]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr == "mutants: Cosmic Ray is missing: pip install 'tensor-conformance[mutants]'\n"
