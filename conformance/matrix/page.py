"""A matrix as text for a terminal, and as a Markdown page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.matrix import judgement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.matrix.record import FaultRecord, InnocentRecord, Matrix

_FAULT_COLUMNS = ("fault", "topic", "depth", "shows", "grade", "live", "seconds", "cases", "caught by")
_INNOCENT_COLUMNS = ("innocent", "topic", "runs", "accused by")
# So many catchers are named; how many more there are is told.
_NAMED = 4


def text(matrix: Matrix) -> str:
    """Show a matrix: a line for each fault and innocent, then what is wrong, then one line."""
    blocks = []
    if matrix.faults:
        blocks.append(_aligned([_FAULT_COLUMNS, *(_fault_row(one) for one in matrix.faults)]))
    if matrix.innocents:
        blocks.append(_aligned([_INNOCENT_COLUMNS, *(_innocent_row(one) for one in matrix.innocents)]))
    blocks += [
        "\n  ".join([f"{finding.title}: {len(finding.sentences)}", *finding.sentences])
        for finding in judgement.findings(matrix)
    ]
    return "\n\n".join([*blocks, judgement.headline(matrix)])


def markdown(matrix: Matrix) -> str:
    """Show the same as a page."""
    library = f"PyTorch {matrix.library}" if matrix.library else "the reference"
    how = f"profile {matrix.profile}, seed {matrix.seed}, {matrix.workers} workers, {matrix.started}"
    parts = ["# The kill matrix", f"{judgement.headline(matrix)}. Suite {matrix.suite} against {library}, {how}."]
    if matrix.phases:
        rows = [(name, f"{took:.0f}", f"{spent:.0f}") for name, (took, spent) in matrix.phases.items()]
        parts.append(_table(("part", "seconds", "of processors"), rows))
    for finding in judgement.findings(matrix):
        parts.append(f"## {finding.title[0].upper()}{finding.title[1:]}")
        parts.append("\n".join(f"- {_cell(sentence)}" for sentence in finding.sentences))
    if matrix.faults:
        parts += ["## Faults", _table(_FAULT_COLUMNS, [_fault_row(one, named=None) for one in matrix.faults])]
    if matrix.innocents:
        parts += ["## Innocents", _table(_INNOCENT_COLUMNS, [_innocent_row(one) for one in matrix.innocents])]
    return "\n\n".join(parts) + "\n"


def _fault_row(one: FaultRecord, named: int | None = _NAMED) -> tuple[str, ...]:
    catchers = list(one.caught_by[:named])
    if len(one.caught_by) > len(catchers):
        catchers.append(f"{len(one.caught_by) - len(catchers)} more")
    grade = "" if one.grade is None else f" {one.grade:.1%}"
    return (
        one.id,
        one.topic,
        one.depth,
        one.shows,
        f"{one.difficulty}{grade}",
        "no witness" if one.unwitnessed else {True: "live", False: "dead", None: "unasked"}[one.live],
        "" if one.seconds is None else f"{one.seconds:.2f}",
        "" if one.cases is None else str(one.cases),
        ", ".join(catchers) or ("survived" if one.reached else "never reached"),
    )


def _innocent_row(one: InnocentRecord) -> tuple[str, ...]:
    return one.id, one.topic, str(one.runs), ", ".join(one.accused_by) or "nobody"


def _aligned(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(content: str) -> str:
    """Keep a text to one cell of one line; a backslash before what Markdown would read."""
    return "".join(f"\\{c}" if c in "|*_<>`" else c for c in " ".join(content.split()))
