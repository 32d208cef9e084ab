"""What several tables make their inputs with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.dtypes import kind_of, numpy_dtype
from conformance.program import Base, Inputs, PlainInput, Step, TensorInput, bits_of_array, encode_plain
from conformance.strategies.values import base

if TYPE_CHECKING:
    import numpy as np

    from conformance.strategies.layouts import Layout


def inputs_of(bases: dict[str, Base], **plain: Any) -> Inputs:
    """Make inputs of tensors that are their bases, and plain values."""
    tensors = {name: TensorInput(name) for name in bases}
    return Inputs(bases, {**tensors, **{name: PlainInput(encode_plain(value)) for name, value in plain.items()}})


def laid_out(
    dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator
) -> tuple[Base, tuple[Step, ...]]:
    """Give a base of random elements and the steps through which it is seen in the layout."""
    small = kind_of(dtype) == "complex"
    return base(dtype, layout.base(shape), random, small=small), layout.steps(shape)


def factor(
    dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator
) -> tuple[Base, tuple[Step, ...]]:
    """Give whole numbers from -2 to 2: 64 products of them add up exactly in every dtype."""
    values = random.integers(0 if dtype == "uint8" else -2, 3, layout.base(shape))
    return Base(dtype, layout.base(shape), bits_of_array(values.astype(numpy_dtype(dtype)))), layout.steps(shape)


def product_needs(dtype: str) -> tuple[str, ...]:
    """Give what a device may lack of products of a dtype, by its own documentation."""
    if kind_of(dtype) == "integer":
        return ("integer-matmul",)
    return ("half-matmul",) if dtype == "float16" else ()
