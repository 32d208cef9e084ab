"""What a case reached: the classes of its operands, from what the backend's own tensors report."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from conformance.conditions import CONDITIONS, in_order, layout_of, shape_classes, size_class, value_classes
from conformance.dtypes import DTYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.observation import Seen

_NUMBERS = ("bool", "int", "float", "complex")
_SPELLINGS = ("operation", "spelling")

Classes = dict[str, frozenset[str]]


class Reached:
    """Counts the cases of a clause by the classes that they reached."""

    def __init__(self) -> None:
        self._counted: dict[str, Counter[str]] = {}
        self.last: Classes = {}

    def note(self, arguments: Mapping[str, Seen]) -> None:
        """Note what the arguments of a case turned out to be."""
        self.last = classes(arguments)

    def count(self) -> None:
        """Count the case that was noted last."""
        for condition, found in self.last.items():
            self._counted.setdefault(condition, Counter()).update(found)

    def counts(self) -> dict[str, dict[str, int]]:
        """Give how many cases reached each class, by condition."""
        return {
            condition: {
                name: self._counted[condition][name] for name in in_order(condition, set(self._counted[condition]))
            }
            for condition in CONDITIONS
            if self._counted.get(condition)
        }

    def missing(self, wanted: tuple[str, ...]) -> list[str]:
        """Give those of `condition: class` that no case reached."""
        counts = self.counts()
        return [one for one in wanted if one.partition(": ")[2] not in counts.get(one.partition(": ")[0], {})]


def classes(arguments: Mapping[str, Seen]) -> Classes:
    """Give the classes of a case, by condition, from its arguments as the backend reports them once they are built."""
    found: dict[str, set[str]] = {}
    for name, seen in arguments.items():
        if name in _SPELLINGS and seen.kind == "str":
            found.setdefault("spelling", set()).add(str(seen.value))
        for condition, one in _of(seen):
            found.setdefault(condition, set()).add(one)
    return {condition: frozenset(names) for condition, names in found.items()}


def _of(seen: Seen) -> Iterator[tuple[str, str]]:
    if seen.kind in _NUMBERS:
        yield "operand", "number"
    if seen.kind not in ("tensor", "array") or seen.shape is None or seen.strides is None:
        for item in seen.items or ():
            yield from _of(item)
        return
    scalar = "0-d tensor" if not seen.shape else "tensor"
    yield "operand", "NumPy array" if seen.kind == "array" else scalar
    yield "dtype", seen.dtype or ""
    yield "layout", layout_of(seen.shape, seen.strides, seen.offset or 0)
    for one in shape_classes(seen.shape):
        yield "shape", one
    if numel := math.prod(seen.shape):
        yield "size", size_class(numel)
    if seen.bits and seen.dtype in DTYPES:
        for one in value_classes(seen.bits, seen.dtype):
            yield "values", one
