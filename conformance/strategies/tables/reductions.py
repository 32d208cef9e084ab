"""Tables of means and largest elements: dims, layouts, sizes, spellings, and values among which the largest hides."""

from __future__ import annotations

import math
import zlib
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import Inputs, PlainInput, Step, TensorInput, encode_plain
from conformance.strategies.covering import pairwise, sampled
from conformance.strategies.layouts import ALL, OVERLAPPING, Layout, reading, writing
from conformance.strategies.rows import Row
from conformance.strategies.values import base, base_of, edges, generator, large, moderate, subnormal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from conformance.program import Base

from conformance.strategies.tables.making import inputs_of
from conformance.strategies.tables.sharing import hidden

REDUCED: tuple[tuple[int, ...], ...] = (
    (2, 4, 8), (8,), (1,), (2, 4), (4, 1), (2, 1, 4, 2), (), (0,), (2, 0), (1024,), (3, 5, 7), (1, 3), (17, 9), (33,), (2, 3, 2, 2, 2, 2),
    (3, 65, 2), (1, 1), (7, 1, 3), (0, 3), (16, 33), (4, 4), (2, 2, 2), (2, 1, 2, 1, 2, 1, 2),
)  # fmt: skip

DIMS: tuple[Any, ...] = (
    None,
    0,
    1,
    -1,
    -2,
    2,
    (0, 1),
    (-1, 0),
    5,
    -5,
    -3,
    3,
    (0, 2),
    (-2, -1),
    (2, 0, 1),
    (1, 3),
    (-1, 1, -3),
)

SPELLINGS = ("method", "method keywords", "function", "function keywords")
HALF = ("float16", "bfloat16")
FLOATING = ("float16", "bfloat16", "float32", "float64", "complex64", "complex128")
REAL = tuple(name for name in DTYPES if kind_of(name) in ("integer", "float"))
SIZES = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 257, 1023, 1024, 1025, 4097, 32768, 32769, 66001)
_NAMES = tuple(dict.fromkeys((*ALL, *OVERLAPPING)))
# Larger tensors have one dimension and simple layouts: they cost too much.
LARGE = 4095
_LARGE_HALF = 2.0**14
_SOME = (
    "dense",
    "reversed dims",
    "every second",
    "offset",
    "columns",
    "expanded",
    "middle stepped",
    "block",
    "first dim last in memory",
)


def _named(options: list[Layout], name: str) -> Layout:
    by_name = {layout.name: layout for layout in options}
    return by_name.get(name) or options[zlib.crc32(name.encode()) % len(options)]


def _inputs(made: Base, steps: tuple[Step, ...], **plain: Any) -> Inputs:
    return Inputs(
        {"a": made},
        {"x": TensorInput("a", steps), **{name: PlainInput(encode_plain(one)) for name, one in plain.items()}},
    )


def _legal(seed: int, **plain: Any) -> Inputs:
    return inputs_of({"x": base("float32", (2, 4), generator(seed, "legal"), small=True)}, **{**plain, "dim": 0})


def _exact(dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator) -> Base:
    """Give whole numbers from -2 to 2, whose sums are exact."""
    whole = layout.base(shape)
    parts = random.integers(-2, 3, (2, *whole))
    return base_of(dtype, whole, parts[0] + 1j * parts[1] if kind_of(dtype) == "complex" else parts[0])


def _dim_for(shape: tuple[int, ...], dim: Any) -> Any:
    """Give the dim, or where the shape has it not, one that it has, of the same sign."""
    size = max(len(shape), 1)
    if dim is None:
        return None
    if isinstance(dim, tuple):
        return tuple({one % size: one % size - (size if one < 0 else 0) for one in dim}.values())
    return dim % size - (size if dim < 0 else 0)


# What is planted among whole numbers: what must reach the mean of its own row alone, and nothing that is not shown.
PLANTED = ("one infinity", "one NaN", "nothing", "one large", "NaN beside", "some")


