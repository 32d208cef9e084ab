"""NumPy as a backend: `conformance run --backend numpy`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.backends.shaped import Adapter, Entry, Place, Size, sizes
from conformance.dtypes import DTYPES

if TYPE_CHECKING:
    from conformance.backends.protocol import Device

_AXES = "calls `dim` `axis` and `keepdim` `keepdims`"
_DEVICE = "drops `device`, since NumPy has one"
_SHAPE = "takes the sizes one by one or as one tuple, as PyTorch does"
_DTYPES = {name: np.dtype(name) for name in DTYPES if name != "bfloat16"}


def _creating(make: Any) -> Entry:
    def made(*given: Any, size: Any = None, device: Any = None, **rest: Any) -> Any:
        del device
        return make(sizes(given) if size is None else size, **rest)

    return Entry(made, f"{_DEVICE}; {_SHAPE}")


def _of_data(make: Any) -> Any:
    def made(data: Any, dtype: Any = None, device: Any = None) -> Any:
        del device
        return make(data, dtype=dtype)

    return made


def _arange(*bounds: Any, device: Any = None, start: Any = 0, end: Any = None, **rest: Any) -> Any:
    del device
    named = () if end is None else (start, end)
    arange: Any = np.arange  # its types know no mixture of the two
    return arange(*bounds, *named, **rest)


def _full(size: Any, fill_value: Any, *, device: Any = None, **rest: Any) -> Any:
    del device
    return np.full(size, fill_value, **rest)


def _cat(tensors: Any, dim: int = 0, **rest: Any) -> Any:
    return np.concatenate(tensors, axis=dim, **rest)


def _copy(x: Any, src: Any, non_blocking: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyTorch's form
    del non_blocking
    np.copyto(x, src)
    return x


def _fill(x: Any, value: Any) -> Any:
    x.fill(value)
    return x


_ARITHMETIC = {
    "add": Entry(np.add), "sub": Entry(np.subtract), "subtract": Entry(np.subtract), "mul": Entry(np.multiply),
    "multiply": Entry(np.multiply), "div": Entry(np.true_divide), "divide": Entry(np.true_divide),
    "true_divide": Entry(np.true_divide), "matmul": Entry(np.matmul), "mm": Entry(np.matmul), "mv": Entry(np.matmul),
    "dot": Entry(np.dot),
}  # fmt: skip
_SHARED = {
    "mean": Entry(lambda x, dim=None, keepdim=False, **rest: np.mean(x, axis=dim, keepdims=keepdim, **rest), _AXES),
    "argmax": Entry(lambda x, dim=None, keepdim=False: np.argmax(x, axis=dim, keepdims=keepdim), _AXES),
    "squeeze": Entry(np.squeeze),
    "unsqueeze": Entry(np.expand_dims),
    "transpose": Entry(np.swapaxes),
    "t": Entry(np.transpose),
    "clone": Entry(np.copy),
}
_INTO = "writes into the tensor by NumPy's `out=`"


def _into(ufunc: Any) -> Entry:
    return Entry(lambda x, other: ufunc(x, other, out=x), _INTO)


def _to(x: Any, *args: Any, dtype: Any = None, copy: bool = False, device: Any = None) -> Any:
    del device
    # PyTorch's last two places are those of `non_blocking` and `copy`.
    copy = copy or [one for one in args if isinstance(one, bool)][1:] == [True]
    wanted = next((one for one in (*args, dtype) if isinstance(one, np.dtype)), x.dtype)
    return x.astype(wanted, copy=copy)


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
    arrays = (np.ndarray, np.generic)
    constants = {
        **_DTYPES,
        "int": _DTYPES["int32"],
        "float": _DTYPES["float32"],
        "double": _DTYPES["float64"],
        "long": _DTYPES["int64"],
    }
    functions = {
        **_ARITHMETIC,
        **_SHARED,
        "tensor": Entry(_of_data(np.array), _DEVICE),
        "as_tensor": Entry(_of_data(np.asarray), _DEVICE),
        "from_numpy": Entry(lambda array: array.view()),
        "arange": Entry(_arange, f"{_DEVICE}; calls `end` `stop`"),
        "full": Entry(_full, _DEVICE),
        "zeros": _creating(np.zeros),
        "ones": _creating(np.ones),
        "empty": _creating(np.empty),
        "cat": Entry(_cat),
        "concat": Entry(_cat),
        "stack": Entry(np.stack),
        "permute": Entry(np.transpose),
        "reshape": Entry(np.reshape),
    }
    methods = {
        **_ARITHMETIC,
        **_SHARED,
        "add_": _into(np.add), "sub_": _into(np.subtract),
        "subtract_": _into(np.subtract), "multiply_": _into(np.multiply), "divide_": _into(np.true_divide),
        "true_divide_": _into(np.true_divide), "mul_": _into(np.multiply), "div_": _into(np.true_divide),
        "copy_": Entry(_copy, "gives the target back, and drops `non_blocking`"),
        "fill_": Entry(_fill, "gives the target back"),
        "zero_": Entry(lambda x: _fill(x, 0), "fills with 0, and gives the target back"),
        "detach": Entry(lambda x: x.view()),
        "contiguous": Entry(np.ascontiguousarray),
        "permute": Entry(lambda x, *order, dims=None: np.transpose(x, sizes(order) if dims is None else dims), _SHAPE),
        "reshape": Entry(lambda x, *given, shape=None: np.reshape(x, sizes(given) if shape is None else shape), _SHAPE),
        "view": Entry(lambda x, *shape: np.reshape(x, sizes(shape), copy=False), f"{_SHAPE}; `copy=False` is NumPy's way to ask for a view"),
        "expand": Entry(lambda x, *shape: np.broadcast_to(x, sizes(shape)), _SHAPE),
        "to": Entry(_to, "finds the dtype among its arguments, and drops the device"),
        "cpu": Entry(lambda x: x),
        "numpy": Entry(np.asarray, plain=True),
        **{name: Entry(partial(_to, dtype=np.dtype(dtype))) for name, dtype in {
            "float": "float32", "double": "float64", "half": "float16", "int": "int32", "long": "int64", "short": "int16",
            "char": "int8", "byte": "uint8", "bool": "bool", "cfloat": "complex64", "cdouble": "complex128"}.items()},
        "dim": Entry(lambda x: x.ndim), "numel": Entry(lambda x: x.size), "nelement": Entry(lambda x: x.size),
        "size": Entry(lambda x, dim=None: Size(x.shape) if dim is None else x.shape[dim]),
        "stride": Entry(lambda x: tuple(one // x.itemsize for one in x.strides), "counts elements, where NumPy counts bytes"),
        "is_contiguous": Entry(lambda x: x.flags.c_contiguous),
        "item": Entry(lambda x: x.item()), "tolist": Entry(lambda x: x.tolist()),
    }  # fmt: skip
    properties = {
        "shape": Entry(lambda x: Size(x.shape), "calls the tuple a size"), "ndim": Entry(lambda x: x.ndim),
        "dtype": Entry(lambda x: x.dtype), "T": Entry(lambda x: x.T), "mT": Entry(lambda x: x.mT),
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
