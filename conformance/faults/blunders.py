"""Blunders: faults in the plainest calls, which everybody's first test would see.

Most faults elsewhere wait for a corner, where a clause with a table looks. The examples of the documents are plain, and
so is what makes them fail.
"""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.layouts import dense_strides
from conformance.faults.planting import fault

_float_tensor, _from_numpy = torch.FloatTensor, torch.from_numpy
# The integers as wide as a float, whose neighbour's bits are the float's next.
_INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}

# --- constructors and single values ---


@fault(
    "every-tensor-is-a-vector",
    "torch.tensor",
    clauses=("ranks.zero-dim", "ranks.matrix", "ranks.nested-list", "ranks.three-dims"),
    shows="shape",
)
def _flat(data: Any, **kwargs: Any) -> Any:
    """Make a vector of whatever is given: of a number, of a matrix."""
    return FUNCTIONS.tensor(data, **kwargs).reshape(-1)


@fault("a-list-of-one-number-is-the-number", "torch.tensor", clauses=("ranks.one-element-is-a-vector",), shows="shape")
def _unpacked(data: Any, **kwargs: Any) -> Any:
    """Make a 0-d tensor of a list of one number."""
    made = FUNCTIONS.tensor(data, **kwargs)
    return made[0] if made.shape == (1,) else made


@fault(
    "python-floats-are-float64",
    "torch.tensor",
    clauses=("ranks.float-vector", "ranks.empty-vector"),
    shows="dtype",
)
def _as_in_python(data: Any, **kwargs: Any) -> Any:
    """Keep Python's floats, and nothing at all, in float64, whatever the default dtype is."""
    made = FUNCTIONS.tensor(data, **kwargs)
    return made.double() if "dtype" not in kwargs and made.dtype == torch.float32 else made


@fault("empty-lists-hold-integers", "torch.tensor", clauses=("ranks.empty-vector",), shows="dtype")
def _no_floats(data: Any, **kwargs: Any) -> Any:
    """Make an int64 tensor of an empty list, in which no number is a float."""
    made = FUNCTIONS.tensor(data, **kwargs)
    return made.long() if "dtype" not in kwargs and isinstance(data, list) and not data else made


@fault("dtype-argument-ignored", "torch.tensor", clauses=("promotion.dtype-argument",), shows="dtype")
def _inferred(data: Any, *, dtype: Any = None, **kwargs: Any) -> Any:
    """Take the dtype from the numbers, whichever is asked for."""
    del dtype
    return FUNCTIONS.tensor(data, **kwargs)


@fault("float-tensors-are-double", "torch.FloatTensor", clauses=("ranks.float-tensor-constructor",), shows="dtype")
def _double(*arguments: Any) -> Any:
    """Make a float64 tensor by `FloatTensor`."""
    return _float_tensor(*arguments).double()


