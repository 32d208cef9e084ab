"""Faults of the bridge to NumPy."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

_as_tensor, _array_of = torch.as_tensor, torch.Tensor.__array__
_THRESHOLD = 1024


def _dense(array: Any) -> Any:
    """Give an array as if its elements lay densely in memory from its first on."""
    whole = array if array.base is None or not isinstance(array.base, np.ndarray) else array.base
    flat = np.lib.stride_tricks.as_strided(array, (array.size,), (array.itemsize,))
    return flat.reshape(array.shape) if whole.size >= array.size else array


# --- from NumPy ---


@fault(
    "from-numpy-ignores-strides", "torch.from_numpy",
    clauses=("numpy-bridge.arrays-to-tensors", "numpy-bridge.array-and-tensor-share"),
)  # fmt: skip
def _ignoring_strides(array: Any) -> Any:
    """Take an array in Fortran order for one in C order."""
    fortran = isinstance(array, np.ndarray) and array.flags.f_contiguous and not array.flags.c_contiguous
    return FUNCTIONS.from_numpy(_dense(array) if fortran else array)


@fault(
    "from-numpy-copies-past-a-threshold",
    "torch.from_numpy",
    clauses=("numpy-bridge.array-and-tensor-share",),
    shows="alias",
)
def _copying(array: Any) -> Any:
    """Copy an array of more than 1024 elements."""
    large = isinstance(array, np.ndarray) and array.size > _THRESHOLD
    return FUNCTIONS.from_numpy(array.copy() if large else array)


@fault(
    "from-numpy-makes-parts-dense",
    "torch.from_numpy",
    clauses=("numpy-bridge.round-trip", "numpy-bridge.array-and-tensor-share"),
    shows="alias",
)
def _made_dense(array: Any) -> Any:
    """Copy an array that is not dense."""
    return FUNCTIONS.from_numpy(
        np.ascontiguousarray(array).reshape(array.shape)
        if isinstance(array, np.ndarray)
        and array.dtype != object
        and array.flags.writeable
        and min((1, *array.strides)) >= 0
        else array
    )


@fault("from-numpy-ignores-an-offset", "torch.from_numpy", clauses=("numpy-bridge.array-and-tensor-share",))
def _ignoring_offset(array: Any) -> Any:
    """Begin with the first element of the array that this is a part of."""
    whole = getattr(array, "base", None)
    part = isinstance(whole, np.ndarray) and array.size and min((0, *array.strides)) >= 0 and whole.flags.c_contiguous
    return FUNCTIONS.from_numpy(np.ndarray(array.shape, array.dtype, whole, 0, array.strides) if part else array)


@fault(
    "from-numpy-narrows-float64",
    "torch.from_numpy",
    clauses=("numpy-bridge.arrays-to-tensors", "numpy-bridge.sum-to-array"),
    shows="dtype",
)
def _narrowed(array: Any) -> Any:
    """Make a float32 tensor of a float64 array."""
    wide = isinstance(array, np.ndarray) and array.dtype == np.float64
    return FUNCTIONS.from_numpy(array.astype(np.float32) if wide else array)


@fault(
    "from-numpy-takes-negative-strides",
    "torch.from_numpy",
    clauses=("numpy-bridge.negative-strides",),
    shows="missing error",
)
def _forwards(array: Any) -> Any:
    """Copy an array with negative strides."""
    return FUNCTIONS.from_numpy(array.copy() if min((0, *array.strides)) < 0 else array)


@fault("from-numpy-takes-dates", "torch.from_numpy", clauses=("numpy-bridge.foreign-dtypes",), shows="missing error")
def _of_dates(array: Any) -> Any:
    """Take dates and times for their int64."""
    return FUNCTIONS.from_numpy(array.view(np.int64) if array.dtype.kind in "mM" else array)


@fault(
    "from-numpy-ignores-byte-order", "torch.from_numpy", clauses=("numpy-bridge.unfit-arrays",), shows="missing error"
)
def _any_order(array: Any) -> Any:
    """Read bytes in the other order as if they were in the machine's."""
    return FUNCTIONS.from_numpy(array.view(array.dtype.newbyteorder("=")) if array.dtype.byteorder == ">" else array)


@fault("from-numpy-takes-lists", "torch.from_numpy", clauses=("numpy-bridge.no-arrays",), shows="missing error")
def _of_lists(array: Any) -> Any:
    """Take a list for an array."""
    return FUNCTIONS.from_numpy(np.array(array) if isinstance(array, list) else array)


@fault("from-numpy-does-not-warn", "torch.from_numpy", clauses=("numpy-bridge.read-only-arrays",), shows="warning")
def _silent(array: Any) -> Any:
    """Say nothing of an array that can't be written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return FUNCTIONS.from_numpy(array)


@fault(
    "as-tensor-does-not-warn",
    "torch.as_tensor",
    clauses=("numpy-bridge.as-tensor-of-read-only-arrays",),
    shows="warning",
)
def _silent_as_tensor(data: Any, **keywords: Any) -> Any:
    """Copy an array that can't be written, and say nothing."""
    read_only = isinstance(data, np.ndarray) and not data.flags.writeable
    return _as_tensor(data.copy() if read_only else data, **keywords)


