"""A toy library with a device of its own, healthy and broken: it rehearses the runner without importing torch.

It knows what the clauses on devices use, no more: `tensor`, `matmul`, `to`, `cpu`. Its numbers lie in NumPy arrays.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import faulthandler
import inspect
import itertools
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.backends.protocol import Backend, Device, Spelling, UnknownDeviceError, see_array
from conformance.observation import Seen

if TYPE_CHECKING:
    from collections.abc import Callable


class Place:
    """Where a toy tensor lies: its type and its printed name."""

    def __init__(self, text: str) -> None:
        self.type = text.partition(":")[0]
        self._text = text

    def __str__(self) -> str:
        return self._text


class Tensor:
    """A toy tensor: an array and the name of its place."""

    requires_grad = False
    is_leaf = True
    is_cuda = False

    def __init__(self, array: np.ndarray[Any, Any], place: str) -> None:
        self.array = array
        self.place = place

    @property
    def device(self) -> Place:
        """Where it lies."""
        return Place(self.place)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its sizes."""
        return tuple(self.array.shape)

    @property
    def dtype(self) -> str:
        """The name of its dtype."""
        return str(self.array.dtype)

    def tolist(self) -> Any:
        """Give its elements as nested lists."""
        return self.array.tolist()

    def __add__(self, other: Tensor) -> Tensor:
        """Add, where both lie in one place."""
        return checked_sum(self, other)

    def to(self, place: str) -> Tensor:
        """Copy it to a place."""
        return Tensor(self.array.copy(), place)

    def cpu(self) -> Tensor:
        """Copy it to the CPU."""
        return self.to("cpu")


def checked_sum(left: Tensor, right: Tensor) -> Tensor:
    """Add two tensors that lie in one place.

    Raises:
        RuntimeError: they lie in two.
    """
    if left.place != right.place:
        raise RuntimeError(f"tensors on two devices, {left.place} and {right.place}")
    return Tensor(left.array + right.array, left.place)


def checked_matmul(left: Tensor, right: Tensor) -> Tensor:
    """Multiply two matrices that lie in one place.

    Raises:
        RuntimeError: they lie in two.
    """
    if left.place != right.place:
        raise RuntimeError(f"tensors on two devices, {left.place} and {right.place}")
    return Tensor(left.array @ right.array, left.place)


class Toy(Backend):
    """The toy library as a backend.

    Args:
        matmul: stands in the place of the healthy one.
    """

    name = "toy"
    version = "1"

    def __init__(self, matmul: Callable[[Tensor, Tensor], Any] = checked_matmul) -> None:
        self.matmul = matmul
        # The function of this module that makes it, for its reproducers.
        makers = [
            one.function for one in inspect.stack(0) if one.frame.f_globals is globals() and one.function in globals()
        ]
        self.maker = next((name for name in makers if not name.startswith("_")), "Toy")

    @property
    def namespace(self) -> Any:
        """The library's functions."""
        return self

    def spelling(self) -> Spelling:
        """Tell how it is made."""
        imports = (f"from {__name__} import {self.maker}", f"torch = {self.maker}()")
        return Spelling(imports, "torch.tensor({values}, '{dtype}'{device})")

    def tensor(self, data: Any, dtype: str | None = None, *, device: str = "cpu") -> Tensor:
        """Make a tensor of nested lists."""
        return Tensor(np.array(data, dtype), device)

    def device(self, name: str) -> Device:
        """Look one of two devices up."""
        if name not in ("cpu", "toy", "toy:0"):
            raise UnknownDeviceError(f"unknown device {name!r}: the toy has cpu and toy")
        return Device(name, name.partition(":")[0], "cpu" if name == "cpu" else "toy:0")

    def devices(self) -> list[Device]:
        """Give both."""
        return [self.device("cpu"), self.device("toy")]

    def no_accelerator(self) -> str:
        """There always is one."""
        return ""

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Tensor:
        """Make a tensor of an array."""
        return Tensor(array.astype(dtype), device.text)

    def see_own(self, value: Any) -> Seen | None:
        """Read a tensor or a place."""
        if isinstance(value, Tensor):
            seen = see_array(value.array)
            return Seen(
                "tensor", seen.shape, seen.dtype, seen.bits, seen.strides, device=value.place, requires_grad=False
            )
        return Seen("device", device=str(value)) if isinstance(value, Place) else None


