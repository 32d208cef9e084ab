"""Ways in which a tensor of a given shape may lie in memory: a base, and the view operations that show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.program import Step

if TYPE_CHECKING:
    from collections.abc import Callable

_ELLIPSIS = {"ellipsis": True}


@dataclass(frozen=True)
class Layout:
    """A way to lie in memory.

    Attributes:
        name: of the layout.
        base: gives the base's shape from the argument's.
        steps: gives the view operations from the argument's shape.
        least: the dimensions that an argument must have.
        fits: says of which shapes, of those that have enough dimensions, an argument can have it.
    """

    name: str
    base: Callable[[tuple[int, ...]], tuple[int, ...]]
    steps: Callable[[tuple[int, ...]], tuple[Step, ...]]
    least: int = 0
    fits: Callable[[tuple[int, ...]], bool] = lambda _: True


def _index(*parts: object) -> Step:
    return Step("index", ({"tuple": list(parts)},))


def _slice(start: int | None, stop: int | None, step: int | None = None) -> dict[str, list[int | None]]:
    return {"slice": [start, stop, step]}


_ALL = _slice(None, None)

# Those that every shape of two or more dimensions can have; "expanded", the last, shows an element several times.
LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout("dense", lambda shape: shape, lambda _: ()),
        Layout(
            "reversed dims",
            lambda shape: shape[::-1],
            lambda shape: (Step("permute", tuple(range(len(shape)))[::-1]),),
            2,
        ),
        Layout(
            "last two exchanged",
            lambda shape: (*shape[:-2], shape[-1], shape[-2]),
            lambda _: (Step("transpose", (-2, -1)),),
            2,
        ),
        Layout(
            "every second",
            lambda shape: (*shape[:-1], shape[-1] * 2),
            lambda _: (_index(_ELLIPSIS, _slice(None, None, 2)),),
            1,
        ),
        Layout("offset", lambda shape: (shape[0] + 3, *shape[1:]), lambda _: (_index(_slice(3, None)),), 1),
        Layout("columns", lambda shape: (*shape[:-1], shape[-1] + 2), lambda _: (_index(_ELLIPSIS, _slice(1, -1)),), 1),
        Layout("selected", lambda shape: (2, *shape), lambda _: (_index(1),)),
        Layout("expanded", lambda shape: (1, *shape[1:]), lambda shape: (Step("expand", shape),), 1),
    )
}

# Further ones, of which some want three dimensions or a size of 1; all of them are in `ALL`.
_FURTHER: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout(
            "offset, then reversed dims",
            lambda shape: (shape[-1] + 2, *shape[-2::-1]),
            lambda shape: (_index(_slice(2, None)), Step("permute", tuple(range(len(shape)))[::-1])),
            2,
        ),
        Layout(
            "first dim last in memory",
            lambda shape: (*shape[1:], shape[0]),
            lambda shape: (Step("permute", (len(shape) - 1, *range(len(shape) - 1))),),
            3,
        ),
        Layout(
            "last dim first in memory",
            lambda shape: (shape[-1], *shape[:-1]),
            lambda shape: (Step("permute", (*range(1, len(shape)), 0)),),
            3,
        ),
        Layout(
            "first two exchanged",
            lambda shape: (shape[1], shape[0], *shape[2:]),
            lambda _: (Step("transpose", (0, 1)),),
            3,
        ),
        Layout(
            "every third row from the second",
            lambda shape: (shape[0] * 3 + 1, *shape[1:]),
            lambda _: (_index(_slice(1, None, 3)),),
            1,
        ),
        Layout(
            "middle stepped",
            lambda shape: (shape[0], *(size * 2 + 1 for size in shape[1:-1]), shape[-1]),
            lambda shape: (_index(_ALL, *[_slice(1, None, 2)] * (len(shape) - 2)),),
            3,
        ),
        # A gap behind each dimension: no two of them can be walked as one, however many there are.
        Layout(
            "block",
            lambda shape: (*(size + 2 for size in shape[:-1]), shape[-1] + 3),
            lambda shape: (_index(*[_slice(1, -1)] * (len(shape) - 1), _slice(2, -1)),),
            2,
        ),
        Layout(
            "one of several columns",
            lambda shape: (*shape[:-1], 4),
            lambda _: (_index(_ELLIPSIS, _slice(2, 3)),),
            1,
            lambda shape: shape[-1] == 1,
        ),
        Layout(
            "offset, then unsqueezed",
            lambda shape: (shape[0] + 2, *shape[1:-1]),
            lambda _: (_index(_slice(2, None)), Step("unsqueeze", (-1,))),
            2,
            lambda shape: shape[-1] == 1,
        ),
        Layout(
            "one of several rows",
            lambda shape: (5, *shape[1:]),
            lambda _: (_index(_slice(3, 4)),),
            1,
            lambda shape: shape[0] == 1,
        ),
    )
}

ALL: dict[str, Layout] = {**LAYOUTS, **_FURTHER}

# Further layouts in which several elements of the argument are one in memory, as they are in "expanded".
OVERLAPPING: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        LAYOUTS["expanded"],
        Layout("expanded last", lambda shape: (*shape[:-1], 1), lambda shape: (Step("expand", shape),), 1),
        Layout("one element expanded", lambda shape: (1,) * len(shape), lambda shape: (Step("expand", shape),), 1),
    )
}


def fitting(shape: tuple[int, ...]) -> list[Layout]:
    """Give the layouts that an argument of a shape can have."""
    return [layout for layout in ALL.values() if len(shape) >= layout.least and layout.fits(shape)]


def reading(shape: tuple[int, ...]) -> list[Layout]:
    """Give the layouts that an argument can have which is only read: those that overlap, too."""
    further = [layout for name, layout in OVERLAPPING.items() if name not in LAYOUTS]
    return fitting(shape) + [layout for layout in further if len(shape) >= layout.least and layout.fits(shape)]


def writing(shape: tuple[int, ...]) -> list[Layout]:
    """Give the layouts that an argument can have which is written to: each element lies by itself."""
    return [layout for layout in fitting(shape) if layout.name not in OVERLAPPING]
