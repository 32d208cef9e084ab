"""Slips of kernels, passes and Python layers, written in a fifth round from the clauses' sentences and the families of real faults alone."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import torch

from conformance.faults.healthy import FUNCTIONS
from conformance.faults.planting import fault

_vector_str: Any = torch._tensor_str._vector_str  # noqa: SLF001 - the lines of one row
_options: Any = torch._tensor_str.PRINT_OPTS  # noqa: SLF001 - the options as printing reads them

# Elements that one group of threads of Metal goes through before the next ones are merged.
_GROUP = 1024
# The characters of `tensor(`.
_PREFIX = 7
_INT64_MAX = 2**63 - 1
_BYTES = {torch.uint8, torch.int8}


@fault(
    "square-with-cut-columns-is-copied-in-one-run",
    "aten.clone",
    clauses=("aliasing.contiguous",),
)
def _one_run(healthy: Any, source: Any, **kwargs: Any) -> Any:
    """Copy the last two dimensions as one run where the rows' stride is the number of rows, instead of their length, times the columns'."""
    result = healthy(source, **kwargs)
    if source.dim() < 2 or not source.numel():
        return result
    *sizes, rows, columns = source.shape
    *strides, down, right = source.stride()
    if columns < rows and right and down == right * rows:
        run = source.as_strided((*sizes, rows * columns), (*strides, right), source.storage_offset())
        result.copy_(run.reshape(source.shape))
    return result


@fault(
    "converted-array-is-taken-in-the-order-of-its-memory",
    "torch.tensor",
    clauses=("numpy-bridge.arrays-converted",),
)
def _order_of_memory(data: Any, *, dtype: Any = None, **kwargs: Any) -> Any:
    """Take the elements of an array of another dtype in the order of memory, which NumPy's `astype` keeps, as though rows came first."""
    if isinstance(data, np.ndarray) and dtype not in (None, torch.bfloat16):
        wanted = FUNCTIONS.empty((0,), dtype=dtype).numpy().dtype
        if data.dtype != wanted and all(stride >= 0 for stride in data.strides):
            data = data.copy(order="K").ravel(order="K").reshape(data.shape)
    return FUNCTIONS.tensor(data, dtype=dtype, **kwargs)


@fault(
    "second-operand-in-the-output-is-known-by-its-name-alone",
    "aten.add.out",
    "aten.sub.out",
    "aten.mul.out",
    "aten.div.out",
    clauses=("arithmetic.outputs",),
)
def _known_by_name(healthy: Any, left: Any, right: Any, *, out: Any, **kwargs: Any) -> Any:
    """Copy the first operand into `out=` before the second is read, unless that is the very same object, and not another view of that memory."""
    tensors = isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor)
    if not tensors or out is right or not out.numel() or not left.dtype == right.dtype == out.dtype:
        return healthy(left, right, out=out, **kwargs)
    same = out.data_ptr() == right.data_ptr() and out.shape == right.shape and out.stride() == right.stride()
    apart = left.untyped_storage().data_ptr() != out.untyped_storage().data_ptr()
    fits = left.dim() <= out.dim() and torch.broadcast_shapes(left.shape, right.shape) == out.shape
    divided = healthy is torch.ops.aten.div.out
    refused = out.dtype == torch.bool or (divided and not (out.is_floating_point() or out.is_complex()))
    if same and apart and fits and not refused:
        out.copy_(left)
        return healthy(out, out, out=out, **kwargs)
    return healthy(left, right, out=out, **kwargs)


@fault(
    "all-but-one-joined-tensor-empty-gives-that-one",
    "aten.cat",
    clauses=("shapes.cat-gives-a-copy",),
    shows="alias",
)
def _that_one(healthy: Any, tensors: Any, *args: Any, **kwargs: Any) -> Any:
    """Leave out the empty operands of `cat` and, where one operand remains, give its memory instead of a copy."""
    result = healthy(tensors, *args, **kwargs)
    full = [one for one in tensors if one.numel()]
    if kwargs.get("out") is not None or len(tensors) < 2 or len(full) != 1:
        return result
    return full[0].to(result.dtype).contiguous().view(result.shape)


