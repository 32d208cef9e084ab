"""`python -m conformance.notebooks.devices`: PyTorch's devices here, as JSON.

A process of its own, since a TPU belongs to the first process that opens it, and CUDA keeps memory in each.
"""

from __future__ import annotations

import contextlib
import importlib
import sys

import msgspec

from conformance.backends import registry
from conformance.backends.protocol import Device  # noqa: TC001 - msgspec resolves field types at run time


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is here.

    Attributes:
        devices: the CPU, then each accelerator.
        no_accelerator: why there is no CUDA device; empty where there is one.
    """

    devices: tuple[Device, ...]
    no_accelerator: str


def found() -> Found:
    """Look for devices; torch_xla brings its own where it is installed.

    Raises:
        UnknownBackendError: PyTorch is not installed.
    """
    with contextlib.suppress(ImportError):
        importlib.import_module("torch_xla")
    backend = registry.find("torch")
    return Found(tuple(backend.devices()), backend.no_accelerator())


if __name__ == "__main__":
    try:
        sys.stdout.write(msgspec.json.encode(found()).decode())
    except registry.UnknownBackendError as problem:
        sys.exit(str(problem))
