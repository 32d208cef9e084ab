"""A second device for torch where there is none: the CPU's memory under another name, in pure Python.

`conformance run --device rehearsal` runs the suite's device path on any machine: a PrivateUse1 backend named `rehearsal`,
one fallback for all of its operations, and DLPack capsules whose device is rewritten. It rehearses this suite and is
never evidence about CUDA or any other device: its results are the CPU's.

Its limits: one name a process; an experimental interface (torch 2.13); what `LACKS` names. PyTorch itself refuses
elementwise operations on two devices here; the check of all other operations is `refuse_mixed`.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import torch
from packaging.version import Version

from conformance.backends.protocol import UnknownDeviceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.backends.protocol import Device

NAME = "rehearsal"
# What every report of a run on it says.
NOTE = (
    "rehearsal is the CPU's memory under another name, so this is a rehearsal of this suite "
    "and never evidence about any real device"
)
OLDEST = Version("2.13")
# How a program of its own gets it.
SETUP = ("from conformance.backends import rehearsal", "rehearsal.register()")
# What it can't do, by what a case needs, each with the reason.
LACKS = {
    "generator": "PyTorch's interface for devices in Python makes no torch.Generator there",
    "non-blocking-to-the-cpu": "PyTorch's interface for devices in Python makes no pinned memory, where such a transfer ends",
}
# DLPack's numbers of the CPU and of an extension's device, and where a tensor's lies behind its pointer to the elements.
ON_CPU, ON_EXTENSION = 1, 12
_DEVICE_AT = ctypes.sizeof(ctypes.c_void_p)
# Operations that may meet tensors of two devices: copies, and reading and writing by index tensors of the CPU.
MAY_MIX = frozenset({"_copy_from", "index", "index_put_", "_index_put_impl_"})

# Operations whose CPU kernels look at sizes, strides and offsets alone, whatever the device.
VIEWS = frozenset({"as_strided", "view", "_reshape_alias", "unfold", "view_as_real", "view_as_complex"})
# What the CPU says where a result has no room: memory under another name can't grow.
NO_ROOM = "not resizable"

_C: Any = torch._C  # noqa: SLF001 - no public function makes a capsule, or calls the kernel of one device for another
_pointer: Any = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
# As it was when PyTorch was imported: a fault planted in `torch.Tensor` does not mislead the device itself.
_device: Any = torch.Tensor.__mro__[1].device.__get__
_as_strided, _set = torch.ops.aten.as_strided.default, torch.ops.aten.set_.source_Storage_storage_offset
_turned = torch.ops.aten._neg_view.default  # noqa: SLF001 - the only view of the other sign


@cache
def cpu_kernel() -> Any:
    """Say whose kernel is meant: the CPU's, which older versions can't say."""
    return _C.DispatchKeySet(_C.DispatchKey.CPU)


def strided(tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Give a tensor over the memory of the first, with the sizes, strides and offset of the second."""
    return _as_strided.redispatch(cpu_kernel(), tensor, like.size(), like.stride(), like.storage_offset())


def memory(tensor: torch.Tensor, device: int) -> torch.Tensor:
    """Give all of a tensor's memory, with one dimension, under the other device's name."""
    length = tensor.untyped_storage().nbytes() // tensor.element_size()
    capsule = _C._to_dlpack(_as_strided.redispatch(cpu_kernel(), tensor, (length,), (1,), 0))  # noqa: SLF001
    at = _pointer(capsule, b"dltensor") + _DEVICE_AT
    ctypes.c_int32.from_address(at).value = device
    result: torch.Tensor = _C._from_dlpack(capsule)  # noqa: SLF001
    return result


def relabelled(tensor: torch.Tensor, device: int) -> torch.Tensor:
    """Give a tensor over the same memory, with the same strides and offset, under the other device's name."""
    # A capsule can't say that a change of sign is put off.
    if tensor.is_conj():
        return relabelled(tensor.conj(), device).conj()
    if tensor.is_neg():
        return _turned(relabelled(_turned(tensor), device))
    return strided(memory(tensor, device), tensor)


def synchronize(device: Any) -> None:
    """Wait for nothing: whatever is asked for is done at once."""
    del device


