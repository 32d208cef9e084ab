"""Tables of matrix products."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from conformance.dtypes import DTYPES, kind_of
from conformance.program import Inputs, TensorInput
from conformance.strategies.layouts import LAYOUTS, Layout, fitting
from conformance.strategies.rows import Row
from conformance.strategies.values import base, generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

from conformance.strategies.tables.making import factor, inputs_of

PRODUCTS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((5, 1), (1, 7)), ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((17, 33), (33, 9)),
    ((2, 2, 3), (3, 4)), ((2, 2, 3), (2, 3, 4)), ((3, 1, 2, 3), (2, 3, 2)), ((2, 3), (4, 3, 1)), ((2, 0), (0, 3)),
    ((0, 3), (3, 2)), ((0, 2, 3), (3, 2)), ((8, 64), (64, 8)), ((3,), (2, 3, 2)), ((4, 4), (4, 4)),
)  # fmt: skip

BAD_PRODUCTS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 3), (2, 3)), ((3,), (4,)), ((3,), (1, 3)), ((2, 2, 3), (3, 3, 4)), ((), (3,)), ((3,), ()), ((2, 3), (4,)),
)  # fmt: skip


def _product_inputs(
    dtype: str, shapes: tuple[tuple[int, ...], ...], chosen: tuple[Layout, ...], random: np.random.Generator
) -> Inputs:
    made = [factor(dtype, shape, layout, random) for shape, layout in zip(shapes, chosen, strict=True)]
    bases = {name: one for name, (one, _) in zip("ab", made, strict=True)}
    return Inputs(bases, {"x": TensorInput("a", made[0][1]), "y": TensorInput("b", made[1][1])})


def matrix_products(profile: str, seed: int) -> Iterator[Row]:
    """Vectors, matrices and batches of every dtype, dense and in every layout on either side."""
    for dtype, shapes in product(DTYPES, PRODUCTS):
        if dtype == "bool":
            continue
        needs = ("integer-matmul",) if kind_of(dtype) == "integer" else ("half-matmul",) if dtype == "float16" else ()
        random = generator(seed, f"{dtype} {shapes}")
        others = [one for one in fitting(shapes[0]) if one in fitting(shapes[1])]
        first, second = (others[int(n)] for n in random.integers(len(others), size=2))
        pairs = (
            (LAYOUTS["dense"], LAYOUTS["dense"]),
            (first, LAYOUTS["dense"]),
            (LAYOUTS["dense"], second),
            (second, first),
        )
        for number, chosen in enumerate(pairs):
            label = f"{dtype} {list(shapes[0])} @ {list(shapes[1])}, {chosen[0].name} @ {chosen[1].name} ({number})"
            yield Row(label, _product_inputs(dtype, shapes, chosen, random), needs=needs)


def products_that_differ(profile: str, seed: int) -> Iterator[Row]:
    """Shapes that can't be multiplied, and bools."""
    dense = (LAYOUTS["dense"], LAYOUTS["dense"])
    legal = _product_inputs("float32", ((2, 3), (3, 2)), dense, generator(seed, "legal"))
    for shapes in BAD_PRODUCTS:
        label = f"{list(shapes[0])} @ {list(shapes[1])}"
        yield Row(label, _product_inputs("float32", shapes, dense, generator(seed, label)), legal)
    random = generator(seed, "bool")
    bases = {name: base("bool", shape, random) for name, shape in (("x", (2, 3)), ("y", (3, 2)))}
    yield Row("bool", inputs_of(bases), legal)
