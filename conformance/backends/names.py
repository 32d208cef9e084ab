"""The names of PyTorch that programs use, each with the signature in which they call it: all that a library must have.

Dtypes (`torch.float32`) have their own table, and operators are Python's (`+ - * / @`, indexing, iteration, `len`, `bool`).
Creating functions get `device` each time.
"""

from __future__ import annotations

import itertools

_CREATION = {
    "torch.tensor": "(data, *, dtype=None, device=None, requires_grad=False)",
    "torch.as_tensor": "(data, dtype=None, device=None)",
    "torch.from_numpy": "(ndarray)",
    "torch.arange": "(start=0, end, step=1, *, dtype=None, device=None)",
    "torch.empty": "(*size, dtype=None, device=None)",
    "torch.full": "(size, fill_value, *, dtype=None, device=None)",
    "torch.ones": "(*size, dtype=None, device=None)",
    "torch.zeros": "(*size, dtype=None, device=None)",
    "torch.rand": "(*size, generator=None, dtype=None, device=None)",
    "torch.manual_seed": "(seed)",
    "torch.Generator": "(device)",
    "torch.Tensor": "(*size) or (data)",
    **{
        f"torch.{name}Tensor": "(*size) or (data)"
        for name in ("BFloat16", "Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short")
    },
}
_FUNCTIONS = {
    **{f"torch.{name}": "(input, other, *, alpha=1, out=None)" for name in ("add", "sub", "subtract")},
    **{f"torch.{name}": "(input, other, *, out=None)" for name in ("mul", "multiply", "div", "divide", "true_divide")},
    "torch.matmul": "(input, other, *, out=None)",
    "torch.mm": "(input, mat2, *, out=None)",
    "torch.mv": "(input, vec)",
    "torch.dot": "(input, tensor)",
    "torch.mean": "(input, dim=None, keepdim=False, *, dtype=None, out=None)",
    "torch.argmax": "(input, dim=None, keepdim=False)",
    "torch.cat": "(tensors, dim=0, *, out=None)",
    "torch.concat": "(tensors, dim=0)",
    "torch.stack": "(tensors, dim=0)",
    "torch.clone": "(input)",
    "torch.permute": "(input, dims)",
    "torch.reshape": "(input, shape)",
    "torch.squeeze": "(input, dim=None)",
    "torch.unsqueeze": "(input, dim)",
    "torch.transpose": "(input, dim0, dim1)",
    "torch.t": "(input)",
    "torch.device": "(type, index=None)",
}
_STATE = {
    "torch.get_default_dtype": "()",
    "torch.set_default_dtype": "(d)",
    "torch.set_float32_matmul_precision": "(precision)",
    "torch.set_printoptions": "(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None)",
    "torch.contiguous_format": "",
    "torch.preserve_format": "",
}
_GRADIENTS = {
    "torch.autograd": ".grad(outputs, inputs, grad_outputs=None)",
    "torch.no_grad": "()",
    "torch.enable_grad": "()",
    "torch.set_grad_enabled": "(mode)",
    "torch.is_grad_enabled": "()",
    ".backward": "(gradient=None, retain_graph=None)",
    ".grad": "",
    ".grad_fn": "",
    ".is_leaf": "",
    ".requires_grad": "",
    ".requires_grad_": "(requires_grad=True)",
    ".retain_grad": "()",
    ".retains_grad": "",
}
_READING = {
    **{f".{name}": "" for name in ("shape", "dtype", "ndim", "device", "is_cuda", "data", "T", "mT")},
    **{
        f".{name}": "()"
        for name in ("dim", "numel", "nelement", "stride", "is_contiguous", "item", "tolist", "numpy", "t")
    },
    ".size": "(dim=None)",
    ".type": "(dtype=None)",
    ".type_as": "(other)",
}
_METHODS = {
    **{f".{name}": "(other, *, alpha=1)" for name in ("add", "sub", "subtract", "add_", "sub_", "subtract_")},
    **{f".{name}": "(other)" for name in ("mul", "multiply", "mul_", "multiply_")},
    **{f".{name}": "(other)" for name in ("div", "divide", "true_divide", "div_", "divide_", "true_divide_")},
    ".matmul": "(other)",
    ".mm": "(mat2)",
    ".mv": "(vec)",
    ".dot": "(tensor)",
    ".mean": "(dim=None, keepdim=False, *, dtype=None)",
    ".argmax": "(dim=None, keepdim=False)",
    ".clone": "(*, memory_format=torch.preserve_format)",
    ".contiguous": "(memory_format=torch.contiguous_format)",
    ".copy_": "(src, non_blocking=False)",
    ".fill_": "(value)",
    ".zero_": "()",
    ".detach": "()",
    ".expand": "(*sizes)",
    ".permute": "(*dims)",
    ".reshape": "(*shape)",
    ".squeeze": "(dim=None)",
    ".unsqueeze": "(dim)",
    ".transpose": "(dim0, dim1)",
    ".view": "(*shape) or (dtype)",
    ".to": "(device, dtype) in every form of PyTorch's",
    ".cpu": "()",
    ".cuda": "(device=None, non_blocking=False)",
    **{
        f".{name}": "()"
        for name in (
            "bool", "byte", "char", "short", "int", "long", "half", "bfloat16", "float", "double", "cfloat", "cdouble",
        )
    },
}  # fmt: skip
NAMES: dict[str, str] = {**_CREATION, **_FUNCTIONS, **_STATE, **_GRADIENTS, **_READING, **_METHODS}
# What only recorded histories and gradients have, without the dot or `torch.`.
GRADIENTS = frozenset(name.rpartition(".")[2] for name in _GRADIENTS)


def parameters(signature: str) -> tuple[str, ...]:
    """Give the names of the parameters that stand at a place of their own, of a signature in `NAMES`."""
    inside = signature.partition("(")[2].partition(")")[0]
    names = [part.partition("=")[0].strip() for part in inside.split(",")]
    return tuple(itertools.takewhile(lambda name: name.isidentifier(), names))
