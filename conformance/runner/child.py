"""What a process of its own does: look at the backend, or run one case alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.documents import Case
from conformance.problems import UsageProblem
from conformance.runner import declared, plan, turns
from conformance.runner.children import BEGUN, DECLARED, FILE
from conformance.runner.watchdog import Watchdog
from conformance.runner.worker import Worker

if TYPE_CHECKING:
    from conformance.runner.settings import Settings


class Child:
    """A pytest plugin that makes of a whole session one task.

    The task is `probe`, `probe::DEVICE` for one device alone, `CLAUSE[DEVICE]::CASE`, `CLAUSE[DEVICE]::file:FILE` for a case
    that lies in a file, `declared` for what is declared to be missing and works, or `turns:ASKS:TELLS` for cases that are asked for one after the other through two open pipes.

    Args:
        config: pytest's.
        settings: of the run.
    """

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        task = str(config.option.conformance_child)
        self._key, _, self._case = task.partition("::")
        self._result = Path(config.option.conformance_child_result)
        self._settings = settings
        self._watchdog = Watchdog(self._result.parent)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Look at the backend, or run what is asked for, if that is the task."""
        if self._key.startswith(turns.TASK):
            asks, tells = map(int, self._key.removeprefix(turns.TASK).split(":"))
            # pytest has pointed faulthandler elsewhere since; here it has to write the stack of a crash.
            turns.serve(self._settings, Watchdog(self._result.parent), asks, tells)
            os._exit(0)
        if self._key == DECLARED:
            self._look_at_the_declaration()
        if self._key != "probe":
            return
        settings = msgspec.structs.replace(self._settings, devices=(self._case,)) if self._case else self._settings
        try:
            with self._watchdog.armed(settings.import_timeout):
                made, _ = plan.make(settings, imported=lambda: self._write(msgspec.json.encode(plan.Probed())))
            probed = plan.Probed(plan=made)
        except UsageProblem as problem:
            probed = plan.Probed(usage=str(problem))
        self._write(msgspec.json.encode(probed))
        # The library may hang or crash when the interpreter ends; what it had to say is said.
        os._exit(0)

    def _look_at_the_declaration(self) -> None:
        made, backend = plan.make(self._settings)
        if backend is not None:
            declared.working(backend, made, self._settings, lambda found: self._write(msgspec.json.encode(found)))
        os._exit(0)

    def worker(self) -> Worker:
        """Give what runs the one case."""
        with self._watchdog.armed(self._settings.import_timeout):
            made, backend = plan.make(self._settings)
        given = None
        if self._case.startswith(FILE):
            given = msgspec.json.decode(Path(self._case.removeprefix(FILE)).read_bytes(), type=Case)
        only = self._case if given is None else given.id
        return Worker(self._settings, made, backend=backend, watchdog=self._watchdog, only=only, given=given)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the one item."""
        items[:] = [item for item in items if item.name == self._key]

    def pytest_runtest_setup(self) -> None:
        """Write that the case begins: what ends the process from now on is the case."""
        self._write(BEGUN)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write the outcome."""
        if report.when == "call":
            self._write(msgspec.json.encode({"passed": "pass", "skipped": "skip"}.get(report.outcome, "fail")))

    def _write(self, result: bytes) -> None:
        unfinished = self._result.with_suffix(".part")
        unfinished.write_bytes(result)
        unfinished.replace(self._result)
