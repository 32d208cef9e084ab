"""Faults of devices that show on the CPU too; those of moves between two devices are in rehearsal.py."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault


@fault("is-cuda-lies", "torch.Tensor.is_cuda", clauses=("devices.where-a-tensor-lies",))
def _is_cuda(self: Any) -> bool:
    """Say the opposite of what is right."""
    return not METHODS.is_cuda.__get__(self)


@fault("devices-counted-from-one", "torch.Tensor.device", clauses=("devices.where-a-tensor-lies",))
def _first_of_its_kind(self: Any) -> Any:
    """Give every device an index, and count from 1."""
    device = METHODS.device.__get__(self)
    return torch.device(device.type, (device.index or 0) + 1)


@fault("dtype-lost-beside-a-device", "torch.tensor", clauses=("devices.made-on-the-device",), shows="dtype")
def _dtype_lost(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Infer the dtype where a torch.device is given too."""
    return FUNCTIONS.tensor(data, dtype=None if isinstance(device, torch.device) else dtype, device=device)


@fault("same-device-copies", "torch.Tensor.to", clauses=("devices.same-place-same-tensor",), shows="alias")
def _always_copying(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Copy where device and dtype are right already."""
    return METHODS.to(self, *args, **{**kwargs, "copy": True})


@fault("copy-true-ignored", "torch.Tensor.to", clauses=("devices.copy-when-asked",), shows="alias")
def _never_copying(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the same tensor where a copy was asked for."""
    return METHODS.to(self, *args, **{**kwargs, "copy": False})


@fault("copy-of-a-view-is-one", "torch.Tensor.to", clauses=("devices.copy-when-asked",), shows="alias")
def _copy_as_view(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give another tensor over the same memory where a copy was asked for."""
    moved = METHODS.to(self, *args, **{**kwargs, "copy": False})
    return METHODS.detach(moved) if moved is self and kwargs.get("copy") else moved


@fault("views-lie-on-no-device", "torch.Tensor.device", clauses=("devices.where-a-tensor-lies",), shows="device")
def _nowhere(self: Any) -> Any:
    """Say of a view that it lies on the device `meta`."""
    return torch.device("meta") if self._is_view() else METHODS.device.__get__(self)
