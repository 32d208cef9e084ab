"""Which cases of a clause run on a device where each program costs much: XLA compiles anew for each new shape.

The documents' own cases run first. Then come rows that bring a class of inputs (a dtype, a shape, a layout, a spelling,
a value of an option) that no row before had, then rows whose shapes and dtypes are compiled already, each with values of
its own, then whatever is left. Among equals the seed decides, so the same run takes the same cases.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from conformance.program import PlainInput, TensorInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.documents import Case
    from conformance.program import Inputs
    from conformance.runner.prepared import PreparedCase


def reason(device: str, budget: int) -> str:
    """Say why a case beyond the budget is not run."""
    return f"{device} compiles each new program, so at most {budget} of a clause are run there"


def split(cases: Iterable[PreparedCase], budget: int, seed: str) -> tuple[Iterable[PreparedCase], int]:
    """Choose the cases that run.

    Args:
        cases: of a clause, in order.
        budget: so many programs at most; 0 sets no limit.
        seed: of the choice.

    Returns:
        Those that run, in the clause's order, and how many do not.
    """
    if not budget:
        return cases, 0
    whole = list(cases)
    if len(whole) <= budget:
        return whole, 0
    first = list(range(len(whole)))
    random.Random(seed).shuffle(first)  # noqa: S311 - an order is no secret
    taken = dict.fromkeys([place for place in range(len(whole)) if not whole[place][0].by_reference])
    taken |= dict.fromkeys(_new(whole, first, taken))
    taken |= dict.fromkeys(_alike(whole, first, taken))
    taken |= dict.fromkeys(first)
    return [whole[place] for place in sorted(list(taken)[:budget])], len(whole) - budget


def _new(whole: list[PreparedCase], order: list[int], taken: Iterable[int]) -> Iterator[int]:
    """Give the cases that bring a class of inputs which none before had."""
    had = {one for place in taken for one in _classes(whole[place][0])}
    for place in order:
        found = _classes(whole[place][0])
        if not found <= had:
            had |= found
            yield place


def _alike(whole: list[PreparedCase], order: list[int], taken: Iterable[int]) -> Iterator[int]:
    """Give the cases that differ from one that is taken in values alone."""
    compiled = {_form(whole[place][0]) for place in taken}
    yield from (place for place in order if _form(whole[place][0]) in compiled)


def _classes(case: Case) -> frozenset[str]:
    """Name what is particular about a case's inputs, but for the values of its tensors."""
    tensors = [f"{name}: {base.dtype} {base.device}" for name, base in case.inputs.bases.items()]
    shapes = [f"{name}: {list(base.shape)}" for name, base in case.inputs.bases.items()]
    others = [f"{name}: {_described(one)}" for name, one in case.inputs.arguments.items()]
    refused = [f"legal: {case.twin_inputs is None}"]
    return frozenset((*tensors, *shapes, *others, *refused))


def _form(case: Case) -> tuple[str, ...]:
    """Give what a program is compiled for: its text, and its inputs but for the elements of tensors."""
    return (case.program.source, *_parts(case.inputs))


def _parts(inputs: Inputs) -> Iterator[str]:
    for name, base in inputs.bases.items():
        yield f"{name}: {base.dtype} {base.device} {list(base.shape)}"
    for name, one in inputs.arguments.items():
        yield f"{name}: {_described(one)}"


def _described(argument: object) -> str:
    match argument:
        case TensorInput():
            return f"{[step.op for step in argument.view]} {argument.requires_grad}"
        case PlainInput():
            return str(argument.value)
        case _:
            return type(argument).__name__
