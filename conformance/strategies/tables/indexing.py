"""Tables of keys, for reading and for writing."""

from __future__ import annotations

import math
from functools import cache
from itertools import count, cycle, product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import (
    Base,
    Inputs,
    NumpyScalarInput,
    PlainInput,
    Step,
    TensorInput,
    bits_of_array,
    encode_plain,
)
from conformance.reference import casts
from conformance.strategies.layouts import LAYOUTS, Layout, fitting, reading
from conformance.strategies.rows import Row
from conformance.strategies.tables.making import factor, inputs_of, laid_out
from conformance.strategies.tables.sharing import may_be_copied, overlaps_partly
from conformance.strategies.tables.steps import FULL, key_text, numbered, overlaps, with_views
from conformance.strategies.values import base_of, edges, elements, generator

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS: tuple[Any, ...] = (
    0, -1, 1, (0, 1), (0, -1, 2), slice(1, None), slice(None, -1), slice(None, None, 2), slice(5, 9), slice(-100, 2), slice(1, 0),
    ..., (..., 0), (..., slice(1, 3)), (0, ...), (None, 0), (slice(None), None), (..., None), (slice(None), 0), None,
    (slice(None), slice(1, None), -1), (1, slice(None, None, 3)), (slice(None), slice(None), slice(2, 3)), (0, 1, 2),
    2, -3, (0, 3), (0, 0, 4), (0, 0, 0, 0), (slice(None), -4), (), (..., -1, None), (0, ..., 0), (slice(1, 2), ..., slice(1, 2)),
    (-1, -1, -1), (None, None, 1), (..., 4), (..., -5), (0, 1, ..., 2), (0, 0, ..., 0, 0), (slice(None, None, -1),),
    slice(None, None, 0), (..., slice(None, None, -2)), (None, 2), (slice(None), slice(None), slice(None), slice(None)),
)  # fmt: skip
# Keys for tensors without dimensions, of size 0 and of size 1, and of many dimensions; and far out of range.
EDGES: tuple[tuple[tuple[int, ...], tuple[Any, ...]], ...] = (
    ((), (..., (), None, (None, None), (..., None), 0, -1, FULL, (..., 0))),
    ((0,), (..., FULL, slice(None, None, 2), slice(-1, None), slice(1, 3), 0, -1, None)),
    ((1,), (0, -1, 1, -2, slice(1, None), slice(0, 1), slice(-5, 5), slice(None, None, 3))),
    ((2, 0, 3), (0, (0, FULL, 1), (..., 2), (FULL, 0), (FULL, FULL, 3), 2)),
    ((2, 1, 3, 1, 2), ((1, 0, 2, 0, 1), (..., 0), (0, ..., 1), (FULL, 0), (FULL, -1, ..., 0, FULL), (FULL, 1), (0, 0, 0, 0, 0, 0))),
    # What is left of these in 32 bits would be in range.
    ((3, 4), (2**31, 2**32, -(2**32), (FULL, 2**32 + 1), slice(2**32, None), slice(-(2**32), 2**32 + 1), slice(None, None, 2**32 + 1))),
    ((2, 3, 2, 2, 3, 2), (..., (1, ..., slice(1, 3), 0), (FULL, -1, None, slice(1, None)), (-1, 2, 0, 1, -1, 1), (0,) * 7)),
)  # fmt: skip
ENDS = (None, -7, -5, -2, 0, 1, 3, 5, 9)
STRIDES = (None, 1, 2, 3, 7)
SHAPES: tuple[tuple[int, ...], ...] = (
    (), (5,), (1,), (3, 4), (1, 3), (4, 1), (2, 3, 4), (3, 1, 5), (2, 2, 3, 3), (2, 1, 3, 2, 2), (3, 0, 2), (2, 3, 2, 1, 2, 2),
)  # fmt: skip
# Past the sizes at which libraries change their way of copying.
LARGE: tuple[tuple[int, ...], ...] = (
    (1025,), (32769,), (33, 65), (7, 33, 31), (129, 17), (2, 1025), (16, 16), (17, 9), (6, 5, 6, 5, 6), (9, 7, 9, 8, 9),
)  # fmt: skip
# Layouts in which no two dimensions of any number can be walked as one.
_APART = ("block", "middle stepped")
_MANY = 4
ALL_DTYPES = tuple(DTYPES)


