"""How often a run moves a tensor to a device and back: `python -m conformance.benchmark.transfers --device rehearsal`.

On a device each tensor that the suite makes there is a transfer, and so is the reading of all that a case leaves there
(of each tensor, where the device's can't be read together); on the CPU the same is a write or a read of memory. The whole run on the device is set against the whole run on the CPU, and so are the clauses
that apply to both. The command ends with 1 where the device's run moves more than twice as many.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from conformance import catalogue
from conformance.backends.protocol import UnknownDeviceError
from conformance.backends.registry import UnknownBackendError
from conformance.runner import plan
from conformance.runner.settings import PROFILES, Settings
from conformance.runner.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.backends.protocol import Backend, Device
    from conformance.observation import Seen

MOST = 2.0


def counting(backend: Backend, counted: Counter[str], *, everywhere: bool) -> None:
    """Have a backend count, under `moved`, what it moves off the CPU and back, or what it makes and reads everywhere."""
    kind: Any = type(backend)

    class Counting(kind):  # type: ignore[misc]  # the class of whatever backend it is
        """Whatever backend it is, with an eye on its tensors."""

        def make_tensor(self, array: Any, dtype: str, device: Device) -> Any:
            counted["moved"] += everywhere or device.type != "cpu"
            return super().make_tensor(array, dtype, device)

        def see_own(self, value: Any) -> Seen | None:
            seen: Seen | None = super().see_own(value)
            if seen is not None and seen.kind == "tensor" and self.stand_in(value) is None:
                counted["moved"] += everywhere or seen.device != "cpu"
            return seen

        def fetch(self, values: Any) -> list[tuple[Any, Any]]:
            brought: list[tuple[Any, Any]] = super().fetch(values)
            counted["moved"] += bool(brought)
            return brought

    backend.__class__ = Counting


def moved(name: str, settings: Settings) -> dict[str, int]:
    """Run the suite on a device in this process, and give how many tensors each clause moved."""
    settings = Settings(
        backend=settings.backend, devices=(name,), select=settings.select, level="wording", profile=settings.profile
    )
    counted: Counter[str] = Counter()
    backend = plan.load_backend(settings)
    made = plan.of(backend, settings)
    counting(backend, counted, everywhere=name == "cpu")
    worker = Worker(settings, made, backend=backend)
    found = {}
    for line in plan.lines(made, catalogue.select(settings.select, "wording")):
        if line.not_run:
            continue
        before = counted["moved"]
        worker.run(line, line.key)
        found[line.clause.id] = counted["moved"] - before
    return found


def told(device: str, there: dict[str, int], here: dict[str, int]) -> Iterator[str]:
    """Give the lines: of the whole runs, and of the clauses that both have."""
    both = there.keys() & here.keys()
    yield f"whole runs: {share(sum(there.values()), sum(here.values()), device)}"
    yield f"the {len(both)} clauses that both have: {share(sum(there[one] for one in both), sum(here[one] for one in both), device)}"


def share(there: int, here: int, device: str) -> str:
    """Set what was moved there against what was made and read here."""
    return f"{there} transfers on {device}, {here} tensors made or read on the CPU ({there / max(here, 1):.2f} times as many)"


def main(arguments: list[str]) -> int:
    """Count and print; 1 where the device's run moves more than twice as many tensors, 2 where nothing ran there."""
    parser = argparse.ArgumentParser(prog="python -m conformance.benchmark.transfers", description=__doc__)
    parser.add_argument("--backend", default="torch")
    parser.add_argument("--device", default="rehearsal")
    parser.add_argument("--profile", default="standard", choices=PROFILES)
    parser.add_argument("--select", action="append", default=[], help="glob on clause ids, repeatable")
    options = parser.parse_args(arguments)
    settings = Settings(backend=options.backend, profile=options.profile, select=tuple(options.select))
    try:
        there, here = moved(options.device, settings), moved("cpu", settings)
    except (UnknownBackendError, UnknownDeviceError) as error:
        parser.error(str(error))
    if not sum(there.values()):
        parser.error(f"nothing ran on {options.device}: `conformance doctor` says whether it is here")
    for line in told(options.device, there, here):
        click.echo(line)
    return int(sum(there.values()) > MOST * sum(here.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
