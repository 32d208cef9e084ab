"""The two clocks that end a case which hangs.

In the worker, the system's timer, whose signal faulthandler answers in C: it needs no interpreter lock, writes the stack
down and ends the process. (Where a system has no such timer, faulthandler's own thread, which costs 50 microseconds a case.)
In the controller, a thread that reads the journals and kills a process that even that did not end.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import os
import re
import signal
import threading
from typing import IO, TYPE_CHECKING

from conformance.runner import journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POLL_SECONDS = 0.5
_HAS_TIMER = hasattr(signal, "setitimer") and hasattr(faulthandler, "register")
TRACE_LIMIT = 8000
# How faulthandler names the signals that it catches.
_SIGNALS = {
    "Segmentation fault": "SIGSEGV",
    "Aborted": "SIGABRT",
    "Floating-point exception": "SIGFPE",
    "Bus error": "SIGBUS",
    "Illegal instruction": "SIGILL",
}


class Watchdog:
    """The worker's clock: `armed` for a case, it ends the process when the case takes too long."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._trace: IO[str] = trace_path(folder, os.getpid()).open("w", encoding="utf-8")
        faulthandler.enable(self._trace)
        if _HAS_TIMER:
            # The stack is written first; what the signal does then, by default, is to end the process.
            faulthandler.register(signal.SIGALRM, self._trace, chain=True)
        atexit.register(self._close)

    def _close(self) -> None:
        faulthandler.disable()
        if _HAS_TIMER:
            faulthandler.unregister(signal.SIGALRM)
        self._trace.close()

    @contextlib.contextmanager
    def armed(self, seconds: float) -> Iterator[None]:
        """Give a step so many seconds."""
        if _HAS_TIMER:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        else:
            faulthandler.dump_traceback_later(seconds, exit=True, file=self._trace)
        try:
            yield
        finally:
            if _HAS_TIMER:
                signal.setitimer(signal.ITIMER_REAL, 0)
            else:
                faulthandler.cancel_dump_traceback_later()


class Clock(threading.Thread):
    """The controller's clock: kills the worker of a case that is long overdue."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="conformance-clock", daemon=True)
        self._folder = folder
        self._stopped = threading.Event()
        self.killed: set[int] = set()

    def run(self) -> None:
        """Look at the journals until stopped."""
        while not self._stopped.wait(POLL_SECONDS):
            for pid in journal.overdue(self._folder):
                if pid not in self.killed:
                    self.killed.add(pid)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """Stop looking."""
        self._stopped.set()


def trace_path(folder: Path, pid: int) -> Path:
    """Give the file into which a process writes its stack before it ends."""
    return folder / f"{pid}.trace"


def trace_of(folder: Path, pid: int) -> str:
    """Give the stack that a process left, or nothing."""
    with contextlib.suppress(OSError):
        return trace_path(folder, pid).read_text(encoding="utf-8", errors="replace")[:TRACE_LIMIT]
    return ""


def timed_out(trace: str) -> bool:
    """Say whether a stack was written by the worker's clock."""
    return bool(trace) and not trace.startswith("Fatal Python error")


def signal_in(trace: str) -> str | None:
    """Give the name of the signal that a stack speaks of."""
    match = re.search(r"Fatal Python error: ([\w -]+)", trace)
    return _SIGNALS.get(match[1].strip()) if match else None
