"""Processes of their own: one that looks at the backend first, and one for each failing case, run alone.

Both are pytest processes with the arguments of the run itself, so that what was passed to pytest reaches them too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from conformance.problems import UsageProblem
from conformance.runner import watchdog
from conformance.runner.plan import ImportFailure, Plan, Probed, failed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.documents import Case
    from conformance.reporting.results import Failure
    from conformance.runner.settings import Settings


# Stands before the path of a case that lies in a file, in the place of a case's id.
FILE = "file:"
# The task of the child that looks at what is declared to be missing.
DECLARED = "declared"
# What a child has written as its result while its case runs.
BEGUN = b'"begun"'


@dataclass(frozen=True)
class End:
    """How a child ended: its result, if it wrote one, or that its case began; the signal, the stack, and what it said last."""

    result: bytes | None
    returncode: int
    hung: bool
    trace: str
    output: str

    @property
    def signal(self) -> str | None:
        """The name of the signal that ended it."""
        if self.returncode >= 0 or self.hung:
            return None
        return signal.Signals(-self.returncode).name


class Children:
    """Starts children in a folder of the run, and ends those that are left when the run is stopped.

    Args:
        folder: where they write.
        arguments: pytest's, of the run.
        log: a file for what they print.
    """

    def __init__(self, folder: Path, arguments: Sequence[str], log: Path) -> None:
        self._folder = folder
        self._arguments = tuple(arguments)
        self._log = log
        self._running: set[subprocess.Popen[bytes]] = set()
        self._number = 0
        self._counting = threading.Lock()
        self._stopped = False

    def probe(self, settings: Settings, device: str = "") -> Plan:
        """Import the backend in a child and give the plan that it made.

        Args:
            settings: of the run.
            device: look this one up alone; empty for those of the run.

        Raises:
            UsageProblem: the backend or a device is unknown.
        """
        end = self._run(f"probe::{device}" if device else "probe", settings.import_timeout)
        if end.result is not None:
            probed = msgspec.json.decode(end.result, type=Probed)
            if probed.plan is not None:
                return probed.plan
            if probed.usage:
                raise UsageProblem(probed.usage)
        imported = end.result is not None
        sought = device if device not in ("", "auto") else "devices"
        what = f"looking for {sought}" if imported else "the backend can't be imported: it"
        if end.hung:
            message = f"{what} hangs for more than {settings.import_timeout:g} s"
            return failed(settings, ImportFailure("timeout", message, trace=end.trace, imported=imported))
        how = f"signal {end.signal}" if end.signal else f"status {end.returncode}"
        message = f"{what} ends its process with {how}"
        trace = end.trace or end.output
        return failed(settings, ImportFailure("crash", message, signal=end.signal, trace=trace, imported=imported))

    def declared(self, timeout: float) -> dict[str, tuple[str, ...]]:
        """Give for each device, by name, what is declared to be missing there and works; as much as was found in time."""
        end = self._run(DECLARED, timeout)
        return {} if end.result is None else msgspec.json.decode(end.result, type=dict[str, tuple[str, ...]])

    def alone(self, key: str, failure: Failure, timeout: float) -> Failure:
        """Run a failing case again in a fresh process and give its failure with what became of it there."""
        end = self._run(f"{key}::{failure.case}", timeout)
        passes = end.result == b'"pass"'
        if end.result in (None, b'"skip"'):
            # It could not be run: the process did not come to it, or its device is gone by now.
            return failure
        return msgspec.structs.replace(
            failure,
            alone="passes" if passes else "fails",
            signal=end.signal or failure.signal,
            trace=failure.trace or (end.trace if not passes else None),
        )

    def end_of(self, key: str, case: Case, timeout: float, limit: float) -> End:
        """Run a candidate, a case that no table holds, in a fresh process, and tell how it ended.

        Args:
            key: of the clause's test item.
            case: the candidate.
            timeout: seconds that the case may take.
            limit: seconds that the process may take.
        """
        with self._counting:
            self._number += 1
            path = self._folder / f"case-{self._number}.json"
        path.write_bytes(msgspec.json.encode(case))
        return self._run(f"{key}::{FILE}{path}", limit, "--conformance-timeout", str(timeout))

    def status_of(self, program: Path, timeout: float) -> int | None:
        """Run a reproducer and give its exit status; None if it took too long."""
        paths = [str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        with self._log.open("ab") as log:
            child = self._start([sys.executable, str(program)], log, environment)
        self._wait(child, timeout)
        return child.returncode if child.returncode != -signal.SIGKILL else None

    @property
    def stopped(self) -> bool:
        """Whether no further child may be started."""
        return self._stopped

    def stop(self) -> None:
        """End the children that are running, and start no other."""
        self._stopped = True
        for child in tuple(self._running):
            _kill(child)

    def _run(self, task: str, timeout: float, *options: str) -> End:
        with self._counting:
            self._number += 1
            result = self._folder / f"child-{self._number}.json"
        command = [sys.executable, "-m", "pytest", *self._arguments, *options]
        command += ["--conformance-child", task, "--conformance-child-result", str(result)]
        with self._log.open("ab") as log:
            start = log.tell()
            child = self._start(command, log)
        hung = self._wait(child, timeout)
        trace = watchdog.trace_of(self._folder, child.pid)
        content = result.read_bytes() if result.exists() else None
        return End(content, child.returncode, hung or watchdog.timed_out(trace), trace, self._said(start))

    def _start(
        self, command: list[str], log: IO[bytes], environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(  # noqa: S603 - this very program, or a reproducer that it wrote
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._running.add(child)
        if self._stopped:
            _kill(child)
        return child

    def _wait(self, child: subprocess.Popen[bytes], timeout: float) -> bool:
        """Wait for a child, and say whether it had to be ended."""
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            pass
        finally:
            hung = child.poll() is None
            _kill(child)
            self._running.discard(child)
        return hung

    def _said(self, start: int) -> str:
        with self._log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")[-2000:]


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End a child and what it started."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
