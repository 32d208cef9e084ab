"""Covering arrays reach every pair, with few rows, and the same ones each time."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

from conformance.strategies.covering import pairwise, singly

if TYPE_CHECKING:
    from collections.abc import Iterable

AXES = {"a": "abcdefgh", "b": range(7), "c": (True, False), "d": range(5), "e": "xyz"}


def _pairs(rows: list[dict[str, object]]) -> set[tuple[object, ...]]:
    return {(one, row[one], other, row[other]) for row in rows for one, other in combinations(row, 2)}


def test_every_pair_occurs() -> None:
    """No pair of values of two axes is left out, in hardly more rows than the two largest axes need."""
    rows = pairwise(AXES)
    wanted = {
        (one, first, other, second)
        for one, other in combinations(AXES, 2)
        for first, second in product(AXES[one], AXES[other])
    }

    assert _pairs(rows) == wanted
    assert len(rows) <= 1.4 * 8 * 7


def test_rows_are_the_same_each_time() -> None:
    """The order of the rows depends on the axes alone."""
    assert pairwise(AXES) == pairwise(AXES)


def test_what_is_not_allowed_is_left_out_and_all_else_reached() -> None:
    """A forbidden pair is in no row, and every other pair is in one."""
    rows = pairwise(AXES, lambda row: (row["a"], row["b"]) != ("a", 0))

    assert ("a", "a", "b", 0) not in _pairs(rows)
    assert _pairs(rows) == _pairs(pairwise(AXES)) - {("a", "a", "b", 0)}


def test_one_axis_is_walked() -> None:
    """A single axis has no pairs: each of its values is a row."""
    assert pairwise({"a": "abc"}) == [{"a": "a"}, {"a": "b"}, {"a": "c"}]


def test_every_value_occurs_with_each_operation() -> None:
    """What `smoke` takes reaches each value of each axis in each operation, in far fewer rows than all pairs need."""
    axes = {"a": range(5), "operation": ("add", "mul"), "b": "xyz"}
    with singly():
        rows = pairwise(axes)

    for axis in "ab":
        assert {(row[axis], row["operation"]) for row in rows} == set(product(axes[axis], axes["operation"]))
    assert len(rows) < len(pairwise(axes))


def test_rows_bring_most_of_what_is_missing() -> None:
    """Each further axis takes a value with most missing partners: by plain sets, no other value would have brought more."""
    axes = {"a": range(3), "b": range(4), "c": range(2), "d": range(5)}
    missing = dict.fromkeys(
        ((one, first), (other, second))
        for one, other in combinations(axes, 2)
        for first, second in product(axes[one], axes[other])
    )

    for row in pairwise(axes):
        chosen = dict(next(iter(missing)))
        assert chosen.items() <= row.items()
        for axis, values in axes.items():
            if axis not in chosen:
                gains = {value: _gain(missing, chosen, axis, value) for value in values}
                assert gains[row[axis]] == max(gains.values())
                chosen[axis] = row[axis]
        for brought in combinations(row.items(), 2):
            missing.pop(brought, None)
    assert not missing


def _gain(missing: Iterable[tuple[tuple[str, int], ...]], chosen: dict[str, int], axis: str, value: int) -> int:
    wanted = [set(pair) for pair in missing]
    return sum({one, (axis, value)} in wanted for one in chosen.items())
