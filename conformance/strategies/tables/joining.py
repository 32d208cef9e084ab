"""Tables of tensors that are joined."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from conformance.program import Base, Inputs, PlainInput, TensorInput
from conformance.strategies.layouts import fitting
from conformance.strategies.rows import Row
from conformance.strategies.values import base, generator

if TYPE_CHECKING:
    from collections.abc import Iterator

from conformance.strategies.tables.making import factor, inputs_of

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
            bases[name], steps = factor(dtype, shape, places[int(random.integers(len(places)))], random)
            arguments[name] = TensorInput(name, steps)
        plain = {"number": PlainInput(len(shapes)), "dim": PlainInput(dim)}
        legal = {name: base("float32", (2, 3), random, small=True) for name in "xyz"}
        yield Row(label, Inputs(bases, {**arguments, **plain}), inputs_of(legal, number=2, dim=0))