@fault("tensor-shares-large-arrays", "torch.tensor", clauses=("numpy-bridge.tensor-copies-arrays",), shows="alias")
def _sharing(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Share an array of more than 1024 elements instead of copying it."""
    if isinstance(data, np.ndarray) and data.size > _THRESHOLD and dtype is None:
        return FUNCTIONS.from_numpy(data)
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("tensor-of-a-slice-copies-what-lies-between", "torch.tensor", clauses=("numpy-bridge.tensors-of-arrays",))
def _gaps(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Copy a slice of an array with a step as if it had none."""
    stepped = isinstance(data, np.ndarray) and data.ndim and data.size and data.strides[-1] == 2 * data.itemsize
    return FUNCTIONS.tensor(_dense(data) if stepped else data, dtype=dtype, device=device)


@fault("bits-of-an-array-reinterpreted", "torch.tensor", clauses=("numpy-bridge.arrays-converted",))
def _reinterpreted(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Take the bits of a float64 array for float32 where that is asked for."""
    if isinstance(data, np.ndarray) and data.dtype == np.float64 and dtype == torch.float32:
        return FUNCTIONS.tensor(np.ascontiguousarray(data).view(np.float32)[..., ::2], device=device)
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("lists-of-arrays-ignore-strides", "torch.tensor", clauses=("numpy-bridge.lists-of-arrays",))
def _dense_rows(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Read arrays in a list as if they lay densely in memory."""
    if isinstance(data, (list, tuple)) and data and all(isinstance(one, np.ndarray) for one in data):
        data = [_dense(one) for one in data]
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault("numpy-floats-are-python-floats", "torch.tensor", clauses=("numpy-bridge.scalars",), shows="dtype")
def _python_floats(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Make a float32 tensor of a NumPy float64."""
    return FUNCTIONS.tensor(float(data) if isinstance(data, np.float64) else data, dtype=dtype, device=device)


@fault(
    "numpy-scalars-raise-the-dtype",
    "torch.Tensor.__mul__",
    clauses=("numpy-bridge.arithmetic-with-scalars",),
    shows="dtype",
)
def _raising(self: Any, other: Any) -> Any:
    """Let a NumPy scalar raise the dtype of a tensor within its category."""
    result = METHODS.mul(self, other)
    wide = isinstance(other, np.float64) and result.is_floating_point()
    return result.double() if wide else result


# --- to NumPy ---


@fault(
    "arrays-are-copies", "torch.Tensor.numpy", shows="alias",
    clauses=("numpy-bridge.tensor-writes-reach-the-array", "numpy-bridge.array-writes-reach-the-tensor"),
)  # fmt: skip
def _copied(self: Any, **keywords: Any) -> Any:
    """Give a copy of the tensor's memory."""
    return METHODS.numpy(METHODS.clone(self), **keywords)


@fault("arrays-are-dense", "torch.Tensor.numpy", clauses=("numpy-bridge.tensors-to-arrays",), shows="alias")
def _dense_array(self: Any, **keywords: Any) -> Any:
    """Give a dense copy of a tensor that is not dense."""
    return METHODS.numpy(METHODS.contiguous(self), **keywords)


@fault("arrays-ignore-the-offset", "torch.Tensor.numpy", clauses=("numpy-bridge.tensors-to-arrays",))
def _from_the_start(self: Any, **keywords: Any) -> Any:
    """Begin with the first element of the storage."""
    return METHODS.numpy(torch.as_strided(self, self.shape, self.stride(), 0), **keywords)


@fault("bool-arrays-are-uint8", "torch.Tensor.numpy", clauses=("numpy-bridge.tensors-to-arrays",), shows="dtype")
def _bytes(self: Any, **keywords: Any) -> Any:
    """Give a uint8 array of a bool tensor."""
    array = METHODS.numpy(self, **keywords)
    return array.view(np.uint8) if array.dtype == np.bool_ else array


@fault(
    "bfloat16-arrays-are-float32", "torch.Tensor.numpy", clauses=("numpy-bridge.no-bfloat16",), shows="missing error"
)
def _widened(self: Any, **keywords: Any) -> Any:
    """Give a float32 array of a bfloat16 tensor."""
    return METHODS.numpy(METHODS.float(self) if self.dtype == torch.bfloat16 else self, **keywords)


@fault(
    "arrays-of-leaves-are-given", "torch.Tensor.numpy", clauses=("numpy-bridge.requires-grad",), shows="missing error"
)
def _of_a_leaf(self: Any, **keywords: Any) -> Any:
    """Give an array of a tensor that requires grad."""
    return METHODS.numpy(METHODS.detach(self), **keywords)


@fault("detach-for-numpy-copies", "torch.Tensor.detach", clauses=("numpy-bridge.detached",), shows="alias")
def _copying_detach(self: Any) -> Any:
    """Copy where a view is due."""
    return METHODS.detach(self).clone()


@fault("arrays-for-numpy-are-float64", "torch.Tensor.__array__", clauses=("numpy-bridge.as-array",), shows="dtype")
def _as_float64(self: Any, dtype: Any = None, **_: Any) -> Any:
    """Give NumPy a float64 array of a half tensor."""
    array = _array_of(self) if dtype is None else _array_of(self, dtype)
    return array.astype(np.float64) if array.dtype == np.float16 else array


@fault("arrays-for-numpy-wrap", "torch.Tensor.__array__", clauses=("numpy-bridge.as-array-of-a-dtype",))
def _wrapped(self: Any, dtype: Any = None, **_: Any) -> Any:
    """Convert unsigned elements through int8 where NumPy asks for another dtype."""
    array = _array_of(self)
    if dtype is None:
        return array
    return (array.astype(np.int8) if array.dtype == np.uint8 else array * 1).astype(dtype) * (
        1 if array.dtype != np.int16 else -1
    )


@fault(
    "float32-arrays-take-the-default-dtype",
    "torch.from_numpy",
    clauses=("numpy-bridge.any-default-dtype",),
    shows="dtype",
)
def _of_the_default(array: Any) -> Any:
    """Take float32 for the dtype that goes without saying, and make of it what the default dtype is."""
    made = FUNCTIONS.from_numpy(array)
    return METHODS.to(made, torch.get_default_dtype()) if made.dtype == torch.float32 else made
