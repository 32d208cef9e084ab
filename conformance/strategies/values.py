"""Elements of a dtype: random bit patterns with that dtype's edges planted among them."""

from __future__ import annotations

import math
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from conformance.dtypes import DTYPES, FloatWords, float_words, kind_of, numpy_dtype
from conformance.program import Base, bits_of_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

# 2**14 + 2**6 + 1, 2**60 + 2**36 + 1 and 1 + 2**-8 + 2**-20 lie just beside a middle of a narrow float dtype, by less than a wider one tells apart: whoever
# casts by way of that one rounds twice.
_INTEGER_EDGES = (
    0, 1, 2, 3, 127, 128, 200, 255, 2**15 - 1, 2**16 + 1, 2**24 + 1, 2**24 + 3, 2**31 - 1, 2**31, 2**32, 2**32 + 5,
    2**53 + 1, 2**53 + 3, 2**62 + 1, 2**63 - 1, 2**14 + 2**6 + 1, 2**60 + 2**36 + 1, -(2**60) - 2**36 - 1, -1, -2, -127, -128, -129, -(2**15), -(2**24) - 1, -(2**31), -(2**53) - 1, -(2**63),
)  # fmt: skip
_FLOAT_EDGES = (
    0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, 65504.0, 65536.0, 16777217.0, 1e-8, 3.4e38, 1.7e308,
    float("inf"), float("-inf"), float("nan"), 2.0**63, -(2.0**31), 2.5, -2.5, 1 + 2.0**-8 + 2.0**-20, -1 - 2.0**-24 - 2.0**-50,
)  # fmt: skip
# Sums and products of these are exact in both complex dtypes.
_SMALL = 6


class _Start(ISeedSequence):
    """What a generator starts from: a hash, which takes a tenth of the time of NumPy's own mixing."""

    def __init__(self, text: str) -> None:
        self._text = text

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        """Give so many words, at most 64 bytes."""
        size = n_words * np.dtype(dtype).itemsize
        return np.frombuffer(blake2b(self._text.encode(), digest_size=size).digest(), dtype=dtype)


def generator(seed: int, label: str) -> np.random.Generator:
    """Give the random numbers of a row: the same for the same seed and label, whatever ran before."""
    # NumPy takes whatever has the interface; its types name the one class that it brings.
    start = cast("np.random.SeedSequence", _Start(f"{seed} {label}"))
    return np.random.Generator(np.random.PCG64(start))


@cache
def edges(dtype: str) -> NDArray[Any]:
    """Give the elements of a dtype where faults hide: extremes, signed zero, infinities, NaN."""
    kind = kind_of(dtype)
    if kind == "integer":
        limits = np.iinfo(dtype)
        inside = {value for value in (*_INTEGER_EDGES, limits.min, limits.max) if limits.min <= value <= limits.max}
        return np.array(sorted(inside), dtype=dtype)
    if kind == "float":
        with np.errstate(over="ignore"):
            return np.array(_FLOAT_EDGES, dtype=np.float64).astype(numpy_dtype(dtype))
    return np.array([0, 1], dtype=numpy_dtype(dtype))


