"""Tells the user's interrupt from a KeyboardInterrupt that a backend raises."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_received: list[signal.Signals] = []


def install() -> None:
    """Take over SIGINT and SIGTERM: both stop the run as an interrupt does."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _on_signal)


def install_beside_pytest() -> None:
    """Take over SIGINT where nobody else has: in a worker, and where pytest itself is the command."""
    main = threading.current_thread() is threading.main_thread()
    if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _on_signal)


def received() -> signal.Signals | None:
    """Give the first signal that asked this process to stop, if one did."""
    return _received[0] if _received else None


def _on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the form of a signal handler
    _received.append(signal.Signals(number))
    raise KeyboardInterrupt
