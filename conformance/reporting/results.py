"""results.jsonl: the one file from which every report is made.

The first line is a header, then a line for each clause and device in the order in which they ended, last a footer. A
file without its footer is readable and says that it is partial.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from conformance.backends.protocol import Device  # noqa: TC001 - msgspec resolves field types at run time
from conformance.documents import Erratum  # noqa: TC001
from conformance.observation import Difference, Expectation, Observation  # noqa: TC001

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION = 1
FILE_NAME = "results.jsonl"

Verdict = Literal["pass", "fail", "crash", "timeout", "unsupported", "waived", "not-run", "error"]
# The order in which a clause's line takes its cases' verdicts: the first that is present.
PRECEDENCE: tuple[Verdict, ...] = ("error", "crash", "timeout", "fail", "waived", "pass", "unsupported", "not-run")
FAILING: frozenset[Verdict] = frozenset({"fail", "crash", "timeout"})


class ResultsError(Exception):
    """A file that is no results.jsonl: the message says what is wrong with it."""


class BackendFacts(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who was tested.

    Attributes:
        name: as it was given.
        version: of the library.
        rules: the PyTorch version whose rules it follows.
        notes: what its adapter does beyond renaming and reordering, by PyTorch's name.
    """

    name: str
    version: str
    rules: str
    notes: dict[str, str] = {}


class Reproducer(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A program of its own that shows a failure.

    Attributes:
        text: of the program; empty where none can be written.
        file: its place beside results.jsonl; None where none was written.
        why: why not.
    """

    text: str = ""
    file: str | None = None
    why: str = ""


class Failure(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Why a line is not `pass`.

    Attributes:
        case: id of the first failing case.
        place: the step at which it failed.
        message: one sentence.
        called: the program's text, with its inputs as comments.
        shrunk: the same of the smallest case that was found to fail in the same way, where there is a smaller one.
        reproducer: a program of its own that shows the failure.
        expectation: what is right.
        observation: what was seen.
        differences: where the two differ.
        reproduced: how often it failed of how many runs ("3/3").
        alone: what became of it in a process of its own.
        signal: that ended the process.
        trace: of the process, where it left one; or of the suite's own error.
        rerun: the command that runs just this.
    """

    case: str
    place: Literal["import", "inputs", "program", "observer", "judge", "suite"]
    message: str
    called: str = ""
    shrunk: str = ""
    reproducer: Reproducer | None = None
    expectation: Expectation | None = None
    observation: Observation | None = None
    differences: tuple[Difference, ...] = ()
    reproduced: str | None = None
    alone: Literal["fails", "passes"] | None = None
    signal: str | None = None
    trace: str | None = None
    rerun: str = ""


class Header(msgspec.Struct, frozen=True, tag_field="kind", tag="header", forbid_unknown_fields=True):
    """What ran, where, and how."""

    schema_version: int
    suite: str
    backend: BackendFacts
    devices: tuple[Device, ...]
    environment: dict[str, str]
    profile: str
    level: str
    seed: int
    select: tuple[str, ...]
    command: tuple[str, ...]
    started: str
    errata: tuple[Erratum, ...]
    sections: dict[int, str]


class ClauseLine(msgspec.Struct, frozen=True, tag_field="kind", tag="clause", forbid_unknown_fields=True):
    """One clause on one device.

    Attributes:
        cases: how many cases got which verdict.
        partial: it passed, but some of its cases are unsupported or were not run.
        reason: why it was not run, or is unsupported.
        coverage: how many cases reached what: by condition (layout, dtype, shape, ...) and class.
        waivers: ids of the waivers that its cases met.
    """

    id: str
    device: str
    verdict: Verdict
    level: str
    section: int
    place: str
    sentence: str
    since: str
    requires: tuple[str, ...]
    cases: dict[Verdict, int]
    seconds: float
    partial: bool = False
    reason: str = ""
    failure: Failure | None = None
    coverage: dict[str, dict[str, int]] = {}
    waivers: tuple[str, ...] = ()


class Footer(msgspec.Struct, frozen=True, tag_field="kind", tag="footer", forbid_unknown_fields=True):
    """The end: totals by verdict over the lines, and whether all ran.

    Attributes:
        complete: every line was reached.
        stopped: why not.
        interrupted_by: the signal that stopped it.
        totals: lines by verdict.
        partial: lines that passed with cases that are unsupported or were not run.
        blocked_by: for a failing line (`id[device]`), the failing prerequisites that have none themselves: its roots.
        lost: devices that were here when the run began and then were gone, each with what happened.
        works: by device, what its library declares that it lacks, and has.
    """

    complete: bool
    totals: dict[Verdict, int]
    partial: int
    seconds: float
    stopped: str = ""
    interrupted_by: str | None = None
    blocked_by: dict[str, tuple[str, ...]] = {}
    lost: dict[str, str] = {}
    works: dict[str, tuple[str, ...]] = {}


Line = Header | ClauseLine | Footer


class Results(msgspec.Struct, frozen=True):
    """A file's lines; the footer is None where the run did not end."""

    header: Header
    lines: tuple[ClauseLine, ...]
    footer: Footer | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said of its devices, a clause of a sentence each."""
        return tuple(dict.fromkeys(device.note for device in self.header.devices if device.note))

    @property
    def false_declarations(self) -> tuple[str, ...]:
        """What is declared to be missing and works, a sentence for each device."""
        works = self.footer.works if self.footer is not None else {}
        return tuple(
            f"declared missing on {device}, and works: {', '.join(words)}; take it out of the declaration"
            for device, words in works.items()
        )

    @property
    def is_partial(self) -> bool:
        """Whether some lines were not reached."""
        return self.footer is None or not self.footer.complete


def schema() -> dict[str, Any]:
    """Give the JSON Schema of one line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"One line of {FILE_NAME}, schema version {SCHEMA_VERSION}",
        **msgspec.json.schema(Line),
    }