def _row(label: str, shape: tuple[int, ...], layout: Layout, dtype: str, seed: int, *keys: Any) -> tuple[Inputs, ...]:
    """Give inputs with one tensor for each key."""
    made, steps = laid_out(dtype, shape, layout, generator(seed, label))
    return tuple(
        Inputs({"a": made}, {"x": TensorInput("a", steps), "key": PlainInput(encode_plain(key))}) for key in keys
    )


def keys(profile: str, seed: int) -> Iterator[Row]:
    """Ints, slices, None and ellipses, in range and out of it, into a tensor in every layout; the twin takes all of it."""
    dtypes = cycle(ALL_DTYPES)
    shape: tuple[int, ...] = (2, 3, 4)
    for (number, key), (turn, layout) in product(enumerate(KEYS), enumerate(fitting(shape))):
        # What is refused does not depend on the layout: every second is enough.
        if (number + turn + seed) % 2 == 0:
            label = f"{layout.name} {key_text(key)}"
            given, legal = _row(label, shape, layout, next(dtypes), seed, key, ...)
            yield Row(label, given, legal)
    for shape, some in EDGES:
        for key, layout in zip(some, cycle(fitting(shape)), strict=False):
            label = f"{list(shape)} {layout.name} {key_text(key)}"
            given, legal = _row(label, shape, layout, next(dtypes), seed, key, ...)
            yield Row(label, given, legal)


def ints(profile: str, seed: int) -> Iterator[Row]:
    """Indices that are NumPy's ints and 0-d tensors of each dtype, from either end, and out of range; the twin's is 0."""
    shape = (4, 3)
    layouts = fitting(shape)
    for number, (kind, dtype, index) in enumerate(
        product(("NumPy", "tensor"), ("int8", "int16", "int32", "int64", "uint8"), (0, 2, -1, -3, 3))
    ):
        # A byte tensor is a mask.
        if dtype == "uint8" and (index < 0 or kind == "tensor"):
            continue
        layout = layouts[(number + seed) % len(layouts)]
        label = f"{kind} {dtype} {index}, {layout.name}"
        made, steps = laid_out(ALL_DTYPES[(number * 5 + seed) % 12], shape, layout, generator(seed, label))
        given, legal = (_indexed(kind, dtype, one, made, steps) for one in (index, 0))
        yield Row(label, given, legal)


def _indexed(kind: str, dtype: str, index: int, made: Base, steps: tuple[Step, ...]) -> Inputs:
    array = np.array(index, dtype=dtype)
    x = TensorInput("a", steps)
    if kind == "NumPy":
        return Inputs({"a": made}, {"x": x, "i": NumpyScalarInput(dtype, bits_of_array(array))})
    return Inputs({"a": made, "i": Base(dtype, (), bits_of_array(array))}, {"x": x, "i": TensorInput("i")})


def slices(profile: str, seed: int) -> Iterator[Row]:
    """Every start, stop and step, inside and far outside, of a vector, of columns, and of one element or none."""
    random = generator(seed, "slices")
    dtypes = cycle(ALL_DTYPES)
    for shape, before, after in (
        ((5,), (), ()),
        ((2, 5), (FULL,), ()),
        ((5, 2), (), (1,)),
        ((1,), (), ()),
        ((0,), (), ()),
    ):
        for start, stride in product(ENDS, STRIDES):
            if len(shape) == 2 and stride in (1, 7):  # noqa: PLR2004 - a matrix: enough of these by the vector
                continue
            layouts = fitting(shape)
            layout = layouts[int(random.integers(len(layouts)))]
            label = f"{list(shape)} {layout.name} from {start} by {stride}"
            some = [_whole((*before, slice(start, stop, stride), *after)) for stop in (*ENDS, 2**32 + 2)]
            (given,) = _row(label, shape, layout, next(dtypes), seed, some)
            yield Row(label, Inputs(given.bases, {"x": given.arguments["x"], "keys": given.arguments["key"]}))


def _whole(parts: tuple[Any, ...]) -> Any:
    return parts[0] if len(parts) == 1 else parts


