"""Faults of devices, planted in the rehearsal device: the only one on which they show, so they are no part of the matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from conformance.backends import rehearsal
from conformance.backends.rehearsal import ON_CPU, is_here, relabelled
from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault, kept

HERE = "conformance.backends.rehearsal"
_refuse_mixed, _refuse_target = rehearsal.refuse_mixed, rehearsal.refuse_target


def _is_mixed(*operands: Any) -> bool:
    tensors = [one for one in operands if isinstance(one, torch.Tensor)]
    return len({METHODS.device.__get__(one) for one in tensors}) > 1


def _brought(x: Any, y: Any) -> Any:
    """Bring the second operand to the first one's device."""
    return METHODS.to(y, METHODS.device.__get__(x)) if _is_mixed(x, y) else y


# --- the flag, the device ---


@fault("device-has-no-index", "torch.Tensor.device", clauses=("devices.where-a-tensor-lies",))
def _without_index(self: Any) -> Any:
    """Leave the device's index out."""
    return torch.device(METHODS.device.__get__(self).type)


@fault(
    "moved-tensors-say-the-cpu",
    "torch.Tensor.device",
    clauses=("devices.flag-follows-moves", "devices.where-a-tensor-lies"),
    shows="device",
)
def _always_the_cpu(self: Any) -> Any:  # noqa: ARG001 - as a property
    """Say of every tensor that it lies on the CPU."""
    return torch.device("cpu")


@fault("views-say-the-cpu", "torch.Tensor.__getitem__", clauses=("devices.where-a-tensor-lies",))
def _view_on_the_cpu(self: Any, key: Any) -> Any:
    """Give views that lie on the CPU."""
    view = METHODS.__getitem__(self, key)
    return relabelled(view, ON_CPU) if is_here(view) else view