def worst(verdicts: list[Verdict]) -> Verdict:
    """Give a clause's verdict from its cases'; no case at all is an error."""
    return next((verdict for verdict in PRECEDENCE if verdict in verdicts), "error")


def totals(lines: list[ClauseLine]) -> dict[Verdict, int]:
    """Count lines by verdict."""
    counted: dict[Verdict, int] = {}
    for line in lines:
        counted[line.verdict] = counted.get(line.verdict, 0) + 1
    return counted


class Writer:
    """Writes a file line by line, each in one call, so that what is on disk is whole lines."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)

    def write(self, line: msgspec.Struct) -> None:
        """Append a line, whatever file it is of."""
        os.write(self._descriptor, msgspec.json.encode(line) + b"\n")

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def read(path: Path) -> Results:
    """Read a file; a last line that was cut off is left out, as is its footer.

    Raises:
        ResultsError: it can't be read, is damaged before its end, has no header, or is of a newer schema.
    """
    try:
        raw = path.read_bytes().split(b"\n")
    except OSError as error:
        raise ResultsError(f"{path} can't be read: {error.strerror}") from error
    complete, rest = raw[:-1], raw[-1]
    lines = [_decode(path, number, line) for number, line in enumerate(complete, 1) if line]
    if rest and not lines:
        raise ResultsError(f"{path} is no results file")
    if not lines or not isinstance(lines[0], Header):
        raise ResultsError(f"{path} is no results file: its first line is no header")
    clauses = tuple(line for line in lines if isinstance(line, ClauseLine))
    footer = lines[-1] if isinstance(lines[-1], Footer) else None
    return Results(lines[0], clauses, footer)


def _decode(path: Path, number: int, line: bytes) -> Line:
    try:
        decoded: Line = msgspec.json.decode(line, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        newer = f"; it was written with a newer schema than {SCHEMA_VERSION}" if _is_newer(line) else ""
        raise ResultsError(f"{path} is damaged in line {number}: {error}{newer}") from error
    return decoded


def _is_newer(line: bytes) -> bool:
    try:
        version = msgspec.json.decode(line)["schema_version"]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        return False
    return isinstance(version, int) and version > SCHEMA_VERSION