def _planted(kind: str, dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator) -> Base:
    """Give whole numbers among which there is one that is not finite or large, or several, or beside which all are NaN."""
    whole = layout.base(shape)
    parts = random.integers(-2, 3, (2, *whole))
    if kind_of(dtype) == "complex":
        # What becomes of infinities in complex arithmetic is documented nowhere.
        values = np.asarray(parts[0] + 1j * parts[1])
        kind = "NaN beside" if kind == "NaN beside" else "nothing"
    else:
        values = np.asarray(parts[0], dtype=np.float64)
    if kind == "NaN beside":
        values[hidden(layout, shape)] = np.nan
    elif kind == "some":
        values = np.asarray(
            np.where(random.random(whole) < 1 / 10, random.choice([np.inf, -np.inf, np.nan], whole), values)
        )
    elif kind != "nothing" and values.size:
        # Shown several times, large ones are too large together.
        large_one = 7.0 if layout.name in OVERLAPPING else large(dtype)
        signed = random.choice([-1.0, 1.0])
        shown = np.flatnonzero(~hidden(layout, shape))
        if shown.size:
            one = {"one infinity": np.inf, "one NaN": np.nan, "one large": large_one}[kind]
            values.flat[random.choice(shown)] = one * signed
    return base_of(dtype, whole, values)


# Rows and columns off the widths of vectors, each with each dim by itself.
NEIGHBOURS: tuple[tuple[tuple[int, ...], int], ...] = tuple(
    (shape, dim)
    for shape in ((3, 9), (2, 3, 35), (4, 67), (35, 9), (3, 131), (2, 19, 5))
    for dim in range(-len(shape), 0)
)