@fault("device-argument-ignored", "torch.tensor", clauses=("devices.made-on-the-device",))
def _made_on_the_cpu(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Ignore a torch.device where one is asked for."""
    return FUNCTIONS.tensor(data, dtype=dtype, device=None if isinstance(device, torch.device) else device)


@fault("as-tensor-ignores-the-device", "torch.as_tensor", clauses=("numpy-bridge.arrays-converted",), shows="device")
def _kept_on_the_cpu(data: Any, *, dtype: Any = None, device: Any = None) -> Any:  # noqa: ARG001 - as PyTorch's
    """Leave what an array is made into on the CPU."""
    return FUNCTIONS.as_tensor(data, dtype=dtype)


# --- precision ---


def _cut_to(bits: int, x: Any) -> Any:
    """Cut a float32 number off to so many bits."""
    if x.dtype != torch.float32:
        return x
    fraction, exponent = torch.frexp(x)
    return torch.ldexp(torch.trunc(fraction * 2.0**bits), exponent - bits)


@fault("float32-products-in-tf32", "torch.Tensor.__matmul__", clauses=("devices.products-in-any-precision",))
def _always_tf32(self: Any, other: Any) -> Any:
    """Multiply float32 as TensorFloat32, whatever is set."""
    return METHODS.matmul(_cut_to(11, self), _cut_to(11, other))


@fault("precision-below-the-one-set", "torch.matmul", clauses=("devices.products-in-any-precision",))
def _medium_for_high(x: Any, y: Any) -> Any:
    """Multiply float32 with six bits where TensorFloat32 is allowed."""
    few = torch.get_float32_matmul_precision() == "high"
    return FUNCTIONS.matmul(_cut_to(6, x), _cut_to(6, y)) if few else FUNCTIONS.matmul(x, y)


# --- transfers ---


@fault("transfers-read-densely", f"{HERE}.copy", clauses=("devices.moves-keep-bits", "devices.moved-is-a-copy"))
def _dense_copy(source: Any, target: Any) -> None:
    """Read the source's memory as if it lay densely."""
    target.copy_(torch.as_strided(source, source.shape, torch.empty(source.shape).stride()))


@fault("float64-bits-reinterpreted", f"{HERE}.copy", clauses=("devices.moves-keep-bits",))
def _as_float32(source: Any, target: Any) -> None:
    """Bring float64 over by way of float32."""
    target.copy_(source.float() if source.dtype == torch.float64 else source)


@fault(
    "transfers-lose-the-last-element",
    f"{HERE}.copy",
    clauses=("devices.values-survive-the-way", "devices.moves-keep-bits", "devices.copies-cross"),
)
def _short(source: Any, target: Any) -> None:
    """Bring all elements over but the last."""
    target.copy_(source)
    if target.numel():
        target[(-1,) * target.dim()] = 0


@fault("large-transfers-lose-the-end", f"{HERE}.copy", clauses=("devices.moves-keep-bits",))
def _cut(source: Any, target: Any) -> None:
    """Lose the last element of more than 32768."""
    target.copy_(source)
    if target.numel() > 32768:
        target.view(-1)[-1] = 0


@fault("empty-transfers-lose-their-shape", "torch.Tensor.to", clauses=("devices.moves-keep-bits",), shows="shape")
def _flat_empty(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give an empty tensor one dimension."""
    moved = METHODS.to(self, *args, **kwargs)
    return moved if moved is self or self.numel() else moved.reshape(0)


@fault(
    "non-blocking-comes-too-late",
    "torch.Tensor.to",
    clauses=("devices.moves-keep-bits", "devices.non-blocking-arrives", "devices.cuda-in-every-spelling"),
)
def _late(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Free the source of a non-blocking transfer before it is read."""
    moved = METHODS.to(self, *args, **kwargs)
    return moved if moved is self or not kwargs.get("non_blocking") else METHODS.zero_(moved)


@fault("non-blocking-copies-come-too-late", "torch.Tensor.copy_", clauses=("devices.non-blocking-arrives",))
def _late_copy(self: Any, source: Any, non_blocking: bool = False) -> Any:  # noqa: FBT001, FBT002 - as PyTorch's
    """Leave the end of a large copy that does not block to a later time."""
    METHODS.copy_(self, source, non_blocking)
    if non_blocking and self.numel() > 1024:
        METHODS.view(self, -1)[-1] = 1
    return self


@fault("non-blocking-by-position-comes-too-late", "torch.Tensor.to", clauses=("devices.non-blocking-arrives",))
def _late_by_position(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Free the source of a transfer that is not to block, where that is said by position, before it is read."""
    moved = METHODS.to(self, *args, **kwargs)
    return METHODS.zero_(moved) if moved is not self and args[2:3] == (True,) else moved


@fault("devices-without-an-index-are-here", "torch.Tensor.to", clauses=("devices.cuda-in-every-spelling",))
def _staying(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Take a torch.device without an index for wherever the tensor lies."""
    if args and isinstance(args[0], torch.device) and args[0].type != "cpu" and args[0].index is None:
        return METHODS.to(self, METHODS.device.__get__(self), *args[1:], **kwargs)
    return METHODS.to(self, *args, **kwargs)


@fault("moving-to-the-same-place-copies", "torch.Tensor.to", clauses=("devices.cuda-in-every-spelling",), shows="alias")
def _copying(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give a copy where the device is named by its type alone, though the tensor lies there."""
    return (
        METHODS.to(self, *args, **kwargs, copy=True) if args == (rehearsal.NAME,) else METHODS.to(self, *args, **kwargs)
    )


@fault("bfloat16-comes-back-as-float32", "torch.Tensor.cpu", clauses=("devices.moves-keep-bits",), shows="dtype")
def _widened(self: Any) -> Any:
    """Bring bfloat16 back as float32."""
    moved = METHODS.cpu(self)
    return moved.float() if is_here(self) and self.dtype == torch.bfloat16 else moved


@fault("strides-dropped", "torch.Tensor.to", clauses=("devices.moves-keep-strides",), shows="alias")
def _contiguous(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Make each tensor contiguous on its way."""
    moved = METHODS.to(self, *args, **kwargs)
    return moved if moved is self else moved.contiguous()


@fault("gaps-kept", "torch.Tensor.to", clauses=("devices.moves-make-dense",), shows="alias")
def _with_gaps(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Keep gaps between the elements."""
    moved = METHODS.to(self, *args, **kwargs)
    if moved is self or not moved.dim() or self.is_contiguous():
        return moved
    wide = torch.stack((moved, moved), -1)
    return wide[..., 0]


@fault("dtype-lost-on-the-way", "torch.Tensor.to", clauses=("devices.moves-cast",), shows="dtype")
def _keeping_dtype(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Take the device of another tensor, and not its dtype."""
    if args and isinstance(args[0], torch.Tensor):
        return METHODS.to(self, METHODS.device.__get__(args[0]))
    return METHODS.to(self, *args, **kwargs)


@fault("cpu-shares-memory", "torch.Tensor.cpu", clauses=("devices.moved-is-a-copy",), shows="alias")
def _shared(self: Any) -> Any:
    """Give the device's own memory under the CPU's name."""
    return relabelled(self, ON_CPU) if is_here(self) else METHODS.cpu(self)


@fault(
    "cpu-moves-the-original", "torch.Tensor.cpu", clauses=("devices.moved-is-a-copy", "devices.cpu-leaves-the-original")
)
def _moving(self: Any) -> Any:
    """Move the original along."""
    if is_here(self):
        self.data = METHODS.cpu(self)
    return self


@fault("copy-ignores-broadcasting", "torch.Tensor.copy_", clauses=("devices.copies-cross",))
def _unbroadcast(self: Any, source: Any, **kwargs: Any) -> Any:
    """Read a row as a column where a smaller tensor is copied across."""
    if _is_mixed(self, source) and source.shape == (5,):
        source = source.flip(0)
    return METHODS.copy_(self, source, **kwargs)


@fault("slices-are-not-assigned-across", "torch.Tensor.__setitem__", clauses=("devices.copies-cross",), shows="error")
def _unassignable(self: Any, key: Any, value: Any) -> None:
    """Refuse to assign a tensor from another device."""
    if _is_mixed(self, value):
        raise RuntimeError("tensors on two devices")
    METHODS.__setitem__(self, key, value)


@fault("arrays-read-densely", "torch.tensor", clauses=("devices.arrays-arrive",))
def _dense_array(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Read a NumPy array's memory as if it lay densely."""
    if isinstance(data, np.ndarray) and data.ndim and data.size:
        data = np.lib.stride_tricks.as_strided(data, data.shape, np.empty(data.shape, data.dtype).strides)
    return FUNCTIONS.tensor(data, dtype=dtype, device=device)


@fault(
    "device-memory-as-an-array", "torch.Tensor.numpy", clauses=("devices.no-array-off-the-cpu",), shows="missing error"
)
def _array_of_anything(self: Any) -> Any:
    """Give the device's memory as an array."""
    return METHODS.numpy(METHODS.cpu(self))


# --- mixed operands ---


@fault("mixed-products-unchecked", f"{HERE}.refuse_mixed", clauses=("devices.mixed-products",), shows="missing error")
def _products_unchecked(name: str, operands: Any) -> None:
    """Multiply whatever lies wherever."""
    if "m" not in name and name != "dot":
        _refuse_mixed(name, operands)


@fault("second-factor-unchecked", f"{HERE}.refuse_mixed", clauses=("devices.mixed-products",), shows="missing error")
def _second_unchecked(name: str, operands: Any) -> None:
    """Look at the first factor's device alone."""
    _refuse_mixed(name, operands[:1] + operands[2:] if is_here(operands[0]) and "m" in name else operands)


@fault("mixed-cat-unchecked", f"{HERE}.refuse_mixed", clauses=("devices.mixed-cat",), shows="missing error")
def _cat_unchecked(name: str, operands: Any) -> None:
    """Look at the first and the last tensor alone."""
    _refuse_mixed(name, [operands[0], *operands[2:]] if name == "cat" and is_here(operands[0]) else operands)


@fault("mixed-sums-unchecked", "torch.add", clauses=("devices.mixed-elementwise",), shows="missing error")
def _sum_unchecked(x: Any, y: Any) -> Any:
    """Add tensors of two devices."""
    return FUNCTIONS.add(x, _brought(x, y))


@fault(
    "one-element-counts-as-0-d", "torch.Tensor.__mul__", clauses=("devices.mixed-elementwise",), shows="missing error"
)
def _one_element(self: Any, other: Any) -> Any:
    """Take a vector of one element for a 0-d tensor."""
    single = isinstance(other, torch.Tensor) and other.shape == (1,)
    return METHODS.mul(self, _brought(self, other) if single else other)


@fault("0-d-of-the-device-mixes", "torch.Tensor.sub", clauses=("devices.mixed-elementwise",), shows="missing error")
def _device_scalar(self: Any, other: Any) -> Any:
    """Let a 0-d tensor of the device meet the CPU's tensors."""
    zero_dim = isinstance(other, torch.Tensor) and not other.dim() and is_here(other)
    return METHODS.sub(self, _brought(self, other) if zero_dim else other)


@fault("mixed-in-place-unchecked", "torch.Tensor.mul_", clauses=("devices.mixed-in-place",), shows="missing error")
def _in_place_unchecked(self: Any, other: Any) -> Any:
    """Multiply in place by what lies on another device."""
    return METHODS.mul_(self, _brought(self, other))


@fault("refused-call-writes", "torch.Tensor.add_", clauses=("devices.mixed-in-place",))
def _writing_refusal(self: Any, other: Any) -> Any:
    """Write before the devices are looked at."""
    if _is_mixed(self, other) and other.dim():
        METHODS.zero_(self)
    return METHODS.add_(self, other)


@fault("wrong-exception", "torch.div", clauses=("devices.mixed-elementwise",), shows="error")
def _wrong_exception(x: Any, y: Any) -> Any:
    """Refuse with another kind of exception."""
    if _is_mixed(x, y) and x.dim() and y.dim():
        raise LookupError("another device")
    return FUNCTIONS.div(x, y)


@fault(
    "0-d-of-the-cpu-refused",
    "torch.Tensor.__rsub__",
    "torch.sub",
    clauses=("devices.zero-dim-cpu-operand",),
    shows="error",
)
def _no_scalar(x: Any, y: Any) -> Any:
    """Refuse a 0-d tensor of the CPU too."""
    if _is_mixed(x, y):
        raise RuntimeError("tensors on two devices")
    return FUNCTIONS.sub(x, y)


@fault("0-d-of-the-cpu-counts-in-full", "torch.mul", clauses=("devices.zero-dim-cpu-operand",), shows="dtype")
def _full_scalar(x: Any, y: Any) -> Any:
    """Promote with a 0-d tensor of the CPU as if it had dimensions."""
    if _is_mixed(x, y):
        return FUNCTIONS.mul(x, y).to(torch.promote_types(x.dtype, y.dtype))
    return FUNCTIONS.mul(x, y)


@fault("stacked-without-a-look", "torch.stack", clauses=("devices.mixed-cat",), shows="missing error")
def _stacked(tensors: Any, dim: int = 0) -> Any:
    """Stack tensors of two devices."""
    return FUNCTIONS.stack([_brought(tensors[0], one) for one in tensors], dim)


@fault("mixed-dot-unchecked", "torch.dot", clauses=("devices.mixed-products",), shows="missing error")
def _dot_unchecked(x: Any, y: Any) -> Any:
    """Multiply vectors of two devices."""
    return FUNCTIONS.dot(x, _brought(x, y))


# --- index tensors ---


def _brought_index(self: Any, key: Any, *, of_bools: bool) -> Any:
    """Bring an index of the device, or of bools alone, to the CPU's tensor."""
    is_index = isinstance(key, torch.Tensor) and key.dim() and is_here(key) and not is_here(self)
    return METHODS.cpu(key) if is_index and (key.dtype == torch.bool or not of_bools) else key


@fault(
    "device-index-into-the-cpu", "torch.Tensor.__getitem__", clauses=("devices.mixed-indices",), shows="missing error"
)
def _index_unchecked(self: Any, key: Any) -> Any:
    """Read the CPU's tensor by an index that lies wherever."""
    return METHODS.__getitem__(self, _brought_index(self, key, of_bools=False))


@fault(
    "device-mask-into-the-cpu", "torch.Tensor.__getitem__", clauses=("devices.mixed-indices",), shows="missing error"
)
def _mask_unchecked(self: Any, key: Any) -> Any:
    """Look at the devices of integer indices alone."""
    return METHODS.__getitem__(self, _brought_index(self, key, of_bools=True))


@fault("device-index-writes-the-first-alone", "torch.Tensor.__setitem__", clauses=("devices.mixed-index-writes",))
def _first_by_index(self: Any, key: Any, value: Any) -> None:
    """Bring an index to the tensor of the CPU that is written, and write to the first place alone that it names."""
    brought = _brought_index(self, key, of_bools=False)
    if brought is not key and brought.dtype != torch.bool:
        brought = METHODS.reshape(brought, -1)[:1]
    METHODS.__setitem__(self, brought, value)


@fault("refused-write-by-index-writes", "torch.Tensor.__setitem__", clauses=("devices.mixed-index-writes",))
def _written_and_refused(self: Any, key: Any, value: Any) -> None:
    """Write before an index tensor of another device is refused."""
    METHODS.__setitem__(self, key, value)
    if isinstance(key, torch.Tensor) and key.dim() and _is_mixed(self, key):
        raise RuntimeError("indices on another device")


@fault("cpu-index-refused", "torch.Tensor.__getitem__", clauses=("devices.cpu-indices",), shows="error")
def _index_refused(self: Any, key: Any) -> Any:
    """Refuse an index of the CPU too."""
    if isinstance(key, torch.Tensor) and key.dim() and _is_mixed(self, key):
        raise RuntimeError("indices on another device")
    return METHODS.__getitem__(self, key)


@fault("cpu-index-gives-cpu-elements", "torch.Tensor.__getitem__", clauses=("devices.cpu-indices",), shows="device")
def _elements_on_the_cpu(self: Any, key: Any) -> Any:
    """Give the elements where the index lies."""
    found = METHODS.__getitem__(self, key)
    return METHODS.cpu(found) if isinstance(key, torch.Tensor) and key.dim() and _is_mixed(self, key) else found


@fault("cpu-index-writes-once", "torch.Tensor.__setitem__", clauses=("devices.cpu-indices",))
def _written_once(self: Any, key: Any, value: Any) -> None:
    """Write to the first place alone that an index of the CPU names."""
    if isinstance(key, torch.Tensor) and key.dim() and key.dtype != torch.bool and _is_mixed(self, key):
        key = METHODS.reshape(key, -1)[:1]
    METHODS.__setitem__(self, key, value)


# --- `out=` ---


def _into(operation: Any, x: Any, y: Any, out: Any) -> Any:
    """Calculate where the operands lie, and write to wherever `out` lies."""
    if out is None or not _is_mixed(x, out) or _is_mixed(x, y):
        return operation(x, y) if out is None else operation(x, y, out=out)
    result = operation(x, y)
    return METHODS.copy_(out.resize_(result.shape) if not out.numel() else out, result)


@fault("mul-writes-out-elsewhere", "torch.mul", clauses=("devices.mixed-out",), shows="missing error")
def _mul_out(x: Any, y: Any, *, out: Any = None) -> Any:
    """Write a product to whatever device."""
    return _into(FUNCTIONS.mul, x, y, out)


@fault("mm-writes-out-elsewhere", "torch.mm", clauses=("devices.mixed-out",), shows="missing error")
def _mm_out(x: Any, y: Any, *, out: Any = None) -> Any:
    """Write a matrix product to whatever device."""
    return _into(FUNCTIONS.mm, x, y, out)


@fault("refused-out-is-written", "torch.cat", clauses=("devices.mixed-out",))
def _cat_out(tensors: Any, dim: int = 0, *, out: Any = None) -> Any:
    """Write into `out` before the devices are looked at."""
    if out is None:
        return FUNCTIONS.cat(tensors, dim)
    if out.numel() and _is_mixed(out, *tensors):
        METHODS.zero_(out)
    return FUNCTIONS.cat(tensors, dim, out=out)


@fault("0-d-out-elsewhere-unchecked", f"{HERE}.refuse_target", clauses=("devices.mixed-out",), shows="missing error")
def _target_unchecked(name: str, operands: Any, target: Any) -> None:
    """Write a 0-d result to whatever device."""


# --- what a refusal leaves behind ---

_poisoned: list[bool] = kept([])
_rotten: list[bool] = kept([])
_poisoned_by_index: list[bool] = kept([])


@fault("sums-poisoned-by-a-mixed-product", f"{HERE}.refuse_mixed", f"{HERE}.copy", clauses=("devices.mixed-products",))
def _spoiling(first: Any, second: Any) -> None:
    """Bring small matrices as zeros once a matrix product was refused, which itself is right."""
    if not isinstance(first, str):
        second.copy_(first)
        if _rotten and second.shape == (2, 2):
            second.zero_()
        return
    try:
        _refuse_mixed(first, second)
    except RuntimeError:
        if first == "mm":
            _rotten.append(True)
        raise


@fault(
    "cpu-poisoned-by-an-index",
    "torch.Tensor.__getitem__",
    "torch.Tensor.cpu",
    clauses=("devices.usable-after-a-refusal",),
)
def _poisoned_index(self: Any, *key: Any) -> Any:
    """Bring wrong numbers to the CPU once an index was refused."""
    if not key:
        moved = METHODS.cpu(self)
        return METHODS.zero_(moved) if _poisoned_by_index and is_here(self) else moved
    if isinstance(key[0], torch.Tensor) and key[0].dim() and _is_mixed(self, key[0]) and is_here(key[0]):
        _poisoned_by_index.append(True)
    return METHODS.__getitem__(self, key[0])


@fault(
    "device-poisoned-by-a-refusal",
    "torch.matmul",
    "torch.Tensor.__matmul__",
    clauses=("devices.usable-after-a-refusal",),
)
def _poisoned_product(x: Any, y: Any) -> Any:
    """Give wrong products on the device once one was refused."""
    if _is_mixed(x, y):
        _poisoned.append(True)
    elif _poisoned and is_here(x):
        return METHODS.zero_(FUNCTIONS.matmul(x, y))
    return FUNCTIONS.matmul(x, y)


@fault("operators-name-no-device", "torch.Tensor.__mul__", clauses=("devices.mixed-operands-named",), shows="error")
def _unnamed(self: Any, other: Any) -> Any:
    """Refuse tensors of two devices in an operator without a word on where they lie."""
    if isinstance(other, torch.Tensor) and _is_mixed(self, other) and other.dim() and self.dim():
        raise RuntimeError("the operands lie on different devices")
    return METHODS.__mul__(self, other)


@fault("one-device-named", f"{HERE}.refuse_mixed", clauses=("devices.mixed-operands-named",), shows="error")
def _terse(name: str, operands: Any) -> None:
    """Name one device alone."""
    try:
        _refuse_mixed(name, operands)
    except RuntimeError as error:
        raise RuntimeError("tensors must be on cpu") from error


@fault("target-elsewhere-unnamed", f"{HERE}.refuse_target", clauses=("devices.mixed-operands-named",), shows="error")
def _target_unnamed(name: str, operands: list[torch.Tensor], target: torch.Tensor) -> None:
    """Refuse a target elsewhere, and name neither device."""
    try:
        _refuse_target(name, operands, target)
    except RuntimeError as error:
        raise RuntimeError(f"{name}: out is on the wrong device") from error


@fault("index-elsewhere-unnamed", "torch.Tensor.__getitem__", clauses=("devices.mixed-indices-named",), shows="error")
def _index_unnamed(self: Any, key: Any) -> Any:
    """Refuse an index tensor of the device, and do not say where the tensor lies."""
    try:
        return METHODS.__getitem__(self, key)
    except RuntimeError as error:
        if "same device" not in str(error):
            raise
        raise RuntimeError("indices are on the wrong device") from error


# --- gradients ---


@fault(
    "history-lost-on-the-way",
    "torch.Tensor.to",
    clauses=("devices.gradients-cross", "devices.history-survives"),
    shows="gradient",
)
def _detaching(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Move a tensor without its history."""
    moved = METHODS.to(self, *args, **kwargs)
    return moved if moved is self else moved.detach()


@fault("gradient-doubled-on-the-way", "torch.Tensor.cpu", clauses=("devices.gradients-cross",), shows="gradient")
def _doubling(self: Any) -> Any:
    """Bring a gradient back twice."""
    moved = METHODS.cpu(self)
    if moved is not self and moved.requires_grad:
        moved.register_hook(lambda gradient: gradient * 2)
    return moved


@fault("copy-without-history", "torch.Tensor.copy_", clauses=("devices.gradients-cross",), shows="gradient")
def _copy_without_history(self: Any, source: Any, **kwargs: Any) -> Any:
    """Copy elements across without their history."""
    return METHODS.copy_(self, source.detach(), **kwargs)


@fault("no-grad-ignored-by-moves", "torch.Tensor.to", clauses=("devices.history-survives",), shows="gradient")
def _always_recording(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Record a move under `no_grad`."""
    with torch.enable_grad():
        return METHODS.to(self, *args, **kwargs)


@fault(
    "gradient-from-elsewhere-taken",
    "torch.Tensor.backward",
    clauses=("devices.gradient-from-elsewhere",),
    shows="missing error",
)
def _taking_gradient(self: Any, gradient: Any = None) -> None:
    """Bring a gradient from another device over."""
    torch.autograd.backward(self, _brought(self, gradient))
