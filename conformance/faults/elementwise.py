"""Faults of arithmetic, promotion and casts."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.planting import FUNCTIONS, METHODS, fault


@fault("strides-of-an-operand-ignored", "torch.add", clauses=("arithmetic.rounding",))
def _ignoring_strides(x: Any, y: Any) -> Any:
    """Add as if the left operand lay densely in memory."""
    if isinstance(x, torch.Tensor) and x.dim() > 1 and not x.is_contiguous() and 0 not in x.stride():
        x = torch.as_strided(x, x.shape, torch.empty(x.shape).stride(), x.storage_offset())
    return FUNCTIONS.add(x, y)


@fault("subnormal-results-flushed", "torch.add", clauses=("arithmetic.subnormals",))
def _flushing(x: Any, y: Any) -> Any:
    """Set subnormal sums to zero."""
    result = FUNCTIONS.add(x, y)
    if result.dtype != torch.float32:
        return result
    small = (result.abs() < torch.finfo(result.dtype).tiny) & (result != 0)
    return torch.where(small, result * 0, result)


@fault("int8-saturates", "torch.add", clauses=("arithmetic.rounding",))
def _saturating(x: Any, y: Any) -> Any:
    """Keep integers at the end of their range instead of wrapping around."""
    result = FUNCTIONS.add(x, y)
    if result.dtype != torch.int8:
        return result
    return (x.long() + (y.long() if isinstance(y, torch.Tensor) else y)).clamp(-128, 127).to(torch.int8)


@fault("int64-products-through-float32", "torch.mul", clauses=("arithmetic.rounding",))
def _through_float32(x: Any, y: Any) -> Any:
    """Multiply int64 tensors as floats: wrong above 2**24."""
    result = FUNCTIONS.mul(x, y)
    return FUNCTIONS.mul(x.float(), y.float()).to(torch.int64) if result.dtype == torch.int64 else result


@fault("broadcast-the-wrong-way-round", "torch.mul", clauses=("arithmetic.broadcasting",))
def _swapped(x: Any, y: Any) -> Any:
    """Broadcast (1, n) with (m, 1) the wrong way round."""
    result = FUNCTIONS.mul(x, y)
    if isinstance(y, torch.Tensor) and x.dim() == y.dim() == 2 and x.shape != y.shape and result.numel() > 1:
        return result.flip(0)
    return result


@fault("sizes-that-differ-are-cut-off", "torch.add", clauses=("arithmetic.shapes-that-differ",), shows="missing error")
def _padding(x: Any, y: Any) -> Any:
    """Add tensors of different sizes by cutting the longer one off."""
    if isinstance(y, torch.Tensor) and x.dim() == y.dim() == 1 and 1 not in (len(x), len(y)):
        n = min(len(x), len(y))
        return FUNCTIONS.add(x[:n], y[:n])
    return FUNCTIONS.add(x, y)


@fault("floats-written-into-integers", "torch.Tensor.add_", clauses=("arithmetic.in-place",), shows="missing error")
def _forgiving_in_place(self: Any, other: Any) -> Any:
    """Write a float result into an integer tensor."""
    if isinstance(other, torch.Tensor) and other.is_floating_point() and not self.is_floating_point():
        return self.copy_(METHODS.add(self, other))
    return METHODS.add_(self, other)


@fault("bfloat16-with-float16-gives-float16", "torch.add", clauses=("promotion.tensors",), shows="dtype")
def _half_of_halves(x: Any, y: Any) -> Any:
    """Give float16 for bfloat16 and float16."""
    result = FUNCTIONS.add(x, y)
    mixed = isinstance(y, torch.Tensor) and {x.dtype, y.dtype} == {torch.float16, torch.bfloat16}
    return result.half() if mixed else result


@fault("zero-dim-raises-within-its-category", "torch.add", clauses=("promotion.zero-dim",), shows="dtype")
def _by_value_of_zero_dim(x: Any, y: Any) -> Any:
    """Let a 0-d tensor raise the dtype within its category."""
    result = FUNCTIONS.add(x, y)
    wide = isinstance(y, torch.Tensor) and y.dim() == 0 and y.dtype == torch.float64 and result.is_floating_point()
    return result.double() if wide else result


@fault("reflected-subtraction-reversed", "torch.Tensor.__rsub__", clauses=("promotion.numbers",))
def _reflected(self: Any, other: Any) -> Any:
    """Subtract the wrong way round."""
    return METHODS.sub(self, other)


@fault("casts-round", "torch.Tensor.to", clauses=("promotion.casts",))
def _rounding_cast(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Round floats to integers instead of truncating them."""
    target = args[0] if args else None
    integer = target in (torch.int32, torch.int64, torch.int16)
    return METHODS.to(self.round() if self.is_floating_point() and integer else self, *args, **kwargs)


@fault("nan-is-false", "torch.Tensor.to", clauses=("promotion.casts",))
def _nan_is_false(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Call NaN false."""
    result = METHODS.to(self, *args, **kwargs)
    return result & ~self.isnan() if result.dtype == torch.bool and self.is_floating_point() else result


@fault("imaginary-is-false", "torch.Tensor.to", clauses=("promotion.complex-to-bool",))
def _real_part_to_bool(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Discard the imaginary part where a complex number becomes a bool."""
    real = self.is_complex() and args[0] == torch.bool
    return METHODS.to(self.real if real else self, *args, **kwargs)
