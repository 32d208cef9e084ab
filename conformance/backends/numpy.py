"""NumPy as a backend: `conformance run --backend numpy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.backends.shaped import ARRAY_METHODS, ARRAY_PROPERTIES, Adapter, Entry, Place, sizes
from conformance.dtypes import DTYPES

if TYPE_CHECKING:
    from conformance.backends.protocol import Device

_AXES = "calls `dim` `axis` and `keepdim` `keepdims`"
_DEVICE = "drops `device`, since NumPy has one"
_SHAPE = "takes the sizes one by one or as one tuple, as PyTorch does"
_CAST = "casts only where the dtype differs"
_INTO = "writes into the tensor by NumPy's `out=`"
_DTYPES = {name: np.dtype(name) for name in DTYPES if name != "bfloat16"}


def _arange(*bounds: Any, device: Any = None, start: Any = 0, end: Any = None, **rest: Any) -> Any:
    del device
    return np.arange(*bounds, *(() if end is None else (start, end)), **rest)


def _copy(x: Any, src: Any, non_blocking: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyTorch's form
    del non_blocking
    x[...] = src
    return x


def _fill(x: Any, value: Any) -> Any:
    x.fill(value)
    return x


def _to(x: Any, *args: Any, dtype: Any = None, copy: bool = False, device: Any = None) -> Any:
    del device
    # PyTorch's last two places are those of `non_blocking` and `copy`.
    copy = copy or [one for one in args if isinstance(one, bool)][1:] == [True]
    wanted = next((one for one in (*args, dtype) if isinstance(one, np.dtype)), x.dtype)
    return x.astype(wanted, copy=copy)


_ARITHMETIC = {
    "add": Entry(np.add), "sub": Entry(np.subtract), "subtract": Entry(np.subtract), "mul": Entry(np.multiply),
    "multiply": Entry(np.multiply), "div": Entry(np.true_divide), "divide": Entry(np.true_divide),
    "true_divide": Entry(np.true_divide), "matmul": Entry(np.matmul), "mv": Entry(np.matmul),
    "dot": Entry(np.dot),
}  # fmt: skip
_SHARED = {
    "mean": Entry(lambda x, dim=None, keepdim=False, **rest: np.mean(x, axis=dim, keepdims=keepdim, **rest), _AXES),
    "argmax": Entry(lambda x, dim=None, keepdim=False: np.argmax(x, axis=dim, keepdims=keepdim), _AXES),
    "squeeze": Entry(np.squeeze), "unsqueeze": Entry(np.expand_dims), "transpose": Entry(np.swapaxes),
    "clone": Entry(np.copy),
}  # fmt: skip


class NumpyBackend(Adapter):
    """NumPy: what its own functions do under PyTorch's names."""

    name = "numpy"
    version = np.__version__
    # Its own default of floats is float64, and float32 stays what it is: either is right where PyTorch prints no dtype.
    default_dtypes = {"bool": "bool", "integer": "int64"}
    errors = {"ValueError": "RuntimeError"}
    lacks = {
        "bfloat16": "NumPy has no bfloat16 of its own",
        "gradients": "NumPy records no gradients",
        "printed-form": "NumPy prints arrays in its own form",
        "generator": "NumPy's generators are no argument of its functions",
        "*.mm": "NumPy's `matmul` takes vectors and batches too, and it has no other for two matrices",
        "*.t": "NumPy's `transpose` takes any number of dimensions, and it has no other for matrices",
        "alpha=": "NumPy's sums have no factor alpha",
        "non_blocking=": "NumPy has one device",
        "memory_format=": "NumPy has no memory formats of PyTorch's",
        "torch.*Tensor": "NumPy has no constructor of each dtype",
        "torch.[gs]et_default_dtype": "NumPy has no default dtype to be set",
        "torch.set_*": "NumPy's settings are others",
        "torch.manual_seed": "NumPy's random numbers are others",
        "torch.Generator": "NumPy's random numbers are others",
        "torch.rand": "NumPy's random numbers are others",
        "torch.device": "NumPy has one device",
        "torch.*_format": "NumPy has no memory formats of PyTorch's",
        ".is_cuda": "NumPy has one device",
        ".cuda": "NumPy has one device",
        ".type": "NumPy's dtypes are no types of tensors",
        ".type_as": "NumPy's dtypes are no types of tensors",
        ".data": "NumPy's `data` is a buffer",
    }
    spelled_dtype = "np.dtype('{dtype}')"
    spelled_tensor = "np.array({values}, dtype={dtype})"
    spelled_kind = "(np.ndarray, np.generic)"
    arrays = (np.ndarray, np.generic)
    constants = {
        **_DTYPES, "int": np.dtype("int32"), "float": np.dtype("float32"), "double": np.dtype("float64"), "long": np.dtype("int64"),
    }  # fmt: skip
    functions = {
        **_ARITHMETIC, **_SHARED,
        "tensor": Entry(lambda data, dtype=None, device=None: np.array(data, dtype=dtype), _DEVICE),
        "as_tensor": Entry(lambda data, dtype=None, device=None: np.asarray(data, dtype=dtype), _DEVICE),
        "from_numpy": Entry(np.asarray),
        "arange": Entry(_arange, f"{_DEVICE}; calls `end` `stop`"),
        "full": Entry(lambda size, fill_value, device=None, **rest: np.full(size, fill_value, **rest), _DEVICE),
        "zeros": Entry(lambda *given, size=None, device=None, **rest: np.zeros(sizes(given) if size is None else size, **rest), f"{_DEVICE}; {_SHAPE}"),
        "ones": Entry(lambda *given, size=None, device=None, **rest: np.ones(sizes(given) if size is None else size, **rest), f"{_DEVICE}; {_SHAPE}"),
        "empty": Entry(lambda *given, size=None, device=None, **rest: np.empty(sizes(given) if size is None else size, **rest), f"{_DEVICE}; {_SHAPE}"),
        "cat": Entry(lambda tensors, dim=0, **rest: np.concatenate(tensors, axis=dim, **rest)),
        "concat": Entry(lambda tensors, dim=0, **rest: np.concatenate(tensors, axis=dim, **rest)),
        "stack": Entry(np.stack), "permute": Entry(np.transpose), "reshape": Entry(np.reshape),
    }  # fmt: skip
    methods = {
        **_ARITHMETIC, **_SHARED, **ARRAY_METHODS,
        "add_": Entry(lambda x, other: np.add(x, other, out=x), _INTO),
        "sub_": Entry(lambda x, other: np.subtract(x, other, out=x), _INTO),
        "subtract_": Entry(lambda x, other: np.subtract(x, other, out=x), _INTO),
        "mul_": Entry(lambda x, other: np.multiply(x, other, out=x), _INTO),
        "multiply_": Entry(lambda x, other: np.multiply(x, other, out=x), _INTO),
        "div_": Entry(lambda x, other: np.true_divide(x, other, out=x), _INTO),
        "divide_": Entry(lambda x, other: np.true_divide(x, other, out=x), _INTO),
        "true_divide_": Entry(lambda x, other: np.true_divide(x, other, out=x), _INTO),
        "copy_": Entry(_copy, "writes by `x[...] = src`, gives the target back, and drops `non_blocking`"),
        "fill_": Entry(_fill, "gives the target back"),
        "zero_": Entry(lambda x: _fill(x, 0), "fills with 0, and gives the target back"),
        "detach": Entry(lambda x: x.view()), "contiguous": Entry(lambda x: np.asarray(x, order="C"), "`order='C'` is NumPy's way to ask for it; `ascontiguousarray` gives a vector for a number"),
        "permute": Entry(lambda x, *order, dims=None: np.transpose(x, sizes(order) if dims is None else dims), _SHAPE),
        "reshape": Entry(lambda x, *given, shape=None: np.reshape(x, sizes(given) if shape is None else shape), _SHAPE),
        "view": Entry(lambda x, *shape: np.reshape(x, sizes(shape), copy=False), f"{_SHAPE}; `copy=False` is NumPy's way to ask for a view"),
        "expand": Entry(lambda x, *shape: np.broadcast_to(x, sizes(shape)), _SHAPE),
        "to": Entry(_to, "finds the dtype among its arguments, and drops the device"),
        "float": Entry(lambda x: _to(x, dtype=np.dtype("float32")), _CAST), "double": Entry(lambda x: _to(x, dtype=np.dtype("float64")), _CAST),
        "half": Entry(lambda x: _to(x, dtype=np.dtype("float16")), _CAST), "bool": Entry(lambda x: _to(x, dtype=np.dtype("bool")), _CAST),
        "int": Entry(lambda x: _to(x, dtype=np.dtype("int32")), _CAST), "long": Entry(lambda x: _to(x, dtype=np.dtype("int64")), _CAST),
        "short": Entry(lambda x: _to(x, dtype=np.dtype("int16")), _CAST), "char": Entry(lambda x: _to(x, dtype=np.dtype("int8")), _CAST),
        "byte": Entry(lambda x: _to(x, dtype=np.dtype("uint8")), _CAST), "cfloat": Entry(lambda x: _to(x, dtype=np.dtype("complex64")), _CAST),
        "cdouble": Entry(lambda x: _to(x, dtype=np.dtype("complex128")), _CAST),
        "cpu": Entry(lambda x: x), "numpy": Entry(np.asarray, plain=True),
        "stride": Entry(lambda x: tuple(one // x.itemsize for one in x.strides), "counts elements, where NumPy counts bytes"),
        "is_contiguous": Entry(lambda x: x.flags.c_contiguous),
    }  # fmt: skip
    properties = {
        **ARRAY_PROPERTIES,
        "device": Entry(lambda _: Place("cpu"), "names the one device"),
    }  # fmt: skip

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Make a dense tensor of an array, of one of NumPy's own dtypes."""
        del device
        return self.tensor(np.array(array, dtype=_DTYPES[dtype]))

    def bring(self, held: Any) -> np.ndarray[Any, Any]:
        """Give the array itself."""
        return np.asarray(held)

    def dtype_name(self, dtype: Any) -> str | None:
        """Give the name of a NumPy dtype."""
        return dtype.name if isinstance(dtype, np.dtype) else None

    def environment(self) -> dict[str, str]:
        """Give nothing more: NumPy's version is told anyway."""
        return {}
