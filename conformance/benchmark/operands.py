"""Operands of a product, and whether what came out is right: nothing is timed that is wrong.

Values are random and normal, so that no kernel can take a short cut by zeros. The result is compared with a product in
float64, element by element, within the bound of sums of products (`conformance.reference.bounds`). The sums of magnitudes
that it needs are not worked out one by one: by Cauchy and Schwarz, sum(abs(a) * abs(b)) is at most the product of the
lengths of row and column, which makes the bound wider by a factor of about pi / 2 for normal values, and costs nothing.

Where precision is reduced that bound is wide, and a single element could be anything in it. So each product is also
called with factors whose product is a whole number of eight bits times a power of two, and so are its partial sums, in
whatever order they are added up: every dtype and every setting holds all of that exactly, and each element must be so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of, numpy_dtype
from conformance.reference import bounds
from conformance.strategies.values import is_subnormal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from conformance.benchmark.records import Shape

# How far a sum of terms with drawn signs may lie from zero, and how many partial sums of half types are rounded at most where a
# device may reduce them in the half type: they are those of a split of the sum, of which the parts are few.
_DEVIATIONS, _ROUNDED_PARTS = 8.0, 4
_SUMS = " sums"
# Whole numbers up to this: their sums stay far below 2**53, so float64 holds each exactly.
_LARGEST_WHOLE = 3
# Of the factors of an exact product so many columns and rows hold no zeros: 40 x 2 x 3 is a number of eight bits.
_TERMS = 40


class WrongProductError(Exception):
    """A product is wrong, so that its time means nothing: the message says where."""


@dataclass(frozen=True, eq=False)
class Operands:
    """Two factors as NumPy arrays, and what their product must be.

    Attributes:
        left: batch x m x k (or m x k).
        right: batch x k x n, k x n, or k where the shape is a matrix by a vector.
        dtype: of the torch tensors made of them.
        subnormals: how many elements of the factors are.
        known: their product, where it is known without multiplying them.
    """

    left: NDArray[Any]
    right: NDArray[Any]
    dtype: str
    subnormals: int = 0
    known: NDArray[np.float64] | None = None

    @cached_property
    def exact(self) -> NDArray[np.float64]:
        """The product in float64."""
        if self.known is not None:
            return self.known
        found: NDArray[np.float64] = self.left.astype(np.float64) @ self.right.astype(np.float64)
        return found


def draw(shape: Shape, dtype: str, seed: int) -> Operands:
    """Draw the operands of a shape: normal values, none of them zero, or small whole numbers."""
    random = np.random.default_rng(seed)
    batch = (shape.batch,) if shape.batch > 1 else ()
    left = _drawn(random, (*batch, shape.m, shape.k), dtype)
    right = _drawn(random, (*batch, shape.k, *((shape.n,) if shape.kind != "matrix-vector" else ())), dtype)
    small = 0
    if kind_of(dtype) == "float":
        small = sum(int(np.count_nonzero(is_subnormal(one))) for one in (left, right))
    return Operands(left, right, dtype, small)


def _drawn(random: np.random.Generator, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    if kind_of(dtype) == "integer":
        signs = 1 if dtype == "uint8" else random.choice((-1, 1), shape)
        return np.asarray(random.integers(1, _LARGEST_WHOLE + 1, shape) * signs).astype(numpy_dtype(dtype))
    values: NDArray[Any] = random.standard_normal(shape).astype(numpy_dtype(dtype))
    values[values == 0] = 1
    return values


def exact_ones(shape: Shape, dtype: str, seed: int) -> Operands:
    """Draw operands of a floating dtype whose product no rounding can change, with no element of zero in it."""
    random = np.random.default_rng(seed)
    batch = (shape.batch,) if shape.batch > 1 else ()
    terms = np.zeros((2, shape.k))
    places = random.choice(shape.k, min(_TERMS, shape.k), replace=False)
    terms[:, places] = random.integers(1, ((3,), (4,)), (2, len(places)))
    rows = _powers(random, (*batch, shape.m))
    left = rows[..., :, None] * terms[0]
    known, right = rows * (terms[0] @ terms[1]), terms[1]
    if shape.kind != "matrix-vector":
        columns = _powers(random, (*batch, shape.n))
        known, right = known[..., :, None] * columns[..., None, :], terms[1][:, None] * columns[..., None, :]
    return Operands(left.astype(numpy_dtype(dtype)), right.astype(numpy_dtype(dtype)), dtype, known=known)


def _powers(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = random.choice((-2.0, -1.0, -0.5, 0.5, 1.0, 2.0), shape)
    return found


def check(found: NDArray[Any], operands: Operands, device: str, settings: Mapping[str, str]) -> None:
    """See that a product is right.

    Args:
        found: the product, as a NumPy array of the operands' dtype.
        operands: of which it is.
        device: on which it was worked out.
        settings: of that device, as `Device.precision` holds them.

    Raises:
        WrongProductError: it has another shape, or an element is further from the exact one than its bound.
    """
    if found.shape != operands.exact.shape:
        raise WrongProductError(f"the product has shape {found.shape}, and must have {operands.exact.shape}")
    wrong = _wrong(found, operands, device, settings)
    if wrong.any():
        place = tuple(int(one) for one in np.argwhere(wrong)[0])
        raise WrongProductError(
            f"{int(np.count_nonzero(wrong))} of {wrong.size} elements of the product are wrong; at {place} it is "
            f"{found[place]}, and must be {operands.exact[place]:.9g}"
        )


def _wrong(found: NDArray[Any], operands: Operands, device: str, settings: Mapping[str, str]) -> NDArray[np.bool_]:
    dtype, exact = operands.dtype, operands.exact
    if operands.known is not None:
        return np.asarray(found.astype(np.float64) != exact)
    if kind_of(dtype) == "integer":
        # Sums of integers wrap around in their own dtype.
        return np.asarray(found != exact.astype(np.int64).astype(found.dtype))
    # Of half types, that partial sums may be rounded is a matter of chance too: see `_by_chance`.
    sums = {f"{one}{_SUMS}": "float32" for one in bounds.HALF}
    with np.errstate(all="ignore"), bounds.as_set({**settings, **sums}):
        right = exact.astype(found.dtype)
        lost = bounds.dropped(dtype, operands.left, operands.right)
        allowed = bounds.sum_of_products(operands.left.shape[-1], _lengths(operands, 2), right, -1074, dtype, device)
        if dtype in bounds.HALF and settings.get(f"{dtype}{_SUMS}") == dtype:
            lost = _ROUNDED_PARTS * bounds.unit(dtype)
        if lost:
            allowed = allowed + lost * _by_chance(operands)
        difference = np.abs(found.astype(np.float64) - right.astype(np.float64))
        return np.asarray(~(difference <= allowed) | ~np.isfinite(found.astype(np.float64)))


def _by_chance(operands: Operands) -> NDArray[np.float64]:
    """Give what a sum of products, each with a sign of its own, does not exceed but by a chance that never comes.

    The signs of the factors are drawn, so what is lost of each product (it depends on the magnitudes alone) has a sign that
    is drawn too, and so has each partial sum. By Hoeffding's inequality a sum of terms c with such signs exceeds
    t sqrt(sum(c * c)) with a probability below 2 exp(-t * t / 2): for t = 8 once in 10**13 elements. And by Cauchy and
    Schwarz, sum(a * a * b * b) is at most the square root of sum(a**4) sum(b**4).
    """
    return _DEVIATIONS * _lengths(operands, 4)


def _lengths(operands: Operands, order: int) -> NDArray[np.float64]:
    """Give the products of the lengths of rows and columns, by the norm of an order."""
    left = np.linalg.norm(operands.left.astype(np.float64), ord=order, axis=-1)
    if operands.right.ndim == 1:
        return np.asarray(left * np.linalg.norm(operands.right.astype(np.float64), ord=order))
    right = np.linalg.norm(operands.right.astype(np.float64), ord=order, axis=-2)
    return np.asarray(left[..., :, None] * right[..., None, :])
