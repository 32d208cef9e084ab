"""`conformance bench compare`: two files compared, and NEW measured again here where a case is suspected."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

import click

from conformance.benchmark import command, comparison, machine, records
from conformance.problems import UsageProblem
from conformance.runner import interrupts

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.benchmark.records import Bench


def compare(old: Path, new: Path, again: Path | None, report: Path, *, different_machines: bool, repeat: bool) -> int:
    """Compare two files, write what came out, and give the exit code.

    Args:
        old: a bench.json, or its folder.
        new: another.
        again: a repetition of the new one.
        report: folder for compare.json and compare.md.
        different_machines: allows those of two machines.
        repeat: measures the new one again here, where cases are suspected.

    Raises:
        UsageProblem: a file can't be used, or the two can't be compared.
    """
    one, two = read(old), read(new)
    three = read(again) if again is not None else None
    found = comparison.compare(one, two, three, different_machines=different_machines)
    if found.suspected and repeat:
        _check_same(two)
        found = comparison.compare(one, two, _repeated(two, report / "again"), different_machines=different_machines)
    command.clear(report / "compare.json")
    command.written(report / "compare.json", comparison.as_json(found))
    command.written(report / "compare.md", comparison.as_markdown(found))
    click.echo(comparison.as_text(found))
    received = interrupts.received()
    return 128 + received if received is not None else found.exit_code


def _check_same(bench: Bench) -> None:
    """See that a file can be measured again here.

    Raises:
        UsageProblem: it is of another machine or of another PyTorch.
    """
    here = machine.fingerprint(bench.machine.accelerators)
    differing = comparison.machine_differences(bench.machine, here)
    installed = importlib.metadata.version("torch")
    if installed.partition("+")[0] != bench.torch.partition("+")[0]:
        differing.append(f"torch {bench.torch} against {installed}")
    if differing:
        raise UsageProblem(
            f"--repeat measures NEW again where it was measured, and this is another place: {'; '.join(differing)}"
        )


def read(path: Path) -> Bench:
    """Read a bench.json, or the one in a folder.

    Raises:
        UsageProblem: it is none.
    """
    try:
        return records.read(path)
    except records.RecordError as error:
        raise UsageProblem(str(error)) from error


def _repeated(bench: Bench, report: Path) -> Bench:
    """Measure what a file holds once more."""
    dtypes = tuple(dict.fromkeys(one.dtype for one in bench.cases))
    threads = tuple(dict.fromkeys(one.threads for one in bench.cases if one.threads))
    squares = tuple(dict.fromkeys(one.shape.n for one in bench.cases if one.shape.kind == "square"))
    sizes = squares if len(squares) == len({one.shape for one in bench.cases}) else ()
    return command.measured(
        command.Request(bench.profile, tuple(bench.devices), dtypes, sizes, threads, bench.seed, report)
    )
