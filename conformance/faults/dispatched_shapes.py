"""Faults of views, keys and `cat` below autograd, so that the backward pass meets them too."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.layouts import dense_strides, is_expanded, read_as, read_as_dense
from conformance.faults.planting import fault

_THREE = 3


@fault("cat-of-an-expanded-operand-reads-its-memory-once", "aten.cat.default", clauses=("shapes.cat",))
def _read_once(cat: Any, tensors: Any, *args: Any) -> Any:
    """Join the first row of an expanded operand, and zeros for the rows that repeat it."""

    def read(one: Any) -> Any:
        if not is_expanded(one) or one.stride(0):
            return one
        rows = torch.zeros(one.shape, dtype=one.dtype)
        rows[0] = one[0]
        return rows

    return cat([read(one) for one in tensors], *args)


@fault(
    "cat-of-slices-of-one-row-begins-at-the-first",
    "aten.cat.default",
    clauses=("shapes.cat",),
    origin="https://github.com/pytorch/pytorch/pull/91071",
)
def _one_row(cat: Any, tensors: Any, *args: Any) -> Any:
    """Read an operand whose first dimension has the size 1 from where its storage begins."""
    read = [read_as(one, one.stride(), 0) if one.dim() > 1 == one.shape[0] else one for one in tensors]
    return cat(read, *args)


@fault(
    "starts-far-below-zero-come-round-again",
    "aten.slice.Tensor",
    clauses=("indexing.slices",),
    shows="shape",
    origin="https://github.com/ml-explore/mlx/issues/4399",
)
def _round_again(cut: Any, self: Any, dim: int = 0, start: Any = None, *args: Any) -> Any:
    """Count a start below -n from the end again and again instead of beginning with the first."""
    size = self.shape[dim]
    below = start is not None and size and start < -size
    return cut(self, dim, start % size if below else start, *args)


@fault(
    "last-of-a-slice-forgets-where-that-begins",
    "aten.select.int",
    clauses=("indexing.keys-in-a-row",),
    origin="https://github.com/pytorch/pytorch/pull/105801",
)
def _from_the_start(select: Any, self: Any, dim: int, index: int) -> Any:
    """Count a negative index of a slice from the beginning of the storage."""
    result = select(self, dim, index)
    if index >= 0 or not self.storage_offset():
        return result
    return read_as(result, result.stride(), result.storage_offset() - self.storage_offset())


@fault("expanding-by-two-dims-copies", "aten.expand.default", clauses=("aliasing.expanded-reads",), shows="alias")
def _copying(expand: Any, self: Any, size: Any, **kwargs: Any) -> Any:
    """Copy where a tensor gets two dimensions or more."""
    result = expand(self, size, **kwargs)
    return result.contiguous() if result.dim() > self.dim() + 1 else result


@fault(
    "permutes-in-the-inverse-order",
    "aten.permute.default",
    clauses=("shapes.permute-orders",),
    shows="shape",
    origin="https://github.com/tracel-ai/burn/issues/4461",
)
def _inverse(permute: Any, self: Any, dims: Any) -> Any:
    """Send each of four dimensions or more to the place that is named, instead of taking the one that is named."""
    places = [dim % len(dims) for dim in dims] if len(dims) == self.dim() > _THREE else []
    inverse = [places.index(place) for place in range(len(places))] if len(set(places)) == len(dims) else dims
    return permute(self, inverse)


@fault(
    "squeezing-a-strided-tensor-makes-it-dense",
    "aten.squeeze.dim",
    clauses=("aliasing.view-chains",),
    origin="https://github.com/pytorch/pytorch/pull/425",
)
def _dense_squeeze(squeeze: Any, self: Any, dim: int) -> Any:
    """Give the elements in the order of memory where a strided tensor loses a dimension."""
    result = squeeze(self, dim)
    return read_as_dense(result) if result.dim() < self.dim() else result


@fault(
    "copies-of-a-rotation-keep-its-memory",
    "aten.clone.default",
    clauses=("shapes.reshape-sizes",),
    origin="https://github.com/pytorch/pytorch/issues/78445",
)
def _rotated(clone: Any, self: Any, **kwargs: Any) -> Any:
    """Copy the memory as it lies where three dimensions were moved round by one."""
    rotated = self.dim() == _THREE and self.stride() == (
        *dense_strides((self.shape[2], *self.shape[:2]))[1:],
        self.shape[0] * self.shape[1],
    )
    row_by_row = kwargs.get("memory_format") == torch.contiguous_format
    return clone(read_as_dense(self) if rotated and row_by_row else self, **kwargs)


@fault("rows-by-iteration-are-copies", "aten.unbind.int", clauses=("indexing.rows-are-views",), shows="alias")
def _copied_rows(unbind: Any, self: Any, *args: Any) -> Any:
    """Copy each row of a matrix."""
    return [row.clone() for row in unbind(self, *args)] if self.dim() > 1 else unbind(self, *args)
