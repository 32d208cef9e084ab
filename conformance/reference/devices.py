"""Where a tensor lies, how it is moved, and which operands may meet.

Sources: PyTorch's reference, "torch.device" in Tensor Attributes; Tensor.to, Tensor.cpu, Tensor.cuda, Tensor.is_cuda;
"CUDA semantics": operations across devices are not allowed, with the exception of copy_() and other methods with
copy-like functionality. One tensor without dimensions on the CPU may meet a device's tensors in an elementwise operation
(ATen's TensorIteratorConfig, allow_cpu_scalars).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, numpy_dtype
from conformance.reference.tensor import Place, Tensor, dense, dense_strides

if TYPE_CHECKING:
    from collections.abc import Sequence

CPU = "cpu"
# The memory formats (Tensor Attributes, torch.memory_format) that a copy may be asked for in.
PRESERVE_FORMAT, CONTIGUOUS_FORMAT = "torch.preserve_format", "torch.contiguous_format"


def refusal(one: str, other: str) -> RuntimeError:
    """Make the refusal of operands on two devices."""
    return RuntimeError(
        f"Expected all tensors to be on the same device, but found at least two devices, {one} and {other}!"
    )


def one_device(*operands: Any) -> str:
    """Give the device of tensors that must lie on one; where there is none, the CPU.

    Raises:
        RuntimeError: they lie on two.
    """
    devices = [one.device for one in operands if isinstance(one, Tensor)]
    for device in devices:
        if device != devices[0]:
            raise refusal(devices[0], device)
    return devices[0] if devices else CPU


def elementwise_device(*operands: Any) -> str:
    """Give the device of the result of an elementwise operation: that of its tensors, but for one of the CPU without dimensions.

    Raises:
        RuntimeError: they lie on two otherwise.
    """
    tensors = [one for one in operands if isinstance(one, Tensor)]
    device = next((one.device for one in tensors if one.device != CPU), tensors[0].device)
    for tensor in tensors:
        if tensor.device != device and (tensor.device != CPU or tensor.ndim):
            raise refusal(device, tensor.device)
    return device


def target_device(target: Tensor, other: Any) -> None:
    """See that an operation may write into its left operand.

    Raises:
        RuntimeError: the result lies on another device than the target.
    """
    device = elementwise_device(target, other)
    if device != target.device:
        raise refusal(device, target.device)


def selects_by_tensors(key: Any) -> bool:
    """Say whether a key holds an index tensor with dimensions; one without counts as an int."""
    parts = key if isinstance(key, tuple) else (key,)
    return any(isinstance(part, Tensor) and part.ndim for part in parts)


def _numpy_key(key: Any) -> Any:
    """Give a key with index tensors as NumPy's, which has the same rule for one of them."""
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(part.array() if isinstance(part, Tensor) else part for part in parts)


def gathered(tensor: Tensor, key: Any) -> Tensor:
    """Give a copy of the elements that index tensors select, where the tensor lies.

    Raises:
        RuntimeError: an index tensor lies elsewhere, and not on the CPU.
    """
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, Tensor) and part.device not in (CPU, tensor.device):
            raise RuntimeError(
                f"indices should be either on {CPU} or on the same device as the indexed tensor ({tensor.device})"
            )
    return dense(np.asarray(tensor.array()[_numpy_key(key)]), tensor.dtype, tensor.device)


def scattered(tensor: Tensor, key: Any, value: Any) -> None:
    """Write a number, or a tensor of the same dtype, into the elements that index tensors select, wherever these lie.

    Raises:
        RuntimeError: the value has dimensions and lies elsewhere.
    """
    if isinstance(value, Tensor) and value.ndim:
        one_device(tensor, value)
    elements = value.array() if isinstance(value, Tensor) else np.asarray(value, dtype=numpy_dtype(tensor.dtype))
    tensor.array()[_numpy_key(key)] = elements


def copy_asked_for(asked: Sequence[Any], *, copy: bool) -> tuple[tuple[Any, ...], bool]:
    """Give what `to(*asked, copy=...)` names of dtype, device and tensor, and whether it asks for a copy.

    Source: Tensor.to: non_blocking and copy follow, in this order, what is converted to in each of its three forms.
    """
    flags = [one for one in asked if isinstance(one, bool)]
    named = tuple(one for one in asked if not isinstance(one, bool))
    return named, copy or flags[1:] == [True]


def asked_for(tensor: Tensor, asked: Sequence[Any], dtype: str | None, device: str | None) -> tuple[str, str]:
    """Give the dtype and device that `to(*asked, dtype=..., device=...)` names: a dtype, a device, both, or a tensor's."""
    for one in asked:
        if isinstance(one, Tensor):
            dtype, device = one.dtype, one.device
        elif one in DTYPES:
            dtype = one
        elif isinstance(one, str):
            device = one
    return dtype or tensor.dtype, Place(device or tensor.device)


def moved(source: Tensor, made: Tensor, device: str) -> Tensor:
    """Give the elements of `made` on a device, with the strides of `source` where it is dense and does not overlap.

    Source: torch.preserve_format: strides are copied where the memory is dense and does not overlap.
    """
    result = dense(made.array(), made.dtype, device, made.allowed)
    if not is_dense(source.shape, source.strides):
        return result
    storage = np.empty_like(result.storage)
    preserved = Tensor(storage, made.dtype, made.shape, source.strides, 0, device, made.allowed)
    preserved.array()[...] = result.array()
    return preserved


def is_dense(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Say whether each element has a place of its own and no place between them is left free, in any order of dimensions."""
    if 0 in shape:
        return strides == dense_strides(shape)
    places = sorted((stride, size) for size, stride in zip(shape, strides, strict=True) if size != 1)
    expected = 1
    for stride, size in places:
        if stride != expected:
            return False
        expected *= size
    return True
