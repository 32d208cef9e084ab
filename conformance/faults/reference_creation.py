"""Faults of the reference as a backend: how tensors are made."""

from __future__ import annotations

from typing import Any

from conformance.faults.planting import fault


@fault(
    "mixed-lists-are-of-the-last-dtype",
    "conformance.reference.creation.inferred_dtype",
    clauses=("ranks.dtype-inference",),
    shows="dtype",
)
def _of_the_last(inferred: Any, data: Any) -> Any:
    """Let the last number of a list choose the dtype."""
    return inferred(data[-1:] if isinstance(data, list) else data)
