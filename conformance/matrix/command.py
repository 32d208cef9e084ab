"""`conformance faults`: choose, measure, show, write, judge."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from conformance.matrix import choice, judgement, page, record
from conformance.matrix.measuring import Request, measure
from conformance.matrix.progress import Shown
from conformance.problems import UsageProblem
from conformance.runner import interrupts

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from conformance.faults.planting import Fault, Innocent


@dataclass(frozen=True)
class Options:
    """The options of `conformance faults`."""

    select: tuple[str, ...]
    topics: tuple[str, ...]
    sample: int
    innocents: Literal["all", "none", "only"]
    profile: str
    seed: int
    workers: int
    timeout: float
    report: Path


def run(options: Options) -> int:
    """Measure the chosen part of the matrix and give the exit code.

    Raises:
        UsageProblem: wrong input, as a sentence.
    """
    if not hasattr(os, "fork"):
        raise UsageProblem("`conformance faults` needs a system on which processes fork (Linux, macOS)")
    faults, innocents = _chosen(options)
    _check_report(options.report)
    request = Request(
        faults=faults,
        innocents=innocents,
        profile=options.profile,
        seed=options.seed,
        workers=options.workers,
        seconds=options.timeout,
        whole=not options.select and not options.topics and options.sample == 1 and options.innocents != "only",
        log=options.report / record.LOG_NAME,
    )
    interrupts.install()
    first = f"{len(faults)} faults and {len(innocents)} innocents, {options.workers} at a time"
    with Shown(sys.stderr, first) as shown:
        matrix = measure(request, shown)
    record.write(matrix, options.report, page.markdown(matrix))
    click.echo(page.text(matrix))
    return judgement.exit_code(matrix)


def _chosen(options: Options) -> tuple[tuple[Fault, ...], tuple[Innocent, ...]]:
    faults = choice.faults() if options.innocents != "only" else ()
    innocents = choice.innocents() if options.innocents != "none" else ()
    choice.check((*faults, *innocents), options.select, options.topics)
    chosen = (
        choice.chosen(faults, options.select, options.topics, options.sample),
        choice.chosen(innocents, options.select, options.topics, options.sample),
    )
    if not any(chosen):
        raise UsageProblem("nothing is chosen: no fault and no innocent")
    return chosen


def _check_report(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / record.LOG_NAME).open("wb"):
            pass
    except OSError as error:
        raise UsageProblem(f"the report folder {folder} can't be written: {error.strerror}") from error
