"""Faults of the reference as a backend: printed forms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.faults.planting import fault


@fault(
    "fractions-print-one-digit-less",
    "conformance.reference.printer._float_form",
    clauses=("printing.floats",),
    shows="printed form",
)
def _one_digit_less(form: Any, telling: Any, options: Any) -> Any:
    """Print three digits behind the point instead of four."""
    return form(telling, replace(options, precision=max(options.precision - 1, 0)))


@fault(
    "dtype-of-empty-integers-goes-without-saying",
    "conformance.reference.printer._size_and_dtype",
    clauses=("printing.empty",),
    shows="printed form",
)
def _unsaid(suffixes: Any, array: Any, dtype: str, default_float: str) -> Any:
    """Leave out that a tensor without elements is of int64."""
    return [one for one in suffixes(array, dtype, default_float) if array.size or one != "dtype=torch.int64"]
