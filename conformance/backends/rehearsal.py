"""A second device for torch where there is none: the CPU's memory under another name, in pure Python.

`conformance run --device rehearsal` runs the suite's device path on any machine: a PrivateUse1 backend named `rehearsal`,
one fallback for all of its operations, and DLPack capsules whose device is rewritten. It rehearses this suite and is
never evidence about CUDA or any other device: its results are the CPU's.

Its limits: one name a process; an experimental interface (torch 2.13); a view's `storage_offset()` is lost. PyTorch
itself refuses elementwise operations on two devices here; the check of all other operations is `refuse_mixed`.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import torch
from packaging.version import Version

from conformance.backends.protocol import UnknownDeviceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
LACKS: dict[str, str] = {}
# DLPack's numbers of the CPU and of an extension's device, and where a tensor's lies behind its pointer to the elements.
ON_CPU, ON_EXTENSION = 1, 12
_DEVICE_AT = ctypes.sizeof(ctypes.c_void_p)
# Operations that may meet tensors of two devices: copies, and reading and writing by index tensors of the CPU.
MAY_MIX = frozenset({"_copy_from", "index", "index_put_", "_index_put_impl_"})

_C: Any = torch._C  # noqa: SLF001 - no public function makes a capsule of a tensor that requires a gradient
_pointer: Any = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)


def relabelled(tensor: torch.Tensor, device: int) -> torch.Tensor:
    """Give a tensor over the same memory, with the same strides, under the other device's name."""
    if tensor.is_conj():
        # A capsule can't say that a change of sign is put off.
        return relabelled(torch.conj_physical(relabelled(tensor.conj(), ON_CPU)), device)
    capsule = _C._to_dlpack(tensor)  # noqa: SLF001
    at = _pointer(capsule, b"dltensor") + _DEVICE_AT
    ctypes.c_int32.from_address(at).value = device
    result: torch.Tensor = _C._from_dlpack(capsule)  # noqa: SLF001
    return result


def is_here(value: Any) -> bool:
    """Say whether a value is a tensor on the device."""
    return isinstance(value, torch.Tensor) and value.device.type == NAME


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
    here = next(one.device for one in operands if is_here(one))
    for one in operands:
        if one.device != here and one.dim():
            raise RuntimeError(
                f"Expected all tensors to be on the same device, but got one on {one.device}, "
                f"different from other tensors on {here} (when checking an argument of {name})"
            )


def copy(source: torch.Tensor, target: torch.Tensor) -> None:
    """Copy elements between the memories of two devices; both are given as the CPU sees them."""
    target.copy_(source)


class _Call:
    """One operation, run on the CPU's view of its operands."""

    def __init__(self) -> None:
        self._pairs: dict[int, tuple[Any, Any]] = {}

    def down(self, value: Any) -> Any:
        """Give what the CPU sees of an argument."""
        if is_here(value):
            seen = relabelled(value, ON_CPU)
            self._pairs[id(seen)] = (seen, value)
            return seen
        return torch.device("cpu") if isinstance(value, torch.device) and value.type == NAME else value

    def up(self, value: Any) -> Any:
        """Give the device's own tensor for what the CPU returned."""
        if not isinstance(value, torch.Tensor):
            return value
        return self._pairs[id(value)][1] if id(value) in self._pairs else relabelled(value, ON_EXTENSION)

    def grown(self, out: Any) -> Any:
        """Give an empty tensor in place of an empty `out`: memory under another name can't be resized."""
        fresh = torch.empty((0,), dtype=out.dtype)
        self._pairs[id(fresh)] = (fresh, out)
        return fresh


def fallback(operation: Any, *arguments: Any, **keywords: Any) -> Any:
    """Run any operation of the device on the CPU."""
    name = operation._schema.name.partition("::")[2]  # noqa: SLF001 - the schema is public in all but its name
    call = _Call()
    if name not in MAY_MIX:
        operands = [one for one in flat([list(arguments), *keywords.values()]) if isinstance(one, torch.Tensor)]
        if any(map(is_here, operands)):
            refuse_mixed(name, operands)
    if name == "_copy_from":
        copy(call.down(arguments[0]), call.down(arguments[1]))
        return arguments[1]
    given = {key: mapped(call.down, value) for key, value in keywords.items()}
    outs = [one.name for one in operation._schema.arguments if one.is_out]  # noqa: SLF001
    empty = [key for key in outs if key in given and is_here(keywords[key]) and not keywords[key].numel()]
    given.update({key: call.grown(keywords[key]) for key in empty})
    result = operation(*mapped(call.down, arguments), **given)
    for key in empty:
        keywords[key].data = relabelled(given[key], ON_EXTENSION)
    return mapped(call.up, result)


# Registrations last as long as these.
_libraries: list[Any] = []


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
    # A copy takes conjugates as they are: to resolve them first, PyTorch would copy them.
    copies.impl("_copy_from", torch.library.fallthrough_kernel, "Conjugate")
    _libraries.extend((every, copies))


def _set_up() -> None:
    if Version(Version(torch.__version__).base_version) < OLDEST:
        raise UnknownDeviceError(
            f"the device 'rehearsal' needs PyTorch {OLDEST} or newer, which has devices in Python; "
            f"here is {torch.__version__}"
        )
    try:
        from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

        _setup_privateuseone_for_python_backend(NAME)
    except (ImportError, AttributeError, RuntimeError) as error:
        raise UnknownDeviceError(
            f"PyTorch {torch.__version__} gives this process no device 'rehearsal': its experimental interface for "
            f"devices in Python raises {type(error).__name__}: {error}"
        ) from error
