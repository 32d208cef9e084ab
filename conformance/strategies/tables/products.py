"""Tables of matrix products: shapes, layouts, sizes, values that add up exactly and others."""

from __future__ import annotations

import math
import zlib
from functools import partial
from itertools import cycle, product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import Inputs, PlainInput, Step, TensorInput
from conformance.reference.bounds import BITS
from conformance.strategies.covering import pairwise, sampled
from conformance.strategies.layouts import ALL, OVERLAPPING, Layout, reading, writing
from conformance.strategies.rows import Row
from conformance.strategies.values import base, base_of, elements, generator, large, moderate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from conformance.program import Argument, Base

from conformance.strategies.tables import sharing
from conformance.strategies.tables.making import inputs_of, product_needs
from conformance.strategies.tables.sharing import hidden

_Shapes = tuple[tuple[int, ...], tuple[int, ...]]

PRODUCTS: tuple[_Shapes, ...] = (
    ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((5, 1), (1, 7)), ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((17, 33), (33, 9)),
    ((2, 2, 3), (3, 4)), ((2, 2, 3), (2, 3, 4)), ((3, 1, 2, 3), (2, 3, 2)), ((2, 3), (4, 3, 1)), ((2, 0), (0, 3)),
    ((0, 3), (3, 2)), ((8, 64), (64, 8)), ((3,), (2, 3, 2)), ((4, 4), (4, 4)),
    ((3, 3), (3, 3)), ((16, 16), (16, 16)), ((2, 1, 2, 3, 2, 3), (2, 1, 1, 3, 2)), ((1, 2, 3), (4, 3, 2)),
    ((1,), (1,)), ((1, 5), (5, 5)), ((2, 1, 3, 3), (1, 4, 3, 3)), ((3, 2, 1), (3, 1, 4)),
    ((5,), (2, 2, 5, 3)), ((2, 1, 2, 2, 3), (3, 1, 3, 2)), ((0, 2, 3), (0, 3, 4)), ((2, 0, 2, 3), (2, 0, 3, 2)), ((0, 2, 3), (3, 2)),
)  # fmt: skip

BAD_PRODUCTS: tuple[_Shapes, ...] = (
    ((2, 3), (2, 3)), ((3,), (4,)), ((3,), (1, 3)), ((2, 2, 3), (3, 3, 4)), ((), (3,)), ((3,), ()), ((2, 3), (4,)),
    ((2, 1), (3, 2)), ((2, 3), (1, 2)), ((4, 3), (4, 2)), ((1,), (3,)), ((), ()), ((2, 3, 3), (2, 2)), ((0,), (1,)),
)  # fmt: skip

# `mm` takes two matrices, and neither vectors nor batches.
NOT_MATRICES: tuple[_Shapes, ...] = (
    ((3,), (3, 2)), ((2, 3), (3,)), ((3,), (3,)), ((1, 2, 3), (3, 2)), ((2, 3), (1, 3, 2)), ((2, 2, 3), (2, 3, 2)), ((2, 3), (2, 3)),
    ((2, 3), (4, 3)), ((), (3, 2)),
)  # fmt: skip

# Batches of at least two products: of both operands, or of the left one alone.
BATCHES: tuple[_Shapes, ...] = (
    ((2, 3, 4), (2, 4, 2)), ((3, 1, 5), (3, 5, 1)), ((5, 3, 3), (5, 3, 3)), ((4, 2, 3), (3, 2)), ((3, 4), (4,)), ((2, 3, 4), (4,)),
    ((9, 2, 2), (9, 2, 3)), ((2, 2, 3, 4), (2, 2, 4, 3)), ((2, 33, 17), (2, 17, 9)), ((3, 1, 4), (3, 4, 2)), ((2, 4, 3), (2, 3, 1)),
)  # fmt: skip
SPELLINGS = ("function", "method", "operator", "mm", "mm method", "keywords")
NUMERIC = tuple(dtype for dtype in DTYPES if dtype != "bool")
FLOATING = ("float32", "float64", "bfloat16", "float16", "complex64", "complex128")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
THRESHOLDS = (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257)
_NAMES = tuple(dict.fromkeys((*ALL, *OVERLAPPING)))


