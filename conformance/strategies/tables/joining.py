"""Tables of tensors that are joined."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of
from conformance.program import Base, Inputs, PlainInput, TensorInput, encode_plain
from conformance.strategies.layouts import ALL, reading, writing
from conformance.strategies.rows import Row
from conformance.strategies.tables import sharing
from conformance.strategies.tables.making import inputs_of, laid_out
from conformance.strategies.values import base, generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

JOINED: tuple[tuple[tuple[tuple[int, ...], ...], int], ...] = (
    (((2, 3), (2, 3)), 0), (((2, 3), (4, 3)), 0), (((2, 3), (2, 1)), 1), (((2, 3), (2, 1)), -1), (((3,), (2,), (4,)), 0),
    (((2, 3), (0, 3)), 0), (((0,), (2, 3)), 1), (((2, 3), (0,)), 0), (((2, 1, 3), (2, 4, 3)), -2), (((1, 1), (1, 1)), 1),
    (((2, 3), (2, 4)), 0), (((2, 3), (3,)), 0), (((2, 3), (2, 3)), 2), (((2, 3), (2, 3)), -3), (((), (1,)), 0),
    (((33, 5), (1, 5), (31, 5)), 0), (((2, 3),), 1), (((2, 3), (2, 0)), 1), (((2, 0), (2, 0)), 0), (((0, 3), (0, 3)), 1),
    (((1, 3), (1, 3), (1, 3)), 0), (((3, 1), (3, 1), (3, 1)), 1), (((3, 1), (3, 1), (3, 1)), 0), (((1,), (1,)), -1),
    (((2, 3), (1, 3)), 1), (((2, 3), (1, 0)), 0), (((2, 3, 4), (2, 3, 4)), -3), (((2, 3, 4), (2, 4, 3)), 0),
)  # fmt: skip

# Shapes of up to three tensors, which of them are joined, and along which dim.
Joint = tuple[list[tuple[int, ...]], tuple[int, ...], int]

JOINED_DTYPES = (
    ("float32", "float32", "float32"), ("int64", "float32", "int64"), ("uint8", "int8", "uint8"), ("bool", "int32", "bool"),
    ("float16", "bfloat16", "float16"), ("int32", "float64", "bool"), ("float32", "complex64", "int8"), ("int8", "int64", "int16"),
)  # fmt: skip
# Which of three tensors are joined: several, the same more than once, and more than the 64 or 128 that some libraries take at once.
ORDERS: tuple[tuple[int, ...], ...] = (
    (0,), (0, 0), (1, 0), (2, 1, 0), (0, 1, 2, 0), (0, 1, 0, 1, 2), (2, 2, 2, 1, 1, 0), (0, 1, 2) * 3, (1, 2, 0) * 6, (0, 1, 2) * 22, (2, 0, 1) * 43,
)  # fmt: skip
SPELLINGS = ("plain", "keyword", "concat", "named", "concat, named")
RANKS: tuple[tuple[int, ...], ...] = (
    (3,),
    (2, 3),
    (3, 1),
    (2, 3, 4),
    (2, 1, 3),
    (2, 3, 2, 2),
    (1, 2, 1, 3, 2),
    (2, 2, 3, 1, 2, 2),
)
# Past the sizes at which libraries change their way of joining.
LARGE: tuple[tuple[tuple[tuple[int, ...], ...], int], ...] = (
    (((1025,), (1023,)), 0), (((32769,), (5,)), 0), (((33, 1025), (33, 1)), 1), (((129, 65), (129, 65)), -1), (((129, 65), (2, 65)), 0),
    (((7, 33, 31), (7, 1, 31)), 1), (((17, 9, 33), (17, 9, 15)), 2), (((16,), (17,), (15,)), 0), (((8, 8), (8, 9)), 1), (((3, 400), (3, 300)), -1),
)  # fmt: skip
SOME_DTYPES = (
    "float32",
    "int64",
    "uint8",
    "bool",
    "float16",
    "bfloat16",
    "complex64",
    "int16",
    "float64",
    "int8",
    "int32",
    "complex128",
)


def _inputs(
    shapes: Sequence[tuple[int, ...]],
    dtypes: Sequence[str],
    random: np.random.Generator,
    *,
    apart: bool = False,
    dense: bool = False,
    **plain: Any,
) -> Inputs:
    """Give three tensors (the first one again where fewer are named) in layouts that are drawn or dense, and plain values."""
    bases: dict[str, Base] = {}
    arguments: dict[str, Any] = {}
    filled = [*shapes, *shapes, *shapes]
    for name, shape, dtype in zip("xyz", filled, dtypes, strict=False):
        places = [ALL["dense"]] if dense else writing(shape) if apart else reading(shape)
        bases[name], steps = laid_out(dtype, shape, places[int(random.integers(len(places)))], random)
        arguments[name] = TensorInput(name, steps)
    return Inputs(bases, {**arguments, **{name: PlainInput(encode_plain(value)) for name, value in plain.items()}})


def _row(
    label: str,
    shapes: Sequence[tuple[int, ...]],
    dtypes: Sequence[str],
    seed: int,
    order: tuple[int, ...],
    dim: int,
    spelling: str,
) -> Row:
    random = generator(seed, label)
    given = _inputs(shapes, dtypes, random, order=order, dim=dim, spelling=spelling)
    legal = _inputs([(2, 3)], ["float32"] * 3, random, order=(0, 1), dim=0, spelling=spelling)
    return Row(label, given, legal)


def _uneven(shape: tuple[int, ...], dim: int) -> list[tuple[int, ...]]:
    """Give three shapes that differ along a dim, if there is such a one."""
    if not -len(shape) <= dim < len(shape):
        return [shape]
    sizes = (shape[dim], shape[dim] + 1, 1)
    return [tuple(size if place == dim % len(shape) else one for place, one in enumerate(shape)) for size in sizes]


def joined(profile: str, seed: int) -> Iterator[Row]:
    """One to 66 tensors of one dtype and of several, in every layout, along every dim; the twin joins equal ones."""
    number = seed
    for (shapes, dim), dtypes in product(JOINED, JOINED_DTYPES):
        number += 1
        if number % 2 and dtypes != JOINED_DTYPES[0]:
            continue
        spelling = SPELLINGS[number // 2 % len(SPELLINGS)]
        label = f"{' '.join(dtypes)} of {[list(shape) for shape in shapes]} along {dim} {spelling}"
        yield _row(label, shapes, dtypes, seed, tuple(range(len(shapes))), dim, spelling)
    for shape in RANKS:
        for dim in range(-len(shape) - 1, len(shape) + 1):
            for turn in range(2):
                number += 1
                order, spelling = ORDERS[number * 3 % len(ORDERS)], SPELLINGS[number % len(SPELLINGS)]
                # The second time of other sizes along the dim, and of more than one dtype.
                parts = _uneven(shape, dim) if turn else [shape]
                dtypes = JOINED_DTYPES[number // 2 % 8] if turn else (SOME_DTYPES[number % len(SOME_DTYPES)],) * 3
                label = (
                    f"{' '.join(dtypes) if turn else dtypes[0]} of {list(shape)} along {dim}, {len(order)} from {order[0]}, "
                    f"{spelling}, {number - seed}"
                )
                yield _row(label, parts, dtypes, seed, order, dim, spelling)
    for number, (shape, order) in enumerate(product(RANKS, ((2, 0, 1), (0, 2), (2, 1)))):
        for dim in range(len(shape)):
            dtype = SOME_DTYPES[(number + dim + seed) % len(SOME_DTYPES)]
            label = f"dense {dtype} of {list(shape)}, one of size 1, along {dim}, from {order[0]}"
            given = _inputs(
                _uneven(shape, dim),
                (dtype,) * 3,
                generator(seed, label),
                dense=True,
                order=order,
                dim=dim,
                spelling="plain",
            )
            yield Row(label, given)
    for (shapes, dim), dtypes in product(LARGE, (("float32", "float32", "float32"), ("uint8", "uint8", "uint8"))):
        label = f"{dtypes[0]} of {[list(shape) for shape in shapes]} along {dim}"
        yield _row(label, shapes, dtypes, seed, tuple(range(len(shapes))), dim, "plain")
    for turn, (text, layout, first, second, _) in enumerate(sharing.reads(seed, 4, sharing.joins)):
        dtype = SOME_DTYPES[(turn + seed) % len(SOME_DTYPES)]
        made, before = laid_out(dtype, sharing.SQUARE, layout, generator(seed, text))
        arguments: dict[str, Any] = {
            "x": TensorInput("a", (*before, *first)), "y": TensorInput("a", (*before, *second)),
            "z": TensorInput("a", before), "order": PlainInput(encode_plain((0, 1, 0))), "dim": PlainInput(0),
            "spelling": PlainInput(SPELLINGS[turn % len(SPELLINGS)]),
        }  # fmt: skip
        yield Row(f"{dtype}, {text}", Inputs({"a": made}, arguments))


def mixed(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes, with elements and without, the empty ones of any number of dimensions and of one."""
    kinds = (((2, 3), (2, 3), 1), ((2, 3), (0, 3), 0), ((2, 3), (0,), 0), ((4,), (3,), -1))
    for number, (one, other) in enumerate(product(DTYPES, DTYPES)):
        for turn in range(2):
            left, right, dim = kinds[(number + turn * (1 + seed % 3) + seed) % len(kinds)]
            label = f"{one} {list(left)} with {other} {list(right)}"
            random = generator(seed, label)
            bases = {"x": base(one, left, random, small=kind_of(one) == "complex"), "y": base(other, right, random)}
            yield Row(label, inputs_of(bases, dim=dim))


