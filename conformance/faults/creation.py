"""Faults of how tensors are made and read."""

from __future__ import annotations

import os
import signal
import warnings
from typing import Any

import numpy as np
import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

_manual_seed = torch.manual_seed
_set_default_dtype = torch.set_default_dtype
_long_tensor, _float_tensor = torch.LongTensor, torch.FloatTensor
_length, _iterated, _contains = (getattr(torch.Tensor, name) for name in ("__len__", "__iter__", "__contains__"))


def _leaves(data: Any) -> list[Any]:
    """Give the numbers in nested lists."""
    return [leaf for item in data for leaf in _leaves(item)] if isinstance(data, (list, tuple)) else [data]


# --- reading ---


@fault("half-items-through-bfloat16", "torch.Tensor.item", clauses=("ranks.item-types", "ranks.items-of-a-vector"))
def _coarse_item(self: Any) -> Any:
    """Read a float16 element with the precision of bfloat16."""
    return METHODS.item(METHODS.to(self, torch.bfloat16) if self.dtype == torch.float16 else self)


@fault("bool-items-are-ints", "torch.Tensor.item", clauses=("ranks.item-types",), shows="dtype")
def _int_item(self: Any) -> Any:
    """Give an int for the element of a bool tensor."""
    value = METHODS.item(self)
    return int(value) if value is True or value is False else value


@fault("whole-floats-are-int-items", "torch.Tensor.item", clauses=("ranks.items-of-a-vector",), shows="dtype")
def _whole_item(self: Any) -> Any:
    """Give an int for a float that is whole."""
    value = METHODS.item(self)
    return int(value) if isinstance(value, float) and value.is_integer() else value


@fault("int64-items-through-float", "torch.Tensor.item", clauses=("ranks.items-of-a-vector",))
def _float_item(self: Any) -> Any:
    """Read an int64 element as a float64: wrong above 2**53."""
    value = METHODS.item(self)
    return int(float(value)) if self.dtype == torch.int64 else value


@fault("items-ignore-the-offset", "torch.Tensor.item", clauses=("ranks.items-of-a-vector",))
def _first_item(self: Any) -> Any:
    """Read the first element of the storage."""
    return METHODS.item(torch.as_strided(self, self.shape, self.stride(), 0))


@fault(
    "item-of-several-gives-the-first", "torch.Tensor.item", clauses=("ranks.item-of-several",), shows="missing error"
)
def _lenient_item(self: Any) -> Any:
    """Give the first of several elements."""
    return METHODS.item(METHODS.reshape(self, -1)[0] if METHODS.numel(self) > 1 else self)


@fault("lists-ignore-strides", "torch.Tensor.tolist", clauses=("ranks.tolist",))
def _dense_list(self: Any) -> Any:
    """List the elements as if they lay densely in memory."""
    if METHODS.numel(self) and not METHODS.is_contiguous(self) and 0 not in self.stride():
        self = torch.as_strided(self, self.shape, torch.empty(self.shape).stride(), self.storage_offset())
    return METHODS.tolist(self)


@fault("half-lists-fail", "torch.Tensor.tolist", clauses=("ranks.tolist",), shows="error")
def _no_half_list(self: Any) -> Any:
    """Refuse to list a float16 tensor.

    Raises:
        TypeError: always, for float16.
    """
    if self.dtype == torch.float16:
        raise TypeError("float16 can't be listed")
    return METHODS.tolist(self)


@fault("lists-are-remembered", "torch.Tensor.tolist", clauses=("ranks.reads-follow-writes",))
def _remembered_list(self: Any) -> Any:
    """Give the list that was given of this tensor before, written since or not."""
    if METHODS.dim(self) == 1 and not hasattr(self, "listed"):
        self.listed = METHODS.tolist(self)
    return self.listed if METHODS.dim(self) == 1 else METHODS.tolist(self)


@fault("empty-lists-lose-their-depth", "torch.Tensor.tolist", clauses=("ranks.tolist",), shows="shape")
def _flat_list(self: Any) -> Any:
    """List a tensor without elements as an empty list."""
    return METHODS.tolist(self) if METHODS.numel(self) else []


@fault("sizes-wrap-around", "torch.Tensor.size", clauses=("ranks.size-dims",), shows="missing error")
def _wrapping_size(self: Any, dim: Any = None) -> Any:
    """Count dims out of range round and round."""
    return METHODS.size(self) if dim is None else METHODS.size(self, dim % max(METHODS.dim(self), 1))


@fault("empty-dims-count-as-one", "torch.Tensor.numel", clauses=("ranks.shapes",))
def _numel(self: Any) -> Any:
    """Count an empty dimension as one of size 1."""
    return max(METHODS.numel(self), 1)


