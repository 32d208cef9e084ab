"""The torch backend: PyTorch itself, on any of its devices.

Results are read through the C base class of `torch.Tensor` and straight from memory, so that a fault in a Python
method, in printing or in `.numpy()` is seen where it is, and not in every clause.
"""

from __future__ import annotations

import importlib
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import _tensor_str

from conformance.backends import absence, registry, xla
from conformance.backends.protocol import Backend, Device, Spelling, UnknownDeviceError
from conformance.observation import Seen
from conformance.program import bits_of_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy as np

    from conformance.dtypes import Kind

# The methods as they were when PyTorch was imported: a fault planted in `torch.Tensor` does not reach the observer.
_TensorBase: Any = torch.Tensor.__mro__[1]
_torch_function_off: Any = getattr(torch._C, "DisableTorchFunctionSubclass", None) or torch._C.DisableTorchFunction  # noqa: SLF001
_manual_seed, _set_warn_always = torch.manual_seed, torch.set_warn_always
_default_generator: Any = torch.default_generator
_functions: Any = torch._C._VariableFunctions  # noqa: SLF001
_requires_grad, _dtype, _device = (getattr(_TensorBase, name).__get__ for name in ("requires_grad", "dtype", "device"))
_CPU = torch.device("cpu")
_original = {name: getattr(torch, name) for name in ("int16", "uint8", "device", "dtype", "Size")}

# What a type of device lacks by PyTorch's own documentation.
LACKS: dict[str, dict[str, str]] = {
    "cuda": {
        "integer-matmul": "PyTorch on CUDA multiplies no integer matrices (addmm_cuda is not implemented for them)"
    },
    "mps": dict.fromkeys(("float64", "complex128"), "the MPS framework does not support float64"),
}
# What it lacked in a version: by its own error there, or, of bfloat16, as measured: of 600 elements of products each was
# what sums that are rounded to bfloat16 after every term give, and 261 what sums in float32 give.
LACKED: dict[tuple[str, tuple[int, int]], dict[str, str]] = {
    ("cpu", (1, 13)): {
        "half-matmul": "PyTorch 1.13 on the CPU: \"addmm_impl_cpu_\" not implemented for 'Half'",
        "bfloat16-matmul": "PyTorch 1.13 on the CPU adds up products of bfloat16 in bfloat16 itself",
    },
}
# Devices that the documents' accelerators come under, in the order in which `auto` looks for them.
ACCELERATORS = ("cuda", "xpu", "mps", "hpu", "mtia", "npu")


