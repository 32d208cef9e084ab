"""Tables of arithmetic, promotion and casts: dtype pairs, numbers, layouts, shapes that broadcast."""

from __future__ import annotations

from itertools import cycle, product
from typing import TYPE_CHECKING

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import Base, Inputs, PlainInput, TensorInput, bits_of_array, encode_plain
from conformance.reference.promotion import Operand, UnknownResultError, category, result_type
from conformance.strategies.layouts import LAYOUTS, fitting
from conformance.strategies.rows import Row
from conformance.strategies.values import base, generator, near_the_smallest

if TYPE_CHECKING:
    from collections.abc import Iterator

from conformance.strategies.tables.making import inputs_of, laid_out

OPERATIONS = ("add", "sub", "mul", "div")

NUMBERS = (True, 3, 2.5, 0.1, 1 + 2j)

SHAPES = ((17,), (3, 5), (2, 3, 4), (33,), (4, 1, 3), (1025,), (1, 7), (2, 0, 3), (5, 1), (2, 1, 2, 3))

BROADCASTS = (
    ((3, 1), (1, 4)), ((2, 3), (3,)), ((3,), (2, 3)), ((1,), (5,)), ((4, 1, 3), (2, 1)), ((2, 3), ()), ((), (4,)),
    ((1, 1), (3, 2)), ((0,), (1,)), ((3, 1), (1, 0)), ((2, 1, 1, 3), (4, 1, 1)), ((40, 30, 1), (1, 33)), ((1,), ()),
)  # fmt: skip


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
    twin = inputs_of(bases, operation="add") if refused else None
    return Row(label, inputs_of(bases, operation=operation), twin)


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
            built = [laid_out(dtype, shape, layout, random) for layout in chosen]
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
        yield Row(label, inputs_of(bases, operation=operation))


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
