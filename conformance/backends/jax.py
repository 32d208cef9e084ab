"""JAX on the CPU as a backend: `conformance run --backend jax`, and `jax-x64` with its 64-bit dtypes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import jaxlib
import numpy as np

from conformance.backends.shaped import ARRAY_METHODS, ARRAY_PROPERTIES, Adapter, Entry, Place, bare, sizes
from conformance.dtypes import DTYPES, numpy_dtype

if TYPE_CHECKING:
    from conformance.backends.protocol import Device

_AXES = "calls `dim` `axis` and `keepdim` `keepdims`"
_DEVICE = "drops `device`, since the CPU is JAX's default here"
_SHAPE = "takes the sizes one by one or as one tuple, as PyTorch does"
_WIDE = {
    "int64": "int32", ".long": "int32", "float64": "float32", ".double": "float32",
    "complex128": "complex64", ".cdouble": "complex64",
}  # fmt: skip
_DTYPES = {name: numpy_dtype(name) for name in DTYPES}


def _arange(*bounds: Any, device: Any = None, start: Any = 0, end: Any = None, **rest: Any) -> Any:
    del device
    return jnp.arange(*bounds, *(() if end is None else (start, end)), **rest)


def _to(x: Any, *args: Any, dtype: Any = None, copy: bool = False, device: Any = None) -> Any:
    del device
    # PyTorch's last two places are those of `non_blocking` and `copy`.
    copy = copy or [one for one in args if isinstance(one, bool)][1:] == [True]
    named = (getattr(one, "dtype", one) for one in (*args, dtype))
    return x.astype(next((one for one in named if isinstance(one, np.dtype)), x.dtype), copy=copy)


_SHARED = {
    "add": Entry(jnp.add), "sub": Entry(jnp.subtract), "subtract": Entry(jnp.subtract), "mul": Entry(jnp.multiply),
    "multiply": Entry(jnp.multiply), "div": Entry(jnp.true_divide), "divide": Entry(jnp.true_divide),
    "true_divide": Entry(jnp.true_divide), "matmul": Entry(jnp.matmul),
    "mv": Entry(jnp.matvec), "dot": Entry(jnp.dot),
    "mean": Entry(lambda x, dim=None, keepdim=False, **rest: jnp.mean(x, axis=dim, keepdims=keepdim, **rest), _AXES),
    "argmax": Entry(lambda x, dim=None, keepdim=False: jnp.argmax(x, axis=dim, keepdims=keepdim), _AXES),
    "squeeze": Entry(jnp.squeeze), "unsqueeze": Entry(jnp.expand_dims), "transpose": Entry(jnp.swapaxes),
    "clone": Entry(jnp.copy),
}  # fmt: skip


class JaxBackend(Adapter):
    """JAX as it comes: what its own functions do under PyTorch's names, each called by itself."""

    name = "jax"
    version = jax.__version__
    x64 = False
    default_dtypes = {"bool": "bool", "integer": "int32", "float": "float32", "complex": "complex64"}
    errors = {"ValueError": "RuntimeError"}
    # JAX compiles each function anew for each shape and dtype.
    budget = 10
    lacks = {
        "in-place": "JAX's arrays are immutable",
        "aliasing.*": "JAX's arrays are immutable, so that no write is seen through another",
        "gradients": "JAX's gradients are those of functions (`jax.grad`): an array records nothing and collects none",
        "bounds": "JAX documents that it checks no index: one that is out of range is moved to the nearest element",
        "strides": "JAX's arrays have no strides",
        "printed-form": "JAX prints arrays in its own form",
        "generator": "JAX's random numbers come from keys",
        "*.mm": "JAX's `matmul` takes vectors and batches too, and it has no other for two matrices",
        "*.t": "JAX's `transpose` takes any number of dimensions, and it has no other for matrices",
        "alpha=": "JAX's sums have no factor alpha",
        "non_blocking=": "JAX's transfers have no such option",
        "memory_format=": "JAX has no memory formats of PyTorch's",
        "torch.*Tensor": "JAX has no constructor of each dtype",
        "torch.[gs]et_default_dtype": "JAX's default dtypes follow from its settings of bits",
        "torch.set_*": "JAX's settings are others",
        "torch.manual_seed": "JAX's random numbers come from keys",
        "torch.Generator": "JAX's random numbers come from keys",
        "torch.rand": "JAX's random numbers come from keys",
        "torch.device": "JAX's devices are objects that it gives itself",
        "torch.*_format": "JAX has no memory formats of PyTorch's",
        ".*_": "JAX's arrays are immutable",
        ".view": "JAX's arrays are no views of others: its own `view` takes a dtype alone",
        ".*contiguous": "JAX lays out its arrays itself",
        ".stride": "JAX's arrays have no strides",
        ".*cuda": "JAX names platforms, and has the CPU here",
        ".type*": "JAX's dtypes are no types of tensors",
        ".data": "JAX's arrays have no history to be left out",
        **{name: f"JAX without `jax_enable_x64` makes {less} of it, and warns" for name, less in _WIDE.items()},
    }
    spelled_dtype = "jnp.{dtype}"
    spelled_tensor = "jnp.array({values}, dtype={dtype})"
    spelled_kind = "jax.Array"
    arrays = (jax.Array,)
    constants = {"int": _DTYPES["int32"], **{name: dtype for name, dtype in _DTYPES.items() if name not in _WIDE}}
    functions = {
        **_SHARED,
        "tensor": Entry(lambda data, dtype=None, device=None: jnp.array(data, dtype=dtype), _DEVICE),
        "as_tensor": Entry(lambda data, dtype=None, device=None: jnp.asarray(data, dtype=dtype), _DEVICE),
        "from_numpy": Entry(jnp.asarray),
        "arange": Entry(_arange, f"{_DEVICE}; calls `end` `stop`"),
        "full": Entry(lambda size, fill_value, dtype=None, device=None: jnp.full(size, fill_value, dtype=dtype), _DEVICE),
        "zeros": Entry(lambda *shape, size=None, dtype=None, device=None: jnp.zeros(sizes(shape) if size is None else size, dtype=dtype), f"{_DEVICE}; {_SHAPE}"),
        "ones": Entry(lambda *shape, size=None, dtype=None, device=None: jnp.ones(sizes(shape) if size is None else size, dtype=dtype), f"{_DEVICE}; {_SHAPE}"),
        "empty": Entry(lambda *shape, size=None, dtype=None, device=None: jnp.empty(sizes(shape) if size is None else size, dtype=dtype), f"{_DEVICE}; {_SHAPE}"),
        "cat": Entry(jnp.concatenate), "concat": Entry(jnp.concatenate), "stack": Entry(jnp.stack),
        "permute": Entry(jnp.transpose), "reshape": Entry(jnp.reshape),
    }  # fmt: skip
    methods = {
        **_SHARED, **ARRAY_METHODS,
        "detach": Entry(jax.lax.stop_gradient),
        "permute": Entry(lambda x, *order, dims=None: jnp.transpose(x, sizes(order) if dims is None else dims), _SHAPE),
        "reshape": Entry(lambda x, *given, shape=None: jnp.reshape(x, sizes(given) if shape is None else shape), _SHAPE),
        "expand": Entry(lambda x, *shape: jnp.broadcast_to(x, sizes(shape)), _SHAPE),
        "to": Entry(_to, "finds the dtype among its arguments, and drops the device"),
        "cpu": Entry(lambda x: x),
        "numpy": Entry(np.asarray, plain=True),
        "bool": Entry(lambda x: x.astype(jnp.bool_)), "byte": Entry(lambda x: x.astype(jnp.uint8)),
        "char": Entry(lambda x: x.astype(jnp.int8)), "short": Entry(lambda x: x.astype(jnp.int16)),
        "int": Entry(lambda x: x.astype(jnp.int32)), "half": Entry(lambda x: x.astype(jnp.float16)),
        "bfloat16": Entry(lambda x: x.astype(jnp.bfloat16)), "float": Entry(lambda x: x.astype(jnp.float32)),
        "cfloat": Entry(lambda x: x.astype(jnp.complex64)),
    }  # fmt: skip
    properties = {
        **ARRAY_PROPERTIES,
        "device": Entry(lambda x: Place(x.device.platform), "names the device by its platform"),
    }  # fmt: skip

    def __init__(self) -> None:
        """Set JAX for this process: to the CPU, and with 64 bits or without."""
        jax.config.update("jax_platforms", "cpu")
        jax.config.update("jax_enable_x64", self.x64)
        super().__init__()

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Make a tensor of an array's copy."""
        del device
        return self.tensor(jnp.array(array, dtype=_DTYPES[dtype]))

    def bring(self, held: Any) -> np.ndarray[Any, Any]:
        """Give the elements as NumPy sees them."""
        return np.asarray(held)

    def dtype_name(self, dtype: Any) -> str | None:
        """Give the name of a dtype, which is NumPy's or of ml_dtypes."""
        return dtype.name if isinstance(dtype, np.dtype) else None

    def force(self, value: Any) -> None:
        """Wait for what was dispatched."""
        jax.block_until_ready(bare(value))

    def environment(self) -> dict[str, str]:
        """Give the version of what computes, and the setting."""
        return {"jaxlib": jaxlib.__version__, "jax_enable_x64": str(self.x64)}


class JaxX64Backend(JaxBackend):
    """JAX with `jax_enable_x64`: it has the dtypes of 64 bits, and they are its defaults."""

    name = "jax-x64"
    x64 = True
    spelled_setup = ("jax.config.update('jax_enable_x64', True)",)
    default_dtypes = {"bool": "bool", "integer": "int64", "float": "float64", "complex": "complex128"}
    lacks = {word: why for word, why in JaxBackend.lacks.items() if word not in _WIDE}
    constants = {**JaxBackend.constants, **_DTYPES}
    methods = {
        **JaxBackend.methods,
        "long": Entry(lambda x: x.astype(jnp.int64)), "double": Entry(lambda x: x.astype(jnp.float64)),
        "cdouble": Entry(lambda x: x.astype(jnp.complex128)),
    }  # fmt: skip
