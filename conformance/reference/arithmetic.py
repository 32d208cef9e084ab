"""`+ - * /` of tensors and Python numbers, correctly rounded, with all results that are right.

Sources: PyTorch's reference of torch.add, sub, mul, div and of type promotion; IEEE 754 for the rounding. Integers wrap
around (the maintainers' word on overflow); `+` of bools is "or", `*` is "and", `-` is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of, numpy_dtype
from conformance.reference import bounds, casts
from conformance.reference.promotion import Operand, Rank, category, defaults, number_dtype, result_type
from conformance.reference.tensor import Allowed, Tensor, dense

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_UFUNCS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.true_divide,
}
# More combinations of operands' conversions than these never arise: two for each of two operands, and their reciprocals.
MOST_CANDIDATES = 16


@dataclass(frozen=True)
class Side:
    """One operand: its elements, their dtype, and how promotion ranks it."""

    array: NDArray[Any]
    dtype: str
    rank: Rank


def side(value: Any) -> Side:
    """Look at an operand: a tensor with or without dimensions, or a number, be it Python's or NumPy's."""
    if isinstance(value, Tensor):
        return Side(value.array(), value.dtype, "dimensioned" if value.ndim else "zero-dim")
    number = value.item() if isinstance(value, np.generic) else value
    dtype = number_dtype(number)
    exact = {"float": "float64", "complex": "complex128"}.get(kind_of(dtype) or "", dtype)
    return Side(np.asarray(number, dtype=numpy_dtype(exact)), dtype, "number")


def binary(operation: str, left: Any, right: Any, device: str) -> Tensor:
    """Give the result of an operation on two operands, broadcast, as a dense tensor.

    Raises:
        RuntimeError: the shapes can't be broadcast, or bools are subtracted.
        UnknownResultError: the result is complex32.
    """
    sides = side(left), side(right)
    if operation == "sub" and "bool" in {one.dtype for one in sides}:
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported.")
    dtype = computed_dtype(operation, sides)
    try:
        np.broadcast_shapes(*(one.array.shape for one in sides))
    except ValueError as error:
        raise RuntimeError("The sizes of the tensors must match at non-singleton dimensions") from error
    first, *also = _results(operation, sides, dtype)
    allowed = Allowed(also=also, bound=_bound(operation, first, dtype)) if also or kind_of(dtype) == "complex" else None
    return dense(first, dtype, device, allowed)


def computed_dtype(operation: str, sides: tuple[Side, Side]) -> str:
    """Give the dtype of the result: that of promotion, and for `/` of integers and bools the default float dtype."""
    dtype = result_type([Operand(one.dtype, one.rank) for one in sides])
    whole = operation == "div" and category(dtype) < category("float32")
    return defaults.float_dtype if whole else dtype


def _results(operation: str, sides: tuple[Side, Side], dtype: str) -> list[NDArray[Any]]:
    """Give each result that is right, the first by converting each operand at once to the result's dtype."""
    found: list[NDArray[Any]] = []
    for left, right in product(*(_operands(one, dtype) for one in sides)):
        for result in _rounded(operation, left, right, dtype, sides):
            if not any(_same(result, other) for other in found):
                found.append(result)
    return found[:MOST_CANDIDATES]


def _operands(one: Side, dtype: str) -> list[NDArray[Any]]:
    """Give the forms in which an operand may enter: converted, or at float32 where the result is a half type.

    An operand without dimensions may stay at float32 beside a half tensor: the maintainers' word on Python numbers and
    on 0-d tensors beyond a half type's range.
    """
    forms = casts.candidates(one.array, _exact(one), dtype)
    if dtype in casts.HALF:
        forms = [form.astype(np.float32) for form in forms]
        if one.rank != "dimensioned":
            forms += casts.candidates(one.array, _exact(one), "float32")
    return forms


def _exact(one: Side) -> str:
    """Give the dtype in which an operand's elements are held: a Python float is a float64."""
    return one.array.dtype.name if one.rank == "number" else one.dtype


def _rounded(
    operation: str, left: NDArray[Any], right: NDArray[Any], dtype: str, sides: tuple[Side, Side]
) -> list[NDArray[Any]]:
    with np.errstate(all="ignore"):
        results = [np.asarray(_UFUNCS[operation](left, right))]
        if operation == "div" and kind_of(dtype) in ("float", "complex") and _has_number(sides):
            # A division by or of a number may be a product with the reciprocal, which is rounded on its own.
            reciprocal = np.asarray(np.divide(np.ones_like(right), right))
            own = sides[1].rank != "number" and sides[1].dtype in casts.HALF
            held = sides[1].dtype if own else dtype
            results += [np.asarray(left * reciprocal), np.asarray(left * _halved(reciprocal, held))]
        return [result.astype(numpy_dtype(dtype)) for result in results]


def _has_number(sides: tuple[Side, Side]) -> bool:
    """Say whether a division is by an operand without dimensions, or of a Python number."""
    return sides[1].rank != "dimensioned" or sides[0].rank == "number"


def _halved(array: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Round to a half type and back, where the divisor has one, or is used at the result's."""
    return np.real(array).astype(numpy_dtype(dtype)).astype(array.dtype) if dtype in casts.HALF else array


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one.tobytes() == other.tobytes()


def _bound(operation: str, result: NDArray[Any], dtype: str) -> NDArray[np.float64] | None:
    if kind_of(dtype) != "complex" or operation not in bounds.COMPLEX_UNITS:
        return None
    with np.errstate(all="ignore"):
        bound: NDArray[np.float64] = np.abs(result.astype(np.complex128))
        bound *= bounds.unit(dtype) * bounds.COMPLEX_UNITS[operation]
    return bound
