"""Faults below autograd, written in a third round from the clauses' sentences and the families of real faults alone."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.planting import fault

_HALVES = (torch.float16, torch.bfloat16)
_BLOCK = 16
_MATRIX = 2


@fault("row-of-halves-with-a-step-is-read-as-dense", "aten.mm", clauses=("products.exact",))
def _row_of_halves(healthy: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """Read a left matrix of a single row of halves as if its elements followed each other, though they lie apart."""
    if left.dtype in _HALVES and left.shape[0] == 1 and left.shape[1] > 1 and left.stride(1) > 1:
        left = left.as_strided(left.shape, (left.shape[1], 1), left.storage_offset())
    return healthy(left, right, *args, **kwargs)


def _as_number(operand: Any, other: Any) -> Any:
    """Give a vector of one element without its dimension, where the other has two and more."""
    if not isinstance(operand, torch.Tensor) or not isinstance(other, torch.Tensor):
        return operand
    return operand.reshape(()) if tuple(operand.shape) == (1,) and other.dim() >= _MATRIX else operand


@fault(
    "vector-of-one-is-promoted-as-a-number-beside-a-matrix",
    "aten.add.Tensor",
    "aten.sub.Tensor",
    "aten.mul.Tensor",
    "aten.div.Tensor",
    clauses=("promotion.tensors",),
    shows="dtype",
)
def _vector_of_one(healthy: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """Promote a vector of one element as a 0-d tensor where it is broadcast to a matrix or more dimensions."""
    return healthy(_as_number(left, right), _as_number(right, left), *args, **kwargs)


@fault(
    "nan-behind-the-last-block-of-sixteen-is-not-the-largest",
    "aten.argmax.default",
    clauses=("reductions.first-largest", "reductions.largest-of-many"),
)
def _nan_in_the_tail(healthy: Any, operand: Any, dim: Any = None, *keepdim: Any, **kwargs: Any) -> Any:
    """Pass over NaN in argmax where it stands behind the last full block of sixteen elements."""
    along = 0 if dim is None else dim
    flat = operand.reshape(-1) if dim is None else operand
    size = flat.shape[along] if flat.dim() else 1
    rest = size % _BLOCK
    if size < _BLOCK or not rest or not operand.dtype.is_floating_point:
        return healthy(operand, dim, *keepdim, **kwargs)
    seen = flat.clone()
    tail = seen.narrow(along, size - rest, rest)
    tail.masked_fill_(tail.isnan(), -float("inf"))
    return healthy(seen.reshape(operand.shape), dim, *keepdim, **kwargs)


@fault(
    "bfloat16-gradients-of-broadcast-operands-add-up-in-bfloat16",
    "aten.sum.dim_IntList",
    clauses=("gradients.arithmetic",),
    shows="gradient",
)
def _sum_in_bfloat16(healthy: Any, operand: Any, dims: Any, *keepdim: Any, **kwargs: Any) -> Any:
    """Round each partial sum of a broadcast operand's bfloat16 gradient, so that ones add up to 256 at most."""
    right = healthy(operand, dims, *keepdim, **kwargs)
    if operand.dtype != torch.bfloat16 or right.dtype != torch.bfloat16 or not dims or not operand.numel():
        return right
    summed = [dim % operand.dim() for dim in dims]
    kept = [dim for dim in range(operand.dim()) if dim not in summed]
    rows = operand.permute(*summed, *kept).reshape(-1, max(right.numel(), 1))
    total = torch.zeros_like(rows[0])
    for row in rows:
        total = total + row
    return total.reshape(right.shape)


@fault(
    "converted-column-is-broadcast-along-its-memory",
    "aten.copy_",
    clauses=("indexing.tensor-writes", "aliasing.tensor-writes-through-views"),
)
def _converted_column(healthy: Any, target: Any, source: Any, *args: Any, **kwargs: Any) -> Any:
    """Go on along a column's memory instead of repeating each element of it, where it is written in another dtype."""
    if target.dim() < _MATRIX or source.dim() > target.dim() or source.dtype == target.dtype:
        return healthy(target, source, *args, **kwargs)
    rows, columns = target.shape[-2:]
    shown = source.expand(target.shape)
    if min(rows, columns) > 1 and shown.stride(-1) == 0 and shown.stride(-2) != 0:
        places = (torch.arange(rows)[:, None] + torch.arange(columns)) % rows
        source = shown.select(-1, 0)[..., places.to(source.device)]
    return healthy(target, source, *args, **kwargs)