def _part(size: int, random: np.random.Generator) -> Any:
    kind = int(random.integers(6))
    if kind < 2 and size:  # noqa: PLR2004 - one key in three
        return int(random.integers(-size, size))
    if kind == 2:  # noqa: PLR2004 - one in six
        return FULL
    start, stop = (None if random.integers(3) == 0 else int(random.integers(-size - 3, size + 4)) for _ in range(2))
    return slice(start, stop, None if random.integers(2) else int(random.integers(1, 4)))


def random_key(shape: tuple[int, ...], random: np.random.Generator) -> Any:
    """Give a key of a part for each dimension, with an ellipsis for some of them and None anywhere.

    One in eight cuts each dimension; of four dimensions and more, one in two, that no two of them can be walked as one.
    """
    if shape and random.integers(2 if len(shape) >= _MANY else 8) == 0:
        return _whole(tuple(slice(*((1, None) if random.integers(2) else (0, max(size - 1, 1)))) for size in shape))
    parts: list[Any] = [_part(size, random) for size in shape]
    if random.integers(2):
        cut = sorted(int(place) for place in random.integers(0, len(parts) + 1, 2))
        parts[cut[0] : cut[1]] = [...]
    elif random.integers(2):
        parts = parts[: int(random.integers(len(parts) + 1))]
    for _ in range(int(random.integers(3))):
        parts.insert(int(random.integers(len(parts) + 1)), None)
    return parts[0] if len(parts) == 1 and random.integers(2) else tuple(parts)


def random_keys(profile: str, seed: int) -> Iterator[Row]:
    """Random keys, four for each shape, layout and dtype."""
    number = 0
    for shape in SHAPES:
        for layout in fitting(shape):
            for _ in range(2):
                label = f"{list(shape)} {layout.name} {number}"
                random = generator(seed, label)
                some = [random_key(shape, random) for _ in range(4)]
                (given,) = _row(label, shape, layout, ALL_DTYPES[number % len(ALL_DTYPES)], seed, some)
                number += 1
                yield Row(label, Inputs(given.bases, {"x": given.arguments["x"], "keys": given.arguments["key"]}))


# --- writing ---

NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 3, 127, 255, 2**24 + 1, 2**31 - 1, 2**53 + 1, 2**63 - 1, -(2**63), True, False, 2.7, -2.7, 0.5, -0.5, 0.0, -0.0,
    1e6, 0.1, 1 / 3, 2.5, -1.5, float("inf"), float("nan"), 65504.0, 1 + 2j, -0.5j,
)  # fmt: skip
_EXACT = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}


def fits(number: complex, dtype: str) -> bool:
    """Say whether a number may be written into a dtype, with one result that is right."""
    if isinstance(number, complex) and kind_of(dtype) != "complex":
        return False
    exact = _EXACT[type(number)]
    array = np.asarray(number, dtype=exact)
    if kind_of(dtype) == "integer" and not _inside(number, dtype):
        return False
    with np.errstate(all="ignore"):
        found = [np.asarray(one) for one in casts.candidates(array, exact, dtype)]
    overflown = kind_of(dtype) in ("float", "complex") and not np.isfinite(found[0]) and np.isfinite(array)
    return not overflown and all(one.tobytes() == found[0].tobytes() for one in found)


def _inside(number: complex, dtype: str) -> bool:
    limits = np.iinfo(dtype)
    real = number.real
    return bool(np.isfinite(real)) and limits.min <= int(real) <= limits.max and not (real < 0 and limits.min == 0)


def _with_key(shape: tuple[int, ...], layout: Layout, dtype: str, random: np.random.Generator, **plain: Any) -> Inputs:
    """Give a base of elements, `x` that shows it, and plain values."""
    made, before = laid_out(dtype, shape, layout, random)
    return with_views(made, before, {}, **plain)


# Places for a number, those of many dimensions and past a vector among them.
_NUMBER_SHAPES: tuple[tuple[int, ...], ...] = (
    (2, 3), (5,), (17,), (2, 1, 3), (3, 4), (2, 3, 2, 2), (1025,), (2, 2, 3, 2, 2), (33, 65), (2, 2, 2, 1, 2, 2), (6, 5, 6, 6, 5),
)  # fmt: skip
NUMBER_SPELLINGS = ("assign", "fill_")
# The dtypes of NumPy's scalars that are written as the numbers that they hold.
_SCALARS = ("int8", "uint8", "int16", "int32", "int64")