def means(profile: str, seed: int) -> Iterator[Row]:
    """Every float and complex dtype over every dim, several dims and all, in every layout, with what is not finite in one place and in several."""
    axes = {
        "dtype": FLOATING, "shape": REDUCED, "dim": DIMS, "keepdim": (False, True), "layout": _NAMES, "planted": ("nothing", *PLANTED),
    }  # fmt: skip
    rows = sampled(axes, 20, generator(seed, "means"))
    for number, ((shape, dim), dtype) in enumerate(product(NEIGHBOURS, FLOATING[:4])):
        turn = number + number // 4 + seed
        name = "dense" if turn % 3 else _NAMES[turn // 3 % len(_NAMES)]
        rows.append(
            {"dtype": dtype, "shape": shape, "dim": dim, "keepdim": turn % 5 == 0, "layout": name, "planted": ("one infinity", "one large", "one NaN")[turn // 2 % 3]}
        )  # fmt: skip
    for number, row in enumerate(rows):
        dtype, shape = row["dtype"], row["shape"]
        dim, layout = _dim_for(shape, row["dim"]), _named(reading(shape), row["layout"])
        kept = " kept" if row["keepdim"] else ""
        label = f"{number}: {dtype} {list(shape)} over {dim}{kept}, {layout.name}, {row['planted']}"
        made = _planted(row["planted"], dtype, shape, layout, generator(seed, label))
        yield Row(label, _inputs(made, layout.steps(shape), dim=dim, keepdim=row["keepdim"]))


def batches(profile: str, seed: int) -> Iterator[Row]:
    """Batches of every dtype in every layout, whose sums are exact, in which the largest occurs several times or one element is not finite."""
    shapes = ((3, 4), (2, 3, 35), (5, 1), (2, 67), (9, 8), (2, 2, 3, 2), (17, 9), (4, 0))
    axes = {"dtype": FLOATING[:4], "shape": shapes, "layout": _NAMES, "planted": ("nothing", *PLANTED)}
    for number, row in enumerate(pairwise(axes)):
        dtype, shape = row["dtype"], row["shape"]
        layout = _named(reading(shape), row["layout"])
        label = f"{number}: {dtype} {list(shape)}, {layout.name}, {row['planted']}"
        made = _planted(row["planted"], dtype, shape, layout, generator(seed, label))
        yield Row(label, _inputs(made, layout.steps(shape)))


def refused(profile: str, seed: int) -> Iterator[Row]:
    """Dims out of range, at once and among others, a dim named twice, and the largest of no element."""
    shapes: tuple[tuple[int, ...], ...] = ((2, 3), (), (2, 3, 4), (0, 3))
    for shape, operation, spelling in product(shapes, ("mean", "argmax"), SPELLINGS):
        size = max(len(shape), 1)
        dims: list[Any] = [size, -size - 1, size + 3]
        dims += [(0, size), (0, 0), (0, -size)] if operation == "mean" and shape else []
        dims += [None, 0] if operation == "argmax" and 0 in shape else []
        for dim in dims:
            label = f"{operation} of {list(shape)} over {dim}, {spelling}"
            plain = {"dim": dim, "keepdim": False, "operation": operation, "spelling": spelling}
            made = inputs_of({"x": base("float32", shape, generator(seed, label), small=True)}, **plain)
            yield Row(label, made, _legal(seed, **plain))


def means_of_integers(profile: str, seed: int) -> Iterator[Row]:
    """Integers and bools, which have no mean."""
    for dtype, spelling, dim in product(
        ("bool", "uint8", "int8", "int16", "int32", "int64"), SPELLINGS, (None, 0, (0, 1))
    ):
        label = f"{dtype} over {dim} {spelling}"
        random = generator(seed, label)
        refused, legal = (
            inputs_of({"x": base(one, (2, 4), random, small=True)}, dim=dim, keepdim=False, spelling=spelling)
            for one in (dtype, "float32")
        )
        yield Row(label, refused, legal)


# How many sums lie side by side: also more than a vector of the processor holds, where there are not many terms.
_WIDTHS = (3, 9, 35, 2)
_FEW = 300


def _beside(size: int, number: int) -> int:
    return _WIDTHS[number % len(_WIDTHS)] if size < _FEW else _WIDTHS[0]


def mean_accuracies(profile: str, seed: int) -> Iterator[Row]:
    """Numbers with all bits in use, large ones, and ones, of sizes on both sides of the thresholds, over one dim of several and over all."""
    forms = ("all", "first", "last", "middle")
    axes = {
        "size": SIZES,
        "dtype": FLOATING,
        "form": forms,
        "values": ("moderate", "ones", "one sign", "large"),
        "layout": _SOME,
    }
    long = [
        {"size": 1500, "dtype": dtype, "form": form, "values": values, "layout": "dense"}
        for dtype, form, values in product(FLOATING, ("all", "last"), ("moderate", "ones", "one sign"))
    ]
    # Many wide columns, too, are added up one beside the other.
    columns = [
        {"size": 257, "dtype": dtype, "form": form, "values": "one sign", "layout": "dense", "wide": 35}
        for dtype, form in product(FLOATING, ("first", "middle"))
    ]
    for number, row in enumerate(pairwise(axes) + long + columns):
        size, dtype = row["size"], row["dtype"]
        form = "all" if size > LARGE else row["form"]
        wide = row.get("wide") or _beside(size, number)
        shape = {"all": (size,), "first": (size, wide), "last": (3, size), "middle": (2, size, wide)}[form]
        dim = {"all": None, "first": 0, "last": -1, "middle": 1}[form]
        layout = _named(reading(shape), row["layout"])
        label = f"{number}: {dtype} {row['values']} {list(shape)} over {dim}, {layout.name}"
        random = generator(seed, label)
        whole = layout.base(shape)
        values = moderate(dtype, math.prod(whole), random)
        if row["values"] == "ones":
            values = np.ones_like(values)
        elif row["values"] == "one sign":
            values = np.abs(values).astype(numpy_dtype(dtype))
        elif row["values"] == "large":
            # Their sums are beyond float16, and their means are not.
            values = (np.abs(values) * _LARGE_HALF).astype(numpy_dtype(dtype))
        yield Row(label, _inputs(base_of(dtype, whole, values), layout.steps(shape), dim=dim))


def mean_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every dtype, whose mean is asked for in a float or complex dtype."""
    for source, target in product(DTYPES, FLOATING):
        if kind_of(source) == "complex" and kind_of(target) != "complex":
            continue
        label = f"{source} as {target}"
        random = generator(seed, label)
        shape = ((4, 8), (3, 35), (17,), (2, 3, 5), (), (9, 4), (2, 0))[int(random.integers(7))]
        dim = _dim_for(shape, (None, 0, -1, (0, 1), 1)[int(random.integers(5))])
        layout = reading(shape)[int(random.integers(len(reading(shape))))]
        whole = layout.base(shape)
        # Whether a half type's elements are rounded to it first is seen in the result, so there they need no rounding.
        floating = kind_of(source) in ("float", "complex") and (target not in HALF or source == target)
        values = moderate(source, math.prod(whole), random) if floating else random.integers(0, 100, whole)
        label = f"{label}, {list(shape)} over {dim}, {layout.name}"
        made = _inputs(base_of(source, whole, values), layout.steps(shape), dim=dim, keepdim=bool(random.integers(2)))
        yield Row(label, Inputs(made.bases, {**made.arguments, "dtype": PlainInput({"dtype": target})}))


def mean_outputs(profile: str, seed: int) -> Iterator[Row]:
    """What `out=` of a mean names, in every layout."""
    cases: tuple[tuple[tuple[int, ...], Any, bool, tuple[int, ...]], ...] = (
        ((4, 8), 0, False, (8,)), ((4, 8), -1, False, (4,)), ((4, 8), 1, True, (4, 1)), ((2, 4, 8), 1, False, (2, 8)),
        ((2, 4, 8), (0, 2), True, (1, 4, 1)), ((2, 3, 4, 5), 2, False, (2, 3, 5)), ((4, 8), (0, 1), False, ()),
    )  # fmt: skip
    for number, row in enumerate(pairwise({"case": cases, "layout": tuple(ALL), "dtype": FLOATING})):
        shape, dim, keepdim, result = row["case"]
        dtype, layout = row["dtype"], _named(writing(result), row["layout"])
        label = f"{number}: {dtype} {list(shape)} over {dim}{' kept' if keepdim else ''}, {layout.name}"
        # No sum is zero, whose sign would be free.
        random = generator(seed, label)
        source = reading(shape)[int(random.integers(len(reading(shape))))]
        values = random.integers(1, 4, source.base(shape)) + (1j if kind_of(dtype) == "complex" else 0)
        x = base_of(dtype, source.base(shape), values)
        # What the target held before must not come in, not even times zero.
        target = base_of(
            dtype, layout.base(result), np.full(layout.base(result), (77, np.nan)[int(random.integers(2))])
        )
        made = _inputs(x, source.steps(shape), dim=dim, keepdim=keepdim)
        yield Row(
            label,
            Inputs(
                {**made.bases, "t": target},
                {**made.arguments, "base": TensorInput("t"), "target": TensorInput("t", layout.steps(result))},
            ),
        )


# --- argmax ---

VALUES = (
    "ties",
    "nan among",
    "all nan",
    "all least",
    "all equal",
    "close",
    "one largest",
    "nan last",
    "negative",
    "zeros of either sign",
    "larger beside",
)


def _elements(kind: str, dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    """Give elements among which the largest is hard to find; beside those of "larger beside" the caller puts what is larger."""
    few = edges(dtype)
    floating = kind_of(dtype) == "float"
    if floating:
        few = few[~np.isnan(few.astype(np.float64))]
    chosen: NDArray[Any] = few[random.integers(0, len(few), number)]
    if kind in ("nan among", "nan last", "all nan") and floating and number:
        # The very last element is one that some layouts do not show.
        places = {"all nan": np.arange(number), "nan last": np.arange(max(number - 2, 0), number)}.get(
            kind, random.integers(0, number, (1, max(number // 5, 1))[int(random.integers(2))])
        )
        # A NaN's sign tells nothing.
        chosen[places] = np.copysign(np.nan, random.choice([-1.0, 1.0], len(places))).astype(chosen.dtype)
    elif kind == "all least":
        chosen = np.full(number, -np.inf if floating else np.iinfo(dtype).min)
    elif kind == "all equal":
        chosen = np.full(number, few[int(random.integers(len(few)))])
    elif kind == "close":
        chosen = _close(dtype, number, random)
    elif kind == "larger beside":
        chosen = random.integers(0, 3, number).astype(numpy_dtype(dtype))
    elif kind in ("one largest", "nan last") and number and (kind == "one largest" or not floating):
        # Integers have the largest where floats have a NaN.
        chosen = random.integers(0, 3, number)
        place = int(random.integers(number)) if kind == "one largest" else max(number - 2, 0)
        chosen[place : place + 1 if kind == "one largest" else number] = 5
    elif kind == "zeros of either sign":
        # Equal ones, of which the first is the largest whatever its sign.
        chosen = random.choice([-0.0, 0.0, *([] if dtype == "uint8" else [-1.0])], number)
    elif kind == "negative":
        chosen = -random.integers(1, 4, number) if dtype != "uint8" else random.integers(0, 2, number)
    return chosen


def _close(dtype: str, number: int, random: np.random.Generator) -> NDArray[Any]:
    """Give elements that differ in their last bits alone: integers at the upper end, floats next to one."""
    steps = random.integers(0, 4, number)
    if kind_of(dtype) == "float":
        bits = np.full(number, 1.0).astype(numpy_dtype(dtype))
        words = bits.view(f"i{bits.dtype.itemsize}")
        return np.asarray((words + steps.astype(words.dtype)).view(bits.dtype))
    limit = np.iinfo(dtype).max
    top = [limit, limit // 2, 2**60, 2**54][int(random.integers(4))] if dtype == "int64" else limit
    return np.array([min(top, limit) - int(step) for step in steps], dtype=dtype)


def largest(profile: str, seed: int) -> Iterator[Row]:
    """Every real dtype over every dim and all, in every layout, with ties, NaN and others at every place."""
    axes = {
        "dtype": REAL, "shape": tuple(shape for shape in REDUCED if 0 not in shape),
        "dim": tuple(dim for dim in DIMS if not isinstance(dim, tuple)), "keepdim": (False, True), "layout": _NAMES, "values": VALUES,
    }  # fmt: skip
    every: list[dict[str, Any]] = [
        {"dtype": dtype, "shape": shape, "dim": dim, "keepdim": False, "layout": layout, "values": values}
        for number, (dtype, values) in enumerate(product(REAL, VALUES))
        for shape, dim, layout in (
            ((3, 17, 4), 1, "dense"),
            ((4, 6), None, "reversed dims"),
            (((17, 3), 0, "dense"), ((5, 19), -1, "dense"))[(number + seed) % 2],
        )
    ]
    empty: list[dict[str, Any]] = [
        {"dtype": dtype, "shape": shape, "dim": dim, "keepdim": keepdim, "layout": "dense", "values": "ties"}
        for shape, dim in (((2, 0), 0), ((0, 3), -1), ((3, 0, 2), 2)) for dtype in ("float32", "int64") for keepdim in (False, True)
    ]  # fmt: skip
    for number, row in enumerate(pairwise(axes) + every + empty):
        dtype, shape = row["dtype"], row["shape"]
        dim, layout = _dim_for(shape, row["dim"]), _named(reading(shape), row["layout"])
        label = f"{number}: {dtype} {row['values']} {list(shape)} over {dim}{' kept' if row['keepdim'] else ''}, {layout.name}"
        whole = layout.base(shape)
        values = _elements(row["values"], dtype, math.prod(whole), generator(seed, label)).reshape(whole)
        if row["values"] == "larger beside":
            values[hidden(layout, shape)] = np.nan if kind_of(dtype) == "float" else np.iinfo(dtype).max
        yield Row(label, _inputs(base_of(dtype, whole, values), layout.steps(shape), dim=dim, keepdim=row["keepdim"]))


def largest_of_many(profile: str, seed: int) -> Iterator[Row]:
    """Sizes on both sides of the thresholds, along the first, a middle, the last dim and all of them."""
    axes = {
        "size": SIZES[3:],
        "dtype": REAL,
        "form": ("all", "first", "last", "middle"),
        "values": VALUES,
        "layout": _SOME,
    }
    for number, row in enumerate(pairwise(axes)):
        size, dtype = row["size"], row["dtype"]
        form = "all" if size > LARGE else row["form"]
        wide = _beside(size, number)
        shape = {"all": (size,), "first": (size, wide), "last": (3, size), "middle": (2, size, wide)}[form]
        dim = {"all": None, "first": 0, "last": -1, "middle": 1}[form]
        options = [
            layout for layout in reading(shape) if size <= LARGE or layout.name in ("dense", "offset", "every second")
        ]
        layout = _named(options, row["layout"])
        label = f"{number}: {dtype} {row['values']} {list(shape)} over {dim}, {layout.name}"
        whole = layout.base(shape)
        values = _elements(row["values"], dtype, math.prod(whole), generator(seed, label)).reshape(whole)
        if row["values"] == "larger beside":
            values[hidden(layout, shape)] = np.nan if kind_of(dtype) == "float" else np.iinfo(dtype).max
        yield Row(label, _inputs(base_of(dtype, whole, values), layout.steps(shape), dim=dim))


def subnormals(profile: str, seed: int) -> Iterator[Row]:
    """Subnormal floats and zeros, of which one is the largest, over all and each dim."""
    for dtype, (shape, dim) in product(
        ("float16", "bfloat16", "float32", "float64"), (((9,), None), ((4, 5), 0), ((4, 17), -1))
    ):
        label = f"{dtype} {list(shape)} over {dim}"
        random = generator(seed, label)
        values = subnormal(dtype, math.prod(shape), random)
        values[random.random(len(values)) < 1 / 4] = 0
        yield Row(label, inputs_of({"x": base_of(dtype, shape, values)}, dim=dim))
