"""The process in which clauses run: a worker of pytest-xdist, or the only process of a run without workers."""

from __future__ import annotations

import contextlib
import gc
import os
from typing import TYPE_CHECKING

import msgspec

from conformance.reporting.results import ClauseLine, Failure, Verdict
from conformance.runner.clauses import Context, line_of, run_clause
from conformance.runner.execution import describe_exception
from conformance.runner.journal import LOST, Journal
from conformance.runner.mishaps import IfGone
from conformance.runner.plan import PlannedLine, load_backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.backends.protocol import Backend, Device
    from conformance.documents import Case
    from conformance.runner.apart import Apart
    from conformance.runner.plan import Plan
    from conformance.runner.settings import Settings
    from conformance.runner.watchdog import Watchdog

# Objects made since the last collection, and collections of the younger generation; a case makes some hundred objects.
_COLLECTED_AFTER = (5000, 20, 50)


class Worker:
    """Runs planned lines; the backend is imported with the first of them.

    Args:
        settings: of the run.
        plan: of the run.
        backend: if this process has imported it already.
        folder: for the journal; None writes none.
        watchdog: that ends a case which hangs; None where a debugger may stop.
        echo: show what programs print.
        only: run one case alone, by its id.
        given: run this case instead of a clause's own.
        look: says whether a device that this process can't use any more is gone, and is told what happened; None where
            nobody can say, or where this process ends itself and the controller looks.
        apart: the process apart for cases that may leave a device unusable; None runs them here.
    """

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        *,
        backend: Backend | None = None,
        folder: Path | None = None,
        watchdog: Watchdog | None = None,
        echo: bool = False,
        only: str | None = None,
        given: Case | None = None,
        look: Callable[[Device, str], bool] | None = None,
        apart: Apart | None = None,
    ) -> None:
        self.settings = settings
        self.plan = plan
        self.caught: BaseException | None = None
        self._backend = backend
        self._folder = folder
        self._watchdog = watchdog
        self._echo = echo
        self._only = only
        self._given = given
        self._look = look
        self._apart = apart
        self._ready: set[str] = set()
        self._lost: dict[str, str] = {}

    def run(self, planned: PlannedLine, nodeid: str) -> ClauseLine:
        """Run a planned line."""
        if self.plan.import_failure is not None:
            return self._failed_import(planned)
        if reason := planned.not_run or self._lost.get(planned.device.name, ""):
            return line_of(planned.clause, planned.device, ["not-run"], 0.0, reason=reason)
        journal = Journal(self._folder, nodeid, self.settings.timeout) if self._folder is not None else None
        try:
            return self._run_here(planned, journal)
        finally:
            if journal is not None:
                journal.close()

    def _run_here(self, planned: PlannedLine, journal: Journal | None) -> ClauseLine:
        try:
            backend = self._imported(planned.device, journal)
        except Exception as error:  # noqa: BLE001 - it was importable a moment ago
            return self._late_failure(planned, error)
        cpu = next((device for device in self.plan.devices if device.type == "cpu"), None)
        context = Context(
            backend=backend,
            device=planned.device,
            other=backend.device(planned.device.peer) if planned.clause.peers else cpu or backend.device("cpu"),
            settings=self.settings,
            journal=journal,
            armed=self._watchdog.armed if self._watchdog is not None else lambda _: contextlib.nullcontext(),
            only=self._only,
            echo=self._echo,
            given=self._given,
            keep=lambda line: journal.keep(msgspec.json.encode(line)) if journal is not None else None,
            apart=self._apart,
        )
        line = run_clause(planned.clause, context)
        self.caught = context.caught
        if context.loss is None:
            return line
        if_gone = IfGone(context.loss.sentence, context.line_if_gone or line)
        return self._without(planned, line, if_gone, journal)

    def _without(self, planned: PlannedLine, line: ClauseLine, if_gone: IfGone, journal: Journal | None) -> ClauseLine:
        """Go on after a device can't be used any more: in a fresh process, or without it.

        Returns:
            The clause's line: the case after which it was so fails, unless the device is gone.
        """
        if journal is not None:
            journal.keep(msgspec.json.encode(line), msgspec.json.encode(if_gone))
            journal.begin(LOST)
            os._exit(1)
        if self._look is not None and self._look(planned.device, if_gone.sentence):
            self._lost[planned.device.name] = if_gone.sentence
            return if_gone.line
        self._lost[planned.device.name] = (
            f"this process can't use {planned.device.text} any more since {planned.clause.id}; workers would be replaced"
        )
        return line

    def _imported(self, device: Device, journal: Journal | None) -> Backend:
        """Import the backend with its first line, and look a device up with the first line there: it may need a package of its own."""
        if self._backend is None:
            with self._importing(journal):
                self._backend = load_backend(self.settings)
            _spare_collector()
        if device.type != "cpu" and device.name not in self._ready:
            with self._importing(journal), contextlib.suppress(Exception):
                # Where it is no longer here, that is found out by the first case.
                self._backend.device(device.name)
            self._ready.add(device.name)
        return self._backend

    @contextlib.contextmanager
    def _importing(self, journal: Journal | None) -> Iterator[None]:
        if journal is not None:
            journal.begin("import")
        with self._watchdog.armed(self.settings.import_timeout) if self._watchdog else contextlib.nullcontext():
            yield
        if journal is not None:
            journal.end("import", "pass")

    def _failed_import(self, planned: PlannedLine) -> ClauseLine:
        broken = self.plan.import_failure
        verdict: Verdict = broken.verdict if broken is not None else "error"
        failure = Failure(
            case="",
            place="import",
            message=broken.message if broken is not None else "",
            signal=broken.signal if broken is not None else None,
            trace=broken.trace if broken is not None else None,
            rerun=self.settings.rerun(planned.clause.id, planned.device.name, planned.clause.level),
        )
        return line_of(planned.clause, planned.device, [verdict], 0.0, failure)

    def _late_failure(self, planned: PlannedLine, error: Exception) -> ClauseLine:
        raised = describe_exception(error)
        message = f"the backend raised when a worker imported it: {raised.type}: {raised.text}" if raised else ""
        rerun = self.settings.rerun(planned.clause.id, planned.device.name, planned.clause.level)
        return line_of(planned.clause, planned.device, ["fail"], 0.0, Failure("", "import", message, rerun=rerun))


def _spare_collector() -> None:
    """Keep the garbage collector from walking what was imported, again and again: a tensor library is a million objects."""
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)
