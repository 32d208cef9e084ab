"""Mean, exact where its sum and quotient are and else within its bound, and argmax.

Sources: PyTorch's reference of torch.mean (floating or complex dtypes only; the mean of none is NaN) and torch.argmax
(an int64 index; NaN counts as the largest; without dim, of the flattened tensor). Of several largest elements, the
first: what PyTorch's maintainers fixed for all devices, and NumPy's rule.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of, numpy_dtype
from conformance.reference import bounds
from conformance.reference.tensor import Allowed, Tensor, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mean(tensor: Tensor, dim: int | tuple[int, ...] | None = None, *, keepdim: bool = False) -> Tensor:
    """Give the mean over a dimension, several, or all.

    Raises:
        RuntimeError: the dtype is neither floating nor complex, or a dimension is named twice.
        IndexError: a dimension is out of range.
    """
    if kind_of(tensor.dtype) not in ("float", "complex"):
        raise RuntimeError(f"mean(): the dtype must be floating point or complex, and is {tensor.dtype}")
    places = _places(tensor, dim)
    array = tensor.array()
    wide = array.astype(np.complex128 if kind_of(tensor.dtype) == "complex" else np.float64)
    with np.errstate(all="ignore"):
        total = np.sum(wide, axis=places, keepdims=keepdim)
        number = math.prod(tensor.shape[place] for place in places)
        result = np.asarray(np.divide(total, float(number)))
        rounded = result.astype(numpy_dtype(tensor.dtype))
        magnitudes = np.asarray(np.sum(np.abs(wide), axis=places, keepdims=keepdim), dtype=np.float64)
        bound = bounds.mean(number, magnitudes, rounded, bounds.grain_of(wide), tensor.dtype, tensor.device)
    return dense(rounded, tensor.dtype, tensor.device, Allowed(bound=np.asarray(bound)))


def argmax(tensor: Tensor, dim: int | None = None, *, keepdim: bool = False) -> Tensor:
    """Give the index of the first largest element, of all or along a dimension.

    Raises:
        IndexError: there is no element to choose from, or the dimension is out of range.
    """
    array = _comparable(tensor)
    if dim is None:
        if not tensor.numel():
            raise IndexError("argmax(): expected a dim to be given for an empty tensor")
        result = np.asarray(_first_largest(array.ravel(), 0))
        return dense(result.reshape((1,) * tensor.ndim) if keepdim else result, "int64", tensor.device)
    (place,) = _places(tensor, dim) or (0,)
    if not tensor.ndim:
        return dense(np.zeros((), dtype=np.int64), "int64", tensor.device)
    if not tensor.shape[place]:
        raise IndexError(f"argmax(): expected dim {dim} to have a size other than zero")
    result = np.asarray(_first_largest(array, place))
    return dense(np.expand_dims(result, place) if keepdim else result, "int64", tensor.device)


def _comparable(tensor: Tensor) -> NDArray[Any]:
    array = tensor.array()
    return array.astype(np.float64) if kind_of(tensor.dtype) == "float" else array


def _first_largest(array: NDArray[Any], place: int) -> Any:
    return np.argmax(array, axis=place).astype(np.int64)


def _places(tensor: Tensor, dim: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """Give the dimensions to be removed, counted from the first; an empty tuple means all, as None does.

    Raises:
        IndexError: one is out of range.
        RuntimeError: one is named twice.
    """
    if dim is None or dim == ():
        return tuple(range(tensor.ndim))
    size = max(tensor.ndim, 1)
    named = (dim,) if isinstance(dim, int) else dim
    for one in named:
        if not -size <= one < size:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-size}, {size - 1}], but got {one})"
            )
    places = tuple(one % size for one in named)
    if len(set(places)) != len(places):
        raise RuntimeError("a dimension appears multiple times in the list of dims")
    return places if tensor.ndim else ()
