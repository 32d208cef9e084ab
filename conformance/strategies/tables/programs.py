"""Tables of whole programs: each row brings its own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.dtypes import kind_of
from conformance.strategies.covering import pairwise
from conformance.strategies.programs import (
    ARGUMENT_LAYOUTS,
    CALCULATIONS,
    DTYPES,
    ENDS,
    LEAF_DTYPES,
    READS,
    SHAPES,
    SOURCES,
    VIEWS,
    WRITES,
    Choose,
    Start,
    Trace,
    grow,
)
from conformance.strategies.rows import Row
from conformance.strategies.values import generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

# How often each combination of the covering array is played, each time with other details.
ROUNDS = 2
# Of so many combinations, `smoke` takes one.
SMOKE = 8
# How many programs Hypothesis makes for the profile `deep`.
SEARCHED = 300
# A program begins with one of these, shows it, writes, and so on; what is written next is another name for the memory.
AXES: dict[str, tuple[Any, ...]] = {
    "first view": tuple(VIEWS),
    "first write": tuple(WRITES),
    "second view": tuple(VIEWS),
    "second write": tuple(WRITES),
    "read": tuple(READS),
    "calculation": tuple(CALCULATIONS),
    "dtype": DTYPES,
    "layout": ARGUMENT_LAYOUTS,
    "shape": SHAPES,
    "other": ("base", "dense", "last two exchanged", "every second"),
    "target": ("base", "view", "sibling"),
}


GRADIENT_AXES = {
    **AXES,
    "dtype": LEAF_DTYPES,
    "source": tuple(SOURCES),
    "end": tuple(ENDS),
    "leaves": (("x",), ("x", "y"), ("y",)),
    "shape": ((2, 2), (4,), (2, 4), (2, 1, 2), (1, 4), (16,), (2, 2, 2), (1,), (2, 1, 2, 2), (2, 2, 1, 2, 1, 2), ()),
}


@cache
def combinations() -> tuple[dict[str, Any], ...]:
    """Give combinations in which every pair of two axes occurs."""
    return tuple(pairwise(AXES))


@cache
def gradient_combinations() -> tuple[dict[str, Any], ...]:
    """Give combinations of programs that go backward, in which every pair of two axes occurs."""
    return tuple(pairwise(GRADIENT_AXES))


def chooser(random: np.random.Generator) -> Choose:
    """Choose at random."""

    def choose(several: Sequence[Any]) -> Any:
        return several[int(random.integers(len(several)))]

    return choose


def programs(profile: str, seed: int) -> Iterator[Row]:
    """Programs that view, read, write, calculate, and write again, over every pair of kinds, dtypes and layouts."""
    for number, combination in enumerate(combinations()):
        if profile == "smoke" and number % SMOKE:
            continue
        for turn in range(ROUNDS):
            label = f"program {number}.{turn}: {combination['dtype']}, {combination['first view']}"
            yield row_of(label, played(combination, generator(seed, label)))
    if profile == "deep":
        yield from _searched(seed)


def _searched(seed: int, *, backward: bool = False) -> Iterator[Row]:
    """Programs that Hypothesis's state machine makes, in no order of kinds."""
    from conformance.strategies import machine

    for number, trace in enumerate(machine.traces(seed, SEARCHED, backward=backward)):
        yield row_of(f"searched program {number}", trace)


def row_of(label: str, trace: Trace) -> Row:
    """Make a row of a trace."""
    return Row(label, trace.inputs, needs=needs_of(trace), program=trace.program())


def needs_of(trace: Trace) -> tuple[str, ...]:
    """Say what a device may lack that a trace uses."""
    text = "\n".join(trace.lines)
    dtypes = {trace.dtype(name) for name in trace.tensors} | {base.dtype for base in trace.inputs.bases.values()}
    needs = ["float64"] if "float64" in dtypes or "torch.float64" in text else []
    if " @ " in text or "matmul(" in text:
        needs += ["integer-matmul"] if any(kind_of(dtype) == "integer" for dtype in dtypes) else []
        needs += ["half-matmul"] if dtypes & {"float16", "bfloat16"} else []
    return tuple(needs)


