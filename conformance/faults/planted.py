"""PyTorch (or the reference) with one fault planted in it for good: `--backend conformance.faults.planted:int8_saturates`.

Each fault of this folder is an attribute, by its id with underscores. Whoever takes it plants it in the whole process.
"""

from __future__ import annotations

import contextlib
from typing import Any

_planted = contextlib.ExitStack()


def __getattr__(name: str) -> Any:
    from conformance.faults import planting

    if name.startswith("_"):
        raise AttributeError(name)
    chosen = [fault for fault in planting.load() if fault.id == name.replace("_", "-")]
    if not chosen:
        raise AttributeError(f"no fault is called {name!r}")
    _planted.enter_context(chosen[0].planted())
    if chosen[0].depth == "reference":
        return chosen[0].backend()
    import torch

    return torch
