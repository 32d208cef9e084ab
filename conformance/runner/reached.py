"""What a case reached: the classes of its operands, from what the backend's own tensors report."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
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
        for condition, names in _of(seen):
            known = found.get(condition)
            if known is None:
                found[condition] = set(names)
            else:
                known.update(names)
    return {condition: frozenset(names) for condition, names in found.items()}


def _of(seen: Seen) -> Iterator[tuple[str, tuple[str, ...]]]:
    if seen.kind in _NUMBERS:
        yield "operand", ("number",)
    elif seen.kind in ("tensor", "array") and seen.shape is not None and seen.strides is not None:
        yield from _of_form(seen.kind, seen.dtype or "", seen.shape, seen.strides, seen.offset or 0)
        if seen.bits and seen.dtype in DTYPES and (values := value_classes(seen.bits, seen.dtype)):
            yield "values", values
    else:
        for item in seen.items or ():
            yield from _of(item)


@lru_cache(maxsize=8192)
def _of_form(
    kind: str, dtype: str, shape: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give the classes of a tensor or an array but those of its values."""
    scalar = "0-d tensor" if not shape else "tensor"
    numel = math.prod(shape)
    return (
        ("operand", ("NumPy array" if kind == "array" else scalar,)),
        ("dtype", (dtype,)),
        ("layout", (layout_of(shape, strides, offset),)),
        ("shape", shape_classes(shape)),
        *([("size", (size_class(numel),))] if numel else []),
    )
