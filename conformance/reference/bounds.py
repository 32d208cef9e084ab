"""How far a result may lie from the exact one: theorems, one row for each operation, kind of dtype and device.

| operation | dtype | device | bound | derivation |
| --- | --- | --- | --- | --- |
| sum of n products | float32, float64 | any | gamma(n, u) * sum(abs(a) * abs(b)) | Higham, Accuracy and Stability, 3.5: \
any order of summation, with fused multiply-adds or without |
| sum of n products | complex | any | sqrt(2) * gamma(2n, u) * sum(abs(a) * abs(b)) | each part is a real sum of 2n \
products |
| sum of n products | half types | CPU | the sum's at float32, then one rounding to the dtype | PyTorch's notes on \
numerical accuracy: half products accumulate in single precision |
| sum of n products | float32, complex64 | where TF32 or bfloat16 is allowed | the row above with (1 + d) gamma(n, u) + d in the place of gamma(n, u), \
d = 2 f + f * f | each factor may be rounded or cut off to 11 or 8 bits first: f = 2**-10 or 2**-7; where all factors have no more bits than that, d = 0 |
| sum of n products | half types | others, where reductions in reduced precision are off | as on the CPU | the same notes |
| sum of n products | half types | others | gamma(n + 1, u of the dtype) * ... | the same notes: reductions in reduced \
precision are allowed there |
| mean of n | all | as above | gamma(n + 1, u) * sum(abs(x)) / n | n - 1 additions, and a quotient, or a product with \
the rounded reciprocal, of the sum or of each element before; half types round the sum and the quotient once more |
| complex product | complex | any | 2 * sqrt(5) * u * abs(result) | Brent, Percival, Zimmermann 2007; twice, since two \
right answers are compared |
| complex quotient | complex | any | 18 * u * abs(result) | two products, a sum and a division by a sum of squares: \
3 + sqrt(13) + sqrt(5) < 9; twice |

Here u is the unit roundoff and gamma(n, u) = n u / (1 - n u). Where every partial sum, in whatever order, is a number of
the dtype itself, nothing is rounded and the bound is zero: `exact_sums` finds these. The reference's own sums are held in
float64, and its result is rounded to the dtype: both are added to the bound. The whole is 4 u wider, since two results are
compared by a difference that is worked out in the dtype itself.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

# Bits of the significand of a dtype, or of the parts of a complex one.
BITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53, "complex64": 24, "complex128": 53}
# Of each: the exponents of its smallest subnormal number, and of the first power of two that it can't hold.
_EXPONENTS = {
    "float16": (-24, 16), "bfloat16": (-133, 128), "float32": (-149, 128), "float64": (-1074, 1024),
    "complex64": (-149, 128), "complex128": (-1074, 1024),
}  # fmt: skip
HALF = ("float16", "bfloat16")
# In units of the last place of the modulus.
COMPLEX_UNITS = {"mul": 2 * 5**0.5, "div": 2 * 9.0}
_OWN = 2.0**-53
# An element times the smallest power of two that divides it is odd.
_WIDEST = 53


# Names of PyTorch's settings (torch.set_float32_matmul_precision), each with the bits of a factor that are left at the worst.
FACTOR_BITS = {"highest": 24, "high": 11, "medium": 8}
# The dtypes whose factors a setting concerns.
_REDUCED = ("float32", "complex64")


@dataclass
class Precision:
    """How products are worked out where they are judged, as the settings there allow it.

    Attributes:
        factors: the setting for those of float32.
        sums: for a half type, the dtype in which its products are added up, where that is set.
    """

    factors: str = "highest"
    sums: dict[str, str] = field(default_factory=dict)


# What holds for the program that is run.
PRECISION = Precision()


@contextlib.contextmanager
def as_set(settings: Mapping[str, str]) -> Iterator[None]:
    """Have bounds follow the settings of a device (`Device.precision`)."""
    before = PRECISION.factors, PRECISION.sums
    PRECISION.factors = settings.get("float32 products", "highest")
    PRECISION.sums = {dtype: settings[f"{dtype} sums"] for dtype in HALF if f"{dtype} sums" in settings}
    try:
        yield
    finally:
        PRECISION.factors, PRECISION.sums = before


def dropped(dtype: str, *factors: NDArray[Any]) -> float:
    """Give the relative error of a product of factors that may lose their last bits before they are multiplied."""
    bits = FACTOR_BITS[PRECISION.factors]
    if dtype not in _REDUCED or bits == BITS["float32"] or all(_fits(one, bits) for one in factors):
        return 0.0
    lost = 2.0 ** (1 - bits)
    return 2 * lost + lost * lost


def _fits(array: NDArray[Any], bits: int) -> bool:
    """Say whether every element has no more bits than that."""
    parts = np.concatenate([array.real.ravel(), array.imag.ravel()]) if array.dtype.kind == "c" else array.ravel()
    parts = parts[np.isfinite(parts)]
    scaled = np.ldexp(np.frexp(parts)[0], bits)
    return bool((scaled == np.trunc(scaled)).all())


def unit(dtype: str) -> float:
    """Give the unit roundoff of a dtype."""
    return 2.0 ** -BITS[dtype]


def gamma(terms: float, roundoff: float) -> float:
    """Give the relative error that so many roundings may add up to; infinite where nothing can be said."""
    product = terms * roundoff
    return product / (1 - product) if product < 1 else float("inf")


def accumulation(dtype: str, device: str) -> str:
    """Give the dtype in which a device adds up sums of a dtype, at the worst that its documents allow."""
    return "float32" if dtype in HALF and device.partition(":")[0] == "cpu" else dtype


def exact_sums(magnitudes: NDArray[np.float64], grain: int, dtype: str) -> NDArray[np.bool_]:
    """Say which sums are exact in any order: their terms are multiples of 2**grain, and their magnitudes add up to these.

    Every partial sum is then a multiple of 2**grain too, and at most as large as all magnitudes together. These are
    added up in float64, where a sum of ones stays at 2**53: so what has come to the end of a dtype is beyond it.
    """
    lowest, overflow = _EXPONENTS[dtype]
    fits: NDArray[np.bool_] = (np.ldexp(magnitudes, -grain) < 2.0 ** BITS[dtype]) & (
        magnitudes < 2.0 ** min(overflow, 1023)
    )
    return fits & np.bool_(grain >= lowest)


def grain_of(array: NDArray[Any]) -> int:
    """Give the exponent of the largest power of two of which every finite element is a multiple."""
    parts = np.concatenate([array.real.ravel(), array.imag.ravel()]) if array.dtype.kind == "c" else array.ravel()
    parts = parts.astype(np.float64)
    parts = parts[np.isfinite(parts) & (parts != 0)]
    if not parts.size:
        return 0
    fractions, exponents = np.frexp(parts)
    whole = np.ldexp(fractions, _WIDEST).astype(np.int64)
    lowest_bit = np.frexp((whole & -whole).astype(np.float64))[1] - 1
    return int((exponents - _WIDEST + lowest_bit).min())


def sum_of_products(
    terms: int,
    magnitudes: NDArray[np.float64],
    result: NDArray[Any],
    grain: int,
    dtype: str,
    device: str,
    *,
    lost: float = 0.0,
) -> NDArray[np.float64]:
    """Give the bound of each of many sums of so many products, from the sums of their magnitudes.

    Args:
        terms: how many products.
        magnitudes: of each sum.
        result: of the reference.
        grain: the exponent of a power of two of which each product is a multiple.
        dtype: of the operands.
        device: where they lie.
        lost: the relative error of each product by what its factors may lose, as `dropped` gives it.
    """
    number, factor = (2 * terms, 2**0.5) if kind_of(dtype) == "complex" else (terms, 1.0)
    held = PRECISION.sums.get(dtype) or accumulation(dtype, device)
    relative = factor * (gamma(number, unit(held)) * (1 + lost) + lost + gamma(number, _OWN))
    exact = exact_sums(magnitudes, grain, dtype) & np.bool_(lost == 0)
    return _bound(relative, magnitudes, result, exact, dtype)


def mean(
    terms: int, magnitudes: NDArray[np.float64], result: NDArray[Any], grain: int, dtype: str, device: str
) -> NDArray[np.float64]:
    """Give the bound of each of many means of so many elements, from the sums of their magnitudes."""
    factor = 2**0.5 if kind_of(dtype) == "complex" else 1.0
    # By a power of two the quotient is exact too, be it of the sum or of each element before it is added; and the
    # sum of one element is that element.
    exact = (exact_sums(magnitudes, grain, dtype) & np.bool_(terms & (terms - 1) == 0)) | np.bool_(terms == 1)
    roundoff = unit(accumulation(dtype, device))
    relative = factor * (gamma(terms + 1, roundoff) + gamma(terms + 1, _OWN))
    scaled = magnitudes / max(terms, 1)
    rounded = _bound(relative, scaled, result, np.False_, dtype, 4 if dtype in HALF else 2)
    return np.where(exact, 0.0, rounded)


def _bound(
    relative: float, magnitudes: NDArray[np.float64], result: NDArray[Any], exact: Any, dtype: str, roundings: int = 2
) -> NDArray[np.float64]:
    """Add to the error of the sums those of rounding results to the dtype, the reference's too, and of comparing them in it."""
    with np.errstate(all="ignore"):
        wide = np.abs(result.astype(np.complex128 if kind_of(dtype) == "complex" else np.float64))
        smallest = 2.0 ** _EXPONENTS[dtype][0]
        rounding = roundings * unit(dtype) * (wide + relative * magnitudes) + smallest
        bound = (relative * magnitudes + rounding) * (1 + 4 * unit(dtype))
        return np.where(exact | ~np.isfinite(wide) | ~np.isfinite(magnitudes), 0.0, bound)
