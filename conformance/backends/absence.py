"""Why a kind of torch device isn't here, in one sentence: as far as PyTorch can say so without making a tensor there."""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

# What hides devices that are there.
HIDING = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK")
SENTENCE_CHARACTERS = 160


def of_kind(kind: str) -> str:
    """Say why no device of a kind can be here; empty where only making a tensor there can tell."""
    find = _REASONS.get(kind)
    reason = find() if find is not None else ""
    return f"no {_NAMES.get(kind, kind)} device: {reason}" if reason else ""


def _cuda() -> str:
    build = "ROCm" if _is_rocm() else "CUDA"
    if torch.version.cuda is None and not _is_rocm():
        return f"torch {torch.__version__} was built without CUDA"
    if torch.cuda.is_available():
        return ""
    try:
        torch.cuda.init()
    except Exception as error:  # noqa: BLE001 - whatever a missing driver raises
        found = first_sentence(error)
    else:
        found = "it found no driver or no GPU"
    return f"torch {torch.__version__} was built with {build}, but {found}{hidden()}"


def _xpu() -> str:
    module = getattr(torch, "xpu", None)
    built: Callable[[], bool] | None = getattr(module, "_is_compiled", None)
    if module is None or (built is not None and not built()):
        return f"torch {torch.__version__} was built without XPU"
    return "" if module.is_available() else f"torch {torch.__version__} found no Intel GPU or no driver{hidden()}"


def _mps() -> str:
    module = getattr(torch.backends, "mps", None)
    if module is None or not module.is_built():
        return f"torch {torch.__version__} was built without MPS"
    return "" if module.is_available() else f"torch {torch.__version__} found no Metal GPU, or macOS is too old for it"


def _xla() -> str:
    """Import torch_xla, which brings the device, and say why that fails or does not suffice."""
    if importlib.util.find_spec("torch_xla") is None:
        return "torch_xla is not installed (its version must be torch's own)"
    try:
        package = importlib.import_module("torch_xla")
    except Exception as error:  # noqa: BLE001 - a package for another torch raises whatever it likes
        return f"torch_xla can't be imported ({first_sentence(error)})"
    try:
        torch.ones(1, device="xla").cpu()
    except Exception as error:  # noqa: BLE001 - as above
        asked = os.environ.get("PJRT_DEVICE")
        setting = f"PJRT_DEVICE is {asked}" if asked else "PJRT_DEVICE is not set (TPU, CUDA or CPU)"
        version = getattr(package, "__version__", "of no version")
        return f"torch_xla {version} has no runtime here ({first_sentence(error)}); {setting}"
    return ""


_NAMES = {"cuda": "CUDA"}
_REASONS: dict[str, Callable[[], str]] = {"cuda": _cuda, "xpu": _xpu, "mps": _mps, "xla": _xla}


def _is_rocm() -> bool:
    return getattr(torch.version, "hip", None) is not None


def hidden() -> str:
    """Name the variables that may hide devices, with their values."""
    found = [f"{name} is {os.environ[name]!r}" for name in HIDING if name in os.environ]
    return f"; {', '.join(found)}" if found else ""


def first_sentence(error: BaseException) -> str:
    """Give an exception's type and the first sentence of its text."""
    text = str(error).strip().partition("\n")[0].partition(". ")[0]
    return f"{type(error).__name__}: {text[:SENTENCE_CHARACTERS]}"
