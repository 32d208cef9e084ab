"""Tables of views: chains of them, dims, orders, sizes, and writes seen through them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from conformance.program import Inputs, PlainInput, TensorInput, encode_plain
from conformance.strategies.layouts import fitting
from conformance.strategies.rows import Row
from conformance.strategies.values import base, generator

if TYPE_CHECKING:
    from collections.abc import Iterator

from conformance.strategies.tables.making import inputs_of, laid_out

SMALL_SHAPES = ((), (3,), (1,), (2, 3), (1, 3), (2, 1, 3), (1, 1), (0, 2), (2, 1, 3, 1, 2))


def dims(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every small rank with every dim from -n-2 to n+1; the twin takes dim 0."""
    for shape in SMALL_SHAPES:
        for dim in range(-len(shape) - 2, len(shape) + 2):
            label = f"{list(shape)} dim {dim}"
            tensor = {"x": base("float32", shape, generator(seed, label))}
            yield Row(label, inputs_of(tensor, dim=dim), inputs_of(tensor, dim=0))


def dim_pairs(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every small rank with every pair of dims from -n-1 to n; the twin takes dims 0 and 0."""
    for shape in SMALL_SHAPES[:7]:
        span = range(-len(shape) - 1, len(shape) + 1)
        for one, other in product(span, span):
            label = f"{list(shape)} dims {one} {other}"
            tensor = {"x": base("float32", shape, generator(seed, label))}
            yield Row(label, inputs_of(tensor, one=one, other=other), inputs_of(tensor, one=0, other=0))


ORDERS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 3), (1, 0)), ((2, 3), (0, 1)), ((2, 3, 4), (2, 0, 1)), ((2, 3, 4), (-1, 0, 1)), ((2, 1, 3, 2), (3, 1, 0, 2)),
    ((2, 3), (0, 0)), ((2, 3), (1, -1)), ((2, 3), (0,)), ((2, 3), (0, 1, 2)), ((2, 3), (0, 2)), ((3,), (0,)), ((), ()),
    ((0, 2), (1, 0)), ((2, 3, 4), (0, 2)),
)  # fmt: skip


def orders(profile: str, seed: int) -> Iterator[Row]:
    """Orders of dimensions, right and wrong; the twin leaves them as they are."""
    for shape, order in ORDERS:
        label = f"{list(shape)} order {list(order)}"
        tensor = {"x": base("float32", shape, generator(seed, label))}
        yield Row(label, inputs_of(tensor, order=order), inputs_of(tensor, order=tuple(range(len(shape)))))


SIZES: tuple[tuple[int, ...], ...] = (
    (24,), (-1,), (4, 6), (2, -1), (-1, 3), (2, 3, 4), (6, 4), (2, 12), (3, 8), (2, 3, 2, 2), (1, 24), (24, 1), (5, 5),
    (-1, -1), (5, -1), (2, 3, 4, 1), (1, 2, 3, 4), (4, 3, 2), (-2, 12), (23,),
)  # fmt: skip


def view_sizes(profile: str, seed: int) -> Iterator[Row]:
    """Sizes for a view of a tensor in every layout, of which the strides allow some; the twin keeps the shape."""
    shape = (2, 3, 4)
    for layout, sizes in product(fitting(shape), SIZES):
        label = f"{layout.name} as {list(sizes)}"
        made, steps = laid_out("float32", shape, layout, generator(seed, label))
        rows = [
            Inputs({"a": made}, {"x": TensorInput("a", steps), "sizes": PlainInput(encode_plain(one))})
            for one in (sizes, shape)
        ]
        yield Row(label, rows[0], rows[1])
