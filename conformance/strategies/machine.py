"""The same programs as a state machine of Hypothesis: it searches them, and shrinks one that fails.

Each rule adds a statement to a trace; when the machine stops, the trace is a program like any other, which is given to
whoever listens. So the machine makes the rows of the profile `deep`, and finds the smallest program that fails.
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
    READS,
    SHAPES,
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


def state_machine(listen: Listen) -> type[RuleBasedStateMachine]:
    """Make the state machine whose traces `listen` hears."""
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

    starts = st.builds(
        Start,
        st.sampled_from(DTYPES),
        st.sampled_from(SHAPES),
        st.sampled_from(ARGUMENT_LAYOUTS),
        st.sampled_from(("base", *ARGUMENT_LAYOUTS)),
        st.sampled_from(DTYPES),
        st.integers(0, 10),
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

        @precondition(lambda self: self.calculated)
        @rule()
        def calculate_again(self) -> None:
            """Calculate the same as before."""
            if self.trace is not None:
                self.trace.name(self.calculated)

        def teardown(self) -> None:
            """Show the whole program, unless Hypothesis gave it up half-way."""
            if sys.exc_info()[1] is None and self.trace is not None and self.trace.lines:
                listen(self.trace)

    return Programs


def run(listen: Listen, *, seed: int, examples: int, shrink: bool) -> None:
    """Let the machine make programs; each time the same ones for a seed.

    Raises:
        FoundError: `listen` raised it.
    """
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    phases = [hypothesis.Phase.generate, *([hypothesis.Phase.shrink] if shrink else [])]
    settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        phases=phases,
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    run_state_machine_as_test(hypothesis.seed(seed)(state_machine(listen)), settings=settings)  # type: ignore[arg-type]


def traces(seed: int, number: int) -> list[Trace]:
    """Give the programs that the machine makes with a seed, none twice."""
    found: dict[str, Trace] = {}
    run(lambda trace: found.setdefault(trace.program().source, trace) and None, seed=seed, examples=number, shrink=False)
    return list(found.values())


def smallest(fails: Callable[[Trace], bool], *, seed: int, examples: int) -> Trace | None:
    """Search a program that fails, and shrink it; None if none was found.

    The smallest that was seen to fail is given, whatever Hypothesis makes of a library that fails now and then.
    """
    best: list[Trace] = []

    def listen(trace: Trace) -> None:
        if not fails(trace):
            return
        if not best or _size(trace) < _size(best[0]):
            best[:] = [trace]
        raise FoundError

    from hypothesis import errors

    with contextlib.suppress(FoundError, errors.HypothesisException, ExceptionGroup):
        run(listen, seed=seed, examples=examples, shrink=True)
    return best[0] if best else None


def _size(trace: Trace) -> tuple[int, int]:
    return len(trace.lines), sum(map(len, trace.lines))
