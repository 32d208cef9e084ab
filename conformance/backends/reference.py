"""The reference as a backend: the general clauses ask it what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.backends.protocol import Backend, Device, UnknownDeviceError
from conformance.observation import Allowed, Seen
from conformance.program import bits_of_array
from conformance.reference import printer
from conformance.reference.namespace import Namespace, ReferenceTensor, made
from conformance.reference.tensor import Size, Tensor

if TYPE_CHECKING:
    import numpy as np


class ReferenceBackend(Backend):
    """The reference; it takes every device's name, since what is right does not depend on where."""

    name = "reference"

    def __init__(self) -> None:
        self._namespace = Namespace()

    @property
    def namespace(self) -> Namespace:
        """Its functions."""
        return self._namespace

    def device(self, name: str) -> Device:
        """Give the CPU.

        Raises:
            UnknownDeviceError: another one was named.
        """
        if name != "cpu":
            raise UnknownDeviceError(f"unknown device {name!r}: the reference has the CPU")
        return Device("cpu", "cpu", "cpu")

    def devices(self) -> list[Device]:
        """Give the CPU."""
        return [self.device("cpu")]

    def no_accelerator(self) -> str:
        """Say that it has none."""
        return "the reference has no accelerator"

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> ReferenceTensor:
        """Make a dense tensor."""
        return made(array, dtype, device.text)

    def require_grad(self, tensor: ReferenceTensor) -> ReferenceTensor:
        """Make a leaf of a tensor, whatever its layout."""
        leaf = tensor.seen_as(tensor.shape, tensor.strides)
        leaf.requires_grad = True
        return leaf

    def state(self) -> dict[str, Any]:
        """Give its global state by name."""
        return {"print options": printer.state.options}

    def restore(self, state: dict[str, Any]) -> None:
        """Put its global state back."""
        printer.state.options = state["print options"]

    def see_own(self, value: Any) -> Seen | None:
        """Read a size, or a tensor with what else is right for it."""
        if isinstance(value, Size):
            return Seen("size", shape=tuple(value))
        if not isinstance(value, Tensor):
            return None
        return Seen(
            "tensor",
            tuple(value.shape),
            value.dtype,
            bits_of_array(value.array()),
            value.strides,
            value.offset,
            value.device,
            requires_grad=False,
            allowed=_allowed(value),
        )


def _allowed(tensor: Tensor) -> Allowed | None:
    if tensor.allowed is None:
        return None
    also, free, bound = tensor.allowed.also, tensor.allowed.free, tensor.allowed.bound
    return Allowed(
        tuple(bits_of_array(array) for array in also),
        bits_of_array(free) if free is not None else None,
        bits_of_array(bound) if bound is not None else None,
    )
