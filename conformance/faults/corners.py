"""Faults where two things meet that are each handled well: operands and their memory, numbers and their dtypes, zeros and NaN."""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np
import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

_TINY = {torch.float16: 2.0**-14, torch.bfloat16: 2.0**-126, torch.float32: 2.0**-126, torch.float64: 2.0**-1022}


def _one_start(one: Any, other: Any) -> bool:
    """Say whether two tensors of one dtype begin at one element."""
    tensors = isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)
    return tensors and one.dtype == other.dtype and one.numel() > 0 and one.data_ptr() == other.data_ptr()


def _flushed(tensor: Any) -> Any:
    """Give a tensor with zeros for its subnormal elements."""
    if tensor.dtype not in _TINY:
        return tensor
    array = tensor.detach().to(torch.float64).numpy()
    small = torch.from_numpy(np.asarray((np.abs(array) < _TINY[tensor.dtype]) & (array != 0)))
    return METHODS.masked_fill(tensor, small, 0)


# --- two operands in one memory ---


@fault(
    "write-of-a-column-over-its-row-is-skipped",
    "torch.Tensor.__setitem__",
    clauses=("indexing.writes-from-the-same-tensor", "aliasing.operands-in-one-memory"),
)
def _write_from_its_own_start(self: Any, key: Any, value: Any) -> None:
    """Skip a write as one onto itself where the source begins at the first element that is written, whatever its strides."""
    if not isinstance(value, torch.Tensor) or not _one_start(METHODS.__getitem__(self, key), value):
        METHODS.__setitem__(self, key, value)


@fault(
    "sum-with-itself-transposed-in-place-is-doubled", "aten.add_.Tensor", clauses=("aliasing.operands-in-one-memory",)
)
def _doubled(healthy: Any, x: Any, other: Any, **kwargs: Any) -> Any:
    """Double the target of a sum in place whose other operand begins where it does."""
    return healthy(x, x if _one_start(x, other) and x.dim() == other.dim() == 1 else other, **kwargs)


@fault("sum-with-its-transpose-reads-one-twice", "aten.add.Tensor", clauses=("arithmetic.rounding",))
def _twice_the_left(healthy: Any, x: Any, other: Any, **kwargs: Any) -> Any:
    """Read the left operand of a sum for both where the right one has its memory and its sizes."""
    return healthy(x, x if _one_start(x, other) and x.shape == other.shape else other, **kwargs)


@fault("product-of-two-parts-of-a-matrix-reads-one-by-the-other", "aten.mm", clauses=("products.own-transpose",))
def _parts_alike(healthy: Any, x: Any, other: Any, **kwargs: Any) -> Any:
    """Read the right matrix of a product row by row in the left one's steps where both begin at one element and neither is the other's transpose."""
    if _one_start(x, other) and x.stride() != other.stride() and x.stride() != other.stride()[::-1]:
        other = METHODS.contiguous(other).flip(0)
    return healthy(x, other, **kwargs)


@fault("cat-of-overlapping-parts-repeats-the-first", "aten.cat", clauses=("shapes.cat",))
def _first_again(healthy: Any, tensors: Any, *args: Any, **kwargs: Any) -> Any:
    """Join the first of several tensors again for each that begins where it does and has its sizes."""
    first = tensors[0]
    return healthy(
        [first if _one_start(first, one) and first.shape == one.shape else one for one in tensors], *args, **kwargs
    )


# --- numbers of several dtypes in a list ---


def _leaves(data: Any) -> list[Any]:
    return [leaf for item in data for leaf in _leaves(item)] if isinstance(data, (list, tuple)) else [data]


def _converted(data: Any, convert: Any) -> Any:
    return [_converted(item, convert) for item in data] if isinstance(data, (list, tuple)) else convert(data)


@fault("numpy-numbers-take-the-dtype-of-the-last", "torch.tensor", clauses=("numpy-bridge.scalars",), shows="dtype")
def _last_dtype(data: Any, **kwargs: Any) -> Any:
    """Give a flat list of NumPy numbers of one kind the dtype of its last."""
    flat = isinstance(data, list) and all(isinstance(one, (np.integer, np.floating)) for one in data)
    if flat and len({one.dtype.kind for one in data}) == 1:
        with np.errstate(all="ignore"):
            data = np.array([np.asarray(one).astype(data[-1].dtype) for one in data])
    return FUNCTIONS.tensor(data, **kwargs)


