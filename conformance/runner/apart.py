"""The process apart in which cases run that may leave a device unusable: the side that asks.

One process runs them in turn. It is replaced when it ends, hangs, or can't work out a known sum any more; the case after
which it was so is to blame, unless a fresh process finds the device gone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from conformance.runner import turns, watchdog
from conformance.runner.journal import GRACE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conformance.backends.protocol import Device
    from conformance.runner.settings import Settings


class EndedError(Exception):
    """The process ended in the middle of a case, or hung; the message says how, of a case as the subject.

    Args:
        how: what the case did.
        hung: whether it took too long.
        signal: the name of the signal that ended it.
        trace: of the process, where it left one.
    """

    def __init__(self, how: str, *, hung: bool, signal: str | None, trace: str) -> None:
        super().__init__(how)
        self.hung = hung
        self.signal = signal
        self.trace = trace


class UnreachableError(Exception):
    """No process can be had: the message says why."""


class Apart:
    """One process at a time, started when it is needed.

    Args:
        settings: of the run.
        arguments: pytest's, of the run.
        folder: of the run, for what the process leaves.
    """

    def __init__(self, settings: Settings, arguments: Sequence[str], folder: Path) -> None:
        self._settings = settings
        self._arguments = tuple(arguments)
        self._folder = folder
        self._process: _Process | None = None
        self._number = 0
        atexit.register(self.end)

    def observe(self, turn: turns.Turn) -> turns.Told:
        """Have a case run.

        Raises:
            EndedError: the process ended, or hung.
            UnreachableError: there is none.
        """
        process = self._started()
        # What comes before the case, a first look at the device, has a clock of its own.
        answer = process.asked(turn, turn.seconds + self._settings.import_timeout)
        if not isinstance(answer, turns.Told):
            raise self._ended(process, f"took longer than {turn.seconds:g} s")
        if answer.amiss:
            self.end()
        return answer

    def why_unusable(self, device: Device) -> str:
        """Say why a device can't be used any more, in a fresh process if the one at hand can't; empty if it can."""
        fresh = self._process is None
        try:
            why = self._looked(device)
            if why and not fresh:
                self.end()
                why = self._looked(device)
        except UnreachableError as none:
            return str(none)
        return why

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _looked(self, device: Device) -> str:
        process = self._started()
        answer = process.asked(turns.Look(device), self._settings.import_timeout)
        if isinstance(answer, turns.Looked):
            return answer.why_not
        return f"looking for {device.name} {self._ended(process, 'hangs')}"

    def _started(self) -> _Process:
        if self._process is not None:
            return self._process
        self._number += 1
        process = self._process = _Process(self._arguments, self._folder, self._number)
        answer = process.heard(self._settings.import_timeout)
        if not isinstance(answer, turns.Ready):
            raise UnreachableError(f"importing the backend there {self._ended(process, 'hangs')}")
        if answer.why_not:
            self.end()
            raise UnreachableError(answer.why_not)
        return process

    def _ended(self, process: _Process, hangs: str) -> EndedError:
        """Put an end to a process that does not answer, and tell what became of it."""
        hung = process.kill()
        self._process = None
        trace = watchdog.trace_of(self._folder, process.pid)
        hung = hung or watchdog.timed_out(trace)
        status = process.status
        name = signal.Signals(-status).name if status < 0 and not hung else None
        return EndedError(hangs if hung else "ended the process", hung=hung, signal=name, trace=trace)


class _Process:
    """A process that answers lines with lines."""

    def __init__(self, arguments: Sequence[str], folder: Path, number: int) -> None:
        asks, self._asks = os.pipe()
        self._tells, tells = os.pipe()
        command = [sys.executable, "-m", "pytest", *arguments, "--conformance-child", f"{turns.TASK}{asks}:{tells}"]
        command += ["--conformance-child-result", str(folder / f"turns-{os.getpid()}-{number}.json")]
        with (folder / "turns.log").open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - this very program
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(asks, tells),
                start_new_session=True,
            )
        os.close(asks)
        os.close(tells)
        self._rest = b""
        self._closed = False

    @property
    def pid(self) -> int:
        """Its number."""
        return self._child.pid

    @property
    def status(self) -> int:
        """The status with which it ended, 0 if it is running."""
        return self._child.returncode or 0

    def asked(self, ask: turns.Ask, seconds: float) -> turns.Tell | None:
        """Ask, and give the answer; None where none came."""
        rest = msgspec.json.encode(ask) + b"\n"
        # Where it has ended, no answer will come.
        with contextlib.suppress(BrokenPipeError):
            while rest:
                rest = rest[os.write(self._asks, rest) :]
        return self.heard(seconds)

    def heard(self, seconds: float) -> turns.Tell | None:
        """Give what it tells next; None where it ends, or says nothing for so long and a while longer."""
        deadline = time.monotonic() + seconds + GRACE_SECONDS
        while b"\n" not in self._rest:
            poll = select.poll()
            poll.register(self._tells, select.POLLIN)
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                return None
            part = os.read(self._tells, 1 << 16)
            if not part:
                self._closed = True
                return None
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        told: turns.Tell = msgspec.json.decode(line, type=turns.Tell)
        return told

    def kill(self) -> bool:
        """Put an end to it, and to what it started, and say whether it was still running."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            # One that closed its pipe is about to end.
            self._child.wait(GRACE_SECONDS if self._closed else 0)
        running = self._child.poll() is None
        if running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        for end in (self._asks, self._tells):
            os.close(end)
        return running
