"""Matrix products of vectors, matrices and batches, on values whose sums of products are exact in every dtype.

Source: PyTorch's reference of torch.matmul and torch.mm: a vector is a row on the left and a column on the right, batch
dimensions are broadcast, an empty sum is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of, numpy_dtype
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
        result = np.matmul(_wide(left), _wide(right))
    except ValueError as error:
        raise RuntimeError("the batch sizes can't be broadcast") from error
    exact = np.asarray(result).astype(numpy_dtype(left.dtype))
    return dense(exact, left.dtype, left.device, either_zero(exact, left.dtype))


def either_zero(exact: NDArray[Any], dtype: str) -> Allowed | None:
    """Let a sum that is zero have either sign: it depends on the order of the additions, and on what they start from."""
    if kind_of(dtype) not in ("float", "complex"):
        return None
    return Allowed(bound=np.zeros(exact.shape))


def mm(left: Tensor, right: Tensor) -> Tensor:
    """Multiply two matrices.

    Raises:
        RuntimeError: one is no matrix, or as in `matmul`.
    """
    if (left.ndim, right.ndim) != (2, 2):
        raise RuntimeError("mm takes two matrices")
    return matmul(left, right)


def _wide(tensor: Tensor) -> NDArray[np.generic]:
    """Give the elements in a dtype in which the exact sums are exact: float64 for half types, else their own."""
    array = tensor.array()
    return array.astype(np.float64) if kind_of(tensor.dtype) == "float" else array
