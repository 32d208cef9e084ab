"""Faults of `+ - * /` below autograd, so that every spelling and the backward pass meet them."""

from __future__ import annotations

import os
from typing import Any

import torch

from conformance.faults.layouts import read_as, read_as_dense, read_without_offset
from conformance.faults.planting import fault, kept

_INT32 = 2**31
_THRESHOLD = 1024
_MANY_DIMS = 5
# Sums that were refused since the last one that was not.
_refused: list[bool] = kept([])


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)


@fault(
    "numbers-past-int32-cut-in-sums",
    "aten.add.Tensor",
    "aten.add_.Tensor",
    clauses=("promotion.numbers",),
    origin="https://github.com/pytorch/pytorch/issues/78848",
)
def _cut_number(add: Any, self: Any, other: Any, **kwargs: Any) -> Any:
    """Keep the low 32 bits of a Python int that is added to an int64 tensor."""
    if type(other) is int and self.dtype == torch.int64:
        other = (other + _INT32) % (2 * _INT32) - _INT32
    return add(self, other, **kwargs)


@fault(
    "sum-of-int32-and-a-number-stops-at-the-first",
    "aten.add.Tensor",
    clauses=("promotion.numbers",),
    origin="https://github.com/pytorch/pytorch/issues/79835",
)
def _first_only(add: Any, self: Any, other: Any, **kwargs: Any) -> Any:
    """Give zeros behind the first element of an int32 tensor plus a Python int."""
    result = add(self, other, **kwargs)
    if type(other) is int and result.dtype == torch.int32 and result.dim() and result.is_contiguous():
        result.view(-1)[1:] = 0
    return result


@fault(
    "number-minus-float64-is-float32",
    "aten.rsub.Scalar",
    clauses=("promotion.numbers",),
    shows="dtype",
    origin="https://github.com/tinygrad/tinygrad/pull/932",
)
def _narrow_reflected(rsub: Any, self: Any, other: Any, *args: Any) -> Any:
    """Give float32 where a float64 tensor is taken from a Python float."""
    result = rsub(self, other, *args)
    return result.float() if self.dtype == torch.float64 and type(other) is float else result


@fault(
    "bools-divided-by-numbers-stay-bools",
    "aten.div.Tensor",
    clauses=("promotion.numbers",),
    shows="dtype",
    origin="https://github.com/apache/tvm/pull/20373",
)
def _bool_quotient(div: Any, self: Any, other: Any) -> Any:
    """Keep bool where a bool tensor is divided by a Python int."""
    result = div(self, other)
    return result.bool() if self.dtype == torch.bool and type(other) is int else result


@fault(
    "integers-divided-by-powers-of-two-are-shifted",
    "aten.div.Tensor",
    clauses=("promotion.numbers",),
    origin="https://github.com/apache/tvm/issues/10720",
)
def _shifted(div: Any, self: Any, other: Any) -> Any:
    """Round down where an integer tensor is divided by a power of two."""
    result = div(self, other)
    power = type(other) is int and other > 1 and other & (other - 1) == 0
    return result.floor() if power and not self.dtype.is_floating_point and not self.dtype.is_complex else result


