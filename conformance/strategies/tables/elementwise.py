"""Tables of arithmetic and promotion: layouts, shapes that broadcast, sizes, numbers, targets, dtype pairs."""

from __future__ import annotations

import math
import zlib
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import (
    Argument,
    Base,
    Inputs,
    NumpyScalarInput,
    PlainInput,
    Step,
    TensorInput,
    bits_of_array,
    encode_plain,
)  # fmt: skip
from conformance.reference.promotion import Operand, UnknownResultError, category, number_dtype, result_type
from conformance.strategies.covering import is_single, pairwise, sampled
from conformance.strategies.layouts import ALL, OVERLAPPING, Layout, reading, writing
from conformance.strategies.rows import Row
from conformance.strategies.values import (
    base,
    base_of,
    edges,
    elements,
    generator,
    large,
    moderate,
    near_the_smallest,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

from conformance.strategies.tables import sharing
from conformance.strategies.tables.casting import beside_middles, halfway
from conformance.strategies.tables.making import inputs_of

OPERATIONS = ("add", "sub", "mul", "div")
SPELLINGS = ("function", "method", "operator")
FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
REAL = (*INTEGERS, *FLOATS)

NUMBERS = (True, 0, 1, -7, 3, 64, 2**31 - 1, 2**32 + 5, 2.5, 0.1, -0.0, float("inf"), float("nan"), 1 + 2j)

NUMPY_NUMBERS = (
    ("int64", 3), ("int32", -2), ("uint8", 200), ("float64", 2.5), ("float64", 0.1), ("float32", 0.1), ("float16", 1.5),
)  # fmt: skip

SHAPES = (
    (2, 3, 4), (17,), (3, 5), (4, 3, 1), (2, 1, 2, 3), (1, 7), (5, 4, 2), (33,), (2, 2, 2, 3, 2, 2), (1, 3, 4), (2, 0, 3), (5, 1), (3, 33, 11),
    (2, 2, 2, 2, 3), (1,), (16, 8), (),
)  # fmt: skip

BROADCASTS = (
    ((3, 1), (1, 67)), ((2, 67), (67,)), ((131,), (2, 131)), ((1,), (5,)), ((4, 1, 3), (2, 1)), ((2, 3), ()), ((), (4,)),
    ((1, 1), (3, 2)), ((0,), (1,)), ((3, 1), (1, 0)), ((2, 1, 1, 3), (4, 1, 1)), ((1,), ()),
    ((5, 1), (1, 5)), ((4, 4), (4,)), ((4, 67), (4, 1)), ((2, 3, 4), (2, 1, 4)), ((3, 4), (2, 3, 4)), ((1, 17), (17, 1)), ((65, 1), (1, 17)),
    ((2, 3, 1, 5), (3, 4, 1)), ((1, 1, 1), (2,)), ((9, 1), (9,)), ((7, 1, 1), (1, 5, 3)),
    ((2, 1, 3, 1, 2, 2), (3, 2, 1, 1)), ((1, 2, 1, 2, 1, 2, 1), (3, 1, 2, 1, 2, 1, 2)),
)  # fmt: skip

# Products whose sizes lie past the thresholds; each takes one operation and dtype.
LARGE_BROADCASTS = (
    (((40, 900, 1), (1, 33)), "float32", "mul"), (((40, 30, 1), (1, 33)), "int64", "add"), (((257, 1), (1, 129)), "bfloat16", "sub"),
    (((129, 1), (1, 257)), "float64", "div"), (((1, 33), (1025, 1)), "int32", "mul"), (((1025,), (33, 1)), "float16", "add"),
    (((8, 1, 65), (1, 65, 1)), "complex64", "sub"), (((3, 1), (1, 65537)), "uint8", "mul"),
)  # fmt: skip

# Sizes of operands whose dtypes and numbers are walked whole: below a vector of the processor, and past those of each dtype.
TURNS = (23, 67, 9, 35, 131)

SMALL_SIZES = (1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 257, 1023, 1024, 1025)
LARGE_SIZES = (32769, 65537)


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


# --- how rows are made ---


def _named(options: list[Layout], name: str) -> Layout:
    """Give the layout of a name, or another one where the shape can't have that."""
    by_name = {layout.name: layout for layout in options}
    return by_name.get(name) or options[zlib.crc32(name.encode()) % len(options)]


def _allowed(operation: str, *dtypes: str) -> str:
    """Give the operation, another one where it is refused: bools are not subtracted."""
    return "add" if operation == "sub" and "bool" in dtypes else operation


def _values(dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    """Give elements; complex ones are whole in every other case, and else have all bits in use, and none is zero."""
    if kind_of(dtype) != "complex":
        return elements(dtype, number, random)
    if random.integers(2):
        return moderate(dtype, number, random)
    parts = whole("float64", 2 * number, random)
    return np.asarray(parts[:number] + 1j * parts[number:])


def _placed(
    dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator, *, exact: bool = False
) -> tuple[Base, tuple[Step, ...]]:
    """Give a base of elements, and the steps through which it is seen; exact ones are small whole numbers."""
    size = math.prod(layout.base(shape))
    values = whole(dtype, size, random, 3) if exact else _values(dtype, size, random)
    return base_of(dtype, layout.base(shape), values), layout.steps(shape)


def _laid(tensors: dict[str, tuple[Base, tuple[Step, ...]]], **plain: Any) -> Inputs:
    """Make inputs of tensors, each over a base of its name, and plain values."""
    arguments: dict[str, Argument] = {name: TensorInput(name, steps) for name, (_, steps) in tensors.items()}
    arguments |= {name: PlainInput(encode_plain(value)) for name, value in plain.items()}
    return Inputs({name: one for name, (one, _) in tensors.items()}, arguments)


def _operand(
    kind: str, dtype: str, shape: tuple[int, ...], random: np.random.Generator, *, exact: bool = False
) -> tuple[Argument, Base | None]:
    """Give the other operand of a target: a tensor that is broadcast to its shape, a 0-d one, or a number."""
    if kind == "number":
        return PlainInput(encode_plain(_number(dtype, random))), None
    shapes = {
        "tensor": shape, "row": shape[-1:], "column": (*shape[:-1], 1) if shape else (), "one": (1,) * min(len(shape), 1),
        "0-d": (),
    }  # fmt: skip
    options = reading(shapes[kind])
    layout = options[int(random.integers(len(options)))]
    made, steps = _placed(dtype, shapes[kind], layout, random, exact=exact)
    return TensorInput("b", steps), made


OPERANDS = ("tensor", "number", "row", "0-d", "column", "one")


def _number(dtype: str, random: np.random.Generator) -> complex:
    """Give a Python number of a dtype's own category, one that the dtype holds and whose reciprocal is exact."""
    choices: dict[str | None, tuple[complex, ...]] = {
        "bool": (True, False), "integer": (1, 2, 4, 100), "float": (0.5, 2.0, 4, -8.0), "complex": (0.5, 2, 1j),
    }  # fmt: skip
    own = choices[kind_of(dtype)]
    return own[int(random.integers(len(own)))]


# --- arithmetic ---


def layouts(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype, layout on either side, shape and operation, in all pairs, and some more at random."""
    names = tuple(dict.fromkeys((*ALL, *OVERLAPPING)))
    axes = {"dtype": tuple(DTYPES), "left": names, "right": names, "shape": SHAPES, "operation": OPERATIONS}
    for number, row in enumerate(sampled(axes, 120, generator(seed, "layouts"))):
        shape, dtype = row["shape"], row["dtype"]
        operation = _allowed(row["operation"], dtype)
        left, right = (_named(reading(shape), row[side]) for side in ("left", "right"))
        label = f"{number}: {dtype} {operation}, {left.name} and {right.name}, {list(shape)}"
        random = generator(seed, label)
        built = {"x": _placed(dtype, shape, left, random), "y": _placed(dtype, shape, right, random)}
        yield Row(label, _laid(built, operation=operation))
    yield from _parts_of_one(seed)
    yield from _in_one_memory(seed)


# Two parts of a matrix, as its keys: side by side, one between the other, one over the other.
PARTS: tuple[tuple[Any, Any], ...] = (
    (slice(None, 2), slice(2, None)), (slice(None, None, 2), slice(1, None, 2)), ((..., slice(None, 3)), (..., slice(3, None))),
    ((..., slice(None, None, 2)), (..., slice(1, None, 2))), (slice(1, None), slice(None, -1)), ((..., 1), (..., -1)), (-1, 0),
)  # fmt: skip


def _parts_of_one(seed: int) -> Iterator[Row]:
    """Each dtype and operation on two parts of one matrix, by turns on either side; the relations are `_in_one_memory`'s."""
    for number, (dtype, operation) in enumerate(product(DTYPES, OPERATIONS)):
        if _allowed(operation, dtype) == operation:
            pair = PARTS[(number + seed) % len(PARTS)]
            left, right = pair[:: -1 if (number // len(PARTS) + seed) % 2 else 1]
            label = f"{dtype} {operation}, {left} and {right} of one tensor"
            made, _ = _placed(dtype, (4, 6), ALL["dense"], generator(seed, label))
            steps = [(Step("index", (encode_plain(key),)),) for key in (left, right)]
            tensors = {name: TensorInput("a", one) for name, one in zip("xy", steps, strict=True)}
            yield Row(label, Inputs({"a": made}, {**tensors, "operation": PlainInput(operation)}))


def _in_one_memory(seed: int) -> Iterator[Row]:
    """Each relation of two parts of one tensor, in layouts that take turns; dtypes and operations are `_parts_of_one`'s."""
    for number, (text, layout, first, second, _) in enumerate(sharing.reads(seed, 3, sharing.broadcasts)):
        dtype = tuple(DTYPES)[(number + seed) % len(DTYPES)]
        operation = _allowed(OPERATIONS[(number // len(DTYPES) + number + seed) % 4], dtype)
        label = f"{text}, {dtype} {operation}"
        made, before = _placed(dtype, sharing.SQUARE, layout, generator(seed, label))
        operands = {"x": TensorInput("a", (*before, *first)), "y": TensorInput("a", (*before, *second))}
        yield Row(label, Inputs({"a": made}, {**operands, "operation": PlainInput(operation)}))


def subnormals(profile: str, seed: int) -> Iterator[Row]:
    """Float operands about the smallest normal number: sums, differences, halves and doubles of subnormals."""
    for dtype, operation in product(FLOATS, OPERATIONS):
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
        yield Row(label, inputs_of(bases, operation=operation))


# What the rules of algebra tempt a library to treat by itself.
SPECIAL = (0, -0.0, 1, -1, 2, float("inf"), float("nan"), float("-inf"), "large")


def _wild(dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    """Give elements among which there are zeros of either sign, infinities and NaN, or the ends of an integer's range."""
    values = elements(dtype, number, random)
    first = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -3.0]) if dtype in FLOATS else edges(dtype)[[0, -1, 1]]
    some = first.astype(numpy_dtype(dtype))[:number]
    values[: len(some)] = some
    return np.asarray(random.permutation(values))


def special_numbers(profile: str, seed: int) -> Iterator[Row]:
    """Zeros, ones, infinities, NaN and others as a number, a 0-d tensor, a vector of one and one expanded, beside tensors that hold the like."""
    shapes: tuple[tuple[int, ...], ...] = ((3, 4), (17,), (2, 3, 3), (67,), (2, 35))
    kinds = ("number", "0-d", "one", "expanded")
    for number, (dtype, special, operation) in enumerate(product(REAL, SPECIAL, OPERATIONS)):
        if (dtype in INTEGERS and not isinstance(special, int)) or (dtype == "uint8" and special == -1):
            continue
        value: Any = large(dtype) if special == "large" else special
        for turn, kind in enumerate(kinds):
            # A number each time, a 0-d tensor every second time and for 0 and 1, the other two by turns.
            if (number + turn + seed) % (1, 1 if special in (0, 1) else 2, 16, 16)[turn]:
                continue
            shape = shapes[(number + turn + seed) % len(shapes)]
            layout = writing(shape)[(number // 3 + turn * 5 + seed) % len(writing(shape))]
            label = f"{dtype} {operation} {special!r} as {kind}, {list(shape)} {layout.name}"
            random = generator(seed, label)
            made = base_of(dtype, layout.base(shape), _wild(dtype, math.prod(layout.base(shape)), random))
            given = _laid({"x": (made, layout.steps(shape))}, operation=operation)
            if kind == "number":
                other: Argument = PlainInput(
                    encode_plain(float(value) if dtype in FLOATS and (number + seed) % 2 else value)
                )
                yield Row(label, Inputs(given.bases, {**given.arguments, "y": other, "base": TensorInput("x")}))
                continue
            size = () if kind == "0-d" else (1,)
            # Without dimensions, a tensor of another dtype of the same category or of a lower one counts as a number does.
            others = (
                ("float64", "float32")[: 1 if special == "large" else 2]
                if not isinstance(special, int)
                else ("int64", "float64", "int16")
            )
            others = others if dtype in FLOATS else ("int64", "int32", "int8")
            other_dtype = dtype if size or (number // 4 + seed) % 2 else others[(number + turn) % len(others)]
            steps = (Step("expand", shape),) if kind == "expanded" else ()
            arguments = {**given.arguments, "y": TensorInput("y", steps), "base": TensorInput("x")}
            yield Row(label, Inputs({**given.bases, "y": base_of(other_dtype, size, np.full(size, value))}, arguments))


def special_factors(profile: str, seed: int) -> Iterator[Row]:
    """Factors of 0, 1 and -1 before operands that hold infinities and NaN, in place and not."""
    for number, (dtype, alpha, operation, kind) in enumerate(
        product(REAL, (0, 1, -1), ("add", "sub"), ("tensor", "row", "0-d", "number"))
    ):
        # Of the kinds, two by turns.
        if (dtype == "uint8" and alpha < 0) or (number + number // 4 + seed) % 2:
            continue
        layout = writing((3, 4))[(number + seed) % len(writing((3, 4)))]
        label = f"{dtype} {operation} {alpha} * {kind}, {layout.name}"
        random = generator(seed, label)
        shape = {"tensor": (3, 4), "row": (4,)}.get(kind, ())
        # The signs of zeros are told of sums of zeros alone.
        left, right = (np.abs(_whole_or_not_finite(dtype, one, random)) for one in ((3, 4), shape))
        made = base_of(dtype, layout.base((3, 4)), np.resize(left, layout.base((3, 4))))
        given = _laid({"x": (made, layout.steps((3, 4)))}, operation=operation, alpha=alpha)
        if kind == "number":
            value = float(right) if dtype in FLOATS else int(right)
            yield Row(label, Inputs(given.bases, {**given.arguments, "y": PlainInput(encode_plain(value))}))
        else:
            arguments = {**given.arguments, "y": TensorInput("y")}
            yield Row(label, Inputs({**given.bases, "y": base_of(dtype, shape, right)}, arguments))


def _whole_or_not_finite(dtype: str, shape: tuple[int, ...], random: np.random.Generator) -> NDArray[Any]:
    """Give small whole numbers other than zero, and in a float dtype infinities and NaN among them."""
    values = whole(dtype, math.prod(shape), random).reshape(shape).astype(np.float64)
    if dtype in FLOATS:
        special = random.random(shape) < 1 / 2
        values = np.where(special, random.choice([np.nan, np.inf, -np.inf], shape), values)
    return values


def wrapping(profile: str, seed: int) -> Iterator[Row]:
    """Integers at the ends of their range, each with each, as tensors and as numbers."""
    for dtype, operation in product(INTEGERS, ("add", "sub", "mul")):
        ends = edges(dtype)
        left, right = np.repeat(ends, len(ends)), np.tile(ends, len(ends))
        bases = {name: base_of(dtype, left.shape, array) for name, array in (("x", left), ("y", right))}
        yield Row(f"{dtype} {operation}", inputs_of(bases, operation=operation))
        chosen = generator(seed, f"{dtype} {operation}").choice(ends, 3)
        for number in sorted({int(ends[0]), int(ends[-1]), *map(int, chosen)}):
            yield Row(f"{dtype} {operation} {number}", inputs_of({"x": bases["x"]}, y=number, operation=operation))


def divisions_by_zero(profile: str, seed: int) -> Iterator[Row]:
    """Zeros of either sign under all kinds of numerators, as tensors, 0-d tensors and numbers."""
    for dtype in REAL:
        above = np.array([1, 0, 2, 100, *((-1, -3) if dtype != "uint8" else ())])
        if dtype in FLOATS:
            above = np.array([*above, -0.0, np.inf, -np.inf, np.nan, 0.1])
        x = base_of(dtype, above.shape, above)
        for zero in (0.0, -0.0) if dtype in FLOATS else (0,):
            y, single = base_of(dtype, above.shape, np.full(above.shape, zero)), base_of(dtype, (), np.array(zero))
            yield Row(f"{dtype} by {zero}", inputs_of({"x": x, "y": y}))
            yield Row(f"{dtype} by 0-d {zero}", inputs_of({"x": x, "y": single}))
            yield Row(f"0-d {dtype} by {zero}", inputs_of({"x": base_of(dtype, (), above[:1]), "y": y}))
            yield Row(f"{dtype} by the number {zero}", inputs_of({"x": x}, y=zero))


def sizes(profile: str, seed: int) -> Iterator[Row]:
    """Sizes on both sides of the thresholds at which libraries change their way of working."""
    forms: tuple[Callable[[int], tuple[int, ...]], ...] = (
        lambda n: (n,),
        lambda n: (n, 1),
        lambda n: (1, n),
        lambda n: (2, n),
    )
    axes = {
        "dtype": tuple(DTYPES), "form": range(len(forms)), "layout": tuple(ALL), "operation": OPERATIONS,
        "operand": OPERANDS, "spelling": (*SPELLINGS, "in place", "reflected", "out", "keywords"),
    }  # fmt: skip
    chosen = pairwise({"size": SMALL_SIZES, **axes}) + pairwise(
        {"size": LARGE_SIZES, **axes, "form": (0,), "layout": ("dense", "offset", "every second")}
    )
    # A number on the left of each dtype, in each operation: of three axes, pairs do not bring all.
    sizes = (33, 65, 129, 257, 1023, 1025, 17)
    chosen += [
        {
            "size": sizes[(place + place // 4 + seed) % len(sizes)], "dtype": dtype, "operation": operation,
            "form": 0, "layout": "dense", "operand": "number", "spelling": "reflected",
        }
        for place, (dtype, operation) in enumerate(product(DTYPES, OPERATIONS))
        if not is_single() and _allowed(operation, dtype) == operation
    ]  # fmt: skip
    for number, row in enumerate(chosen):
        shape, dtype = forms[row["form"]](row["size"]), row["dtype"]
        operation = _allowed(row["operation"], dtype)
        whole_quotient = operation == "div" and kind_of(dtype) in ("bool", "integer")
        spelling = "function" if whole_quotient and row["spelling"] in ("in place", "out") else row["spelling"]
        layout = _named(writing(shape), row["layout"])
        label = f"{number}: {dtype} {operation} {row['operand']}, {layout.name}, {list(shape)}, {spelling}"
        random = generator(seed, label)
        made, steps = _placed(dtype, shape, layout, random)
        other, second = _operand(row["operand"], dtype, shape, random)
        bases = {"a": made} if second is None else {"a": made, "b": second}
        arguments = {
            "x": TensorInput("a", steps),
            "y": other,
            "operation": PlainInput(operation),
            "spelling": PlainInput(spelling),
        }
        yield Row(label, Inputs(bases, arguments))


def broadcasts(profile: str, seed: int) -> Iterator[Row]:
    """Shapes that broadcast in each operand, with every dtype and layout, and products of sizes past the thresholds."""
    names = tuple(dict.fromkeys((*ALL, *OVERLAPPING)))
    axes = {
        "shapes": BROADCASTS,
        "dtype": tuple(DTYPES),
        "left": names[::2],
        "right": names[1::2],
        "operation": OPERATIONS,
    }
    rows = sampled(axes, 20, generator(seed, "broadcasts"))
    rows += [
        {**rows[0], "shapes": shapes, "dtype": dtype, "operation": operation}
        for shapes, dtype, operation in LARGE_BROADCASTS
    ]
    for number, row in enumerate(rows):
        dtype, shapes = row["dtype"], row["shapes"]
        operation = _allowed(row["operation"], dtype)
        placed = [_named(reading(shape), row[side]) for shape, side in zip(shapes, ("left", "right"), strict=True)]
        label = (
            f"{number}: {dtype} {list(shapes[0])} {operation} {list(shapes[1])}, {placed[0].name} and {placed[1].name}"
        )
        random = generator(seed, label)
        built = {
            name: _placed(dtype, shape, layout, random)
            for name, shape, layout in zip("xy", shapes, placed, strict=True)
        }
        yield Row(label, _laid(built, operation=operation))


def shapes_that_differ(profile: str, seed: int) -> Iterator[Row]:
    """Shapes that can't be broadcast."""
    bad = (((2,), (3,)), ((2, 3), (2,)), ((0,), (2,)), ((4, 1, 3), (2, 2)), ((3, 2), (2, 3)), ((2, 3, 4), (3, 3, 4)))
    for (left, right), operation, spelling in product(bad, OPERATIONS, SPELLINGS):
        label = f"{list(left)} {operation} {list(right)} {spelling}"
        refused, legal = (
            inputs_of(
                {name: base("float32", shape, generator(seed, label)) for name, shape in (("x", left), ("y", second))},
                operation=operation,
                spelling=spelling,
            )
            for second in (right, left)
        )
        yield Row(label, refused, legal)


def in_place(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes, with two of the operations that write into their left operand, and one with an operand without dimensions; the seed turns them."""
    for number, (target, other) in enumerate(product(DTYPES, DTYPES)):
        size = TURNS[(number + seed) % len(TURNS)]
        shapes: tuple[tuple[int, ...], ...] = ((size,), (size,), ())
        for step, shape in zip((0, 2, 1), shapes, strict=True):
            operation = OPERATIONS[(number // len(DTYPES) + number + seed + step) % 4]
            spelling = ("method", "augmented")[(number + seed + step // 2) % 2]
            operands = [Operand(target, "dimensioned"), Operand(other, "dimensioned" if shape else "zero-dim")]
            if (operation == "sub" and "bool" in (target, other)) or not _known(*operands):
                continue
            result = result_type(operands)
            result = "float32" if operation == "div" and category(result) < category("float32") else result
            label = f"{target} {operation}= {other} {list(shape)} {spelling}"
            legal = [(result, (size,)), (other, shape)]
            yield _dtype_row(label, operation, [(target, (size,)), (other, shape)], legal, seed, spelling)
    yield from _numbers_in_place(seed)


def _numbers_in_place(seed: int) -> Iterator[Row]:
    """Every dtype with a Python number of every kind, in spellings by turns; the twin's target is of the result's dtype."""
    kinds: tuple[complex, ...] = (True, 3, 0.5, 1 + 2j)
    for place, (target, number, operation) in enumerate(product(DTYPES, kinds, OPERATIONS)):
        if not _takes(target, number) or (operation == "sub" and "bool" in (target, type(number).__name__)):
            continue
        spelling = ("method", "augmented")[(place + place // len(OPERATIONS) + place // 16 + seed) % 2]
        size = TURNS[(place + seed) % len(TURNS)]
        result = result_type([Operand(target, "dimensioned"), Operand(number_dtype(number), "number")])
        result = "float32" if operation == "div" and category(result) < category("float32") else result
        label = f"{target} {operation}= {number!r} {spelling}"
        given, legal = (
            inputs_of(
                {"x": base(dtype, (size,), generator(seed, label), small=_with_small_values(dtype))},
                y=number,
                operation=operation,
                spelling=spelling,
            )
            for dtype in (target, result)
        )
        yield Row(label, given, legal)


def targets(profile: str, seed: int) -> Iterator[Row]:
    """Targets of every dtype and layout, with every kind of other operand that is broadcast into them."""
    shapes = tuple(shape for shape in SHAPES if 0 not in shape)
    axes = {
        "dtype": tuple(DTYPES), "layout": tuple(ALL), "operand": (*OPERANDS, "itself"), "operation": OPERATIONS,
        "shape": tuple(dict.fromkeys(((), *shapes, (0,), (3, 0)))),
    }  # fmt: skip
    # A number beside each dtype, in each operation: of three axes, pairs do not bring all.
    numbers: list[dict[str, Any]] = [
        {"dtype": dtype, "operation": operation, "operand": "number", "layout": "dense", "shape": (3, 5)}
        for dtype, operation in product(DTYPES, OPERATIONS)
        if not is_single() and _allowed(operation, dtype) == operation and (operation != "div" or dtype in FLOATS)
    ]
    for number, row in enumerate(sampled(axes, 60, generator(seed, "targets")) + numbers):
        dtype, shape = row["dtype"], row["shape"]
        operation = _allowed(row["operation"], dtype)
        # A quotient of integers is no integer, and one of complex numbers is not exact.
        operation = "mul" if operation == "div" and dtype not in FLOATS else operation
        layout = _named(writing(shape), row["layout"])
        label = f"{number}: {dtype} {operation} {row['operand']}, {layout.name}, {list(shape)}"
        random = generator(seed, label)
        exact = kind_of(dtype) == "complex"
        made, steps = _placed(dtype, shape, layout, random, exact=exact)
        x = TensorInput("a", steps)
        other, second = (
            (x, None) if row["operand"] == "itself" else _operand(row["operand"], dtype, shape, random, exact=exact)
        )
        yield Row(
            label,
            Inputs(
                {"a": made} if second is None else {"a": made, "b": second},
                {
                    "base": TensorInput("a"), "x": x, "y": other,
                    "operation": PlainInput(operation),
                },
            ),
        )  # fmt: skip


def growing_targets(profile: str, seed: int) -> Iterator[Row]:
    """Targets that are smaller than what the operands give together."""
    cases = (
        ((3,), (2, 3)),
        ((1,), (4,)),
        ((3, 1), (3, 4)),
        ((), (2,)),
        ((1, 5), (5, 1)),
        ((2, 1, 3), (2, 2, 3)),
        ((), (1,)),
    )
    for (target, other), operation, spelling in product(cases, OPERATIONS, ("method", "augmented")):
        label = f"{list(target)} {operation}= {list(other)} {spelling}"
        random = generator(seed, label)
        refused, legal = (
            inputs_of(
                {"x": base("float32", target, random), "y": base("float32", shape, random)},
                operation=operation,
                spelling=spelling,
            )
            for shape in (other, target)
        )
        yield Row(label, refused, legal)


def outputs(profile: str, seed: int) -> Iterator[Row]:
    """What `out=` names, in every layout and of the result's dtype: fresh, or one of the operands itself."""
    axes = {
        "dtype": tuple(DTYPES), "layout": tuple(ALL), "operand": OPERANDS, "operation": OPERATIONS,
        "shape": SHAPES, "where": ("fresh", "left", "fresh", "right"),
    }  # fmt: skip
    for number, row in enumerate(sampled(axes, 20, generator(seed, "outputs"))):
        dtype, shape, operand = row["dtype"], row["shape"], row["operand"]
        operation = _allowed(row["operation"], dtype)
        operation = "mul" if operation == "div" and dtype not in FLOATS else operation
        layout = _named(writing(shape), row["layout"])
        where = row["where"]
        operand = "tensor" if where == "right" else operand
        label = f"{number}: {dtype} {operation} {operand}, {layout.name}, {list(shape)}, {where}"
        random = generator(seed, label)
        exact = kind_of(dtype) == "complex"
        # What the target held before must not come in, not even times zero.
        values = whole(dtype, math.prod(layout.base(shape)), random)
        if where == "fresh" and dtype in FLOATS and random.integers(2):
            values[:] = np.nan
        kept = base_of(dtype, layout.base(shape), values)
        target = TensorInput("t", layout.steps(shape))
        other, second = _operand(operand, dtype, shape, random, exact=exact)
        bases, x = {"t": kept}, target
        if where != "left":
            options = reading(shape)
            bases["a"], steps = _placed(dtype, shape, options[int(random.integers(len(options)))], random, exact=exact)
            x = TensorInput("a", steps)
        if where == "right":
            other = target
        elif second is not None:
            bases["b"] = second
        yield Row(
            label,
            Inputs(
                bases,
                {"base": TensorInput("t"), "x": x, "y": other, "target": target, "operation": PlainInput(operation)},
            ),
        )


def empty_outputs(profile: str, seed: int) -> Iterator[Row]:
    """Operations whose `out=` has no element yet, with operands of every dtype, some of them empty too."""
    shapes: dict[str, tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]] = {
        **dict.fromkeys(OPERATIONS, (((3, 4), (4,)), ((2, 0), (1, 1)), ((), ()), ((5,), (5,)))),
        "matmul": (((2, 3), (3, 4)), ((3,), (3,)), ((2, 2, 3), (3,))), "mm": (((2, 3), (3, 4)), ((1, 0), (0, 2))),
        "mean": (((4, 2), (1,)), ((4,), (1,))), "cat": (((2, 3), (1, 3)), ((2,), (0,))),
    }  # fmt: skip
    for number, (operation, dtype) in enumerate(product(shapes, REAL)):
        if dtype in INTEGERS and operation in ("div", "mean"):
            continue
        some = shapes[operation]
        pair = some[(number + number // len(REAL) + seed) % len(some)]
        label = f"{dtype} {operation} {list(pair[0])} {list(pair[1])}"
        random = generator(seed, label)
        bases = {name: base(dtype, shape, random, small=True) for name, shape in zip("xy", pair, strict=True)}
        lacks = {"matmul": "matmul", "mm": "matmul"}.get(operation)
        needs = (
            (f"{'integer' if dtype in INTEGERS else 'half'}-{lacks}",)
            if lacks and dtype in (*INTEGERS, "float16")
            else ()
        )
        yield Row(label, inputs_of(bases, way=operation), needs=needs)


def output_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes of the result and of what `out=` names: cast, or refused where the category would fall; the other operand's dtype takes turns."""
    for number, (dtype, out) in enumerate(product(DTYPES, DTYPES)):
        operation = _allowed(OPERATIONS[(number // len(DTYPES) + number + seed) % 4], dtype)
        others = [one for one in DTYPES if _promoted(dtype, one) == dtype and _allowed(operation, one) == operation]
        other, size = others[(number + seed) % len(others)], TURNS[(number + seed) % len(TURNS)]
        result = "float32" if operation == "div" and kind_of(dtype) in ("bool", "integer") else dtype
        label = f"{dtype} {operation} {other} into {out}"
        # What wraps around, or is rounded, in the result's dtype may not in that of `out=`.
        small = _with_small_values(dtype, out) or kind_of(out) == "bool"
        refused, legal = (
            inputs_of(
                {
                    name: base(one, (size,), generator(seed, f"{label} {name}"), small=small)
                    for name, one in (("x", dtype), ("y", other), ("target", into))
                },
                operation=operation,
            )
            for into in (out, result)
        )
        yield Row(label, refused, legal)


def _promoted(*dtypes: str) -> str:
    """Give the dtype to which tensors with dimensions are brought."""
    return result_type([Operand(dtype, "dimensioned") for dtype in dtypes])


def aliases(profile: str, seed: int) -> Iterator[Row]:
    """Every name of the operations, with operands of every dtype."""
    names = ("add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide")
    for name, dtype in product(
        names, ("int64", "float32", "float64", "bfloat16", "int16", "complex64", "uint8", "float16", "int32")
    ):
        label = f"{dtype} {name}"
        random = generator(seed, label)
        small = kind_of(dtype) == "complex"
        bases = {"x": base(dtype, (3, 5), random, small=small), "y": base(dtype, (5,), random, small=small)}
        yield Row(label, inputs_of(bases, operation=name))


def factors(profile: str, seed: int) -> Iterator[Row]:
    """Sums and differences with a factor before the second operand, on small whole numbers."""
    chosen = pairwise({
        "dtype": tuple(dtype for dtype in DTYPES if dtype != "bool"), "operation": ("add", "sub", "subtract"),
        "operand": (*OPERANDS,), "alpha": (2, 3, 1, 0, 2.0, 0.5, -1, -2.5, 2 - 1j), "layout": tuple(ALL)[::2],
        "shape": ((3, 4), (17,), (), (2, 3, 5), (2, 33), (1, 131), (1025,)),
    })  # fmt: skip
    for number, row in enumerate(chosen):
        dtype, shape, layout = row["dtype"], row["shape"], _named(writing(row["shape"]), row["layout"])
        alpha = _factor(dtype, row["alpha"])
        name = "sub" if dtype == "uint8" and row["operation"] == "subtract" else row["operation"]
        label = f"{number}: {dtype} {name} {alpha} * {row['operand']}, {layout.name}, {list(shape)}"
        random = generator(seed, label)
        made, steps = _placed(dtype, shape, layout, random, exact=True)
        if row["operand"] == "number":
            other, second = PlainInput(encode_plain(_whole_number(dtype, random))), None
        else:
            other, second = _operand(row["operand"], dtype, shape, random, exact=True)  # type: ignore[assignment]
        yield Row(
            label,
            Inputs(
                {"a": made} if second is None else {"a": made, "b": second},
                {
                    "x": TensorInput("a", steps), "y": other, "alpha": PlainInput(encode_plain(alpha)), "operation": PlainInput(name),
                },
            ),
        )  # fmt: skip
    yield from _promoting_factors(seed)


def _factor(dtype: str, alpha: complex) -> complex:
    """Give a factor that a dtype takes: a whole one for integers, a real one for floats."""
    if kind_of(dtype) == "complex":
        return alpha
    real = alpha.real if isinstance(alpha, complex) else alpha
    whole = int(abs(real) + 0.5) if dtype == "uint8" else int(real - 0.5 if real < 0 else real + 0.5)
    return whole if kind_of(dtype) == "integer" else real


def _whole_number(dtype: str, random: np.random.Generator) -> complex:
    """Give a small whole number, of a dtype's own kind or of a lower one."""
    number = int(random.integers(1, 9))
    kinds: dict[str | None, tuple[type, ...]] = {"float": (int, float), "complex": (int, float, complex)}
    own = kinds.get(kind_of(dtype), (int,))
    chosen: complex = own[int(random.integers(len(own)))](number)
    return chosen


def _promoting_factors(seed: int) -> Iterator[Row]:
    """Factors before operands of another dtype: with dimensions or without, and before numbers of every kind, by turns."""
    for number, (left, right) in enumerate(product(DTYPES, (*DTYPES, *_NUMBERS_OF_KINDS))):
        if "bool" in (left, right) or left == right:
            continue
        shape = ((4,), (), (3, 1))[(number + number // 16 + seed) % 3]
        rank = "number" if right in _NUMBERS_OF_KINDS else "dimensioned" if shape else "zero-dim"
        dtype = _NUMBERS_OF_KINDS.get(right, (right,))[0]
        operands = [Operand(left, "dimensioned"), Operand(dtype, rank)]  # type: ignore[arg-type]
        if not _known(*operands):
            continue
        operation = ("add", "sub")[(number + seed) % 2]
        label = f"{left} {operation} 2 * {right} {list(shape) if rank != 'number' else ''}"
        random = generator(seed, label)
        x = base(left, (3, 4), random, small=True)
        if rank == "number":
            yield Row(label, inputs_of({"x": x}, y=_NUMBERS_OF_KINDS[right][1], alpha=2, operation=operation))
        else:
            yield Row(
                label, inputs_of({"x": x, "y": base(right, shape, random, small=True)}, alpha=2, operation=operation)
            )


# Numbers of each kind that has factors, with the dtype as which each counts.
_NUMBERS_OF_KINDS: dict[str, tuple[str, complex]] = {
    "an int": ("int64", 3), "a float": ("float32", 2.5), "a complex number": ("complex64", 1 + 2j),
}  # fmt: skip


def neutral(profile: str, seed: int) -> Iterator[Row]:
    """Operands that change nothing, beside others: a library may be tempted to give the operand itself."""
    for dtype, (operation, number), shape in product(
        DTYPES, (("add", 0), ("sub", 0), ("mul", 1), ("div", 1), ("add", 2), ("mul", 2)), ((6,), (), (2, 3))
    ):
        if operation == "sub" and dtype == "bool":
            continue
        label = f"{dtype} {operation} {number} {list(shape)}"
        random = generator(seed, label)
        x = base(dtype, shape, random, small=True)
        kind = int(random.integers(3))
        if kind:
            y = base_of(dtype, shape if kind == 1 else (), np.full(shape if kind == 1 else (), number))
            yield Row(label, inputs_of({"x": x, "y": y}, operation=operation))
        else:
            yield Row(label, inputs_of({"x": x}, y=bool(number) if dtype == "bool" else number, operation=operation))


def rows_of_numbers(profile: str, seed: int) -> Iterator[Row]:
    """Python numbers of different types, one after another, with the same tensor."""
    mixed: tuple[tuple[complex, ...], ...] = (
        (1, 1.0, True, 2, 2.5), (True, 1, 1.0, 0, 0.0, False), (2.5, 2, 3, 3.0), (0.1, 1, 0.2), (3, 1 + 2j, 3.0), (0.0, -0.0, 0, 1),
        (2**31 - 1, 1, 2.5),
    )  # fmt: skip
    axes = {
        "dtype": tuple(DTYPES),
        "numbers": mixed,
        "operation": OPERATIONS,
        "spelling": (*SPELLINGS, "reflected"),
        "shape": ((6,), ()),
    }
    for number, row in enumerate(pairwise(axes)):
        dtype = row["dtype"]
        chosen = tuple(one for one in row["numbers"] if _takes(dtype, one, row["shape"]))
        operation = (
            "add"
            if row["operation"] == "sub" and (dtype == "bool" or any(type(one) is bool for one in chosen))
            else row["operation"]
        )
        label = f"{number}: {dtype} {list(row['shape'])} {operation} {chosen} {row['spelling']}"
        x = base(dtype, row["shape"], generator(seed, label), small=True)
        yield Row(label, inputs_of({"x": x}, numbers=chosen, operation=operation, spelling=row["spelling"]))


def _takes(dtype: str, number: complex, shape: tuple[int, ...] = (1,)) -> bool:
    """Say whether the result of a tensor with a number is known: of a known dtype, the number within an integer dtype's range."""
    kind = {"bool": "bool", "int": "int64", "float": "float32", "complex": "complex64"}[type(number).__name__]
    if not _known(Operand(dtype, "dimensioned" if shape else "zero-dim"), Operand(kind, "number")):
        return False
    if kind_of(dtype) == "complex" and not (abs(number) < float("inf") and number):
        # What becomes of infinities, NaN and quotients by zero in complex arithmetic is documented nowhere.
        return False
    if isinstance(number, int) and dtype in INTEGERS:
        limits = np.iinfo(dtype)
        return bool(limits.min <= number <= limits.max)
    return True


def default_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Another default dtype, with quotients of integers, with a Python number of every kind, and with a tensor without dimensions of another dtype."""
    shapes: tuple[tuple[int, ...], ...] = ((7,), (), (2, 3), (35,))
    kinds = ("float16", "float64", "complex64", "float32", "bfloat16", "complex128", "int16")
    for number, (default, dtype, operation) in enumerate(product(FLOATS, DTYPES, OPERATIONS)):
        if _allowed(operation, dtype) != operation:
            continue
        shape = shapes[(number + number // 4 + seed) % len(shapes)]
        spelling = (*SPELLINGS, "reflected")[(number + number // 4 + number // 16 + seed) % 4]
        own = Operand(dtype, "dimensioned" if shape else "zero-dim")
        numbers = [
            one
            for one in (2.5, True, 3, 1 + 2j)
            if _meets(own, one, default) and (operation != "sub" or one is not True)
        ]
        start = (number + seed) % len(kinds)
        other = next(one for one in (*kinds[start:], *kinds[:start]) if _known(own, Operand(one, "zero-dim")))
        label = f"{default} is the default: {dtype} {list(shape)} {operation}, {spelling}, {other}"
        random = generator(seed, label)
        bases = {name: base(dtype, shape, random, small=True) for name in "xy"}
        bases["z"] = base(other, (), random, small=True)
        made = inputs_of(bases, numbers=tuple(numbers), operation=operation, spelling=spelling)
        yield Row(label, Inputs(made.bases, {**made.arguments, "default": PlainInput({"dtype": default})}))


def _meets(own: Operand, number: Any, default: str) -> bool:
    """Say whether the result of a tensor with a number is known where another dtype is the default."""
    if not isinstance(number, complex):
        return True
    counts = {"float32": "complex64", "float64": "complex128"}.get(default)
    return counts is not None and _known(own, Operand(counts, "number"))


# --- promotion ---


def _dtype_row(
    label: str,
    operation: str,
    operands: list[tuple[str, tuple[int, ...]]],
    legal: list[tuple[str, tuple[int, ...]]],
    seed: int,
    spelling: str,
) -> Row:
    """Make a row of a target and another tensor; the legal operands make the twin."""
    made = []
    for chosen in (operands, legal):
        random = generator(seed, label)
        small = _with_small_values(*(dtype for dtype, _ in chosen))
        built = {}
        for name, (dtype, shape) in zip("xy", chosen, strict=True):
            options = writing(shape) if name == "x" else reading(shape)
            layout = options[int(random.integers(len(options)))]
            one = base(dtype, layout.base(shape), random, small=small)
            built[name] = (one, layout.steps(shape))
        made.append(_laid(built, operation=operation, spelling=spelling))
    return Row(label, made[0], made[1])


def _pair_row(
    label: str, operation: str, operands: list[tuple[str, tuple[int, ...]]], seed: int, *, small: bool = False
) -> Row:
    """Make a row of two tensors in any layouts in which each element lies by itself: there are many to tell pairs by."""
    random = generator(seed, label)
    small = small or _with_small_values(*(dtype for dtype, _ in operands))
    built = {}
    for name, (dtype, shape) in zip("xy", operands, strict=True):
        options = writing(shape)
        layout = options[int(random.integers(len(options)))]
        built[name] = (base(dtype, layout.base(shape), random, small=small), layout.steps(shape))
    return Row(label, _laid(built, operation=operation))


def dtype_pairs(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes with dimensions, for every operation, and broadcast for operations that take turns."""
    for number, (left, right, operation) in enumerate(product(DTYPES, DTYPES, OPERATIONS)):
        if _allowed(operation, left, right) == operation:
            shape = (TURNS[(number + number // 4 + seed) % len(TURNS)],)
            yield _pair_row(f"{left} {operation} {right}", operation, [(left, shape), (right, shape)], seed)
    for number, (left, right) in enumerate(product(DTYPES, DTYPES)):
        # A vector of one element has a dimension, and so counts as any other does.
        for turn, (one, other) in enumerate((((1,), (2, 3)), ((2, 3), (1,)), ((1, 1, 1), (3,)), ((3, 1), (1, 4)))):
            operation = OPERATIONS[(number + turn + seed) % len(OPERATIONS)]
            if _allowed(operation, left, right) == operation:
                label = f"{left} {list(one)} {operation} {right} {list(other)}"
                # Small values: PyTorch lets a tensor of one element enter at float32 beside a half type.
                yield _pair_row(label, operation, [(left, one), (right, other)], seed, small=True)


def zero_dim_pairs(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes of which either has no dimension, or by turns both, for every operation."""
    for number, (left, right, operation) in enumerate(product(DTYPES, DTYPES, OPERATIONS)):
        shape = ((6,), (2, 35), (19,), (67,))[(number + number // 4 + number // 48 + seed) % 4]
        for shapes in ((shape, ()), ((), shape), *(((), ()),) * (number % 3 == seed % 3)):
            ranks = ["dimensioned" if shape else "zero-dim" for shape in shapes]
            operands = [Operand(dtype, rank) for dtype, rank in zip((left, right), ranks, strict=True)]  # type: ignore[arg-type]
            if _known(*operands) and _allowed(operation, left, right) == operation:
                label = f"{ranks[0]} {left} {operation} {ranks[1]} {right}"
                yield _pair_row(label, operation, [(left, shapes[0]), (right, shapes[1])], seed)


def bool_differences(profile: str, seed: int) -> Iterator[Row]:
    """Bools on either side of a difference, as tensors, 0-d tensors and numbers; sums of other dtypes are legal."""
    spellings = ("function", "method", "operator", "in place")
    for dtype, shape, spelling in product(("bool", "int64", "float32", "uint8"), ((3,), ()), spellings):
        label = f"{dtype}, bool {list(shape)}, {spelling}"
        bases = {
            "x": base(dtype, (3,), generator(seed, label), small=True),
            "y": base("bool", shape, generator(seed, label)),
        }
        legal = {"x": base("float32", (3,), generator(seed, label), small=True)}
        yield Row(label, inputs_of(bases, spelling=spelling), inputs_of({**legal, "y": legal["x"]}, spelling=spelling))
        if not shape:
            twin = inputs_of(legal, y=1, spelling=spelling)
            yield Row(f"{dtype}, True, {spelling}", inputs_of({"x": bases["x"]}, y=True, spelling=spelling), twin)
            if spelling == "operator":
                swapped = inputs_of({"y": bases["x"]}, x=True, spelling=spelling)
                yield Row(f"True, {dtype}, {spelling}", swapped, inputs_of({"y": legal["x"]}, x=1, spelling=spelling))


def numbers(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype with every kind of Python number on either side, for every operation; shapes and layouts take turns."""
    shapes: tuple[tuple[int, ...], ...] = ((6,), (), (2, 3), (67,), (19,), (3, 35))
    for place, (dtype, number, operation) in enumerate(product(DTYPES, NUMBERS, OPERATIONS)):
        random = generator(seed, f"{dtype} {operation} {number!r}")
        shape = shapes[(place + place // len(OPERATIONS) + int(random.integers(len(shapes)))) % len(shapes)]
        if not _takes(dtype, number, shape) or (operation == "sub" and (dtype == "bool" or isinstance(number, bool))):
            continue
        kinds = ("complex64",) if isinstance(number, complex) else ()
        options = reading(shape)
        layout = options[int(random.integers(len(options)))]
        tensor = base(dtype, layout.base(shape), random, small=_with_small_values(dtype, *kinds))
        yield Row(
            f"{dtype} {list(shape)} {operation} {number!r}, {layout.name}",
            Inputs(
                {"t": tensor},
                {
                    "x": TensorInput("t", layout.steps(shape)),
                    "y": PlainInput(encode_plain(number)),
                    "operation": PlainInput(operation),
                },
            ),
        )


def numpy_numbers(profile: str, seed: int) -> Iterator[Row]:
    """NumPy's scalars, which count as the Python numbers that they hold."""
    for place, (dtype, (scalar, value)) in enumerate(product(DTYPES, NUMPY_NUMBERS)):
        held = np.array(value, dtype=scalar)
        if not _takes(dtype, held.item()):
            continue
        for step in (0, 2):
            operation = OPERATIONS[(place + place // len(NUMPY_NUMBERS) + seed + step) % 4]
            if _allowed(operation, dtype, scalar) != operation:
                continue
            shape = ((6,), (35,), (), (2, 67))[(place + place // 4 + step // 2 + seed) % 4]
            if not _takes(dtype, held.item(), shape):
                continue
            label = f"{dtype} {list(shape)} {operation} numpy.{scalar}({value})"
            tensor = base(dtype, shape, generator(seed, label), small=_with_small_values(dtype))
            arguments: dict[str, Argument] = {"x": TensorInput("x"), "y": NumpyScalarInput(scalar, bits_of_array(held))}
            yield Row(label, Inputs({"x": tensor}, {**arguments, "operation": PlainInput(operation)}))


def mixed_roundings(profile: str, seed: int) -> Iterator[Row]:
    """Integers halfway between two of a float dtype and just beside, that dtype's zeros, and one of them as a number."""
    for source, target in product(("int16", "int32", "int64"), ("float32", "float64")):
        label = f"{source} with {target}"
        random = generator(seed, label)
        values = np.concatenate([beside_middles(source, target, random), halfway(source, target, random)])
        for turn, x in enumerate(np.array_split(values, 3)):
            bases = {"x": base_of(source, x.shape, x), "y": base_of(target, x.shape, np.zeros(x.shape))}
            yield Row(f"{label} {turn}", inputs_of(bases, number=x[0].item()))
