"""The matrix tells apart what it must: each of its findings is shown on a toy that has it."""

from __future__ import annotations

import ctypes
import dataclasses
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner

from conformance import catalogue
from conformance.cli import main
from conformance.documents import FixtureError
from conformance.faults import planting
from conformance.faults.planting import Fault, Innocent
from conformance.matrix import choice, figures, forks, judgement, page, record, trial
from conformance.matrix.measuring import Request, measure
from conformance.matrix.progress import Shown
from conformance.matrix.trial import evidence_module
from conformance.problems import UsageProblem
from conformance.runner import interrupts, oracle
from conformance.selftest.support import ROOT, command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.documents import Case
    from conformance.matrix.record import Matrix
    from conformance.observation import Expectation

MEAN, ARGMAX = "conformance.reference.reductions.mean", "conformance.reference.reductions.argmax"
CAT = "conformance.reference.joining.cat"
# Nothing else is run here, so that a survivor costs little.
CLAUSES = ("reductions.means", "reductions.mean", "reductions.first-largest")


def toy(
    identifier: str, function: Callable[..., Any], target: str = MEAN, clauses: tuple[str, ...] = ("reductions.means",)
) -> Fault:
    """Make a fault of the reference that the catalogue does not know."""
    return Fault(identifier, f"{identifier}.", "toys", (target,), function, "value", clauses)


def harmless(
    identifier: str, function: Callable[..., Any], touches: tuple[str, ...] = ("reductions.mean",)
) -> Innocent:
    """Make an innocent of the reference."""
    return Innocent(identifier, f"{identifier}.", "toys", (MEAN,), function, "This is a toy.", touches)


def _off_by_one(healthy: Any, *args: Any, **kwargs: Any) -> Any:
    result = healthy(*args, **kwargs)
    result.array()[...] = result.array() + 1
    return result


def _kept_off_by_one(healthy: Any, *args: Any, keepdim: bool = False, **kwargs: Any) -> Any:
    return (_off_by_one if keepdim else _as_it_is)(healthy, *args, keepdim=keepdim, **kwargs)


def _as_it_is(healthy: Any, *args: Any, **kwargs: Any) -> Any:
    return healthy(*args, **kwargs)


def _ends(healthy: Any, *args: Any, **kwargs: Any) -> Any:
    del healthy, args, kwargs
    os.abort()


def _leaves(healthy: Any, *args: Any, **kwargs: Any) -> Any:
    del healthy, args, kwargs
    os._exit(0)


def _hangs(healthy: Any, *args: Any, **kwargs: Any) -> Any:
    del healthy, args, kwargs
    return ctypes.PyDLL(None).sleep(1000)


def evidence(live: Callable[[Any], bool], grade: float = 0.2) -> Any:
    """Make a module of evidence that says the same of every fault."""
    return SimpleNamespace(is_live=live, evidence=lambda _: SimpleNamespace(grade=grade))


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Matrix]:
    """Measure toys in smoke, by a few clauses; each is live."""
    monkeypatch.setattr(trial, "evidence_module", lambda: evidence(lambda _: True))

    def of(
        *faults: Fault,
        innocents: tuple[Innocent, ...] = (),
        whole: bool = False,
        seconds: float = 10.0,
        workers: int = 2,
    ) -> Matrix:
        log, seeds = tmp_path / record.LOG_NAME, {"standard": 1, "smoke": 3}
        return measure(Request(faults, innocents, "smoke", 0, workers, seconds, whole, log, CLAUSES, seeds))

    return of


def found(matrix: Matrix) -> dict[str, tuple[str, ...]]:
    """Give the sentences of a matrix's findings by their titles."""
    return {one.title: one.sentences for one in judgement.findings(matrix)}