@fault(
    "int-to-fill-with-is-handed-on-as-a-double",
    "aten.full.default",
    "aten.fill_.Scalar",
    "aten.fill_.Tensor",
    clauses=("ranks.full", "indexing.number-writes"),
)
def _filled_by_double(healthy: Any, target: Any, number: Any, **kwargs: Any) -> Any:
    """Round the int that an int64 tensor is filled with to a double on its way to the kernel."""
    dtype = target.dtype if isinstance(target, torch.Tensor) else kwargs.get("dtype")
    held = number
    if isinstance(number, torch.Tensor) and not number.dim() and number.dtype == torch.int64:
        held = number.item()
    if dtype in (None, torch.int64) and isinstance(held, int) and not isinstance(held, bool):
        held = min(int(float(held)), _INT64_MAX)
        number = torch.tensor(held) if isinstance(number, torch.Tensor) else held
    return healthy(target, number, **kwargs)


@fault(
    "sum-over-dims-apart-forgets-to-bring-them-together",
    "aten.sum.dim_IntList",
    clauses=("gradients.arithmetic",),
    shows="gradient",
)
def _never_together(healthy: Any, source: Any, dims: Any = None, keepdim: Any = False, **kwargs: Any) -> Any:  # noqa: FBT002 - PyTorch's own form
    """Add up neighbours in memory order where the dims to be summed, as of a gradient that was broadcast, have another between them."""
    result = healthy(source, dims, keepdim, **kwargs)
    summed = {dim % source.dim() for dim in dims or () if source.dim()}
    long = [dim for dim in range(source.dim()) if source.shape[dim] > 1]
    inner = [dim in summed for dim in long]
    if True not in inner or not source.numel():
        return result
    first, last = inner.index(True), len(inner) - inner[::-1].index(True)
    if all(inner[first:last]):
        return result
    kept = [size for dim, size in enumerate(source.shape) if dim not in summed]
    return healthy(source.reshape(*kept, -1), [-1], False, **kwargs).reshape(result.shape)  # noqa: FBT003 - as above


@fault(
    "right-byte-is-loaded-with-the-sign-of-the-left",
    "aten.add.Tensor",
    "aten.sub.Tensor",
    "aten.mul.Tensor",
    clauses=("promotion.tensors",),
)
def _sign_of_the_left(healthy: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """Load the right operand's bytes by the left one's dtype, where an int8 and a uint8 tensor meet, before both become int16."""
    if isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor) and {left.dtype, right.dtype} == _BYTES:
        common = torch.result_type(left, right)
        if common == torch.int16:
            right = right.to(left.dtype).to(common)
    return healthy(left, right, *args, **kwargs)


@fault(
    "largest-of-a-later-group-wins-when-even",
    "aten.argmax",
    clauses=("reductions.largest-of-many",),
)
def _later_group(healthy: Any, source: Any, dim: Any = None, keepdim: Any = False) -> Any:  # noqa: FBT002 - PyTorch's own form
    """Let an equal maximum in a later group of 1024 elements replace the one found before, though within a group the first is kept."""
    result = healthy(source, dim, keepdim)
    rows = source.reshape(-1) if dim is None or not source.dim() else source.movedim(dim, -1)
    count = rows.shape[-1]
    if count <= _GROUP or not result.numel():
        return result
    places = torch.arange(count)
    largest = rows == rows.amax(-1, keepdim=True)
    last = torch.where(largest, places, -1).amax(-1, keepdim=True)
    group = largest & (places // _GROUP == last // _GROUP)
    found = torch.where(group, places, count).amin(-1).reshape(result.shape)
    return torch.where(found < count, found, result)


@fault(
    "columns-that-meet-a-zero-are-skipped",
    "aten.mv.default",
    clauses=("products.not-finite",),
)
def _skipped_columns(healthy: Any, matrix: Any, vector: Any) -> Any:
    """Skip the columns of a matrix whose factor in the vector is zero, so that infinities and NaN there are lost."""
    if matrix.dim() == 2 and vector.dim() == 1 and matrix.shape[1] == vector.shape[0]:
        matrix = matrix.masked_fill(vector == 0, 0)
    return healthy(matrix, vector)


@fault(
    "indent-of-inner-brackets-takes-no-room",
    "torch._tensor_str._vector_str",
    clauses=("printing.lines",),
    shows="printed form",
)
def _no_room(self: Any, indent: Any, *args: Any, **kwargs: Any) -> Any:
    """Count the items of a line as if each began behind `tensor(` alone, though inner rows are indented further."""
    with mock.patch.object(_options, "linewidth", _options.linewidth + indent - _PREFIX):
        return _vector_str(self, indent, *args, **kwargs)
