"""Tables of shapes: dims, orders and sizes, each in every spelling and over tensors in every layout."""

from __future__ import annotations

from itertools import cycle, permutations, product
from typing import TYPE_CHECKING, Any

from conformance.program import Inputs, PlainInput, TensorInput, encode_plain
from conformance.strategies.layouts import LAYOUTS, fitting
from conformance.strategies.rows import Row
from conformance.strategies.tables.making import laid_out
from conformance.strategies.tables.steps import VIEW_DTYPES, with_views
from conformance.strategies.values import generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.strategies.layouts import Layout

SMALL_SHAPES: tuple[tuple[int, ...], ...] = (
    (), (3,), (1,), (2, 3), (1, 3), (2, 1, 3), (1, 1), (0, 2), (1, 0, 1), (2, 3, 4), (2, 1, 3, 1, 2), (1, 2, 1, 2, 2, 1),
)  # fmt: skip
SPELLINGS = ("method", "keyword", "function", "named")


def _inputs(label: str, dtype: str, shape: tuple[int, ...], layout: Layout, seed: int, plain: dict[str, Any]) -> Inputs:
    """Give one tensor `x` in a layout, and plain values."""
    made, steps = laid_out(dtype, shape, layout, generator(seed, label))
    values = {name: PlainInput(encode_plain(value)) for name, value in plain.items()}
    return Inputs({"a": made}, {"x": TensorInput("a", steps), **values})


def _row(label: str, dtype: str, shape: tuple[int, ...], layout: Layout, seed: int, *plains: dict[str, Any]) -> Row:
    """Give the row of one tensor with the first set of plain values; the twin, if there is a second, with that."""
    given = [_inputs(label, dtype, shape, layout, seed, plain) for plain in plains]
    return Row(label, given[0], given[1] if len(given) > 1 else None)


class Turns:
    """Takes turns through layouts, dtypes and spellings, from a place that the seed gives."""

    def __init__(self, seed: int, spellings: Sequence[str] = SPELLINGS) -> None:
        self._number = seed
        self._spellings = spellings

    def layout(self, shape: tuple[int, ...]) -> Layout:
        """Give the next layout that a shape can have."""
        self._number += 1
        layouts = fitting(shape)
        return layouts[self._number % len(layouts)]

    @property
    def dtype(self) -> str:
        """The next dtype."""
        return VIEW_DTYPES[self._number % len(VIEW_DTYPES)]

    @property
    def spelling(self) -> str:
        """The next spelling."""
        return self._spellings[(self._number * 5 // 3 + self._number // 12) % len(self._spellings)]


def dims(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every small rank with every dim from -n-2 to n+1, in every spelling; the twin takes dim 0."""
    turns = Turns(seed)
    for shape in SMALL_SHAPES:
        for dim in range(-len(shape) - 2, len(shape) + 2):
            layout, spelling = turns.layout(shape), turns.spelling
            label = f"{list(shape)} {layout.name} dim {dim} {spelling}"
            plains = ({"dim": one, "spelling": spelling} for one in (dim, 0))
            yield _row(label, turns.dtype, shape, layout, seed, *plains)


def new_dims(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every small rank with every legal place of a new dimension, counted from both ends, in several layouts."""
    turns = Turns(seed)
    for shape in SMALL_SHAPES:
        for dim in range(-len(shape) - 1, len(shape) + 1):
            for _ in range(min(3, len(fitting(shape)))):
                layout = turns.layout(shape)
                label = f"{list(shape)} {layout.name} dim {dim}"
                yield _row(label, turns.dtype, shape, layout, seed, {"dim": dim})


DIM_TUPLES: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 1, 3, 1, 2), (1, 3)), ((2, 1, 3, 1, 2), (3, 1)), ((2, 1, 3, 1, 2), (0, 1)), ((2, 1, 3, 1, 2), (-2,)), ((2, 1, 3, 1, 2), (-4, 3)),
    ((1, 1, 1), (0, 2)), ((1, 1, 1), (0, 1, 2)), ((1, 3), (0, 1)), ((2, 3), (0, 1)), ((), (0,)), ((), (-1,)), ((1,), (0,)), ((1, 0, 1), (0, 1)),
    ((2, 1, 3), (1, 3)), ((2, 1, 3), (-4, 1)), ((1,), (0, 1)),
)  # fmt: skip


def dim_tuples(profile: str, seed: int) -> Iterator[Row]:
    """Several dims at once, with some not of size 1, named twice or out of range; the twin names one."""
    turns = Turns(seed)
    for shape, some in DIM_TUPLES:
        for _ in range(2):
            layout = turns.layout(shape)
            label = f"{list(shape)} {layout.name} dims {list(some)}"
            yield _row(label, turns.dtype, shape, layout, seed, {"dims": some}, {"dims": (0,)})


