"""The tables that are walked whole: dtype pairs, casts, layouts, shapes that broadcast, dims, chains of views."""

from __future__ import annotations

from itertools import cycle, product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import Base, Inputs, PlainInput, Step, TensorInput, bits_of_array, encode_plain
from conformance.reference.promotion import Operand, UnknownResultError, category, result_type
from conformance.strategies.layouts import LAYOUTS, Layout, fitting
from conformance.strategies.rows import Row
from conformance.strategies.values import base, edges, generator, near_the_smallest

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATIONS = ("add", "sub", "mul", "div")
NUMBERS = (True, 3, 2.5, 0.1, 1 + 2j)
SHAPES = ((17,), (3, 5), (2, 3, 4), (33,), (4, 1, 3), (1025,), (1, 7), (2, 0, 3), (5, 1), (2, 1, 2, 3))
BROADCASTS = (
    ((3, 1), (1, 4)), ((2, 3), (3,)), ((3,), (2, 3)), ((1,), (5,)), ((4, 1, 3), (2, 1)), ((2, 3), ()), ((), (4,)),
    ((1, 1), (3, 2)), ((0,), (1,)), ((3, 1), (1, 0)), ((2, 1, 1, 3), (4, 1, 1)), ((40, 30, 1), (1, 33)), ((1,), ()),
)  # fmt: skip


def _inputs(bases: dict[str, Base], **plain: Any) -> Inputs:
    """Make inputs of tensors that are their bases, and plain values."""
    tensors = {name: TensorInput(name) for name in bases}
    return Inputs(bases, {**tensors, **{name: PlainInput(encode_plain(value)) for name, value in plain.items()}})


def _known(*operands: Operand) -> bool:
    """Say whether the dtype of a result is one that the suite knows."""
    try:
        result_type(list(operands))
    except UnknownResultError:
        return False
    return True


def _with_small_values(*dtypes: str) -> bool:
    """Complex products and quotients are judged on small whole numbers."""
    return any(kind_of(dtype) == "complex" for dtype in dtypes)


def _pair_row(label: str, operation: str, operands: list[tuple[str, tuple[int, ...]]], seed: int) -> Row:
    random = generator(seed, label)
    small = _with_small_values(*(dtype for dtype, _ in operands))
    bases = {name: base(dtype, shape, random, small=small) for name, (dtype, shape) in zip("xy", operands, strict=True)}
    refused = operation == "sub" and any(dtype == "bool" for dtype, _ in operands)
    twin = _inputs(bases, operation="add") if refused else None
    return Row(label, _inputs(bases, operation=operation), twin)


