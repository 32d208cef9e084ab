"""The catalogue of clauses: how one is declared, and the checks that hold for all of them together."""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from conformance import __version__, documents, program, waivers
from conformance.problems import UsageProblem
from conformance.strategies import profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.documents import Case
    from conformance.program import Program
    from conformance.strategies.rows import Table

Level = Literal["documented", "general", "wording"]
Applies = Literal["any", "cpu", "accelerator"]
Reading = Literal["values", "text", "wording"]

LEVELS: tuple[Level, ...] = get_args(Level)
# The files of the suite, in the documents' order. A clause's id begins with its topic.
TOPICS = (
    "ranks", "numpy_bridge", "indexing", "devices", "arithmetic", "products", "reductions",
    "shapes", "promotion", "aliasing", "printing", "gradients",
)  # fmt: skip
_ID = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z0-9]+)*")
_PLACE = re.compile(r"([1-6]) (?:In \[(\d+)\]|prose)")


class CatalogueError(Exception):
    """The clauses contradict each other or their data: the suite itself is broken."""


@dataclass(frozen=True)
class Clause:
    """One rule that the documents state or imply.

    Attributes:
        id: a durable word, `topic.rule`; never changed, never used again.
        sentence: the rule.
        case_ids: the golden cases that it judges.
        own_case: the case that its own program makes, if it has one and no table.
        table: gives the inputs on which its own program, or one that each row brings, is judged by the reference.
        program: its own.
        strides: whether strides are judged too.
        sets: global state that its program may change (`default dtype`).
        reaches: the classes (`layout: permuted`) that its cases must reach together.
        subnormals: whether subnormal results must be exact.
        apart: whether its cases, which may leave a device unusable, run in a process apart, with a known sum after each.
        peers: whether its programs get another device of the same kind as their other one, in the CPU's place.
        stated_place: where the documents show it, for a clause without golden cases.
        level: `documented`, `general` or `wording`.
        on: the devices where it applies.
        reads: what of an observation it judges: `values` (with shape, dtype, device, warnings and operands), `text`
            (the printed form) or `wording` (the words of an error or warning).
        requires: ids of the clauses without which this one means nothing.
        since: the version of the suite that brought it.
        versions: the PyTorch versions whose rule it is; empty for all.
        source: the sentence of PyTorch's reference behind a general rule or a version condition.
        module: the file of the suite, by name.
        line: where in that file.
    """

    id: str
    sentence: str
    case_ids: tuple[str, ...]
    own_case: Case | None
    table: Table | None
    program: Program | None
    strides: bool
    sets: tuple[str, ...]
    subnormals: bool
    apart: bool
    peers: bool
    reaches: tuple[str, ...]
    stated_place: str
    level: Level
    on: Applies
    reads: Reading
    requires: tuple[str, ...]
    since: str
    versions: str
    source: str
    module: str
    line: int

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases that it judges, in order.

        Raises:
            CatalogueError: it names a case that does not exist.
        """
        known = documents.cases()
        if unknown := [name for name in self.case_ids if name not in known]:
            raise CatalogueError(f"clause {self.id!r} names the case {unknown[0]!r}, which no document fixture has")
        own = (self.own_case,) if self.own_case is not None else ()
        return (*(known[name] for name in self.case_ids), *own)

    @property
    def place(self) -> str:
        """Where the documents show it; several places are joined by commas."""
        return ", ".join(dict.fromkeys(case.place for case in self.cases)) or self.stated_place

    @property
    def section(self) -> int:
        """The section of the documents under which reports show it."""
        return self.cases[0].section if self.cases else int(self.stated_place[0])

    def all_cases(self, profile: str, seed: int) -> Iterator[Case]:
        """Give its cases, then those of its table, made as they are asked for."""
        yield from self.cases
        for row in profiles.rows(self.table, profile, seed) if self.table is not None else ():
            own = row.program or self.program
            if own is None:
                raise CatalogueError(f"clause {self.id!r} has no program, and the row {row.label!r} brings none")
            yield documents.Case(
                id=row.label,
                section=self.section,
                cell=None,
                program=own,
                inputs=row.inputs,
                needs=row.needs,
                by_reference=True,
                twin_inputs=row.twin,
                sets=self.sets,
                strides=self.strides,
                subnormals=self.subnormals,
                may_refuse=row.may_refuse,
                whole=row.program is not None,
            )

    def applies_to(self, device_type: str) -> bool:
        """Say whether it has a line on a device of this type."""
        return self.on == "any" or (self.on == "cpu") == (device_type == "cpu")

    def holds_for(self, rules: str) -> bool:
        """Say whether it is a rule of the PyTorch version `rules`; release numbers alone are compared."""
        if not self.versions:
            return True
        from packaging.specifiers import SpecifierSet
        from packaging.version import Version

        return Version(Version(rules).base_version) in SpecifierSet(self.versions)


_declared: dict[str, list[Clause]] = {}


def clause(
    identifier: str,
    *cases: str,
    level: Level = "documented",
    on: Applies = "any",
    reads: Reading = "values",
    requires: tuple[str, ...] = (),
    since: str = __version__,
    versions: str = "",
    source: str = "",
    place: str = "",
    inputs: dict[str, Any] | None = None,
    returns: tuple[str, ...] = (),
    table: Table | None = None,
    strides: bool = False,
    sets: tuple[str, ...] = (),
    subnormals: bool = False,
    apart: bool = False,
    peers: bool = False,
    reaches: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Clause]:
    """Declare a clause: its docstring is its sentence, its cases come from the document fixtures, by id.

    A clause may have a program of its own as its function's body, and a `place`. Then either a `table` gives the inputs
    on which the reference says what is right, or `inputs` (in the short form of the fixtures) and `returns` (the
    printed form of each returned value) make its one further case. Where each row of a table brings its own program,
    the clause has none.

    Raises:
        CatalogueError: the declaration is incomplete.
    """

    def declare(function: Callable[..., Any]) -> Clause:
        code = inspect.unwrap(function).__code__
        own = program.from_function(function)
        outputs = tuple(documents.Output(text=text, source=source, printed=reads == "text") for text in returns)
        declared = Clause(
            id=identifier,
            sentence=inspect.getdoc(function) or "",
            case_ids=cases,
            own_case=_own_case(identifier, own, place, inputs or {}, outputs, sets) if table is None else None,
            table=table,
            program=own,
            strides=strides,
            sets=sets,
            subnormals=subnormals,
            apart=apart,
            peers=peers,
            reaches=reaches,
            stated_place=place,
            level=level,
            on=on,
            reads=reads,
            requires=requires,
            since=since,
            versions=versions,
            source=source,
            module=function.__module__,
            line=code.co_firstlineno,
        )
        _declared.setdefault(function.__module__, []).append(declared)
        return declared

    return declare


def _own_case(
    identifier: str,
    own: Program | None,
    place: str,
    inputs: dict[str, Any],
    outputs: tuple[documents.Output, ...],
    sets: tuple[str, ...],
) -> Case | None:
    if own is None:
        return None
    match = _PLACE.fullmatch(place)
    if match is None:
        raise CatalogueError(f"clause {identifier!r} has a program, so it needs a place such as '5 In [17]'")
    return documents.Case(
        id=identifier,
        section=int(match[1]),
        cell=int(match[2]) if match[2] else None,
        program=own,
        inputs=documents.inputs_of(inputs),
        outputs=outputs,
        sets=sets,
    )


def load() -> tuple[Clause, ...]:
    """Give the suite's clauses in order, checked.

    Raises:
        CatalogueError: an id is used twice, a clause has no case, a prerequisite or a case does not exist, a document
            fixture is used by no clause, or a file of the suite is not listed.
        FixtureError: a data file is missing or damaged.
    """
    _check()
    return unchecked()


@cache
def _check() -> None:
    clauses = unchecked()
    for complaint in complaints(list(clauses), documents.cases()):
        raise CatalogueError(complaint)
    waivers.check_all(frozenset(one.id for one in clauses))
    # Reports need these too, and a run must not find them damaged when it has begun.
    documents.errata(), documents.printed_cells(), documents.section_titles()


@cache
def unchecked() -> tuple[Clause, ...]:
    """Import the suite and give its clauses in order, as they are: for a process whose parent has checked them.

    Raises:
        CatalogueError: a file of the suite is not listed.
    """
    listed = {f"{topic}.py" for topic in TOPICS} | {"__init__.py"}
    present = {path.name for path in (Path(__file__).parent / "suite").glob("*.py")}
    if listed != present:
        raise CatalogueError(f"conformance/suite and TOPICS differ in {', '.join(sorted(listed ^ present))}")
    clauses: list[Clause] = []
    for topic in TOPICS:
        module = importlib.import_module(f"conformance.suite.{topic}")
        clauses += _declared.get(module.__name__, [])
    return tuple(clauses)


def complaints(clauses: list[Clause], golden: dict[str, Case]) -> Iterator[str]:
    """Say what is wrong with a list of clauses over a set of golden cases, a sentence each."""
    ids = [declared.id for declared in clauses]
    for declared in clauses:
        yield from _own_complaints(declared)
        if ids.count(declared.id) > 1:
            yield f"the clause id {declared.id!r} is used twice"
        for required in declared.requires:
            if required not in ids:
                yield f"clause {declared.id!r} requires {required!r}, which does not exist"
    yield from _circles({declared.id: declared.requires for declared in clauses})
    used = {name for declared in clauses for name in declared.case_ids}
    used |= {case.twin for case in golden.values() if case.twin is not None and case.id in used}
    for name in golden:
        if name not in used:
            yield f"the document fixture {name!r} is used by no clause"


def _circles(requires: dict[str, tuple[str, ...]]) -> Iterator[str]:
    from graphlib import CycleError, TopologicalSorter

    try:
        TopologicalSorter(requires).prepare()
    except CycleError as error:
        yield f"clauses require each other in a circle: {' -> '.join(error.args[1])}"


def _own_complaints(declared: Clause) -> Iterator[str]:
    topic = declared.module.rpartition(".")[2].replace("_", "-")
    if not _ID.fullmatch(declared.id) or declared.id.partition(".")[0] != topic:
        yield f"the clause id {declared.id!r} must be `{topic}.` and words joined by hyphens"
    if not declared.sentence.endswith(".") or "\n\n" in declared.sentence:
        yield f"clause {declared.id!r} needs a docstring that is its rule in one sentence"
    if not declared.cases and declared.table is None:
        yield f"clause {declared.id!r} has no case"
    if declared.table is not None and not _PLACE.fullmatch(declared.stated_place):
        yield f"clause {declared.id!r} has a table, so it needs a place such as '5 In [17]'"
    if declared.level == "general" and not declared.source:
        yield f"clause {declared.id!r} is general, so it must name its source in PyTorch's reference"
    if declared.versions and not declared.source:
        yield f"clause {declared.id!r} has a version condition, so it must name its source"
    if declared.program is not None:
        yield from (f"clause {declared.id!r}: {broken}" for broken in program.complaints(declared.program))
    yield from _scope_complaints(declared)


def _scope_complaints(declared: Clause) -> Iterator[str]:
    if (declared.apart or declared.peers) and declared.on != "accelerator":
        yield f"clause {declared.id!r} runs apart or on two devices of a kind, so it must be one for accelerators"
    for device_type in ("cpu", "cuda", "mps"):
        if (
            declared.table is None
            and declared.applies_to(device_type)
            and not any(case.runs_on(device_type) for case in declared.cases)
        ):
            yield f"clause {declared.id!r} applies to {device_type}, but has no case there"


def find(identifier: str) -> Clause:
    """Give the clause of an id.

    Raises:
        UsageProblem: there is none; the message names the nearest ids.
    """
    import difflib

    for declared in load():
        if declared.id == identifier:
            return declared
    near = difflib.get_close_matches(identifier, [declared.id for declared in load()], n=3, cutoff=0.4)
    hint = f"; near it: {', '.join(near)}" if near else ""
    raise UsageProblem(f"no clause {identifier!r}{hint} (`conformance list clauses` shows all)")


def select(patterns: tuple[str, ...], level: Level, known: tuple[Clause, ...] | None = None) -> list[Clause]:
    """Give the clauses up to a level whose ids match one of the globs (all, if there is none), in order.

    Args:
        patterns: globs.
        level: with those before it.
        known: to choose from; those of the suite, checked, where None.

    Raises:
        UsageProblem: a pattern matches no clause of the level.
    """
    from fnmatch import fnmatchcase

    up_to = LEVELS[: LEVELS.index(level) + 1]
    known = load() if known is None else known
    within = [declared for declared in known if declared.level in up_to]
    for pattern in patterns:
        if any(fnmatchcase(declared.id, pattern) for declared in within):
            continue
        if beyond := [declared.level for declared in known if fnmatchcase(declared.id, pattern)]:
            raise UsageProblem(f"{pattern!r} matches clauses of level {beyond[0]} only; add --level {beyond[0]}")
        raise UsageProblem(f"{pattern!r} matches no clause; `conformance list clauses` shows them")
    return [one for one in within if not patterns or any(fnmatchcase(one.id, pattern) for pattern in patterns)]