class TorchBackend(Backend):
    """PyTorch, or a torch-shaped namespace whose tensors are PyTorch's own."""

    def __init__(self, namespace: Any = None, name: str = "torch") -> None:
        self._namespace = torch if namespace is None else namespace
        self.name = name
        self._accelerated = any(_is_available(accelerator) for accelerator in (*ACCELERATORS, _renamed()))
        self.version = str(torch.__version__)
        self.rules = self.version.partition("+")[0]
        self.default_dtypes: Mapping[Kind, str] = {
            "bool": "bool",
            "integer": "int64",
            "float": "float32",
            "complex": "complex64",
        }

    @property
    def namespace(self) -> Any:
        """The module `torch`, or what stands in its place."""
        return self._namespace

    # --- devices ---

    def device(self, name: str) -> Device:
        """Look a torch device up; one that can hold a tensor now is here."""
        own = registry.find_device(name.partition(":")[0])
        try:
            parsed = _original["device"](name)
        except RuntimeError as error:
            raise UnknownDeviceError(
                f"unknown device {name!r}: PyTorch {torch.__version__} knows no such type"
            ) from error
        if parsed.type == "meta":
            raise UnknownDeviceError("the device 'meta' holds no values, so nothing can be judged there")
        text = parsed.type if parsed.type == "cpu" else f"{parsed.type}:{_index(parsed)}"
        reason = _why_not_here(parsed)
        hardware = "" if reason or parsed.type == registry.REHEARSAL else _hardware(parsed)
        lacks = _lacks(parsed.type)
        peer, precision = ("", {}) if reason else (peer_of(parsed), precision_of(parsed))
        device = Device(
            name,
            parsed.type,
            text,
            not reason,
            reason,
            lacks,
            hardware=hardware,
            peer=peer,
            precision=precision,
            together=_wait_of(parsed.type) is not None,
        )
        return own.described(device) if own is not None else device

    def devices(self) -> list[Device]:
        """Give the CPU and each accelerator that is here."""
        names = ["cpu", *(name for name in (*ACCELERATORS, _renamed()) if _is_available(name))]
        if "torch_xla" in sys.modules:
            names.append(xla.NAME)
        return [device for device in map(self.device, dict.fromkeys(names)) if device.here]

    def no_accelerator(self) -> str:
        """Say why there is no CUDA device."""
        return _why_not_here(_original["device"]("cuda"))

    # --- building ---

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Make a dense tensor from the array's bytes."""
        torch_dtype = getattr(torch, dtype)
        if array.size == 0:
            return _functions.empty(array.shape, dtype=torch_dtype, device=device.text)
        flat = _functions.frombuffer(bytearray(array.tobytes()), dtype=torch_dtype)
        shaped = _TensorBase.reshape(flat, array.shape)
        return _TensorBase.to(shaped, device.text) if device.type != "cpu" else _TensorBase.clone(shaped)

    def dtype(self, name: str) -> Any:
        """Give the torch dtype of a name."""
        return getattr(torch, name)

    def require_grad(self, tensor: Any) -> Any:
        """Make a leaf of a tensor, whatever its layout."""
        return _TensorBase.requires_grad_(_TensorBase.detach(tensor))

    def prepare(self, seed: int) -> None:
        """Seed every generator of PyTorch, and have warnings given each time."""
        if self._accelerated:
            _manual_seed(seed)
        else:
            # torch.manual_seed would note the call, with its stack, for each accelerator that may come yet.
            _default_generator.manual_seed(seed)
        _set_warn_always(True)  # noqa: FBT003 - PyTorch's own form

    def force(self, value: Any) -> None:
        """Compute what a lazy device has put off."""
        xla.force(value)

    # --- reading ---

    def fetch(self, values: Iterable[Any]) -> list[tuple[Any, Any]]:
        """Have all copies to the CPU begin, then wait for the devices once, as PyTorch's guide to pinned memory shows."""
        there = [one for one in values if isinstance(one, torch.Tensor) and _device(one) != _CPU]
        waits = {device: wait for device in map(_device, there) if (wait := _wait_of(device.type)) is not None}
        with _torch_function_off():
            brought = [(one, _begun(one)) for one in there if _device(one) in waits]
        for device, wait in waits.items():
            wait(device)
        return brought

    def see_own(self, value: Any) -> Seen | None:
        """Read a tensor, a size, a dtype or a device."""
        if isinstance(value, torch.Tensor):
            with _torch_function_off():
                return _see_tensor(value, self.stand_in(value))
        if isinstance(value, _original["Size"]):
            return Seen("size", shape=tuple(int(size) for size in value))
        if isinstance(value, _original["dtype"]):
            return Seen("dtype", dtype=str(value).removeprefix("torch."))
        if isinstance(value, _original["device"]):
            return Seen("device", device=str(value))
        return None

    # --- global state ---

    def state(self) -> dict[str, Any]:
        """Give PyTorch's global state by name."""
        return {name: get() for name, (get, _) in _STATE.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what differs."""
        for name, (get, put) in _STATE.items():
            if get() != state[name]:
                put(state[name])

    def spelling(self) -> Spelling:
        """Tell how PyTorch, or what stands in its place, is imported, and how its state is read."""
        module, _, attribute = self.name.partition(":")
        line = "import torch"
        if attribute:
            found: Any = importlib.import_module(module)
            for part in attribute.split("."):
                found = getattr(found, part)
            first, _, rest = attribute.partition(".")
            call = "" if found is self._namespace else "()"
            line = f"from {module} import {first} as torch"
            if rest or call:
                return Spelling((f"from {module} import {first}", f"torch = {attribute}{call}"), state=_READ)
        return Spelling((line,), state=_READ)

    def environment(self) -> dict[str, str]:
        """Give the version, build and settings of PyTorch."""
        capability = getattr(torch.backends.cpu, "get_cpu_capability", None) if hasattr(torch.backends, "cpu") else None
        return {
            "torch": str(torch.__version__),
            "torch git revision": str(torch.version.git_version),
            "torch built with CUDA": str(torch.version.cuda or "no"),
            "threads": str(torch.get_num_threads()),
            "CPU capability": str(capability()) if capability else "not reported by this version",
            "ATEN_CPU_CAPABILITY": os.environ.get("ATEN_CPU_CAPABILITY", "not set"),
            "torch configuration": " ".join(torch.__config__.show().split()),
        }


@cache
def _name_of_dtype(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


@cache
def _name_of_device(device: Any) -> str:
    return str(device)


def _wait_of(device_type: str) -> Callable[[Any], None] | None:
    """Give what waits until a device has done all it was asked; None where each tensor must be read by itself."""
    own = registry.find_device(device_type)
    wait = getattr(getattr(torch, device_type, None) if own is None else own, "synchronize", None)
    if device_type == "cpu" or wait is None:
        return None
    return (lambda _: wait()) if device_type == "mps" else wait


def _begun(tensor: Any) -> Any:
    """Begin a copy to the CPU, which blocks only where a device can do no other."""
    blocks = "non-blocking-to-the-cpu" in getattr(registry.find_device(_device(tensor).type), "LACKS", {})
    return _TensorBase.to(_TensorBase.detach(tensor), "cpu", non_blocking=not blocks)


def _see_tensor(tensor: Any, stand_in: Any = None) -> Seen:
    shape, strides = tuple(_TensorBase.size(tensor)), _TensorBase.stride(tensor)
    requires_grad = bool(_requires_grad(tensor))
    dtype = _name_of_dtype(_dtype(tensor))
    device = _name_of_device(_device(tensor))
    try:
        bits, unreadable = bits_of_array(_array(tensor if stand_in is None else stand_in, dtype)), None
    except Exception as error:  # noqa: BLE001 - a tensor that can't be read is an observation too
        bits, unreadable = None, f"{type(error).__name__}: {error}"
    offset = int(_TensorBase.storage_offset(tensor))
    return Seen("tensor", shape, dtype, bits, strides, offset, device, requires_grad, unreadable=unreadable)


def _array(tensor: Any, dtype: str) -> np.ndarray[Any, Any]:
    """Give an array over the memory of a tensor (a copy's, if it lies elsewhere), its strides included."""
    plain = _TensorBase.detach(tensor)
    if _device(plain) != _CPU:
        plain = _TensorBase.cpu(plain)
    # The parts of a conjugated tensor are views that put off the change of sign.
    plain = _functions.resolve_neg(_functions.resolve_conj(plain) if dtype.startswith("complex") else plain)
    if dtype == "bfloat16":
        plain = _TensorBase.view(plain, _original["int16"])
    array: np.ndarray[Any, Any] = _TensorBase.numpy(plain)
    return array


def _lacks(device_type: str) -> dict[str, str]:
    major, minor, *_ = str(torch.__version__).split(".")
    return {**LACKS.get(device_type, {}), **LACKED.get((device_type, (int(major), int(minor))), {})}


def _hardware(device: Any) -> str:
    """Give what the hardware of an accelerator that is here calls itself; empty where it can't be asked."""
    if device.type == xla.NAME:
        ask = getattr(sys.modules.get("torch_xla.core.xla_model"), "xla_device_kind", None)
    else:
        ask = getattr(getattr(torch, device.type, None), "get_device_name", None)
    if ask is None:
        return ""
    try:
        return str(ask(device))
    except Exception:  # noqa: BLE001 - a device without a name can be judged all the same
        return ""


def peer_of(device: Any) -> str:
    """Name the next device of its kind; empty where there is one alone, or none can be counted."""
    count = getattr(getattr(torch, device.type, None), "device_count", None)
    try:
        number = int(count()) if count is not None and device.type != "cpu" else 0
    except (RuntimeError, TypeError, ValueError):
        number = 0
    return f"{device.type}:{(_index(device) + 1) % number}" if number > 1 else ""


# PyTorch's settings for sums of half types on CUDA, and of each the dtype that they concern.
_REDUCED_SUMS = {
    "float16": ("allow_fp16_reduced_precision_reduction", "allow_fp16_accumulation"),
    "bfloat16": ("allow_bf16_reduced_precision_reduction",),
}


def precision_of(device: Any) -> dict[str, str]:
    """Read the settings on which the bounds of products depend: as much as they allow on the device."""
    found = {"float32 products": str(torch.get_float32_matmul_precision())}
    if device.type != "cuda":
        return found
    matmul: Any = torch.backends.cuda.matmul
    if found["float32 products"] == "highest" and _is_allowed(matmul, "allow_tf32"):
        found["float32 products"] = "high"
    for dtype, names in _REDUCED_SUMS.items():
        found[f"{dtype} sums"] = dtype if any(_is_allowed(matmul, name) for name in names) else "float32"
    return found


def _is_allowed(settings: Any, name: str) -> bool:
    """Read a setting; versions lack some, and refuse to tell the older ones where newer ones are set."""
    try:
        return bool(getattr(settings, name))
    except (AttributeError, RuntimeError, AssertionError):
        return False


def _index(device: Any) -> int:
    if device.index is not None:
        return int(device.index)
    module = getattr(torch, device.type, None)
    current = getattr(module, "current_device", None)
    try:
        return int(current()) if current is not None and _is_available(device.type) else 0
    except (RuntimeError, TypeError, ValueError):
        return 0


def _why_not_here(device: Any) -> str:
    """Say why a tensor can't be made on a device; empty if it can."""
    if device.type == "cpu":
        return ""
    if reason := absence.of_kind(device.type):
        return reason
    if device.type == "cuda" and device.index is not None and device.index >= torch.cuda.device_count():
        return f"no {device}: this machine has {torch.cuda.device_count()} CUDA device(s){absence.hidden()}"
    try:
        probe = _functions.empty((1,), device=device)
        _TensorBase.cpu(_TensorBase.fill_(probe, 1))
    except Exception as error:  # noqa: BLE001 - whatever a missing device raises
        return f"no {device.type} device: torch {torch.__version__} makes no tensor there ({absence.first_sentence(error)})"
    return ""


def _is_available(name: str) -> bool:
    module = getattr(torch, name, None) or getattr(torch.backends, name, None)
    available: Callable[[], bool] | None = getattr(module, "is_available", None)
    try:
        return bool(available is not None and available())
    except Exception:  # noqa: BLE001 - an extension that can't say so is not available
        return False


def _renamed() -> str:
    """Give the name of an out-of-tree device (PrivateUse1), `privateuseone` where none was registered."""
    name = getattr(torch._C, "_get_privateuse1_backend_name", lambda: "privateuseone")  # noqa: SLF001
    return str(name())


# PyTorch 1.13 keeps the defaults on the class, and on the instance only what was set.
_OPTION_NAMES = tuple(name for name in dir(_tensor_str.PRINT_OPTS) if not name.startswith("_"))


def _print_options() -> tuple[tuple[str, Any], ...]:
    options = _tensor_str.PRINT_OPTS
    return tuple((name, getattr(options, name)) for name in _OPTION_NAMES)


def _put_print_options(options: tuple[tuple[str, Any], ...]) -> None:
    vars(_tensor_str.PRINT_OPTS).update(options)


def _rng() -> bytes:
    state: bytes = _TensorBase.numpy(_default_generator.get_state()).tobytes()
    return state


def _put_rng(state: bytes) -> None:
    torch.random.set_rng_state(_functions.frombuffer(bytearray(state), dtype=_original["uint8"]))


# How a program of its own reads global state.
_READ = {
    "default dtype": "torch.get_default_dtype()",
    "threads": "torch.get_num_threads()",
    "rng": "torch.random.get_rng_state().tolist()",
    "print options": "vars(torch._tensor_str.PRINT_OPTS)",
    "grad mode": "torch.is_grad_enabled()",
    "deterministic algorithms": "torch.are_deterministic_algorithms_enabled()",
    "float32 matmul precision": "torch.get_float32_matmul_precision()",
    "default device": "torch.get_default_device()",
}
# Global state: how it is read, and how it is put back.
_STATE: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "default dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "threads": (torch.get_num_threads, torch.set_num_threads),
    "rng": (_rng, _put_rng),
    "print options": (_print_options, _put_print_options),
    "grad mode": (torch.is_grad_enabled, torch._C._set_grad_enabled),  # noqa: SLF001
    "deterministic algorithms": (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    "float32 matmul precision": (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    "warn always": (torch.is_warn_always_enabled, torch.set_warn_always),
}
if hasattr(torch, "set_default_device"):  # PyTorch 2.0

    def _default_device() -> Any:
        from torch.utils import _device

        return _device.CURRENT_DEVICE

    _STATE["default device"] = (_default_device, torch.set_default_device)
