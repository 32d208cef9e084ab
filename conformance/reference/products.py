"""Matrix products of vectors, matrices and batches: exact where every sum is, else within its bound.

Source: PyTorch's reference of torch.matmul and torch.mm: a vector is a row on the left and a column on the right, batch
dimensions are broadcast, an empty sum is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of, numpy_dtype
from conformance.reference import bounds
from conformance.reference.tensor import Allowed, Tensor, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray


def matmul(left: Tensor, right: Tensor) -> Tensor:
    """Multiply two tensors.

    Raises:
        RuntimeError: an operand has no dimension, inner or batch sizes differ, dtypes differ, or they are bool.
    """
    if 0 in (left.ndim, right.ndim):
        raise RuntimeError("both arguments to matmul need to be at least 1D")
    if left.dtype != right.dtype:
        raise RuntimeError(f"expected both tensors to have the same dtype, but got {left.dtype} and {right.dtype}")
    if left.dtype == "bool":
        raise RuntimeError("matmul is not implemented for bool")
    if left.shape[-1] != right.shape[-2 if right.ndim > 1 else 0]:
        raise RuntimeError(f"shapes {list(left.shape)} and {list(right.shape)} cannot be multiplied")
    try:
        with np.errstate(all="ignore"):
            result = np.matmul(_wide(left), _wide(right))
    except ValueError as error:
        raise RuntimeError("the batch sizes can't be broadcast") from error
    with np.errstate(all="ignore"):
        rounded = np.asarray(result).astype(numpy_dtype(left.dtype))
    return dense(rounded, left.dtype, left.device, _allowed(left, right, rounded))


def _allowed(left: Tensor, right: Tensor, result: NDArray[Any]) -> Allowed | None:
    """Let a sum lie within its bound; a zero bound still lets a zero have either sign, which depends on the order."""
    if kind_of(left.dtype) not in ("float", "complex"):
        return None
    first, second = _wide(left), _wide(right)
    with np.errstate(all="ignore"):
        magnitudes = np.asarray(np.matmul(_magnitudes(first), _magnitudes(second)), dtype=np.float64)
    grain = bounds.grain_of(first) + bounds.grain_of(second)
    lost = bounds.dropped(left.dtype, first, second)
    bound = bounds.sum_of_products(left.shape[-1], magnitudes, result, grain, left.dtype, left.device, lost=lost)
    return Allowed(bound=bound)


def _magnitudes(array: NDArray[Any]) -> NDArray[np.float64]:
    """Give what is at least the modulus of each element, and of complex ones holds for the sums of both parts."""
    if array.dtype.kind == "c":
        return np.asarray(np.abs(array.real) + np.abs(array.imag), dtype=np.float64)
    return np.asarray(np.abs(array), dtype=np.float64)


def mm(left: Tensor, right: Tensor) -> Tensor:
    """Multiply two matrices.

    Raises:
        RuntimeError: one is no matrix, or as in `matmul`.
    """
    if (left.ndim, right.ndim) != (2, 2):
        raise RuntimeError("mm takes two matrices")
    return matmul(left, right)


def _wide(tensor: Tensor) -> NDArray[np.generic]:
    """Give the elements in the widest dtype of their kind; integers, which wrap around, in their own."""
    array = tensor.array()
    kind = kind_of(tensor.dtype)
    return array.astype(np.float64 if kind == "float" else np.complex128) if kind in ("float", "complex") else array