def copied(profile: str, seed: int) -> Iterator[Row]:
    """One to nine tensors, of which some are empty, whose elements are written after they are joined."""
    cases: tuple[Joint, ...] = (
        ([(2, 3)], (0,), 0), ([(2, 3)], (0,), 1), ([(3,)], (0,), -1), ([(2, 3), (0, 3), (0, 3)], (0, 1), 0), ([(2, 3), (0,), (0,)], (1, 0), 1),
        ([(2, 3)], (0, 1, 2), 0), ([(2, 3)], (0, 0), 0), ([(2, 3, 2)], (0, 1), -1), ([(1, 1)], (0,), 0), ([(17, 33)], (0,), 0), ([(0, 3)], (0,), 1),
        ([(2, 3)], (0, 1, 2) * 3, 1),
    )  # fmt: skip
    for number, (shapes, order, dim) in enumerate(cases):
        for turn in range(3):
            dtype = SOME_DTYPES[(number * 3 + turn + seed) % len(SOME_DTYPES)]
            label = f"{dtype} {len(order)} from {order[0]} of {[list(shape) for shape in shapes]} along {dim}"
            value = False if dtype == "bool" else 7
            yield Row(
                label,
                _inputs(shapes, [dtype] * 3, generator(seed, label), apart=True, order=order, dim=dim, value=value),
            )


