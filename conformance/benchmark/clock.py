"""A clock that is right for devices that compute while the program goes on.

Such a device returns from a call at once, so the time between two readings is that of asking for the work. This clock
first waits until the device has done all that it was asked for, and then reads.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.benchmark import lazy

if TYPE_CHECKING:
    from collections.abc import Callable


class Mark(NamedTuple):
    """A reading: seconds of the wall clock and of this process's threads, and the device's own event, if it has any."""

    wall: float
    cpu: float
    event: Any = None


class Spent(NamedTuple):
    """Seconds between two readings; None by events that a device has not."""

    wall: float
    cpu: float
    device: float | None


@dataclass(eq=False)
class Clock:
    """Waits for a device and reads the time.

    Called, it gives seconds of the wall clock and keeps the reading: it is a timer for pytest-benchmark.

    Attributes:
        synchronize: returns when the device has done its work; nothing where work is done when a call returns.
        event: records an event in the device's queue; None where it has none.
        elapsed: gives the seconds between two of them.
        marks: the readings so far.
    """

    synchronize: Callable[[], None] = lambda: None
    event: Callable[[], Any] | None = None
    elapsed: Callable[[Any, Any], float] | None = None
    marks: list[Mark] = field(default_factory=list)

    def __call__(self) -> float:
        """Wait for the device, read, and keep the reading."""
        event = self.event() if self.event is not None else None
        self.synchronize()
        if len(self.marks) % 2:
            mark = Mark(time.perf_counter(), time.process_time(), event)
        else:
            # What is read last at the start and first at the end has the other clock's own time outside of it.
            spent = time.process_time()
            mark = Mark(time.perf_counter(), spent, event)
        self.marks.append(mark)
        return mark.wall

    def follow(self, other: Clock) -> None:
        """Wait for the device of another clock from now on."""
        self.synchronize, self.event, self.elapsed, self.marks = other.synchronize, other.event, other.elapsed, []

    def between(self, start: Mark, end: Mark) -> Spent:
        """Give what passed between two readings."""
        device = None
        if self.elapsed is not None and start.event is not None:
            device = self.elapsed(start.event, end.event)
        return Spent(end.wall - start.wall, end.cpu - start.cpu, device)

    def rounds(self) -> list[Spent]:
        """Give what passed in each round, from the readings at its start and end, and forget these."""
        marks, self.marks = self.marks, []
        return [self.between(start, end) for start, end in zip(marks[::2], marks[1::2], strict=True)]


def clock_of(device: str) -> Clock:
    """Give the clock of a torch device.

    Raises:
        LookupError: PyTorch has no way to wait for it.
    """
    import torch

    kind = device.partition(":")[0]
    if lazy.is_lazy(device):
        return Clock(lazy.wait_of(device))
    if kind == "cpu":
        return Clock()
    if kind == "cuda":
        return Clock(lambda: torch.cuda.synchronize(device), lambda: _recorded(device), _elapsed)
    if kind == "xpu":
        return Clock(lambda: torch.xpu.synchronize(device))
    module = getattr(torch, kind, None)
    synchronize = getattr(module, "synchronize", None)
    if synchronize is None:
        raise LookupError(f"PyTorch has no torch.{kind}.synchronize, so nothing on {device} can be timed")
    return Clock(synchronize)


def _recorded(device: str) -> Any:
    import torch

    with torch.cuda.device(device):
        event = torch.cuda.Event(enable_timing=True)
        event.record()
    return event


def _elapsed(start: Any, end: Any) -> float:
    return float(start.elapsed_time(end)) / 1e3
