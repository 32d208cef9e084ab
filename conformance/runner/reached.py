"""What a case reached: the classes of its operands, from what the backend's own tensors report."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from conformance.conditions import CONDITIONS, in_order
from conformance.dtypes import DTYPES, kind_of
from conformance.program import array_of_bits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.observation import Seen

_NUMBERS = ("bool", "int", "float", "complex")
_SPELLINGS = ("operation", "spelling")
_LARGEST_SMALL, _LARGEST_MIDDLE, _LARGEST_PLAIN, _LARGEST_LARGE = 8, 32, 1024, 32768

Classes = dict[str, frozenset[str]]


class Reached:
    """Counts the cases of a clause by the classes that they reached."""

    def __init__(self) -> None:
        self._counted: dict[str, Counter[str]] = {}
        self.last: Classes = {}

    def note(self, arguments: Mapping[str, Seen]) -> None:
        """Note what the arguments of a case turned out to be."""
        self.last = classes(arguments)

    def count(self) -> None:
        """Count the case that was noted last."""
        for condition, found in self.last.items():
            self._counted.setdefault(condition, Counter()).update(found)

    def counts(self) -> dict[str, dict[str, int]]:
        """Give how many cases reached each class, by condition."""
        return {
            condition: {
                name: self._counted[condition][name] for name in in_order(condition, set(self._counted[condition]))
            }
            for condition in CONDITIONS
            if self._counted.get(condition)
        }

    def missing(self, wanted: tuple[str, ...]) -> list[str]:
        """Give those of `condition: class` that no case reached."""
        counts = self.counts()
        return [one for one in wanted if one.partition(": ")[2] not in counts.get(one.partition(": ")[0], {})]


def classes(arguments: Mapping[str, Seen]) -> Classes:
    """Give the classes of a case, by condition, from its arguments as the backend reports them once they are built."""
    found: dict[str, set[str]] = {}
    for name, seen in arguments.items():
        if name in _SPELLINGS and seen.kind == "str":
            found.setdefault("spelling", set()).add(str(seen.value))
        for condition, one in _of(seen):
            found.setdefault(condition, set()).add(one)
    return {condition: frozenset(names) for condition, names in found.items()}


def _of(seen: Seen) -> Iterator[tuple[str, str]]:
    if seen.kind in _NUMBERS:
        yield "operand", "number"
    if seen.kind not in ("tensor", "array") or seen.shape is None or seen.strides is None:
        for item in seen.items or ():
            yield from _of(item)
        return
    scalar = "0-d tensor" if not seen.shape else "tensor"
    yield "operand", "NumPy array" if seen.kind == "array" else scalar
    yield "dtype", seen.dtype or ""
    yield "layout", layout_of(seen.shape, seen.strides, seen.offset or 0)
    for one in shape_classes(seen.shape):
        yield "shape", one
    if numel := int(np.prod(seen.shape)):
        yield "size", _size_class(numel)
    if seen.bits and seen.dtype in DTYPES:
        for one in value_classes(seen.bits, seen.dtype):
            yield "values", one


@lru_cache(maxsize=4096)
def layout_of(shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> str:
    """Name the way in which elements lie in memory; strides in elements, those of size-1 dimensions do not matter."""
    pairs = [(size, stride) for size, stride in zip(shape, strides, strict=True) if size != 1]
    if 0 in shape or _is_dense(pairs):
        return "offset" if offset else "dense"
    if any(stride < 0 for _, stride in pairs):
        return "reversed"
    if any(stride == 0 for _, stride in pairs):
        return "expanded"
    return "permuted" if _is_dense(sorted(pairs, key=lambda pair: -pair[1])) else "stepped"


def _is_dense(pairs: list[tuple[int, int]]) -> bool:
    expected = 1
    for size, stride in reversed(pairs):
        if stride != expected:
            return False
        expected *= size
    return True


@lru_cache(maxsize=4096)
def shape_classes(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Name what is particular about a shape."""
    rank = ("0-d", "vector", "matrix", "rank 3")[len(shape)] if len(shape) < 4 else "rank 4 and more"  # noqa: PLR2004 - ranks with a name
    return (rank, *(["empty"] if 0 in shape else []), *(["size-1 dim"] if 1 in shape else []))


def _size_class(numel: int) -> str:
    limits = (_LARGEST_SMALL, _LARGEST_MIDDLE, _LARGEST_PLAIN, _LARGEST_LARGE)
    return CONDITIONS["size"][sum(numel > limit for limit in limits)]


@lru_cache(maxsize=1024)
def value_classes(bits: str, dtype: str) -> tuple[str, ...]:
    """Name the particular values among elements, given as `Base.bits` holds them."""
    kind = kind_of(dtype)
    if kind == "bool":
        return ()
    flat = array_of_bits(bits, dtype, (-1,))
    if kind == "integer":
        return tuple(_integer_classes(flat))
    parts = flat.view(flat.real.dtype) if kind == "complex" else flat
    return tuple(_float_classes(parts))


def _integer_classes(flat: np.ndarray[tuple[int, ...], np.dtype[np.integer]]) -> Iterator[str]:
    limits = np.iinfo(flat.dtype)
    low, high = int(flat.min()), int(flat.max())
    if high == limits.max or low == limits.min != 0:
        yield "largest"
    largest = max(high, -low)
    if largest > 2**24:
        yield "above 2^24"
    if largest > 2**53:
        yield "above 2^53"


def _float_classes(flat: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> Iterator[str]:
    """Tell by the fields of the bit patterns: the exponent's and the fraction's."""
    import ml_dtypes

    facts = ml_dtypes.finfo(flat.dtype)
    words = flat.view(f"u{flat.dtype.itemsize}")
    exponent = (words >> np.array(facts.nmant, words.dtype)) & np.array((1 << facts.nexp) - 1, words.dtype)
    fraction = words & np.array((1 << facts.nmant) - 1, words.dtype)
    full, zero = exponent == (1 << facts.nexp) - 1, exponent == 0
    if full.any():
        if (full & (fraction != 0)).any():
            yield "nan"
        if (full & (fraction == 0)).any():
            yield "inf"
    if zero.any():
        if (zero & (fraction != 0)).any():
            yield "subnormal"
        if (zero & (fraction == 0) & (words != 0)).any():
            yield "-0.0"
    if (words & np.array((1 << (facts.bits - 1)) - 1, words.dtype) == facts.max.view(words.dtype)).any():
        yield "largest"
