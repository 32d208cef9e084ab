"""PyTorch (or the reference) with one fault planted in it for good: `--backend conformance.faults.planted:int8_saturates`.

Each fault of this folder is an attribute, by its id with underscores. Whoever takes it plants it in the whole process.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.faults.planting import Fault

_planted = contextlib.ExitStack()


def _called(name: str, faults: tuple[Fault, ...]) -> list[Fault]:
    return [fault for fault in faults if fault.id == name.replace("_", "-")]


def __getattr__(name: str) -> Any:
    from conformance.faults import planting

    if name.startswith("_"):
        raise AttributeError(name)
    # Those of the reference are found without torch.
    chosen = _called(name, planting.load(torch=False)) or _called(name, (*planting.load(), *planting.rehearsed()))
    if not chosen:
        raise AttributeError(f"no fault is called {name!r}")
    _planted.enter_context(chosen[0].planted())
    if chosen[0].depth == "reference":
        return planting.FaultyReference(name)
    import torch

    return torch
