"""Faults of arithmetic, promotion and casts."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault, kept

# These two PyTorch writes in Python, so the class below has none.
_REFLECTED_SUB, _REFLECTED_DIV = torch.Tensor.__rsub__, torch.Tensor.__rtruediv__


@fault("strides-of-an-operand-ignored", "torch.add", clauses=("arithmetic.rounding",))
def _ignoring_strides(x: Any, y: Any) -> Any:
    """Add as if the left operand lay densely in memory."""
    if isinstance(x, torch.Tensor) and x.dim() > 1 and not x.is_contiguous() and 0 not in x.stride():
        x = torch.as_strided(x, x.shape, torch.empty(x.shape).stride(), x.storage_offset())
    return FUNCTIONS.add(x, y)


@fault("subnormal-results-flushed", "torch.add", clauses=("arithmetic.subnormals",))
def _flushing(*args: Any, **kwargs: Any) -> Any:
    """Set subnormal sums to zero."""
    result = FUNCTIONS.add(*args, **kwargs)
    if result.dtype != torch.float32:
        return result
    with torch.no_grad():
        small = (result.abs() < torch.finfo(result.dtype).tiny) & (result != 0)
        return result.mul_(torch.where(small, 0.0, 1.0)) if small.any() else result


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


# --- layouts, sizes and broadcasting ---


@fault("storage-offset-ignored", "torch.Tensor.mul", "torch.mul", clauses=("arithmetic.rounding",))
def _without_offset(x: Any, y: Any, **kwargs: Any) -> Any:
    """Read the right operand of a product from the beginning of its storage."""
    if isinstance(y, torch.Tensor) and y.storage_offset() and y.dim():
        y = torch.as_strided(y, y.shape, y.stride(), 0)
    return FUNCTIONS.mul(x, y, **kwargs)


@fault("offset-lost-by-unsqueeze", "torch.add", "torch.Tensor.add", clauses=("arithmetic.rounding",))
def _unsqueezed_offset(x: Any, y: Any, **kwargs: Any) -> Any:
    """Forget the offset of an operand whose last dimension has size 1."""
    if x.dim() > 1 and x.shape[-1] == 1 and x.storage_offset() and x.stride(-1) == 1:
        x = torch.as_strided(x, x.shape, x.stride(), 0)
    return FUNCTIONS.add(x, y, **kwargs)


@fault("stride-zero-read-as-one", "torch.Tensor.__sub__", clauses=("arithmetic.rounding",))
def _expanded_last(self: Any, other: Any) -> Any:
    """Read an operand that was expanded in its last dimension as if it held all elements."""
    if isinstance(other, torch.Tensor) and other.dim() and other.stride(-1) == 0 and other.shape[-1] > 1:
        other = other.clone()
        other[..., -1] = 0
    return METHODS.sub(self, other)


@fault("tail-past-1024-left-out", "torch.add", clauses=("arithmetic.sizes",))
def _short_grid(x: Any, y: Any, **kwargs: Any) -> Any:
    """Leave the elements past a multiple of 1024 uncalculated."""
    result = FUNCTIONS.add(x, y, **kwargs)
    whole = result.numel() // 1024 * 1024
    if result.dim() == 1 and 0 < whole < result.numel():
        result[whole:] = 0
    return result


@fault("odd-tail-of-a-vector-wrong", "torch.Tensor.sub", clauses=("arithmetic.sizes",))
def _vector_tail(self: Any, other: Any, **kwargs: Any) -> Any:
    """Calculate the last of 8 k + 1 elements as a sum."""
    result = METHODS.sub(self, other, **kwargs)
    if result.dim() == 1 and result.numel() > 8 and result.numel() % 8 == 1:
        result[-1:] = METHODS.add(self, other)[-1:]
    return result


@fault("outer-product-by-blocks-of-64", "torch.mul", clauses=("arithmetic.broadcasting",))
def _blocks(x: Any, y: Any, **kwargs: Any) -> Any:
    """Take a large outer product's columns from the wrong block where the two sizes differ."""
    result = FUNCTIONS.mul(x, y, **kwargs)
    outer = isinstance(y, torch.Tensor) and x.dim() == y.dim() == 2 and x.shape[1] == 1 and y.shape[0] == 1
    return result.roll(1, 0) if outer and x.shape[0] > 64 and x.shape[0] != y.shape[1] else result


@fault("missing-dims-put-behind", "torch.Tensor.__add__", clauses=("arithmetic.broadcasting",))
def _from_the_left(self: Any, other: Any) -> Any:
    """Match the dimensions of a square matrix and a vector from the first."""
    if isinstance(other, torch.Tensor) and other.dim() == 1 and self.dim() == 2 and self.shape[0] == len(other):
        return METHODS.add(self, other.unsqueeze(-1))
    return METHODS.add(self, other)