def is_here(value: Any) -> bool:
    """Say whether a value is a tensor on the device."""
    return isinstance(value, torch.Tensor) and _device(value).type == NAME


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """Apply a function to a value, or to what a list or tuple holds."""
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(function, one) for one in value)
    return function(value)


def flat(value: Any) -> Iterator[Any]:
    """Give a value, or what a list or tuple holds."""
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from flat(one)
    else:
        yield value


def refuse_mixed(name: str, operands: list[torch.Tensor]) -> None:
    """See that the operands of an operation lie on one device; PyTorch has seen to those without dimensions.

    Raises:
        RuntimeError: they lie on two.
    """
    here = next(_device(one) for one in operands if is_here(one))
    for one in operands:
        if _device(one) != here and one.dim():
            raise RuntimeError(
                f"Expected all tensors to be on the same device, but got one on {_device(one)}, "
                f"different from other tensors on {here} (when checking an argument of {name})"
            )


def refuse_target(name: str, operands: list[torch.Tensor], target: torch.Tensor) -> None:
    """See that a result's target, be it without dimensions, lies where an operand lies; `refuse_mixed` sees to the others.

    Raises:
        RuntimeError: it lies elsewhere.
    """
    if operands and _device(target) not in map(_device, operands):
        raise RuntimeError(
            f"Expected out tensor to have device {_device(operands[0])}, but got {_device(target)} instead ({name})"
        )


def copy(source: torch.Tensor, target: torch.Tensor) -> None:
    """Copy elements between the memories of two devices; both are given as the CPU sees them."""
    target.copy_(source)


@cache
def facts(operation: Any) -> tuple[str, frozenset[str], bool]:
    """Give an operation's name, the names of its results that a caller gives it, and whether it writes into any argument."""
    schema = operation._schema  # noqa: SLF001 - public in all but its name
    outs = frozenset(one.name for one in schema.arguments if one.is_out)
    return schema.name.partition("::")[2], outs, schema.is_mutable