def _on_the_device(broken: Callable[[], Any]) -> Toy:
    """Give a toy whose product breaks where both operands lie on its own device, and nowhere else."""

    def matmul(left: Tensor, right: Tensor) -> Any:
        return broken() if left.place == right.place == "toy:0" else checked_matmul(left, right)

    return Toy(matmul)


def _beside(deed: Callable[[], Any]) -> Toy:
    """Give a toy whose product is right, and does something else as well."""

    def matmul(left: Tensor, right: Tensor) -> Tensor:
        result = checked_matmul(left, right)
        deed()
        return result

    return Toy(matmul)


def unchecked() -> Toy:
    """Multiply whatever lies wherever: the refusal is missing."""
    return Toy(lambda left, right: Tensor(left.array @ right.array, left.place))


def refuses_all() -> Toy:
    """Refuse every product: an operation that is not there also raises."""

    def matmul(left: Tensor, right: Tensor) -> Tensor:
        raise RuntimeError(f"no matmul for {left.place} and {right.place}")

    return Toy(matmul)


def wrong_error() -> Toy:
    """Refuse a mixed product with another kind of exception."""

    def matmul(left: Tensor, right: Tensor) -> Tensor:
        if left.place != right.place:
            raise LookupError(left.place)
        return checked_matmul(left, right)

    return Toy(matmul)


def aborts() -> Toy:
    """End the process in the middle of a product."""
    return _on_the_device(os.abort)


def hangs_when_run_alone() -> Toy:
    """Give nonsense for a product, and nothing at all where its case is run again in a process of its own."""

    def nonsense() -> Any:
        if "--conformance-child" in sys.argv:
            time.sleep(1000)
        return object()

    return _on_the_device(nonsense)


def leaves() -> Toy:
    """End the process without a signal."""
    return _on_the_device(lambda: os._exit(7))


def forks() -> Toy:
    """Fork in a product, and let both processes come back from it."""
    return _beside(os.fork)


def writes_to_the_streams() -> Toy:
    """Write past Python into the standard streams, through which workers are spoken to."""
    return _beside(lambda: [os.write(stream, b"\x00nonsense\n" * 100) for stream in (1, 2)])


def changes_signal_handlers() -> Toy:
    """Take every signal that can be taken, and do nothing with it."""

    def change() -> None:
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)

    return _beside(change)


def hangs_at_exit() -> Toy:
    """Keep its process from ending, by what it runs at exit and by a thread."""

    def hold() -> None:
        atexit.register(time.sleep, 1000)
        threading.Thread(target=time.sleep, args=(1000,)).start()

    return _beside(hold)


def loops() -> Toy:
    """Never return from a product, in Python."""

    def loop() -> None:
        while True:
            pass

    return _on_the_device(loop)


def hangs_in_c() -> Toy:
    """Never return from a product, in C, with the interpreter's lock held."""
    return _on_the_device(lambda: ctypes.PyDLL(None).sleep(1000))


def exits() -> Toy:
    """Raise SystemExit from a product."""
    return _on_the_device(lambda: sys.exit(3))


def interrupts() -> Toy:
    """Raise KeyboardInterrupt from a product, as nobody asked it to."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    return _on_the_device(interrupt)


_PRODUCT = np.array([[12, 14], [24, 28]], dtype=np.float32)
_calls = itertools.count()


def differs() -> Toy:
    """Give another product every time."""
    return _on_the_device(lambda: Tensor(_PRODUCT + 1 + next(_calls), "toy:0"))


def fails_once() -> Toy:
    """Give a wrong product the first time in a process, and right ones from then on."""
    return _on_the_device(lambda: Tensor(_PRODUCT + (next(_calls) == 0), "toy:0"))


def nonsense() -> Toy:
    """Return what is no tensor at all."""
    return _on_the_device(object)


def unprintable() -> Toy:
    """Raise an exception whose text can't be made."""

    class Unprintable(Exception):  # noqa: N818 - an exception as a backend may have it
        def __str__(self) -> str:
            raise ValueError("no text")

    def fail() -> None:
        raise Unprintable

    return _on_the_device(fail)


