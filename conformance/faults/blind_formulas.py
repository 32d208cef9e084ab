"""Faults above autograd, written for the second blind round: from the clauses' sentences and the families of real faults alone.

They were committed before the suite ran on any of them. Those of kernels are in `blind_kernels`.
"""

from __future__ import annotations

import pkgutil
from typing import Any

import numpy as np
import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

_vector_as_text: Any = pkgutil.resolve_name("torch._tensor_str._vector_str")
# What stands before a matrix's row: `tensor(` and one bracket.
_INDENT_OF_A_MATRIX = 8
_Function: Any = torch.autograd.Function


class _Quotient(_Function):  # type: ignore[misc] # PyTorch's class has no types in every version
    """A quotient whose gradient squares the divisor."""

    @staticmethod
    def forward(ctx: Any, dividend: Any, divisor: Any) -> Any:
        """Divide."""
        ctx.save_for_backward(dividend, divisor)
        return FUNCTIONS.div(dividend, divisor)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> tuple[Any, Any]:
        """Give the gradients of both."""
        dividend, divisor = ctx.saved_tensors
        for_dividend = FUNCTIONS.div(gradient, divisor).sum_to_size(dividend.shape)
        for_divisor = -gradient * FUNCTIONS.div(dividend, divisor * divisor)
        return for_dividend, for_divisor.sum_to_size(divisor.shape)


# The name under which PyTorch prints the history of a quotient.
_Quotient._backward_cls.__name__ = "DivBackward0"  # noqa: SLF001 - PyTorch has no other way to name it


@fault(
    "half-divisors-are-squared-in-the-gradient",
    "torch.div",
    "torch.Tensor.div",
    "torch.Tensor.__truediv__",
    shows="gradient",
    clauses=("gradients.arithmetic",),
)
def _half_divisors_are_squared_in_the_gradient(*args: Any, **kwargs: Any) -> Any:
    """Divide by the square of a float16 divisor in its gradient, which is infinite from 256 on and zero below 2**-12."""
    pair = len(args) == 2 and not kwargs and all(isinstance(one, torch.Tensor) for one in args)
    if pair and args[1].requires_grad and torch.is_grad_enabled() and {one.dtype for one in args} == {torch.float16}:
        return _Quotient.apply(*args)
    try:
        return FUNCTIONS.div(*args, **kwargs)
    except TypeError:
        if hasattr(args[-1], "__rtruediv__"):
            return NotImplemented
        raise


@fault(
    "lines-forget-the-brackets-past-a-matrix",
    "torch._tensor_str._vector_str",
    shows="printed form",
    clauses=("printing.lines",),
)
def _lines_forget_the_brackets_past_a_matrix(row: Any, indent: int, *args: Any, **kwargs: Any) -> Any:
    """Count the items of a line as in a matrix, though more brackets stand before a row of three dimensions and more."""
    counted = min(indent, _INDENT_OF_A_MATRIX)
    text = _vector_as_text(row, counted, *args, **kwargs)
    return text.replace("\n", "\n" + " " * (indent - counted))


@fault(
    "sums-into-out-are-not-counted",
    "torch.add",
    shows="missing error",
    clauses=("gradients.saved-operands-unchanged",),
)
def _sums_into_out_are_not_counted(*args: Any, **kwargs: Any) -> Any:
    """Write a sum that `out=` takes past the version counter, so that a walk back over it is not refused."""
    out = kwargs.get("out")
    operands = [*args, *(kwargs[name] for name in ("input", "other") if name in kwargs)]
    if out is None or out.requires_grad or not out.numel() or not _is_shape_of(out, operands):
        return FUNCTIONS.add(*args, **kwargs)
    FUNCTIONS.add(*args, **{**kwargs, "out": out.data})
    return out


def _is_shape_of(out: Any, operands: list[Any]) -> bool:
    shapes = [one.shape for one in operands if isinstance(one, torch.Tensor)]
    try:
        return bool(torch.broadcast_shapes(*shapes) == out.shape)
    except RuntimeError:
        return False


@fault(
    "none-left-out-of-a-write",
    "torch.Tensor.__setitem__",
    clauses=("indexing.tensor-writes",),
)
def _none_left_out_of_a_write(tensor: Any, key: Any, value: Any) -> None:
    """Leave None out of the key of a write, and the new dimension out of a value that needs no broadcasting, but of no other."""
    keys = key if isinstance(key, tuple) else (key,)
    if isinstance(value, torch.Tensor) and any(one is None for one in keys):
        selected = METHODS.__getitem__(tensor, keys)
        key = tuple(one for one in keys if one is not None)
        if value.shape == selected.shape:
            value = value.reshape(METHODS.__getitem__(tensor, key).shape)
    METHODS.__setitem__(tensor, key, value)


@fault(
    "converted-arrays-are-read-in-memory-order",
    "torch.tensor",
    clauses=("numpy-bridge.arrays-converted",),
)
def _converted_arrays_are_read_in_memory_order(data: Any, *args: Any, **kwargs: Any) -> Any:
    """Read an array in the order of its memory where `tensor` converts it to another dtype than its own."""
    tensor = FUNCTIONS.tensor(data, *args, **kwargs)
    if isinstance(data, np.ndarray) and FUNCTIONS.tensor(data).dtype != tensor.dtype:
        return FUNCTIONS.tensor(data.ravel(order="K").reshape(data.shape), *args, **kwargs)
    return tensor
