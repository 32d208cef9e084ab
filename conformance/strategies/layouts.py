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
    """

    name: str
    base: Callable[[tuple[int, ...]], tuple[int, ...]]
    steps: Callable[[tuple[int, ...]], tuple[Step, ...]]
    least: int = 0


def _index(*parts: object) -> Step:
    return Step("index", ({"tuple": list(parts)},))


def _slice(start: int | None, stop: int | None, step: int | None = None) -> dict[str, list[int | None]]:
    return {"slice": [start, stop, step]}


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


def fitting(shape: tuple[int, ...]) -> list[Layout]:
    """Give the layouts that an argument of a shape can have."""
    return [layout for layout in LAYOUTS.values() if len(shape) >= layout.least]
