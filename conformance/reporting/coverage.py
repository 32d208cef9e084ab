"""What the cases of a run reached, as a grid made from results alone: a row a clause, a column a class of inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.conditions import in_order
from conformance.reporting.verdict import key

if TYPE_CHECKING:
    from conformance.reporting.results import ClauseLine, Results


def grid(results: Results) -> str:
    """Give a grid for each condition (layout, dtype, shape, ...): how many cases of each clause reached each class.

    A point stands for none. Lines whose cases have no operand, or none that was built, are left out.
    """
    lines = sorted((line for line in results.lines if line.coverage), key=lambda line: (line.section, key(line)))
    conditions = list(dict.fromkeys(name for line in lines for name in line.coverage))
    blocks = [_condition(condition, [line for line in lines if condition in line.coverage]) for condition in conditions]
    cases = sum(sum(line.cases.values()) for line in results.lines)
    counted = f"{cases} cases of {len(results.lines)} lines (clause x device) in profile {results.header.profile}"
    return "\n\n".join([*blocks, counted])


def _condition(condition: str, lines: list[ClauseLine]) -> str:
    names = in_order(condition, {name for line in lines for name in line.coverage[condition]})
    head = [condition, *names]
    rows = [[key(line), *(str(line.coverage[condition].get(name, ".")) for name in names)] for line in lines]
    total = {name: sum(line.coverage[condition].get(name, 0) for line in lines) for name in names}
    table = [head, *rows, ["all", *(str(total[name]) for name in names)]]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in table
    )
