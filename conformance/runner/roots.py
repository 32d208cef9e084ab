"""Root causes: which failing lines are explained by a failing prerequisite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reporting.results import FAILING

if TYPE_CHECKING:
    from conformance.reporting.results import ClauseLine


def blocked(lines: list[ClauseLine]) -> dict[str, tuple[str, ...]]:
    """Give for each failing line (`id[device]`) its failing prerequisites on that device, down to those that have none."""
    failing = {(line.id, line.device): line for line in lines if line.verdict in FAILING}
    found = [(line, _roots(line, failing)) for line in failing.values()]
    return {f"{line.id}[{line.device}]": roots for line, roots in found if roots}


def _roots(line: ClauseLine, failing: dict[tuple[str, str], ClauseLine]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for required in line.requires:
        below = failing.get((required, line.device))
        if below is not None:
            found.update(dict.fromkeys(_roots(below, failing) or (required,)))
    return tuple(found)