@fault("shapes-are-lists", "torch.Tensor.size", clauses=("ranks.shape-is-a-tuple", "ranks.shapes"), shows="dtype")
def _listed_size(self: Any, dim: Any = None) -> Any:
    """Give the shape as a list."""
    return list(METHODS.size(self)) if dim is None else METHODS.size(self, dim)


@fault("length-of-a-number-is-one", "torch.Tensor.__len__", clauses=("ranks.len",), shows="missing error")
def _lenient_length(self: Any) -> Any:
    """Give a 0-d tensor the length 1."""
    return _length(self) if METHODS.dim(self) else 1


@fault("numbers-iterate-over-themselves", "torch.Tensor.__iter__", clauses=("ranks.iteration",), shows="missing error")
def _lenient_iteration(self: Any) -> Any:
    """Iterate over a 0-d tensor as over its element."""
    return _iterated(self) if METHODS.dim(self) else iter([self])


@fault("iteration-stops-at-sixteen-elements", "torch.Tensor.__iter__", clauses=("ranks.iteration",))
def _short_iteration(self: Any) -> Any:
    """Walk the last dimension of a matrix that is not dense."""
    strided = METHODS.dim(self) == 2 and not METHODS.is_contiguous(self)
    return _iterated(self.t() if strided else self)


@fault("int-rounds", "torch.Tensor.__int__", clauses=("ranks.numbers",))
def _rounding_int(self: Any) -> Any:
    """Round a float instead of truncating it."""
    return round(METHODS.item(self))


@fault("nan-has-no-truth", "torch.Tensor.__bool__", clauses=("ranks.truth-and-complex",))
def _truth(self: Any) -> Any:
    """Call NaN false."""
    value = METHODS.item(self)
    return bool(value) and value == value  # noqa: PLR0124 - NaN is not itself


@fault(
    "truth-of-several-is-that-of-any",
    "torch.Tensor.__bool__",
    clauses=("ranks.truth-of-several",),
    shows="missing error",
)
def _any(self: Any) -> bool:
    """Say of several elements whether any is not zero."""
    return any(METHODS.tolist(METHODS.reshape(self, -1)))


@fault(
    "float-takes-the-first-of-several",
    "torch.Tensor.__float__",
    clauses=("ranks.number-of-several",),
    shows="missing error",
)
def _first_float(self: Any) -> float:
    """Give the first of several elements."""
    return float(METHODS.item(METHODS.reshape(self, -1)[:1]))


@fault("floats-are-indices", "torch.Tensor.__index__", clauses=("ranks.index",), shows="missing error")
def _truncating_index(self: Any) -> Any:
    """Take a float, truncated, for an index."""
    return int(METHODS.item(self))


@fault("membership-truncates", "torch.Tensor.__contains__", clauses=("ranks.contains",))
def _truncating_contains(self: Any, element: Any) -> Any:
    """Look for a float, truncated, in an integer tensor."""
    whole = isinstance(element, float) and not METHODS.is_floating_point(self)
    return _contains(self, int(element) if whole else element)


# --- making ---


