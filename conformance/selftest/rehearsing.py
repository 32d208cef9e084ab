"""Judges the rehearsal device in a process of its own, and prints the verdicts as JSON: `python -m conformance.selftest.rehearsing`.

A process has one name for a device of its own, and a test that took it would leave it to all others.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from conformance import catalogue
from conformance.backends.pytorch import TorchBackend
from conformance.backends.rehearsal import LACKS, NAME
from conformance.faults import planting
from conformance.runner import plan
from conformance.runner.settings import Settings
from conformance.runner.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.faults.planting import Fault
    from conformance.runner.plan import PlannedLine
    from conformance.strategies.rows import Row

SETTINGS = Settings(level="wording", devices=(NAME,))


def verdict(worker: Worker, planned: PlannedLine) -> str:
    """Judge the device by a clause, case by case until one fails, and give the verdict."""
    found = "pass"
    rows = planned.clause.table("standard", worker.settings.seed) if planned.clause.table is not None else ()
    alone = [replace(planned.clause, case_ids=(), table=partial(_only, row), reaches=()) for row in rows]
    for clause in alone or [planned.clause]:
        found = worker.run(replace(planned, clause=clause), planned.key).verdict
        if found not in ("pass", "unsupported"):
            break
    return found


def _only(row: Row, profile: str, seed: int) -> Iterator[Row]:  # noqa: ARG001 - as a table
    yield row


def caught(worker: Worker, fault: Fault) -> dict[str, str]:
    """Give the verdicts of the clauses that are meant to catch a fault, with it planted, by the clause's id."""
    planned = plan.lines(worker.plan, catalogue.select(fault.clauses, "wording"))
    with fault.planted():
        return {line.clause.id: verdict(worker, line) for line in planned}


def limits(worker: Worker) -> dict[str, list[str]]:
    """Give for each limit of the device the verdicts of the smoke cases that need what it lacks, with the limit not declared."""
    found: dict[str, list[str]] = {need: [] for need in LACKS}
    for line in plan.lines(worker.plan, catalogue.select((), "wording")):
        bold = replace(line, device=msgspec.structs.replace(line.device, lacks={}))
        for row in line.clause.table("smoke", 0) if line.clause.table is not None else ():
            clause = replace(line.clause, case_ids=(), table=partial(_only, replace(row, needs=())), reaches=())
            for need in set(row.needs) & set(LACKS):
                found[need].append(worker.run(replace(bold, clause=clause), line.key).verdict)
    return found


def main() -> None:
    """Print what became of each fault, and of each limit."""
    backend = TorchBackend()
    made = plan.of(backend, SETTINGS)
    # Those of the device, and those that show on the CPU too.
    faults = (*planting.rehearsed(), *(one for one in planting.load() if one.topic == "devices"))
    # A worker goes without a device that a fault has spoilt.
    found = {one.id: caught(Worker(SETTINGS, made, backend=backend), one) for one in faults}
    json.dump({"faults": found, "limits": limits(Worker(SETTINGS, made, backend=backend))}, sys.stdout)


if __name__ == "__main__":
    main()
