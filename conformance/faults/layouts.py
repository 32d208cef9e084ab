"""How a faulty library reads a tensor: as if it lay in memory in another way than it does."""

from __future__ import annotations

from typing import Any

import torch


def room(tensor: Any) -> int:
    """Count the elements of a tensor's memory."""
    return int(tensor.untyped_storage().nbytes() // tensor.element_size())


def read_as(tensor: Any, strides: tuple[int, ...], offset: int) -> Any:
    """Show a tensor's memory with other strides and from another element on, where there is enough of it."""
    last = offset + sum((size - 1) * stride for size, stride in zip(tensor.shape, strides, strict=True))
    if not tensor.numel() or last >= room(tensor):
        return tensor
    return torch.as_strided(tensor, tensor.shape, strides, offset)


def read_as_dense(tensor: Any) -> Any:
    """Show a tensor's memory from its first element on as if its elements lay row by row."""
    return read_as(tensor, dense_strides(tensor.shape), tensor.storage_offset())


def read_without_offset(tensor: Any) -> Any:
    """Show a tensor's memory from its beginning on."""
    return read_as(tensor, tensor.stride(), 0)


def dense_strides(shape: Any) -> tuple[int, ...]:
    """Give the strides of elements that lie row by row."""
    strides: tuple[int, ...] = ()
    step = 1
    for size in reversed(shape):
        strides = (step, *strides)
        step *= max(size, 1)
    return strides


def is_expanded(tensor: Any) -> bool:
    """Say whether a dimension of several elements has the stride 0."""
    return any(stride == 0 and size > 1 for stride, size in zip(tensor.stride(), tensor.shape, strict=True))


def share(one: Any, other: Any) -> bool:
    """Say whether two operands are tensors over the same memory."""
    both = isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)
    return both and one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr()
