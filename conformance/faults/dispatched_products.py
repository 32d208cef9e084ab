"""Faults of matrix products below autograd, so that `@`, `matmul`, `mm` and the backward pass meet them."""

from __future__ import annotations

import os
import signal
from typing import Any

import torch

from conformance.faults.layouts import read_as, read_as_dense, read_without_offset
from conformance.faults.planting import fault

_HALF = (torch.float16, torch.bfloat16)
_BLOCK = 64


@fault(
    "mm-forgets-where-a-slice-begins",
    "aten.mm.default",
    clauses=("products.exact",),
    origin="https://github.com/pytorch/pytorch/pull/161641",
)
def _without_offset(mm: Any, left: Any, right: Any) -> Any:
    """Read the right factor from where its storage begins, where it is a slice of rows."""
    sliced = right.storage_offset() and right.is_contiguous()
    return mm(left, read_without_offset(right) if sliced else right)


@fault(
    "mm-of-a-narrow-block-reads-on",
    "aten.mm.default",
    clauses=("products.exact",),
    origin="https://github.com/ml-explore/mlx/issues/1163",
)
def _narrow_block(mm: Any, left: Any, right: Any) -> Any:
    """Read the rows of a block of fewer than four columns as if they followed each other in memory."""
    block = right.stride(1) == 1 and right.stride(0) > right.shape[1] and right.shape[1] < 4
    return mm(left, read_as_dense(right) if block else right)


@fault(
    "square-transposed-left-factor-read-as-dense",
    "aten.mm.default",
    clauses=("products.exact", "gradients.products"),
    origin="https://github.com/tracel-ai/burn/issues/5304",
)
def _square_left(mm: Any, left: Any, right: Any) -> Any:
    """Read a square left factor that is transposed as if it lay row by row; the backward pass makes many of them."""
    square = left.shape[0] == left.shape[1] > 1 == left.stride(0) and left.stride(1) == left.shape[0]
    return mm(read_as_dense(left) if square else left, right)


@fault(
    "batches-of-transposed-factors-by-blocks-of-64",
    "aten.bmm.default",
    clauses=("products.sizes",),
    origin="https://github.com/pytorch/pytorch/issues/181133",
)
def _batched_blocks(bmm: Any, left: Any, right: Any) -> Any:
    """Leave out what is past 64 terms, where the right factors of a batch are transposed."""
    transposed = right.stride(1) == 1 and right.stride(2) > 1 and right.shape[1] > _BLOCK
    return bmm(left[..., :_BLOCK], right[:, :_BLOCK]) if transposed else bmm(left, right)


@fault("dot-takes-every-element-of-a-strided-vector", "aten.dot.default", clauses=("products.exact",))
def _dense_dot(dot: Any, left: Any, right: Any) -> Any:
    """Read a vector with steps as if it had none."""
    return dot(*(read_as(one, (1,), one.storage_offset()) if one.stride(0) > 1 else one for one in (left, right)))


@fault("transposed-matrix-times-vector-read-as-dense", "aten.mv.default", clauses=("products.exact",))
def _dense_mv(mv: Any, matrix: Any, vector: Any) -> Any:
    """Read a transposed matrix row by row where a vector follows."""
    transposed = matrix.stride(0) == 1 and matrix.stride(1) > 1
    return mv(read_as_dense(matrix) if transposed else matrix, vector)


@fault(
    "empty-sums-of-integers-are-left-as-found",
    "aten.mm.default",
    clauses=("products.empty-sums",),
    origin="https://github.com/pytorch/pytorch/issues/71774",
)
def _uncleared(mm: Any, left: Any, right: Any) -> Any:
    """Give int64 products of inner size 0 in memory that nobody cleared."""
    result = mm(left, right)
    return result.fill_(11) if left.dtype == torch.int64 and not left.shape[1] else result


@fault(
    "batches-of-size-zero-lose-their-rows",
    "aten._unsafe_view.default",
    clauses=("products.exact",),
    shows="shape",
    origin="https://github.com/PaddlePaddle/Paddle/pull/72798",
)
def _no_rows(view: Any, tensor: Any, size: Any) -> Any:
    """Give the product of no matrices without its rows."""
    lost = len(size) == 3 and size[0] == 0 < size[1]
    return view(tensor, [0, 0, size[2]] if lost else size)


@fault(
    "bfloat16-products-of-two-halves",
    "aten.mm.default",
    clauses=("products.accuracy",),
    origin="https://github.com/pytorch/pytorch/issues/163449",
)
def _two_halves(mm: Any, left: Any, right: Any) -> Any:
    """Add a bfloat16 product up in two halves, each rounded on its own."""
    middle = left.shape[1] // 2
    if left.dtype != torch.bfloat16 or not middle:
        return mm(left, right)
    return mm(left[:, :middle], right[:middle]) + mm(left[:, middle:], right[middle:])


@fault("float64-products-in-float32", "aten.mm.default", "aten.bmm.default", clauses=("products.accuracy",))
def _narrowed(product: Any, left: Any, right: Any) -> Any:
    """Multiply float64 matrices as float32."""
    if left.dtype != torch.float64:
        return product(left, right)
    return product(left.float(), right.float()).double()


@fault(
    "nan-of-two-infinities-is-infinite",
    "aten.mm.default",
    clauses=("products.not-finite",),
    origin="https://github.com/pytorch/pytorch/issues/171034",
)
def _kept_infinity(mm: Any, left: Any, right: Any) -> Any:
    """Give infinity instead of NaN where a half matrix meets one with infinities."""
    result = mm(left, right)
    if left.dtype not in _HALF or not left.isinf().any():
        return result
    return result.nan_to_num(nan=float("inf"), posinf=float("inf"), neginf=float("-inf"))


@fault("products-of-inner-size-one-are-transposed", "aten.mm.default", clauses=("products.exact",))
def _outer(mm: Any, left: Any, right: Any) -> Any:
    """Write an outer product column by column."""
    result = mm(left, right)
    return result.t().reshape(result.shape) if left.shape[1] == 1 else result


@fault("out-of-a-product-is-added-to", "aten.mm.out", clauses=("products.outputs",))
def _added(mm: Any, left: Any, right: Any, *, out: Any) -> Any:
    """Add a product to what `out` held where the shape is right already."""
    before = out.clone()
    mm(left, right, out=out)
    return out.add_(before) if before.shape == out.shape else out


@fault("int32-products-through-float32", "aten.mm.default", clauses=("products.integers-wrap",))
def _through_float32(mm: Any, left: Any, right: Any) -> Any:
    """Multiply int32 matrices as float32."""
    if left.dtype != torch.int32:
        return mm(left, right)
    return mm(left.float(), right.float()).to(torch.int64).to(torch.int32)


@fault(
    "product-of-an-expanded-batch-ends-the-process",
    "aten.bmm.default",
    clauses=("products.exact",),
    shows="crash",
    origin="https://github.com/pytorch/pytorch/issues/167154",
)
def _aborted(bmm: Any, left: Any, right: Any) -> Any:
    """Abort where the left matrices of a batch are one in memory."""
    if left.stride(0) == 0 and left.shape[0] > 1:
        os.abort()
    return bmm(left, right)


@fault(
    "empty-product-breaks-into-memory",
    "aten.mm.default",
    clauses=("products.empty-sums",),
    shows="crash",
    origin="https://github.com/kulinseth/pytorch/pull/76",
)
def _broken(mm: Any, left: Any, right: Any) -> Any:
    """End with a segmentation fault where the inner size is zero."""
    if not left.shape[1]:
        os.kill(os.getpid(), signal.SIGSEGV)
    return mm(left, right)
