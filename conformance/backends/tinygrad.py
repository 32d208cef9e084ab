"""tinygrad as a backend: `conformance run --backend tinygrad`."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from tinygrad import Device as Devices
from tinygrad import Tensor, dtypes
from tinygrad.dtype import DType, strong_dtype
from tinygrad.helpers import DEV, PARALLEL
from tinygrad.runtime.support.compiler_cpu import ClangCompiler

from conformance.backends.protocol import Spelling
from conformance.backends.shaped import Adapter, Entry, Place, Shaped, Size, bare
from conformance.dtypes import DTYPES, numpy_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.backends.protocol import Device
    from conformance.observation import Seen

_DEVICE = "drops `device`, since tinygrad computes on its default one"
_SIZE = "takes sizes by the name `size` too"
_CONSTANT = "brings a constant, which lies on no device, to the one that computes: tinygrad brings it to the CPU's, which takes a compiler"
_DTYPES = {name: getattr(dtypes, name) for name, dtype in DTYPES.items() if dtype.kind != "complex"}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


def _arange(*bounds: Any, device: Any = None, start: Any = 0, end: Any = None, **rest: Any) -> Any:
    del device
    return Tensor.arange(*bounds, *(() if end is None else (start, end)), **rest)


def _made(make: Any, shape: tuple[Any, ...], size: Any = None, device: Any = None, **rest: Any) -> Any:
    del device
    return make(*(shape if size is None else size), **rest)


def _to(x: Any, *args: Any, dtype: Any = None, copy: bool = False, device: Any = None) -> Any:
    del device
    # PyTorch's last two places are those of `non_blocking` and `copy`.
    copy = copy or [one for one in args if isinstance(one, bool)][1:] == [True]
    named = (getattr(one, "dtype", one) for one in (*args, dtype))
    cast = x.cast(next((one for one in named if isinstance(one, DType)), x.dtype))
    return cast.clone() if copy and cast is x else cast


def _placed(x: Any) -> Any:
    return x if x.device is not None else x.cast(strong_dtype(x.dtype)).clone(device=Devices.DEFAULT)


def _tensors(value: Any) -> Iterator[Any]:
    """Give the tensors in lists and tuples, and their gradients."""
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, Tensor):
        yield value
        yield from _tensors(value.grad)


def _by_gcc(_: Any, source: str) -> bytes:
    """Compile what tinygrad's CPU starts and waits with where clang is missing; kernels come from its own assembler then."""
    with TemporaryDirectory() as folder:
        made, own = Path(folder, "made.o"), ("-O2", "-fPIC", "-ffreestanding", "-nostdlib", "-fno-ident")
        subprocess.run(["gcc", "-c", "-x", "c", *own, "-", "-o", made], input=source.encode(), check=True)  # noqa: S603, S607 - the compiler on the PATH, as tinygrad takes clang
        return made.read_bytes()


def _choose() -> None:
    """Have one process make kernels, and the CPU compute, or Python's emulator, which is slow, where no compiler is; whoever has set DEV has chosen already."""
    # A kernel of so few elements is made before a process to make it in has started.
    PARALLEL.value = 0
    if DEV.device:
        return
    if shutil.which(os.environ.get("CC", "clang")):
        DEV.value = "CPU"
    elif shutil.which("gcc") and platform.machine() == "x86_64":
        DEV.value = "CPU:X86"
        ClangCompiler.compile = _by_gcc
    else:
        DEV.value = "PYTHON"


_SHARED = {
    "add": Entry(Tensor.add), "sub": Entry(Tensor.sub), "subtract": Entry(Tensor.sub), "mul": Entry(Tensor.mul),
    "multiply": Entry(Tensor.mul), "div": Entry(Tensor.div), "divide": Entry(Tensor.div), "true_divide": Entry(Tensor.div),
    "matmul": Entry(Tensor.matmul), "mv": Entry(Tensor.matmul), "dot": Entry(Tensor.dot),
    "mean": Entry(Tensor.mean), "argmax": Entry(Tensor.argmax), "squeeze": Entry(Tensor.squeeze),
    "unsqueeze": Entry(Tensor.unsqueeze), "transpose": Entry(Tensor.transpose),
    "clone": Entry(Tensor.clone), "reshape": Entry(Tensor.reshape),
}  # fmt: skip