def dim_pairs(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every small rank with every pair of dims from -n-1 to n; the twin takes dims 0 and 0."""
    turns = Turns(seed)
    for shape in (*SMALL_SHAPES[:7], (0, 2), (2, 3, 4)):
        span = range(-len(shape) - 1, len(shape) + 1)
        for one, other in product(span, span):
            layout, spelling = turns.layout(shape), turns.spelling
            label = f"{list(shape)} {layout.name} dims {one} {other} {spelling}"
            plains = ({"one": first, "other": second, "spelling": spelling} for first, second in ((one, other), (0, 0)))
            yield _row(label, turns.dtype, shape, layout, seed, *plains)
    # Of many dimensions, each dim with another one, which the seed chooses.
    for shape in ((2, 3, 1, 4), (2, 2, 3, 1, 2), (1, 2, 3, 2, 2, 2)):
        span = range(-len(shape) - 1, len(shape) + 1)
        for one in span:
            other = span[(one * 3 + seed) % len(span)]
            layout, spelling = turns.layout(shape), turns.spelling
            label = f"{list(shape)} {layout.name} dims {one} {other} {spelling}"
            plains = ({"one": first, "other": second, "spelling": spelling} for first, second in ((one, other), (0, 0)))
            yield _row(label, turns.dtype, shape, layout, seed, *plains)


def matrices(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every rank with each way to transpose a matrix; the twin is a matrix."""
    shapes = (
        (),
        (3,),
        (2, 3),
        (1, 3),
        (3, 1),
        (0, 2),
        (4, 4),
        (2, 3, 4),
        (2, 1, 3),
        (2, 2, 3, 4),
        (1025, 3),
        (33, 129),
    )
    for shape, way in product(shapes, ("t", "torch.t", "T", "mT")):
        if way == "T" and len(shape) != 2:  # noqa: PLR2004 - of tensors that are no matrix it is deprecated
            continue
        if way == "mT" and not shape:  # deprecated too
            continue
        for layout in fitting(shape) if way == "t" else fitting(shape)[seed % 2 :: 2]:
            dtype = VIEW_DTYPES[(len(layout.name) + len(way) + seed) % len(VIEW_DTYPES)]
            label = f"{list(shape)} {layout.name} {way}"
            given = _inputs(label, dtype, shape, layout, seed, {"way": way})
            legal = _inputs(label, dtype, (2, 3), LAYOUTS["dense"], seed, {"way": way})
            yield Row(label, given, legal)


WRONG_ORDERS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 3), (0, 0)), ((2, 3), (1, -1)), ((2, 3), (0,)), ((2, 3), (0, 1, 2)), ((2, 3), (0, 2)), ((2, 3, 4), (0, 2)), ((2, 3), (-3, 0)),
    ((3,), (0, 0)), ((3,), (1,)), ((2, 3, 4), (0, 1, 1)), ((2, 3, 4), (0, 1, -2)), ((), (0,)), ((2, 3, 4), (0, 1, 3)), ((2, 3), ()),
)  # fmt: skip
ORDER_SPELLINGS = ("tuple", "list", "one by one", "function", "keyword", "named")


def orders(profile: str, seed: int) -> Iterator[Row]:
    """All orders of up to four dimensions and some of five and six, negative dims among them, and wrong ones; the twin changes nothing."""
    turns = Turns(seed, ORDER_SPELLINGS)
    for shape, order in (*_right_orders(seed), *WRONG_ORDERS):
        layout = turns.layout(shape)
        spelling = turns.spelling if order else "tuple"
        label = f"{list(shape)} {layout.name} order {list(order)} {spelling}"
        same = tuple(range(len(shape)))
        plains = ({"order": one, "spelling": spelling if one else "tuple"} for one in (order, same))
        yield _row(label, turns.dtype, shape, layout, seed, *plains)


