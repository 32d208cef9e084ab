"""Tables of what is read of a tensor: its sizes, its length, its elements as Python's numbers."""

from __future__ import annotations

import math
from itertools import cycle, islice, product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import (
    Argument,
    Base,
    Inputs,
    PlainInput,
    Step,
    TensorInput,
    bits_of_array,
    decode_plain,
    encode_plain,
)
from conformance.reference.tensor import dense
from conformance.strategies.covering import pairwise
from conformance.strategies.layouts import fitting, writing
from conformance.strategies.rows import Row
from conformance.strategies.tables.making import inputs_of
from conformance.strategies.values import edges, elements, generator, is_subnormal, subnormal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.strategies.layouts import Layout

SHAPES: tuple[tuple[int, ...], ...] = (
    (), (1,), (5,), (2, 3), (1, 3), (3, 1), (2, 1, 3), (2, 3, 4), (0,), (2, 0), (0, 3), (2, 0, 3), (1, 1, 1),
    (2, 1, 3, 2), (1, 2, 1, 2, 1), (2, 1, 3, 2, 1, 2),
)  # fmt: skip
REAL = tuple(name for name in DTYPES if kind_of(name) != "complex")


def any_elements(dtype: str, number: int, random: np.random.Generator) -> Any:
    """Give elements as `values.elements` does, of complex dtypes with parts that are as wild as floats."""
    if kind_of(dtype) != "complex":
        return elements(dtype, number, random)
    part = "float32" if dtype == "complex64" else "float64"
    return elements(part, 2 * number, random).view(dtype)


def filled(dtype: str, shape: tuple[int, ...], random: np.random.Generator) -> Base:
    """Give a base of such elements."""
    return Base(dtype, shape, bits_of_array(any_elements(dtype, math.prod(shape), random).reshape(shape)))


def seen_through(
    dtype: str, shape: tuple[int, ...], layout: Layout, random: np.random.Generator
) -> tuple[Base, tuple[Step, ...]]:
    """Give a base of such elements and the steps through which it is seen in the layout."""
    return filled(dtype, layout.base(shape), random), layout.steps(shape)


def _row(label: str, dtype: str, shape: tuple[int, ...], layout: Layout, seed: int, twin: Inputs | None = None) -> Row:
    made, steps = seen_through(dtype, shape, layout, generator(seed, label))
    return Row(label, Inputs({"a": made}, {"x": TensorInput("a", steps)}), twin)


def _legal(dtype: str, shape: tuple[int, ...], **plain: Any) -> Inputs:
    ones = np.ones(shape).astype(numpy_dtype(dtype))
    return inputs_of({"x": Base(dtype, shape, bits_of_array(ones))}, **plain)


def shaped(profile: str, seed: int) -> Iterator[Row]:
    """Every shape in every layout, of dtypes in turn; the twin of a 0-d tensor is a vector."""
    dtypes = cycle(DTYPES)
    for shape in SHAPES:
        for layout in fitting(shape):
            dtype = next(dtypes)
            twin = None if shape else _legal(dtype, (1,))
            yield _row(f"{dtype} {list(shape)} {layout.name}", dtype, shape, layout, seed, twin)


# So many layouts of each shape, in turn, where little hangs on them.
SOME_LAYOUTS = 4


def shaped_some(profile: str, seed: int) -> Iterator[Row]:
    """Every shape in some layouts, dense first, of dtypes in turn; the twin of a 0-d tensor is a vector."""
    rows = list(shaped(profile, seed))
    for number, shape in enumerate(SHAPES):
        own = [row for row in rows if f" {list(shape)} " in row.label]
        further = own[1:]
        chosen = (
            {1 + (number * SOME_LAYOUTS + turn) % len(further) for turn in range(SOME_LAYOUTS - 1)}
            if further
            else set()
        )
        yield from (row for place, row in enumerate(own) if place in {0, *chosen})