class _Call:
    """One operation, run on the CPU's view of its operands."""

    def __init__(self) -> None:
        self._pairs: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self._memories: dict[int, torch.Tensor] = {}
        self._stand_ins: list[tuple[torch.Tensor, torch.Tensor]] = []

    def down(self, value: Any) -> Any:
        """Give what the CPU sees of an argument; arguments that share their memory share it there too."""
        if is_here(value):
            return self._known(self._seen(value), value)
        return torch.device("cpu") if isinstance(value, torch.device) and value.type == NAME else value

    def fresh(self, value: Any) -> Any:
        """Give an empty tensor in place of a result that has no room."""
        return self._stood_in(torch.empty((0,), dtype=value.dtype, device="cpu"), value) if is_here(value) else value

    def copied(self, value: Any) -> Any:
        """Give a copy, which may grow, of an argument."""
        if not is_here(value):
            return value
        copy = torch.empty_strided(value.size(), value.stride(), dtype=value.dtype, device="cpu")
        return self._stood_in(copy.copy_(self._seen(value)), value)

    def up(self, value: Any) -> Any:
        """Give the device's own tensor for what the CPU returned."""
        if not isinstance(value, torch.Tensor):
            return value
        return self._pairs[id(value)][1] if id(value) in self._pairs else relabelled(value, ON_EXTENSION)

    def settle(self) -> None:
        """Give the device's own tensors the sizes that the CPU's came to."""
        for seen, value in self._pairs.values():
            if _layout(seen) != _layout(value):
                _set.redispatch(cpu_kernel(), value, value.untyped_storage(), *_layout(seen))

    def replace(self) -> None:
        """Give the device's own tensors the memory of those that stood in for them."""
        for stand_in, value in self._stand_ins:
            value.data = relabelled(stand_in, ON_EXTENSION)

    def _known(self, seen: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        self._pairs[id(seen)] = (seen, value)
        return seen

    def _stood_in(self, stand_in: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        self._stand_ins.append((stand_in, value))
        return self._known(stand_in, value)

    def _seen(self, value: torch.Tensor) -> torch.Tensor:
        if value.is_conj() or value.is_neg():
            return relabelled(value, ON_CPU)
        at = value.untyped_storage().data_ptr()
        if at not in self._memories:
            self._memories[at] = memory(value, ON_CPU)
        whole = self._memories[at]
        if whole.dtype == value.dtype:
            return strided(whole, value)
        empty = torch.empty((0,), dtype=value.dtype, device="cpu")
        return _set.redispatch(cpu_kernel(), empty, whole.untyped_storage(), *_layout(value))


def _layout(tensor: torch.Tensor) -> tuple[Any, ...]:
    return tensor.storage_offset(), tensor.size(), tensor.stride()


def _look_at_devices(operation: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    """See that the operands of an operation may meet."""
    name, outs, _ = facts(operation)
    if name in MAY_MIX:
        return
    for key in outs & keywords.keys():
        refuse_target(name, [one for one in flat(arguments) if isinstance(one, torch.Tensor)], keywords[key])
    operands = [one for one in flat([list(arguments), *keywords.values()]) if isinstance(one, torch.Tensor)]
    if any(map(is_here, operands)):
        refuse_mixed(name, operands)


def fallback(operation: Any, *arguments: Any, **keywords: Any) -> Any:
    """Run any operation of the device on the CPU."""
    name, _, writes = facts(operation)
    if name in VIEWS:
        return operation.redispatch(cpu_kernel(), *arguments, **keywords)
    _look_at_devices(operation, arguments, keywords)
    call = _Call()
    if name == "_copy_from":
        copy(call.down(arguments[0]), call.down(arguments[1]))
        return arguments[1]
    given = {key: mapped(call.down, value) for key, value in keywords.items()}
    try:
        result = operation(*mapped(call.down, arguments), **given)
    except RuntimeError as error:
        if not writes or NO_ROOM not in str(error):
            raise
        return _with_room(operation, arguments, keywords)
    if writes:
        call.settle()
    return mapped(call.up, result)


def _with_room(operation: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Run an operation again that writes more than its target has room for, with targets that may grow."""
    call, outs = _Call(), facts(operation)[1]
    first = arguments[:1] if outs else mapped(call.copied, arguments[:1])
    given = {key: mapped(call.fresh if key in outs else call.down, value) for key, value in keywords.items()}
    result = operation(*mapped(call.down, first), *mapped(call.down, arguments[1:]), **given)
    call.replace()
    return mapped(call.up, result)


# Registrations last as long as these.
_libraries: list[Any] = []


def described(device: Device) -> Device:
    """Add to what was found of the device what it lacks, what reports say of it, and how a program gets it; there is one alone."""
    if device.text != f"{NAME}:0":
        reason = f"there is one {NAME} device, {NAME}:0"
        device = msgspec.structs.replace(device, here=False, reason=reason)
    return msgspec.structs.replace(device, lacks=LACKS, note=NOTE, setup=SETUP, kernels="cpu")


def register() -> None:
    """Give this process the device; a second call does nothing.

    Raises:
        UnknownDeviceError: PyTorch has no interface for it, or the process has another device of its own already.
    """
    if _libraries:
        return
    _set_up()
    every, copies = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL")
    every.fallback(fallback, "PrivateUse1")
    # A copy takes what puts a change of sign off as it is: to resolve it first, PyTorch would copy it.
    for key in ("Conjugate", "Negative"):
        copies.impl("_copy_from", torch.library.fallthrough_kernel, key)
    _libraries.extend((every, copies))


def _set_up() -> None:
    if Version(Version(torch.__version__).base_version) < OLDEST:
        raise UnknownDeviceError(
            f"the device 'rehearsal' needs PyTorch {OLDEST} or newer, which has devices in Python; "
            f"here is {torch.__version__}"
        )
    try:
        from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

        cpu_kernel()
        _setup_privateuseone_for_python_backend(NAME)
    except (ImportError, AttributeError, RuntimeError) as error:
        raise UnknownDeviceError(
            f"PyTorch {torch.__version__} gives this process no device 'rehearsal': its experimental interface for "
            f"devices in Python raises {type(error).__name__}: {error}"
        ) from error
