"""Faults that were written without a look at how the suite makes its inputs: they say what it catches unprepared."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

_SMALLEST_NORMAL_HALF = 2.0**-14
# A vector of int16, and the side of a block in a copy that transposes, with the elements from which it is used.
_LANES, _SIDE, _BLOCKWISE = 16, 60, 3600


@fault("blind-row-times-transposed-at-an-offset", "aten.mm", clauses=("products.exact",))
def _row_product(healthy: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    """Read a transposed right matrix from its memory's start, not from its offset, where the left one is a single row."""
    lies_by_columns = y.stride(0) == 1 and y.stride(1) >= y.shape[0] > 1 and y.shape[1] > 1
    if x.shape[0] == 1 and lies_by_columns and y.storage_offset():
        y = y.as_strided(y.shape, y.stride(), 0)
    return healthy(x, y, **kwargs)


@fault(
    "blind-write-from-the-same-address-is-skipped",
    "torch.Tensor.__setitem__",
    clauses=("indexing.writes-from-the-same-tensor",),
)
def _write_onto_itself(self: Any, key: Any, value: Any) -> Any:
    """Skip a write as one of a part onto itself where both begin at one address, though their strides differ."""
    if isinstance(value, torch.Tensor) and value.dim() and value.numel() and _begins_where(self, key, value):
        return None
    return METHODS.__setitem__(self, key, value)


def _begins_where(self: Any, key: Any, value: Any) -> bool:
    try:
        target = METHODS.__getitem__(self, key)
        source = value.expand(target.shape)
    except (IndexError, RuntimeError, TypeError, ValueError):
        return False
    return bool(target.data_ptr() == source.data_ptr() and target.dtype == source.dtype)


@fault("blind-argmax-of-int16-down-a-column-is-unsigned", "aten.argmax", clauses=("reductions.first-largest",))
def _unsigned_largest(healthy: Any, x: Any, dim: Any = None, *args: Any, **kwargs: Any) -> Any:
    """Compare int16 as unsigned in argmax over 16 elements and more of a dimension that is not the last."""
    if dim is None or x.dtype != torch.int16 or dim % max(x.dim(), 1) >= x.dim() - 1 or x.shape[dim] < _LANES:
        return healthy(x, dim, *args, **kwargs)
    return healthy(x.to(torch.int32) & 0xFFFF, dim, *args, **kwargs)


@fault(
    "blind-gradient-over-two-separate-dims-drops-an-odd-end",
    "aten.sum.dim_IntList",
    clauses=("gradients.arithmetic",),
    shows="gradient",
)
def _sum_in_pairs(healthy: Any, x: Any, dim: Any, *args: Any, **kwargs: Any) -> Any:
    """Drop the last element of an inner dimension of odd size, summed together with one that is not its neighbour."""
    dims = sorted(one % x.dim() for one in dim or ())
    apart = any(right - left > 1 for left, right in itertools.pairwise(dims))
    if apart and x.shape[dims[-1]] % 2 and x.shape[dims[-1]] > 1:
        x = x.narrow(dims[-1], 0, x.shape[dims[-1]] - 1)
    return healthy(x, dim, *args, **kwargs)


@fault(
    "blind-numpy-ints-take-the-first-dtype",
    "torch.tensor",
    clauses=("numpy-bridge.scalars-without-a-device",),
    shows="dtype",
)
def _first_dtype(*args: Any, **kwargs: Any) -> Any:
    """Give a list of NumPy integers the dtype of its first, though a later one has a wider one."""
    data = args[0] if args else None
    if not kwargs and isinstance(data, list) and data and all(isinstance(one, np.integer) for one in data):
        return FUNCTIONS.tensor(np.array([np.asarray(one).astype(data[0].dtype) for one in data]))
    return FUNCTIONS.tensor(*args, **kwargs)


@fault(
    "blind-large-transposed-copy-leaves-its-last-block",
    "aten.clone",
    clauses=("aliasing.contiguous",),
)
def _copy_in_blocks(healthy: Any, x: Any, *, memory_format: Any = None) -> Any:
    """Leave the last partial block of 60 by 60 unwritten where a transposed matrix of 3600 elements is made contiguous."""
    result = healthy(x, memory_format=memory_format)
    if memory_format is not torch.contiguous_format or x.dim() != 2 or x.numel() < _BLOCKWISE:
        return result
    rows, columns = x.shape
    if x.stride() == (1, rows) and rows > 1 and columns > 1:
        result[rows - rows % _SIDE :, columns - columns % _SIDE :] = 0
    return result


@fault("blind-zero-times-nan-in-place-is-zero", "aten.mul_.Tensor", clauses=("arithmetic.special-numbers",))
def _filled_with_zeros(healthy: Any, x: Any, other: Any) -> Any:
    """Fill with zeros where a float tensor is multiplied in place by a number 0, though it holds NaN or infinities."""
    if not x.is_floating_point() or (isinstance(other, torch.Tensor) and other.dim()) or other != 0:
        return healthy(x, other)
    return x.zero_()


@fault("blind-int64-to-float32-is-rounded-twice", "aten._to_copy", clauses=("promotion.casts",))
def _by_way_of_float64(healthy: Any, x: Any, *, dtype: Any = None, **kwargs: Any) -> Any:
    """Cast int64 to float32 by way of float64, which rounds twice beyond 2^53."""
    if x.dtype == torch.int64 and dtype == torch.float32:
        x = healthy(x, dtype=torch.float64)
    return healthy(x, dtype=dtype, **kwargs)


@fault(
    "blind-item-of-a-subnormal-half-is-zero",
    "aten._local_scalar_dense",
    clauses=("ranks.subnormals",),
)
def _normal_half(healthy: Any, x: Any) -> Any:
    """Give zero as the number of a float16 below the smallest normal one, as a conversion of its bits without that case."""
    number = healthy(x)
    if x.dtype == torch.float16 and abs(number) < _SMALLEST_NORMAL_HALF:
        return math.copysign(0.0, number)
    return number


@fault("blind-inner-no-grad-ends-the-outer", "torch.no_grad.__exit__", clauses=("gradients.no-grad",), shows="gradient")
def _recording_again(self: Any, *exception: Any) -> None:
    """Record again at the end of a `no_grad`, though it began where nothing was recorded."""
    del self, exception
    torch.set_grad_enabled(True)
