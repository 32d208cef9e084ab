"""The selftest's own test: does it see a change in what says what is right?

`python -m conformance.selftest.mutants [--sample 300] [--seed 0] [--again] [--whole] [-n 2]` draws mutants of the
reference, the bounds and the judges, and puts each before the selftest, its nearest tests first. Exit code 1 if fewer
than 95 in 100 are killed, or a survivor isn't listed with its reason in `conformance/selftest/mutants.toml`, or an entry
there has become idle. What is done is kept in the results file: the same command goes on where it was interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from conformance.matrix import forks
from conformance.matrix.progress import Shown
from conformance.runner import interrupts
from conformance.selftest import mutant_trial, mutating
from conformance.selftest.mutant_trial import OTHERS, UNITS, Outcome, Stage, Trial
from conformance.selftest.mutating import Mutant
from conformance.selftest.support import ROOT, copy_of_the_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LISTED = Path(__file__).with_suffix(".toml")
ENOUGH = 0.95
OK, FAILED, WRONG = 0, 1, 2
# A stage may take so many times as long as without a mutant, and so many seconds more.
TIMES, MORE_SECONDS = 6, 20
# What each stage may take without a mutant.
MOST_SECONDS = {"units": 900.0, "suite": 900.0, "whole": 7200.0}


class Problem(Exception):  # noqa: N818 - what a user can mend is no error of the program
    """Something that the user must mend: the message says what."""


class Survivor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mutant that no test can or need kill, known by the line that it changes and not by its number.

    Attributes:
        module: its path in the project.
        operator: that changes it.
        line: that is changed.
        becomes: what it becomes.
        reason: why no test kills it.
    """

    module: str
    operator: str
    line: str
    becomes: str
    reason: str

    def is_of(self, mutant: Mutant) -> bool:
        """Say whether a mutant is this one."""
        own = (self.module, self.operator, self.line, self.becomes)
        return own == (mutant.module, mutant.operator, mutant.line, mutant.becomes)


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    survivor: tuple[Survivor, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """A result in the file of results: of which mutant, by the digest of its text."""

    mutant: str
    digest: str
    outcome: Outcome


def listed(path: Path = LISTED) -> tuple[Survivor, ...]:
    """Read the list of survivors.

    Raises:
        Problem: it is damaged, or an entry has no reason.
    """
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _List).survivor
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise Problem(f"{path.name} is damaged: {error}") from error
    if silent := [one for one in found if not one.reason.strip()]:
        raise Problem(f"{path.name}: the entry on {silent[0].line!r} has no reason")
    return found


def idle(entries: Iterable[Survivor], root: Path = ROOT) -> list[Survivor]:
    """Give the entries whose line is no longer in their module."""
    lines = {
        module: {line.strip() for line in _text(root / module).splitlines()}
        for module in {one.module for one in entries}
    }
    return [one for one in entries if one.line not in lines[one.module]]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def digest(mutant: Mutant) -> str:
    """Give what a mutant is known by: the same text is the same mutant."""
    return hashlib.sha256(f"{mutant.module}\n{mutant.text}".encode()).hexdigest()[:24]


