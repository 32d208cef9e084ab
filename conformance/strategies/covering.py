"""Covering arrays: few combinations of several axes in which every pair of values of two axes occurs.

Within `singly`, they are those of the profile `smoke`: every value of an axis occurs, once for each operation.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from contextvars import ContextVar
from itertools import accumulate, combinations, product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

# A value of an axis, as (place of the axis, place of the value in it).
_Choice = tuple[int, int]
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

    numbers = _Numbers(sizes)
    missing = _Missing(numbers.singles(names) if is_single() else numbers.pairs(), numbers.total)
    rows: list[dict[str, Any]] = []
    while missing:
        first = missing.first()
        row = next((one for one in numbers.completions(numbers.chosen(first), missing) if allowed(named(one))), None)
        if row is None:
            missing.discard(first)
            continue
        for wanted in numbers.met(row):
            missing.discard(wanted)
        rows.append(named(row))
    return rows


class _Missing:
    """What is wanted and in no row yet: in order, and for each numbered value the set of its partners as bits of a number."""

    def __init__(self, wanted: Iterable[int], total: int) -> None:
        self._wanted: dict[int, None] = dict.fromkeys(wanted)
        self._total = total
        self.partners = [0] * total
        for one in self._wanted:
            first, second = divmod(one, total)
            self.partners[first] |= 1 << second
            self.partners[second] |= 1 << first

    def __len__(self) -> int:
        return len(self._wanted)

    def first(self) -> int:
        """Give what has been missing longest."""
        return next(iter(self._wanted))

    def discard(self, one: int) -> None:
        """Take out what a row has brought, if it was missing."""
        if one in self._wanted:
            del self._wanted[one]
            first, second = divmod(one, self._total)
            self.partners[first] &= ~(1 << second)
            self.partners[second] &= ~(1 << first)


class _Numbers:
    """The values of all axes, numbered through, and what is wanted as one number: a value alone, or a pair of two axes."""

    def __init__(self, sizes: list[int]) -> None:
        self._sizes = sizes
        *self._starts, self.total = accumulate(sizes, initial=0)

    def _alone(self, axis: int, value: int) -> int:
        return (self._starts[axis] + value) * (self.total + 1)

    def _pair(self, one: _Choice, other: _Choice) -> int:
        first, second = self._starts[one[0]] + one[1], self._starts[other[0]] + other[1]
        return first * self.total + second if one[0] < other[0] else second * self.total + first

    def pairs(self) -> Iterator[int]:
        """Give every pair of values of two axes."""
        for one, other in combinations(range(len(self._sizes)), 2):
            for first, second in product(range(self._sizes[one]), range(self._sizes[other])):
                yield self._pair((one, first), (other, second))

    def singles(self, names: list[str]) -> Iterator[int]:
        """Give each value of each axis, with each operation where there is such an axis."""
        pivot = names.index(_PIVOT) if _PIVOT in names else None
        for axis, size in enumerate(self._sizes):
            if axis != pivot:
                for value in range(size):
                    if pivot is None:
                        yield self._alone(axis, value)
                    else:
                        yield from (self._pair((axis, value), (pivot, one)) for one in range(self._sizes[pivot]))

    def chosen(self, wanted: int) -> dict[int, int]:
        """Give the values that a number stands for, by their axes."""
        found = {}
        for place in divmod(wanted, self.total):
            axis = bisect_right(self._starts, place) - 1
            found[axis] = place - self._starts[axis]
        return found

    def met(self, row: tuple[int, ...]) -> Iterator[int]:
        """Give what occurs in a row."""
        places = [start + value for start, value in zip(self._starts, row, strict=True)]
        for place in places:
            yield place * (self.total + 1)
        for first, second in combinations(places, 2):
            yield first * self.total + second

    def completions(self, chosen: dict[int, int], missing: _Missing) -> Iterator[tuple[int, ...]]:
        """Give whole rows that hold what is chosen, those with most of what is missing first, axis by axis."""
        axis = next((one for one in range(len(self._sizes)) if one not in chosen), None)
        if axis is None:
            yield tuple(chosen[one] for one in range(len(self._sizes)))
            return

        start, size = self._starts[axis], self._sizes[axis]
        met = sum(1 << (self._starts[one] + value) for one, value in chosen.items())
        # Among equals, rows take turns, so that no value is favoured.
        turn = len(missing) % size
        ranks = [
            (value - turn) % size - size * (partners & (met | 1 << start + value)).bit_count()
            for value, partners in enumerate(missing.partners[start : start + size])
        ]
        order = sorted(range(size), key=ranks.__getitem__)
        for value in order:
            yield from self.completions({**chosen, axis: value}, missing)


def sampled(axes: Mapping[str, Sequence[Any]], number: int, random: Any) -> list[dict[str, Any]]:
    """Give a covering array of the axes, and after it so many combinations at random; none of these in `smoke`."""
    if is_single():
        return pairwise(axes)
    drawn = [{name: axis[int(random.integers(len(axis)))] for name, axis in axes.items()} for _ in range(number)]
    return pairwise(axes) + drawn
