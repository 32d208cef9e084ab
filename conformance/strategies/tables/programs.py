"""Tables of whole programs: each row brings its own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.strategies.covering import pairwise
from conformance.strategies.programs import (
    ARGUMENT_LAYOUTS,
    CALCULATIONS,
    DTYPES,
    READS,
    SHAPES,
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


@cache
def combinations() -> tuple[dict[str, Any], ...]:
    """Give combinations in which every pair of two axes occurs."""
    return tuple(pairwise(AXES))


def chooser(random: np.random.Generator) -> Choose:
    """Choose at random."""

    def choose(several: Sequence[Any]) -> Any:
        return several[int(random.integers(len(several)))]

    return choose


def programs(profile: str, seed: int) -> Iterator[Row]:
    """Programs that view, read, write, calculate, and write again, over every pair of kinds, dtypes and layouts."""
    for number, combination in enumerate(combinations()):
        for turn in range(ROUNDS):
            label = f"program {number}.{turn}: {combination['dtype']}, {combination['first view']}"
            yield row_of(label, played(combination, generator(seed, label)))


def row_of(label: str, trace: Trace) -> Row:
    """Make a row of a trace."""
    return Row(label, trace.inputs, needs=needs_of(trace), program=trace.program())


def needs_of(trace: Trace) -> tuple[str, ...]:
    """Say what a device may lack that a trace uses."""
    text = "\n".join(trace.lines)
    dtypes = {trace.dtype(name) for name in trace.tensors} | {base.dtype for base in trace.inputs.bases.values()}
    needs = ["float64"] if "float64" in dtypes or "torch.float64" in text else []
    if " @ " in text:
        needs += ["integer-matmul", "half-matmul"]
    return tuple(needs)


def played(combination: dict[str, Any], random: np.random.Generator) -> Trace:
    """Make a program of a combination: its kinds of statements in order, with others between them."""
    choose = chooser(random)
    start = Start(
        combination["dtype"],
        combination["shape"],
        combination["layout"],
        combination["other"],
        choose(DTYPES),
        choose(range(11)),
    )
    trace = Trace(start.inputs())
    read, calculation = READS[combination["read"]], CALCULATIONS[combination["calculation"]]
    grow(trace, VIEWS[combination["first view"]], choose, ("x",))
    view = trace.tensors[0]
    targets = {"base": ("x",), "view": (view,), "sibling": ("y", "x", view)}[combination["target"]]
    if choose((True, False)):
        grow(trace, read, choose, ("x", view, "y"))
    grow(trace, calculation, choose, (view, "x"))
    calculated = trace.lines[-1].partition(" = ")[2] if trace.lines else ""
    grow(trace, WRITES[combination["first write"]], choose, targets)
    grow(trace, VIEWS[combination["second view"]], choose)
    grow(trace, read, choose)
    grow(trace, WRITES[combination["second write"]], choose)
    if calculated and choose((True, False)):
        trace.name(calculated)
    for _ in range(choose(range(4))):
        grow(trace, (VIEWS | WRITES | READS | CALCULATIONS)[choose(_ANY)], choose)
    grow(trace, WRITES[combination["first write"]], choose, (view, "x"))
    return trace


_ANY = (*VIEWS, *WRITES, *WRITES, *READS, *CALCULATIONS)
