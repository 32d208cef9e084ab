"""What a program reads of a tensor as Python's own things: sizes, numbers, lists.

Sources: PyTorch's reference of Tensor.size, numel, item, tolist and torch.is_nonzero; Python's data model for the rest:
what has no length raises a TypeError, what can't be an index too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from conformance.dtypes import kind_of
from conformance.reference.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reference.sizes import Size

_ONE = "only one element tensors can be converted to Python scalars"


class Reading(Tensor):
    """The methods that read."""

    # NumPy's numbers leave the operators between them and a tensor to the tensor.
    __array_ufunc__ = None

    def size(self, dim: int | None = None) -> Size | int:
        """Give the shape, or one size of it.

        Raises:
            IndexError: there is no such dimension; a 0-d tensor has none at all.
        """
        if dim is None:
            return self.shape
        if not -self.ndim <= dim < self.ndim:
            raise IndexError(f"Dimension out of range: a tensor of {self.ndim} dimensions has no dimension {dim}")
        return cast("int", self.shape[dim])

    def nelement(self) -> int:
        """Give the number of elements."""
        return self.numel()

    def __len__(self) -> int:
        """Give the size of the first dimension.

        Raises:
            TypeError: there is no dimension.
        """
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return cast("int", self.shape[0])

    def __iter__(self) -> Iterator[Tensor]:
        """Walk the first dimension.

        Raises:
            TypeError: there is no dimension.
        """
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self[place] for place in range(len(self))])

    def tolist(self) -> Any:
        """Give the elements as Python numbers in nested lists; of a 0-d tensor the number alone."""
        array = self.array()
        return (array.astype(np.float64) if self.dtype == "bfloat16" else array).tolist()

    def item(self) -> Any:
        """Give the one element as a Python number.

        Raises:
            RuntimeError: there is another number of elements.
        """
        if self.numel() != 1:
            raise RuntimeError(f"a Tensor with {self.numel()} elements cannot be converted to Scalar")
        return self.seen_as((), ()).tolist()  # type: ignore[attr-defined]

    def __bool__(self) -> bool:
        """Say whether the one element is not zero.

        Raises:
            RuntimeError: there is another number of elements.
        """
        if self.numel() != 1:
            raise RuntimeError("Boolean value of Tensor with more than one value, or none, is ambiguous")
        return bool(self.item())

    def __int__(self) -> int:
        """Give the one element as an int, truncated."""
        return int(self._one())

    def __float__(self) -> float:
        """Give the one element as a float."""
        return float(self._one())

    def __complex__(self) -> complex:
        """Give the one element as a complex number."""
        return complex(self._one())

    def _one(self) -> Any:
        if self.numel() != 1:
            raise ValueError(_ONE)
        return self.item()

    def __index__(self) -> int:
        """Give the one element of an integer tensor, where Python wants an index.

        Raises:
            TypeError: the dtype is not an integer, or there is another number of elements.
        """
        if kind_of(self.dtype) not in ("integer", "bool") or self.numel() != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __contains__(self, element: Any) -> bool:
        """Say whether an element equals a number."""
        wanted = element.item() if isinstance(element, Reading) else element
        return any(one == wanted for one in self.array().ravel().tolist())
