"""The dtypes that the suite knows, as a table, and their NumPy counterparts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np

Kind = Literal["bool", "integer", "float", "complex"]


@dataclass(frozen=True, slots=True)
class DType:
    """One dtype: its name in PyTorch, its kind, and the bytes of one element."""

    name: str
    kind: Kind
    itemsize: int


DTYPES: dict[str, DType] = {
    dtype.name: dtype
    for dtype in (
        DType("bool", "bool", 1),
        DType("uint8", "integer", 1),
        DType("int8", "integer", 1),
        DType("int16", "integer", 2),
        DType("int32", "integer", 4),
        DType("int64", "integer", 8),
        DType("float16", "float", 2),
        DType("bfloat16", "float", 2),
        DType("float32", "float", 4),
        DType("float64", "float", 8),
        DType("complex64", "complex", 8),
        DType("complex128", "complex", 16),
    )
}


@cache
def numpy_dtype(name: str) -> np.dtype[np.generic]:
    """Give the NumPy dtype that holds the bits of the dtype called `name` (bfloat16 through ml_dtypes).

    Raises:
        TypeError: NumPy has no dtype of that name.
    """
    import numpy as np

    if name == "bfloat16":
        import ml_dtypes

        bfloat16: np.dtype[np.generic] = np.dtype(ml_dtypes.bfloat16)
        return bfloat16
    return np.dtype(name)


def kind_of(name: str) -> Kind | None:
    """Give the kind of the dtype called `name`, or None for one that the suite does not know."""
    known = DTYPES.get(name)
    return known.kind if known else None


class FloatWords(NamedTuple):
    """Bit patterns of a float dtype, as unsigned words of its width: without their signs they are in the order of the numbers.

    Attributes:
        sign: of a negative number, and with nothing else -0.0.
        magnitude: all but the sign.
        kept: sign and fraction, and the bit in which the exponents of 1/2 and 1 differ.
        half: the number 1/2.
        one: the number 1.
        smallest_normal: the smallest number that is not subnormal.
        largest: the largest finite number.
        inf: infinity; what is larger is NaN.
    """

    sign: Any
    magnitude: Any
    kept: Any
    half: Any
    one: Any
    smallest_normal: Any
    largest: Any
    inf: Any


@cache
def float_words(name: str) -> FloatWords:
    """Give the bit patterns of the float dtype called `name`."""
    import ml_dtypes
    import numpy as np

    dtype = numpy_dtype(name)
    facts = ml_dtypes.finfo(dtype)
    word = np.dtype(f"u{dtype.itemsize}")
    sign, normal = 1 << (facts.bits - 1), 1 << facts.nmant
    half, one, largest, inf = (np.array(n).astype(dtype).view(word)[()] for n in (0.5, 1.0, facts.max, np.inf))
    kept = word.type(sign | (normal - 1) | normal)
    return FloatWords(word.type(sign), word.type(sign - 1), kept, half, one, word.type(normal), largest, inf)
