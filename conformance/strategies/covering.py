"""Covering arrays: few combinations of several axes in which every pair of values of two axes occurs.

Within `singly`, they are those of the profile `smoke`: every value of an axis occurs, once for each operation.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# A value of an axis, as (place of the axis, place of the value in it).
_Choice = tuple[int, int]
# What is to occur together: a pair, or a value alone.
_Wanted = frozenset[_Choice]
# The axis whose values each meet every value of the others in `smoke` too.
_PIVOT = "operation"
_is_single = ContextVar("_is_single", default=False)


def is_single() -> bool:
    """Say whether every single class is all that is asked for."""
    return _is_single.get()


@contextlib.contextmanager
def singly() -> Iterator[None]:
    """Make the arrays of `smoke`."""
    token = _is_single.set(True)
    try:
        yield
    finally:
        _is_single.reset(token)


def pairwise(
    axes: Mapping[str, Sequence[Any]], allowed: Callable[[dict[str, Any]], bool] = lambda _: True
) -> list[dict[str, Any]]:
    """Give combinations, one value of each axis in each, in which every pair that is possible occurs.

    The result depends on the arguments (and on `singly`) alone. Each combination begins with the first pair that is
    still missing, and takes of each further axis the value that brings most missing pairs.

    Args:
        axes: the values of each axis, by its name; at least one axis, each with at least one value.
        allowed: says whether a whole combination may occur.
    """
    names, values = list(axes), [list(axis) for axis in axes.values()]
    if len(names) == 1:
        return [one for one in ({names[0]: value} for value in values[0]) if allowed(one)]
    sizes = [len(axis) for axis in values]

    def named(row: tuple[int, ...]) -> dict[str, Any]:
        return {name: axis[place] for name, axis, place in zip(names, values, row, strict=True)}

    missing = dict.fromkeys(_singles(names, sizes) if is_single() else _pairs(sizes))
    rows: list[dict[str, Any]] = []
    while missing:
        first = next(iter(missing))
        row = next((one for one in _completions(dict(first), sizes, missing) if allowed(named(one))), None)
        if row is None:
            del missing[first]
            continue
        for wanted in _met(row):
            missing.pop(wanted, None)
        rows.append(named(row))
    return rows


def _pairs(sizes: list[int]) -> Iterator[_Wanted]:
    for one, other in combinations(range(len(sizes)), 2):
        for first, second in product(range(sizes[one]), range(sizes[other])):
            yield frozenset({(one, first), (other, second)})


def _singles(names: list[str], sizes: list[int]) -> Iterator[_Wanted]:
    """Give each value of each axis, with each operation where there is such an axis."""
    pivot = names.index(_PIVOT) if _PIVOT in names else None
    for axis, size in enumerate(sizes):
        if axis != pivot:
            for value in range(size):
                if pivot is None:
                    yield frozenset({(axis, value)})
                else:
                    yield from (frozenset({(axis, value), (pivot, one)}) for one in range(sizes[pivot]))


def _met(row: tuple[int, ...]) -> Iterator[_Wanted]:
    for choice in enumerate(row):
        yield frozenset({choice})
    for pair in combinations(enumerate(row), 2):
        yield frozenset(pair)


def _completions(
    chosen: dict[int, int], sizes: list[int], missing: Mapping[_Wanted, None]
) -> Iterator[tuple[int, ...]]:
    """Give whole rows that hold what is chosen, those with most of what is missing first, axis by axis."""
    axis = next((one for one in range(len(sizes)) if one not in chosen), None)
    if axis is None:
        yield tuple(chosen[one] for one in range(len(sizes)))
        return

    def gain(value: int) -> int:
        alone = frozenset({(axis, value)}) in missing
        return alone + sum(frozenset({(axis, value), pair}) in missing for pair in chosen.items())

    # Among equals, rows take turns, so that no value is favoured.
    turn = len(missing) % sizes[axis]
    order = sorted(range(sizes[axis]), key=lambda value: (-gain(value), (value - turn) % sizes[axis]))
    for value in order:
        yield from _completions({**chosen, axis: value}, sizes, missing)


def sampled(axes: Mapping[str, Sequence[Any]], number: int, random: Any) -> list[dict[str, Any]]:
    """Give a covering array of the axes, and after it so many combinations at random; none of these in `smoke`."""
    if is_single():
        return pairwise(axes)
    drawn = [{name: axis[int(random.integers(len(axis)))] for name, axis in axes.items()} for _ in range(number)]
    return pairwise(axes) + drawn
