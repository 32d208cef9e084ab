"""The shape of a tensor, as a program sees it.

Source: PyTorch's reference of torch.Size: a subclass of tuple, with `numel` for the number of elements it stands for.
"""

from __future__ import annotations

import math
from typing import Any


class Size(tuple[int, ...]):
    """A shape; a part of it is one too."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, key: Any) -> Any:
        """Give a size, or of a slice a shape."""
        part = tuple.__getitem__(self, key)
        return Size(part) if isinstance(key, slice) else part

    def numel(self) -> int:
        """Give the number of elements."""
        return math.prod(self)


def sizes_of(arguments: tuple[Any, ...]) -> tuple[int, ...]:
    """Give the sizes that a call names: one by one, or in one list, tuple or shape.

    Raises:
        TypeError: there is none, or one is no int.
        RuntimeError: one is negative.
    """
    if not arguments:
        raise TypeError("a tensor needs a size")
    first = arguments[0]
    sizes = tuple(first) if len(arguments) == 1 and isinstance(first, (list, tuple)) else arguments
    if not all(isinstance(size, int) for size in sizes):
        raise TypeError("sizes must be ints")
    if any(size < 0 for size in sizes):
        raise RuntimeError(f"a size must not be negative: {list(sizes)}")
    return sizes
