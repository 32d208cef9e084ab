"""A device that isn't there: it computes products on a thread of its own, so a call returns before its work is done.

A lazy one does not even begin with that until it is told to, and leaves out what nobody holds by then.

    python -m conformance.benchmark.delayed                    what the clock of the stage says of a product of 3 ms
    python -m conformance.benchmark.delayed --no-synchronize   what a clock says that does not wait
    python -m conformance.benchmark.delayed --lazy             what the stage says of a product on a lazy device
    python -m conformance.benchmark.delayed --lazy --no-step   what a clock says that waits, where nothing was begun

It shows, without a GPU, that the clock is right. It rehearses the clock and is evidence about no device.
"""

from __future__ import annotations

import queue
import threading
import time
import weakref
from statistics import median
from typing import TYPE_CHECKING

import click

from conformance.benchmark import lazy, timing
from conformance.benchmark.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

PRODUCT_SECONDS = 3e-3


class Delayed:
    """A device with a queue of work, in the order in which it was asked for.

    Attributes:
        computed: how many products were.
    """

    def __init__(self) -> None:
        self.computed = 0
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="delayed-device", daemon=True).start()

    def _serve(self) -> None:
        while True:
            self._work.get()()

    def product(self) -> None:
        """Ask for a product that takes `PRODUCT_SECONDS`, and return at once."""
        self._work.put(self._compute)

    def _compute(self) -> None:
        time.sleep(PRODUCT_SECONDS)
        self.computed += 1

    def synchronize(self) -> None:
        """Return when all that was asked for is done."""
        done = threading.Event()
        self._work.put(done.set)
        done.wait()


class Result:
    """What a product on a lazy device gives: a name for what is to be computed."""


class Lazy(Delayed):
    """A device that only notes what is to be done, and begins what is still held when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self._noted: weakref.WeakSet[Result] = weakref.WeakSet()

    def noted(self) -> Result:
        """Note a product."""
        result = Result()
        self._noted.add(result)
        return result

    def step(self) -> None:
        """Ask for the products that were noted and are held, and return at once."""
        for _ in tuple(self._noted):
            self.product()
        self._noted.clear()


@click.command()
@click.option("--synchronize/--no-synchronize", default=True, show_default=True, help="Whether the clock waits.")
@click.option("--lazy", "puts_off", is_flag=True, help="The device puts its work off.")
@click.option("--step/--no-step", default=True, show_default=True, help="Whether a lazy one is told to begin.")
def main(*, synchronize: bool, puts_off: bool, step: bool) -> None:
    """Print the seconds of one product, as the stage measures it."""
    device = Lazy()
    clock = Clock(device.synchronize) if synchronize else Clock()
    call = device.product
    if puts_off:
        call = lazy.stepping(device.noted, device.step if step else lambda: None)
    seconds = median(timing.first_call(call, clock) for _ in range(5))
    device.synchronize()
    click.echo(f"{seconds:.9f}")


if __name__ == "__main__":
    main()
