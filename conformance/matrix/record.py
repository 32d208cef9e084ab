"""What a matrix holds, as its file faults.json keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from conformance.faults.planting import Depth, Shows  # noqa: TC001 - msgspec resolves field types at run time
from conformance.reporting.results import Verdict  # noqa: TC001 - msgspec resolves field types at run time

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION = 2
JSON_NAME, PAGE_NAME, LOG_NAME = "faults.json", "faults.md", "faults.log"
EASY, HARD = 0.5, 0.01


class Catch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clause that did not pass, and the case at which it stopped."""

    clause: str
    verdict: Verdict
    case: str
    message: str


class FaultRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a fault.

    Attributes:
        id: its durable word.
        sentence: what it does.
        topic: the file that declares it.
        depth: where it is planted.
        origin: a public report, or `systematic`.
        shows: how it shows.
        meant: the clauses that are meant to catch it.
        grade: the share of plain cases that show it; null where it was not measured.
        live: whether its witness differs; null where it was not asked.
        calls: how often its stand-in was called.
        reached: whether it was called at all.
        caught: whether a clause caught it.
        caught_by: those that did, the first one first.
        catches: the same with the cases.
        seen_by_golden: whether a golden clause (of level documented) of a topic that is meant to catch it did; null where
            the matrix was not measured whole.
        seconds: to the first catch.
        cases: to the first catch, itself among them.
        broke: what broke in the suite itself.
        unplantable: why it can't be planted in this version of the library.
        unwitnessed: why nothing is known of its witness.
    """

    id: str
    sentence: str
    topic: str
    depth: Depth
    origin: str
    shows: Shows
    meant: tuple[str, ...]
    grade: float | None = None
    live: bool | None = None
    calls: int = 0
    reached: bool = False
    caught: bool = False
    caught_by: tuple[str, ...] = ()
    catches: tuple[Catch, ...] = ()
    seen_by_golden: bool | None = None
    seconds: float | None = None
    cases: int | None = None
    broke: tuple[str, ...] = ()
    unplantable: str = ""
    unwitnessed: str = ""

    @property
    def difficulty(self) -> str:
        """The grade in a word."""
        if self.grade is None:
            return "ungraded"
        if self.grade > EASY:
            return "easy"
        return "hard" if self.grade < HARD else "middle"


class Accusation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clause that did not pass on an innocent, in which run."""

    clause: str
    verdict: Verdict
    profile: str
    seed: int
    case: str
    message: str


class InnocentRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of an innocent.

    Attributes:
        id: its durable word.
        sentence: how it differs.
        topic: the file that declares it.
        freedom: why it may.
        runs: how often the clauses that it touches were run, each time with another seed or profile.
        reached: whether its stand-in was called.
        accused_by: the clauses that accused it.
        accusations: the same with the cases.
        broke: what broke in the suite itself.
    """

    id: str
    sentence: str
    topic: str
    freedom: str
    runs: int = 0
    reached: bool = False
    accused_by: tuple[str, ...] = ()
    accusations: tuple[Accusation, ...] = ()
    broke: tuple[str, ...] = ()


class Matrix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole measurement.

    Attributes:
        schema_version: of this form.
        suite: the version of the suite.
        library: the PyTorch in which faults were planted; empty where there is none and the reference alone was used.
        profile: in which faults were tried.
        seed: of that profile.
        workers: how many processes at a time.
        whole: every fault was chosen, so that a clause which caught none guards nothing.
        started: when.
        seconds: how long it took.
        interrupted_by: the signal that stopped it; what is here was measured before.
        faults: in the catalogue's order; those not tried for want of time are left out.
        innocents: as faults.
        clauses: how many could have caught something here.
        guarding_nothing: those of them that caught nothing.
        adding_nothing: those of level general that caught only faults which golden clauses of their topic caught too.
        failing_healthy: those that caught something, and fail with nothing planted too.
        broke: what broke in the suite itself with nothing planted.
        phases: what each part took: seconds, and seconds of processor time.
    """

    schema_version: int
    suite: str
    library: str
    profile: str
    seed: int
    workers: int
    whole: bool
    started: str
    seconds: float
    interrupted_by: str | None
    faults: tuple[FaultRecord, ...]
    innocents: tuple[InnocentRecord, ...]
    clauses: int
    guarding_nothing: tuple[str, ...]
    adding_nothing: tuple[str, ...]
    failing_healthy: tuple[Accusation, ...]
    broke: tuple[str, ...] = ()
    phases: dict[str, tuple[float, float]] = {}


def schema() -> dict[str, Any]:
    """Give the JSON Schema of faults.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{JSON_NAME}, schema version {SCHEMA_VERSION}",
        **msgspec.json.schema(Matrix),
    }


def write(matrix: Matrix, folder: Path, page: str) -> None:
    """Write the file and the page, each whole or not at all."""
    text = msgspec.json.format(msgspec.json.encode(matrix), indent=1).decode() + "\n"
    for name, content in ((JSON_NAME, text), (PAGE_NAME, page)):
        unfinished = folder / f".{name}.part"
        unfinished.write_text(content, encoding="utf-8")
        unfinished.replace(folder / name)


def read(path: Path) -> Matrix:
    """Read a file.

    Raises:
        OSError: it can't be read.
        msgspec.DecodeError: it is no such file.
    """
    return msgspec.json.decode(path.read_bytes(), type=Matrix)
