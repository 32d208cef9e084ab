"""The process that steers a run: it makes the plan, collects lines, and writes results.jsonl.

It is a pytest plugin of its own, registered by `conformance.plugin` where the suite is run. It imports no library under
test unless it is also the process in which clauses run.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from conformance import __version__, catalogue, documents, judge
from conformance.backends.protocol import Device
from conformance.problems import UsageProblem
from conformance.reporting.results import (
    FAILING,
    FILE_NAME,
    SCHEMA_VERSION,
    ClauseLine,
    Failure,
    Footer,
    Header,
    Reproducer,
    Verdict,
    Writer,
    totals,
)
from conformance.runner import interrupts, journal, plan, reproducing, roots, watchdog
from conformance.runner.children import BEGUN, Children
from conformance.runner.clauses import called, line_of
from conformance.runner.mishaps import IfGone
from conformance.runner.settings import Settings  # noqa: TC001 - shown in the signature of a plugin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.catalogue import Clause
    from conformance.documents import Case
    from conformance.observation import Expectation

# Failing cases are run again alone, so many at a time.
ALONE_AT_ONCE = 2
# What looking at a declaration may take, beside the import.
DECLARED_SECONDS = 120.0
# The folder of reproducers, beside results.jsonl.
REPRODUCERS = "reproducers"


class Controller:
    """Steers one run.

    Args:
        config: pytest's.
        settings: of the run.
        isolated: whether clauses run in workers, so that this process may import no backend.
    """

    def __init__(self, config: pytest.Config, settings: Settings, *, isolated: bool) -> None:
        self.settings = settings
        self.plan: plan.Plan | None = None
        self.backend: Any = None
        self.folder = Path(tempfile.mkdtemp(prefix="conformance-"))
        self._config = config
        self._isolated = isolated
        self._planned: dict[str, plan.PlannedLine] = {}
        self._chosen: set[str] | None = None
        self._lines: dict[str, ClauseLine] = {}
        self._pending: dict[Future[Failure], ClauseLine] = {}
        self._writer: Writer | None = None
        self._stopped = ""
        self._start = time.monotonic()
        self._clock = watchdog.Clock(self.folder)
        self._pool = ThreadPoolExecutor(ALONE_AT_ONCE + 1, thread_name_prefix="conformance-alone")
        arguments = [str(argument) for argument in config.invocation_params.args]
        serial = ["-n0"] if config.pluginmanager.hasplugin("xdist") else []
        config.add_cleanup(self._close)
        self._lost: dict[str, str] = {}
        self._declared: Future[dict[str, tuple[str, ...]]] | None = None
        self._reproducers: dict[str, str] = {}
        self._naming = threading.Lock()
        self._arguments = [*arguments, *serial]
        self._children = Children(self.folder, self._arguments, self.folder / "children.log")

    # --- the run's course ---

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Make the plan, and write the header."""
        try:
            clauses = catalogue.select(self.settings.select, self.settings.level)
            self._make_plan()
            self._open_report()
        except UsageProblem as problem:
            self._config.hook.pytest_conformance_usage_problem(message=str(problem))
            raise pytest.UsageError(str(problem)) from problem
        assert self.plan is not None  # noqa: S101 - made two lines above
        self._planned = {line.key: line for line in plan.lines(self.plan, clauses)}
        if self._isolated:
            self._clock.start()
        if self._isolated and any(device.here and device.lacks for device in self.plan.devices):
            self._declared = self._pool.submit(self._children.declared, self.settings.import_timeout + DECLARED_SECONDS)
        self._config.hook.pytest_conformance_plan(plan=self.plan, lines=len(self._planned))

    def _make_plan(self) -> None:
        if not self._isolated:
            self.plan, self.backend = plan.make(self.settings)
            return
        self.plan = self._children.probe(self.settings)
        if self.plan.import_failure is not None and self.plan.import_failure.imported:
            self.plan = self._one_by_one(self.plan)

    def _one_by_one(self, broken: plan.Plan) -> plan.Plan:
        """Look the devices up in a process each, where the one that looked for all of them ended or hung.

        Returns:
            A plan in which what ends its process is not here; the broken one if the CPU's does.
        """
        whole = self._children.probe(self.settings, "cpu")
        if whole.import_failure is not None:
            return broken
        devices: list[Device] = []
        for name in dict.fromkeys(self.settings.devices):
            found = self._children.probe(self.settings, name) if name != "cpu" else whole
            if found.import_failure is None:
                devices += found.devices
            elif name == "auto":
                devices += whole.devices
                whole = msgspec.structs.replace(whole, no_accelerator=found.import_failure.message)
            else:
                kind = name.partition(":")[0]
                why = f"no {kind} device: {found.import_failure.message}"
                devices.append(Device(name, kind, name, here=False, reason=why))
        unique = {device.name: device for device in devices}
        return msgspec.structs.replace(whole, devices=tuple(unique.values()))

    def is_gone(self, device: Device, sentence: str) -> bool:
        """Say whether a device that some process can't use any more is gone for a fresh one too; then the run goes on without it.

        Args:
            device: which.
            sentence: what happened.
        """
        if device.name in self._lost:
            return True
        try:
            found = self._children.probe(self.settings, device.name)
        except UsageProblem:
            here = False
        else:
            here = found.import_failure is None and all(one.here for one in found.devices)
        if not here and self.plan is not None:
            self._lost[device.name] = sentence
            absent = msgspec.structs.replace(device, here=False, reason=sentence)
            devices = tuple(absent if one.name == device.name else one for one in self.plan.devices)
            self.plan = msgspec.structs.replace(self.plan, devices=devices)
        return not here

    def _open_report(self) -> None:
        if self.settings.report is None or self.plan is None:
            return
        path = Path(self.settings.report) / FILE_NAME
        try:
            self._writer = Writer(path)
            for old in (path.parent / REPRODUCERS).glob("*.py"):
                old.unlink()
        except OSError as error:
            raise UsageProblem(f"the report folder {path.parent} can't be written: {error.strerror}") from error
        self._writer.write(
            Header(
                schema_version=SCHEMA_VERSION,
                suite=__version__,
                backend=self.plan.backend,
                devices=self.plan.devices,
                environment=self.plan.environment,
                profile=self.settings.profile,
                level=self.settings.level,
                seed=self.settings.seed,
                select=self.settings.select,
                command=(Path(sys.argv[0]).name, *sys.argv[1:]),
                started=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                errata=documents.errata(),
                sections=documents.section_titles(),
            )
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand the plan to a worker."""
        node.workerinput["conformance_plan"] = msgspec.json.encode(self.plan).decode()
        node.workerinput["conformance_folder"] = str(self.folder)
        node.workerinput["conformance_arguments"] = self._arguments

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Note which lines were chosen, where workers collect."""
        self._chosen = {_key(nodeid) for nodeid in ids}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which lines were chosen, where this process collects."""
        if session.items:
            self._chosen = {_key(item.nodeid) for item in session.items}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a line from the report of its test item."""
        encoded = getattr(report, "conformance", None)
        if encoded is not None:
            self._take(msgspec.json.decode(encoded, type=ClauseLine))
        elif report.failed and _key(report.nodeid) in self._planned and _key(report.nodeid) not in self._lines:
            self._take(self._broken(_key(report.nodeid), report.longreprtext))
        self._settle(wait=False)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Make the line of a clause that took its worker down."""
        line = self._crashed(crashitem)
        report.conformance = msgspec.json.encode(line).decode()  # type: ignore[attr-defined]
        if line.verdict not in FAILING:
            # The process ended, but the clause is not to blame.
            report.outcome = "passed" if line.verdict in ("pass", "waived") else "skipped"
            report.longrepr = (crashitem, 0, line.reason) if report.skipped else None
            return
        distributed: Any = self._config.pluginmanager.getplugin("dsession")
        if self._config.option.maxfail and distributed is not None:
            # pytest-xdist counts no crash among the failures that -x stops after.
            distributed.shouldstop = distributed.shouldstop or "stopping after a crash"

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note why the run ends early: the user, or -x."""
        stopped = str(excinfo.value)
        self._stopped = stopped if "stopping after" in stopped else f"interrupted{': ' if stopped else ''}{stopped}"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Wait for the cases that run alone, account for every line, write the footer."""
        self._clock.stop()
        if self.plan is None:
            return
        stopped = self._stopped or str(session.shouldfail or session.shouldstop or "")
        if stopped.startswith("interrupted"):
            self._children.stop()
        try:
            self._settle(wait=True)
        except KeyboardInterrupt:
            # The lines are measured: what is lost is whether their failing cases fail alone too.
            stopped = stopped or "interrupted"
            self._children.stop()
            self._settle(wait=True)
        for key in self._unreached():
            self._write(self._missing(key, stopped))
        self._write_footer(stopped)

    def _write_footer(self, stopped: str) -> None:
        lines = list(self._lines.values())
        stopped = stopped or "; ".join(self._lost.values())
        number = interrupts.received()
        footer = Footer(
            complete=not stopped,
            totals=totals(lines),
            partial=sum(line.partial for line in lines),
            seconds=round(time.monotonic() - self._start, 3),
            stopped=stopped,
            interrupted_by=number.name if number is not None else None,
            blocked_by=roots.blocked(lines),
            lost=self._lost,
            works=self._declared.result() if self._declared is not None else {},
        )
        if self._writer is not None:
            self._writer.write(footer)

    def _close(self) -> None:
        self._clock.stop()
        if self._writer is not None:
            self._writer.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- lines ---

    def _take(self, line: ClauseLine) -> None:
        key = f"{line.id}[{line.device}]"
        if line.verdict in FAILING and self._may_run_alone(line):
            self._lines[key] = line
            assert line.failure is not None  # noqa: S101 - a failing line has one
            self._pending[self._pool.submit(self._alone, key, line, line.failure)] = line
        else:
            self._write(line)

    def _may_run_alone(self, line: ClauseLine) -> bool:
        return line.failure is not None and line.failure.place != "import" and not self._config.option.usepdb

    def _alone(self, key: str, line: ClauseLine, failure: Failure) -> Failure:
        """Run a failing case again in a process of its own, and write its reproducer; this is done in a thread."""
        if line.device in self._lost:
            why = "its device was lost before it could be run alone"
            return msgspec.structs.replace(failure, reproducer=Reproducer(why=why))
        timeout = self.settings.import_timeout + self.settings.timeout
        failure = self._children.alone(key, failure, timeout)
        try:
            if line.verdict in ("crash", "timeout") and failure.alone == "fails":
                failure = self._ended(key, line.verdict, failure)
            return self._with_file(key, failure, timeout)
        except Exception as error:  # noqa: BLE001 - the failure is told all the same
            why = f"it could not be written: {type(error).__name__}: {error}"
            return msgspec.structs.replace(failure, reproducer=Reproducer(why=why))

    def _ended(self, key: str, verdict: Verdict, failure: Failure) -> Failure:
        """Make a case that ended its process smaller, in processes of their own."""
        planned, made = self._planned[key], self.plan
        case = next((one for one in self._cases(planned.clause) if one.id == failure.case), None)
        if case is None or made is None:
            return failure
        timeout = min(self.settings.timeout, reproducing.CANDIDATE_TIMEOUT)
        limit = timeout + min(self.settings.import_timeout, reproducing.PROCESS_SECONDS)

        def ends(candidate: Case) -> bool:
            if self._children.stopped:
                return False
            end = self._children.end_of(key, candidate, timeout, limit)
            return (
                end.hung
                if verdict == "timeout"
                else end.result == BEGUN and not end.hung and end.signal == failure.signal
            )

        other = next((device for device in made.devices if device.type == "cpu"), planned.device)
        if planned.clause.peers:
            name = planned.device.peer
            other = msgspec.structs.replace(planned.device, name=name, text=name, peer="")
        right = partial(right_for, planned, other)
        place = reproducing.Place(
            planned.clause, made.backend.name, made.backend.version, made.spelling, planned.device, other,
            self.settings.import_timeout + self.settings.timeout, self.settings.seed,
        )  # fmt: skip
        smallest, reproducer = reproducing.ended(case, place, right, ends)
        return msgspec.structs.replace(
            failure, shrunk=called(smallest) if smallest != case else "", reproducer=reproducer
        )

    def _with_file(self, key: str, failure: Failure, timeout: float) -> Failure:
        """Write the reproducer beside the results, if it shows the failure."""
        reproducer = failure.reproducer
        if reproducer is None or not reproducer.text or self.settings.report is None:
            return failure
        if failure.alone == "passes":
            return msgspec.structs.replace(
                failure, reproducer=msgspec.structs.replace(reproducer, why="the case passes in a process of its own")
            )
        path = Path(self.settings.report) / REPRODUCERS / self._file_name(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(reproducer.text, encoding="utf-8")
        status = self._children.status_of(unfinished, timeout + reproducing.LONGEST_WAIT)
        if status != 1:
            unfinished.unlink()
            told = "it was still running" if status is None else f"it ended with status {status}"
            why = "the run was stopped" if self._children.stopped else f"run alone, {told} and not with 1"
            return msgspec.structs.replace(failure, reproducer=msgspec.structs.replace(reproducer, why=why))
        unfinished.replace(path)
        named = msgspec.structs.replace(reproducer, file=f"{REPRODUCERS}/{path.name}")
        return msgspec.structs.replace(failure, reproducer=named)

    def _file_name(self, key: str) -> str:
        """Give the name of a reproducer's file: the clause's, with the device where another one has it already."""
        clause, _, device = key.removesuffix("]").partition("[")
        with self._naming:
            if self._reproducers.setdefault(clause, device) == device:
                return f"{clause}.py"
        return f"{clause}-{device.replace(':', '-')}.py"

    def _settle(self, *, wait: bool) -> None:
        """Write the lines whose failing case has been run alone."""
        for future in list(self._pending):
            if wait or future.done():
                # Waiting may be interrupted, and the line is not lost then.
                failure = future.result()
                self._write(msgspec.structs.replace(self._pending.pop(future), failure=failure))

    def _write(self, line: ClauseLine) -> None:
        self._lines[f"{line.id}[{line.device}]"] = line
        if self._writer is not None:
            self._writer.write(line)
        self._config.hook.pytest_conformance_line(line=line)

    def _unreached(self) -> list[str]:
        chosen = self._chosen if self._chosen is not None else set(self._planned)
        return [key for key in self._planned if key in chosen and key not in self._lines]

    def _missing(self, key: str, stopped: str) -> ClauseLine:
        planned = self._planned[key]
        if stopped:
            return line_of(planned.clause, planned.device, ["not-run"], 0.0, reason=f"stopped ({stopped})")
        failure = Failure("", "suite", "no verdict arrived from the worker that ran this clause")
        return line_of(planned.clause, planned.device, ["error"], 0.0, failure)

    def _cases(self, clause: Clause) -> Iterator[Case]:
        return clause.all_cases(self.settings.profile, self.settings.seed)

    def _broken(self, key: str, text: str) -> ClauseLine:
        planned = self._planned[key]
        failure = Failure("", "suite", "the test item of this clause broke", trace=text[-watchdog.TRACE_LIMIT :])
        return line_of(planned.clause, planned.device, ["error"], 0.0, failure)

    def _crashed(self, nodeid: str) -> ClauseLine:
        planned = self._planned[_key(nodeid)]
        fatal, ended = journal.open_case(self.folder, nodeid)
        if fatal is not None and fatal.case == journal.SHRINKING:
            return self._kept(fatal.pid)
        if fatal is not None and fatal.case == journal.LOST:
            return self._line_after_loss(planned, fatal.pid)
        trace = watchdog.trace_of(self.folder, fatal.pid) if fatal is not None else ""
        hung = fatal is not None and (fatal.pid in self._clock.killed or watchdog.timed_out(trace))
        verdict: Verdict = "timeout" if hung else "crash"
        name = fatal.case if fatal is not None else ""
        case = next((one for one in self._cases(planned.clause) if one.id == name), None)
        how = f"took longer than {self.settings.timeout:g} s" if hung else "ended the process"
        failure = Failure(
            case=name,
            place="import" if name == "import" else "program",
            message=f"case {name} {how}" if case else f"the worker ended ({how}) outside any case",
            called=called(case) if case is not None else "",
            signal=watchdog.signal_in(trace),
            trace=trace or None,
            rerun=self.settings.rerun(planned.clause.id, planned.device.name, planned.clause.level),
        )
        verdicts: list[Verdict] = [entry.verdict for entry in ended if entry.case != "import"]  # type: ignore[misc]
        sentence = f"{planned.device.text} was lost in mid-run, at {planned.clause.id} (the case {name} {how})"
        if planned.device.type != "cpu" and self.is_gone(planned.device, sentence):
            reason = self._lost[planned.device.name]
            return line_of(planned.clause, planned.device, [*verdicts, "not-run"], 0.0, reason=reason)
        return line_of(planned.clause, planned.device, [*verdicts, verdict], 0.0, failure)

    def _line_after_loss(self, planned: plan.PlannedLine, pid: int) -> ClauseLine:
        """Give the line of a clause whose process ended itself because it could not use the device any more."""
        line = msgspec.json.decode(journal.kept_path(self.folder, pid).read_bytes(), type=ClauseLine)
        if_gone = msgspec.json.decode(journal.kept_path(self.folder, pid, if_gone=True).read_bytes(), type=IfGone)
        if not self.is_gone(planned.device, if_gone.sentence):
            return line
        # Another worker may have met it first.
        reason = if_gone.line.reason.replace(if_gone.sentence, self._lost[planned.device.name])
        return msgspec.structs.replace(if_gone.line, reason=reason)

    def _kept(self, pid: int) -> ClauseLine:
        """Give the line of a clause whose process ended when its failing case was made smaller."""
        line = msgspec.json.decode(journal.kept_path(self.folder, pid).read_bytes(), type=ClauseLine)
        assert line.failure is not None  # noqa: S101 - it fails
        why = "the library ended the process when the case was made smaller"
        return msgspec.structs.replace(
            line, failure=msgspec.structs.replace(line.failure, reproducer=Reproducer(why=why))
        )


def right_for(planned: plan.PlannedLine, other: Device, case: Case) -> Expectation:
    """Say what is right for a case, in a process that has no library under test."""
    if case.by_reference:
        text = planned.clause.reads == "text"
        return reproducing.right_by_reference(case, planned.device, other, text=text)
    return judge.expectation(case, planned.clause.reads, {}, planned.device)


def _key(nodeid: str) -> str:
    return nodeid.rpartition("::")[2]