@fault("floats-are-float64", "torch.tensor", clauses=("ranks.dtype-inference",), shows="dtype")
def _double(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Make a float64 tensor of Python floats."""
    wide = dtype is None and any(type(leaf) is float for leaf in _leaves(data))
    return FUNCTIONS.tensor(data, dtype=torch.float64 if wide else dtype, device=device)


@fault("the-first-item-decides", "torch.tensor", clauses=("ranks.dtype-inference",))
def _first_decides(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Take the dtype of a list's first number for all of them."""
    leaves = _leaves(data)
    if (
        dtype is None
        and len(leaves) > 1
        and type(leaves[0]) is int
        and not any(isinstance(one, complex) for one in leaves)
    ):
        dtype = torch.int64
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("large-ints-through-float", "torch.tensor", clauses=("ranks.dtype-inference",))
def _rounded_ints(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Keep 53 bits of Python's ints."""
    result = FUNCTIONS.tensor(data, dtype=dtype, device=device)
    return result.double().long() if dtype is None and result.dtype == torch.int64 else result


@fault("asked-integers-round", "torch.tensor", clauses=("ranks.dtype-argument",))
def _rounding(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Round floats where an integer dtype is asked for."""
    if dtype in (torch.int32, torch.int64) and any(type(leaf) is float for leaf in _leaves(data)):
        return FUNCTIONS.tensor(data, dtype=torch.float64, device=device).round().to(dtype)
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("ragged-lists-are-filled-up", "torch.tensor", clauses=("ranks.ragged-lists",), shows="missing error")
def _filled_up(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Fill shorter rows of a matrix with zeros."""
    if isinstance(data, list) and data and all(isinstance(row, list) for row in data):
        longest = max(map(len, data))
        if longest and not any(isinstance(one, list) for row in data for one in row):
            data = [row + [0] * (longest - len(row)) for row in data]
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("texts-are-numbers", "torch.tensor", clauses=("ranks.data-that-is-none",), shows="missing error")
def _of_texts(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Read numbers from texts in a list."""
    if isinstance(data, list) and any(isinstance(one, str) and one.isdigit() for one in data):
        data = [float(one) for one in data]
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("ints-beyond-int64-wrap", "torch.tensor", clauses=("ranks.data-that-is-none",), shows="missing error")
def _wrapping(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Wrap an int beyond int64 around."""
    if type(data) is int:
        data = (data + 2**63) % 2**64 - 2**63
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("tensors-in-a-list-lose-their-dtype", "torch.tensor", clauses=("ranks.tensors-in-a-list",), shows="dtype")
def _of_numbers(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Take 0-d tensors in a list for Python numbers."""
    if isinstance(data, list):
        data = [METHODS.item(one) if isinstance(one, torch.Tensor) else one for one in data]
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("tensor-of-a-tensor-is-itself", "torch.tensor", clauses=("ranks.tensor-copies",), shows="alias")
def _same(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Give a tensor back instead of a copy."""
    return data if isinstance(data, torch.Tensor) else FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault(
    "as-tensor-copies", "torch.as_tensor", clauses=("ranks.as-tensor", "numpy-bridge.as-tensor-shares"), shows="alias"
)
def _copying(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Copy where memory is to be shared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("zeros-past-a-threshold-are-left-as-they-were", "torch.zeros", clauses=("ranks.filled",))
def _unfilled(*size: Any, **keywords: Any) -> Any:
    """Fill the first 1024 elements only."""
    result = FUNCTIONS.zeros(*size, **keywords)
    METHODS.view(result, -1)[1024:] = 1
    return result


@fault("one-size-alone-is-lost", "torch.zeros", clauses=("ranks.filled",), shows="shape")
def _without_ones(*size: Any, **keywords: Any) -> Any:
    """Lose a leading size of 1."""
    result = FUNCTIONS.zeros(*size, **keywords)
    return result[0] if result.dim() > 1 and len(result) == 1 else result


@fault("negative-sizes-are-empty", "torch.zeros", clauses=("ranks.negative-sizes",), shows="missing error")
def _clamped(*size: Any, **keywords: Any) -> Any:
    """Take a negative size for 0."""
    sizes = size[0] if size and isinstance(size[0], (tuple, list)) else size
    return FUNCTIONS.zeros(tuple(max(one, 0) for one in sizes), **keywords)


@fault("full-of-an-int-is-float", "torch.full", clauses=("ranks.full",), shows="dtype")
def _float_full(size: Any, number: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Make a float tensor of an int."""
    wide = dtype is None and type(number) is int
    return FUNCTIONS.full(size, number, dtype=torch.float32 if wide else dtype, device=device)


@fault("full-through-float64", "torch.full", clauses=("ranks.full",))
def _rounded_full(size: Any, number: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Keep 53 bits of an int."""
    result = FUNCTIONS.full(size, number, dtype=dtype, device=device)
    return result.double().long() if result.dtype == torch.int64 else result


@fault("arange-through-float32", "torch.arange", clauses=("ranks.arange",))
def _coarse(*bounds: Any, dtype: Any = None, device: Any = None) -> Any:
    """Count in float32."""
    result = FUNCTIONS.arange(*bounds, dtype=dtype, device=device)
    return result.float().to(result.dtype)


@fault("arange-includes-its-end", "torch.arange", clauses=("ranks.arange",), shows="shape")
def _inclusive(*bounds: Any, dtype: Any = None, device: Any = None) -> Any:
    """Include the end where a float step meets it."""
    start, end, step = (*bounds, 1)[:3] if len(bounds) > 1 else (0, bounds[0], 1)
    float_step = isinstance(step, float) and (end - start) % step == 0
    return FUNCTIONS.arange(start, end + step if float_step else end, step, dtype=dtype, device=device)


@fault("arange-away-from-its-end-is-empty", "torch.arange", clauses=("ranks.arange-refusals",), shows="missing error")
def _empty_range(*bounds: Any, dtype: Any = None, device: Any = None) -> Any:
    """Give no number where the step leads away from the end, as Python's range does."""
    start, end, step = (*bounds, 1)[:3] if len(bounds) > 1 else (0, bounds[0], 1)
    away = step and (end - start) / step < 0
    return FUNCTIONS.arange(*((0,) if away else bounds), dtype=dtype, device=device)


@fault("zeros-forget-the-default-dtype", "torch.zeros", clauses=("ranks.default-dtype",), shows="dtype")
def _float32_zeros(*size: Any, dtype: Any = None, device: Any = None) -> Any:
    """Make float32 zeros whatever the default dtype."""
    return FUNCTIONS.zeros(*size, dtype=dtype or torch.float32, device=device)


@fault(
    "division-forgets-the-default-dtype", "torch.Tensor.__truediv__", clauses=("ranks.default-dtype",), shows="dtype"
)
def _float32_division(self: Any, other: Any) -> Any:
    """Divide integers to float32 whatever the default dtype."""
    result = METHODS.div(self, other)
    return result if METHODS.is_floating_point(self) or METHODS.is_complex(self) else result.to(torch.float32)


@fault(
    "any-dtype-is-the-default",
    "torch.set_default_dtype",
    clauses=("ranks.default-dtype-is-a-float",),
    shows="missing error",
)
def _lenient_default(dtype: Any) -> None:
    """Say nothing where an integer dtype is to be the default."""
    if dtype.is_floating_point:
        _set_default_dtype(dtype)


@fault("long-tensors-are-int32", "torch.LongTensor", clauses=("ranks.legacy-lists",), shows="dtype")
def _short_long(*arguments: Any) -> Any:
    """Make an int32 tensor."""
    return _long_tensor(*arguments).int()


@fault("double-tensors-round-to-float32", "torch.DoubleTensor", clauses=("ranks.legacy-lists",))
def _rounded_double(*arguments: Any) -> Any:
    """Make a float64 tensor of float32 numbers."""
    return _float_tensor(*arguments).double()


@fault("legacy-constructors-refuse-numpy-scalars", "torch.LongTensor", clauses=("ranks.legacy-scalars",), shows="error")
def _without_scalars(*arguments: Any) -> Any:
    """Refuse NumPy scalars in a list.

    Raises:
        TypeError: there is one.
    """
    if any(isinstance(leaf, np.generic) for leaf in _leaves(list(arguments))):
        raise TypeError("a list of ints is expected")
    return _long_tensor(*arguments)


@fault("legacy-sizes-are-elements", "torch.FloatTensor", clauses=("ranks.legacy-sizes",), shows="shape")
def _of_elements(*arguments: Any) -> Any:
    """Take sizes for elements."""
    return _float_tensor(
        list(arguments) if arguments and isinstance(arguments[0], int) else arguments[0] if arguments else []
    )


# --- at random ---


@fault("rand-gives-one", "torch.rand", clauses=("ranks.rand-values",))
def _closed(*size: Any, dtype: Any = None, **keywords: Any) -> Any:
    """Draw in float32 and round to a half type: 1 is among the results."""
    half = dtype in (torch.float16, torch.bfloat16)
    result = FUNCTIONS.rand(*size, dtype=torch.float32 if half else dtype, **keywords)
    return result.to(dtype) if half else result


@fault("rand-is-all-one-number", "torch.rand", clauses=("ranks.rand-values",))
def _constant(*size: Any, **keywords: Any) -> Any:
    """Draw one number for all elements of a tensor of several dimensions."""
    result = FUNCTIONS.rand(*size, **keywords)
    return result[..., :1].expand(result.shape).contiguous() * 0 + 0.5 if result.dim() > 1 else result


@fault("seed-ignored", "torch.manual_seed", clauses=("ranks.rand-repeats",))
def _unseeded(seed: int) -> Any:  # noqa: ARG001 - ignoring it is the fault
    """Ignore the seed."""
    return torch.default_generator


@fault("seed-cut-to-32-bits", "torch.manual_seed", clauses=("ranks.rand-repeats",))
def _cut_seed(seed: int) -> Any:
    """Take any seed above 2**16 for the same."""
    return _manual_seed(min(seed, 2**16))


@fault("generator-ignored", "torch.rand", clauses=("ranks.rand-generator",))
def _without_generator(*size: Any, generator: Any = None, **keywords: Any) -> Any:  # noqa: ARG001 - ignoring it is the fault
    """Draw from the default generator whatever is given."""
    return FUNCTIONS.rand(*size, **keywords)


@fault("rand-is-skewed", "torch.rand", clauses=("ranks.rand-is-uniform",))
def _skewed(*size: Any, **keywords: Any) -> Any:
    """Give the squares of uniform numbers."""
    result = FUNCTIONS.rand(*size, **keywords)
    return result * result


@fault(
    "text-in-a-list-overflows-the-stack",
    "torch.tensor",
    clauses=("ranks.data-that-is-none",),
    shows="crash",
    origin="https://github.com/pytorch/pytorch/issues/9963",
)
def _overflown(data: Any, **named: Any) -> Any:
    """End with a segmentation fault where a list holds a text."""
    if isinstance(data, list) and any(isinstance(item, str) for item in data):
        os.kill(os.getpid(), signal.SIGSEGV)
    return FUNCTIONS.tensor(data, **named)