def _small(dtype: str, number: int, random: np.random.Generator, largest: int = 2) -> NDArray[Any]:
    """Give whole numbers up to a largest one, of which many products add up exactly in every dtype."""
    lowest = 0 if dtype == "uint8" else -largest
    parts = random.integers(lowest, largest + 1, (2, number))
    return np.asarray(parts[0] + 1j * parts[1] if kind_of(dtype) == "complex" else parts[0])


def _positive(dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    """Give numbers of whose products no sum is zero, nor either part of a complex one: the sign of zero is free."""
    return np.asarray(random.integers(3, 5, number) + (1j if kind_of(dtype) == "complex" else 0))


def _placed(dtype: str, shape: tuple[int, ...], layout: Layout, values: Any) -> tuple[Base, tuple[Step, ...]]:
    """Give a base of as many elements as the layout needs, which `values` makes, and the steps that show it."""
    whole = layout.base(shape)
    return base_of(dtype, whole, values(math.prod(whole))), layout.steps(shape)


def _named(options: list[Layout], name: str) -> Layout:
    by_name = {layout.name: layout for layout in options}
    return by_name.get(name) or options[zlib.crc32(name.encode()) % len(options)]


def _any(shape: tuple[int, ...], random: np.random.Generator) -> Layout:
    """Give one of the layouts that a factor of a shape can have, every other time the plain one."""
    options = reading(shape)
    return ALL["dense"] if random.integers(2) else options[int(random.integers(len(options)))]


def _inputs(made: dict[str, tuple[Base, tuple[Step, ...]]], **plain: Any) -> Inputs:
    arguments = {name: TensorInput(name, steps) for name, (_, steps) in made.items()}
    return Inputs(
        {name: one for name, (one, _) in made.items()}, {**arguments, **{k: PlainInput(v) for k, v in plain.items()}}
    )


def _spelled(spelling: str, shapes: _Shapes) -> str:
    """Give the spelling, another one where an operand is no matrix and `mm` does not take it."""
    return (
        spelling
        if [len(shape) for shape in shapes] == [2, 2]
        else spelling.replace("mm method", "method").replace("mm keywords", "keywords").replace("mm", "function")
    )


def matrix_products(profile: str, seed: int) -> Iterator[Row]:
    """Vectors, matrices and batches of every dtype and layout on either side."""
    axes = {"shapes": PRODUCTS, "dtype": NUMERIC, "left": _NAMES, "right": _NAMES}
    rows = sampled(axes, 20, generator(seed, "products"))
    # A single row on the left and a single column on the right go other ways in most libraries, by dtype and strides.
    single = {"left": ((1, 3), (3, 4)), "right": ((4, 3), (3, 1))}
    for side, dtype, name in product(single, ("float16", "bfloat16", "float32", "int64", "complex64"), _NAMES):
        rows.append({"left": "dense", "right": "dense", "shapes": single[side], "dtype": dtype, side: name})
    for number, row in enumerate(rows):
        yield _product_row(number, row, row["shapes"], seed)


def _product_row(number: int, row: dict[str, Any], shapes: _Shapes, seed: int, largest: int = 2) -> Row:
    dtype = row["dtype"]
    plain = {"spelling": _spelled(row["spelling"], shapes)} if "spelling" in row else {}
    placed = [_named(reading(shape), row[side]) for shape, side in zip(shapes, ("left", "right"), strict=True)]
    label = f"{number}: {dtype} {list(shapes[0])} @ {list(shapes[1])}, {placed[0].name} @ {placed[1].name}, {plain.get('spelling', 'all')}"
    random = generator(seed, label)
    made = {
        name: _placed(dtype, shape, layout, partial(_small, dtype, random=random, largest=largest))
        for name, shape, layout in zip("xy", shapes, placed, strict=True)
    }
    return Row(label, _inputs(made, **plain), needs=product_needs(dtype))


def batches(profile: str, seed: int) -> Iterator[Row]:
    """Batches of every real dtype and layout on either side, whose sums are exact (of complex ones a zero's sign is free)."""
    real = tuple(dtype for dtype in NUMERIC if kind_of(dtype) != "complex")
    axes = {"shapes": BATCHES, "dtype": real, "left": _NAMES[::2], "right": _NAMES[1::2]}
    for number, row in enumerate(pairwise(axes)):
        yield _product_row(number, row, row["shapes"], seed)


def product_sizes(profile: str, seed: int) -> Iterator[Row]:
    """Sizes on both sides of the thresholds at which libraries change their way of working, inner and outer ones."""
    few = ("dense", "last two exchanged", "offset", "block", "every second")
    axes = {
        "inner": THRESHOLDS, "columns": (1, 2, 3, 7, 8, 9, 16, 17, 33, 64, 65, 129), "rows": (1, 2, 3, 4, 5, 8, 17, 33),
        "dtype": ("float32", "float64", "bfloat16", "float16", "int64", "int32", "int8", "complex64"),
        "left": few, "right": few,
    }  # fmt: skip
    rows: list[dict[str, Any]] = pairwise(axes)
    others = {**axes, "columns": (1, 5, 8, 17), "rows": (1, 3, 8), "form": ("row", "column", "both", "batch")}
    rows += pairwise(others)
    for inner, columns, count in (
        (1025, 1, 1),
        (1, 33, 1025),
        (1025, 2, 3),
        (4097, 1, 2),
        (3, 1025, 2),
        (2, 3, 1025),
        (512, 65, 65),
        (65537, 1, 1),
    ):
        rows += [
            {**rows[0], "inner": inner, "columns": columns, "rows": count, "dtype": dtype}
            for dtype in ("float32", "float64", "int64")
        ]
    batched = {"inner": THRESHOLDS, "left": few, "right": few, "dtype": axes["dtype"]}
    rows += [{**row, "batch": (2,), "rows": 3, "columns": 5} for row in pairwise(batched)]
    for number, row in enumerate(rows):
        batch = row.get("batch", ())
        left, right = (*batch, row["rows"], row["inner"]), (*batch, row["inner"], row["columns"])
        # A vector is no matrix of one row or column: most libraries have ways of their own for it.
        shapes = {
            "row": (left[-1:], right), "column": (left, right[:-1]), "both": (left[-1:], right[:-1]), "batch": ((2, *left), right),
        }.get(row.get("form", "matrices") if not batch else "matrices", (left, right))  # fmt: skip
        yield _product_row(number, row, shapes, seed, 1)


def own_transposes(profile: str, seed: int) -> Iterator[Row]:
    """A matrix or batch with its own transpose, on either side, and with itself: both operands are one memory."""
    for shape, dtype, side in product(
        ((3, 3), (4, 5), (2, 3, 3), (17, 16), (2, 1, 4, 2), (1, 6)), NUMERIC, ("left", "right", "none")
    ):
        if side == "none" and shape[-1] != shape[-2]:
            continue
        label = f"{dtype} {list(shape)} {side}"
        made = base_of(dtype, shape, _small(dtype, math.prod(shape), generator(seed, label)))
        other = TensorInput("a", (Step("transpose", (-2, -1)),) if side != "none" else ())
        pair = (other, TensorInput("a")) if side == "left" else (TensorInput("a"), other)
        yield Row(label, Inputs({"a": made}, {"x": pair[0], "y": pair[1]}), needs=product_needs(dtype))
    for number, (text, layout, first, second, _) in enumerate(sharing.reads(seed, 3, sharing.multiplies)):
        dtype = NUMERIC[(number + seed) % len(NUMERIC)]
        whole, before = _placed(dtype, sharing.SQUARE, layout, partial(_small, dtype, random=generator(seed, text)))
        operands: dict[str, Argument] = {
            "x": TensorInput("a", (*before, *first)),
            "y": TensorInput("a", (*before, *second)),
        }
        yield Row(f"{dtype}, {text}", Inputs({"a": whole}, operands), needs=product_needs(dtype))


def empty_sums(profile: str, seed: int) -> Iterator[Row]:
    """Products whose inner size is zero, beside rubbish of the result's size."""
    shapes: tuple[tuple[_Shapes, tuple[int, ...]], ...] = (
        (((3, 0), (0, 4)), (3, 4)), (((0,), (0,)), ()), (((0,), (0, 5)), (5,)), (((4, 0), (0,)), (4,)),
        (((2, 3, 0), (0, 4)), (2, 3, 4)), (((2, 3, 0), (2, 0, 2)), (2, 3, 2)), (((17, 0), (0, 33)), (17, 33)), (((1, 0), (0, 1)), (1, 1)),
    )  # fmt: skip
    for (pair, result), dtype in product(shapes, NUMERIC):
        label = f"{dtype} {list(pair[0])} @ {list(pair[1])}"
        random = generator(seed, label)
        spelling = _spelled(SPELLINGS[int(random.integers(len(SPELLINGS)))], pair)
        bases = {"x": base_of(dtype, pair[0], np.zeros(0)), "y": base_of(dtype, pair[1], np.zeros(0))}
        bases["rubbish"] = base_of(dtype, result, np.full(result, 77))
        yield Row(label, inputs_of(bases, spelling=spelling), needs=product_needs(dtype))


# What is planted in one factor: what must reach its own row or column of the result alone, and nothing that is not shown.
PLANTED = ("one infinity", "one NaN", "one large", "NaN beside", "few", "many")
# Sizes off the widths of vectors, and ordinary ones.
PLANTED_IN: tuple[_Shapes, ...] = (
    ((1, 3), (3, 1)), ((3,), (3,)), ((2, 3), (3, 4)), ((9, 17), (17, 8)), ((2, 3, 4), (2, 4, 2)), ((5, 33), (33,)), ((3, 9), (9, 5)),
    ((5, 35), (35, 19)), ((3, 67), (67, 2)), ((67,), (67, 5)), ((2, 3, 9), (9, 2)), ((3, 2, 17), (3, 17, 4)), ((131,), (131,)),
    ((4, 131), (131, 9)),
)  # fmt: skip


def not_finite(profile: str, seed: int) -> Iterator[Row]:
    """Infinities, NaN and large numbers among whole ones: one in either factor, few, many, and beside what is shown."""
    axes = {
        "shapes": PLANTED_IN,
        "dtype": ("float32", "float64", "bfloat16", "float16"),
        "planted": PLANTED,
        "side": ("left", "right", "right", "left"),
    }
    for number, row in enumerate(pairwise(axes)):
        pair, dtype = row["shapes"], row["dtype"]
        label = f"{number}: {dtype} {list(pair[0])} @ {list(pair[1])}, {row['planted']} {row['side']}"
        random = generator(seed, label)
        made = {}
        for name, shape, side in zip("xy", pair, ("left", "right"), strict=True):
            # Every second one is dense, but what lies beside is not seen of a dense one.
            options = [
                layout for layout in writing(shape) if row["planted"] != "NaN beside" or hidden(layout, shape).any()
            ]
            dense = row["planted"] != "NaN beside" and random.integers(2)
            layout = ALL["dense"] if dense else options[int(random.integers(len(options)))]
            kind = (
                row["planted"] if side == row["side"] or row["planted"] in ("few", "many", "NaN beside") else "nothing"
            )
            whole = layout.base(shape)
            made[name] = (base_of(dtype, whole, _planted(kind, dtype, shape, layout, random)), layout.steps(shape))
        # The program itself writes factors of 2 and 3.
        beyond = pair[0][-1] * 2 * 3 > 2 ** BITS["bfloat16"]
        needs = ("bfloat16-matmul",) if dtype == "bfloat16" and beyond else ()
        yield Row(label, _inputs(made), needs=(*product_needs(dtype), *needs))
    yield from _met_by_zeros(seed)


def _met_by_zeros(seed: int) -> Iterator[Row]:
    """An infinity or a NaN in either factor that meets nothing but zeros in the other: their products are NaN all the same."""
    dtypes = cycle(("float32", "float64", "float16"))
    for (left, right), special, side in product(PLANTED_IN, (np.inf, np.nan), ("left", "right")):
        dtype = next(dtypes)
        label = f"{dtype} {list(left)} @ {list(right)}, {special} {side} meets zeros"
        random = generator(seed, label)
        # Of a matrix on the right the rows are summed over, of all else the last dimension.
        place, made = int(random.integers(left[-1])), {}
        for name, shape in (("x", left), ("y", right)):
            options = writing(shape)
            layout = options[int(random.integers(len(options)))]
            whole = layout.base(shape)
            values = _small(dtype, math.prod(whole), random).astype(np.float64)
            seen = np.moveaxis(
                sharing.places(whole, layout.steps(shape)), -2 if name == "y" and len(shape) > 1 else -1, 0
            )
            if (name == "x") == (side == "left"):
                values[random.choice(seen[place].ravel())] = special
            else:
                values[seen[place].ravel()] = random.choice([0.0, -0.0])
            made[name] = (base_of(dtype, whole, values.reshape(whole)), layout.steps(shape))
        yield Row(label, _inputs(made), needs=product_needs(dtype))


def _planted(
    kind: str, dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator
) -> NDArray[Any]:
    """Give whole numbers, among which there is what is planted."""
    whole = layout.base(shape)
    values = _small(dtype, math.prod(whole), random).astype(np.float64).reshape(whole)
    unseen = hidden(layout, shape)
    if kind == "NaN beside":
        values[unseen] = np.nan
    elif kind in ("few", "many"):
        special = random.random(whole) < {"few": 0.06, "many": 0.3}[kind]
        values[special] = random.choice([np.inf, -np.inf, np.nan, np.inf, 0.0], int(special.sum()))
    elif kind != "nothing":
        one = {"one infinity": np.inf, "one NaN": np.nan, "one large": large(dtype)}[kind]
        values.flat[random.choice(np.flatnonzero(~unseen))] = one * random.choice([-1.0, 1.0])
    return values


def accuracies(profile: str, seed: int) -> Iterator[Row]:
    """Numbers with all bits in use, whose products round."""
    axes = {
        "shapes": (
            ((2, 3), (3, 4)), ((5, 1), (1, 7)), ((17,), (17,)), ((17, 33), (33, 9)), ((2, 2, 3), (2, 3, 4)), ((8, 64), (64, 8)),
            ((3, 65), (65,)), ((33,), (33, 4)), ((16, 16), (16, 16)), ((2, 129), (129, 33)), ((4, 257), (257, 3)), ((1, 1), (1, 1)),
            ((2, 1, 7, 5), (3, 5, 9)), ((1, 1025), (1025, 1)), ((64, 64), (64, 64)),
        ),
        "dtype": FLOATING, "left": _NAMES, "right": _NAMES,
    }  # fmt: skip
    for number, row in enumerate(pairwise({**axes, "left": _NAMES[::2], "right": _NAMES[1::2]})):
        dtype, shapes = row["dtype"], row["shapes"]
        placed = [_named(reading(shape), row[side]) for shape, side in zip(shapes, ("left", "right"), strict=True)]
        label = f"{number}: {dtype} {list(shapes[0])} @ {list(shapes[1])}, {placed[0].name} @ {placed[1].name}"
        random = generator(seed, label)
        made = {
            name: _placed(dtype, shape, layout, partial(moderate, dtype, random=random))
            for name, shape, layout in zip("xy", shapes, placed, strict=True)
        }
        yield Row(
            label, _inputs(made), needs=(*product_needs(dtype), *(("bfloat16-matmul",) if dtype == "bfloat16" else ()))
        )


def identities(profile: str, seed: int) -> Iterator[Row]:
    """Matrices with all bits in use, beside the identity and beside permutations of it."""
    for size, dtype, kind in product((2, 3, 8, 17, 33, 65), FLOATING, ("identity", "reversed", "negated")):
        label = f"{dtype} {size} {kind}"
        random = generator(seed, label)
        # Of one binade, so that the reference can tell that nothing is rounded.
        signs = random.choice([-1.0, 1.0], (3, size))
        x = base_of(dtype, (3, size), (random.uniform(1, 1.99, (3, size)) * signs).astype(numpy_dtype(dtype)))
        one = np.eye(size) * (-1 if kind == "negated" else 1)
        # Each is its own transpose, and so may be seen as one.
        y = base_of(dtype, (size, size), one[::-1] if kind == "reversed" else one)
        steps = (Step("transpose", (0, 1)),) if random.integers(2) else ()
        yield Row(
            label,
            Inputs({"x": x, "y": y}, {"x": TensorInput("x"), "y": TensorInput("y", steps)}),
            needs=product_needs(dtype),
        )


def wrapping(profile: str, seed: int) -> Iterator[Row]:
    """Integers of the whole range, whose products and sums do not fit."""
    shapes: tuple[_Shapes, ...] = (
        ((2, 3), (3, 4)),
        ((9, 17), (17, 8)),
        ((5,), (5,)),
        ((2, 3, 4), (4, 3)),
        ((1, 33), (33, 1)),
    )
    for pair, dtype in product(shapes, INTEGERS):
        label = f"{dtype} {list(pair[0])} @ {list(pair[1])}"
        random = generator(seed, label)
        made = {
            name: _placed(dtype, shape, _any(shape, random), partial(elements, dtype, random=random))
            for name, shape in zip("xy", pair, strict=True)
        }
        yield Row(label, _inputs(made), needs=product_needs(dtype))


def outputs(profile: str, seed: int) -> Iterator[Row]:
    """What `out=` names, in every layout that can be written to, full of rubbish before."""
    results: tuple[tuple[_Shapes, tuple[int, ...]], ...] = (
        (((2, 3), (3, 4)), (2, 4)), (((3, 3), (3, 3)), (3, 3)), (((17, 33), (33, 9)), (17, 9)), (((2, 3, 4), (2, 4, 5)), (2, 3, 5)),
        (((3,), (3, 4)), (4,)), (((4, 3), (3,)), (4,)), (((2, 0), (0, 3)), (2, 3)), (((5, 1), (1, 4)), (5, 4)), (((16, 8), (8, 16)), (16, 16)),
        (((2, 1, 3, 4), (3, 4, 2)), (2, 3, 3, 2)),
    )  # fmt: skip
    axes = {
        "shapes": results,
        "layout": tuple(ALL),
        "dtype": NUMERIC,
        "spelling": ("function", "mm", "keywords", "mm keywords"),
    }
    for number, row in enumerate(pairwise(axes)):
        (pair, result), dtype = row["shapes"], row["dtype"]
        spelling, layout = _spelled(row["spelling"], pair), _named(writing(result), row["layout"])
        label = f"{number}: {dtype} {list(pair[0])} @ {list(pair[1])}, {layout.name}, {spelling}"
        random = generator(seed, label)
        # No sum is zero, whose sign would be free.
        made = {
            name: _placed(
                dtype,
                shape,
                _any(shape, random),
                partial(_positive, dtype, random=random),
            )
            for name, shape in zip("xy", pair, strict=True)
        }
        # What the target held before must not come in, not even times zero.
        held = 77 if kind_of(dtype) == "integer" or random.integers(2) else np.nan
        made["target"] = _placed(dtype, result, layout, partial(np.full, fill_value=held))
        inputs = _inputs(made, spelling=spelling)
        yield Row(
            label, Inputs(inputs.bases, {**inputs.arguments, "base": TensorInput("target")}), needs=product_needs(dtype)
        )


def products_that_differ(profile: str, seed: int) -> Iterator[Row]:
    """Shapes that can't be multiplied, and bools."""
    for spelling in ("function", "method", "operator"):
        yield from _refused(BAD_PRODUCTS, spelling, seed)
        bases = {name: base("bool", shape, generator(seed, "bool")) for name, shape in (("x", (2, 3)), ("y", (3, 2)))}
        yield Row(f"bool {spelling}", inputs_of(bases, spelling=spelling), _legal("float32", seed, spelling))


def no_matrices(profile: str, seed: int) -> Iterator[Row]:
    """Vectors, batches and inner sizes that differ, which `mm` does not take."""
    for spelling in ("mm", "mm method"):
        yield from _refused(NOT_MATRICES, spelling, seed)


def _refused(shapes: tuple[_Shapes, ...], spelling: str, seed: int) -> Iterator[Row]:
    for pair in shapes:
        label = f"{list(pair[0])} @ {list(pair[1])} {spelling}"
        bases = {
            name: base("float32", shape, generator(seed, label), small=True)
            for name, shape in zip("xy", pair, strict=True)
        }
        yield Row(label, inputs_of(bases, spelling=spelling), _legal("float32", seed, spelling))


def _legal(dtype: str, seed: int, spelling: str) -> Inputs:
    random = generator(seed, "legal")
    return inputs_of(
        {name: base(dtype, shape, random, small=True) for name, shape in (("x", (2, 3)), ("y", (3, 2)))},
        spelling=spelling,
    )


def mixed_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Two dtypes, which no matrix product takes; the seed turns the spellings."""
    for number, (left, right) in enumerate(product(NUMERIC, NUMERIC)):
        if left == right:
            continue
        spelling = SPELLINGS[(number + seed) % len(SPELLINGS)]
        random = generator(seed, f"{left} {right}")
        bases = {
            name: base(dtype, shape, random, small=True)
            for name, dtype, shape in (("x", left, (2, 3)), ("y", right, (3, 2)))
        }
        legal = left if kind_of(left) != "integer" and left != "float16" else "float32"
        yield Row(f"{left} @ {right} {spelling}", inputs_of(bases, spelling=spelling), _legal(legal, seed, spelling))
