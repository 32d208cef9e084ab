"""The process in which clauses run: a worker of pytest-xdist, or the only process of a run without workers."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

import msgspec

from conformance.reporting.results import ClauseLine, Failure, Verdict
from conformance.runner.clauses import Context, line_of, run_clause
from conformance.runner.execution import describe_exception
from conformance.runner.journal import Journal
from conformance.runner.plan import PlannedLine, load_backend

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.backends.protocol import Backend
    from conformance.documents import Case
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

    def run(self, planned: PlannedLine, nodeid: str) -> ClauseLine:
        """Run a planned line."""
        if self.plan.import_failure is not None:
            return self._failed_import(planned)
        if planned.not_run:
            return line_of(planned.clause, planned.device, ["not-run"], 0.0, reason=planned.not_run)
        journal = Journal(self._folder, nodeid, self.settings.timeout) if self._folder is not None else None
        try:
            return self._run_here(planned, journal)
        finally:
            if journal is not None:
                journal.close()

    def _run_here(self, planned: PlannedLine, journal: Journal | None) -> ClauseLine:
        try:
            backend = self._imported(journal)
        except Exception as error:  # noqa: BLE001 - it was importable a moment ago
            return self._late_failure(planned, error)
        cpu = next((device for device in self.plan.devices if device.type == "cpu"), None)
        context = Context(
            backend=backend,
            device=planned.device,
            other=cpu or backend.device("cpu"),
            settings=self.settings,
            journal=journal,
            armed=self._watchdog.armed if self._watchdog is not None else lambda _: contextlib.nullcontext(),
            only=self._only,
            echo=self._echo,
            given=self._given,
            keep=lambda line: journal.keep(msgspec.json.encode(line)) if journal is not None else None,
        )
        line = run_clause(planned.clause, context)
        self.caught = context.caught
        return line

    def _imported(self, journal: Journal | None) -> Backend:
        if self._backend is None:
            if journal is not None:
                journal.begin("import")
            watched = self._watchdog.armed(self.settings.import_timeout) if self._watchdog else contextlib.nullcontext()
            with watched:
                self._backend = load_backend(self.settings)
                for device in self.plan.devices:
                    # One may come with a package of its own.
                    self._backend.device(device.name)
            if journal is not None:
                journal.end("import", "pass")
            _spare_collector()
        return self._backend

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
