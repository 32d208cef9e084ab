"""`conformance faults`: choose, measure, show, write, judge."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from conformance.matrix import choice, figures, judgement, page, record
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
    readme: Path | None = None

    @property
    def everything(self) -> bool:
        """Whether no fault or innocent is left out by choice."""
        return not self.select and not self.topics and self.sample == 1


def run(options: Options) -> int:
    """Measure the chosen part of the matrix and give the exit code.

    Raises:
        UsageProblem: wrong input, as a sentence.
    """
    if not hasattr(os, "fork"):
        raise UsageProblem("`conformance faults` needs a system on which processes fork (Linux, macOS)")
    faults, innocents = _chosen(options)
    _check_report(options.report)
    readme = _readme(options)
    request = Request(
        faults=faults,
        innocents=innocents,
        profile=options.profile,
        seed=options.seed,
        workers=options.workers,
        seconds=options.timeout,
        whole=options.everything and options.innocents != "only",
        log=options.report / record.LOG_NAME,
    )
    interrupts.install()
    first = f"{len(faults)} faults and {len(innocents)} innocents, {options.workers} at a time"
    with Shown(sys.stderr, first) as shown:
        matrix = measure(request, shown)
    record.write(matrix, options.report, page.markdown(matrix))
    click.echo(page.text(matrix))
    if readme is not None and (why := figures.unfinished(matrix)):
        click.echo(f"{options.readme} is left as it is: {why}", err=True)
    elif readme is not None:
        readme.write(matrix)
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


def _readme(options: Options) -> figures.Readme | None:
    if options.readme is None:
        return None
    figures.check_whole(everything=options.everything)
    without = {"none": figures.INNOCENTS, "only": figures.FAULTS}.get(options.innocents)
    return figures.Readme(options.readme, [one for one in (figures.FAULTS, figures.INNOCENTS) if one != without])


def _check_report(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / record.LOG_NAME).open("wb"):
            pass
    except OSError as error:
        raise UsageProblem(f"the report folder {folder} can't be written: {error.strerror}") from error