# --- integers ---


@fault("int64-numbers-cut-to-int32", "torch.Tensor.__add__", clauses=("promotion.numbers",))
def _narrow_number(x: Any, y: Any, **kwargs: Any) -> Any:
    """Keep 32 bits of a Python int."""
    if type(y) is int and x.dtype == torch.int64:
        y = (y + 2**31) % 2**32 - 2**31
    return FUNCTIONS.add(x, y, **kwargs)


@fault("int64-quotients-of-their-low-bits", "torch.div", "torch.Tensor.__truediv__", clauses=("arithmetic.rounding",))
def _narrow_quotient(x: Any, y: Any, **kwargs: Any) -> Any:
    """Divide int64 tensors by what is left of them in 32 bits."""
    wide = isinstance(y, torch.Tensor) and y.dtype == torch.int64
    return FUNCTIONS.div(x, METHODS.to(METHODS.to(y, torch.int32), torch.int64) if wide else y, **kwargs)


@fault("uint8-differences-clamped", "torch.Tensor.__sub__", clauses=("arithmetic.integers-wrap",))
def _clamped_difference(self: Any, other: Any) -> Any:
    """Stop at zero where an unsigned difference would wrap around."""
    result = METHODS.sub(self, other)
    if result.dtype != torch.uint8:
        return result
    return (
        METHODS.sub(self.long(), other.long() if isinstance(other, torch.Tensor) else other)
        .clamp(0, 255)
        .to(torch.uint8)
    )


@fault("integer-division-by-zero-raises", "torch.Tensor.div", clauses=("arithmetic.division-by-zero",), shows="error")
def _raising_division(self: Any, other: Any, **kwargs: Any) -> Any:
    """Raise where an integer is divided by zero."""
    zero = isinstance(other, torch.Tensor) and not other.is_floating_point() and bool((other == 0).any())
    if zero and not self.is_floating_point():
        raise ZeroDivisionError("integer division by zero")
    return METHODS.div(self, other, **kwargs)


@fault("negative-zero-divides-as-zero", "torch.div", clauses=("arithmetic.division-by-zero",))
def _unsigned_zero(x: Any, y: Any, **kwargs: Any) -> Any:
    """Lose the sign of a zero divisor."""
    return FUNCTIONS.div(x, y + 0.0 if isinstance(y, torch.Tensor) and y.is_floating_point() else y, **kwargs)


# --- numbers, 0-d tensors, promotion ---


@fault("zero-dim-int-widens-small-ints", "torch.Tensor.__mul__", clauses=("promotion.zero-dim",), shows="dtype")
def _widened(self: Any, other: Any) -> Any:
    """Let a 0-d int64 tensor widen a tensor of small integers."""
    result = METHODS.mul(self, other)
    zero_dim = isinstance(other, torch.Tensor) and other.dim() == 0 < self.dim() and other.dtype == torch.int64
    return result.long() if zero_dim and result.dtype in (torch.int8, torch.int16, torch.uint8) else result


@fault("reflected-difference-of-zero-dim", "torch.Tensor.__rsub__", clauses=("promotion.numbers",))
def _reflected_zero_dim(self: Any, other: Any) -> Any:
    """Subtract a 0-d tensor from a number the wrong way round."""
    return METHODS.sub(self, other) if self.dim() == 0 else _REFLECTED_SUB(self, other)


@fault("reflected-quotient-stays-integer", "torch.Tensor.__rtruediv__", clauses=("promotion.numbers",), shows="dtype")
def _integer_quotient(self: Any, other: Any) -> Any:
    """Divide a number by an integer tensor as integers."""
    result = _REFLECTED_DIV(self, other)
    return (
        result
        if self.is_floating_point() or self.is_complex() or self.dtype == torch.bool
        else result.nan_to_num(0).to(self.dtype)
    )


@fault("numpy-scalars-are-float64", "torch.Tensor.__add__", clauses=("promotion.numpy-numbers",), shows="dtype")
def _numpy_float64(self: Any, other: Any) -> Any:
    """Let a NumPy scalar raise a float tensor to float64."""
    result = METHODS.add(self, other)
    return result.double() if isinstance(other, np.floating) and result.dtype == torch.float32 else result


# What a fault keeps from one call to the next.
_last: dict[str, Any] = kept({})