def size_dims(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every rank with every dim from -n-2 to n+1; the twin takes dim 0 of a vector."""
    for shape in SHAPES:
        for dim in range(-len(shape) - 2, len(shape) + 2):
            label = f"{list(shape)} dim {dim}"
            tensor = {"x": filled("float32", shape, generator(seed, label))}
            yield Row(label, inputs_of(tensor, dim=dim), _legal("float32", (3,), dim=0))


ONE_ELEMENT: tuple[tuple[int, ...], ...] = ((), (1,), (1, 1, 1))


def single(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of one element: every dtype in every shape and layout."""
    for dtype, shape in product(DTYPES, ONE_ELEMENT):
        for layout in fitting(shape):
            yield _row(f"{dtype} {list(shape)} {layout.name}", dtype, shape, layout, seed)


def single_some(profile: str, seed: int) -> Iterator[Row]:
    """Every second of them: each dtype in each shape, and in some layouts."""
    yield from islice(single(profile, seed), 0, None, 2)


def several(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of no element or of several; the twin has one."""
    for place, dtype in enumerate(DTYPES):
        shapes: tuple[tuple[int, ...], ...] = ((2,), (0,), (1, 2), (2, 0), (3, 1), (17,))
        for shape in (shapes[place % 6], shapes[(place + 1) % 6]):
            label = f"{dtype} {list(shape)}"
            tensor = {"x": filled(dtype, shape, generator(seed, label))}
            yield Row(label, inputs_of(tensor), _legal(dtype, (1,)))


def one_or_several(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of one element, of none and of several, and the type of number wanted of each."""
    shapes: tuple[tuple[int, ...], ...] = ((), (1, 1), (2,), (0,), (1, 2), (2, 0))
    for dtype, shape, kind in product(("float32", "int64"), shapes, ("int", "float", "complex")):
        yield Row(f"{kind} of {dtype} {list(shape)}", _legal(dtype, shape, kind=kind))


def vectors(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype in every layout of a vector of all of its edges."""
    for dtype in DTYPES:
        special = edges(dtype)
        if kind_of(dtype) == "float":
            special = special[~is_subnormal(special)]
        # Steps of two through an odd number of edges, again and again, meet them all.
        length = len(special) + 1 - len(special) % 2
        for layout in fitting((length,)):
            shape = layout.base((length,))
            values = np.resize(special, shape)
            if layout.name == "expanded":
                values = generator(seed, dtype).permutation(special)[:1]
            base = Base(dtype, shape, bits_of_array(values))
            seen = TensorInput("a", layout.steps((length,)))
            yield Row(f"{dtype} {layout.name}", Inputs({"a": base}, {"x": seen}))


FLOATS = ("float16", "bfloat16", "float32", "float64")


def subnormals(profile: str, seed: int) -> Iterator[Row]:
    """Subnormal floats of every dtype in every layout, and one alone."""
    for dtype, shape in product(FLOATS, ((2, 3), (9,), ())):
        for layout in writing(shape):
            label = f"{dtype} {list(shape)} {layout.name}"
            whole = layout.base(shape)
            values = subnormal(dtype, math.prod(whole), generator(seed, label)).reshape(whole)
            yield Row(
                label,
                Inputs({"a": Base(dtype, whole, bits_of_array(values))}, {"x": TensorInput("a", layout.steps(shape))}),
            )


LIST_SHAPES: tuple[tuple[int, ...], ...] = (
    (), (3,), (1,), (17,), (2, 3), (2, 1, 2), (2, 3, 2), (2, 1, 2, 2), (0,), (2, 0), (0, 2), (2, 0, 3), (33,), (1025,),
    (2, 1, 2, 3, 2, 2),
)  # fmt: skip


def lists(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype with every shape and layout, and every shape with every layout that it can have."""
    axes = {"shape": LIST_SHAPES, "layout": fitting((2, 2, 2)), "dtype": tuple(DTYPES)}
    for chosen in pairwise(axes, lambda row: len(row["shape"]) >= row["layout"].least):
        shape, layout, dtype = chosen["shape"], chosen["layout"], chosen["dtype"]
        yield _row(f"{dtype} {list(shape)} {layout.name}", dtype, shape, layout, seed)


_FINITE = (0.0, -0.0, 1.0, 2.75, -2.75, 100.0, 0.1, -1.0, 1e-3)


def finite(profile: str, seed: int) -> Iterator[Row]:
    """One finite real number of every dtype: whole and not, of either sign, as large as the dtype goes."""
    for dtype in REAL:
        values = list(edges(dtype)) if kind_of(dtype) != "float" else [*_FINITE, _largest(dtype)]
        for place, value in enumerate(values):
            shape = ONE_ELEMENT[place % 3]
            layouts = fitting(shape)
            layout = layouts[(place + len(dtype)) % len(layouts)]
            yield Row(f"{dtype} {value!s} {list(shape)} {layout.name}", _alone(dtype, shape, layout, value))


def _alone(dtype: str, shape: tuple[int, ...], layout: Layout, value: Any, **plain: Any) -> Inputs:
    """Give a tensor that shows one number, and no other of its base: all else there is 2, or for bools the opposite."""
    whole = dense(np.full(layout.base(shape), 2 if dtype != "bool" else not value).astype(numpy_dtype(dtype)), dtype)
    shown = whole
    for step in layout.steps(shape):
        args = [decode_plain(part, str) for part in step.args]
        shown = shown[args[0]] if step.op == "index" else getattr(shown, step.op)(*args)
    shown.array()[...] = np.asarray(value).astype(numpy_dtype(dtype))
    base = Base(dtype, layout.base(shape), bits_of_array(whole.array()))
    given: dict[str, Argument] = {name: PlainInput(encode_plain(one)) for name, one in plain.items()}
    return Inputs({"x": base}, {"x": TensorInput("x", layout.steps(shape)), **given})


def _largest(dtype: str) -> Any:
    import ml_dtypes

    return ml_dtypes.finfo(numpy_dtype(dtype)).max


def indices(profile: str, seed: int) -> Iterator[Row]:
    """Indices from integer tensors of one element; floats and several elements have a twin."""
    legal = _legal("int64", ())
    layouts = cycle(range(7))
    for dtype, shape in product(DTYPES, ((), (1,), (1, 1), (2,), (0,))):
        if dtype != "bool":
            number = next(layouts)
            layout = fitting(shape)[number % len(fitting(shape))]
            yield Row(f"{dtype} {list(shape)} {layout.name}", _alone(dtype, shape, layout, number % 2), legal)


def memberships(profile: str, seed: int) -> Iterator[Row]:
    """Numbers that are among the elements and numbers that are not."""
    numbers, turns = cycle((0, 1, 2.5, True, 100)), cycle(range(11))
    for dtype, shape in product(REAL, ((), (3,), (2, 3), (0,), (33,))):
        # Three of five numbers: each shape meets all of them, and so does each dtype.
        for number in (next(numbers), next(numbers), next(numbers)):
            layouts = fitting(shape)
            layout = layouts[next(turns) % len(layouts)]
            size = layout.base(shape)
            whole = np.arange(math.prod(size)).reshape(size)
            whole = (whole % 2 if dtype == "bool" else whole).astype(numpy_dtype(dtype))
            if kind_of(dtype) == "float" and whole.size > 1:
                # What is no number lies beside those that are.
                whole.reshape(-1)[-1] = (math.nan, math.inf)[len(shape) % 2]
            given: dict[str, Argument] = {
                "x": TensorInput("x", layout.steps(shape)),
                "number": PlainInput(encode_plain(number)),
            }
            inputs = Inputs({"x": Base(dtype, size, bits_of_array(whole))}, given)
            yield Row(f"{number!r} in {dtype} {list(shape)} {layout.name}", inputs)
    for dtype, large in (("int64", 2**53 + 1), ("int64", 2**63 - 1), ("int64", -(2**24) - 1), ("int32", 2**24 + 1)):
        tensor = {"x": Base(dtype, (2,), bits_of_array(np.array([5, large], dtype=numpy_dtype(dtype))))}
        for number in (large, large - 1):
            yield Row(f"{number} in {dtype} of 5 and {large}", inputs_of(tensor, number=number))


def encoded(label: str, **plain: Any) -> Row:
    """Give a row of plain values; one called `dtype` is a dtype's name, or None."""
    arguments: dict[str, Argument] = {
        name: PlainInput({"dtype": value} if name == "dtype" and value is not None else encode_plain(value))
        for name, value in plain.items()
    }
    return Row(label, Inputs({}, arguments))