def _number_inputs(number: complex, turn: int) -> Iterator[PlainInput | NumpyScalarInput]:
    """Give a number, and each third time the NumPy scalar that holds it too; always of one that float64 does not hold."""
    beyond = isinstance(number, int) and int(float(number)) != number
    yield PlainInput(encode_plain(number))
    if isinstance(number, bool) or (turn % 3 and not beyond):
        return
    held = [dtype for dtype in _SCALARS if isinstance(number, int) and _inside(number, dtype)]
    dtype = held[turn // 3 % len(held)] if held else _EXACT[type(number)]
    yield NumpyScalarInput(dtype, bits_of_array(np.asarray(number, dtype=dtype)))


def number_writes(profile: str, seed: int) -> Iterator[Row]:
    """Every number into every dtype that holds it or cuts it off, at places of every kind; layouts, spellings and kinds take turns."""
    shapes = cycle(_NUMBER_SHAPES)
    turn = seed
    for dtype, number in product(DTYPES, NUMBERS):
        if not fits(number, dtype):
            continue
        turn += 1
        # A tensor without dimensions, too: what is written there often goes another way.
        for spelling, shape in (*((one, next(shapes)) for one in NUMBER_SPELLINGS), ("assign", ())):
            layouts = writable(shape)
            layout = layouts[turn % len(layouts)]
            label = f"{dtype} {list(shape)} {layout.name} = {number!r}, {spelling}"
            random = generator(seed, label)
            # Each number and dtype meet once, so the key must select something.
            keys = (random_key(shape, random) for _ in count())
            key = next(one for one in keys if 0 not in _selected(shape, one))
            given = _with_key(shape, layout, dtype, random, key=key, spelling=spelling)
            for value in _number_inputs(number, turn):
                kind = f" as {value.dtype} of NumPy" if isinstance(value, NumpyScalarInput) else ""
                yield Row(label + kind, Inputs(given.bases, {**given.arguments, "value": value}))


def writable(shape: tuple[int, ...]) -> list[Layout]:
    """Give the layouts in which no two elements share memory."""
    return [layout for layout in fitting(shape) if layout.name != "expanded"]


def _selected(shape: tuple[int, ...], key: Any) -> tuple[int, ...]:
    return numbered(shape, (Step("index", (encode_plain(key),)),)).shape


def values_for(source: str, target: str, number: int, random: np.random.Generator) -> np.ndarray[Any, Any]:
    """Give elements of a dtype that are written into another with one result that is right."""
    if source == target:
        return elements(source, number, random)
    if kind_of(source) == kind_of(target) == "integer":
        limits, ends = np.iinfo(target), edges(source)
        inside = ends[(ends >= limits.min) & (ends <= limits.max)]
        return np.asarray(inside[random.integers(0, len(inside), number)])
    low = 0 if "uint8" in (source, target) or "bool" in (source, target) else -5
    values = random.integers(low, 6, number).astype(np.float64)
    if kind_of(source) in ("float", "complex"):
        values += random.choice([0.0, 0.5, 0.25], number) * np.where(values < 0, -1, 1)
    if source == "float64" and target in ("int32", "int64"):
        # Whole numbers that float32 does not hold.
        values += random.choice([0.0, 2.0**24], number)
    return values.astype(numpy_dtype(source))


# Of these, float32 does not hold all that two of them share, so a write by way of it shows.
INTEGERS = tuple(dtype for dtype in DTYPES if kind_of(dtype) == "integer")


def tensor_writes(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes, with sources that have the shape that is selected, broadcast to it, or have no dimension."""
    places = [(shape, layout) for shape in SHAPES for layout in writable(shape)]
    for number, (target, source) in enumerate(product(DTYPES, DTYPES)):
        if kind_of(source) == "complex" and kind_of(target) != "complex":
            continue
        for turn in range(4 if source == target else 3 if kind_of(source) == kind_of(target) == "integer" else 1):
            shape, layout = places[(number * 7 + turn * 5 + seed) % len(places)]
            yield _tensor_write(f"{target} = {source} {turn}", shape, layout, target, source, seed)
    for number, (shape, layout) in enumerate(places):
        dtype = ("float32", "int64")[(number + seed) % 2]
        yield _tensor_write(f"{dtype} = {dtype}", shape, layout, dtype, dtype, seed)
    for number, (target, source) in enumerate(product(DTYPES, DTYPES)):
        if target != source and kind_of(source) != "complex":
            yield _whole_write(target, source)
            yield _broadcast_write(target, source, ((3, 1), (4,))[(number + seed) % 2], seed)
    for number, shape in enumerate(LARGE):
        layouts = writable(shape)
        dtype = ("int16", "float32", "uint8", "bfloat16")[(number + seed) % 4]
        apart = [layout for layout in layouts if layout.name in _APART]
        for turn in range(2):
            chosen, key = (apart, ...) if len(shape) >= _MANY and turn else (layouts, None)
            layout = chosen[(number * 2 + turn + seed) % len(chosen)]
            yield _tensor_write(f"{dtype} = {dtype}", shape, layout, dtype, dtype, seed, key)


def _whole_write(target: str, source: str) -> Row:
    """Give a write of every edge of a dtype that has one result in another, into a whole tensor."""
    ends = edges(source)
    with np.errstate(all="ignore"):
        found = casts.candidates(ends, source, target)
    one_result = ~casts.undefined(ends, source, target)
    for another in found[1:]:
        one_result &= (another == found[0]) | np.isnan(found[0].astype(np.float64))
    ends = ends[one_result]
    return _written_whole(f"{target} = {source} whole", base_of(source, ends.shape, ends), target, ends.shape)


def _broadcast_write(target: str, source: str, shape: tuple[int, ...], seed: int) -> Row:
    """Give a write of a column or a row of one dtype into a matrix of another."""
    label = f"{target} = {source} {list(shape)}"
    values = values_for(source, target, math.prod(shape), generator(seed, label))
    return _written_whole(label, base_of(source, shape, values), target, (3, 4))


def _written_whole(label: str, value: Base, target: str, shape: tuple[int, ...]) -> Row:
    zeros = np.zeros(shape, dtype=numpy_dtype(target))
    given = inputs_of({"x": base_of(target, shape, zeros), "value": value}, key=...)
    return Row(label, Inputs(given.bases, {**given.arguments, "base": TensorInput("x")}))


def _tensor_write(
    name: str, shape: tuple[int, ...], layout: Layout, target: str, source: str, seed: int, key: Any = None
) -> Row:
    """Give a write into what a key selects, a random one if none is given."""
    random = generator(seed, f"{name} {shape} {layout.name}")
    key = random_key(shape, random) if key is None else key
    selected = _selected(shape, key)
    given = _with_key(shape, layout, target, random, key=key)
    small = broadcast_source(selected, random)
    if random.integers(8) == 0:
        # A write takes more dimensions than it selects, if they are of size 1.
        small = (*(1,) * (len(selected) - len(small) + int(random.integers(1, 3))), *small)
    layouts = reading(small)
    base, steps = _filled(source, target, small, layouts[int(random.integers(len(layouts)))], random)
    label = f"{name}, {list(shape)} {layout.name} {key_text(key)} = {list(small)}"
    return Row(label, Inputs({**given.bases, "value": base}, {**given.arguments, "value": TensorInput("value", steps)}))


def _filled(
    source: str, target: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator
) -> tuple[Base, tuple[Step, ...]]:
    whole = layout.base(shape)
    values = values_for(source, target, math.prod(whole), random).reshape(whole)
    return Base(source, whole, bits_of_array(values)), layout.steps(shape)


def broadcast_source(shape: tuple[int, ...], random: np.random.Generator) -> tuple[int, ...]:
    """Give a shape that broadcasts to another: its own, with sizes of 1, with leading ones left out, or none."""
    kind = int(random.integers(4))
    if kind == 0:
        return tuple(1 if random.integers(2) else size for size in shape)
    if kind == 1:
        return shape[int(random.integers(len(shape) + 1)) :]
    return () if kind == 2 else shape  # noqa: PLR2004 - one in four


REFUSED_WRITES: tuple[tuple[Any, tuple[int, ...]], ...] = (
    (0, (3,)), (FULL, (2, 4)), (..., (5,)), ((FULL, 0), (3,)), ((0, 0), (2,)), (slice(1, 3), (3, 4)), (slice(0, 0), (2, 4)),
    (3, ()), (-4, ()), ((0, 4), ()), ((FULL, -5), (3,)), ((0, 0, 0), ()), (slice(None, None, -1), ()), (slice(None, None, 0), ()),
    ((..., 4), ()), ((None, 3), ()), (3, (4,)), ((FULL, slice(1, 3)), (3, 3)), (2**32, ()), ((0, -(2**32)), (1,)),
)  # fmt: skip


def refused_writes(profile: str, seed: int) -> Iterator[Row]:
    """Keys out of range and values that do not fit, in layouts that take turns; the twin writes one element everywhere."""
    shape = (3, 4)
    layouts = writable(shape)
    for number, (key, size) in enumerate(REFUSED_WRITES):
        for turn in range(2):
            layout = layouts[(number + turn * 3 + seed) % len(layouts)]
            label = f"{layout.name} {key_text(key)} = {list(size)}"
            random = generator(seed, label)
            given = _with_key(shape, layout, "float32", random, key=key)
            value, _ = factor("float32", size, LAYOUTS["dense"], random)
            one, _ = factor("float32", (1,), LAYOUTS["dense"], random)
            legal = _with_key(shape, layout, "float32", random, key=...)
            yield Row(
                label,
                Inputs({**given.bases, "value": value}, {**given.arguments, "value": TensorInput("value")}),
                Inputs({**legal.bases, "value": one}, {**legal.arguments, "value": TensorInput("value")}),
            )


def after_refusals(profile: str, seed: int) -> Iterator[Row]:
    """Keys out of range and values that do not fit, once each, then a number that is written to the same tensor."""
    shape = (3, 4)
    layouts = writable(shape)
    for number, (key, size) in enumerate(REFUSED_WRITES):
        dtype, layout = ALL_DTYPES[(number + seed) % len(ALL_DTYPES)], layouts[(number * 5 + seed) % len(layouts)]
        label = f"{dtype} {layout.name} {key_text(key)} = {list(size)}"
        random = generator(seed, label)
        given = _with_key(shape, layout, dtype, random, key=key, number=True)
        value, _ = factor(dtype, size, LAYOUTS["dense"], random)
        yield Row(label, Inputs({**given.bases, "value": value}, {**given.arguments, "value": TensorInput("value")}))


# Keys of parts of a tensor of shape (4, 4): rows, columns, blocks, elements, all.
_PARTS: tuple[Any, ...] = (
    0, -1, 1, (FULL, 0), (FULL, -1), (FULL, 2), ..., (), slice(0, 1), (FULL, slice(0, 1)), (0, 0), (-1, -1), (0, slice(0, 1)),
    (0, slice(None, 2)), (slice(None, 2), 0), (1, slice(1, None)), (slice(1, None), 1), slice(None, None, 2), (FULL, slice(None, None, 2)),
    slice(0, 2), (FULL, slice(0, 2)), (FULL, None, 0), (slice(0, 2), slice(0, 2)),
)  # fmt: skip
# Pairs that are written in every layout: parts that share no element, and a row onto itself as a matrix of one row.
_EVERYWHERE: tuple[tuple[Any, Any], ...] = (
    (0, 1), (-1, 0), ((FULL, 0), (FULL, 2)), ((FULL, 0), (FULL, -1)), (slice(None, None, 2), slice(1, None, 2)),
    (slice(2, None), slice(None, 2)), ((FULL, slice(None, 2)), (FULL, slice(2, None))), ((0, 0), (3, 3)), ((0, FULL), (1, 0)),
    ((slice(None, 2), slice(2, None)), (slice(2, None), slice(None, 2))), (slice(1, 2), slice(3, 4)), (slice(1, 3), 0),
    ((..., slice(1, 2)), (..., slice(2, 3))), ((FULL, slice(0, 3)), (FULL, slice(3, 4))), (slice(0, 1), 0),
)  # fmt: skip


# Parts of a tensor past the sizes at which libraries change their way of copying, in two layouts each.
_LARGE_SQUARE = (34, 66)
_LARGE_PAIRS: tuple[tuple[Any, Any], ...] = (
    (slice(None, 17), slice(17, None)), (slice(1, None, 2), slice(None, None, 2)), ((FULL, slice(33, None)), (FULL, slice(None, 33))),
    ((FULL, slice(None, None, 2)), (FULL, slice(1, None, 2))), (0, -1), ((FULL, 1), (FULL, 0)), (slice(1, None), 0), (..., ...),
)  # fmt: skip


@cache
def _sharing() -> tuple[tuple[Any, Any], ...]:
    """Give pairs of parts that share elements, each of which is written with its own value: so the order is free."""
    square = np.arange(16).reshape(4, 4)
    found = []
    for target, source in product(_PARTS, _PARTS):
        written, read = np.asarray(square[target]), np.asarray(square[source])
        if np.isin(written, read).any() and may_be_copied(written, read) and (target, source) not in _EVERYWHERE:
            found.append((target, source))
    return tuple(found)


def same_base_writes(profile: str, seed: int) -> Iterator[Row]:
    """Parts of a tensor that are written into other parts of it, and into parts that share elements with them."""
    shape = (4, 4)
    square = np.arange(16).reshape(shape)
    layouts = writable(shape)
    pairs = [(number, pair, layout) for (number, pair), layout in product(enumerate(_EVERYWHERE), layouts)]
    for number, pair in enumerate(_sharing()):
        # The dense layout, in which parts have most strides in common, has a turn of its own.
        others = (layouts[0], layouts[(number + seed) % len(layouts)]) if number % 2 == seed % 2 else (layouts[0],)
        pairs += [(number, pair, layout) for layout in dict.fromkeys(others)]
    for number, (target, source), layout in pairs:
        dtype = ALL_DTYPES[(number + len(layout.name) + seed) % len(ALL_DTYPES)]
        label = f"{dtype} {layout.name} {key_text(target)} = {key_text(source)}"
        inputs = _with_key(shape, layout, dtype, generator(seed, label), target=target, source=source)
        partly = overlaps_partly(np.asarray(square[target]), np.asarray(square[source]))
        yield Row(label, inputs, may_refuse=partly)
    for number, ((target, source), turn) in enumerate(product(_LARGE_PAIRS, range(2))):
        dtype = ALL_DTYPES[(number * 5 + seed) % len(ALL_DTYPES)]
        layout = layouts[(number // 2 + turn * 3 + seed) % len(layouts)]
        label = f"{dtype} {list(_LARGE_SQUARE)} {layout.name} {key_text(target)} = {key_text(source)}"
        inputs = _with_key(_LARGE_SQUARE, layout, dtype, generator(seed, label), target=target, source=source)
        yield Row(label, inputs)


AUGMENTED = ("+=", "-=", "*=", "/=")
# Each shape and operation meets two of these, and each two a shape and two operations.
_OPERANDS = (("number", "broadcast"), ("tensor", "0-d"))


def augmented(profile: str, seed: int) -> Iterator[Row]:
    """A part of a tensor changed in place by a number, a tensor, or one that broadcasts."""
    number = seed
    for turn, (shape, operation) in enumerate(product(SHAPES, AUGMENTED)):
        for kind in _OPERANDS[(turn + turn // len(AUGMENTED) + seed) % 2]:
            dtype = _changed_by(operation, ALL_DTYPES[number % len(ALL_DTYPES)])
            number += 1
            layouts = writable(shape)
            layout = layouts[number % len(layouts)]
            random = generator(seed, f"{shape} {operation} {kind}")
            key = random_key(shape, random)
            label = f"{dtype} {list(shape)} {layout.name} {key_text(key)} {operation} {kind}"
            yield Row(label, _augmented(dtype, shape, layout, random, key, operation, kind))
    for layout, operation, kind in product(writable((3, 4)), AUGMENTED, ("number", "tensor")):
        key = ((..., slice(None, None, 2)), (FULL, 1), slice(1, None))[number % 3]
        dtype = _changed_by(operation, ("int64", "float32", "uint8", "bfloat16", "float64", "int8")[number // 3 % 6])
        number += 1
        label = f"{dtype} {layout.name} {key_text(key)} {operation} {kind}"
        yield Row(label, _augmented(dtype, (3, 4), layout, generator(seed, label), key, operation, kind))


# What is divided in place instead of what would give another dtype, or quotients that are judged within a bound.
_QUOTIENTS = {"bool": "bfloat16", "integer": "float64", "complex": "float16"}


def _changed_by(operation: str, dtype: str) -> str:
    """Give a dtype, or one that an operation may change in place, with one result that is right."""
    if operation == "/=":
        return _QUOTIENTS[kind_of(dtype) or ""] if kind_of(dtype) != "float" else dtype
    if (dtype == "bool" and operation == "-=") or (kind_of(dtype) == "complex" and operation == "*="):
        return "int16"
    return dtype


def _augmented(
    dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator, key: Any, operation: str, kind: str
) -> Inputs:
    made, before = factor(dtype, shape, layout, random)
    given = with_views(made, before, {}, key=key, operation=operation)
    if kind == "number":
        number = True if dtype == "bool" else 2
        return Inputs(given.bases, {**given.arguments, "value": PlainInput(number)})
    selected = _selected(shape, key)
    size = {"tensor": selected, "0-d": ()}.get(kind, broadcast_source(selected, random))
    layouts = fitting(size)
    value, steps = factor(dtype, size, layouts[int(random.integers(len(layouts)))], random)
    return Inputs({**given.bases, "value": value}, {**given.arguments, "value": TensorInput("value", steps)})


def chained(profile: str, seed: int) -> Iterator[Row]:
    """Keys one after the other, the last of them written through."""
    number = seed
    for shape in SHAPES:
        for layout in writable(shape):
            label = f"{list(shape)} {layout.name}"
            random = generator(seed, label)
            first = random_key(shape, random)
            middle = _selected(shape, first)
            second = random_key(middle, random)
            dtype = ALL_DTYPES[number % len(ALL_DTYPES)]
            number += 1
            whole = f"{dtype} {label} {key_text(first)}{key_text(second)}"
            value = True if dtype == "bool" else 77
            yield Row(whole, _with_key(shape, layout, dtype, random, first=first, second=second, value=value))


def several_writes(profile: str, seed: int) -> Iterator[Row]:
    """Several writes of numbers to different places of one tensor, elements, rows and columns."""
    number = seed
    for shape in (shape for shape in SHAPES if 0 not in shape):
        for layout in writable(shape):
            dtype = ALL_DTYPES[number % len(ALL_DTYPES)]
            number += 1
            label = f"{dtype} {list(shape)} {layout.name}"
            random = generator(seed, label)
            some = [_place(shape, random) for _ in range(4)]
            numbers = [True, False, True, True] if dtype == "bool" else [1, 3, 2, 5]
            writes = list(zip(some, numbers, strict=True))
            yield Row(label, _with_key(shape, layout, dtype, random, writes=writes))


def _place(shape: tuple[int, ...], random: np.random.Generator) -> Any:
    """Give the key of an element, or of what the first ints of one select."""
    parts = tuple(int(random.integers(-size, size)) for size in shape)
    some = parts[: int(random.integers(1, len(parts) + 1))] if parts else (...,)
    return some[0] if len(some) == 1 else some


def rows(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every rank and layout, to be walked over; the twin of one without dimensions has one."""
    number = seed
    for shape in (*SHAPES, (33, 2)):
        for layout in fitting(shape)[:: 4 if shape == (33, 2) else 1]:
            if shape and overlaps(numbered(layout.base(shape), layout.steps(shape))):
                continue
            dtype = ALL_DTYPES[number % len(ALL_DTYPES)]
            number += 1
            label = f"{dtype} {list(shape)} {layout.name}"
            random = generator(seed, label)
            value = True if dtype == "bool" else 77
            legal = _with_key((2,), LAYOUTS["dense"], dtype, random, value=value)
            yield Row(label, _with_key(shape, layout, dtype, random, value=value), None if shape else legal)