@fault("number-type-of-the-call-before", "torch.Tensor.__mul__", clauses=("arithmetic.calls-in-a-row",))
def _cached_type(self: Any, other: Any) -> Any:
    """Take a number as the type that the number of the call before had."""
    if isinstance(other, (int, float)):
        kind, _last["type"] = _last.get("type", int), type(other)
        other = kind(other) if kind is not bool and other == other and abs(other) != float("inf") else other  # noqa: PLR0124 - NaN
    return METHODS.mul(self, other)


@fault("quotients-ignore-the-default-dtype", "torch.div", clauses=("promotion.default-dtype",), shows="dtype")
def _always_float32(x: Any, y: Any, **kwargs: Any) -> Any:
    """Divide integers in float32 whatever the default dtype is."""
    result = FUNCTIONS.div(x, y, **kwargs)
    return result.float() if isinstance(y, torch.Tensor) and not x.is_floating_point() else result


# --- spellings and targets ---


@fault("alpha-forgotten-for-float64", "torch.Tensor.sub", clauses=("arithmetic.alpha",))
def _no_alpha(self: Any, other: Any, **kwargs: Any) -> Any:
    """Forget the factor of the second operand of float64 differences."""
    return METHODS.sub(self, other) if self.dtype == torch.float64 else METHODS.sub(self, other, **kwargs)


@fault("true-divide-floors-integers", "torch.true_divide", clauses=("arithmetic.spellings",))
def _floored(input: Any, other: Any) -> Any:  # noqa: A002 - PyTorch's name
    """Floor the quotients of integers."""
    result = FUNCTIONS.div(input, other)
    return result if input.is_floating_point() or input.is_complex() else result.floor()


@fault("multiply-has-no-keywords", "torch.multiply", clauses=("arithmetic.spellings",), shows="error")
def _positions_only(x: Any, y: Any) -> Any:
    """Take positions only."""
    return FUNCTIONS.mul(x, y)


@fault("neutral-number-gives-the-operand", "torch.mul", clauses=("arithmetic.results-are-their-own",), shows="alias")
def _itself(x: Any, y: Any, **kwargs: Any) -> Any:
    """Give the tensor itself for a product with 1."""
    return x if type(y) is int and y == 1 else FUNCTIONS.mul(x, y, **kwargs)


@fault(
    "bfloat16-in-place-with-a-float-raises", "torch.Tensor.__imul__", clauses=("arithmetic.in-place",), shows="error"
)
def _mixed_precision(self: Any, other: Any) -> Any:
    """Refuse a Python float beside bfloat16."""
    if self.dtype == torch.bfloat16 and type(other) is float:
        raise RuntimeError("mixed precision")
    return METHODS.__imul__(self, other)


@fault("transposed-target-written-as-dense", "torch.Tensor.sub_", clauses=("arithmetic.targets",))
def _dense_target(self: Any, other: Any, **kwargs: Any) -> Any:
    """Write the elements into a permuted target in the order of its memory."""
    result = METHODS.sub(self, other, **kwargs)
    if (
        result.dtype == self.dtype
        and self.dim() > 1
        and not self.is_contiguous()
        and self.numel() == self.untyped_storage().nbytes() // self.itemsize
    ):
        torch.as_strided(self, (self.numel(),), (1,), 0).copy_(result.flatten())
        return self
    return METHODS.sub_(self, other, **kwargs)


@fault("column-target-written-through", "torch.Tensor.__iadd__", clauses=("arithmetic.targets",))
def _whole_rows(self: Any, other: Any) -> Any:
    """Write a stepped target's gaps, too."""
    METHODS.__iadd__(self, other)
    if self.dim() == 1 and self.numel() and self.stride(0) == 2:
        torch.as_strided(self, (self.numel(),), (2,), self.storage_offset() + 1).fill_(1)
    return self


@fault("in-place-broadcast-of-a-column-transposed", "torch.Tensor.add_", clauses=("arithmetic.targets",))
def _column_as_row(self: Any, other: Any, **kwargs: Any) -> Any:
    """Broadcast a column into a square target as a row."""
    column = (
        isinstance(other, torch.Tensor) and other.dim() == self.dim() > 1 and other.shape[-1] == 1 != self.shape[-1]
    )
    if column and self.shape[-2] == self.shape[-1] - 1:
        return METHODS.add_(self, other[..., :1, :], **kwargs)
    return METHODS.add_(self, other, **kwargs)


@fault(
    "growing-target-is-resized", "torch.Tensor.mul_", clauses=("arithmetic.targets-do-not-grow",), shows="missing error"
)
def _resized(self: Any, other: Any) -> Any:
    """Let the target grow to the shape of the result."""
    result = METHODS.mul(self, other)
    return result if result.shape != self.shape else METHODS.mul_(self, other)


