"""Whether the stage's own figures can be believed: `python -m conformance.benchmark.harness [--repetitions 200]`.

It prints, on this machine: what the harness adds to a call; its figure of a float32 product beside that of
torch.utils.benchmark, in the same run; how many of so many comparisons of a product with itself are false alarms; and how
many planted slowdowns of 15 % the comparison finds. Nothing here is asserted by a test: times are never.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

import click
import torch
from torch.utils import benchmark

from conformance.benchmark import timing
from conformance.benchmark.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

_TINY, _COMPARED = 8, 512
_SLOWED = (256, 512, 1024)
_SLOWDOWN = 1.15
_TURNS = 7


@dataclass
class Slowed:
    """A call that takes so many times as long as it should: it waits, busily, after its work."""

    call: Any
    factor: float
    _spent: list[float] = field(default_factory=list)

    def __call__(self) -> Any:
        """Call, and wait for the rest."""
        start = time.perf_counter()
        result = self.call()
        end = time.perf_counter()
        until = end + (end - start) * (self.factor - 1)
        while time.perf_counter() < until:
            pass
        return result


def product(n: int) -> Any:
    """Give a call that multiplies two n x n matrices of float32."""
    return functools.partial(torch.matmul, torch.randn(n, n), torch.randn(n, n))


def added() -> float:
    """Give the seconds that the harness adds to each call of a tiny product: over a bare loop, in turn."""
    call, plan = product(_TINY), timing.Plan(seconds=0.2, warm_up=0.1)
    differences = []
    for _ in range(_TURNS):
        found = median(timing.timed(call, Clock(), plan).wall)
        differences.append(found - _bare(call, 20_000))
    return median(differences)


def _bare(call: Any, number: int) -> float:
    start = time.perf_counter()
    for _ in range(number):
        call()
    return (time.perf_counter() - start) / number


def beside_torch(n: int) -> tuple[float, float]:
    """Give the medians of a product by this stage and by torch.utils.benchmark, measured in turn with the threads that are set."""
    call, plan = product(n), timing.Plan(seconds=0.3, warm_up=0.2)
    timer = benchmark.Timer("call()", globals={"call": call}, num_threads=torch.get_num_threads())
    ours, theirs = [], []
    for _ in range(_TURNS):
        ours.append(median(timing.timed(call, Clock(), plan).wall))
        theirs.append(timer.blocked_autorange(min_run_time=0.3).median)
    return median(ours), median(theirs)


def verdicts(n: int, factor: float, repetitions: int, seconds: float) -> Iterator[str]:
    """Compare a product with itself, or with one that is slower by a factor, so many times."""
    call = product(n)
    other = call if factor == 1 else Slowed(call, factor)
    plan = timing.Plan(rounds=20, seconds=seconds, warm_up=seconds / 4)
    for _ in range(repetitions):
        first, second = timing.Setting("A", call, Clock()), timing.Setting("B", other, Clock())
        yield timing.in_turn(first, second, plan).ratio.verdict


@click.command()
@click.option("--repetitions", default=200, show_default=True, help="Of the comparison of a product with itself.")
@click.option("--seconds", default=0.5, show_default=True, help="Of each comparison.")
@click.option("--threads", default=1, show_default=True, help="Of the CPU.")
def main(repetitions: int, seconds: float, threads: int) -> None:
    """Print what the stage's own figures are worth here."""
    torch.set_num_threads(threads)
    click.echo(f"the harness adds {added() * 1e9:.0f} ns a call to a product of {_TINY}x{_TINY}")
    ours, theirs = beside_torch(_COMPARED)
    click.echo(
        f"float32 n = {_COMPARED}: {ours * 1e6:.1f} us, torch.utils.benchmark {theirs * 1e6:.1f} us ({ours / theirs - 1:+.1%})"
    )
    found = list(verdicts(256, 1.0, repetitions, seconds))
    alarms = sum(one in ("slower", "faster") for one in found)
    click.echo(
        f"a product against itself: {alarms} false alarms in {len(found)} comparisons ({alarms / max(len(found), 1):.1%}), "
        f"{found.count('same')} same, {found.count('inconclusive')} inconclusive"
    )
    for n in _SLOWED:
        slow = list(verdicts(n, _SLOWDOWN, max(repetitions // 20, 1), seconds))
        click.echo(f"slowed by {_SLOWDOWN - 1:.0%} at n = {n}: {slow.count('slower')} of {len(slow)} found")


if __name__ == "__main__":
    main()
