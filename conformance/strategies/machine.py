"""The same programs as a state machine of Hypothesis, which searches them.

Each rule adds a statement to a trace; when the machine stops, the trace is a program like any other, which is given to
whoever listens. So the machine makes further rows for the profile `deep`, and finds a program that fails. Its own way of
shrinking runs a machine some hundred times more, and ends with more statements than `shrinking.shrink_program`, which
takes a program's text apart; so that one is used unless the other is asked for.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
    Kind,
    Start,
    Trace,
    grow,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.stateful import RuleBasedStateMachine

# The statements that Hypothesis puts into one program.
STEPS = 12

Listen = Callable[[Trace], None]


class FoundError(Exception):
    """A program fails: how Hypothesis is told."""


def state_machine(listen: Listen, *, backward: bool = False) -> type[RuleBasedStateMachine]:  # noqa: C901 - the rules of one machine
    """Make the state machine whose traces `listen` hears; `backward` has leaves, and goes back to them."""
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

    starts = st.builds(
        Start,
        st.sampled_from(LEAF_DTYPES if backward else DTYPES),
        st.sampled_from(SHAPES),
        st.sampled_from(ARGUMENT_LAYOUTS),
        st.sampled_from(("base", *ARGUMENT_LAYOUTS)),
        st.sampled_from(LEAF_DTYPES if backward else DTYPES),
        st.integers(0, 10),
        st.sampled_from((("x",), ("x", "y"), ("y",)) if backward else ((),)),
    )

    class Programs(RuleBasedStateMachine):
        """Grows a program."""

        trace: Trace | None = None
        calculated: str = ""

        @initialize(start=starts)
        def begin(self, start: Start) -> None:
            """Make the arguments."""
            self.trace = Trace(start.inputs())

        def add(self, kinds: Mapping[str, Kind], data: Any) -> bool:
            """Add a statement of one of some kinds."""
            kind = kinds[data.draw(st.sampled_from(tuple(kinds)))]
            return self.trace is not None and grow(
                self.trace, kind, lambda several: data.draw(st.sampled_from(several)), tries=2
            )

        @rule(data=st.data())
        def view(self, data: Any) -> None:
            """Take a view of a tensor."""
            self.add(VIEWS, data)

        @rule(data=st.data())
        def write(self, data: Any) -> None:
            """Write into a tensor."""
            self.add(WRITES, data)

        @rule(data=st.data())
        def write_again(self, data: Any) -> None:
            """Write into a tensor: writes are half of what is done."""
            self.add(WRITES, data)

        @rule(data=st.data())
        def read(self, data: Any) -> None:
            """Read a tensor."""
            self.add(READS, data)

        @rule(data=st.data())
        def calculate(self, data: Any) -> None:
            """Calculate with tensors."""
            if self.add(CALCULATIONS, data) and self.trace is not None:
                self.calculated = self.trace.lines[-1].partition(" = ")[2]

        @precondition(lambda _: backward)
        @rule(data=st.data())
        def make_of_a_leaf(self, data: Any) -> None:
            """Make of a leaf what can be written."""
            self.add(SOURCES, data)

        @precondition(lambda self: backward and self.trace.with_history)
        @rule(data=st.data())
        def go_backward(self, data: Any) -> None:
            """Go backward."""
            self.add(ENDS, data)

        @precondition(lambda self: self.calculated)
        @rule()
        def calculate_again(self) -> None:
            """Calculate the same as before."""
            if self.trace is not None:
                self.trace.name(self.calculated)

        def teardown(self) -> None:
            """Show the whole program, unless Hypothesis gave it up half-way."""
            if sys.exc_info()[1] is not None or self.trace is None or not self.trace.lines:
                return
            if not backward or any(".backward(" in line for line in self.trace.lines):
                listen(self.trace)

    return Programs


def run(listen: Listen, *, seed: int, examples: int, shrink: bool = False, backward: bool = False) -> None:
    """Let the machine make programs; each time the same ones for a seed.

    Raises:
        FoundError: `listen` raised it.
    """
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        phases=[hypothesis.Phase.generate, *([hypothesis.Phase.shrink] if shrink else [])],
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    machine = hypothesis.seed(seed)(state_machine(listen, backward=backward))
    run_state_machine_as_test(machine, settings=settings)


def traces(seed: int, number: int, *, backward: bool = False) -> list[Trace]:
    """Give the programs that the machine makes with a seed, none twice."""
    found: dict[str, Trace] = {}

    def listen(trace: Trace) -> None:
        found.setdefault(trace.program().source, trace)

    run(listen, seed=seed, examples=number, backward=backward)
    return list(found.values())


def search(
    fails: Callable[[Trace], bool], *, seed: int, examples: int, shrink: bool = False, backward: bool = False
) -> Trace | None:
    """Search a program that fails; None if none was found.

    The smallest that was seen to fail is given, whatever Hypothesis makes of a library that fails now and then.
    """
    from hypothesis import errors

    failing: list[Trace] = []

    def listen(trace: Trace) -> None:
        if fails(trace):
            failing.append(trace)
            raise FoundError

    with contextlib.suppress(FoundError, errors.HypothesisException, ExceptionGroup):
        run(listen, seed=seed, examples=examples, shrink=shrink, backward=backward)
    return min(failing, key=lambda trace: (len(trace.lines), sum(map(len, trace.lines))), default=None)
