"""Faults below autograd of what is read as Python's numbers."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.planting import fault


@fault(
    "uint8-items-have-a-sign",
    "aten._local_scalar_dense.default",
    clauses=("ranks.item-types", "ranks.items-of-a-vector"),
)
def _signed(item: Any, self: Any) -> Any:
    """Take a byte from 128 on for a negative number."""
    value = item(self)
    return value - 256 if self.dtype == torch.uint8 and value > 127 else value


@fault("large-integers-are-equal-to-their-neighbours", "aten.eq.Scalar", clauses=("ranks.contains",))
def _neighbours(equal: Any, self: Any, other: Any) -> Any:
    """Compare int64 elements with a number as float64."""
    return equal(self.double() if self.dtype == torch.int64 else self, float(other) if type(other) is int else other)
