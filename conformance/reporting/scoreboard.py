"""`conformance scoreboard RESULTS...`: clauses x backends, of results files from any machine.

A column is a backend on a device. Its score is what passed of all clauses that apply there, never of those that ran. Runs of
different suites, profiles, levels or chosen clauses say different things, so they are not put side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from conformance.problems import UsageProblem
from conformance.reporting import results
from conformance.reporting.markdown import safe
from conformance.reporting.results import FAILING, PRECEDENCE, totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from conformance.reporting.results import ClauseLine, Results

SCHEMA_VERSION = 1
# How a cell of the table is written.
_SIGNS = {
    "pass": "pass", "fail": "**fail**", "crash": "**crash**", "timeout": "**timeout**", "unsupported": "unsupported",
    "waived": "waived", "not-run": "not-run", "error": "**error**",
}  # fmt: skip
_EXPLAINED = (
    "A score is what passed of all clauses that apply, never of those that ran; *in part* passed with cases that are "
    "unsupported or were not run."
)


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A backend on a device.

    Attributes:
        backend: as it was named.
        version: of the library.
        device: its name in the run.
        hardware: what the device's hardware calls itself.
        started: when the run began.
        passed: lines that passed whole.
        partial: lines that passed with cases that are unsupported or were not run.
        counted: all lines, by verdict.
        left_out: cases that were not run.
        notes: what its adapter does beyond renaming and reordering, by PyTorch's name.
    """

    backend: str
    version: str
    device: str
    hardware: str
    started: str
    passed: int
    partial: int
    counted: dict[str, int]
    left_out: int
    notes: dict[str, str]

    @property
    def lines(self) -> int:
        """How many clauses apply there."""
        return sum(self.counted.values())


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clause, and what became of it in each column; empty where it does not apply.

    Attributes:
        through: for a column by its place, the failing prerequisites of a failure.
    """

    id: str
    section: int
    sentence: str
    verdicts: tuple[str, ...]
    through: dict[int, tuple[str, ...]]


class Scoreboard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table, as `scoreboard.json` holds it."""

    schema_version: int
    suite: str
    profile: str
    level: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def schema() -> dict[str, Any]:
    """Give the JSON Schema of scoreboard.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"scoreboard.json, schema version {SCHEMA_VERSION}",
        **msgspec.json.schema(Scoreboard),
    }


def of_files(paths: Sequence[Path]) -> Scoreboard:
    """Make a scoreboard of results files.

    Raises:
        UsageProblem: a file can't be read, is not finished, or does not go with the others; or a column is there twice.
    """
    found: list[tuple[Path, Results]] = []
    for path in paths:
        try:
            found.append((path, results.read(path)))
        except results.ResultsError as error:
            raise UsageProblem(str(error)) from error
    _check(found)
    return _made([one for _, one in found])


def _check(found: list[tuple[Path, Results]]) -> None:
    first, one = found[0]
    for path, other in found:
        if other.is_partial:
            raise UsageProblem(f"{path} is of a run that did not reach its end: run it again")
        for what, mine, theirs in _must_agree(one, other):
            if mine != theirs:
                raise UsageProblem(f"{first} and {path} can't be put side by side: {what} {mine!r} and {theirs!r}")


def _must_agree(one: Results, other: Results) -> Iterator[tuple[str, Any, Any]]:
    for what, name in (("the suite's version is", "suite"), ("the profile is", "profile"), ("the level is", "level")):
        yield what, getattr(one.header, name), getattr(other.header, name)
    yield "the clauses were chosen by", one.header.select, other.header.select


def _made(found: list[Results]) -> Scoreboard:
    columns: list[Column] = []
    cells: list[dict[str, ClauseLine]] = []
    blocked: list[dict[str, tuple[str, ...]]] = []
    for one in found:
        for device in (device for device in one.header.devices if device.here):
            lines = {line.id: line for line in one.lines if line.device == device.name}
            if lines:
                columns.append(_column(one, device, list(lines.values())))
                cells.append(lines)
                blocked.append(one.footer.blocked_by if one.footer is not None else {})
    _check_columns(columns)
    head = found[0].header
    order = sorted({(line.section, line.id) for one in found for line in one.lines})
    rows = tuple(row for _, name in order if (row := _row(name, cells, blocked)) is not None)
    return Scoreboard(SCHEMA_VERSION, head.suite, head.profile, head.level, tuple(columns), rows)


def _column(one: Results, device: Any, lines: list[ClauseLine]) -> Column:
    header = one.header
    counted: dict[str, int] = {str(verdict): number for verdict, number in totals(lines).items()}
    partial = sum(line.partial for line in lines)
    left_out = sum(line.cases.get("not-run", 0) for line in lines)
    return Column(
        header.backend.name, header.backend.version, device.name, device.hardware, header.started,
        counted.get("pass", 0) - partial, partial, counted, left_out, header.backend.notes,
    )  # fmt: skip


def _check_columns(columns: list[Column]) -> None:
    if not columns:
        raise UsageProblem("no line of these files is of a device that was here")
    names = [(one.backend, one.version, one.device, one.hardware) for one in columns]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageProblem(f"{' '.join(filter(None, twice[0]))} is there twice: leave one of the files out")


def _row(name: str, cells: list[dict[str, ClauseLine]], blocked: list[dict[str, tuple[str, ...]]]) -> Row | None:
    own = [lines.get(name) for lines in cells]
    line = next((one for one in own if one is not None), None)
    if line is None:
        return None
    verdicts = tuple("" if one is None else "partial" if one.partial else one.verdict for one in own)
    through = {
        place: roots
        for place, one in enumerate(own)
        if one is not None and (roots := blocked[place].get(f"{one.id}[{one.device}]", ()))
    }
    return Row(name, line.section, line.sentence, verdicts, through)


def write(board: Scoreboard, folder: Path) -> None:
    """Write scoreboard.md and scoreboard.json into a folder.

    Raises:
        UsageProblem: it can't be written.
    """
    files = (
        ("scoreboard.md", as_markdown(board).encode()),
        ("scoreboard.json", msgspec.json.format(msgspec.json.encode(board))),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files:
            unfinished = folder / f".{name}.part"
            unfinished.write_bytes(content)
            unfinished.replace(folder / name)
    except OSError as error:
        raise UsageProblem(f"{folder} can't be written: {error.strerror}") from error


def as_markdown(board: Scoreboard) -> str:
    """Give the scoreboard as Markdown: the scores, then the table of clauses, then what the adapters do."""
    of_what = f"Suite {safe(board.suite)}, profile {safe(board.profile)}, level {safe(board.level)}."
    blocks = ["# Scoreboard", f"{of_what} {_EXPLAINED}", _scores(board), _clauses(board), *_notes(board)]
    return "\n\n".join(blocks) + "\n"


def _named(column: Column) -> str:
    hardware = f" ({safe(column.hardware)})" if column.hardware else ""
    return f"{safe(column.backend)} {safe(column.version)} on {safe(column.device)}{hardware}"


def _scores(board: Scoreboard) -> str:
    verdicts = [one for one in PRECEDENCE if one != "pass" and any(column.counted.get(one) for column in board.columns)]
    head = ["backend", "score", "pass", "in part", *verdicts, "cases left out"]
    best = sorted(board.columns, key=lambda one: -(one.passed + one.partial) / one.lines)
    rows = [
        [
            _named(one), f"{100 * (one.passed + one.partial) / one.lines:.1f} % of {one.lines}", str(one.passed), str(one.partial),
            *(str(one.counted.get(verdict, 0)) for verdict in verdicts), str(one.left_out),
        ]
        for one in best
    ]  # fmt: skip
    return _table(head, rows)


def _clauses(board: Scoreboard) -> str:
    head = ["clause", *map(_named, board.columns)]
    rows = [[f"`{row.id}`", *(_cell(row, place) for place in range(len(board.columns)))] for row in board.rows]
    return _table(head, rows)


def _cell(row: Row, place: int) -> str:
    verdict = row.verdicts[place]
    if verdict in FAILING and place in row.through:
        return f"{verdict}, through {', '.join(f'`{root}`' for root in row.through[place])}"
    return _SIGNS.get(verdict, verdict)


def _notes(board: Scoreboard) -> Iterator[str]:
    for column in board.columns:
        if column.notes:
            rows = [[f"`{safe(name)}`", safe(does)] for name, does in column.notes.items()]
            yield f"## What the adapter of {safe(column.backend)} does beyond renaming and reordering"
            yield _table(["name", "what it does"], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