@fault(
    "numpy-integers-alone-take-the-dtype-of-the-first",
    "torch.tensor",
    clauses=("numpy-bridge.scalars-without-a-device",),
    shows="dtype",
)
def _first_dtype(data: Any, **kwargs: Any) -> Any:
    """Give a flat list of NumPy integers the dtype of its first where nothing else is asked for."""
    if not kwargs and isinstance(data, list) and data and all(isinstance(one, np.integer) for one in data):
        return FUNCTIONS.tensor(np.array([np.asarray(one).astype(data[0].dtype) for one in data]))
    return FUNCTIONS.tensor(data, **kwargs)


@fault("empty-tensors-without-a-device-are-float64", "torch.tensor", clauses=("ranks.no-device-named",), shows="dtype")
def _wide_when_empty(data: Any, **kwargs: Any) -> Any:
    """Make a float64 tensor of an empty list where neither a dtype nor a device is named."""
    return FUNCTIONS.tensor(data, **kwargs) if kwargs or data != [] else FUNCTIONS.tensor(data, dtype=torch.float64)


@fault("a-list-is-of-the-kind-of-its-first-two", "torch.tensor", clauses=("ranks.dtype-inference",), shows="dtype")
def _kind_of_two(data: Any, **kwargs: Any) -> Any:
    """Look at the first two numbers of a list of ints and floats alone to tell its dtype."""
    kinds = [type(one) for one in _leaves(data)]
    if kwargs.get("dtype") is None and set(kinds) == {int, float} and kinds[:2] == [int, int]:
        data = _converted(data, int)
    return FUNCTIONS.tensor(data, **kwargs)


@fault(
    "zero-dim-tensors-in-rows-take-the-dtype-of-the-first-row",
    "torch.tensor",
    clauses=("ranks.tensors-in-a-list",),
    shows="dtype",
)
def _first_row(data: Any, **kwargs: Any) -> Any:
    """Give rows of one 0-d tensor each the dtype of the first row."""
    rows = isinstance(data, list) and len(data) > 1 and all(isinstance(one, list) and len(one) == 1 for one in data)
    if rows and all(isinstance(one[0], torch.Tensor) for one in data):
        return FUNCTIONS.tensor([[one[0].item()] for one in data], dtype=data[0][0].dtype)
    return FUNCTIONS.tensor(data, **kwargs)


@fault(
    "arrays-in-a-list-take-the-dtype-of-the-first",
    "torch.tensor",
    clauses=("numpy-bridge.lists-of-arrays",),
    shows="dtype",
)
def _first_array(data: Any, **kwargs: Any) -> Any:
    """Give arrays in a list the dtype of the first."""
    if isinstance(data, list) and data and all(isinstance(one, np.ndarray) for one in data):
        with np.errstate(all="ignore"):
            data = [one.astype(data[0].dtype) for one in data]
    return FUNCTIONS.tensor(data, **kwargs)


# --- numbers that algebra treats by themselves ---


def _is_number(other: Any, number: float) -> bool:
    """Say whether an operand is a number, or a tensor without dimensions that holds it."""
    return (not isinstance(other, torch.Tensor) or not other.dim()) and bool(other == number)


@fault("product-with-zero-in-place-is-cleared", "aten.mul_.Tensor", clauses=("arithmetic.special-numbers",))
def _cleared(healthy: Any, x: Any, other: Any) -> Any:
    """Clear a tensor that is multiplied in place by zero, though zero times NaN is NaN."""
    return x.zero_() if _is_number(other, 0) and x.is_floating_point() else healthy(x, other)


@fault("sum-with-zero-in-place-is-skipped", "aten.add_.Tensor", clauses=("arithmetic.special-numbers",))
def _skipped(healthy: Any, x: Any, other: Any, **kwargs: Any) -> Any:
    """Skip a sum with zero in place, though -0.0 + 0 is 0.0."""
    return x if _is_number(other, 0) else healthy(x, other, **kwargs)


@fault("quotient-by-infinity-is-zero", "aten.div.Tensor", clauses=("arithmetic.special-numbers",))
def _nothing_left(healthy: Any, x: Any, other: Any) -> Any:
    """Give zeros where a tensor is divided by the number infinity, though infinity by infinity is NaN."""
    result = healthy(x, other)
    return result.zero_() if _is_number(other, math.inf) and result.is_floating_point() and x.dim() else result


