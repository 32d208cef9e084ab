"""What looks at PyTorch, in a process of its own: importing it, or asking for a device, may fail, hang or crash.

`python -m conformance.doctor.child TASK FILE` appends a line of JSON to the file for each thing that it has found.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.doctor.record import DeviceFacts, ProblemFacts, TorchFacts

if TYPE_CHECKING:
    from collections.abc import Iterator

Found = TorchFacts | DeviceFacts | ProblemFacts
# Kinds of which it is worth saying why none is here.
EXPECTED = ("cuda", "xpu", "mps")
NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


def found(task: str) -> Iterator[Found]:
    """Look at what the task names: `torch`, or `xla`."""
    start = time.perf_counter()
    try:
        import torch
    except BaseException as error:  # noqa: BLE001 - a broken installation raises whatever it likes
        text = " ".join(str(error).split())
        yield ProblemFacts(f"torch can't be imported ({type(error).__name__}: {text[:300]})")
        return
    seconds = time.perf_counter() - start
    from conformance.backends.pytorch import TorchBackend

    if task == "xla":
        yield from devices(torch, TorchBackend(), "xla")
        return
    yield _torch(torch, seconds)
    backend = TorchBackend()
    here = [device.name for device in backend.devices()]
    for name in dict.fromkeys(["cpu", *EXPECTED, *here]):
        yield from devices(torch, backend, name)


def _torch(torch: Any, seconds: float) -> TorchFacts:
    capability = getattr(getattr(torch.backends, "cpu", None), "get_cpu_capability", lambda: "not told by this version")
    return TorchFacts(
        version=str(torch.__version__),
        build=_build(torch.version),
        git=str(torch.version.git_version),
        seconds=round(seconds, 2),
        threads=int(torch.get_num_threads()),
        capability=str(capability()),
        settings=_settings(torch),
    )


def _build(version: Any) -> str:
    names = (("CUDA", "cuda"), ("ROCm", "hip"), ("XPU", "xpu"))
    told = [f"{name} {value}" for name, attribute in names if (value := getattr(version, attribute, None))]
    return ", ".join(told) or "CPU"


def _settings(torch: Any) -> dict[str, str]:
    """Give the settings that bear on results; those of CUDA where PyTorch was built with it."""
    settings = {
        "default dtype": str(torch.get_default_dtype()).removeprefix("torch."),
        "float32 products": str(torch.get_float32_matmul_precision()),
    }
    if torch.backends.cuda.is_built():
        for name in ("allow_tf32", "allow_fp16_reduced_precision_reduction", "allow_bf16_reduced_precision_reduction"):
            try:
                settings[name] = str(getattr(torch.backends.cuda.matmul, name))
            except (AttributeError, RuntimeError):
                # 1.13 lacks some, and newer versions tell of others once their newer form is used.
                continue
    return settings


def devices(torch: Any, backend: Any, kind: str) -> Iterator[DeviceFacts]:
    """Look at the devices of a kind: each that is here, or one line that says why none is."""
    number = torch.cuda.device_count() if kind == "cuda" else 1
    for name in [f"{kind}:{index}" for index in range(number)] if number > 1 else [kind]:
        device = backend.device(name)
        model, facts = _named(torch, device.text) if device.here else ("", {})
        yield DeviceFacts(name, device.here, device.reason, model, facts, device.lacks if device.here else {})


def _named(torch: Any, text: str) -> tuple[str, dict[str, str]]:
    """Give a device's own name, and what else it says of itself."""
    kind = text.partition(":")[0]
    if kind == "xla":
        return "", _xla_facts()
    module: Any = getattr(torch, kind, None)
    if kind == "cpu" or not hasattr(module, "get_device_properties"):
        return "", {}
    properties: Any = module.get_device_properties(text)
    facts = {"memory": f"{properties.total_memory / 2**30:.1f} GiB"}
    if kind == "cuda":
        facts["capability"] = f"{properties.major}.{properties.minor}"
        facts["driver"] = driver(torch)
    return str(properties.name), {name: value for name, value in facts.items() if value}


def _xla_facts() -> dict[str, str]:
    """Give what stands behind XLA's device: it runs on a CPU too."""
    facts = {"torch_xla": str(importlib.import_module("torch_xla").__version__)}
    try:
        facts["runtime"] = str(importlib.import_module("torch_xla.runtime").device_type())
    except (ImportError, AttributeError):
        # Before torch_xla 2.1 no such module told it.
        facts["runtime"] = os.environ.get("PJRT_DEVICE", "not told by this version")
    return facts


def driver(torch: Any) -> str:
    """Give the driver's version: NVIDIA's own, and the newest CUDA that it takes."""
    own = next((word for word in _driver_words() if word[:1].isdigit() and "." in word), "")
    newest = int(getattr(torch._C, "_cuda_getDriverVersion", lambda: 0)())  # noqa: SLF001 - no public function tells it
    takes = f"for CUDA up to {newest // 1000}.{newest % 1000 // 10}" if newest else ""
    return " ".join(filter(None, (own, takes)))


def _driver_words() -> list[str]:
    try:
        return NVIDIA_DRIVER.read_text(encoding="utf-8").splitlines()[0].split()
    except (OSError, IndexError):
        return []


def main(task: str, path: Path) -> None:
    """Write what is found, line by line, so that a crash costs only what comes after it."""
    with path.open("ab", buffering=0) as stream:
        for one in found(task):
            stream.write(msgspec.json.encode(one) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
