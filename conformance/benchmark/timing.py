"""Times a call: the first by itself, then until it is steady, then in rounds, and two calls in turn.

`benchmarked` has pytest-benchmark run the rounds; `timed` and `in_turn` are loops of our own on the same clock, for what
pytest-benchmark can't do: a process without pytest, and two settings measured side by side.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from conformance.benchmark import records, resampling

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.benchmark.clock import Clock, Spent

    Call = Callable[[], Any]

# A round takes at least so long, so that what a reading and a loop cost is lost in it.
SHORTEST_ROUND = 2e-3
MOST_ITERATIONS = 100_000
# A call is steady when the medians of two runs of so many calls are this near to each other.
STEADY_CALLS, STEADY = 3, 1.05


# Of a call that is so slow that its rounds would take so many times what they may, there are only so few.
_PATIENCE, FEWEST_ROUNDS = 4, 2
_TRIALS = 4


@dataclass(frozen=True)
class Plan:
    """How a call is timed.

    Attributes:
        rounds: at least so many, unless the call is too slow.
        seconds: for all rounds together.
        warm_up: seconds that may pass before the call is steady.
        most_rounds: no more than so many.
    """

    rounds: int = 7
    seconds: float = 0.3
    warm_up: float = 0.2
    most_rounds: int = 2000


@dataclass
class Timed:
    """Seconds a call of each round, by each clock.

    Attributes:
        first: of the very first call.
        wall: by the wall clock.
        cpu: of all threads.
        device: by the device's events, where it has any.
        iterations: calls in a round.
    """

    first: float = 0.0
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    device: list[float] = field(default_factory=list)
    iterations: int = 1

    def add(self, spent: Spent) -> None:
        """Add a round."""
        self.wall.append(spent.wall / self.iterations)
        self.cpu.append(spent.cpu / self.iterations)
        if spent.device is not None:
            self.device.append(spent.device / self.iterations)


def first_call(call: Call, clock: Clock) -> float:
    """Give the seconds of the very first call."""
    clock()
    call()
    clock()
    (spent,) = clock.rounds()
    return spent.wall


def warm_up(call: Call, clock: Clock, seconds: float, first: float) -> float:
    """Call until the times are steady, or for so many seconds, and give the last median.

    Args:
        call: what is timed.
        clock: of its device.
        seconds: that may pass.
        first: the seconds of a call before.
    """
    end = time.perf_counter() + seconds
    before = once = first
    while time.perf_counter() < end:
        once = _median(call, clock, STEADY_CALLS if STEADY_CALLS * before < seconds else 1)
        if max(once, before) <= STEADY * min(once, before):
            break
        before = once
    return once


def _median(call: Call, clock: Clock, calls: int) -> float:
    for _ in range(calls):
        clock()
        call()
        clock()
    return median(spent.wall for spent in clock.rounds())


def iterations(seconds: float) -> int:
    """Say how many calls of so many seconds make a round."""
    return max(1, min(MOST_ITERATIONS, round(SHORTEST_ROUND / max(seconds, 1e-9) + 0.5)))


def rounds(seconds: float, calls: int, plan: Plan) -> int:
    """Say how many rounds a plan has room for, of so many calls of so many seconds each."""
    each = max(seconds * calls, 1e-9)
    least = plan.rounds if each * plan.rounds <= _PATIENCE * plan.seconds else FEWEST_ROUNDS
    return max(least, min(plan.most_rounds, int(plan.seconds / each)))


def timed(call: Call, clock: Clock, plan: Plan, *, setup: Call | None = None) -> Timed:
    """Time a call in a loop of our own.

    Args:
        call: what is timed.
        clock: of the device on which it works.
        plan: how long.
        setup: what is done before each round, outside of it; a round is then one call.
    """
    found, each = _begun(call, clock, plan, setup)
    for _ in range(rounds(each, found.iterations, plan)):
        if setup is not None:
            setup()
        _round(call, clock, found)
    return found


def _begun(call: Call, clock: Clock, plan: Plan, setup: Call | None) -> tuple[Timed, float]:
    """Time the first call, warm up, and settle on how many calls make a round; give the seconds of a call too, its setup included."""
    found = Timed(first_call(call, clock))
    once = warm_up(call, clock, plan.warm_up, found.first)
    if setup is not None:
        return found, once + first_call(setup, clock)
    for _ in range(_TRIALS):
        # On a busy machine threads wait for each other, and calls in a row take far longer than one.
        found.iterations = iterations(once)
        trial = Timed(iterations=found.iterations)
        _round(call, clock, trial)
        (once,) = trial.wall
        if once * found.iterations <= _PATIENCE * SHORTEST_ROUND or found.iterations == 1:
            break
    return found, once


def _round(call: Call, clock: Clock, found: Timed) -> None:
    each = itertools.repeat(None, found.iterations)
    clock()
    for _ in each:
        call()
    clock()
    (spent,) = clock.rounds()
    found.add(spent)


def benchmarked(benchmark: Any, call: Call, clock: Clock, plan: Plan, *, setup: Call | None = None) -> Timed:
    """Time a call by pytest-benchmark, whose timer the clock is.

    Args:
        benchmark: the fixture of pytest-benchmark, with `clock` as its timer.
        call: what is timed.
        clock: of the device on which it works.
        plan: how long.
        setup: as for `timed`.
    """
    found, each = _begun(call, clock, plan, setup)
    benchmark.pedantic(
        call,
        setup=setup,
        rounds=rounds(each, found.iterations, plan),
        iterations=found.iterations,
        warmup_rounds=0,
    )
    for spent in clock.rounds():
        found.add(spent)
    return found


@dataclass(frozen=True)
class Turns:
    """Two calls that were measured in turn: their ratio, and seconds a call of each, round by round."""

    ratio: records.Ratio
    first: list[float]
    second: list[float]


@dataclass(frozen=True)
class Setting:
    """One of two calls that are measured in turn.

    Attributes:
        name: what it is told as.
        call: what is timed.
        clock: of the device on which it works.
        before: what is done before each of its rounds, outside of it.
    """

    name: str
    call: Call
    clock: Clock
    before: Call = lambda: None


def in_turn(first: Setting, second: Setting, plan: Plan) -> Turns:
    """Measure two calls in turn, and the first against itself: A B A, B A A, and so on.

    Args:
        first: the call that the other is compared with.
        second: the other.
        plan: how long in all.
    """
    one, two = (_begun_with(each, plan) for each in (first, second))
    again = Timed(iterations=one[0].iterations)
    work = [(first, one[0]), (second, two[0]), (first, again)]
    block = 2 * one[1] * one[0].iterations + two[1] * two[0].iterations
    for number in range(rounds(block, 1, plan)):
        # Each takes each place in turn, so that none is always the one after a pause.
        shift = number % len(work)
        for setting, found in (*work[shift:], *work[:shift]):
            setting.before()
            _round(setting.call, setting.clock, found)
    beside = [(a + b) / 2 for a, b in zip(one[0].wall, again.wall, strict=True)]
    noise = resampling.paired_ratio(one[0].wall, again.wall)
    ratio = resampling.paired_ratio(beside, two[0].wall)
    return Turns(
        records.Ratio(first.name, second.name, ratio, resampling.verdict(ratio, noise), noise), beside, two[0].wall
    )


def _begun_with(setting: Setting, plan: Plan) -> tuple[Timed, float]:
    setting.before()
    return _begun(setting.call, setting.clock, plan, None)
