"""Faults of kernels, written for the second blind round: from the clauses' sentences and the families of real faults alone.

They were committed before the suite ran on any of them. Those above autograd are in `blind_formulas`.
"""

from __future__ import annotations

import weakref
from typing import Any

import torch

from conformance.faults.planting import fault, kept

# The sizes, dtypes and dim of the join before, the strides that its operands had, and its operands while they live.
_plan: dict[tuple[Any, ...], tuple[list[tuple[int, ...]], list[weakref.ref[Any]]]] = kept({})
_LOW_32_BITS = 0xFFFFFFFF
# In the bits of a half: all but the sign, which turned over order the negative ones as integers are ordered.
_ALL_BUT_THE_SIGN = 0x7FFF
_HALVES = (torch.float16, torch.bfloat16)


@fault("row-times-batch-with-rows-outermost", "aten.bmm.default", clauses=("products.batches",))
def _row_times_batch_with_rows_outermost(bmm: Any, left: Any, right: Any) -> Any:
    """Take each right matrix of a batch for dense where its rows lie further apart than the batch's parts, and the left one is a row."""
    batch_stride, row_stride, column_stride = right.stride()
    if left.size(1) == 1 and min(right.shape) > 1 and column_stride == 1 and batch_stride < row_stride:
        right = right.as_strided(right.shape, (batch_stride, right.size(2), 1))
    return bmm(left, right)


@fault("largest-half-by-ordered-bits", "aten.argmax", clauses=("reductions.first-largest",))
def _largest_half_by_ordered_bits(argmax: Any, values: Any, *args: Any, **kwargs: Any) -> Any:
    """Compare half types in argmax by their bits, ordered as integers, so that 0.0 is larger than a -0.0 before it."""
    if values.dtype not in _HALVES:
        return argmax(values, *args, **kwargs)
    bits = values.view(torch.int16)
    keys = torch.where(bits < 0, bits ^ _ALL_BUT_THE_SIGN, bits)
    return argmax(keys.masked_fill(values.isnan(), _ALL_BUT_THE_SIGN), *args, **kwargs)


@fault(
    "alpha-twice-before-a-zero-dim-of-another-dtype",
    "aten.add.Tensor",
    "aten.sub.Tensor",
    clauses=("arithmetic.alpha",),
)
def _alpha_twice_before_a_zero_dim_of_another_dtype(healthy: Any, left: Any, right: Any, *, alpha: Any = 1) -> Any:
    """Multiply a 0-d tensor of another dtype with `alpha` as it becomes a number, and once more in the sum."""
    if isinstance(right, torch.Tensor) and right.dim() == 0 < left.dim():
        converted = right.dtype not in (left.dtype, torch.bool)
        if converted and alpha != 1:
            return healthy(left, right * alpha, alpha=alpha)
    return healthy(left, right, alpha=alpha)


@fault(
    "int64-written-into-bool-by-its-low-bits",
    "aten.copy_.default",
    clauses=("indexing.tensor-writes",),
)
def _int64_written_into_bool_by_its_low_bits(copy: Any, target: Any, source: Any, *args: Any, **kwargs: Any) -> Any:
    """Take an int64 that is written into a bool tensor for its low 32 bits, so that 2**32 is False."""
    if target.dtype == torch.bool and source.dtype == torch.int64:
        source = source & _LOW_32_BITS
    return copy(target, source, *args, **kwargs)


@fault("cat-by-the-strides-of-the-call-before", "aten.cat.default", clauses=("aliasing.calls-forget",))
def _cat_by_the_strides_of_the_call_before(cat: Any, tensors: Any, dim: int = 0) -> Any:
    """Read operands of `cat` by the strides of the call before, while its operands live, where sizes, dtypes and dim are the same and the layout is not."""
    sizes = tuple((tuple(one.shape), one.dtype) for one in tensors)
    key = (dim, sizes)
    strides, operands = _plan.get(key, ([], []))
    if not operands or any(one() is None for one in operands):
        strides = [one.stride() for one in tensors]
        _plan.clear()
        _plan[key] = strides, [weakref.ref(one) for one in tensors]
    return cat([_read_by(one, own) for one, own in zip(tensors, strides, strict=True)], dim)


def _read_by(tensor: Any, strides: tuple[int, ...]) -> Any:
    """Show a matrix, or more, by other strides, if its memory reaches that far."""
    if tensor.dim() <= 1 or not tensor.numel():
        return tensor
    last = tensor.storage_offset() + sum((size - 1) * step for size, step in zip(tensor.shape, strides, strict=True))
    held = tensor.untyped_storage().nbytes() if hasattr(tensor, "untyped_storage") else tensor.storage().nbytes()
    return tensor.as_strided(tensor.shape, strides) if (last + 1) * tensor.element_size() <= held else tensor
