"""What a run of the suite costs: `python -m conformance.benchmark.cost [--profile standard] [--backend torch]`.

It prints the CPU time of a whole run beyond one import of the library a process, the gain of a second worker, the
dearest clauses with their cost a case, and how the cost grows with the number of cases. Nothing here is asserted by a
test: compare the ratios of one run, since two machines, or two hours on one, differ.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from conformance import catalogue
from conformance.reporting import results
from conformance.runner import plan
from conformance.runner.settings import PROFILES, Settings
from conformance.runner.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.catalogue import Clause
    from conformance.reporting.results import ClauseLine
    from conformance.strategies.rows import Row

REPEATS = 3
SHOWN_CLAUSES = 15
# A clause that costs next to nothing: a run of it alone is the start-up of a run.
START_UP = "ranks.zero-dim"
MEGA = 1e3
# PyTorch imports a part of itself when a gradient is first given to backward.
_FIRST_GRADIENT = "x = found.namespace.tensor(1.0, requires_grad=True); x.backward(x.detach())"


@dataclasses.dataclass(frozen=True)
class Cost:
    """Seconds of CPU, of all processes together, and of the wall clock."""

    cpu: float
    wall: float


def measured(*command: str) -> Cost:
    """Run a command to its end and give what it cost."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - this very program
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def _run(backend: str, profile: str, workers: int, folder: Path, *more: str) -> Cost:
    return measured(
        sys.executable, "-m", "conformance", "run", "--backend", backend, "--profile", profile, "-n", str(workers),
        "--report", str(folder), *more,
    )  # fmt: skip


def whole_runs(backend: str, profile: str, folder: Path) -> Iterator[str]:
    """Give the lines on whole runs: CPU beyond start-up, and the gain of a second worker; interleaved, medians."""
    loading = f"from conformance.backends import registry; found = registry.find({backend!r})"
    imports: list[float] = []
    complete: list[float] = []
    starts: dict[int, list[Cost]] = {1: [], 2: []}
    runs: dict[int, list[Cost]] = {1: [], 2: []}
    for _ in range(REPEATS):
        imports.append(measured(sys.executable, "-c", loading).cpu)
        complete.append(measured(sys.executable, "-c", f"{loading}; {_FIRST_GRADIENT}").cpu)
        for workers in (1, 2):
            starts[workers].append(_run(backend, profile, workers, folder / "start", "--select", START_UP))
            runs[workers].append(_run(backend, profile, workers, folder / "whole"))
    yield f"one import of {backend}: {median(imports):.2f} s of CPU, {median(complete):.2f} s with what its first gradient imports"
    for workers in (1, 2):
        cpu, own = (median(one.cpu for one in group[workers]) for group in (runs, starts))
        # The process that looks at the backend first imports it too; it works no gradient out.
        beyond = cpu - median(imports) - median(complete) * workers
        yield f"{profile}, -n {workers}: {cpu:.2f} s of CPU, {beyond:.2f} s beyond one import a process (start-up: {own:.2f} s)"
    one, two = (median(a.wall - b.wall for a, b in zip(runs[n], starts[n], strict=True)) for n in (1, 2))
    yield f"beyond start-up: {one:.2f} s with one worker, {two:.2f} s with two ({two / one:.0%})"


def dearest(found: results.Results) -> Iterator[str]:
    """Give a line for each of the dearest clauses, and one for all."""

    def told(name: str, seconds: float, cases: int) -> str:
        return f"{name:<48} {seconds:8.3f} s {cases:7} cases {seconds / max(cases, 1) * MEGA:8.3f} ms a case"

    by_cost = sorted(found.lines, key=lambda line: -line.seconds)
    for line in by_cost[:SHOWN_CLAUSES]:
        yield told(line.id, line.seconds, _cases(line))
    yield told("all", sum(line.seconds for line in by_cost), sum(map(_cases, by_cost)))


def _cases(line: ClauseLine) -> int:
    return sum(line.cases.values())


def growth(backend: str, profile: str, found: results.Results) -> Iterator[str]:
    """Give a line for a quarter, a half and all of the cases of the clauses with most: what a case costs in each."""
    ids = [line.id for line in sorted(found.lines, key=lambda line: -_cases(line))[:5]]
    settings = Settings(backend=backend, profile=profile)
    loaded = plan.load_backend(settings)
    made = plan.of(loaded, settings)
    worker = Worker(settings, made, backend=loaded)
    clauses = [one for one in map(catalogue.find, ids) if one.table is not None]
    for share in (4, 2, 1):
        start, cases = time.process_time(), 0
        for clause in clauses:
            whole = sum(1 for _ in clause.all_cases(profile, 0)) - len(clause.cases)
            for planned in plan.lines(made, [_first(clause, whole // share)]):
                cases += _cases(worker.run(planned, planned.key))
        spent = time.process_time() - start
        yield f"1/{share} of the cases: {cases:6} in {spent:7.2f} s of CPU, {spent / max(cases, 1) * MEGA:.3f} ms a case"


def _first(clause: Clause, number: int) -> Clause:
    whole = clause.table

    def table(profile: str, seed: int) -> Iterator[Row]:
        return islice(whole(profile, seed), number) if whole is not None else iter(())

    return dataclasses.replace(clause, table=table, reaches=())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m conformance.benchmark.cost", description=__doc__)
    parser.add_argument("--backend", default="torch")
    parser.add_argument("--profile", default="standard", choices=PROFILES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for line in whole_runs(options.backend, options.profile, folder):
            click.echo(line)
        found = results.read(folder / "whole" / results.FILE_NAME)
        for line in (*dearest(found), *growth(options.backend, options.profile, found)):
            click.echo(line)


if __name__ == "__main__":
    main()
