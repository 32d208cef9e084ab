"""Processes forked from this one, which has imported the library: a crash or a hang costs one of them.

A fork costs some milliseconds where importing PyTorch costs seconds, and it leaves no state behind. What a child has
found it writes to a pipe, a line each; where it is stands on its slate, which survives it.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import mmap
import os
import resource
import select
import signal
import sys
import time
import traceback
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NoReturn, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

POLL_SECONDS = 0.1
# Between cases only the suite's own code runs; it is given so long.
BETWEEN_CASES_SECONDS = 120.0
_READ_BYTES = 1 << 16
_STOPPING = (signal.SIGINT, signal.SIGTERM)
# The number by which Linux is asked for a signal when the parent dies.
_PR_SET_PDEATHSIG = 1


class Slate(ctypes.Structure):
    """Where a child is, in memory that its parent shares.

    Attributes:
        beat: when its present step began, on the machine's monotonic clock.
        limit: seconds that the step may take.
        started: when its clauses began.
        position: which of its lines runs; -1 before the first.
        cases: how many cases have begun.
        calls: how often the stand-in was called.
    """

    _fields_ = (
        ("beat", ctypes.c_double),
        ("limit", ctypes.c_double),
        ("started", ctypes.c_double),
        ("position", ctypes.c_int64),
        ("cases", ctypes.c_int64),
        ("calls", ctypes.c_int64),
    )

    def step(self, seconds: float) -> None:
        """Note that a step begins, and how long it may take."""
        self.beat, self.limit = time.monotonic(), seconds

    @contextlib.contextmanager
    def case(self, seconds: float) -> Iterator[None]:
        """Note that a case begins, and that it has ended."""
        self.cases += 1
        self.step(seconds)
        yield
        self.step(BETWEEN_CASES_SECONDS)


class Job(Protocol):
    """What a child does."""

    def run(self, slate: Slate) -> Iterator[bytes]:
        """Do it, and give each thing found as a line without its end."""


J = TypeVar("J", bound=Job)


@dataclass
class Ended(Generic[J]):
    """How a child ended.

    Attributes:
        told: the lines it wrote.
        how: empty where it did all it had to; else a signal's name, an exit code or `timeout`.
        broke: the trace of an exception of the suite's own.
    """

    job: J
    slate: Slate
    told: list[bytes] = field(default_factory=list)
    how: str = ""
    broke: str = ""
    seconds: float = 0.0


class _Last(msgspec.Struct, frozen=True, tag_field="last", tag="last"):
    """The last line of a child that did not crash."""

    broke: str = ""


class _Child(Generic[J]):
    def __init__(self, job: J, log: Path) -> None:
        self.slate = Slate.from_buffer(mmap.mmap(-1, ctypes.sizeof(Slate)))
        self.slate.position = -1
        self.slate.started = time.monotonic()
        self.slate.step(BETWEEN_CASES_SECONDS)
        self.ended = Ended(job, self.slate)
        self.open = True
        self._rest = b""
        self.reading, writing = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        try:
            self.pid = _fork()
            if self.pid == 0:
                _live(job, self.slate, writing, log)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        os.close(writing)
        # It does so itself too: whoever comes first, its group is there before it can be killed.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(self.pid, self.pid)

    def read(self) -> None:
        """Take what it has written; at the end, how it ended."""
        part = os.read(self.reading, _READ_BYTES)
        if part:
            *lines, self._rest = (self._rest + part).split(b"\n")
            self.ended.told += lines
            return
        self.open = False
        self._bury()
        if self.ended.how == "timeout":
            return
        if self.ended.told and self.ended.told[-1].startswith(b'{"last"'):
            self.ended.broke, self.ended.how = msgspec.json.decode(self.ended.told.pop(), type=_Last).broke, ""

    def end_if_overdue(self) -> None:
        """End it where its step takes longer than it may."""
        if self.open and not self.ended.how and time.monotonic() - self.slate.beat > self.slate.limit:
            self.ended.how = "timeout"
            self._kill_group()

    def kill(self) -> None:
        """End it, whatever it does."""
        if self.open:
            self._kill_group()
            self._bury()

    def _kill_group(self) -> None:
        """End it with the processes that it has forked, any of which would keep its pipe open."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def _bury(self) -> None:
        os.close(self.reading)
        _, status = os.waitpid(self.pid, 0)
        self.ended.seconds = time.monotonic() - self.slate.started
        code = os.waitstatus_to_exitcode(status)
        self.ended.how = self.ended.how or (signal.Signals(-code).name if code < 0 else f"exit code {code}")


def run(jobs: Iterable[J], workers: int, log: Path, tick: Callable[[], None]) -> Iterator[Ended[J]]:
    """Run jobs in children, some at a time, and give each as it ends; a job is asked for when its turn comes.

    Args:
        jobs: what to do.
        workers: how many at a time.
        log: takes what they print.
        tick: is called several times a second.
    """
    waiting = iter(jobs)
    running: list[_Child[J]] = []
    gc.collect()
    gc.freeze()  # a collection in a child must not copy every page of its parent
    try:
        while True:
            while len(running) < workers and (job := next(waiting, None)) is not None:
                running.append(_Child(job, log))
            if not running:
                return
            ready, _, _ = select.select([child.reading for child in running], [], [], POLL_SECONDS)
            for child in running:
                child.end_if_overdue()
                if child.reading in ready:
                    child.read()
            over = [child for child in running if not child.open]
            running = [child for child in running if child.open]
            for child in over:
                yield child.ended
            tick()
    finally:
        gc.unfreeze()
        for child in running:
            child.kill()


def _fork() -> int:
    """Fork; newer Pythons warn where there are threads, and NumPy's own survive it by design."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _live(job: Job, slate: Slate, writing: int, log: Path) -> NoReturn:
    """Be the child: do the job, tell what was found, and end without any of the parent's clearing up."""
    try:
        _stand_alone(log)
        for line in job.run(slate):
            _write(writing, line)
        _write(writing, msgspec.json.encode(_Last()))
    except BaseException:  # noqa: BLE001 - the parent is told, and nothing may get past this process's end
        with contextlib.suppress(OSError):
            _write(writing, msgspec.json.encode(_Last(traceback.format_exc())))
    finally:
        os._exit(0)


def _stand_alone(log: Path) -> None:
    """Leave what is the parent's: its terminal's interrupts, its handlers, its screen; and do not outlive it."""
    os.setpgid(0, 0)
    for number in _STOPPING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    faulthandler.enable(file=2)


def _write(descriptor: int, line: bytes) -> None:
    left = memoryview(line + b"\n")
    while left:
        left = left[os.write(descriptor, left) :]