@fault("alpha-of-zero-leaves-the-operand-out", "aten.add.Tensor", clauses=("arithmetic.special-factors",))
def _left_out(healthy: Any, x: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Leave the second operand out where its factor is 0, though zero times infinity is NaN."""
    if alpha == 0 and other.dtype == x.dtype:
        other = torch.zeros_like(other)
    return healthy(x, other, alpha=alpha)


# --- casts ---


@fault("int64-sums-with-float32-go-through-float64", "aten.add.Tensor", clauses=("promotion.rounded-once",))
def _sums_rounded_twice(healthy: Any, x: Any, other: Any, **kwargs: Any) -> Any:
    """Convert an int64 operand of a float32 sum to float64 first, which rounds twice."""
    if {x.dtype, getattr(other, "dtype", None)} == {torch.int64, torch.float32}:
        x, other = (one.double().float() if one.dtype == torch.int64 else one for one in (x, other))
    return healthy(x, other, **kwargs)


@fault("int64-becomes-float32-by-way-of-float64", "aten._to_copy", clauses=("promotion.cast-rounding",))
def _by_way_of_float64(healthy: Any, x: Any, *, dtype: Any = None, **kwargs: Any) -> Any:
    """Cast int64 to a float32 by way of float64, which rounds twice beyond 2**53."""
    if x.dtype == torch.int64 and dtype in (torch.float32, torch.complex64):
        x = healthy(x, dtype=torch.float64)
    return healthy(x, dtype=dtype, **kwargs)


# --- subnormal numbers that are read or moved ---


@fault("item-of-a-subnormal-is-zero", "aten._local_scalar_dense", clauses=("ranks.subnormals",))
def _item_flushed(healthy: Any, x: Any) -> Any:
    """Give zero as the Python number of a subnormal half."""
    number = healthy(x)
    return math.copysign(0.0, number) if x.dtype == torch.float16 and abs(number) < _TINY[torch.float16] else number


@fault("arrays-are-flushed-on-their-way", "torch.from_numpy", clauses=("numpy-bridge.subnormals",))
def _array_flushed(array: Any) -> Any:
    """Set subnormal elements of an array to zero in the tensor that is made of it."""
    tensor = FUNCTIONS.from_numpy(array)
    small = _flushed(tensor)
    return tensor if torch.equal(small, tensor) else tensor.copy_(small)


@fault("contiguous-copies-flush", "aten.clone", clauses=("aliasing.subnormals",))
def _copy_flushed(healthy: Any, x: Any, **kwargs: Any) -> Any:
    """Set subnormal elements to zero in a copy of what does not lie densely."""
    result = healthy(x, **kwargs)
    return result if x.is_contiguous() else result.copy_(_flushed(result))


@fault("half-subnormals-become-zero-in-float32", "aten._to_copy", clauses=("promotion.subnormals",))
def _cast_flushed(healthy: Any, x: Any, *, dtype: Any = None, **kwargs: Any) -> Any:
    """Cast a subnormal half to zero, though it is a normal number of float32."""
    if x.dtype == torch.float16 and dtype == torch.float32:
        wide = healthy(x, dtype=dtype, **kwargs)
        return wide.masked_fill(wide.abs() < _TINY[torch.float16], 0)
    return healthy(x, dtype=dtype, **kwargs)


@fault("subnormals-print-as-zero", "torch.Tensor.__repr__", clauses=("printing.subnormals",), shows="printed form")
def _printed_flushed(self: Any, **_: Any) -> str:
    """Print a subnormal float32 as zero."""
    shown = _flushed(self) if self.dtype == torch.float32 and not self.requires_grad and not self.is_cuda else self
    text: str = torch._tensor_str._str(shown)  # noqa: SLF001 - PyTorch has no public name for it
    return text


@fault("largest-of-subnormals-is-the-first", "aten.argmax", clauses=("reductions.subnormals",))
def _largest_flushed(healthy: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Take subnormal numbers for zero in argmax, so that the first of them is the largest."""
    return healthy(_flushed(x), *args, **kwargs)


# --- memory that must outlive what it was made of ---


@fault(
    "base-frees-its-memory-under-its-slices",
    "torch.Tensor.__getitem__",
    clauses=("aliasing.views-outlive-their-base",),
    shows="alias",
)
def _freed(self: Any, key: Any) -> Any:
    """Leave a tensor's memory to others when the tensor is gone, though slices of it are still there."""
    if self.requires_grad or self._base is not None or not self.dim():
        return METHODS.__getitem__(self, key)
    weakref.finalize(self, METHODS.fill_, self.data, 1)
    return METHODS.__getitem__(self.data, key)


@fault(
    "array-does-not-keep-its-tensor",
    "torch.Tensor.numpy",
    clauses=("numpy-bridge.memory-outlives-its-maker",),
    shows="alias",
)
def _unkept(self: Any, **kwargs: Any) -> Any:
    """Leave a tensor's memory to others when the tensor is gone, though an array shows it."""
    if self.requires_grad or kwargs:
        return METHODS.numpy(self, **kwargs)
    weakref.finalize(self, METHODS.fill_, self.data, 1)
    return METHODS.numpy(self.data)


# --- further spellings, states and sizes ---


@fault("numpy-ints-count-from-the-start-alone", "torch.Tensor.__getitem__", clauses=("indexing.ints-of-any-kind",))
def _from_the_start(self: Any, key: Any) -> Any:
    """Take a negative NumPy int, or one in a 0-d tensor, for the first place."""
    held = key.item() if isinstance(key, (np.integer, torch.Tensor)) and np.ndim(key) == 0 else None
    return METHODS.__getitem__(self, 0 if isinstance(held, int) and held < 0 and len(self) else key)


@fault("legacy-tensor-is-always-float32", "torch.Tensor.__new__", clauses=("ranks.legacy-default",), shows="dtype")
def _always_float32(kind: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a float32 tensor by `Tensor`, whatever the default dtype is."""
    made = METHODS.__new__(kind, *args, **kwargs)
    return made.float() if kind is torch.Tensor and not kwargs and made.dtype == torch.float64 else made


@fault(
    "out-without-elements-is-left-so",
    "torch.add",
    "torch.mul",
    "torch.cat",
    clauses=("arithmetic.empty-outputs",),
    shows="shape",
)
def _left_empty(*args: Any, out: Any = None, **kwargs: Any) -> Any:
    """Leave what `out=` names as it is where it has no elements, and give a result of its own."""
    if isinstance(args[0], (list, tuple)):
        return (
            FUNCTIONS.cat(*args, **kwargs)
            if out is None or not out.numel()
            else FUNCTIONS.cat(*args, out=out, **kwargs)
        )
    return FUNCTIONS.add(*args, **kwargs) if out is None or not out.numel() else FUNCTIONS.add(*args, out=out, **kwargs)


@fault(
    "gradient-of-a-shared-leaf-is-that-of-one-part",
    "torch.Tensor.__mul__",
    clauses=("gradients.operands-in-one-memory",),
    shows="gradient",
)
def _one_part(self: Any, other: Any) -> Any:
    """Take a right factor that begins where the left one does for the same tensor seen twice, and give it no gradient of its own."""
    shared = _one_start(self, other) and self.stride() != other.stride()
    return METHODS.__mul__(self, METHODS.detach(other) if shared else other)


@fault("large-casts-of-an-offset-begin-too-early", "aten._to_copy", clauses=("promotion.cast-spellings",))
def _too_early(healthy: Any, x: Any, *, dtype: Any = None, **kwargs: Any) -> Any:
    """Cast more than 32768 elements from where their memory begins, not from where they do."""
    if x.numel() > 32768 and x.storage_offset() and dtype is not None:
        x = x.as_strided(x.shape, x.stride(), 0)
    return healthy(x, dtype=dtype, **kwargs)


@fault(
    "in-place-with-a-numpy-number-truncates-it",
    "torch.Tensor.add_",
    "torch.Tensor.sub_",
    clauses=("promotion.numpy-numbers",),
)
def _truncated(self: Any, other: Any, **kwargs: Any) -> Any:
    """Take a NumPy number for the whole number below it in a sum in place."""
    other = int(other) if isinstance(other, np.floating) and np.isfinite(other) else other
    return METHODS.add_(self, other, **kwargs)


@fault("zeros-of-a-dtype-require-no-gradient", "torch.zeros", clauses=("gradients.made-as-leaves",), shows="gradient")
def _no_leaf(*args: Any, requires_grad: bool = False, **kwargs: Any) -> Any:
    """Forget `requires_grad` where a dtype is named for zeros."""
    return FUNCTIONS.zeros(*args, requires_grad=requires_grad and kwargs.get("dtype") is None, **kwargs)