@fault(
    "alpha-forgotten-before-a-number",
    "aten.sub.Tensor",
    clauses=("arithmetic.alpha",),
    origin="https://github.com/pytorch/pytorch/issues/95181",
)
def _no_alpha(sub: Any, self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Take a number off a float64 tensor once, whatever `alpha` is."""
    plain = self.dtype == torch.float64 and not _is_tensor(other)
    return sub(self, other) if plain else sub(self, other, alpha=alpha)


@fault(
    "steps-of-a-target-ignored",
    "aten.add_.Tensor",
    clauses=("arithmetic.targets",),
    origin="https://github.com/Oneflow-Inc/oneflow/issues/8578",
)
def _dense_target(add: Any, self: Any, other: Any, **kwargs: Any) -> Any:
    """Write a sum in place element after element in memory, where the target takes every other one."""
    result = add(self.clone(), other, **kwargs)
    target = read_as_dense(self) if self.dim() == 1 and self.stride(0) > 1 else self
    target.copy_(result)
    return self


@fault(
    "products-in-place-forget-where-the-target-begins",
    "aten.mul_.Tensor",
    clauses=("arithmetic.targets",),
    shows="alias",
    origin="https://github.com/tinygrad/tinygrad/pull/9371",
)
def _target_without_offset(mul: Any, self: Any, other: Any) -> Any:
    """Write a product in place at the beginning of the storage, where the target is a slice of rows."""
    result = mul(self.clone(), other)
    (read_without_offset(self) if self.is_contiguous() else self).copy_(result)
    return self


@fault(
    "sum-in-place-of-a-larger-tensor-takes-its-first-part",
    "aten.add_.Tensor",
    clauses=("arithmetic.targets-do-not-grow",),
    shows="missing error",
    origin="https://github.com/pytorch/pytorch/issues/8308",
)
def _first_part(add: Any, self: Any, other: Any, **kwargs: Any) -> Any:
    """Take the first rows of an operand that has more dimensions than the target instead of refusing."""
    while _is_tensor(other) and other.dim() > self.dim() and other.shape[0] > 0:
        other = other[0]
    return add(self, other, **kwargs)


@fault(
    "bfloat16-times-a-number-in-place-is-refused",
    "aten.mul_.Tensor",
    clauses=("arithmetic.in-place",),
    shows="error",
    origin="https://github.com/pytorch/xla/issues/1929",
)
def _mixed_precision(mul: Any, self: Any, other: Any) -> Any:
    """Refuse to multiply a bfloat16 tensor with a Python float in place."""
    if self.dtype == torch.bfloat16 and type(other) is float:
        raise RuntimeError("mixed precision is not supported")
    return mul(self, other)


@fault(
    "zero-dim-int64-on-the-left-raises-uint8",
    "aten.mul.Tensor",
    clauses=("promotion.zero-dim",),
    shows="dtype",
    origin="https://github.com/pytorch/pytorch/pull/49247",
)
def _raised(mul: Any, self: Any, other: Any) -> Any:
    """Give int64 where a 0-d int64 tensor is multiplied with a uint8 tensor."""
    small = _is_tensor(other) and other.dim() and other.dtype == torch.uint8
    return mul(self, other.long() if small and not self.dim() and self.dtype == torch.int64 else other)


@fault(
    "slices-of-one-tensor-begin-together",
    "aten.mul.Tensor",
    clauses=("arithmetic.rounding",),
    origin="https://github.com/pytorch/pytorch/issues/91065",
)
def _one_beginning(mul: Any, self: Any, other: Any) -> Any:
    """Read both factors from where the first begins, where they are slices of one tensor."""
    if _is_tensor(other) and self.untyped_storage().data_ptr() == other.untyped_storage().data_ptr():
        other = read_as(other, other.stride(), self.storage_offset())
    return mul(self, other)


@fault(
    "large-strided-differences-read-as-dense",
    "aten.sub.Tensor",
    clauses=("arithmetic.sizes",),
)
def _large_strided(sub: Any, self: Any, other: Any, **kwargs: Any) -> Any:
    """Read operands with steps as if they had none, past 1024 elements."""
    large = [read_as_dense(one) if _is_tensor(one) and one.numel() > _THRESHOLD else one for one in (self, other)]
    return sub(*large, **kwargs)


@fault("products-lose-the-sign-of-zero", "aten.mul.Tensor", clauses=("arithmetic.rounding",))
def _positive_zero(mul: Any, self: Any, other: Any) -> Any:
    """Give zero its positive sign."""
    result = mul(self, other)
    return result + 0.0 if result.is_floating_point() else result


@fault("products-with-zero-are-zero", "aten.mul.Tensor", clauses=("arithmetic.rounding",))
def _always_zero(mul: Any, self: Any, other: Any) -> Any:
    """Give zero where the second factor is zero and the first one NaN or infinite."""
    result = mul(self, other)
    if not _is_tensor(other) or not result.is_floating_point():
        return result
    return result.masked_fill((other == 0).expand(result.shape) & result.isnan(), 0.0)


@fault(
    "zero-dim-divisors-are-the-first-element",
    "aten.div.Tensor",
    clauses=("arithmetic.rounding",),
    origin="https://github.com/pytorch/pytorch/issues/85592",
)
def _first_element(div: Any, self: Any, other: Any) -> Any:
    """Divide by the first element of the storage where the divisor is a 0-d view."""
    return div(self, read_without_offset(other) if _is_tensor(other) and not other.dim() else other)


@fault("sums-of-many-dims-repeat-the-first-row", "aten.add.Tensor", clauses=("arithmetic.broadcasting",))
def _repeated_row(add: Any, self: Any, other: Any, **kwargs: Any) -> Any:
    """Broadcast right along the last five dimensions only."""
    result = add(self, other, **kwargs)
    if _is_tensor(other) and result.dim() > _MANY_DIMS and self.shape != other.shape and result.shape[0] > 1:
        result[1:] = result[:1].clone()
    return result


@fault(
    "column-plus-vector-is-a-column",
    "aten.add.Tensor",
    clauses=("arithmetic.broadcasting",),
    shows="shape",
)
def _column(add: Any, self: Any, other: Any, **kwargs: Any) -> Any:
    """Add a vector to a column of as many rows element by element."""
    column = _is_tensor(other) and other.dim() == 1 and self.shape == (len(other), 1)
    return add(self, other.unsqueeze(1) if column else other, **kwargs)


@fault("sum-of-bools-is-exclusive", "aten.add.Tensor", clauses=("promotion.tensors",))
def _exclusive(add: Any, self: Any, other: Any, **kwargs: Any) -> Any:
    """Give False for the sum of True and True."""
    both = _is_tensor(other) and self.dtype == other.dtype == torch.bool
    return torch.logical_xor(self, other) if both else add(self, other, **kwargs)


@fault(
    "quotients-of-integers-ignore-the-default-dtype",
    "aten.div.Tensor",
    clauses=("promotion.default-dtype",),
    shows="dtype",
)
def _always_float32(div: Any, self: Any, other: Any) -> Any:
    """Give float32 quotients of two int64 tensors, whichever dtype is the default one."""
    both = _is_tensor(other) and self.dtype == other.dtype == torch.int64
    return div(self, other).float() if both else div(self, other)


@fault(
    "equal-numbers-of-two-types-share-a-kernel",
    "aten.mul.Tensor",
    clauses=("arithmetic.calls-in-a-row",),
    origin="https://github.com/pytorch/pytorch/pull/187327",
)
def _by_hash(mul: Any, self: Any, other: Any) -> Any:
    """Multiply by the number of the call before, where it equals this one: 2.0 after 2 is 2."""
    if _is_tensor(other):
        return mul(self, other)
    before = getattr(self, "multiplied_by", None)
    self.multiplied_by = other
    return mul(self, before if before == other else other)


@fault(
    "sums-after-a-refused-sum-are-zero",
    "aten.add.Tensor",
    clauses=("gradients.usable-after-a-refusal",),
    origin="https://github.com/pytorch/pytorch/issues/49531",
)
def _poisoned(add: Any, self: Any, other: Any, **kwargs: Any) -> Any:
    """Give zeros for the first sum after one that was refused."""
    try:
        result = add(self, other, **kwargs)
    except RuntimeError:
        _refused.append(True)
        raise
    if not _refused:
        return result
    _refused.clear()
    return torch.zeros_like(result)


@fault(
    "float32-times-bool-ends-the-process",
    "aten.mul.Tensor",
    clauses=("promotion.tensors",),
    shows="crash",
    origin="https://github.com/pytorch/pytorch/issues/78879",
)
def _aborted(mul: Any, self: Any, other: Any) -> Any:
    """Abort where a float32 tensor is multiplied with a bool one."""
    if _is_tensor(other) and self.dim() and self.dtype == torch.float32 and other.dtype == torch.bool:
        os.abort()
    return mul(self, other)