# Dtypes of the same category or a higher one, into which a result is written; others stay as they are.
_OUT_DTYPES = {
    "float32": "float64", "int16": "int64", "bool": "int8", "uint8": "float32", "int64": "int32", "float16": "complex64", "complex128": "complex64",
}  # fmt: skip


def into(profile: str, seed: int) -> Iterator[Row]:
    """Tensors to join into one that is there, of the right shape, in every layout, of the same dtype or another."""
    cases: tuple[Joint, ...] = (
        ([(2, 3)], (0, 1), 0),
        ([(2, 3)], (0, 1, 2), 1),
        ([(3,)], (0, 1), 0),
        ([(2, 3), (2, 1), (2, 2)], (0, 1, 2), -1),
        ([(33, 4)], (0, 1), 0),
        ([(2, 2, 3, 2, 2), (2, 2, 1, 2, 2), (2, 2, 2, 2, 2)], (0, 1, 2, 0), -3),
    )
    for number, (shapes, order, dim) in enumerate(cases):
        filled = [*shapes, *shapes, *shapes]
        shape = np.concatenate([np.zeros(filled[place]) for place in order], axis=dim).shape
        for turn, layout in enumerate(writing(shape)):
            dtype = SOME_DTYPES[(number * 5 + turn + seed) % len(SOME_DTYPES)]
            wider = _OUT_DTYPES.get(dtype, dtype)
            label = f"{dtype} into {wider} {list(shape)} {layout.name} along {dim} of {len(order)}"
            random = generator(seed, label)
            given = _inputs(shapes, [dtype] * 3, random, order=order, dim=dim)
            made, steps = laid_out(wider, shape, layout, random)
            arguments = {"base": TensorInput("base"), "out": TensorInput("base", steps), **given.arguments}
            yield Row(label, Inputs({"base": made, **given.bases}, arguments))
