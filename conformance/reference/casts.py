"""Conversion of elements from one dtype to another, with all results that are right.

Source: PyTorch's reference of Tensor.to and torch.Tensor attributes; what is left open there is known from its
maintainers: a float that is NaN or beyond an integer dtype's range converts to anything, and a half type may be reached
from float64 or an integer at once or through float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of, numpy_dtype

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF = ("float16", "bfloat16")
WIDER_THAN_FLOAT32 = ("float64", "complex128", "int32", "int64")


def candidates(array: NDArray[Any], source: str, target: str) -> list[NDArray[Any]]:
    """Give the arrays to which `array` may be converted; one, where there is no freedom.

    Elements that may become anything are left as NumPy gives them: see `undefined`.
    """
    if source == target:
        return [array]
    direct = _convert(array, source, target)
    if target in HALF and source in WIDER_THAN_FLOAT32:
        through = _convert(_convert(array, source, "float32"), "float32", target)
        return [direct, through]
    return [direct]


def undefined(array: NDArray[Any], source: str, target: str) -> NDArray[np.bool_]:
    """Say of which elements the conversion may give anything: NaN, infinities and what the integer can't hold."""
    if kind_of(target) != "integer" or kind_of(source) not in ("float", "complex"):
        return np.zeros(array.shape, dtype=np.bool_)
    limits = np.iinfo(target)
    truncated = np.trunc(real_part(array, source).astype(np.float64))
    # Of int64's range float64 holds the lower end alone; what comes after the upper one is a power of two in each.
    with np.errstate(invalid="ignore"):
        inside = (truncated >= float(limits.min)) & (truncated < float(int(limits.max) + 1))
    outside: NDArray[np.bool_] = ~inside
    return outside


def real_part(array: NDArray[Any], source: str) -> NDArray[Any]:
    """Give the real part of a complex array, any other array as it is."""
    return array.real if kind_of(source) == "complex" else array


def _convert(array: NDArray[Any], source: str, target: str) -> NDArray[Any]:
    if kind_of(target) == "bool":
        # Every element but zero is true, NaN included.
        return np.asarray(array != 0)
    plain = real_part(array, source) if kind_of(target) != "complex" else array
    if source == "bfloat16" and target != "bfloat16":
        plain = plain.astype(np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        if target == "bfloat16" and plain.dtype != np.float32:
            return _rounded_to_bfloat16(plain)
        converted: NDArray[Any] = plain.astype(numpy_dtype(target))
    return converted


def _rounded_to_bfloat16(array: NDArray[Any]) -> NDArray[Any]:
    """Round once, from float64 or an integer, by rounding to odd in float32 first.

    Rounding to odd keeps in the last bit whether anything was cut off, so that the second rounding, to 8 bits of
    precision from 24, is that of the exact value.
    """
    if array.dtype.kind in "biu":
        return _odd_from_integer(array).astype(numpy_dtype("bfloat16"))
    near = array.astype(np.float32)
    return _odd(near, array, near.astype(np.float64)).astype(numpy_dtype("bfloat16"))


def _odd_from_integer(array: NDArray[Any]) -> NDArray[np.float32]:
    exact = array.astype(np.int64)
    near = exact.astype(np.float32)
    # The nearest float32 of an int64 may be 2**63, which int64 can't hold; compare in Python's integers there.
    back = np.array([int(value) for value in near.ravel().tolist()], dtype=object).reshape(near.shape)
    return _odd(near, exact.astype(object), back)


def _odd(near: NDArray[np.float32], exact: NDArray[Any], back: NDArray[Any]) -> NDArray[np.float32]:
    """Turn the nearest float32 into the one with an odd last bit, where the nearest is not exact."""
    with np.errstate(invalid="ignore"):
        inexact = np.asarray(back != exact, dtype=np.bool_) & np.isfinite(near)
        away = np.asarray(np.abs(back) > np.abs(exact), dtype=np.bool_)
    bits = near.view(np.uint32).copy()
    even = (bits & 1) == 0
    # Of the two float32 around the exact value, the one with an odd last bit.
    step = np.where(away, np.uint32(0xFFFFFFFF), np.uint32(1))
    bits = np.where(inexact & even, bits + step, bits).astype(np.uint32)
    odd: NDArray[np.float32] = bits.view(np.float32)
    return odd
