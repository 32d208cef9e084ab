"""Groups of classes that clauses declare to reach, in the words of `conformance.conditions`.

A clause whose cases together miss one of these is an error, not a pass: its table no longer does what it is there for.
"""

from __future__ import annotations

from conformance.conditions import CONDITIONS
from conformance.dtypes import DTYPES, kind_of


def _all(condition: str, *but: str) -> tuple[str, ...]:
    return tuple(f"{condition}: {name}" for name in CONDITIONS[condition] if name not in but)


def _dtypes(*kinds: str) -> tuple[str, ...]:
    return tuple(f"dtype: {name}" for name in DTYPES if kind_of(name) in kinds)


# PyTorch's tensors have no negative strides.
LAYOUTS = _all("layout", "reversed")
DTYPES_OF_ANY_KIND = _dtypes("bool", "integer", "float", "complex")
NUMERIC_DTYPES = _dtypes("integer", "float", "complex")
REAL_DTYPES = _dtypes("integer", "float")
DIFFERENTIABLE_DTYPES = _dtypes("float", "complex")
SHAPES = _all("shape")
SHAPES_WITH_DIMS = _all("shape", "0-d")
SIZES = _all("size")
SIZES_PAST_1024 = _all("size", "more than 32768")
SIZES_TO_1024 = _all("size", "more than 32768", "1025 to 32768")
# Subnormals have a clause of their own.
VALUES = _all("values", "subnormal")
