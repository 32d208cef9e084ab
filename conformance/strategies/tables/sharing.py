"""Tables of two operands in one memory: how they lie to each other, and the ways to use both."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from functools import cache
from itertools import product
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of
from conformance.strategies.layouts import LAYOUTS, Layout, writing
from conformance.strategies.rows import Row
from conformance.strategies.tables.making import factor
from conformance.strategies.tables.steps import FULL, numbered, shown, step, with_views
from conformance.strategies.values import generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from conformance.program import Inputs, Step

# How two operands lie to each other in one memory.
RELATIONS = ("the same", "same start", "some elements", "none")

SQUARE = (4, 4)
# Parts of a square of 4, of which many begin at one element, or share some of theirs, and have other strides.
PARTS: tuple[tuple[Step, ...], ...] = (
    (), (step("t"),), (step("index", 0),), (step("index", (FULL, 0)),), (step("index", slice(0, 1)),), (step("index", (FULL, slice(0, 1))),),
    (step("index", -1),), (step("index", (FULL, -1)),), (step("index", 1),), (step("index", (FULL, 2)),), (step("index", (0, 0)),),
    (step("index", (0, slice(0, 1))),), (step("index", slice(None, None, 2)),), (step("index", (FULL, slice(None, None, 2))),),
    (step("index", slice(0, 2)),), (step("index", (FULL, slice(0, 2))),), (step("index", slice(1, 3)),), (step("index", (1, slice(1, None))),),
    (step("index", (slice(1, None), 1)),), (step("index", (-1, -1)),), (step("index", (FULL, slice(0, 2))), step("t")),
    # The diagonal, and others that only a dense square can be seen in.
    (step("view", -1), step("index", slice(None, None, 5))), (step("view", -1), step("index", slice(0, 4))),
    (step("view", 8, 2), step("index", (slice(0, 4), 0))), (step("view", 2, 8), step("index", (0, slice(None, None, 2)))),
)  # fmt: skip


def places(shape: tuple[int, ...], steps: Sequence[Step]) -> NDArray[np.int64]:
    """Give the place in its base of each element that view operations show."""
    seen: NDArray[np.int64] = numbered(shape, steps).array()
    return seen


def hidden(layout: Layout, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Say of each element of a base whether an argument of a shape in a layout does not show it."""
    whole = layout.base(shape)
    unseen = np.ones(math.prod(whole), dtype=np.bool_)
    unseen[places(whole, layout.steps(shape)).ravel()] = False
    return unseen.reshape(whole)


def _within(places: NDArray[Any], others: NDArray[Any]) -> NDArray[np.bool_]:
    """Say which places are among others; they are few, so each is compared with each."""
    found: NDArray[np.bool_] = (places[..., None] == others.ravel()).any(-1)
    return found


def relation(target: NDArray[Any], source: NDArray[Any]) -> str:
    """Say how two views lie to each other: the same, from one element on, sharing some elements, or none."""
    if target.shape == source.shape and (target == source).all():
        return RELATIONS[0]
    if target.ravel()[0] == source.ravel()[0]:
        return RELATIONS[1]
    return RELATIONS[2] if _within(target, source).any() else RELATIONS[3]


def may_be_copied(target: NDArray[Any], source: NDArray[Any]) -> bool:
    """Say whether each element that is both written and read is written with its own value: then the order is free."""
    read = _broadcast(target, source)
    return read is not None and bool((read == target)[_within(target, read)].all())


def may_be_changed(target: NDArray[Any], source: NDArray[Any]) -> bool:
    """Say whether each element that is both written and read is read where it is written, and nowhere else."""
    read = _broadcast(target, source)
    return read is not None and not _within(read[read != target], target).any()


def overlaps_partly(target: NDArray[Any], source: NDArray[Any]) -> bool:
    """Say whether some elements are written and read, and not each where it is: no rule says that a library takes that."""
    read = _broadcast(target, source)
    return read is not None and bool(_within(target, read).any()) and not np.array_equal(target, read)


def _broadcast(target: NDArray[Any], source: NDArray[Any]) -> NDArray[Any] | None:
    try:
        return np.broadcast_to(source, target.shape)
    except ValueError:
        return None


@cache
def parts(layout: str) -> tuple[tuple[tuple[Step, ...], NDArray[np.int64]], ...]:
    """Give the steps of each part that a square in a layout can be seen in, and its elements' places in the base."""
    chosen = LAYOUTS[layout]
    seen: list[tuple[tuple[Step, ...], NDArray[Any]]] = []
    for part in PARTS:
        # A view that the layout's strides do not allow is left out.
        with contextlib.suppress(RuntimeError):
            seen.append((part, places(chosen.base(SQUARE), (*chosen.steps(SQUARE), *part))))
    return tuple(seen)


