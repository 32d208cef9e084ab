"""What a profile takes of a table.

`smoke` takes every single class once for each operation, `standard` the table, `deep` ten values of each row.
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.conditions import value_classes
from conformance.program import Argument, ArrayInput, Base, NumpyScalarInput, PlainInput, TensorInput
from conformance.strategies.covering import singly

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from conformance.program import Inputs
    from conformance.strategies.rows import Row, Table

# So many seeds, one after another, make the values of `deep`.
ROUNDS = 10
# Dims and other numbers are told apart up to this one.
_LARGEST_NUMBER = 5
# Sizes are told apart by powers of two up to this one.
_LARGEST_POWER = 17


def rows(table: Table, profile: str, seed: int) -> Iterator[Row]:
    """Give the rows of a table in a profile."""
    if profile == "smoke":
        with singly():
            whole = list(table(profile, seed))
        return _single(whole)
    if profile == "deep":
        return _repeated(table, seed)
    return table(profile, seed)


def _single(whole: Sequence[Row]) -> Iterator[Row]:
    """Keep rows in which everything occurs that occurs in any one argument of an operation: at each step the row that brings most."""
    missing: set[Hashable] = set()
    brought = [set(_traits(row.inputs)) for row in whole]
    missing.update(*brought)
    # What a row brings grows less only, so that a row whose number is still the largest is the one to take.
    waiting = [(-len(traits), place) for place, traits in enumerate(brought)]
    heapq.heapify(waiting)
    kept: list[int] = []
    while missing:
        _, place = heapq.heappop(waiting)
        brought[place] &= missing
        if waiting and -len(brought[place]) > waiting[0][0]:
            if brought[place]:
                heapq.heappush(waiting, (-len(brought[place]), place))
            continue
        missing -= brought[place]
        kept.append(place)
    return (whole[place] for place in sorted(kept))


def _repeated(table: Table, seed: int) -> Iterator[Row]:
    """Give the rows for several seeds, but those that are the same for each only once."""
    first = {}
    for number in range(ROUNDS):
        for row in table("deep", seed + number):
            if number == 0:
                first[row.label] = (row.inputs, row.program)
                yield row
            elif first.get(row.label) != (row.inputs, row.program):
                yield replace(row, label=f"{row.label} (values {number + 1})")


def _traits(inputs: Inputs) -> Iterator[Hashable]:
    named = inputs.arguments.get("operation")
    operation = repr(named.value) if isinstance(named, PlainInput) else ""
    for name, argument in inputs.arguments.items():
        for trait in _argument_traits(argument, inputs.bases):
            yield (operation, name, trait)


def _argument_traits(argument: Argument, bases: dict[str, Base]) -> Iterator[Hashable]:
    match argument:
        case TensorInput():
            base = bases[argument.base]
            yield base.dtype
            yield from (step.op for step in argument.view)
            yield not argument.view
            yield from _shape_traits(base.shape)
            yield argument.requires_grad
            yield from value_classes(base.bits, base.dtype)
        case ArrayInput():
            yield argument.dtype
            yield tuple((stride > 0) - (stride < 0) for stride in argument.strides)
            yield argument.writable
            yield from _shape_traits(argument.shape)
        case NumpyScalarInput():
            yield argument.dtype
        case PlainInput():
            yield _plain_trait(argument.value)


def _plain_trait(value: Any) -> Hashable:
    """Tell a name or a small number by itself, and of what is made of several parts only what these are."""
    match value:
        case int() if not isinstance(value, bool):
            return max(-_LARGEST_NUMBER, min(value, _LARGEST_NUMBER))
        case list():
            return ("list", *sorted({_part(one) for one in value}))
        case dict():
            ((kind, parts),) = value.items()
            inner = sorted({_part(one) for one in parts}) if isinstance(parts, list) else []
            return (kind, parts) if kind == "dtype" else (kind, *inner)
    return repr(value)


def _part(value: Any) -> str:
    if isinstance(value, dict):
        return str(min(value))
    return "negative" if isinstance(value, (int, float)) and value < 0 else type(value).__name__


def _shape_traits(shape: tuple[int, ...]) -> Iterator[Hashable]:
    yield len(shape)
    yield 0 in shape, 1 in shape
    numel = 1
    for size in shape:
        numel *= size
    yield f"about 2^{min(numel.bit_length(), _LARGEST_POWER)}"
