"""Judges the rehearsal device with each fault planted in it in turn, and prints the verdicts as JSON.

It is a program of its own: a process has one name for a device of its own, and a test that took it would leave it to all
others.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance import catalogue
from conformance.backends.pytorch import TorchBackend
from conformance.backends.rehearsal import NAME
from conformance.faults import planting
from conformance.runner import plan
from conformance.runner.settings import Settings
from conformance.runner.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.runner.plan import PlannedLine
    from conformance.strategies.rows import Row


def verdict(worker: Worker, planned: PlannedLine) -> str:
    """Judge the device by a clause, case by case until one fails, and give the verdict."""
    found = "pass"
    rows = planned.clause.table("standard", worker.settings.seed) if planned.clause.table is not None else ()
    alone = [replace(planned.clause, case_ids=(), table=partial(_only, row), reaches=()) for row in rows]
    for clause in alone or [planned.clause]:
        found = worker.run(replace(planned, clause=clause), planned.key).verdict
        if found != "pass":
            break
    return found


def _only(row: Row, profile: str, seed: int) -> Iterator[Row]:  # noqa: ARG001 - as a table
    yield row


def main() -> None:
    """Print the verdicts of the clauses that are meant to catch each fault, by the fault's id."""
    backend, found = TorchBackend(), {}
    settings = Settings(level="wording", devices=(NAME,))
    made = plan.of(backend, settings)
    worker = Worker(settings, made, backend=backend)
    # Those of the device, and those that show on the CPU too.
    for one in (*planting.rehearsed(), *(one for one in planting.load() if one.topic == "devices")):
        planned = plan.lines(made, catalogue.select(one.clauses, "wording"))
        with one.planted():
            found[one.id] = {line.clause.id: verdict(worker, line) for line in planned}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