class Results:
    """The outcomes that are known, in a file that is whole whenever the process is stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, Kept] = {}
        if path.is_file():
            try:
                self._kept = {one.digest: one for one in msgspec.json.decode(path.read_bytes(), type=list[Kept])}
            except msgspec.DecodeError as error:
                raise Problem(f"{path} is no file of results ({error}): take it away, or name another") from error

    def of(self, mutant: Mutant) -> Outcome | None:
        """Give what became of a mutant, where it is known."""
        kept = self._kept.get(digest(mutant))
        return kept.outcome if kept is not None else None

    def keep(self, mutant: Mutant, outcome: Outcome) -> None:
        """Write an outcome down."""
        self._kept[digest(mutant)] = Kept(str(mutant), digest(mutant), outcome)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.format(msgspec.json.encode(list(self._kept.values()))))
        new.replace(self._path)


Turn = tuple[Mutant | None, tuple[Stage, ...]]


@dataclass(frozen=True)
class Bench:
    """Where mutants are tried.

    Attributes:
        root: the project.
        copies: of it, one for each mutant at a time.
        log: takes what the tests print.
    """

    root: Path
    copies: tuple[Path, ...]
    log: Path

    def outcomes(self, turns: Iterable[Turn]) -> Iterator[tuple[Mutant | None, Outcome]]:
        """Try mutants, each before some stages, and give what became of each as it ends; None is the project as it is."""
        free = list(self.copies)
        trials = (Trial(mutant, self.root, free.pop(), stages) for mutant, stages in turns)
        for ended in forks.run(trials, len(self.copies), self.log, lambda: None):
            ended.job.restore()
            free.append(ended.job.copy)
            yield ended.job.mutant, _outcome(ended)


def _outcome(ended: forks.Ended[Trial]) -> Outcome:
    if ended.broke:
        raise Problem(f"the trial itself broke: {ended.broke.strip().splitlines()[-1]}")
    if ended.how:
        return Outcome("(the trial)", ended.how, round(ended.seconds, 2))
    return msgspec.json.decode(ended.told[-1], type=Outcome)


def stages(subject: mutating.Subject, seconds: dict[str, float], *, listed: bool = False) -> tuple[Stage, ...]:
    """Give the stages before which a module's mutant is put, each with the time that it may take.

    The whole selftest is one where it was measured; a survivor that is listed is put before the quick ones alone.
    """
    limit = {name: TIMES * took + MORE_SECONDS for name, took in seconds.items()}
    made = [
        Stage("nearest", limit["units"], names=subject.tests),
        Stage("units", limit["units"], names=tuple(name for name in UNITS if name not in subject.tests)),
    ]
    if not listed:
        made.append(Stage("suite", limit["suite"], "suite", subject.clauses))
    if "whole" in limit and not listed:
        others = tuple(name for name in _others_of(ROOT) if name not in subject.tests)
        made.append(Stage("whole", limit["whole"], names=others))
    return tuple(made)


def _others_of(root: Path) -> tuple[str, ...]:
    """Give the files of the selftest that are not among the quick ones."""
    files = sorted((root / "conformance/selftest").glob("test_*.py"))
    return tuple(path.stem for path in files if path.stem not in {*UNITS, *OTHERS})


def measured(bench: Bench, *, whole: bool = False) -> dict[str, float]:
    """Run each stage without a mutant and give its seconds; the whole selftest where that is asked for.

    Raises:
        Problem: it fails without a mutant, so that it proves nothing.
    """
    nearest = {name for subject in mutating.SUBJECTS for name in subject.tests}
    tests = (*UNITS, *sorted(nearest.difference(UNITS)))
    asked = [Stage("units", MOST_SECONDS["units"], names=tests), Stage("suite", MOST_SECONDS["suite"], "suite")]
    if whole:
        asked.append(Stage("whole", MOST_SECONDS["whole"], names=_others_of(bench.root)))
    found: dict[str, float] = {}
    for stage in asked:
        ((_, outcome),) = bench.outcomes([(None, (stage,))])
        if outcome.killed:
            raise Problem(f"without a mutant the selftest fails already: {outcome.by}")
        found[stage.name] = outcome.seconds
    return found


@dataclass(frozen=True)
class Report:
    """What the sample shows.

    Attributes:
        outcomes: of each mutant; those not tried, for want of time, are left out.
        entries: of the list of survivors.
        asked: how many mutants were drawn.
        places: of how many.
    """

    outcomes: tuple[tuple[Mutant, Outcome], ...]
    entries: tuple[Survivor, ...]
    asked: int
    places: int

    @property
    def survivors(self) -> list[Mutant]:
        """Those that no test killed."""
        return [mutant for mutant, outcome in self.outcomes if not outcome.killed]

    def complaints(self) -> Iterator[str]:
        """Say what must not be."""
        for one in idle(self.entries):
            yield f"the list's entry is idle, the line is gone from {one.module}: {one.line}"
        for mutant, outcome in self.outcomes:
            known = any(entry.is_of(mutant) for entry in self.entries)
            if known and outcome.killed:
                yield f"it is listed as a survivor, and {outcome.by} kills it: {mutant}"
            elif not known and not outcome.killed:
                yield f"a survivor that is not listed: {mutant}"
        if self.outcomes and len(self.survivors) > (1 - ENOUGH) * len(self.outcomes):
            yield f"fewer than {ENOUGH:.0%} were killed"

    def text(self) -> str:
        """Say it: the numbers in one line, and each complaint in one."""
        killed = len(self.outcomes) - len(self.survivors)
        by = {stage: sum(outcome.stage == stage for _, outcome in self.outcomes) for stage in self._stages()}
        head = (
            f"{killed} of {len(self.outcomes)} mutants killed ({killed / max(len(self.outcomes), 1):.1%}), drawn from "
            f"{self.places} places in {len(mutating.SUBJECTS)} modules: "
            + ", ".join(f"{number} by {stage}" for stage, number in by.items())
            + f"; {len(self.survivors)} survivors"
        )
        return "\n".join([*self.complaints(), head])

    def _stages(self) -> list[str]:
        return list(dict.fromkeys(outcome.stage for _, outcome in self.outcomes if outcome.killed))


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m conformance.selftest.mutants", description=__doc__)
    parser.add_argument("--sample", type=_positive, default=300, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--again", action="store_true", help="try survivors of an earlier run again")
    parser.add_argument(
        "--whole", action="store_true", help="put survivors that aren't listed before the whole selftest"
    )
    parser.add_argument("-n", type=_positive, default=2, dest="workers", help="mutants at a time")
    parser.add_argument("--results", type=Path, default=ROOT / "reports/mutants.json", help="the file of results")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return number


def main(arguments: Sequence[str]) -> int:
    """Draw, try, and say what was found."""
    asked = options(arguments)
    interrupts.install()
    try:
        return run(asked)
    except Problem as problem:
        click.echo(f"mutants: {problem}", err=True)
        return WRONG
    except KeyboardInterrupt:
        click.echo("mutants: stopped; what was done is kept, and the same command goes on", err=True)
        received = interrupts.received()
        return 128 + received if received is not None else 130


def run(asked: argparse.Namespace) -> int:
    """Draw, try, and say what was found.

    Raises:
        Problem: the user must mend something first.
    """
    if not hasattr(os, "fork"):
        raise Problem("processes must fork here (Linux, macOS)")
    if not _is_here("cosmic_ray"):
        raise Problem("Cosmic Ray is missing: pip install 'tensor-conformance[mutants]'")
    entries, results = listed(), Results(asked.results)
    sources = {one.module: (ROOT / one.module).read_text(encoding="utf-8") for one in mutating.SUBJECTS}
    mutants, places = mutating.drawn(sources, asked.sample, asked.seed)
    left = [one for one in mutants if _is_left(results.of(one), again=asked.again)]
    if left:
        _try_all(left, entries, results, asked)
    known = [(mutant, outcome) for mutant in mutants if (outcome := results.of(mutant)) is not None]
    report = Report(tuple(known), entries, len(mutants), places)
    click.echo(report.text())
    return FAILED if any(report.complaints()) else OK


def _is_here(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def _is_left(outcome: Outcome | None, *, again: bool) -> bool:
    return outcome is None or (again and not outcome.killed)


def _try_all(left: list[Mutant], entries: tuple[Survivor, ...], results: Results, asked: argparse.Namespace) -> None:
    mutant_trial.imported()
    subjects = {one.module: one for one in mutating.SUBJECTS}
    with (
        tempfile.TemporaryDirectory() as folder,
        Shown(sys.stderr, f"{len(left)} mutants to try, {asked.workers} at a time") as shown,
    ):
        copies = tuple(copy_of_the_project(Path(folder, str(number))) for number in range(asked.workers))
        bench = Bench(ROOT, copies, Path(folder, "log"))
        seconds = measured(bench, whole=asked.whole)
        shown.phase("mutants", len(left))
        turns = [
            (one, stages(subjects[one.module], seconds, listed=any(e.is_of(one) for e in entries))) for one in left
        ]
        begun = time.monotonic()
        for number, (mutant, outcome) in enumerate(bench.outcomes(turns), 1):
            if mutant is not None:
                results.keep(mutant, outcome)
                said = f"{outcome.stage}: {outcome.by}" if outcome.killed else "SURVIVED"
                shown.say(f"{number}/{len(left)} {time.monotonic() - begun:.0f} s  {mutant}  |  {said}")
            shown.step()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
