"""Products on torch devices: what is called in each mode, and its result to be checked."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from conformance.backends import pytorch
from conformance.benchmark import lazy
from conformance.dtypes import numpy_dtype

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from conformance.benchmark.cases import Case
    from conformance.benchmark.operands import Operands

# Larger than any cache in which operands could stay.
_FLUSHED_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Product:
    """A product that is ready to be called.

    Attributes:
        call: what is timed; it returns the result, or what was moved. Where work is put off it has the device begin too.
        setup: what is done before each call in the mode `cold`.
        moved: bytes that cross to the device and back in each call.
    """

    call: Callable[[], Any]
    setup: Callable[[], Any] | None = None
    moved: int = 0


def prepared(case: Case, operands: Operands) -> Product:
    """Make a case's operands on its device, and what is called.

    Raises:
        RuntimeError: PyTorch's, where the device has not the dtype, the product, or the room.
        LookupError: where a device that puts work off can't be had to do it in this way.
    """
    if lazy.is_lazy(case.device):
        lazy.set_precision(case.precision)
    left, right = (tensor_of(one, case.dtype) for one in (operands.left, operands.right))
    if case.mode in ("warm", "cold"):
        here = left.to(case.device), right.to(case.device)
        setup = functools.partial(_flush, _buffer(case.device)) if case.mode == "cold" else None
        call = _whole(functools.partial(torch.matmul, *here), case.device)
        return Product(call, _whole(setup, case.device) if setup is not None else None)
    return _moving(case, left, right)


def _whole(call: Callable[[], Any], device: str) -> Callable[[], Any]:
    """Add the step without which nothing is done on a device that puts work off."""
    return lazy.stepping(call, lazy.step_of(device)) if lazy.is_lazy(device) else call


def _moving(case: Case, left: Any, right: Any) -> Product:
    device = case.device
    if case.mode in lazy.UNTIMED and lazy.is_lazy(device):
        raise LookupError(lazy.UNTIMED[case.mode])
    result = torch.matmul(left.to(device), right.to(device))
    moved = sum(one.numel() * one.element_size() for one in (left, right, result))
    if case.mode == "transfers alone":
        return Product(lambda: (left.to(device), right.to(device), result.cpu())[2], None, moved)
    if case.mode == "transfers pageable":
        return Product(lambda: torch.matmul(left.to(device), right.to(device)).cpu(), None, moved)
    pinned = left.pin_memory(), right.pin_memory()
    back = torch.empty(result.shape, dtype=result.dtype, pin_memory=True)

    def call() -> Any:
        factors = (one.to(device, non_blocking=True) for one in pinned)
        return back.copy_(torch.matmul(*factors), non_blocking=True)

    return Product(call, None, moved)


def tensor_of(array: NDArray[Any], dtype: str) -> Any:
    """Make a tensor of an array over its memory."""
    if dtype == "bfloat16":
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def array_of(tensor: Any, dtype: str) -> NDArray[Any]:
    """Make an array of a tensor's elements."""
    here = tensor.detach().cpu().contiguous()
    if dtype == "bfloat16":
        return np.asarray(here.view(torch.int16).numpy().view(numpy_dtype(dtype)))
    return np.asarray(here.numpy())


def precision_of(device: str) -> Mapping[str, str]:
    """Give the settings on which the bound of a product depends."""
    return pytorch.precision_of(torch.device(device))


def environment() -> dict[str, str]:
    """Give PyTorch's settings that could be to blame for a speed."""
    found = pytorch.TorchBackend().environment()
    return {name: text for name, text in found.items() if name != "torch configuration"}


class Settings:
    """The settings of a case: threads and the precision of float32 products, put back at the end."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._before = torch.get_num_threads(), torch.get_float32_matmul_precision()

    def __enter__(self) -> None:
        if self._case.threads:
            torch.set_num_threads(self._case.threads)
        torch.set_float32_matmul_precision(self._case.precision or "highest")

    def __exit__(self, *_: object) -> None:
        torch.set_num_threads(self._before[0])
        torch.set_float32_matmul_precision(self._before[1])


@functools.cache
def _buffer(device: str) -> Any:
    return torch.zeros(_FLUSHED_BYTES // 4, dtype=torch.float32, device=device)


def _flush(buffer: Any) -> None:
    """Write over more memory than any cache holds."""
    buffer.add_(1)


def copied(device: str) -> Product:
    """Give a copy of memory to memory on a device: what its bandwidth is measured by, `moved` bytes read and written.

    Raises:
        LookupError: it makes none.
    """
    if lazy.is_lazy(device):
        raise LookupError(lazy.NO_COPY)
    source = _buffer(device)
    target = torch.empty_like(source)
    return Product(functools.partial(target.copy_, source), None, 2 * _FLUSHED_BYTES)


def accelerators() -> tuple[str, ...]:
    """Give what the hardware of each accelerator that is here calls itself."""
    return tuple(one.hardware for one in pytorch.TorchBackend().devices() if one.type != "cpu")


def devices(names: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Give each device's name as PyTorch writes it, what its hardware calls itself, and why it isn't here.

    Args:
        names: as a user writes them; none are the CPU and each accelerator that is here, and `cuda` where none is.

    Raises:
        UnknownDeviceError: PyTorch knows no such type.
    """
    backend = pytorch.TorchBackend()
    found = [backend.device(name) for name in names] if names else backend.devices()
    if not names and len(found) == 1:
        found.append(backend.device("cuda"))
    for one in found:
        yield one.text, one.hardware, one.reason