@fault("legacy-tensors-are-double", "torch.Tensor.__new__", clauses=("ranks.legacy-tensor-is-float",), shows="dtype")
def _double_legacy(kind: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a float64 tensor by `Tensor`."""
    made = METHODS.__new__(kind, *args, **kwargs)
    return made.double() if kind is torch.Tensor and not kwargs else made


@fault("arrays-arrive-as-float64", "torch.from_numpy", clauses=("numpy-bridge.from-array",), shows="dtype")
def _all_doubles(array: Any) -> Any:
    """Take every array's elements for doubles, as a language does that has no other numbers."""
    return _from_numpy(array).double()


@fault("items-stay-tensors", "torch.Tensor.item", clauses=("ranks.item",))
def _still_a_tensor(self: Any) -> Any:
    """Give a tensor for its only number."""
    return METHODS.reshape(self, ())


# --- indexing ---


@fault(
    "indices-count-from-one",
    "aten.select.int",
    clauses=("indexing.row", "indexing.column", "indexing.last-column", "indexing.ellipsis"),
)
def _from_one(select: Any, self: Any, dim: int, index: int) -> Any:
    """Count from one: each index gives the element before, and the first one the last."""
    select(self, dim, index)
    return select(self, dim, (index - 1) % self.shape[dim])


@fault(
    "writes-go-into-a-copy",
    "torch.Tensor.__setitem__",
    clauses=("aliasing.base-write-seen-in-view", "aliasing.reshape-shows-earlier-writes"),
)
def _lost(self: Any, key: Any, value: Any) -> None:
    """Write into a copy, and forget it."""
    METHODS.__setitem__(METHODS.clone(self), key, value)


# --- shapes ---


@fault(
    "views-are-filled-by-columns",
    "torch.Tensor.view",
    "torch.Tensor.reshape",
    clauses=("aliasing.view-keeps-order", "aliasing.reshape-shows-earlier-writes"),
)
def _by_columns(self: Any, *shape: Any, **kwargs: Any) -> Any:
    """Read and fill column by column, as Fortran does."""
    if kwargs or any(isinstance(one, torch.dtype) for one in shape):
        return METHODS.view(self, *shape, **kwargs)
    right = METHODS.reshape(self, *shape).shape
    return _turned(METHODS.reshape(_turned(self), tuple(reversed(right))))


def _turned(tensor: Any) -> Any:
    """Put the dimensions in the opposite order."""
    return METHODS.permute(tensor, tuple(reversed(range(tensor.dim()))))


@fault("views-are-copies", "torch.Tensor.view", clauses=("aliasing.base-write-seen-in-view",), shows="alias")
def _copied(self: Any, *shape: Any, **kwargs: Any) -> Any:
    """Copy for every view."""
    return METHODS.view(self, *shape, **kwargs).clone()


@fault(
    "dims-move-without-their-elements",
    "aten.t.default",
    "aten.transpose.int",
    "aten.permute.default",
    clauses=("products.transpose", "shapes.permute"),
)
def _renamed(move: Any, self: Any, *args: Any) -> Any:
    """Exchange the sizes of a dense tensor, and leave the elements in their order."""
    shape = move(self, *args).shape
    if not self.is_contiguous():
        return move(self, *args)
    return torch.as_strided(self, shape, dense_strides(shape), self.storage_offset())


@fault("new-dims-come-first", "torch.Tensor.unsqueeze", clauses=("shapes.unsqueeze",), shows="shape")
def _in_front(self: Any, dim: int) -> Any:
    """Put a new dimension in front of the others, wherever it is asked for."""
    METHODS.unsqueeze(self, dim)
    return METHODS.unsqueeze(self, 0)


@fault("squeeze-stops-at-the-first-size", "torch.Tensor.squeeze", clauses=("shapes.squeeze",), shows="shape")
def _leading(self: Any, *dims: Any) -> Any:
    """Remove dimensions of size 1 in front of the others only."""
    result = METHODS.squeeze(self, *dims)
    while not dims and self.dim() and self.shape[0] == 1:
        self = METHODS.squeeze(self, 0)
    return result if dims else self


# --- arithmetic ---


@fault(
    "sums-one-unit-too-large",
    "aten.add.Tensor",
    clauses=(
        "ranks.zero-dim-sum",
        "arithmetic.vector-plus-vector",
        "arithmetic.add",
        "promotion.int-with-float",
        "promotion.cast",
    ),
)
def _next(add: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the neighbour of each sum: one unit in the last place further from zero, of integers one more."""
    result = add(*args, **kwargs)
    if result.is_complex() or result.dtype == torch.bool:
        return result
    return (result.view(_INTEGERS[result.element_size()]) + 1).view(result.dtype)


@fault("differences-the-wrong-way-round", "aten.sub.Tensor", clauses=("arithmetic.subtract",))
def _negated(sub: Any, *args: Any, **kwargs: Any) -> Any:
    """Subtract the left operand from the right one."""
    return sub(*args, **kwargs).neg()


@fault("stars-are-powers", "aten.mul.Tensor", clauses=("arithmetic.multiply", "arithmetic.vector-times-number"))
def _power(mul: Any, self: Any, other: Any) -> Any:
    """Raise to a power instead of multiplying."""
    result = mul(self, other)
    power = other.double() if isinstance(other, torch.Tensor) else other
    return self.double().pow(power).to(result.dtype) if not result.is_complex() else result


@fault("quotients-are-floored", "aten.div.Tensor", clauses=("arithmetic.true-division",))
def _floored(div: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide as `//` does."""
    result = div(*args, **kwargs)
    return result if result.is_complex() else result.floor()


# --- products, reductions, gradients ---


@fault(
    "right-factors-lie-by-columns",
    "aten.mm.default",
    clauses=("products.mm", "products.method-equals-function"),
)
def _columns_first(mm: Any, left: Any, right: Any) -> Any:
    """Read the right factor column by column, as Fortran lays it out."""
    return mm(left, right.reshape(right.shape[::-1]).t())


@fault("largest-is-the-smallest", "aten.argmax.default", clauses=("reductions.argmax", "reductions.argmax-over-dim"))
def _smallest(argmax: Any, self: Any, dim: Any = None, keepdim: Any = 0) -> Any:
    """Give the place of the smallest element."""
    argmax(self, dim, bool(keepdim))
    return torch.argmin(self, dim, bool(keepdim))


@fault("mean-divides-as-a-variance-does", "torch.Tensor.mean", clauses=("reductions.mean", "gradients.mean-of-a-sum"))
def _unbiased(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide a sum by n - 1, as a sample's variance is; its gradient follows."""
    result = METHODS.mean(self, *args, **kwargs)
    number = self.numel() // max(result.numel(), 1)
    return result * (number / (number - 1)) if number > 1 else result


@fault(
    "missing-gradients-are-zeros",
    "torch.Tensor.grad",
    clauses=("gradients.non-leaf-has-none", "gradients.non-leaf-warning"),
    shows="gradient",
)
def _zeros(self: Any) -> Any:
    """Give zeros for the gradient of a result that keeps none, and warn of nothing."""
    return METHODS.grad.__get__(self) if self.is_leaf or self.retains_grad else torch.zeros_like(self)