def gradients(profile: str, seed: int) -> Iterator[Row]:
    """Programs that make something of leaves, view it, write into it, calculate with it, and go backward."""
    for number, combination in enumerate(gradient_combinations()):
        if profile == "smoke" and number % SMOKE:
            continue
        label = f"program {number}: {combination['dtype']}, {combination['source']}, {combination['end']}"
        trace = gone_backward(combination, generator(seed, label))
        if trace is not None:
            yield row_of(label, trace)
    if profile == "deep":
        yield from _searched(seed, backward=True)


def played(combination: dict[str, Any], random: np.random.Generator) -> Trace:
    """Make a program of a combination: its kinds of statements in order, with others between them."""
    choose = chooser(random)
    trace = Trace(start_of(combination, choose).inputs())
    play(trace, combination, choose, "x")
    for _ in range(choose(range(4))):
        grow(trace, (VIEWS | WRITES | READS | CALCULATIONS)[choose(_ANY)], choose)
    grow(trace, WRITES[combination["first write"]], choose, (*_made(trace), "x"))
    return trace


def start_of(combination: dict[str, Any], choose: Choose, leaves: tuple[str, ...] = ()) -> Start:
    """Make the arguments of a combination."""
    return Start(
        combination["dtype"],
        combination["shape"],
        combination["layout"],
        combination["other"],
        choose(DTYPES if not leaves else LEAF_DTYPES),
        choose(range(11)),
        leaves,
    )


def _made(trace: Trace) -> tuple[str, ...]:
    """Give the first tensor that a trace made itself, if it made one."""
    return tuple(name for name in trace.tensors if name not in trace.inputs.arguments)[-1:]


def play(trace: Trace, combination: dict[str, Any], choose: Choose, base: str) -> None:
    """Take a view of a tensor, read, calculate, write, take another view, read, write again, calculate again."""
    read, calculation = READS[combination["read"]], CALCULATIONS[combination["calculation"]]
    grow(trace, VIEWS[combination["first view"]], choose, (base,))
    view = trace.tensors[0]
    targets = {"base": (base,), "view": (view,), "sibling": ("y", base, view)}[combination["target"]]
    if choose((True, False)):
        grow(trace, read, choose, (base, view, "y"))
    calculated = ""
    if grow(trace, calculation, choose, (view, base)):
        calculated = trace.lines[-1].partition(" = ")[2]
    grow(trace, WRITES[combination["first write"]], choose, targets)
    grow(trace, VIEWS[combination["second view"]], choose)
    grow(trace, read, choose)
    grow(trace, WRITES[combination["second write"]], choose)
    if calculated and choose((True, False)):
        trace.name(calculated)


_ANY = (*VIEWS, *WRITES, *WRITES, *READS, *CALCULATIONS)


def gone_backward(combination: dict[str, Any], random: np.random.Generator) -> Trace | None:
    """Make a program of a combination that goes backward; None if nothing in it can."""
    choose = chooser(random)
    trace = Trace(start_of(combination, choose, combination["leaves"]).inputs())
    grow(trace, SOURCES[combination["source"]], choose, combination["leaves"])
    base = trace.tensors[0]
    if base in trace.inputs.arguments:
        return None
    play(trace, combination, choose, base)
    return trace if go_backward(trace, combination["end"], choose) else None


def go_backward(trace: Trace, end: str, choose: Choose) -> bool:
    """Go backward from something that has a history, then perhaps again, and read a gradient."""
    if not grow(trace, ENDS[end], choose, trace.with_history, tries=20):
        return False
    if choose((True, False)):
        trace.name(f"{choose(trace.leaves)}.grad + 0")
    if choose((True, False)):
        grow(trace, ENDS[choose(tuple(ENDS))], choose, trace.with_history)
    return True