def _right_orders(seed: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    random = generator(seed, "orders")
    some: tuple[tuple[int, ...], ...] = (
        (), (3,), (2, 3), (1, 3), (0, 2), (2, 3, 4), (2, 1, 3), (2, 3, 4, 5), (2, 1, 3, 2),
    )  # fmt: skip
    for shape in some:
        for order in permutations(range(len(shape))):
            yield shape, order
            if len(shape) in (1, 2, 3):
                yield shape, tuple(dim - len(shape) for dim in order)
            elif shape:
                yield shape, tuple(dim - len(shape) if random.integers(2) else dim for dim in order)
    more: tuple[tuple[int, ...], ...] = ((2, 1, 3, 2, 2), (2, 3, 1, 2, 1, 2), (64, 32, 3), (33, 5, 31))
    for shape in more:
        for _ in range(5):
            yield shape, tuple(int(dim) for dim in random.permutation(len(shape)))


SIZES: tuple[tuple[int, ...], ...] = (
    (24,), (-1,), (4, 6), (2, -1), (-1, 3), (2, 3, 4), (6, 4), (2, 12), (3, 8), (2, 3, 2, 2), (1, 24), (24, 1), (5, 5),
    (-1, -1), (5, -1), (2, 3, 4, 1), (1, 2, 3, 4), (4, 3, 2), (-2, 12), (23,), (1, -1, 1), (2, 1, 3, 1, 4), (2, 3, -1), (0, -1), (48,),
)  # fmt: skip
# Other tensors, each with sizes that fit and sizes that do not.
OTHER_SIZES: tuple[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]], ...] = (
    ((), ((), (1,), (-1,), (1, 1), (0,), (2,))),
    ((1,), ((), (1, 1, 1), (-1,), (2,))),
    ((1, 1), ((), (1,), (-1, 1))),
    ((6,), ((2, 3), (3, -1), (6, 1), (1, 6), (-1, 4), (7,), ())),
    ((0, 3), ((0,), (-1,), (3, 0), (0, 5), (-1, 3), (0, -1), (3, -1), (1,))),
    ((2, 0, 2), ((0,), (4, 0), (2, 0, 2), (0, 2, 2))),
    ((4, 6), ((24,), (2, 2, 6), (4, 2, 3), (2, 2, 2, 3), (2, 12), (8, 3), (4, 6, 1), (-1, 2))),
    ((2, 1, 6), ((2, 6), (12,), (2, 2, 3), (2, 1, 1, 6), (4, 3), (2, 3, 2))),
    ((2, 3, 2, 2), ((6, 4), (2, 3, 4), (6, 2, 2), (2, 6, 2), (4, 3, 2), (24,))),
    ((2, 2, 3, 1, 2, 2), ((2, 2, 3, 4), (4, 3, 2, -1))),
    ((1025,), ((5, 205), (-1, 41), (1025, 1))),
    ((33, 32), ((1056,), (32, 33), (-1, 16))),
)  # fmt: skip
SIZE_SPELLINGS = ("one by one", "tuple", "list")


def _sized(seed: int, spellings: Sequence[str]) -> Iterator[Row]:
    """Sizes that fit and sizes that do not, for tensors in every layout; the twin keeps the shape."""
    turns = Turns(seed, spellings)
    cases: list[tuple[tuple[int, ...], Layout, tuple[int, ...]]] = [
        ((2, 3, 4), layout, sizes) for layout, sizes in product(fitting((2, 3, 4)), SIZES)
    ]
    cases += [(shape, layout, sizes) for shape, some in OTHER_SIZES for sizes in some for layout in fitting(shape)]
    for number, (shape, layout, sizes) in enumerate(cases):
        if layout.name != "dense" and (number + seed) % 2:
            continue
        turns.layout(shape)
        spelling = turns.spelling if sizes else "tuple"
        label = f"{list(shape)} {layout.name} as {list(sizes)} {spelling}"
        plains = ({"sizes": one, "spelling": spelling if one else "tuple"} for one in (sizes, shape))
        yield _row(label, turns.dtype, shape, layout, seed, *plains)


def view_sizes(profile: str, seed: int) -> Iterator[Row]:
    """Sizes for a view of tensors in every layout, of which the strides allow some; the twin keeps the shape."""
    return _sized(seed, SIZE_SPELLINGS)


def reshape_sizes(profile: str, seed: int) -> Iterator[Row]:
    """Sizes for another shape of tensors in every layout; the twin keeps the shape."""
    return _sized(seed + 1, (*SIZE_SPELLINGS, "function", "keyword", "named"))


def reshape_writes(profile: str, seed: int) -> Iterator[Row]:
    """Tensors in every layout, with a write to their first element before they are reshaped."""
    turns = cycle(VIEW_DTYPES[seed % 9 :] + VIEW_DTYPES[: seed % 9])
    for shape in ((6,), (2, 3), (2, 3, 4), (2, 1, 3), (1, 1)):
        for layout in fitting(shape):
            if layout.name != "expanded":
                dtype = next(turns)
                label = f"{dtype} {list(shape)} {layout.name}"
                made, before = laid_out(dtype, shape, layout, generator(seed, label))
                value = dtype == "bool" or 77
                sizes = (-1,) if len(shape) > 1 else (shape[0] // 2, -1)
                yield Row(label, with_views(made, before, {}, value=value, sizes=sizes))
