"""A device that isn't there: it computes products on a thread of its own, so a call returns before its work is done.

    python -m conformance.benchmark.delayed                    what the clock of the stage says of a product of 3 ms
    python -m conformance.benchmark.delayed --no-synchronize   what a clock says that does not wait

It shows, without a GPU, that the clock is right. It rehearses the clock and is evidence about no device.
"""

from __future__ import annotations

import queue
import threading
import time
from statistics import median
from typing import TYPE_CHECKING

import click

from conformance.benchmark import timing
from conformance.benchmark.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

PRODUCT_SECONDS = 3e-3


class Delayed:
    """A device with a queue of work, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="delayed-device", daemon=True).start()

    def _serve(self) -> None:
        while True:
            self._work.get()()

    def product(self) -> None:
        """Ask for a product that takes `PRODUCT_SECONDS`, and return at once."""
        self._work.put(lambda: time.sleep(PRODUCT_SECONDS))

    def synchronize(self) -> None:
        """Return when all that was asked for is done."""
        done = threading.Event()
        self._work.put(done.set)
        done.wait()


@click.command()
@click.option("--synchronize/--no-synchronize", default=True, show_default=True, help="Whether the clock waits.")
def main(*, synchronize: bool) -> None:
    """Print the seconds of one product, as the stage measures it."""
    device = Delayed()
    clock = Clock(device.synchronize) if synchronize else Clock()
    seconds = median(timing.first_call(device.product, clock) for _ in range(5))
    device.synchronize()
    click.echo(f"{seconds:.9f}")


if __name__ == "__main__":
    main()
