"""Which dtype the operands of an operation are brought to.

Source: PyTorch's reference, "Type Promotion" in torch.Tensor attributes (torch.dtype): operands fall into the
categories bool, integer, float, complex; an operand without dimensions (a 0-d tensor, then a Python number) counts
only where its category is higher than that of the operands before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from conformance.dtypes import DTYPES, kind_of

Rank = Literal["dimensioned", "zero-dim", "number"]

_CATEGORIES = ("bool", "integer", "float", "complex")
_SIGNED = ("int8", "int16", "int32", "int64")
# The complex dtype whose parts are a float dtype; PyTorch's complex32 is not among the dtypes that the suite knows.
_COMPLEX_OF = {"float16": "complex32", "bfloat16": "complex64", "float32": "complex64", "float64": "complex128"}


@dataclass
class Defaults:
    """The global state of the reference: `float_dtype` is what torch.set_default_dtype sets."""

    float_dtype: str = "float32"


defaults = Defaults()


class UnknownResultError(Exception):
    """The result's dtype is one that the suite does not know (complex32): such operands are not judged."""


@dataclass(frozen=True)
class Operand:
    """What promotion looks at: a dtype, and whether the operand has dimensions, none, or is a Python number."""

    dtype: str
    rank: Rank


def category(dtype: str) -> int:
    """Give the place of a dtype's kind in the order bool, integer, float, complex."""
    kind = kind_of(dtype)
    if kind is None:
        raise UnknownResultError(dtype)
    return _CATEGORIES.index(kind)


def promote_types(one: str, other: str) -> str:
    """Give the smallest dtype that holds both, as torch.promote_types does.

    Raises:
        UnknownResultError: it is complex32.
    """
    if one == other:
        return one
    low, high = sorted((one, other), key=category)
    if category(low) < category(high):
        return _across(low, high)
    return _within(low, high)


def _across(low: str, high: str) -> str:
    if kind_of(low) == "float":
        return promote_types(high, "complex128" if low == "float64" else "complex64")
    return high


def _within(one: str, other: str) -> str:
    sizes = {dtype: DTYPES[dtype].itemsize for dtype in (one, other)}
    if {one, other} == {"float16", "bfloat16"}:
        return "float32"
    if "uint8" in sizes:
        # The signed dtype must hold 255 too.
        signed = other if one == "uint8" else one
        return _SIGNED[max(_SIGNED.index(signed), 1)]
    return max(sizes, key=lambda dtype: sizes[dtype])


def result_type(operands: list[Operand]) -> str:
    """Give the dtype to which the operands of an operation are brought.

    Raises:
        UnknownResultError: it is complex32.
    """
    result: str | None = None
    ranks: tuple[Rank, ...] = ("dimensioned", "zero-dim", "number")
    for rank in ranks:
        dtypes = [operand.dtype for operand in operands if operand.rank == rank]
        if not dtypes:
            continue
        own = dtypes[0]
        for dtype in dtypes[1:]:
            own = promote_types(own, dtype)
        result = own if result is None else _combined(result, own)
    if result is None:
        raise ValueError("an operation has operands")
    return result


def _combined(before: str, later: str) -> str:
    """Let operands of a lower rank count only where their category is higher."""
    if category(later) <= category(before):
        return before
    if kind_of(before) == "float":
        made = _COMPLEX_OF[before]
        if made not in DTYPES:
            raise UnknownResultError(made)
        return made
    return promote_types(before, later)


def default_complex() -> str:
    """Give the complex dtype whose parts are of the default float dtype; of bfloat16 no document names one.

    Raises:
        UnknownResultError: it is complex32, or none.
    """
    if defaults.float_dtype in ("float16", "bfloat16"):
        raise UnknownResultError(f"complex numbers where {defaults.float_dtype} is the default")
    return _COMPLEX_OF[defaults.float_dtype]


def number_dtype(number: complex) -> str:
    """Give the dtype that a Python number counts as."""
    if isinstance(number, bool):
        return "bool"
    if isinstance(number, int):
        return "int64"
    return defaults.float_dtype if isinstance(number, float) else default_complex()