# `copy_` of a smaller source that lies densely in its target is refused by PyTorch, whose reference names no such rule.
_COPYING = ("assign", "copy_")
WAYS = (*_COPYING, "add_", "augmented", "out", "out of itself", "augmented product")
DTYPES = (
    "int64", "float32", "bool", "uint8", "float16", "complex64", "bfloat16", "int16", "float64", "int8", "int32",
)  # fmt: skip
# Of the pairs of views that share no element, and of those in another layout than a dense one, one in so many.
_APART, _ELSEWHERE = 9, 7


def _permitted(way: str, target: NDArray[Any], source: NDArray[Any]) -> bool:
    """Say whether a way to write has one outcome for two parts.

    A part onto itself with other dimensions of size 1 is left to `indexing.writes-from-the-same-tensor`, which has a
    waiver for it.
    """
    if target.shape != source.shape and np.array_equal(target.squeeze(), source.squeeze()):
        return False
    if way == "assign":
        return may_be_copied(target, source)
    if target.shape != source.shape:
        return False
    return may_be_copied(target, source) if way == "copy_" else may_be_changed(target, source)


def writes(profile: str, seed: int) -> Iterator[Row]:
    """Every two parts of a square that may be written one from the other, in ways, dtypes and layouts that take turns."""
    number = seed
    for layout in (one for one in writing(SQUARE) if one.name in LAYOUTS):
        for place, ((target, written), (source, read)) in enumerate(product(parts(layout.name), repeat=2)):
            related = relation(written, read)
            ways = [way for way in WAYS if _permitted(way, written, read)]
            every = (1 if layout.name == "dense" else _ELSEWHERE) * (_APART if related == "none" else 1)
            if ways and (place + seed) % every == 0:
                number += 1
                label, inputs = _write(
                    layout, target, source, related, ways[number % len(ways)], DTYPES[number % len(DTYPES)], seed
                )
                yield Row(label, inputs, may_refuse=overlaps_partly(written, read))


def _write(
    layout: Layout, target: tuple[Step, ...], source: tuple[Step, ...], related: str, way: str, dtype: str, seed: int
) -> tuple[str, Inputs]:
    # Products of complex numbers are judged within a bound, which what is written must not have.
    dtype = "int16" if kind_of(dtype) == "complex" and way in ("augmented product", "out of itself") else dtype
    texts = [" ".join(shown(one) for one in steps) or "all" for steps in (target, source)]
    label = f"{layout.name} {dtype} {texts[0]} from {texts[1]}, {related}, {way}"
    made, before = factor(dtype, SQUARE, layout, generator(seed, label))
    return label, with_views(made, before, {"view": target, "source": source}, way=way)


Fits = Callable[[tuple[int, ...], tuple[int, ...]], bool]


def reads(
    seed: int, every: int, fits: Fits
) -> Iterator[tuple[str, Layout, tuple[Step, ...], tuple[Step, ...], tuple[tuple[int, ...], ...]]]:
    """Give a label, layout, steps and shapes of every so many of two parts of a square that only are read, where their shapes fit."""
    layouts = [one for one in writing(SQUARE) if one.name in LAYOUTS]
    number = seed
    for (first, one), (second, other) in product(parts("dense"), repeat=2):
        if not fits(one.shape, other.shape) or relation(one, other) == RELATIONS[3]:
            continue
        number += 1
        known = [
            layout
            for layout in layouts
            if all(part in map(itemgetter(0), parts(layout.name)) for part in (first, second))
        ]
        if number % every == 0:
            layout = known[number // every % len(known)]
            texts = [" ".join(shown(step) for step in steps) or "all" for steps in (first, second)]
            yield (
                f"one memory, {layout.name}: {texts[0]} and {texts[1]}",
                layout,
                first,
                second,
                (one.shape, other.shape),
            )


def broadcasts(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Say whether two shapes can be broadcast together."""
    return all(left == right or 1 in (left, right) for left, right in zip(one[::-1], other[::-1], strict=False))


def multiplies(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Say whether tensors of two shapes, of at most two dimensions, have a matrix product."""
    return bool(one and other) and one[-1] == other[max(len(other) - 2, 0)]


def joins(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Say whether tensors of two shapes can be joined along dim 0."""
    return bool(one and other) and one[1:] == other[1:]