def slow() -> Toy:
    """Take a while for a product, and be right."""

    def wait() -> Tensor:
        time.sleep(0.5)
        return Tensor(_PRODUCT, "toy:0")

    return _on_the_device(wait)


def hangs_without_watchdog() -> Toy:
    """Switch the worker's own clock off, and never return."""

    def hang() -> None:
        faulthandler.cancel_dump_traceback_later()
        ctypes.PyDLL(None).sleep(1000)

    return _on_the_device(hang)


def fails_later() -> Toy:
    """Give wrong products once a refusal has been asked for in the same process."""
    spoiled: list[bool] = []

    def matmul(left: Tensor, right: Tensor) -> Tensor:
        if left.place != right.place:
            spoiled.append(True)
        product = checked_matmul(left, right)
        return Tensor(product.array + bool(spoiled), product.place) if left.place == "toy:0" else product

    return _Spoiled(matmul)


class _Spoiled(Toy):
    """A toy that earlier calls spoil, as they do a library with state."""

    _made = 0

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Tensor:
        """Make a tensor; from the third on, in one process, the library is spoiled."""
        self._made += 1
        if self._made > 2:
            with contextlib.suppress(RuntimeError):
                self.matmul(Tensor(array, "cpu"), Tensor(array, "toy:0"))
        return super().make_tensor(array, dtype, device)


def prints() -> Toy:
    """Print in a product, and be right."""

    def say() -> Tensor:
        sys.stdout.write("hello from the product\n")
        return Tensor(_PRODUCT, "toy:0")

    return _on_the_device(say)


def hostile() -> Toy:
    """Raise an exception with an endless text of control characters and a lone surrogate."""

    def fail() -> None:
        raise RuntimeError("\ud800 \x1b[31m " + "x" * 10_000_000)

    return _on_the_device(fail)


class Stateless(Toy):
    """A toy whose adapter can't tell its global state."""

    def state(self) -> dict[str, Any]:
        """Raise instead."""
        raise RuntimeError("no state")


class Unreadable(Toy):
    """A toy whose adapter can't read a result."""

    def see_own(self, value: Any) -> Seen | None:  # noqa: ARG002 - the form of the protocol
        """Raise instead."""
        raise RuntimeError("can't read")


# A file in the current folder: while it lies there, a toy's own device is gone for every process.
GONE = Path("the-toy-is-gone")


class Perishable(Toy):
    """A toy whose own device can be used for a while.

    Args:
        end: is called by a product there, before the device is lost.
        everywhere: whether it is gone for every process, or can't be used any more in this one.
    """

    def __init__(self, end: Callable[[], Any] = lambda: None, *, everywhere: bool = True) -> None:
        super().__init__(self._product)
        self._end = end
        self._everywhere = everywhere
        self._spoiled = False

    def device(self, name: str) -> Device:
        """Look one of two devices up."""
        found = super().device(name)
        why = f"no toy device: {self._why_not()}" if found.type == "toy" and self._why_not() else ""
        return Device(found.name, found.type, found.text, here=not why, reason=why)

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Tensor:
        """Make a tensor of an array, unless the device is lost."""
        if device.type == "toy" and self._why_not():
            raise RuntimeError(self._why_not())
        return super().make_tensor(array, dtype, device)

    def _why_not(self) -> str:
        return "device lost" if self._spoiled or GONE.exists() else ""

    def _product(self, left: Tensor, right: Tensor) -> Tensor:
        if left.place == right.place == "toy:0":
            if self._everywhere:
                GONE.touch()
            self._spoiled = not self._everywhere
            self._end()
            raise RuntimeError("device lost")
        return checked_matmul(left, right)


def vanishes() -> Toy:
    """Lose the device for good at the first product there."""
    return Perishable()


def vanishes_with_its_process() -> Toy:
    """Lose the device for good at the first product there, and end the process."""
    return Perishable(os.abort)


def poisons() -> Toy:
    """Leave the device unusable in this process by a product there."""
    return Perishable(everywhere=False)


class OutOfMemoryError(RuntimeError):
    """As PyTorch's accelerators raise it."""


