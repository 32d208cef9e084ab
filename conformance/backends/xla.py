"""What is special about PyTorch's device `xla` (TPU, or XLA on a CPU or GPU), which the package torch_xla brings.

The package is imported only when the device is asked for: it takes ten seconds and more. XLA is lazy, so what it can't
compile it refuses only when a result is read; and it compiles anew for each new shape, so it has a budget.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
import torch

if TYPE_CHECKING:
    from conformance.backends.protocol import Device

NAME = "xla"
PACKAGE = "torch_xla"
# How a program of its own gets it.
SETUP = (f"import {PACKAGE}",)
# A new shape costs 30 to 230 ms to compile.
BUDGET = 240
_OPAQUE = (
    "PyTorch/XLA's guide, 'Memory layout': the internal data representation of XLA tensors is opaque to the user; "
    "they do not expose their storage, and they always appear to be contiguous"
)
# What it can't be asked by its own documentation, by what a case needs.
LACKS = {"strides": _OPAQUE}
# The methods as they were when PyTorch was imported: a fault planted in `torch.Tensor` does not reach the observer.
_TensorBase: Any = torch.Tensor.__mro__[1]
_device, _detach = _TensorBase.device.__get__, _TensorBase.detach


def register() -> None:
    """Do nothing: whether torch_xla is here, and has a runtime, is found out when the device is looked up."""


def described(device: Device) -> Device:
    """Add to what was found of the device what it lacks, what it costs, and how a program gets it."""
    return msgspec.structs.replace(device, lacks=LACKS, setup=SETUP, budget=BUDGET)


def force(value: Any) -> None:
    """Compute the tensors of XLA in what a program returned or was given; there are none before its package is imported.

    One at a time: to synchronise all of them would take what can't be compiled into each later program too.
    """
    if PACKAGE in sys.modules:
        _force(value)


def _force(value: Any) -> None:
    if type(value) in (tuple, list):
        for one in value:
            _force(one)
    elif isinstance(value, torch.Tensor) and _device(value).type == NAME:
        _TensorBase.cpu(_detach(value))
