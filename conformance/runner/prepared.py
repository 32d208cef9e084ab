"""Cases made once for many backends: their inputs, and what the reference says is right for them.

Making them costs more than running them; whoever runs the same clauses on many variants of a library does so once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.runner import oracle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.backends.protocol import Device
    from conformance.catalogue import Clause
    from conformance.documents import Case
    from conformance.observation import Expectation
    from conformance.runner.plan import PlannedLine
    from conformance.runner.settings import Settings

# A case, and what is right for it; None where that is asked for when it runs.
PreparedCase = tuple["Case", "Expectation | None"]


class Prepared:
    """The cases of some lines in a profile and seed.

    Args:
        lines: clauses, each on its device.
        settings: of the run.
        other: the device that programs get as their other one.
    """

    def __init__(self, lines: Iterable[PlannedLine], settings: Settings, other: Device) -> None:
        self._cases = {line.key: _prepared(line, settings, other) for line in lines}

    def cases(self, clause: Clause, device: Device) -> tuple[PreparedCase, ...] | None:
        """Give the cases of a clause on a device; None where they are to be made when it runs."""
        return self._cases.get(f"{clause.id}[{device.name}]")


def _prepared(line: PlannedLine, settings: Settings, other: Device) -> tuple[PreparedCase, ...] | None:
    try:
        cases = tuple(line.clause.all_cases(settings.profile, settings.seed))
    except Exception:  # noqa: BLE001 - it breaks again when the clause runs, and is told there
        return None
    return tuple((case, _right(line, case, other)) for case in cases)


def _right(line: PlannedLine, case: Case, other: Device) -> Expectation | None:
    if not case.by_reference or not case.runs_on(line.device.type):
        return None
    try:
        return oracle.expectation(case, line.device, other, text=line.clause.reads == "text")
    except Exception:  # noqa: BLE001 - as above
        return None