def dtype_pairs(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes with dimensions, for every operation."""
    for left, right, operation in product(DTYPES, DTYPES, OPERATIONS):
        yield _pair_row(f"{left} {operation} {right}", operation, [(left, (23,)), (right, (23,))], seed)


def zero_dim_pairs(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes of which one or both have no dimension, for every operation."""
    for shapes in (((6,), ()), ((), (6,)), ((), ())):
        ranks = ["dimensioned" if shape else "zero-dim" for shape in shapes]
        for left, right, operation in product(DTYPES, DTYPES, OPERATIONS):
            operands = [Operand(dtype, rank) for dtype, rank in zip((left, right), ranks, strict=True)]  # type: ignore[arg-type]
            if _known(*operands):
                label = f"{ranks[0]} {left} {operation} {ranks[1]} {right}"
                yield _pair_row(label, operation, [(left, shapes[0]), (right, shapes[1])], seed)


def numbers(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype, with dimensions and without, with every kind of Python number on either side."""
    for dtype, shape, number, operation, reflected in product(DTYPES, ((6,), ()), NUMBERS, OPERATIONS, (False, True)):
        kind = {"bool": "bool", "int": "int64", "float": "float32", "complex": "complex64"}[type(number).__name__]
        if not _known(Operand(dtype, "dimensioned" if shape else "zero-dim"), Operand(kind, "number")):
            continue
        label = f"{'0-d ' if not shape else ''}{dtype} {operation} {number!r}{' reflected' if reflected else ''}"
        tensor = base(dtype, shape, generator(seed, label), small=_with_small_values(dtype, kind))
        names = ("y", "x") if reflected else ("x", "y")
        refused = operation == "sub" and "bool" in (dtype, kind)
        made = [
            Inputs(
                {"t": tensor},
                {
                    names[0]: TensorInput("t"),
                    names[1]: PlainInput(encode_plain(number)),
                    "operation": PlainInput(name),
                },
            )
            for name in (operation, "add")
        ]
        yield Row(label, made[0], made[1] if refused else None)


def casts(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes but complex to bool, from random bits and edges."""
    for source, target in product(DTYPES, DTYPES):
        if (kind_of(source), target) != ("complex", "bool"):
            yield _cast_row(source, target, seed)


def complex_to_bool(profile: str, seed: int) -> Iterator[Row]:
    """Complex numbers of which either part, both or none is zero."""
    for source in ("complex64", "complex128"):
        yield _cast_row(source, "bool", seed)


def _cast_row(source: str, target: str, seed: int) -> Row:
    label = f"{source} to {target}"
    tensor = base(source, (67,), generator(seed, label))
    return Row(label, Inputs({"x": tensor}, {"x": TensorInput("x"), "dtype": PlainInput({"dtype": target})}))


def _laid_out(
    dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator
) -> tuple[Base, tuple[Step, ...]]:
    small = kind_of(dtype) == "complex"
    return base(dtype, layout.base(shape), random, small=small), layout.steps(shape)


def layouts(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype and operation with every layout on either side, over shapes on both sides of the thresholds."""
    shapes = cycle(SHAPES)
    for dtype, operation, name in product(DTYPES, OPERATIONS, LAYOUTS):
        if operation == "sub" and dtype == "bool":
            continue
        shape = next(one for one in shapes if len(one) >= LAYOUTS[name].least)
        others = fitting(shape)
        for side in ("left", "right", "both"):
            label = f"{dtype} {operation} {name} {side} {list(shape)}"
            random = generator(seed, label)
            other = LAYOUTS["dense"] if side != "both" else others[int(random.integers(len(others)))]
            chosen = (other, LAYOUTS[name]) if side == "right" else (LAYOUTS[name], other)
            built = [_laid_out(dtype, shape, layout, random) for layout in chosen]
            yield Row(
                label,
                Inputs(
                    {"a": built[0][0], "b": built[1][0]},
                    {
                        "x": TensorInput("a", built[0][1]),
                        "y": TensorInput("b", built[1][1]),
                        "operation": PlainInput(operation),
                    },
                ),
            )


def subnormals(profile: str, seed: int) -> Iterator[Row]:
    """Float operands about the smallest normal number: sums, differences, halves and doubles of subnormals."""
    for dtype, operation in product(("float16", "bfloat16", "float32", "float64"), OPERATIONS):
        label = f"{dtype} {operation}"
        random = generator(seed, label)
        left = near_the_smallest(dtype, 40, random)
        right = (
            near_the_smallest(dtype, 40, random)
            if operation in ("add", "sub")
            else random.choice([0.5, 2, 3, 0.25], 40)
        )
        arrays = (left, np.asarray(right).astype(numpy_dtype(dtype)))
        bases = {name: Base(dtype, (40,), bits_of_array(array)) for name, array in zip("xy", arrays, strict=True)}
        yield Row(label, _inputs(bases, operation=operation))


def broadcasts(profile: str, seed: int) -> Iterator[Row]:
    """Shapes that broadcast in each operand, for some dtype of each kind."""
    for (left, right), dtype, operation in product(
        BROADCASTS, ("int64", "float32", "bfloat16", "complex64"), OPERATIONS
    ):
        label = f"{dtype} {list(left)} {operation} {list(right)}"
        yield _pair_row(label, operation, [(dtype, left), (dtype, right)], seed)


def shapes_that_differ(profile: str, seed: int) -> Iterator[Row]:
    """Shapes that can't be broadcast."""
    for (left, right), operation in product(
        (((2,), (3,)), ((2, 3), (2,)), ((0,), (2,)), ((4, 1, 3), (2, 2))), OPERATIONS
    ):
        label = f"{list(left)} {operation} {list(right)}"
        row = _pair_row(label, operation, [("float32", left), ("float32", right)], seed)
        legal = _pair_row(label, operation, [("float32", left), ("float32", left)], seed)
        yield Row(label, row.inputs, legal.inputs)


def in_place(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes, for every operation that writes into its left operand."""
    for target, other, operation in product(DTYPES, DTYPES, OPERATIONS):
        if operation == "sub" and "bool" in (target, other):
            continue
        label = f"{target} {operation}= {other}"
        row = _pair_row(label, operation, [(target, (9,)), (other, (9,))], seed)
        result = result_type([Operand(target, "dimensioned"), Operand(other, "dimensioned")])
        result = "float32" if operation == "div" and category(result) < category("float32") else result
        legal = _pair_row(label, operation, [(result, (9,)), (other, (9,))], seed)
        yield Row(label, row.inputs, legal.inputs)


def _viewed(label: str, shape: tuple[int, ...], steps: tuple[Step, ...], seed: int, **plain: Any) -> Row:
    tensor = base("int64", shape, generator(seed, label))
    arguments = {"x": TensorInput("x"), "view": TensorInput("x", steps)}
    return Row(
        label, Inputs({"x": tensor}, {**arguments, **{n: PlainInput(encode_plain(v)) for n, v in plain.items()}})
    )


_FIRST: tuple[Step, ...] = (
    Step("permute", (2, 0, 1)),
    Step("transpose", (0, 2)),
    Step("index", ({"slice": [1, None, None]},)),
    Step("index", ({"tuple": [{"ellipsis": True}, {"slice": [None, None, 2]}]},)),
    Step("index", ({"tuple": [{"slice": [None, None, None]}, -1]},)),
    Step("index", ({"tuple": [None, {"ellipsis": True}, 1]},)),
    Step("unsqueeze", (1,)),
    Step("view", (-1,)),
    Step("view", (4, 3, 2)),
)
_SECOND: tuple[Step, ...] = (
    Step("unsqueeze", (-1,)),
    Step("squeeze", ()),
    Step("transpose", (0, -1)),
    Step("index", (-1,)),
    Step("index", ({"slice": [None, -1, None]},)),
    Step("index", ({"tuple": [{"ellipsis": True}, None]},)),
)


def view_chains(profile: str, seed: int) -> Iterator[Row]:
    """Chains of one and two view operations over a tensor of three dimensions."""
    for first in _FIRST:
        for chain in ((first,), *((first, second) for second in _SECOND)):
            label = ", ".join(f"{step.op}{list(step.args)}" for step in chain)
            yield _viewed(label, (2, 3, 4), chain, seed)


SMALL_SHAPES = ((), (3,), (1,), (2, 3), (1, 3), (2, 1, 3), (1, 1), (0, 2), (2, 1, 3, 1, 2))


def dims(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every small rank with every dim from -n-2 to n+1; the twin takes dim 0."""
    for shape in SMALL_SHAPES:
        for dim in range(-len(shape) - 2, len(shape) + 2):
            label = f"{list(shape)} dim {dim}"
            tensor = {"x": base("float32", shape, generator(seed, label))}
            yield Row(label, _inputs(tensor, dim=dim), _inputs(tensor, dim=0))


def dim_pairs(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every small rank with every pair of dims from -n-1 to n; the twin takes dims 0 and 0."""
    for shape in SMALL_SHAPES[:7]:
        span = range(-len(shape) - 1, len(shape) + 1)
        for one, other in product(span, span):
            label = f"{list(shape)} dims {one} {other}"
            tensor = {"x": base("float32", shape, generator(seed, label))}
            yield Row(label, _inputs(tensor, one=one, other=other), _inputs(tensor, one=0, other=0))


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
        yield Row(label, _inputs(tensor, order=order), _inputs(tensor, order=tuple(range(len(shape)))))


SIZES: tuple[tuple[int, ...], ...] = (
    (24,), (-1,), (4, 6), (2, -1), (-1, 3), (2, 3, 4), (6, 4), (2, 12), (3, 8), (2, 3, 2, 2), (1, 24), (24, 1), (5, 5),
    (-1, -1), (5, -1), (2, 3, 4, 1), (1, 2, 3, 4), (4, 3, 2), (-2, 12), (23,),
)  # fmt: skip


def view_sizes(profile: str, seed: int) -> Iterator[Row]:
    """Sizes for a view of a tensor in every layout, of which the strides allow some; the twin keeps the shape."""
    shape = (2, 3, 4)
    for layout, sizes in product(fitting(shape), SIZES):
        label = f"{layout.name} as {list(sizes)}"
        made, steps = _laid_out("float32", shape, layout, generator(seed, label))
        rows = [
            Inputs({"a": made}, {"x": TensorInput("a", steps), "sizes": PlainInput(encode_plain(one))})
            for one in (sizes, shape)
        ]
        yield Row(label, rows[0], rows[1])


def writes(profile: str, seed: int) -> Iterator[Row]:
    """Chains of views, with a write to the base's first, middle and last element."""
    for row in view_chains(profile, seed):
        for index in ((0, 0, 0), (1, 2, 3), (1, 0, 2)):
            arguments = {**row.inputs.arguments, "index": PlainInput(encode_plain(index))}
            yield Row(f"{row.label}, write {list(index)}", Inputs(row.inputs.bases, arguments))


PRODUCTS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((5, 1), (1, 7)), ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((17, 33), (33, 9)),
    ((2, 2, 3), (3, 4)), ((2, 2, 3), (2, 3, 4)), ((3, 1, 2, 3), (2, 3, 2)), ((2, 3), (4, 3, 1)), ((2, 0), (0, 3)),
    ((0, 3), (3, 2)), ((0, 2, 3), (3, 2)), ((8, 64), (64, 8)), ((3,), (2, 3, 2)), ((4, 4), (4, 4)),
)  # fmt: skip
BAD_PRODUCTS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 3), (2, 3)), ((3,), (4,)), ((3,), (1, 3)), ((2, 2, 3), (3, 3, 4)), ((), (3,)), ((3,), ()), ((2, 3), (4,)),
)  # fmt: skip


def _factor(
    dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator
) -> tuple[Base, tuple[Step, ...]]:
    """Give whole numbers from -2 to 2: 64 products of them add up exactly in every dtype."""
    values = random.integers(0 if dtype == "uint8" else -2, 3, layout.base(shape))
    return Base(dtype, layout.base(shape), bits_of_array(values.astype(numpy_dtype(dtype)))), layout.steps(shape)


def _product_inputs(
    dtype: str, shapes: tuple[tuple[int, ...], ...], chosen: tuple[Layout, ...], random: np.random.Generator
) -> Inputs:
    made = [_factor(dtype, shape, layout, random) for shape, layout in zip(shapes, chosen, strict=True)]
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
    yield Row("bool", _inputs(bases), legal)


REDUCED: tuple[tuple[int, ...], ...] = ((8,), (1,), (2, 4), (4, 1), (2, 4, 8), (2, 1, 4, 2), (), (0,), (2, 0), (1024,))
DIMS: tuple[Any, ...] = (None, 0, 1, -1, -2, 2, (0, 1), (-1, 0), 5, -5)


def _reduction_rows(dtypes: tuple[str, ...], dims: tuple[Any, ...], seed: int, *, exact: bool) -> Iterator[Row]:
    for dtype, shape, dim, keepdim in product(dtypes, REDUCED, dims, (False, True)):
        places = fitting(shape)
        label = f"{dtype} {list(shape)} over {dim}{' kept' if keepdim else ''}"
        random = generator(seed, label)
        layout = places[int(random.integers(len(places)))]
        if exact:
            made, steps = _factor(dtype, shape, layout, random)
        else:
            made, steps = _ties(dtype, shape, layout, random)
        whole = base("float32", (2, 4), random, small=True)
        yield Row(
            label,
            Inputs(
                {"a": made},
                {"x": TensorInput("a", steps), "dim": PlainInput(encode_plain(dim)), "keepdim": PlainInput(keepdim)},
            ),
            _inputs({"x": whole}, dim=0, keepdim=keepdim),
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
            _inputs({"x": base(one, (2, 4), random, small=True)}, dim=0, keepdim=False) for one in (dtype, "float32")
        )
        yield Row(dtype, refused, legal)


def largest(profile: str, seed: int) -> Iterator[Row]:
    """Every real dtype over every dim and all, with ties, and with NaN first, last and between."""
    real = tuple(name for name in DTYPES if kind_of(name) in ("integer", "float"))
    yield from _reduction_rows(real, tuple(dim for dim in DIMS if not isinstance(dim, tuple)), seed, exact=False)


JOINED: tuple[tuple[tuple[tuple[int, ...], ...], int], ...] = (
    (((2, 3), (2, 3)), 0), (((2, 3), (4, 3)), 0), (((2, 3), (2, 1)), 1), (((2, 3), (2, 1)), -1), (((3,), (2,), (4,)), 0),
    (((2, 3), (0, 3)), 0), (((0,), (2, 3)), 1), (((2, 3), (0,)), 0), (((2, 1, 3), (2, 4, 3)), -2), (((1, 1), (1, 1)), 1),
    (((2, 3), (2, 4)), 0), (((2, 3), (3,)), 0), (((2, 3), (2, 3)), 2), (((2, 3), (2, 3)), -3), (((), (1,)), 0),
    (((33, 5), (1, 5), (31, 5)), 0), (((2, 3),), 1),
)  # fmt: skip
JOINED_DTYPES = (
    ("float32", "float32", "float32"), ("int64", "float32", "int64"), ("uint8", "int8", "uint8"), ("bool", "int32", "bool"),
    ("float16", "bfloat16", "float16"), ("int32", "float64", "bool"), ("float32", "complex64", "int8"), ("int8", "int64", "int16"),
)  # fmt: skip


def joined(profile: str, seed: int) -> Iterator[Row]:
    """One to three tensors of one dtype and of several, in every layout, along every dim; the twin joins equal ones."""
    for (shapes, dim), dtypes in product(JOINED, JOINED_DTYPES):
        label = f"{' '.join(dtypes)} of {[list(shape) for shape in shapes]} along {dim}"
        random = generator(seed, label)
        bases: dict[str, Base] = {}
        arguments: dict[str, Any] = {}
        for name, shape, dtype in zip("xyz", (*shapes, *shapes, *shapes), dtypes, strict=False):
            places = fitting(shape)
            bases[name], steps = _factor(dtype, shape, places[int(random.integers(len(places)))], random)
            arguments[name] = TensorInput(name, steps)
        plain = {"number": PlainInput(len(shapes)), "dim": PlainInput(dim)}
        legal = {name: base("float32", (2, 3), random, small=True) for name in "xyz"}
        yield Row(label, Inputs(bases, {**arguments, **plain}), _inputs(legal, number=2, dim=0))


KEYS: tuple[Any, ...] = (
    0, -1, 1, (0, 1), (0, -1, 2), slice(1, None), slice(None, -1), slice(None, None, 2), slice(5, 9), slice(-100, 2), slice(1, 0),
    ..., (..., 0), (..., slice(1, 3)), (0, ...), (None, 0), (slice(None), None), (..., None), (slice(None), 0), None,
    (slice(None), slice(1, None), -1), (1, slice(None, None, 3)), (slice(None), slice(None), slice(2, 3)), (0, 1, 2),
    2, -3, (0, 3), (0, 0, 4), (0, 0, 0, 0), (slice(None), -4),
)  # fmt: skip


def keys(profile: str, seed: int) -> Iterator[Row]:
    """Ints, slices, None and ellipses, in range and out of it, into a tensor in every layout; the twin takes 0."""
    shape = (2, 3, 4)
    for layout, key in product(fitting(shape), KEYS):
        label = f"{layout.name} [{key!r}]"
        made, steps = _laid_out("int32", shape, layout, generator(seed, label))
        given, legal = (
            Inputs({"a": made}, {"x": TensorInput("a", steps), "key": PlainInput(encode_plain(one))})
            for one in (key, 0)
        )
        yield Row(label, given, legal)
