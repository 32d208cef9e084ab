"""Faults of writes and copies below autograd."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.layouts import is_expanded, read_as_dense, share
from conformance.faults.planting import fault

_MATRIX = 2


@fault(
    "filling-a-column-fills-a-row",
    "aten.fill_.Tensor",
    "aten.fill_.Scalar",
    "aten.copy_.default",
    clauses=("indexing.number-writes",),
    origin="https://github.com/Oneflow-Inc/oneflow/issues/8578",
)
def _filled_row(write: Any, self: Any, value: Any, *args: Any) -> Any:
    """Write a number into the elements that follow each other in memory, where the target is a column."""
    number = not isinstance(value, torch.Tensor) or not value.dim()
    column = self.dim() == 1 and self.stride(0) > 1
    write(read_as_dense(self) if number and column else self, value, *args)
    return self


@fault(
    "copies-within-a-tensor-read-it-as-dense",
    "aten.copy_.default",
    clauses=("indexing.writes-from-the-same-tensor",),
    origin="https://github.com/Oneflow-Inc/oneflow/issues/8578",
)
def _dense_source(copy: Any, self: Any, source: Any, *args: Any) -> Any:
    """Read a part of a tensor row by row from memory, where it is copied into another part."""
    return copy(self, read_as_dense(source) if share(self, source) else source, *args)


@fault("writes-into-int64-go-through-float32", "aten.copy_.default", clauses=("indexing.tensor-writes",))
def _through_float32(copy: Any, self: Any, source: Any, *args: Any) -> Any:
    """Convert what is written into an int64 tensor through float32, where it has another dtype."""
    other = self.dtype == torch.int64 != source.dtype and not source.dtype.is_complex
    return copy(self, source.float() if other else source, *args)


@fault(
    "clones-of-expanded-tensors-stay-expanded",
    "aten.clone.default",
    clauses=("aliasing.expanded-reads",),
    shows="alias",
    origin="https://github.com/pytorch/pytorch/issues/152425",
)
def _expanded_clone(clone: Any, self: Any, **kwargs: Any) -> Any:
    """Copy the memory of an expanded tensor once, so that a write to one row of the clone reaches all."""
    if not is_expanded(self) or kwargs.get("memory_format") == torch.contiguous_format:
        return clone(self, **kwargs)
    once = self[tuple(slice(None, 1) if stride == 0 else slice(None) for stride in self.stride())]
    return clone(once).expand(self.shape)


@fault(
    "zeroing-takes-new-memory",
    "aten.zero_.default",
    "aten.fill_.Tensor",
    "aten.fill_.Scalar",
    clauses=("aliasing.base-writes-reach-views",),
    shows="alias",
    origin="https://github.com/PaddlePaddle/Paddle/issues/79146",
)
def _new_memory(write: Any, self: Any, *args: Any) -> Any:
    """Give a whole matrix new memory where one number is written into it, which its views don't show."""
    whole = self.dim() == _MATRIX and self.is_contiguous() and self.numel() > 1 and not self.storage_offset()
    if whole:
        self.set_(torch.empty_like(self))
    return write(self, *args)