def test_a_fault_that_is_caught_as_meant_leaves_nothing_to_say(measured: Callable[..., Matrix]) -> None:
    """It is reached, its catcher and case are named, time and cases to the first catch are counted."""
    matrix = measured(toy("off-by-one", _off_by_one))
    one = matrix.faults[0]

    assert found(matrix) == {}
    assert judgement.exit_code(matrix) == 0
    assert (one.reached, one.caught, one.caught_by) == (True, True, ("reductions.means",))
    assert one.cases in range(1, 10)
    assert one.calls > 0
    assert one.seconds is not None
    assert one.seconds > 0
    assert "value" in one.catches[0].message
    assert page.text(matrix).splitlines()[-1].startswith("1 of 1 faults caught; 0 of 0 innocents accused; ")


def test_all_meant_clauses_are_run_and_no_other_after_a_catch(measured: Callable[..., Matrix]) -> None:
    """The first part is whole, in the suite's order; the rest is for what nobody caught."""
    both = ("reductions.mean", "reductions.means")
    matrix = measured(toy("by-both", _off_by_one, clauses=both), toy("by-one", _off_by_one, clauses=both[:1]))

    assert [one.caught_by for one in matrix.faults] == [both, both[:1]]


def test_a_survivor_is_told(measured: Callable[..., Matrix]) -> None:
    """A fault that is called, and found by no clause at all, survived."""
    matrix = measured(toy("survivor", _as_it_is))

    assert list(found(matrix)) == ["faults that survived"]
    assert "survivor: its stand-in was called " in found(matrix)["faults that survived"][0]
    assert judgement.exit_code(matrix) == 1
    assert "survived" in page.text(matrix).splitlines()[1]


def test_an_unreached_fault_is_no_survivor(measured: Callable[..., Matrix]) -> None:
    """A fault whose stand-in no case calls was never reached."""
    matrix = measured(toy("unreached", _off_by_one, CAT))

    assert found(matrix) == {"faults that were never reached": ("unreached: no case calls its stand-in (unreached.)",)}
    assert judgement.exit_code(matrix) == 1


@pytest.mark.parametrize(("live", "code"), [(True, 0), (False, 1)])
def test_a_dead_fault_is_told(
    measured: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch, *, live: bool, code: int
) -> None:
    """A fault whose witness does not differ is dead, even if it is caught; its grade is kept."""
    monkeypatch.setattr(trial, "evidence_module", lambda: evidence(lambda _: live, 0.005))
    matrix = measured(toy("dead", _off_by_one))

    assert (matrix.faults[0].live, matrix.faults[0].difficulty) == (live, "hard")
    assert list(found(matrix)) == ([] if live else ["faults that aren't live"])
    assert judgement.exit_code(matrix) == code