class TinygradBackend(Adapter):
    """tinygrad: what its own `Tensor` does under PyTorch's names."""

    name = "tinygrad"
    version = version("tinygrad")
    # Its own default of integers is int32, and int64 stays what it is: either is right where PyTorch prints no dtype.
    default_dtypes = {"bool": "bool", "float": "float32"}
    errors = {"ValueError": "RuntimeError"}
    # A kernel takes tinygrad a tenth of a second.
    budget = 8
    lacks = {
        "complex*": "tinygrad has no complex dtypes",
        ".c[fd]*": "tinygrad has no complex dtypes",
        "strides": "tinygrad's tensors have no strides",
        "printed-form": "tinygrad prints how a tensor is computed, and none of its elements",
        "generator": "tinygrad's random numbers come from one seed",
        "*.mm": "tinygrad's `matmul` takes vectors and batches too, and it has no other for two matrices",
        "*.t": "tinygrad's `T` takes any number of dimensions but one, and it has no other for matrices",
        "alpha=": "tinygrad's sums have no factor alpha",
        "out=": "tinygrad's functions write into no tensor that is given",
        "dtype=": "tinygrad's mean takes no dtype",
        "non_blocking=": "tinygrad's transfers have no such option",
        "memory_format=": "tinygrad has no memory formats",
        "requires_grad=": "tinygrad gives a gradient to each float tensor in scope, asked for or not",
        "grad_outputs=": "tinygrad's `gradient` is a method of one tensor",
        "torch.as_tensor": "tinygrad has one constructor, which takes no tensor",
        "torch.*Tensor": "tinygrad has no constructor of each dtype",
        "torch.[gs]et_default_dtype": "tinygrad's default dtypes are variables of a context",
        "torch.set_*": "tinygrad's settings are others",
        "torch.Generator": "tinygrad's random numbers come from one seed",
        "torch.device": "tinygrad's devices are names",
        "torch.*_format": "tinygrad has no memory formats",
        "torch.autograd": "tinygrad's `gradient` is a method of one tensor",
        "torch.*_grad": "tinygrad has no mode in which nothing is recorded",
        "torch.*_grad_enabled": "tinygrad has no mode in which nothing is recorded",
        ".grad_fn": "tinygrad shows no history",
        ".is_leaf": "tinygrad knows no leaves",
        ".requires_grad*": "tinygrad gives a gradient to each float tensor in scope, asked for or not",
        ".retain*_grad": "tinygrad gives a gradient to each float tensor in scope, asked for or not",
        ".stride": "tinygrad's tensors have no strides",
        ".is_contiguous": "tinygrad's tensors have no strides",
        ".*cuda": "tinygrad computes on its default device here",
        ".type*": "tinygrad's dtypes are no types of tensors",
        ".data": "tinygrad's `data` is a buffer",
        ".mT": "tinygrad has no mT",
    }
    arrays = (Tensor,)
    constants = {**_DTYPES, "int": dtypes.int, "float": dtypes.float, "double": dtypes.double, "long": dtypes.long}
    functions = {
        **_SHARED,
        "tensor": Entry(lambda data, dtype=None, device=None: Tensor(data, dtype=dtype), _DEVICE),
        "from_numpy": Entry(Tensor),
        "arange": Entry(_arange, f"{_DEVICE}; calls `end` `stop`"),
        "full": Entry(lambda size, fill_value, dtype=None, device=None: Tensor.full(size, fill_value, dtype=dtype), _DEVICE),
        "zeros": Entry(lambda *shape, **rest: _made(Tensor.zeros, shape, **rest), f"{_DEVICE}; {_SIZE}"),
        "ones": Entry(lambda *shape, **rest: _made(Tensor.ones, shape, **rest), f"{_DEVICE}; {_SIZE}"),
        "empty": Entry(lambda *shape, **rest: _made(Tensor.empty, shape, **rest), f"{_DEVICE}; {_SIZE}"),
        "rand": Entry(lambda *shape, **rest: _made(Tensor.rand, shape, **rest), f"{_DEVICE}; {_SIZE}"),
        "manual_seed": Entry(Tensor.manual_seed),
        "cat": Entry(lambda tensors, dim=0: Tensor.cat(*tensors, dim=dim), "unpacks the tensors"),
        "concat": Entry(lambda tensors, dim=0: Tensor.cat(*tensors, dim=dim), "unpacks the tensors"),
        "stack": Entry(lambda tensors, dim=0: Tensor.stack(*tensors, dim=dim), "unpacks the tensors"),
        "permute": Entry(Tensor.permute),
    }  # fmt: skip
    methods = {
        **_SHARED,
        "add_": Entry(Tensor.__iadd__), "sub_": Entry(Tensor.__isub__), "subtract_": Entry(Tensor.__isub__),
        "mul_": Entry(Tensor.__imul__), "multiply_": Entry(Tensor.__imul__), "div_": Entry(Tensor.__itruediv__),
        "divide_": Entry(Tensor.__itruediv__), "true_divide_": Entry(Tensor.__itruediv__),
        "copy_": Entry(lambda x, src, non_blocking=False: x.assign(src), "drops `non_blocking`"),
        "fill_": Entry(Tensor.assign),
        "zero_": Entry(lambda x: x.assign(0), "assigns 0"),
        "detach": Entry(Tensor.detach), "contiguous": Entry(Tensor.contiguous), "expand": Entry(Tensor.expand),
        "permute": Entry(lambda x, *order, dims=(): x.permute(*order, *dims), "takes the order by the name `dims` too"),
        "view": Entry(lambda x, *shape: x.bitcast(*shape) if isinstance(shape[0], DType) else x.view(*shape), "a view of another dtype is tinygrad's `bitcast`"),
        "to": Entry(_to, "finds the dtype among its arguments, drops the device, and copies by `clone`"),
        "cpu": Entry(lambda x: x),
        "numpy": Entry(lambda x: _placed(x).numpy(), _CONSTANT, plain=True),
        "item": Entry(lambda x: _placed(x).item(), _CONSTANT), "tolist": Entry(lambda x: _placed(x).tolist(), _CONSTANT),
        "bool": Entry(Tensor.bool), "byte": Entry(lambda x: x.cast(dtypes.uint8)), "char": Entry(lambda x: x.cast(dtypes.int8)),
        "short": Entry(Tensor.short), "int": Entry(Tensor.int), "long": Entry(Tensor.long), "half": Entry(Tensor.half),
        "bfloat16": Entry(Tensor.bfloat16), "float": Entry(Tensor.float), "double": Entry(Tensor.double),
        "dim": Entry(lambda x: x.ndim), "numel": Entry(Tensor.numel), "nelement": Entry(Tensor.numel),
        "size": Entry(lambda x, dim=None: Size(x.shape) if dim is None else x.size(dim), "calls the tuple a size"),
        "backward": Entry(lambda x, gradient=None, retain_graph=None: x.backward(gradient), "drops `retain_graph`, since tinygrad keeps every graph"),
    }  # fmt: skip
    properties = {
        "shape": Entry(lambda x: Size(x.shape), "calls the tuple a size"), "ndim": Entry(lambda x: x.ndim),
        "dtype": Entry(lambda x: x.dtype), "T": Entry(lambda x: x.T), "grad": Entry(lambda x: x.grad),
        "device": Entry(lambda _: Place("cpu"), "names the one device, whatever computes in its place"),
    }  # fmt: skip

    def __init__(self) -> None:
        """Choose the device, and let a gradient be set, as with tinygrad's own tensor."""
        _choose()
        super().__init__()
        kind: Any = self.tensor
        kind.grad = kind.grad.setter(lambda tensor, value: setattr(tensor.held, "grad", bare(value)))

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Make a tensor of an array's bytes."""
        del device
        return self.tensor(Tensor(array.tobytes(), dtype=_DTYPES[dtype]).realize().reshape(array.shape))

    def bring(self, held: Any) -> np.ndarray[Any, Any]:
        """Give the elements as NumPy sees them, and those of bfloat16 by their bits."""
        if held.dtype != dtypes.bfloat16:
            return np.asarray(_placed(held).numpy())
        return np.asarray(_placed(held).bitcast(dtypes.uint16).numpy()).view(numpy_dtype("bfloat16"))

    def _seen(self, held: Any) -> Seen:
        # Whether it has a history is nothing that tinygrad tells.
        return msgspec.structs.replace(super()._seen(held), requires_grad=None)

    def dtype_name(self, dtype: Any) -> str | None:
        """Give the name of a dtype, its own for one that PyTorch has not."""
        return _NAMES.get(dtype, str(dtype)) if isinstance(dtype, DType) else None

    def force(self, value: Any) -> None:
        """Realize tensors and their gradients."""
        found = list(_tensors(bare(value)))
        if found:
            Tensor.realize(*found)

    def require_grad(self, tensor: Any) -> Any:
        """Give the tensor: each float tensor collects a gradient."""
        return tensor

    def is_leaf(self, tensor: Any) -> bool:
        """Say whether a tensor is of floats."""
        return isinstance(tensor, Shaped) and bool(tensor.held.is_floating_point())

    def spelling(self) -> Spelling:
        """Make a tensor with memory of its own, which a constant has not, and an unread list neither."""
        lines = (
            "from conformance.backends.tinygrad import Tensor, TinygradBackend",
            "tiny = TinygradBackend()",
            "torch = tiny.namespace",
        )
        return Spelling(lines, "tiny.tensor(Tensor({values}, dtype=torch.{dtype}).clone().realize())", leaf="")

    def prepare(self, seed: int) -> None:
        """Start the random numbers anew."""
        Tensor.manual_seed(seed)

    def environment(self) -> dict[str, str]:
        """Give the device that computed, with tinygrad's own name of what made its kernels."""
        return {"device": repr(DEV), "clang": shutil.which(os.environ.get("CC", "clang")) or "none"}