def elements(dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    """Give so many elements: edges, random bit patterns, and numbers of about the same size whose sums round.

    Of complex dtypes they are small integers. None is subnormal: whole classes of devices take those for zero, so they have a clause of their own.
    """
    kind = kind_of(dtype)
    if kind == "bool":
        return random.integers(0, 2, number).astype(np.bool_)
    if kind == "complex":
        real, imaginary = random.integers(-_SMALL, _SMALL + 1, (2, number))
        return np.asarray(real + 1j * imaginary).astype(dtype)
    # Elements are made as words, all at once: there are many small ones to make.
    width = DTYPES[dtype].itemsize
    drawn = random.bit_generator.random_raw(number * (width + 2) // 8 + 1)
    words = np.frombuffer(drawn, dtype=f"u{width}", count=number)
    lots = np.frombuffer(drawn, dtype=np.uint16, count=number, offset=number * width)
    special = edges(dtype).view(words.dtype)
    which = lots % 3
    if kind == "float":
        own = float_words(dtype)
        words = np.where(which == 1, words & own.kept | own.half, words)
    words = np.where(which == 0, special[lots // 3 % len(special)], words)
    if kind == "float":
        words = np.where(_is_subnormal(words, own), own.one, words)
    return words.view(numpy_dtype(dtype))


def _is_subnormal(words: NDArray[Any], own: FloatWords) -> Any:
    magnitude = words & own.magnitude
    return (magnitude != 0) & (magnitude < own.smallest_normal)


def moderate(dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    """Give floats, or complex numbers of such parts, from 1/2 to 2 in size and of either sign, with all bits in use."""
    if kind_of(dtype) == "complex":
        part = "float32" if dtype == "complex64" else "float64"
        return moderate(part, 2 * number, random).view(dtype)
    own = float_words(dtype)
    words = np.frombuffer(random.bytes(number * DTYPES[dtype].itemsize), dtype=own.one.dtype)
    return np.asarray(words & own.kept | own.half).view(numpy_dtype(dtype))


def whole(dtype: str, number: int, random: np.random.Generator, largest: int = _SMALL) -> NDArray[Any]:
    """Give whole numbers other than zero up to a largest one, of either sign where the dtype has one; bools at random."""
    if kind_of(dtype) == "bool":
        return random.integers(0, 2, number).astype(np.bool_)
    signs = 1 if dtype == "uint8" else random.choice([-1, 1], number)
    return np.asarray(random.integers(1, largest + 1, number) * signs).astype(numpy_dtype(dtype))


def is_subnormal(array: NDArray[Any]) -> NDArray[np.bool_]:
    """Say which elements of a float array are subnormal: not zero, and smaller than the smallest normal number."""
    own = float_words(array.dtype.name)
    small: NDArray[np.bool_] = _is_subnormal(array.view(own.one.dtype), own)
    return small


def near_the_smallest(dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    """Give elements about the smallest normal number, subnormal ones among them, of either sign."""
    import ml_dtypes

    tiny = float(ml_dtypes.finfo(numpy_dtype(dtype)).smallest_normal)
    factors = random.choice([0.25, 0.375, 0.5, 0.75, 1.0, 1.25, 2.0, 3.0], number) * random.choice([-1.0, 1.0], number)
    return np.asarray(factors * tiny).astype(numpy_dtype(dtype))


def subnormal(dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    """Give subnormal elements of a float dtype, of either sign: random ones, the smallest first and the largest second."""
    import ml_dtypes

    unsigned = f"u{DTYPES[dtype].itemsize}"
    largest = 2 ** ml_dtypes.finfo(numpy_dtype(dtype)).nmant - 1
    words = random.integers(1, largest, number, endpoint=True, dtype=np.uint64).astype(unsigned)
    words[:2] = (1, largest)[: len(words)]
    signs = (random.integers(0, 2, number).astype(np.uint64) << np.uint64(8 * DTYPES[dtype].itemsize - 1)).astype(
        unsigned
    )
    return np.asarray(words | signs).view(numpy_dtype(dtype))


def large(dtype: str) -> float:
    """Give the largest power of two of a float dtype whose double, and whose reciprocal's half, are normal numbers too."""
    import ml_dtypes

    return float(2.0 ** (ml_dtypes.finfo(numpy_dtype(dtype)).maxexp - 2))


def telling(dtype: str, other: str, common: str, random: np.random.Generator) -> Any:
    """Give an element of a dtype that a common dtype holds exactly, and another dtype does not if there is such a one."""
    if kind_of(dtype) == "float":
        options = np.array([0.5, -2.5, 1 + 2.0**-10, 65504.0, 1 + 2.0**-23, 1 + 2.0**-40, 2.0**100, -(2.0**-100)])
    elif kind_of(dtype) == "complex":
        options = np.array([1.5 - 2j, 0.5j, 2.0**100 + 1j, 1 + (1 + 2.0**-40) * 1j])
    else:
        options = edges(dtype)
    with np.errstate(all="ignore"):
        options = options.astype(numpy_dtype(dtype))
        options = options[np.isfinite(options.astype(np.complex128))]
        held = [one for one in options if _holds(common, one)]
        beyond = [one for one in held if not _holds(other, one)]
    chosen = beyond or held
    return chosen[int(random.integers(len(chosen)))]


def _holds(dtype: str, element: Any) -> bool:
    """Say whether a dtype holds an element exactly; Python's numbers compare exactly."""
    if kind_of(dtype) != "complex" and isinstance(element.item(), complex):
        return False
    return bool(np.asarray(element).astype(numpy_dtype(dtype)).item() == element.item())


def base(dtype: str, shape: tuple[int, ...], random: np.random.Generator, *, small: bool = False) -> Base:
    """Give a base of a dtype and shape; `small` fills it with small whole numbers other than zero."""
    number = math.prod(shape)
    values = _positive(dtype, number, random) if small else elements(dtype, number, random)
    return base_of(dtype, shape, values)


def _positive(dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    values = random.integers(1, _SMALL, number)
    return values - 1j * random.integers(1, _SMALL, number) if kind_of(dtype) == "complex" else values


def base_of(dtype: str, shape: tuple[int, ...], values: NDArray[Any]) -> Base:
    """Give a base of a dtype and shape that holds given elements."""
    return Base(dtype, shape, bits_of_array(np.asarray(values).astype(numpy_dtype(dtype)).reshape(shape)))
