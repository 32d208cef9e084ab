"""Libraries that end their process, or never come to an end, in one condition: the reference with such a fault.

They rehearse what becomes of a fatal case of a table, and import no library under test.
"""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any

from conformance.backends.protocol import Spelling
from conformance.backends.reference import ReferenceBackend
from conformance.reference.namespace import Namespace

if TYPE_CHECKING:
    from collections.abc import Callable


class _Library(Namespace):
    """The reference, whose sum of two integers of one kind does something else.

    Args:
        ending: what it does.
        dtype: that both operands have then.
    """

    def __init__(self, ending: Callable[[], Any], dtype: str) -> None:
        self.ending = ending
        self.dtype = dtype

    def add(self, input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:  # noqa: A002 - PyTorch's name
        """Add."""
        if input.dtype == getattr(other, "dtype", None) == self.dtype and input.numel():
            self.ending()
        return super().add(input, other, alpha=alpha, out=out)

    def tensor(self, data: Any, *, dtype: str | None = None, device: str = "cpu") -> Any:
        """Make a tensor."""
        return super().tensor(data, dtype=dtype, device=device)


class _Ending(ReferenceBackend):
    """Such a library as a backend."""

    def __init__(self, namespace: _Library, name: str) -> None:
        self.library = namespace
        self.name = name

    @property
    def namespace(self) -> _Library:
        """The library."""
        return self.library

    def spelling(self) -> Spelling:
        """Tell how it is imported."""
        return Spelling((f"from conformance.selftest.ending import {self.name} as torch",))


aborting = _Library(os.abort, "int8")
hanging = _Library(lambda: ctypes.PyDLL(None).sleep(1000), "int16")


def aborts() -> ReferenceBackend:
    """End the process when two int8 tensors are added."""
    return _Ending(aborting, "aborting")


def hangs() -> ReferenceBackend:
    """Never come to an end when two int16 tensors are added."""
    return _Ending(hanging, "hanging")
