"""Tables of means and largest elements."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of
from conformance.program import Base, Inputs, PlainInput, Step, TensorInput, bits_of_array, encode_plain
from conformance.strategies.layouts import Layout, fitting
from conformance.strategies.rows import Row
from conformance.strategies.values import base, edges, generator

if TYPE_CHECKING:
    from collections.abc import Iterator

from conformance.strategies.tables.making import factor, inputs_of

REDUCED: tuple[tuple[int, ...], ...] = ((8,), (1,), (2, 4), (4, 1), (2, 4, 8), (2, 1, 4, 2), (), (0,), (2, 0), (1024,))

DIMS: tuple[Any, ...] = (None, 0, 1, -1, -2, 2, (0, 1), (-1, 0), 5, -5)


def _reduction_rows(dtypes: tuple[str, ...], dims: tuple[Any, ...], seed: int, *, exact: bool) -> Iterator[Row]:
    for dtype, shape, dim, keepdim in product(dtypes, REDUCED, dims, (False, True)):
        places = fitting(shape)
        label = f"{dtype} {list(shape)} over {dim}{' kept' if keepdim else ''}"
        random = generator(seed, label)
        layout = places[int(random.integers(len(places)))]
        if exact:
            made, steps = factor(dtype, shape, layout, random)
        else:
            made, steps = _ties(dtype, shape, layout, random)
        whole = base("float32", (2, 4), random, small=True)
        yield Row(
            label,
            Inputs(
                {"a": made},
                {"x": TensorInput("a", steps), "dim": PlainInput(encode_plain(dim)), "keepdim": PlainInput(keepdim)},
            ),
            inputs_of({"x": whole}, dim=0, keepdim=keepdim),
        )


def _ties(
    dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator
) -> tuple[Base, tuple[Step, ...]]:
    """Give elements of which several are the largest, NaN among those of a float dtype in every other case."""
    few = edges(dtype)
    if kind_of(dtype) == "float" and random.integers(2):
        few = few[~np.isnan(few.astype(np.float64))]
    chosen = few[random.integers(0, len(few), layout.base(shape))]
    return Base(dtype, layout.base(shape), bits_of_array(np.asarray(chosen))), layout.steps(shape)


def means(profile: str, seed: int) -> Iterator[Row]:
    """Every float and complex dtype over every dim, several dims and all; sums of so many small numbers are exact."""
    yield from _reduction_rows(
        ("float16", "bfloat16", "float32", "float64", "complex64", "complex128"), DIMS, seed, exact=True
    )


def means_of_integers(profile: str, seed: int) -> Iterator[Row]:
    """Integers and bools, which have no mean."""
    for dtype in ("bool", "uint8", "int8", "int16", "int32", "int64"):
        random = generator(seed, dtype)
        refused, legal = (
            inputs_of({"x": base(one, (2, 4), random, small=True)}, dim=0, keepdim=False) for one in (dtype, "float32")
        )
        yield Row(dtype, refused, legal)


def largest(profile: str, seed: int) -> Iterator[Row]:
    """Every real dtype over every dim and all, with ties, and with NaN first, last and between."""
    real = tuple(name for name in DTYPES if kind_of(name) in ("integer", "float"))
    yield from _reduction_rows(real, tuple(dim for dim in DIMS if not isinstance(dim, tuple)), seed, exact=False)
