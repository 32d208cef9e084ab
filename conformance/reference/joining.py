"""Joining tensors.

Source: PyTorch's reference of torch.cat: all tensors have the same shape but along dim, or are empty vectors; their
dtypes are promoted.
"""

from __future__ import annotations

import numpy as np

from conformance.dtypes import numpy_dtype
from conformance.reference import casts
from conformance.reference.promotion import Operand, result_type
from conformance.reference.tensor import Allowed, Tensor, dense


def cat(tensors: list[Tensor], dim: int = 0) -> Tensor:
    """Join tensors along a dimension.

    Raises:
        RuntimeError: there is none, one has no dimension, or sizes differ elsewhere.
        IndexError: the dimension is out of range.
    """
    if not tensors:
        raise RuntimeError("expected a non-empty list of Tensors")
    if not all(tensor.ndim for tensor in tensors):
        raise RuntimeError("zero-dimensional tensor cannot be concatenated")
    dtype = result_type([Operand(tensor.dtype, "dimensioned") for tensor in tensors])
    # An empty vector joins tensors of any shape: PyTorch keeps this for old programs.
    shaped = [tensor for tensor in tensors if tensor.shape != (0,)] or tensors[:1]
    rank = shaped[0].ndim
    if not -rank <= dim < rank:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})")
    place = dim % rank
    others = {(*tensor.shape[:place], *tensor.shape[place + 1 :]) if tensor.ndim == rank else None for tensor in shaped}
    if len(others) > 1:
        raise RuntimeError("Sizes of tensors must match except in the dimension that is joined")
    forms = [casts.candidates(tensor.array(), tensor.dtype, dtype) for tensor in shaped]
    first, last = (
        np.concatenate([form[which].astype(numpy_dtype(dtype)) for form in forms], axis=place) for which in (0, -1)
    )
    also = [last] if first.tobytes() != last.tobytes() else []
    return dense(first, dtype, tensors[0].device, Allowed(also=also) if also else None)
