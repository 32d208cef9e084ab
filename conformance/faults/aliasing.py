"""Faults of memory that is shared, and of memory that is not."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

_THRESHOLD = 32768


def _dense(tensor: Any) -> Any:
    """Show the memory from a tensor's first element on as if it lay densely, where there is enough of it."""
    whole = tensor.untyped_storage().nbytes() // tensor.element_size()
    if tensor.storage_offset() + tensor.numel() > whole:
        return tensor
    return FUNCTIONS.as_strided(tensor, tensor.shape, torch.empty(tensor.shape).stride(), tensor.storage_offset())


@fault(
    "views-detach-at-the-second-write",
    "torch.Tensor.__setitem__",
    clauses=("aliasing.writes-alternate",),
    shows="alias",
)
def _detaching(self: Any, key: Any, value: Any) -> None:
    """Give a tensor memory of its own when it is written for the second time."""
    self.times_written = getattr(self, "times_written", 0) + 1
    if self.times_written == 2:
        self.data = METHODS.clone(self)
    METHODS.__setitem__(self, key, value)


@fault(
    "transposes-after-a-write-copy", "torch.Tensor.transpose", clauses=("aliasing.views-between-writes",), shows="alias"
)
def _copy_when_written(self: Any, *dims: Any, **named: Any) -> Any:
    """Copy instead of giving a view once the tensor has been written."""
    result = METHODS.transpose(self, *dims, **named)
    return METHODS.clone(result) if self._version else result


@fault("clones-share-memory", "torch.Tensor.clone", clauses=("aliasing.copies-stand-alone",), shows="alias")
def _no_clone(self: Any) -> Any:
    """Give another tensor over the same memory."""
    return METHODS.detach(self)


@fault(
    "adding-nothing-gives-the-operand", "torch.Tensor.__add__", clauses=("aliasing.copies-stand-alone",), shows="alias"
)
def _itself(self: Any, other: Any) -> Any:
    """Give the operand itself where zero is added."""
    return self if not isinstance(other, torch.Tensor) and other == 0 else METHODS.add(self, other)


@fault("reshape-remembers-its-first-result", "torch.Tensor.reshape", clauses=("shapes.reshape-after-writes",))
def _remembering(self: Any, *sizes: Any) -> Any:
    """Give what the same tensor was reshaped to before."""
    before = getattr(self, "reshaped", None)
    if before is None:
        before = self.reshaped = METHODS.clone(METHODS.reshape(self, *sizes))
    return before


@fault("contiguous-always-copies", "torch.Tensor.contiguous", clauses=("aliasing.contiguous",), shows="alias")
def _copying(self: Any) -> Any:
    """Copy what lies densely already."""
    return METHODS.clone(METHODS.contiguous(self))


@fault("contiguous-leaves-columns-apart", "torch.Tensor.contiguous", clauses=("aliasing.contiguous",), shows="alias")
def _columns(self: Any) -> Any:
    """Take a tensor for contiguous where its last dimension is."""
    return self if self.dim() > 1 and self.stride(-1) == 1 else METHODS.contiguous(self)


@fault("in-place-sums-ignore-strides", "torch.Tensor.add_", clauses=("aliasing.tensor-writes-through-views",))
def _dense_sum(self: Any, other: Any) -> Any:
    """Add to the memory that follows a view's first element instead of its elements."""
    if not self.is_contiguous() and other.shape == self.shape:
        METHODS.add_(_dense(self), other)
        return self
    return METHODS.add_(self, other)


@fault("out-gets-memory-of-its-own", "torch.add", clauses=("aliasing.tensor-writes-through-views",), shows="alias")
def _new_memory(x: Any, y: Any, *, out: Any = None) -> Any:
    """Give `out` the result's memory, so that its base does not change."""
    if out is None:
        return FUNCTIONS.add(x, y)
    out.data = FUNCTIONS.add(x, y)
    return out


@fault("permuted-out-written-in-memory-order", "torch.mul", clauses=("aliasing.tensor-writes-through-views",))
def _in_memory_order(x: Any, y: Any, *, out: Any = None) -> Any:
    """Write into a permuted `out` in the order of its memory."""
    result = FUNCTIONS.mul(x, y)
    if out is None:
        return result
    permuted = out.dim() == 2 and out.stride(0) < out.stride(1)
    METHODS.copy_(METHODS.t(out) if permuted else out, METHODS.reshape(result, out.shape[::-1]) if permuted else result)
    return out