def test_a_fault_without_a_witness_is_not_live(
    measured: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried all the same, and the reason is told."""

    def unknown(_: Fault) -> bool:
        raise FixtureError("it has no witness")

    monkeypatch.setattr(trial, "evidence_module", lambda: evidence(unknown))
    matrix = measured(toy("unknown", _off_by_one))

    assert matrix.faults[0].caught
    assert found(matrix) == {"faults that aren't live": ("unknown: it has no witness",)}
    assert "no witness" in page.text(matrix).splitlines()[1]


def test_what_was_not_asked_is_not_answered(measured: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no evidence at all, a fault is neither live nor dead, and has no grade."""
    monkeypatch.setattr(trial, "EVIDENCE", "conformance.faults.nosuch")
    monkeypatch.setattr(trial, "evidence_module", evidence_module)
    one = measured(toy("off-by-one", _off_by_one)).faults[0]

    assert (one.live, one.difficulty, one.caught) == (None, "ungraded", True)


def test_a_fault_that_can_not_be_planted_is_not_live(measured: Callable[..., Matrix]) -> None:
    """A target that this version of the library does not have is told as that."""
    matrix = measured(toy("nowhere", _off_by_one, "conformance.reference.reductions.nowhere"))

    assert "it can't be planted here: AttributeError" in found(matrix)["faults that aren't live"][0]
    assert judgement.exit_code(matrix) == 1


@pytest.mark.parametrize(
    ("function", "verdict", "words"),
    [(_ends, "crash", "SIGABRT"), (_leaves, "crash", "exit code 0"), (_hangs, "timeout", "took longer than 0.5 s")],
    ids=["crash", "exit", "hang"],
)
def test_what_ends_its_process_is_caught(
    function: Callable[..., Any], verdict: str, words: str, measured: Callable[..., Matrix]
) -> None:
    """A crash, an exit and a hang are caught by the clause that ran, and cost nothing else."""
    seconds = 0.5 if verdict == "timeout" else 10.0
    matrix = measured(toy("fatal", function), toy("off-by-one", _off_by_one), seconds=seconds)
    fatal, other = matrix.faults

    assert (fatal.caught_by, fatal.catches[0].verdict, fatal.cases) == (("reductions.means",), verdict, 1)
    assert words in fatal.catches[0].message
    assert other.caught
    assert judgement.exit_code(matrix) == 0


def test_a_witness_that_ends_its_process_is_live(
    measured: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is tried all the same, without asking again."""
    monkeypatch.setattr(trial, "evidence_module", lambda: evidence(lambda _: os.abort()))
    one = measured(toy("fatal", _ends)).faults[0]

    assert (one.live, one.caught, one.grade) == (True, True, None)


def test_a_fault_that_only_others_catch_is_told(measured: Callable[..., Matrix]) -> None:
    """It counts as caught, and the clause that was meant to catch it did not."""
    matrix = measured(toy("elsewhere", _off_by_one, ARGMAX))

    assert matrix.faults[0].caught
    assert found(matrix) == {
        "faults caught only by other clauses than those meant": (
            "elsewhere: caught by reductions.first-largest, and meant for reductions.means",
        )
    }
    assert judgement.exit_code(matrix) == 1


def test_a_clause_that_guards_nothing_is_told(measured: Callable[..., Matrix]) -> None:
    """A clause that no fault makes fail is named, where all faults were tried; a document's is tried on every fault."""
    one = toy("off-by-one", _off_by_one)

    assert found(measured(one)) == {}
    matrix = measured(one, whole=True)
    assert found(matrix)["clauses that guard nothing"] == ("reductions.first-largest: no fault makes it fail",)
    assert matrix.faults[0].caught_by == ("reductions.means", "reductions.mean")
    assert judgement.exit_code(matrix) == 1


def test_a_general_clause_must_see_what_golden_ones_do_not(measured: Callable[..., Matrix]) -> None:
    """It is tried on all that those of its topic don't see, even where nobody meant it for that."""
    plain, subtle = toy("plain", _off_by_one), toy("subtle", _kept_off_by_one, ARGMAX, ("reductions.first-largest",))
    both = dataclasses.replace(subtle, targets=(ARGMAX, MEAN))
    without, beside = measured(plain, subtle, whole=True), measured(plain, both, whole=True)

    assert [one.seen_by_golden for one in without.faults] == [True, False]
    assert found(without) == {
        "general clauses that see no more than golden ones": (
            "reductions.means: golden clauses of its topic see each fault that it catches",
        )
    }
    assert judgement.exit_code(without) == 1
    assert beside.faults[1].caught_by == ("reductions.first-largest", "reductions.means")
    assert (found(beside), beside.adding_nothing) == ({}, ())


def test_what_golden_clauses_see_is_asked_only_of_a_whole_matrix(measured: Callable[..., Matrix]) -> None:
    """A part of it tells nothing of a clause."""
    matrix = measured(toy("plain", _off_by_one))

    assert (matrix.faults[0].seen_by_golden, matrix.adding_nothing) == (None, ())


def test_a_golden_clause_that_ends_the_process_sees_the_fault(measured: Callable[..., Matrix]) -> None:
    """What is left of its topic is not run, so that each topic costs one hang at most."""
    matrix = measured(toy("fatal", _ends), whole=True)

    assert matrix.faults[0].seen_by_golden
    assert matrix.faults[0].caught_by == ("reductions.means", "reductions.mean")


def test_a_clause_without_a_case_here_is_not_asked(
    measured: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be judged, nothing is guarded and nobody is to blame."""
    fault = toy("survivor", _as_it_is, clauses=("reductions.first-largest",))
    monkeypatch.setattr("conformance.runner.oracle.is_judge", lambda _: True)
    matrix = measured(fault, whole=True)

    assert matrix.guarding_nothing == ("reductions.mean",)
    assert matrix.clauses == 1


def test_an_accused_innocent_is_told(measured: Callable[..., Matrix]) -> None:
    """It is named with its clause, profile, seed and case, and one that nobody accuses is not."""
    matrix = measured(innocents=(harmless("accused", _off_by_one), harmless("innocent", _as_it_is)))
    accused, innocent = matrix.innocents
    runs = {("standard", 0), ("smoke", 0), ("smoke", 1), ("smoke", 2)}

    assert (accused.runs, innocent.runs) == (4, 4)
    assert (accused.accused_by, innocent.accused_by) == (("reductions.mean",), ())
    assert {(one.profile, one.seed) for one in accused.accusations} == runs
    (sentence,) = found(matrix)["innocents accused"]
    assert sentence.startswith("accused is accused in 4 of 4 runs by reductions.mean (fail, ")
    assert judgement.exit_code(matrix) == 1


def test_cases_are_made_once_for_all_innocents(
    measured: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parent asks the reference once a case, for however many; children, whose asking it would not see, need not."""
    asked: list[str] = []
    healthy = oracle.expectation

    def counting(case: Case, *args: Any, **kwargs: Any) -> Expectation:
        asked.append(case.id)
        return healthy(case, *args, **kwargs)

    monkeypatch.setattr("conformance.runner.oracle.expectation", counting)
    measured(innocents=(harmless("one", _as_it_is, touches=("reductions.means",)),))
    alone = asked.copy()
    asked.clear()
    toys = [harmless(name, _off_by_one, touches=("reductions.means",)) for name in ("first", "second")]
    matrix = measured(innocents=tuple(toys))

    assert alone
    assert asked == alone
    assert [(one.runs, one.accused_by) for one in matrix.innocents] == [(4, ("reductions.means",))] * 2


def test_a_case_that_can_not_be_prepared_is_told_when_it_runs(
    measured: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks in the making breaks again in the child, whose clause tells it."""

    def broken(*_: Any) -> Iterator[Any]:
        raise KeyError("table")

    clauses = tuple(
        dataclasses.replace(one, table=broken) if one.id == "reductions.means" else one for one in catalogue.load()
    )
    monkeypatch.setattr(catalogue, "load", lambda: clauses)
    matrix = measured(innocents=(harmless("toy", _as_it_is, touches=("reductions.means",)),))

    assert "KeyError: 'table'" in found(matrix)["the suite itself broke"][0]


def test_an_innocent_is_tried_with_two_seeds_in_standard_and_twenty_in_smoke() -> None:
    """That is what is promised of it."""
    assert Request((), (), "standard", 0, 2, 10.0, False, Path()).seeds == {"standard": 2, "smoke": 20}  # noqa: FBT003


def test_an_innocent_that_nobody_calls_proves_nothing(measured: Callable[..., Matrix]) -> None:
    """Neither one whose stand-in no case calls, nor one that touches no clause."""
    far = harmless("far", _as_it_is, touches=("reductions.first-largest",))
    nowhere = harmless("nowhere", _as_it_is, touches=("devices.*",))
    matrix = measured(innocents=(far, nowhere))

    assert list(found(matrix).values()) == [("far: no case calls its stand-in", "nowhere: it touches no clause here")]
    assert judgement.exit_code(matrix) == 1


def test_a_clause_that_fails_with_nothing_planted_proves_nothing(measured: Callable[..., Matrix]) -> None:
    """A catch by a clause that accuses the healthy library is told as none."""
    with toy("everywhere", _off_by_one).planted():
        matrix = measured(toy("survivor", _as_it_is, ARGMAX))

    (sentences,) = [one for title, one in found(matrix).items() if title.startswith("clauses that fail with nothing")]
    assert "reductions.means (fail, smoke, seed 0): " in sentences[0]
    assert judgement.exit_code(matrix) == 1


def test_a_defect_of_the_suite_is_no_catch(measured: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks in the suite itself is exit code 3, in a clause or around it."""
    monkeypatch.setattr("conformance.runner.oracle.expectation", lambda *_, **__: dict[str, str]()["defect"])
    inside = measured(toy("off-by-one", _off_by_one))
    monkeypatch.setattr(trial, "evidence_module", lambda: SimpleNamespace())  # noqa: PLW0108 - called by the name
    around = measured(toy("off-by-one", _off_by_one))

    for matrix in (inside, around):
        assert "the suite itself broke" in found(matrix)
        assert judgement.exit_code(matrix) == 3
    assert "KeyError: 'defect'" in found(inside)["the suite itself broke"][0]
    assert "no attribute 'is_live'" in found(around)["the suite itself broke"][0]


def test_a_measurement_is_written_whole_and_read_again(measured: Callable[..., Matrix], tmp_path: Path) -> None:
    """faults.json keeps its published schema, and nothing is lost on the way."""
    matrix = measured(toy("off-by-one", _off_by_one), innocents=(harmless("accused", _off_by_one),))
    record.write(matrix, tmp_path, page.markdown(matrix))
    published = json.loads(CliRunner().invoke(main, ["schema", "faults"]).output)

    jsonschema.Draft202012Validator(published).validate(json.loads((tmp_path / record.JSON_NAME).read_text()))
    assert record.read(tmp_path / record.JSON_NAME) == matrix
    assert "| off-by-one | toys | reference |" in (tmp_path / record.PAGE_NAME).read_text()
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.endswith(".part")) == []


def matrix_of(*faults: record.FaultRecord, **facts: Any) -> Matrix:
    """Make a matrix without measuring."""
    empty = record.Matrix(2, "0", "2", "smoke", 0, 1, False, "now", 0.0, None, faults, (), 0, (), (), ())  # noqa: FBT003
    return msgspec.structs.replace(empty, **facts)


def test_a_cell_of_the_page_stays_one_cell() -> None:
    """What Markdown would read is written as it is."""
    fault = record.FaultRecord("a|b", "S.", "toys", "Python", "systematic", "value", ())

    assert "| a\\|b |" in page.markdown(matrix_of(fault))


def test_what_breaks_with_nothing_planted_is_a_defect_of_the_suite() -> None:
    """It is told as that, beside what breaks on a variant."""
    matrix = matrix_of(broke=("trace\nKeyError: 1",))

    assert found(matrix) == {"the suite itself broke": ("nothing planted: KeyError: 1",)}
    assert judgement.exit_code(matrix) == 3


@pytest.mark.parametrize(
    ("grade", "word"), [(None, "ungraded"), (0.51, "easy"), (0.5, "middle"), (0.01, "middle"), (0.0, "hard")]
)
def test_a_grade_has_a_word(grade: float | None, word: str) -> None:
    """Above half of the plain cases is easy, below one in a hundred is hard."""
    assert record.FaultRecord("a", "S.", "toys", "Python", "", "value", (), grade).difficulty == word


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [_Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_progress_is_a_live_line_on_a_terminal_and_one_line_elsewhere(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Phases are shown where somebody looks on, without a thread: this process forks."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    threads = threading.active_count()
    with Shown(stream, "2 faults") as shown:
        shown.phase("faults", 2)
        shown.step()
        shown.tick()
        assert threading.active_count() == threads
    said = stream.getvalue()

    assert ("faults" in said and "1/2" in said) if stream.isatty() else said == "2 faults\n"
    assert "\x1b[3" not in said


def test_what_a_trial_imports_is_imported_before_the_next(measured: Callable[..., Matrix]) -> None:
    """So that only the first pays for what a library leaves to its first calls; its name may be nobody's."""
    name = "xml.sax.saxutils"
    costs: list[bool] = []

    def importing(*_: Any, **__: Any) -> None:
        costs.append(name not in sys.modules)
        importlib.import_module(name)
        sys.modules["nobody's"] = sys
        raise RuntimeError(f"first: {costs[0]}")

    for module in [one for one in sys.modules if one.startswith("xml.sax")]:
        del sys.modules[module]
    matrix = measured(*(toy(f"toy-{n}", importing) for n in range(2)), workers=1)

    assert ["first: True" in one.catches[0].message for one in matrix.faults] == [True, False]


class _Sleeper:
    """A job that says a line and takes its time."""

    def run(self, slate: forks.Slate) -> Iterator[bytes]:
        """Say it; a long line, so that no pipe takes it at once."""
        slate.position = 0
        yield b"x" * 200_000


def test_long_lines_and_many_jobs_come_back_whole(tmp_path: Path) -> None:
    """Each job is asked for when its turn comes, and ends with what it told."""
    asked: list[int] = []

    def jobs() -> Iterator[_Sleeper]:
        for n in range(5):
            asked.append(n)
            yield _Sleeper()

    ended = forks.run(jobs(), 2, tmp_path / "log", lambda: None)
    first = next(ended)

    assert len(asked) <= 3
    assert [(one.how, len(one.told[0])) for one in (first, *ended)] == [("", 200_000)] * 5


class _Parent:
    """A job whose step has no end, in a process that it forked."""

    def run(self, slate: forks.Slate) -> Iterator[bytes]:
        """Say the number of the process that it forked, and wait for ever, as that one does."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            other = os.fork()
        if other == 0:
            time.sleep(600)
            os._exit(0)
        slate.step(0.2)
        yield b"%d" % other
        time.sleep(600)


def test_what_a_job_forked_ends_with_it(tmp_path: Path) -> None:
    """Or it would keep the pipe open, and nobody would see that the job has ended."""
    began = time.monotonic()
    (ended,) = forks.run([_Parent()], 1, tmp_path / "log", lambda: None)

    assert (ended.how, len(ended.told)) == ("timeout", 1)
    assert time.monotonic() - began < 60


def test_an_interrupt_ends_the_measurement_and_keeps_what_ended(
    measured: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was going on is left out, and clauses that have caught nothing so far are no finding."""

    def interrupt(*_: Any, **__: Any) -> None:
        os.kill(os.getppid(), signal.SIGTERM)
        time.sleep(60)

    monkeypatch.setattr(interrupts, "_received", [])
    kept = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    interrupts.install()
    try:
        matrix = measured(toy("off-by-one", _off_by_one), toy("interrupt", interrupt), whole=True, workers=1)
    finally:
        for number, handler in kept:
            signal.signal(number, handler)

    assert [(one.id, one.caught) for one in matrix.faults] == [("off-by-one", True)]
    assert (found(matrix), judgement.exit_code(matrix)) == ({}, 143)


# --- what is chosen ---


def test_a_sample_takes_every_topic() -> None:
    """The first of each topic and every so-manyth after it, always the same."""
    known = choice.faults()
    sample = choice.chosen(known, (), (), 6)

    assert {one.topic for one in sample} == {one.topic for one in known}
    assert len(known) / 6 <= len(sample) <= len(known) / 6 + len({one.topic for one in known})
    assert sample == choice.chosen(known, (), (), 6)
    assert set(choice.chosen(known, (), (), 1)) == set(known)


def test_without_torch_the_reference_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyTorch is not installed, only what needs none is chosen."""
    monkeypatch.setattr(choice, "torch_is_here", lambda: False)

    assert {one.depth for one in choice.faults()} <= {"reference"}
    assert choice.innocents() == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["faults", "--select", "int8-saturate"], "matches no fault or innocent; near it: int8-saturates"),
        (["faults", "--topic", "nosuch"], "no fault or innocent is of the topic 'nosuch'; there are "),
        (["faults", "--innocents", "only", "--select", "int8-saturates"], "matches no fault or innocent"),
        (["faults", "--report", "/proc/nosuch"], "the report folder /proc/nosuch can't be written"),
        (["run", "--fault", "int8-saturate"], "no fault 'int8-saturate'; near it: int8-saturates"),
        (["run", "--fault", "int8-saturates", "--backend", "torch"], "--fault and --backend exclude each other"),
    ],
    ids=" ".join,
)
def test_wrong_input_is_one_sentence_and_exit_code_2(arguments: list[str], words: str) -> None:
    """What can't be chosen is named, with what is near it."""
    done = CliRunner().invoke(main, arguments)

    assert done.exit_code == 2, done.output
    assert words in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_faults_are_listed() -> None:
    """Each fault and innocent has a line."""
    listed = CliRunner().invoke(main, ["list", "faults"]).output.splitlines()

    assert [line.split()[0] for line in listed] == [
        one.id for one in (*planting.load(), *planting.rehearsed(), *planting.innocents())
    ]


def test_help_names_the_exit_codes() -> None:
    """`--help` tells what each code means, and shows examples."""
    told = CliRunner().invoke(main, ["faults", "--help"]).output

    assert "130 and 143 after an interrupt" in told
    assert "conformance faults --sample 5 --innocents none" in told


# --- its figures in a README ---

MARKS = {name: (f"<!-- {name}: begin -->", f"<!-- {name}: end -->") for name in (figures.FAULTS, figures.INNOCENTS)}
BLOCKS = "# Title\r\n" + "\nbetween\n".join(f"{begin}\nold\n{end}" for begin, end in MARKS.values()) + "\nend"


def graded(number: int, grade: float, **facts: Any) -> record.FaultRecord:
    """Make a caught fault of a grade."""
    return record.FaultRecord(f"f{number}", "S.", "toys", "Python", "", "value", (), grade, caught=True, **facts)


def test_figures_replace_what_stands_in_their_blocks_alone(tmp_path: Path) -> None:
    """The rest stays byte by byte, and so does the file's mode; what is written is the matrix's."""
    readme = tmp_path / "README.md"
    readme.write_bytes(BLOCKS.encode())
    readme.chmod(0o600)
    known = (graded(1, 0.9, seen_by_golden=True), graded(2, 0.2), graded(3, 0.0), graded(4, 0.0))
    matrix = matrix_of(*known, clauses=7, guarding_nothing=("a.b",), started="2026-01-02T03:04:05", seconds=61.4)
    figures.Readme(readme, [figures.FAULTS]).write(matrix)
    begin, end = MARKS[figures.FAULTS]
    before, _, rest = readme.read_bytes().decode().partition(begin)
    written, _, after = rest.partition(end)

    assert (before, after) == (BLOCKS.partition(begin)[0], BLOCKS.partition(end)[2])
    assert written.strip() == (
        "4 of 4 faults are caught, 1 of them by the documents' own cases too; 1 are easy to find (more than half of plain "
        "calls show them), 1 middling and 2 hard (less than one plain call in a hundred). 1 of 7 clauses guard nothing. "
        "(PyTorch 2, 2026-01-02, 61 s, 1 at a time.)"
    )
    assert readme.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["README.md"]


def test_figures_of_innocents_have_a_block_of_their_own(tmp_path: Path) -> None:
    """They may be measured apart."""
    readme = tmp_path / "README.md"
    readme.write_text(BLOCKS)
    tried = [record.InnocentRecord(f"i{n}", "S.", "toys", "F.", 22, accused_by=("a.b",) * n) for n in range(2)]
    figures.Readme(readme, [figures.INNOCENTS]).write(matrix_of(innocents=tuple(tried)))

    assert "1 of 2 innocents are accused in 44 runs. (PyTorch 2, now, 0 s" in readme.read_text()
    assert readme.read_text().count("\nold\n") == 1


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (None, [], "README.md can't be read: No such file or directory"),
        (b"\xff", [], "README.md is no UTF-8 text"),
        (b"# Title", [], "needs one block `<!-- faults: begin -->` ... `<!-- faults: end -->`"),
        (f"{BLOCKS}{BLOCKS}".encode(), [], "needs one block `<!-- faults: begin -->`"),
        (b"<!-- faults: end --><!-- faults: begin -->", [], "needs one block `<!-- faults: begin -->`"),
        ("".join(MARKS["faults"]).encode(), ["--innocents", "only"], "needs one block `<!-- innocents: begin -->`"),
        (BLOCKS.encode(), ["--sample", "9"], "takes a whole measurement: leave --select, --topic and --sample out"),
    ],
    ids=["missing", "binary", "no block", "twice", "reversed", "another's block", "a part"],
)
def test_where_figures_can_not_go_is_said_before_anything_is_measured(
    content: bytes | None, more: list[str], words: str, tmp_path: Path
) -> None:
    """It is one sentence and exit code 2, and the file stays as it is."""
    readme = tmp_path / "README.md"
    if content is not None:
        readme.write_bytes(content)
    done = CliRunner().invoke(main, ["faults", "--report", str(tmp_path), "--readme", str(readme), *more])

    assert (done.exit_code, len(done.output.strip().splitlines())) == (2, 1), done.output
    assert words in done.output
    assert content is None or readme.read_bytes() == content


def test_figures_of_the_reference_alone_are_not_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most faults are planted in PyTorch."""
    monkeypatch.setattr(figures, "torch_is_here", lambda: False)
    with pytest.raises(UsageProblem, match="install PyTorch"):
        figures.check_whole(everything=True)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"interrupted_by": "SIGINT"}, "the measurement was stopped by SIGINT"),
        ({"broke": ("KeyError: 1",)}, "the suite itself broke"),
        ({}, ""),
    ],
)
def test_what_did_not_come_to_its_end_gives_no_figures(facts: dict[str, Any], why: str) -> None:
    """They would be of a part."""
    assert figures.unfinished(matrix_of(**facts)) == why


def test_the_readme_of_this_project_has_its_blocks() -> None:
    """`tox -e faults` writes into them."""
    figures.Readme(ROOT / "README.md", MARKS)


# --- as its user runs it ---


def test_the_command_measures_a_fault_of_pytorch(tmp_path: Path) -> None:
    """One line goes to standard error where there is no terminal, the matrix to standard output."""
    ran = command("faults", "--select", "int8-saturates", "--report", str(tmp_path / "out"), folder=tmp_path)
    matrix = record.read(tmp_path / "out" / record.JSON_NAME)

    assert ran.code == 0, ran.out + ran.err
    assert ran.err.splitlines() == ["1 faults and 0 innocents, 2 at a time"]
    assert ran.out.splitlines()[-1].startswith("1 of 1 faults caught")
    assert [(one.id, one.caught) for one in matrix.faults] == [("int8-saturates", True)]
    assert not matrix.whole
    assert list(matrix.phases) == ["faults", "the library with nothing planted", "innocents"]
    assert all(took >= 0 and spent >= 0 for took, spent in matrix.phases.values())


def test_run_judges_pytorch_with_one_fault(tmp_path: Path) -> None:
    """`conformance run --fault` is the run of that backend, and its reruns say which."""
    ran = command(
        "run", "--fault", "int8-saturates", "--select", "arithmetic.rounding", "--in-process", folder=tmp_path
    )

    assert ran.code == 1, ran.out + ran.err
    assert ran.results.header.backend.name == "conformance.faults.planted:int8_saturates"
    assert ran.lines["arithmetic.rounding[cpu]"].verdict == "fail"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_keeps_what_was_measured(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """The file is whole, says what stopped it, and holds what had ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "conformance", "faults", "--topic", "elementwise", "-n", "1", "--report", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        assert "faults" in running.stderr.readline()
        time.sleep(3)
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    matrix = record.read(tmp_path / "out" / record.JSON_NAME)

    assert (running.returncode, err) == (code, "")
    assert matrix.interrupted_by == number.name
    assert f"partial: stopped by {number.name}" in out
    assert judgement.exit_code(matrix) == code
