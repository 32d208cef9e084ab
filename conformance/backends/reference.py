"""The reference as a backend: the general clauses ask it what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from conformance.backends.protocol import OnTheCpu
from conformance.dtypes import DTYPES
from conformance.observation import Allowed, Seen
from conformance.program import bits_of_array
from conformance.reference import autograd, bounds, printer
from conformance.reference.namespace import Namespace, ReferenceTensor, made
from conformance.reference.promotion import defaults
from conformance.reference.sizes import Size
from conformance.reference.tensor import Place

if TYPE_CHECKING:
    import numpy as np

    from conformance.backends.protocol import Device
    from conformance.reference.tensor import Tensor


class ReferenceBackend(OnTheCpu):
    """The reference; it takes every device's name, since what is right does not depend on where."""

    name = "reference"

    def __init__(self) -> None:
        self._namespace = Namespace()

    @property
    def namespace(self) -> Namespace:
        """Its functions."""
        return self._namespace

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> ReferenceTensor:
        """Make a dense tensor."""
        return made(array, dtype, device.text)

    def require_grad(self, tensor: Any) -> Any:
        """Make a leaf of a tensor, whatever its layout."""
        return tensor.detach().requires_grad_()

    def grad(self, tensor: Any) -> Any:
        """Give the gradient that a leaf has collected, or None."""
        return tensor.kept_grad

    def state(self) -> dict[str, Any]:
        """Give its global state by name."""
        return {
            "print options": printer.state.options,
            "default dtype": defaults.float_dtype,
            "grad mode": autograd.MODE.enabled,
            "float32 matmul precision": bounds.PRECISION.factors,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put its global state back."""
        printer.state.options = state["print options"]
        defaults.float_dtype = state["default dtype"]
        autograd.MODE.enabled = state["grad mode"]
        bounds.PRECISION.factors = state["float32 matmul precision"]

    def see_own(self, value: Any) -> Seen | None:
        """Read a tensor, with what else is right for it, a size, a device, or a dtype by its name."""
        if isinstance(value, Size):
            return Seen("size", shape=tuple(value))
        if isinstance(value, Place):
            return Seen("device", device=str(value))
        if isinstance(value, str) and value in DTYPES:
            return Seen("dtype", dtype=value)
        if not isinstance(value, ReferenceTensor):
            return None
        return Seen(
            "tensor",
            tuple(value.shape),
            value.dtype,
            bits_of_array(value.array()),
            value.strides,
            value.offset,
            str(value.device),
            requires_grad=value.requires_grad,
            allowed=_allowed(value),
        )

    def see(self, value: Any, *, text: bool = False) -> Seen:
        """Read one returned thing; a dtype, which is only a name here, prints as PyTorch's do."""
        seen = super().see(value, text=text)
        return msgspec.structs.replace(seen, text=f"torch.{seen.dtype}") if text and seen.kind == "dtype" else seen


def _allowed(tensor: Tensor) -> Allowed | None:
    if tensor.allowed is None:
        return None
    also, free, bound = tensor.allowed.also, tensor.allowed.free, tensor.allowed.bound
    return Allowed(
        tuple(bits_of_array(array) for array in also),
        bits_of_array(free) if free is not None else None,
        bits_of_array(bound) if bound is not None else None,
    )