@fault(
    "copies-into-permuted-targets-in-memory-order",
    "torch.Tensor.copy_",
    clauses=("aliasing.tensor-writes-through-views",),
)
def _permuted_copy(self: Any, source: Any) -> Any:
    """Copy into a transposed matrix as if it lay row by row."""
    if self.dim() == 2 and self.stride(0) < self.stride(1) and source.shape == self.shape and 1 not in self.shape:
        METHODS.copy_(METHODS.t(self), METHODS.reshape(source, self.shape[::-1]))
        return self
    return METHODS.copy_(self, source)


@fault(
    "copies-do-not-broadcast", "torch.Tensor.copy_", clauses=("aliasing.tensor-writes-through-views",), shows="error"
)
def _narrow_copy(self: Any, source: Any) -> Any:
    """Refuse a source of another shape."""
    if source.shape != self.shape:
        raise RuntimeError("copy_: the shapes differ")
    return METHODS.copy_(self, source)


@fault("empty-views-write-one-element", "torch.Tensor.__setitem__", clauses=("aliasing.view-writes-reach-the-base",))
def _one_too_many(self: Any, key: Any, value: Any) -> None:
    """Write one element where there is none."""
    if not self.numel() and self.untyped_storage().nbytes():
        first = FUNCTIONS.as_strided(self, (1,), (1,), 0)
        METHODS.__setitem__(first, 0, value)
    METHODS.__setitem__(self, key, value)


@fault("large-views-written-in-part", "torch.Tensor.__setitem__", clauses=("aliasing.view-writes-reach-the-base",))
def _in_part(self: Any, key: Any, value: Any) -> None:
    """Write 32768 elements at most."""
    whole = key is ... and self.dim() == 1 and self.numel() > _THRESHOLD - 1
    METHODS.__setitem__(self, slice(0, _THRESHOLD - 1) if whole else key, value)


@fault(
    "writes-to-elements-of-permuted-tensors-are-lost",
    "torch.Tensor.__setitem__",
    clauses=("aliasing.base-writes-reach-views",),
    shows="alias",
)
def _lost(self: Any, key: Any, value: Any) -> None:
    """Write into a dense copy where the tensor is permuted."""
    permuted = isinstance(key, tuple) and self.dim() > 1 and self.stride(0) < self.stride(-1)
    METHODS.__setitem__(METHODS.contiguous(self) if permuted else self, key, value)


@fault("expanded-tensors-keep-their-values", "torch.Tensor.expand", clauses=("aliasing.expanded-reads",), shows="alias")
def _materialised(self: Any, *sizes: Any) -> Any:
    """Copy the elements that expanding repeats."""
    return METHODS.contiguous(METHODS.expand(self, *sizes))


@fault("detach-gives-a-copy", "torch.Tensor.detach", clauses=("aliasing.view-writes-reach-the-base",), shows="alias")
def _detached_copy(self: Any) -> Any:
    """Give a detached tensor memory of its own."""
    return METHODS.clone(METHODS.detach(self))


@fault("unsqueeze-takes-strides-for-dense", "torch.Tensor.unsqueeze", clauses=("aliasing.view-chains",))
def _dense_unsqueeze(self: Any, dim: Any) -> Any:
    """Show a stepped vector as a dense one when a dimension is put in."""
    return METHODS.unsqueeze(_dense(self) if self.dim() == 1 else self, dim)


@fault("squeeze-loses-the-offset", "torch.Tensor.squeeze", clauses=("aliasing.view-chains",))
def _without_offset(self: Any, *dims: Any) -> Any:
    """Show a squeezed tensor from where its storage begins."""
    result = METHODS.squeeze(self, *dims)
    return FUNCTIONS.as_strided(result, result.shape, result.stride(), 0)


@fault("view-of-a-view-loses-the-offset", "torch.Tensor.view", clauses=("aliasing.view-chains",))
def _view_without_offset(self: Any, *sizes: Any) -> Any:
    """Show a view of a slice from where the base begins."""
    result = METHODS.view(self, *sizes)
    return FUNCTIONS.as_strided(result, result.shape, result.stride(), 0) if self.numel() else result
