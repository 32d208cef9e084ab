"""PaddlePaddle as a backend: `conformance run --backend paddle`. Its own names are near PyTorch's, and most entries are just them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import paddle

from conformance.backends.shaped import Adapter, Entry
from conformance.dtypes import DTYPES
from conformance.observation import Seen

if TYPE_CHECKING:
    import numpy as np

    from conformance.backends.protocol import Device

_DTYPES = {name: getattr(paddle, name) for name in DTYPES}


class PaddleBackend(Adapter):
    """PaddlePaddle on the CPU: what its own functions and methods do under PyTorch's names."""

    name = "paddle"
    version = paddle.__version__
    default_dtypes = {"bool": "bool", "integer": "int64", "float": "float32", "complex": "complex64"}
    errors = {"ValueError": "RuntimeError"}
    lacks = {
        "printed-form": "Paddle prints tensors in its own form, `Tensor(shape=[2], dtype=float32, ...)`",
        "generator": "Paddle's random numbers take no generator as an argument",
        "aliasing.expand": "Paddle's `expand` copies",
        "aliasing.as_tensor": "Paddle's `as_tensor` copies a tensor, as its documentation says",
        "aliasing.numpy": "Paddle's `numpy` copies",
        "memory_format=": "Paddle has no memory formats of PyTorch's",
        "torch.*_format": "Paddle has no memory formats of PyTorch's",
        "torch.set_float32_matmul_precision": "Paddle has no such setting",
        ".type": "Paddle's `type` is the kind of a variable",
        ".nelement": "Paddle has no `nelement`",
        ".true_divide_": "Paddle has no `true_divide_`",
        ".retains_grad": "Paddle does not tell whether a tensor retains its gradient",
    }
    spelled_dtype = "paddle.{dtype}"
    spelled_tensor = "paddle.to_tensor({values}, dtype={dtype})"
    spelled_kind = "paddle.Tensor"
    arrays = (paddle.Tensor,)
    constants = {
        **_DTYPES, "int": paddle.int, "float": paddle.float, "double": paddle.double, "long": paddle.long,
    }  # fmt: skip
    functions = {
        "tensor": Entry(paddle.tensor), "as_tensor": Entry(paddle.as_tensor), "from_numpy": Entry(paddle.from_numpy),
        "arange": Entry(paddle.arange), "empty": Entry(paddle.empty), "full": Entry(paddle.full),
        "ones": Entry(paddle.ones), "zeros": Entry(paddle.zeros), "rand": Entry(paddle.rand),
        "manual_seed": Entry(paddle.manual_seed), "Generator": Entry(paddle.Generator), "device": Entry(paddle.device),
        "Tensor": Entry(paddle.Tensor), "BFloat16Tensor": Entry(paddle.BFloat16Tensor),
        "BoolTensor": Entry(paddle.BoolTensor), "ByteTensor": Entry(paddle.ByteTensor),
        "CharTensor": Entry(paddle.CharTensor), "DoubleTensor": Entry(paddle.DoubleTensor),
        "FloatTensor": Entry(paddle.FloatTensor), "HalfTensor": Entry(paddle.HalfTensor),
        "IntTensor": Entry(paddle.IntTensor), "LongTensor": Entry(paddle.LongTensor),
        "ShortTensor": Entry(paddle.ShortTensor),
        "add": Entry(paddle.add), "sub": Entry(paddle.sub), "subtract": Entry(paddle.subtract),
        "mul": Entry(paddle.mul), "multiply": Entry(paddle.multiply), "div": Entry(paddle.div),
        "divide": Entry(paddle.divide), "true_divide": Entry(paddle.true_divide), "matmul": Entry(paddle.matmul),
        "mm": Entry(paddle.mm), "mv": Entry(paddle.mv), "dot": Entry(paddle.dot), "mean": Entry(paddle.mean),
        "argmax": Entry(paddle.argmax), "cat": Entry(paddle.cat), "concat": Entry(paddle.concat),
        "stack": Entry(paddle.stack), "clone": Entry(paddle.clone), "permute": Entry(paddle.permute),
        "reshape": Entry(paddle.reshape), "squeeze": Entry(paddle.squeeze), "unsqueeze": Entry(paddle.unsqueeze),
        "transpose": Entry(paddle.transpose), "t": Entry(paddle.t),
        "get_default_dtype": Entry(paddle.get_default_dtype), "set_default_dtype": Entry(paddle.set_default_dtype),
        "set_printoptions": Entry(paddle.set_printoptions),
        "autograd": Entry(paddle.autograd.grad, "stands as `autograd.grad`"),
        "no_grad": Entry(paddle.no_grad), "enable_grad": Entry(paddle.enable_grad),
        "set_grad_enabled": Entry(paddle.set_grad_enabled), "is_grad_enabled": Entry(paddle.is_grad_enabled),
    }  # fmt: skip
    methods = {
        "add": Entry(paddle.Tensor.add), "sub": Entry(paddle.Tensor.sub), "subtract": Entry(paddle.Tensor.subtract),
        "mul": Entry(paddle.Tensor.mul), "multiply": Entry(paddle.Tensor.multiply), "div": Entry(paddle.Tensor.div),
        "divide": Entry(paddle.Tensor.divide), "true_divide": Entry(paddle.Tensor.true_divide),
        "add_": Entry(paddle.Tensor.add_), "sub_": Entry(paddle.Tensor.sub_),
        "subtract_": Entry(paddle.Tensor.subtract_), "mul_": Entry(paddle.Tensor.mul_),
        "multiply_": Entry(paddle.Tensor.multiply_), "div_": Entry(paddle.Tensor.div_),
        "divide_": Entry(paddle.Tensor.divide_), "matmul": Entry(paddle.Tensor.matmul), "mm": Entry(paddle.Tensor.mm),
        "mv": Entry(paddle.Tensor.mv), "dot": Entry(paddle.Tensor.dot), "mean": Entry(paddle.Tensor.mean),
        "argmax": Entry(paddle.Tensor.argmax), "clone": Entry(paddle.Tensor.clone),
        "contiguous": Entry(paddle.Tensor.contiguous), "copy_": Entry(paddle.Tensor.copy_),
        "fill_": Entry(paddle.Tensor.fill_), "zero_": Entry(paddle.Tensor.zero_),
        "detach": Entry(paddle.Tensor.detach), "expand": Entry(paddle.Tensor.expand),
        "permute": Entry(paddle.Tensor.permute), "reshape": Entry(paddle.Tensor.reshape),
        "squeeze": Entry(paddle.Tensor.squeeze), "unsqueeze": Entry(paddle.Tensor.unsqueeze),
        "transpose": Entry(paddle.Tensor.transpose), "t": Entry(paddle.Tensor.t), "view": Entry(paddle.Tensor.view),
        "to": Entry(paddle.Tensor.to), "cpu": Entry(paddle.Tensor.cpu), "cuda": Entry(paddle.Tensor.cuda),
        "type_as": Entry(paddle.Tensor.type_as), "bool": Entry(paddle.Tensor.bool), "byte": Entry(paddle.Tensor.byte),
        "char": Entry(paddle.Tensor.char), "short": Entry(paddle.Tensor.short), "int": Entry(paddle.Tensor.int),
        "long": Entry(paddle.Tensor.long), "half": Entry(paddle.Tensor.half),
        "bfloat16": Entry(paddle.Tensor.bfloat16), "float": Entry(paddle.Tensor.float),
        "double": Entry(paddle.Tensor.double), "cfloat": Entry(paddle.Tensor.cfloat),
        "cdouble": Entry(paddle.Tensor.cdouble), "dim": Entry(paddle.Tensor.dim), "numel": Entry(paddle.Tensor.numel),
        "stride": Entry(paddle.Tensor.stride), "is_contiguous": Entry(paddle.Tensor.is_contiguous),
        "item": Entry(paddle.Tensor.item), "tolist": Entry(paddle.Tensor.tolist), "numpy": Entry(paddle.Tensor.numpy),
        "size": Entry(lambda x, dim=None: x.shape if dim is None else x.shape[dim], "reads `shape`: Paddle's `size` counts elements"),
        "backward": Entry(paddle.Tensor.backward), "requires_grad_": Entry(paddle.Tensor.requires_grad_),
        "retain_grad": Entry(paddle.Tensor.retain_grads),
    }  # fmt: skip
    properties = {
        "shape": Entry(lambda x: x.shape), "dtype": Entry(lambda x: x.dtype), "ndim": Entry(lambda x: x.ndim),
        "device": Entry(lambda x: x.device), "is_cuda": Entry(lambda x: x.is_cuda), "data": Entry(lambda x: x.data),
        "T": Entry(lambda x: x.T), "mT": Entry(lambda x: x.mT), "grad": Entry(lambda x: x.grad),
        "grad_fn": Entry(lambda x: x.grad_fn), "is_leaf": Entry(lambda x: x.is_leaf),
        "requires_grad": Entry(lambda x: x.requires_grad),
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._namespace.autograd = SimpleNamespace(grad=self._namespace.autograd)

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Make a dense tensor of an array; Paddle takes the bits of bfloat16 as those of uint16."""
        del device
        return self.tensor(paddle.to_tensor(array.view("uint16") if dtype == "bfloat16" else array))

    def bring(self, held: Any) -> np.ndarray[Any, Any]:
        """Give a copy of the elements."""
        array: np.ndarray[Any, Any] = held.numpy()
        return array

    def dtype_name(self, dtype: Any) -> str | None:
        """Give the name of a dtype of Paddle's."""
        return str(dtype).removeprefix("paddle.") if isinstance(dtype, paddle.dtype) else None

    def device_of(self, held: Any) -> str:
        """Name the device of a tensor as Paddle does."""
        return str(held.device)

    def see_own(self, value: Any) -> Seen | None:
        """Read Paddle's own shapes and devices too."""
        if isinstance(value, paddle.Size):
            return Seen("size", shape=tuple(value))
        if isinstance(value, paddle.device.Device):
            return Seen("device", device=str(value))
        return super().see_own(value)

    def _seen(self, held: Any) -> Seen:
        strides = tuple(held.strides)
        return msgspec.structs.replace(super()._seen(held), strides=strides, requires_grad=held.requires_grad)

    def require_grad(self, tensor: Any) -> Any:
        """Make a leaf of a tensor, and leave what it is a view of alone."""
        return tensor.detach().requires_grad_()

    def is_leaf(self, tensor: Any) -> bool:
        """Say what Paddle says: a leaf that no gradient stops at."""
        return bool(tensor.requires_grad and tensor.is_leaf)

    def prepare(self, seed: int) -> None:
        """Seed Paddle's generator."""
        paddle.seed(seed)

    def state(self) -> dict[str, Any]:
        """Give the default dtype, and whether histories are recorded."""
        return {"default dtype": paddle.get_default_dtype(), "grad mode": paddle.is_grad_enabled()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put both back."""
        paddle.set_default_dtype(state["default dtype"])
        paddle.set_grad_enabled(state["grad mode"])

    def environment(self) -> dict[str, str]:
        """Give the commit of this build."""
        return {"paddle commit": str(paddle.version.commit)}
