"""Tensors and NumPy arrays over the same memory.

Sources: PyTorch's reference of torch.from_numpy and Tensor.numpy: the tensor and the array share their memory, so both
have the same strides; the dtypes are those that both libraries have; a tensor has no negative strides, its strides
count elements, and its bytes are in the machine's order.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from conformance.dtypes import DTYPES
from conformance.reference import tracing
from conformance.reference.reading import Reading
from conformance.reference.tensor import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

_READ_ONLY = "The given NumPy array is not writable, and a write to the tensor would be undefined behavior"


class Bridged(Reading):
    """The methods that lead to NumPy."""

    def numpy(self, *, force: bool = False) -> NDArray[Any]:
        """Give an array over the tensor's memory.

        Raises:
            TypeError: NumPy has no such dtype, or the tensor does not lie on the CPU and nothing forces it.
            RuntimeError: the tensor requires grad, and nothing forces it.
        """
        if self.device != "cpu" and not force:
            raise TypeError(f"can't convert {self.device} device type tensor to numpy")
        if self.dtype == "bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        if getattr(self, "requires_grad", False) and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        tracing.array(self.storage)
        return self.array()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001 - NumPy's protocol
        """Give an array for NumPy, of another dtype where it asks."""
        array = self.numpy()
        wanted = array if dtype is None else array.astype(dtype, copy=False)
        return wanted.copy() if copy else wanted


def dtype_of(array: NDArray[Any] | np.generic) -> str:
    """Give the name of the dtype that both libraries have.

    Raises:
        TypeError: PyTorch has none.
        ValueError: the bytes are in the other order.
    """
    if array.dtype.name not in DTYPES or array.dtype.name == "bfloat16":
        raise TypeError(f"can't convert np.ndarray of type {array.dtype}")
    foreign = {"little": ">", "big": "<"}[sys.byteorder]
    if array.dtype.byteorder == foreign:
        raise ValueError("given numpy array has byte order different from the native byte order")
    return array.dtype.name


def checked(array: Any) -> str:
    """Say of which dtype a tensor over an array's memory is.

    Raises:
        TypeError: it is no array, or PyTorch has no such dtype.
        ValueError: the bytes are in the other order, or strides are negative or not whole elements.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    dtype = dtype_of(array)
    if any(stride < 0 for stride in array.strides):
        raise ValueError("At least one stride in the given numpy array is negative")
    if any(stride % array.itemsize for stride in array.strides):
        raise ValueError("given numpy array strides not a multiple of the element byte size")
    return dtype


def shared(array: Any) -> Tensor:
    """Give a tensor over an array's memory; a read-only array is warned of.

    Raises:
        TypeError: it is no array, or PyTorch has no such dtype.
        ValueError: the bytes are in the other order, or strides are negative or not whole elements.
    """
    dtype = checked(array)
    if not array.flags.writeable:
        warnings.warn(_READ_ONLY, UserWarning, stacklevel=2)
    strides = tuple(stride // array.itemsize for stride in array.strides)
    # With no negative stride, the first element is the lowest in memory.
    last = sum((size - 1) * stride for size, stride in zip(array.shape, strides, strict=True))
    extent = last + 1 if array.size else 0
    storage = as_strided(array, (extent,), (array.itemsize,), writeable=array.flags.writeable)
    return Tensor(storage, dtype, array.shape, strides)
