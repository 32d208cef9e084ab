"""Gathers the evidence of faults: `python -m conformance.selftest.gathering [--select GLOB] [--anew]`.

It writes `fixtures/faults/TOPIC.toml`: for each fault the smallest failing case of a clause that is meant to catch it,
and its grade, measured. A witness that is there and still shows its fault is kept, unless made `--anew`. The same
faults give the same text, so what a person reads in the difference is what changed.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click
import msgspec
import numpy as np

from conformance import catalogue, documents, judge
from conformance.faults import evidence, forked, planting, witnesses
from conformance.faults.plain import UnknownTargetError
from conformance.faults.witnesses import Entry, Witness
from conformance.observation import differences
from conformance.runner import oracle, reproducing, shrinking
from conformance.runner.execution import execute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.backends.protocol import Backend
    from conformance.catalogue import Clause
    from conformance.documents import Case
    from conformance.faults.planting import Fault
    from conformance.observation import Expectation

PROFILE, SEED = "standard", 0
# After a crash or a hang each candidate costs a process.
MOST_PROCESSES = 60


class NoWitnessError(Exception):
    """No case of the clauses that are meant to catch a fault shows it."""


def faults() -> tuple[Fault, ...]:
    """Give the faults that have evidence; those of the rehearsal device have none, for plain cases have one device."""
    return planting.load()


def witness(fault: Fault) -> Witness:
    """Make the smallest case that shows a fault of the first failing one of its clauses.

    Raises:
        NoWitnessError: there is none.
    """
    known = {clause.id: clause for clause in catalogue.load()}
    for name in fault.clauses:
        bench = _Bench(fault, known[name])
        for case in bench.failing():
            # A shrunk case may meet a fault of the healthy library too, so the whole one stands behind it.
            for one in (bench.smallest(case), case):
                if evidence.shows(fault, made := bench.witness(one)):
                    return made
    raise NoWitnessError(
        f"no case of {', '.join(fault.clauses)} shows the fault {fault.id!r}: name the clauses that catch it, "
        f"or write its witness by hand into fixtures/faults/{fault.topic}.toml"
    )


class _Bench:
    """A clause judging a faulty library, case by case."""

    def __init__(self, fault: Fault, clause: Clause) -> None:
        self._fault = fault
        self._clause = clause
        self._backend: Backend = fault.backend()
        self._cpu = self._backend.device("cpu")

    def witness(self, case: Case) -> Witness:
        """Make a witness of a case."""
        inputs = witnesses.canonical(case.inputs)
        return Witness(self._clause.id, case.program, inputs, self._clause.reads, case.sets, case.strides)

    def failing(self) -> Iterator[Case]:
        """Give the cases that fail, in order; of a refusal whose legal call fails, that call."""
        cases = (one for one in self._clause.all_cases(PROFILE, SEED) if one.runs_on("cpu"))
        if self._fault.is_fatal:
            whole = list(cases)
            outcomes = forked.outcomes(lambda number: self._runs(whole[number]), len(whole), evidence.SECONDS)
            yield from (case for case, outcome in zip(whole, outcomes, strict=False) if outcome is None)
            return
        for case in cases:
            with self._fault.planted():
                failing = next((one for one in (case, _legal(case)) if one is not None and self._judged(one)[2]), None)
            if failing is not None:
                yield failing

    def smallest(self, case: Case) -> Case:
        """Make a case smaller, as a run of the suite does, but for as long as it takes."""
        if self._fault.is_fatal:
            return self._smallest_fatal(case)
        # An older ml_dtypes tells of a NaN that it compares.
        with self._fault.planted(), np.errstate(invalid="ignore"):
            return reproducing.shrunk(case, self._judged(case), self._judged, seconds=math.inf)[0]

    def _smallest_fatal(self, case: Case) -> Case:
        def ends(candidate: Case) -> bool:
            try:
                self._right(candidate)
            except Exception:  # noqa: BLE001 - what can't be judged is no candidate
                return False
            return next(forked.outcomes(lambda _: self._runs(candidate), 1, evidence.SECONDS)) is None

        return shrinking.shrink(case, ends, seconds=math.inf, most=MOST_PROCESSES) if case.by_reference else case

    def _runs(self, case: Case) -> bool:
        with self._fault.planted():
            execute(self._backend, case.program, case.inputs, self._cpu, sets=case.sets)
        return True

    def _right(self, case: Case) -> Expectation:
        if case.by_reference:
            return oracle.expectation(case, self._cpu, self._cpu, text=self._clause.reads == "text")
        return judge.expectation(case, self._clause.reads, self._backend.default_dtypes, self._cpu)

    def _judged(self, case: Case) -> reproducing.Judged:
        right = self._right(case)
        text = self._clause.reads == "text"
        seen, _ = execute(self._backend, case.program, case.inputs, self._cpu, text=text, sets=case.sets)
        return right, seen, differences(right, seen)


def _legal(case: Case) -> Case | None:
    """Give the nearest legal call of a case that must raise."""
    if case.twin is not None:
        return documents.cases()[case.twin]
    if case.twin_inputs is not None:
        return msgspec.structs.replace(case, id=f"{case.id}, legal", inputs=case.twin_inputs, twin_inputs=None)
    return None


def entry(fault: Fault, *, anew: bool = False) -> Entry:
    """Make a fault's entry; a witness that is there and shows it is kept, unless it is made anew."""
    known = witnesses.read(fault.topic).get(fault.id)
    kept = known is not None and not anew and evidence.shows(fault, known.witness)
    made = known.witness if known is not None and kept else witness(fault)
    return Entry(fault.id, evidence.measured_grade(fault), made)


