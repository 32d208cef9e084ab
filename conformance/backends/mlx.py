"""MLX on the CPU as a backend: `conformance run --backend mlx`."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import numpy as np

from conformance.backends.shaped import ARRAY_METHODS, ARRAY_PROPERTIES, Adapter, Entry, bare, sizes
from conformance.dtypes import DTYPES, numpy_dtype

if TYPE_CHECKING:
    from conformance.backends.protocol import Device

_DEVICE = "drops `device`, since MLX's arrays have none"
_SHAPE = "takes the sizes one by one or as one tuple, as PyTorch does"
_WRITES = "writes by `x[...] = value`, and gives the target back"
_DTYPES = {name: getattr(mx, f"{name}_" if name == "bool" else name) for name in DTYPES if name != "complex128"}


def _arange(*bounds: Any, device: Any = None, start: Any = 0, end: Any = None, **rest: Any) -> Any:
    del device
    return mx.arange(*bounds, *(() if end is None else (start, end)), **rest)


def _to(x: Any, *args: Any, dtype: Any = None, copy: bool = False, device: Any = None) -> Any:
    del copy, device
    named = (getattr(one, "dtype", one) for one in (*args, dtype))
    return x.astype(next((one for one in named if isinstance(one, mx.Dtype)), x.dtype))


_SHARED = {
    "add": Entry(mx.add), "sub": Entry(mx.subtract), "subtract": Entry(mx.subtract), "mul": Entry(mx.multiply),
    "multiply": Entry(mx.multiply), "div": Entry(mx.divide), "divide": Entry(mx.divide), "true_divide": Entry(mx.divide),
    "matmul": Entry(mx.matmul), "mv": Entry(mx.matmul), "dot": Entry(mx.inner), "clone": Entry(mx.array),
    "mean": Entry(lambda x, dim=None, keepdim=False: mx.mean(x, dim, keepdim)),
    "argmax": Entry(lambda x, dim=None, keepdim=False: mx.argmax(x, dim, keepdim)),
    "squeeze": Entry(mx.squeeze), "unsqueeze": Entry(mx.expand_dims), "transpose": Entry(mx.swapaxes),
}  # fmt: skip


class MlxBackend(Adapter):
    """MLX on the CPU: what its own functions do under PyTorch's names."""

    name = "mlx"
    version = version("mlx")
    # Its own default of integers is int32, and int64 stays what it is: either is right where PyTorch prints no dtype.
    default_dtypes = {"bool": "bool", "float": "float32", "complex": "complex64"}
    errors = {"ValueError": "RuntimeError"}
    lacks = {
        **dict.fromkeys(("complex128", ".cdouble"), "MLX has no complex128"),
        "aliasing.[!n]*": "MLX's arrays are values: what an operation gave shows no write to its operand",
        "gradients": "MLX's gradients are those of functions (`mx.grad`): an array records nothing and collects none",
        **dict.fromkeys(("strides", ".stride", ".is_contiguous"), "MLX's arrays show no strides"),
        "integer-matmul": "MLX multiplies matrices of floats alone",
        "printed-form": "MLX prints arrays in its own form",
        "*.mm": "MLX's `matmul` takes vectors and batches too, and it has no other for two matrices",
        "*.t": "MLX's `transpose` takes any number of dimensions, and it has no other for matrices",
        "alpha=": "MLX's sums have no factor alpha",
        "out=": "MLX's functions write into no array that they are given",
        "dtype=": "MLX's mean takes no dtype",
        "non_blocking=": "MLX's memory is shared by its devices",
        **dict.fromkeys(("memory_format=", "torch.*_format"), "MLX has no memory formats of PyTorch's"),
        "torch.*Tensor": "MLX has no constructor of each dtype",
        "torch.[gs]et_default_dtype": "MLX has no default dtype to be set",
        "torch.set_*": "MLX's settings are others",
        **dict.fromkeys(("generator", "torch.Generator", "torch.manual_seed", "torch.rand"), "MLX's random numbers are others, and come from keys"),
        **dict.fromkeys(("torch.device", ".device", ".c*pu", ".*cuda"), "MLX's arrays have no device: its operations have"),
        ".view": "MLX's arrays are no views of others: its own `view` takes a dtype alone",
        ".type*": "MLX's dtypes are no types of tensors",
        ".data": "MLX's arrays have no history to be left out",
        # The last, since it may end the process in which declarations are looked at.
        "bounds": "MLX documents that it checks no index: what one out of range does is undefined",
    }  # fmt: skip
    spelled_dtype = "mx.{dtype}"
    spelled_dtypes = {"bool": "mx.bool_"}
    spelled_tensor = "mx.array({values}, dtype={dtype})"
    spelled_kind = "mx.array"
    spelled_setup = ("mx.set_default_device(mx.cpu)",)
    arrays = (mx.array,)
    constants = {**_DTYPES, "int": mx.int32}
    functions = {
        **_SHARED,
        "tensor": Entry(lambda data, dtype=None, device=None: mx.array(data, dtype), _DEVICE),
        "as_tensor": Entry(lambda data, dtype=None, device=None: mx.asarray(data, dtype), _DEVICE),
        "from_numpy": Entry(mx.asarray),
        "arange": Entry(_arange, f"{_DEVICE}; calls `end` `stop`"),
        "full": Entry(lambda size, fill_value, dtype=None, device=None: mx.full(size, fill_value, dtype), _DEVICE),
        "zeros": Entry(lambda *shape, size=None, dtype=None, device=None: mx.zeros(sizes(shape) if size is None else size, dtype), f"{_DEVICE}; {_SHAPE}"),
        "ones": Entry(lambda *shape, size=None, dtype=None, device=None: mx.ones(sizes(shape) if size is None else size, dtype), f"{_DEVICE}; {_SHAPE}"),
        "empty": Entry(lambda *shape, size=None, dtype=None, device=None: mx.empty(sizes(shape) if size is None else size, dtype), f"{_DEVICE}; {_SHAPE}"),
        "cat": Entry(lambda tensors, dim=0: mx.concatenate(tensors, dim)), "concat": Entry(mx.concatenate),
        "stack": Entry(lambda tensors, dim=0: mx.stack(tensors, dim)),
        "permute": Entry(mx.permute_dims), "reshape": Entry(mx.reshape),
    }  # fmt: skip
    methods = {
        **_SHARED, **ARRAY_METHODS,
        "add_": Entry(lambda x, other: x.__iadd__(other)), "sub_": Entry(lambda x, other: x.__isub__(other)),
        "subtract_": Entry(lambda x, other: x.__isub__(other)), "mul_": Entry(lambda x, other: x.__imul__(other)),
        "multiply_": Entry(lambda x, other: x.__imul__(other)), "div_": Entry(lambda x, other: x.__itruediv__(other)),
        "divide_": Entry(lambda x, other: x.__itruediv__(other)), "true_divide_": Entry(lambda x, other: x.__itruediv__(other)),
        "copy_": Entry(lambda x, src, non_blocking=False: x.__setitem__(..., src) or x, f"{_WRITES}; drops `non_blocking`"),
        "fill_": Entry(lambda x, value: x.__setitem__(..., value) or x, _WRITES),
        "zero_": Entry(lambda x: x.__setitem__(..., 0) or x, f"fills with 0: {_WRITES}"),
        "detach": Entry(mx.stop_gradient),
        "contiguous": Entry(mx.contiguous),
        "permute": Entry(lambda x, *order, dims=None: mx.permute_dims(x, sizes(order) if dims is None else dims), _SHAPE),
        "reshape": Entry(lambda x, *given, shape=None: mx.reshape(x, sizes(given) if shape is None else shape), _SHAPE),
        "expand": Entry(lambda x, *shape: mx.broadcast_to(x, sizes(shape)), _SHAPE),
        "to": Entry(_to, "finds the dtype among its arguments; drops the device and `copy`, since what `astype` gives is an array of its own"),
        "numpy": Entry(np.asarray, plain=True),
        "bool": Entry(lambda x: x.astype(mx.bool_)), "byte": Entry(lambda x: x.astype(mx.uint8)),
        "char": Entry(lambda x: x.astype(mx.int8)), "short": Entry(lambda x: x.astype(mx.int16)),
        "int": Entry(lambda x: x.astype(mx.int32)), "long": Entry(lambda x: x.astype(mx.int64)),
        "half": Entry(lambda x: x.astype(mx.float16)), "bfloat16": Entry(lambda x: x.astype(mx.bfloat16)),
        "float": Entry(lambda x: x.astype(mx.float32)), "double": Entry(lambda x: x.astype(mx.float64)),
        "cfloat": Entry(lambda x: x.astype(mx.complex64)),
    }  # fmt: skip
    properties = {
        **ARRAY_PROPERTIES,
    }  # fmt: skip

    def __init__(self) -> None:
        """Set MLX for this process to the CPU."""
        mx.set_default_device(mx.cpu)
        super().__init__()

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Make a tensor of an array's copy."""
        del device
        return self.tensor(mx.array(array, _DTYPES[dtype]))

    def bring(self, held: Any) -> np.ndarray[Any, Any]:
        """Give a copy of the elements; those of bfloat16 by their bits, since NumPy's buffers have no such dtype."""
        if held.dtype == mx.bfloat16:
            return np.array(held.view(mx.uint16)).view(numpy_dtype("bfloat16"))
        return np.array(held)

    def dtype_name(self, dtype: Any) -> str | None:
        """Give the name of a dtype of MLX's."""
        return str(dtype).rpartition(".")[2] if isinstance(dtype, mx.Dtype) else None

    def force(self, value: Any) -> None:
        """Compute what was put off."""
        mx.eval(bare(value))

    def environment(self) -> dict[str, str]:
        """Give the device on which MLX computes."""
        return {"mlx device": str(mx.default_device())}
