"""Tables of keys."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from conformance.program import Inputs, PlainInput, TensorInput, encode_plain
from conformance.strategies.layouts import fitting
from conformance.strategies.rows import Row
from conformance.strategies.values import generator

if TYPE_CHECKING:
    from collections.abc import Iterator

from conformance.strategies.tables.making import laid_out

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
        made, steps = laid_out("int32", shape, layout, generator(seed, label))
        given, legal = (
            Inputs({"a": made}, {"x": TensorInput("a", steps), "key": PlainInput(encode_plain(one))})
            for one in (key, 0)
        )
        yield Row(label, given, legal)
