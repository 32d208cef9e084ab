"""What is told apart in the inputs of a case: conditions, the classes of each, and how a tensor's are told."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from conformance.dtypes import DTYPES, float_words, kind_of
from conformance.program import array_of_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST_SMALL, _LARGEST_MIDDLE, _LARGEST_PLAIN, _LARGEST_LARGE = 8, 32, 1024, 32768

CONDITIONS: dict[str, tuple[str, ...]] = {
    "layout": ("dense", "offset", "permuted", "stepped", "expanded", "reversed"),
    "dtype": tuple(DTYPES),
    "shape": ("0-d", "empty", "size-1 dim", "vector", "matrix", "rank 3", "rank 4 and more"),
    "size": ("1 to 8", "9 to 32", "33 to 1024", "1025 to 32768", "more than 32768"),
    "values": ("nan", "inf", "-0.0", "subnormal", "largest", "above 2^24", "above 2^53"),
    "operand": ("tensor", "0-d tensor", "number", "NumPy array"),
    # The names of operations and their spellings, as the clauses' tables give them.
    "spelling": (),
}


def in_order(condition: str, names: set[str]) -> list[str]:
    """Give names of classes in the order of reports; those that have no place in it, after the others by name."""
    known = CONDITIONS.get(condition, ())
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))


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


def size_class(numel: int) -> str:
    """Name the size of a tensor that has elements."""
    limits = (_LARGEST_SMALL, _LARGEST_MIDDLE, _LARGEST_PLAIN, _LARGEST_LARGE)
    return CONDITIONS["size"][sum(numel > limit for limit in limits)]


@lru_cache(maxsize=1024)
def value_classes(bits: bytes, dtype: str) -> tuple[str, ...]:
    """Name the particular values among elements, given as `Base.bits` holds them."""
    kind = kind_of(dtype)
    if kind == "bool" or not bits:
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
    """Tell by the words alone: numbers may be compared only where none is NaN."""
    own = float_words(flat.dtype.name)
    words = flat.view(own.one.dtype)
    magnitude = words & own.magnitude
    high = magnitude.max()
    if high > own.inf:
        yield "nan"
    if high >= own.inf and np.count_nonzero(magnitude == own.inf):
        yield "inf"
    # Of what is counted from one down, a zero is the largest number.
    one = own.sign.dtype.type(1)
    if np.count_nonzero(magnitude - one < own.smallest_normal - one):
        yield "subnormal"
    if np.count_nonzero(words == own.sign):
        yield "-0.0"
    if high >= own.largest and np.count_nonzero(magnitude == own.largest):
        yield "largest"