def files(*select: str, anew: bool = False) -> tuple[dict[str, str], list[str]]:
    """Give the text of each topic that has a selected fault (by globs; none means all), and what is missing; entries of others stay, those without a fault go."""

    def is_chosen(fault: Fault) -> bool:
        return not select or any(fnmatchcase(fault.id, glob) for glob in select)

    texts: dict[str, str] = {}
    missing: list[str] = []
    for topic in dict.fromkeys(one.topic for one in faults() if is_chosen(one)):
        known = witnesses.read(topic)
        made: dict[str, Entry] = {}
        for fault in (one for one in faults() if one.topic == topic):
            try:
                if (one := entry(fault, anew=anew) if is_chosen(fault) else known.get(fault.id)) is not None:
                    made[fault.id] = one
            except (NoWitnessError, UnknownTargetError) as error:
                missing.append(str(error))
        texts[topic] = witnesses.text(topic, made)
    return texts, missing


def main(arguments: Sequence[str]) -> int:
    """Write the files, and say how many faults there are of each grade; 1 where evidence is missing."""
    parser = argparse.ArgumentParser(prog=evidence.COMMAND, description=__doc__)
    parser.add_argument(
        "--select", action="append", default=[], help="glob on the ids of faults; may be given more than once"
    )
    parser.add_argument("--anew", action="store_true", help="make witnesses anew where there are some")
    chosen = parser.parse_args(arguments)
    if unknown := [glob for glob in chosen.select if not any(fnmatchcase(one.id, glob) for one in faults())]:
        parser.error(f"no fault is called {unknown[0]!r}")
    texts, missing = files(*chosen.select, anew=chosen.anew)
    for topic, text in texts.items():
        path = witnesses.path_of(topic)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    click.echo("\n".join([*missing, summary()]))
    return 1 if missing else 0


def summary() -> str:
    """Say how many faults there are of each grade."""
    evidence.entries.cache_clear()
    known = [entry.grade for topic in {one.topic for one in faults()} for entry in evidence.entries(topic).values()]
    counted = Counter(map(evidence.ease, known))
    return f"{len(known)} of {len(faults())} faults: {counted['easy']} easy, {counted['middle']} middle, {counted['hard']} hard"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
