"""What a program does to memory, as the reference does it: which of a library's ways it needs.

Libraries differ in whether a tensor can be written at all, and in which operations share memory. A program's text does not
tell which of its branches a case takes, so the reference notes what the case really does.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Operations that may share memory with their operand, as programs call them.
SHARING = (
    "index", "view", "reshape", "permute", "transpose", "t", "T", "mT", "squeeze", "unsqueeze", "expand", "detach", "data",
    "contiguous", "to", "as_tensor", "from_numpy", "numpy",
)  # fmt: skip
_HERE = str(Path(__file__).parent)
# What the reference calls an operation where programs write it with an operator.
_NAMES = {"__getitem__": "index", "__iter__": "index"}


class Trace:
    """What was noted.

    Attributes:
        writes: whether a tensor was written, or a write of one was refused.
        shared: the view operations of whose memory something was written.
        arrays: the operations that gave a tensor an array's memory, or an array a tensor's.
    """

    def __init__(self) -> None:
        self.writes = False
        self.shared: set[str] = set()
        self.arrays: set[str] = set()
        self._views: dict[int, tuple[Any, set[str]]] = {}

    def view(self, storage: Any) -> None:
        """Note that the operation that is running gave a view."""
        # The array is kept, so that its id is not given again.
        self._views.setdefault(id(storage), (storage, set()))[1].add(_operation())

    def array(self, storage: Any) -> None:
        """Note that the operation that is running shares memory with an array."""
        self.view(storage)
        self.arrays.add(_operation())

    def write(self, storage: Any) -> None:
        """Note that memory is written, or would be if that were not refused."""
        self.writes = True
        self.shared |= self._views.get(id(storage), (None, set()))[1]


_running: list[Trace] = []


@contextlib.contextmanager
def noting() -> Iterator[Trace]:
    """Note what happens for a while."""
    trace = Trace()
    _running.append(trace)
    try:
        yield trace
    finally:
        _running.remove(trace)


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Note nothing for a while."""
    running = _running[:]
    _running.clear()
    try:
        yield
    finally:
        _running[:] = running


def view(storage: Any) -> None:
    """Note a view, where anybody asks."""
    for trace in _running:
        trace.view(storage)


def array(storage: Any) -> None:
    """Note memory that is shared with an array, where anybody asks."""
    for trace in _running:
        trace.array(storage)


def write(storage: Any) -> None:
    """Note a write, where anybody asks."""
    for trace in _running:
        trace.write(storage)


def _operation() -> str:
    """Name the operation that a program called: the outermost one that is running in the reference."""
    frame, found = sys._getframe(1), ""  # noqa: SLF001 - the documented way to the caller
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        name = _NAMES.get(frame.f_code.co_name, frame.f_code.co_name)
        found = name if name in SHARING else found
        frame = frame.f_back  # type: ignore[assignment]
    return found