@fault("out-in-the-wrong-order", "torch.add", clauses=("arithmetic.outputs",))
def _out_of_order(x: Any, y: Any, *, out: Any = None, **kwargs: Any) -> Any:
    """Write into a permuted `out` as if it lay densely."""
    if out is None:
        return FUNCTIONS.add(x, y, **kwargs)
    result = FUNCTIONS.add(x, y, **kwargs)
    if out.dim() > 1 and out.shape[0] > 1 and out.stride(0) == 1 != out.stride(-1):
        result = result.flatten().reshape(result.shape[::-1]).permute(*reversed(range(result.dim())))
    return out.copy_(result)


@fault("out-that-is-an-operand-is-zeroed-first", "torch.sub", clauses=("arithmetic.outputs",))
def _zeroed_first(x: Any, y: Any, *, out: Any = None, **kwargs: Any) -> Any:
    """Clear `out` before the operands are read."""
    if out is not None and isinstance(y, torch.Tensor) and y.data_ptr() == out.data_ptr():
        out.zero_()
    return FUNCTIONS.sub(x, y, **kwargs) if out is None else FUNCTIONS.sub(x, y, out=out, **kwargs)


@fault("out-takes-any-dtype", "torch.mul", clauses=("arithmetic.output-dtypes",), shows="missing error")
def _any_out(x: Any, y: Any, *, out: Any = None) -> Any:
    """Cast floats into an integer `out` without a word."""
    return (
        FUNCTIONS.mul(x, y)
        if out is None
        else out.copy_(FUNCTIONS.mul(x, y).real if not out.is_complex() else FUNCTIONS.mul(x, y))
    )


# --- casts ---


@fault("negative-fractions-floored", "torch.Tensor.to", clauses=("promotion.truncation",))
def _flooring_cast(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Floor negative floats where they become integers."""
    integer = args and args[0] in (torch.int8, torch.int16, torch.int32, torch.int64)
    return METHODS.to(self.floor() if integer and self.is_floating_point() else self, *args, **kwargs)


@fault("half-ties-rounded-up", "torch.Tensor.to", clauses=("promotion.cast-rounding",))
def _ties_up(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Round a float32 halfway between two bfloat16 away from zero."""
    if self.dtype != torch.float32 or not args or args[0] is not torch.bfloat16:
        return METHODS.to(self, *args, **kwargs)
    bits = METHODS.view(self.contiguous(), torch.int32)
    finite = self.isfinite()
    rounded = METHODS.view(torch.where(finite, (bits + 0x8000) & ~0xFFFF, bits), torch.float32)
    return METHODS.to(torch.where(finite, rounded, self), *args, **kwargs)


@fault("fractions-are-false", "torch.Tensor.bool", clauses=("promotion.truth",))
def _integer_truth(self: Any) -> Any:
    """Call fractions below one false."""
    return METHODS.bool(METHODS.to(self, torch.int64) if self.is_floating_point() else self)


@fault("long-of-a-strided-tensor-reads-densely", "torch.Tensor.long", clauses=("promotion.cast-spellings",))
def _dense_long(self: Any) -> Any:
    """Read a stepped tensor as if its elements followed each other."""
    if self.dim() and self.shape[-1] > 1 and self.stride(-1) > 1:
        self = torch.as_strided(self, self.shape, (*self.stride()[:-1], 1), self.storage_offset())
    return METHODS.long(self)


@fault("double-through-float", "torch.Tensor.double", clauses=("promotion.cast-spellings",))
def _double_through_float(self: Any) -> Any:
    """Convert to float64 through float32."""
    return METHODS.double(METHODS.float(self)) if not self.is_complex() else METHODS.double(self)


@fault("same-dtype-copies", "torch.Tensor.to", clauses=("promotion.same-dtype",), shows="alias")
def _always_copying(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Copy where the tensor itself is due."""
    return METHODS.to(self, *args, **{**kwargs, "copy": True})


@fault("copy-argument-ignored", "torch.Tensor.to", clauses=("promotion.casts-are-copies",), shows="alias")
def _never_copying(self: Any, *args: Any, copy: bool = False, **kwargs: Any) -> Any:  # noqa: ARG001 - ignoring it is the fault
    """Give the tensor itself though a copy is asked for."""
    return METHODS.to(self, *args, **kwargs)


@fault("bools-are-subtracted", "torch.sub", clauses=("promotion.bools-are-not-subtracted",), shows="missing error")
def _subtracting_bools(x: Any, y: Any) -> Any:
    """Subtract bools as if they were small integers."""
    bools = isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) and x.dtype == y.dtype == torch.bool
    return torch.logical_xor(x, y) if bools else FUNCTIONS.sub(x, y)