class Short(Toy):
    """A toy whose device runs out of memory.

    Args:
        room: whether a tensor of any case would fit in all the same.
        times: how many products do, in one process.
    """

    def __init__(self, *, room: bool, times: int) -> None:
        super().__init__(self._product)
        self._room = room
        self._times = times

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Tensor:
        """Make a tensor of an array, if it is small."""
        if device.type == "toy" and not self._room and array.nbytes > 2**20:
            raise OutOfMemoryError("toy out of memory")
        return super().make_tensor(array, dtype, device)

    def _product(self, left: Tensor, right: Tensor) -> Tensor:
        if left.place == right.place == "toy:0" and self._times:
            self._times -= 1
            raise OutOfMemoryError("toy out of memory")
        return checked_matmul(left, right)


def has_no_memory() -> Toy:
    """Have no memory for products on the device."""
    return Short(room=False, times=1000)


def asks_for_too_much() -> Toy:
    """Say that memory ran out, though there is room."""
    return Short(room=True, times=1000)


def is_short_for_a_moment() -> Toy:
    """Have no memory for one product."""
    return Short(room=True, times=1)


class Sought(Toy):
    """A toy whose own device can't even be looked for.

    Args:
        end: what becomes of whoever does.
    """

    def __init__(self, end: Callable[[], Any]) -> None:
        super().__init__()
        self._end = end

    def device(self, name: str) -> Device:
        """Look the CPU up, or end."""
        if name != "cpu":
            self._end()
        return super().device(name)


def aborts_when_sought() -> Toy:
    """End the process that looks for the device."""
    return Sought(os.abort)


def hangs_when_sought() -> Toy:
    """Never return to who looks for the device."""
    return Sought(lambda: ctypes.PyDLL(None).sleep(1000))


def _on_two_devices(broken: Callable[[], Any]) -> Toy:
    """Give a toy that breaks where a product's operands lie on two devices, and nowhere else."""

    def matmul(left: Tensor, right: Tensor) -> Any:
        return broken() if left.place != right.place else checked_matmul(left, right)

    return Toy(matmul)


def aborts_on_two_devices() -> Toy:
    """End the process where a product should be refused."""
    return _on_two_devices(os.abort)


def hangs_on_two_devices() -> Toy:
    """Never return, in C, from a product that should be refused."""
    return _on_two_devices(lambda: ctypes.PyDLL(None).sleep(1000))


class Rotting(Toy):
    """A toy whose device holds wrong numbers once a product was refused, though the refusal itself is right.

    Args:
        end: is called before it.
    """

    def __init__(self, end: Callable[[], Any] = lambda: None) -> None:
        super().__init__(self._product)
        self._end = end
        self.rotten = 0

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Tensor:
        """Make a tensor of an array, or of wrong numbers."""
        return super().make_tensor(array + (self.rotten if device.type == "toy" else 0), dtype, device)

    def tensor(self, data: Any, dtype: str | None = None, *, device: str = "cpu") -> Tensor:
        """Make a tensor of nested lists, or of wrong numbers."""
        made = super().tensor(data, dtype, device=device)
        return Tensor(made.array + (self.rotten if device != "cpu" else 0), device)

    def _product(self, left: Tensor, right: Tensor) -> Tensor:
        if left.place != right.place:
            self._end()
            self.rotten = 1
        return checked_matmul(left, right)


def rots() -> Toy:
    """Refuse a product on two devices, and give wrong numbers on the device from then on."""
    return Rotting()


def vanishes_on_two_devices() -> Toy:
    """Lose the device for good where a product should be refused, and end the process."""

    class Lost(Perishable):
        def _product(self, left: Tensor, right: Tensor) -> Tensor:
            if left.place != right.place:
                GONE.touch()
                os.abort()
            return checked_matmul(left, right)

    return Lost()


def can_not_add() -> Toy:
    """Give wrong sums from the start, and be right otherwise."""

    class Odd(Toy):
        def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Tensor:
            return _Unaddable(array.astype(dtype), device.text)

    return Odd()


class _Unaddable(Tensor):
    """A tensor whose sums are wrong."""

    def __add__(self, other: Tensor) -> Tensor:
        return Tensor(self.array, self.place)
