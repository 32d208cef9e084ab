"""Measures a matrix: the faults, the golden clauses on them, clauses that have caught nothing yet, the healthy, the innocents."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from conformance import __version__, catalogue
from conformance.faults.planting import Fault, FaultyReference
from conformance.matrix import ahead, forks, guarding, tally
from conformance.matrix.choice import torch_is_here
from conformance.matrix.record import SCHEMA_VERSION, Accusation, FaultRecord, InnocentRecord, Matrix
from conformance.matrix.trial import Trial
from conformance.reporting.results import FAILING
from conformance.runner import interrupts, plan
from conformance.runner.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from conformance.backends.protocol import Backend
    from conformance.faults.planting import Innocent, Variant
    from conformance.matrix.forks import Ended
    from conformance.runner.plan import PlannedLine

# Innocents are other kernels, written in Python: so many times as long may a case take there, which a busy machine needs.
PATIENCE = 12
# What a clause says that has nothing to judge here.
SILENT = frozenset({"unsupported", "not-run"})


@dataclass(frozen=True)
class Request:
    """What to measure.

    Attributes:
        faults: to try.
        innocents: to try.
        profile: in which faults are tried.
        seed: of the first run of each.
        workers: processes at a time.
        seconds: that a case may take.
        whole: all faults were chosen, so clauses that catch nothing are looked for.
        log: takes what children print.
        clauses: globs on the clauses that may run; none means all.
        seeds: with how many seeds, one after the other, an innocent is tried in which profile.
    """

    faults: tuple[Fault, ...]
    innocents: tuple[Innocent, ...]
    profile: str
    seed: int
    workers: int
    seconds: float
    whole: bool
    log: Path
    clauses: tuple[str, ...] = ()
    seeds: dict[str, int] = field(default_factory=lambda: {"standard": 2, "smoke": 20})


class Watcher:
    """Is told how far a measurement is; this one ignores it."""

    def phase(self, name: str, total: int) -> None:
        """Note that a phase begins, of so many steps."""

    def step(self) -> None:
        """Note that a step is done."""

    def tick(self) -> None:
        """Come by, several times a second."""


@dataclass
class _Found:
    """What is known so far, fault by fault and innocent by innocent."""

    faults: dict[str, FaultRecord] = field(default_factory=dict)
    innocents: dict[str, InnocentRecord] = field(default_factory=dict)
    # Clauses that judged something here, those that had nothing to judge, and those that caught something.
    judged: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    caught: set[str] = field(default_factory=set)
    failing_healthy: list[Accusation] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    # Faults that ended their process: no other clause is tried on them.
    fatal: set[str] = field(default_factory=set)


def measure(request: Request, watcher: Watcher | None = None) -> Matrix:
    """Measure a matrix; an interrupt ends it early, and what was measured is kept."""
    began, started = time.monotonic(), dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    measuring = _Measuring(request, watcher or Watcher())
    interrupted = None
    try:
        measuring.run()
    except KeyboardInterrupt:
        interrupted = interrupts.received()
        if interrupted is None:
            raise
    found = measuring.found
    able = measuring.able()
    # What was not gone through to its end doesn't tell what no fault does.
    told = able if request.whole and not interrupted else set[str]()
    adding = guarding.adding(found.faults.values())
    return Matrix(
        schema_version=SCHEMA_VERSION,
        suite=__version__,
        library=measuring.library,
        profile=request.profile,
        seed=request.seed,
        workers=request.workers,
        whole=request.whole,
        started=started,
        seconds=round(time.monotonic() - began, 3),
        interrupted_by=interrupted.name if interrupted is not None else None,
        faults=tuple(found.faults[one.id] for one in request.faults if one.id in found.faults),
        innocents=tuple(found.innocents[one.id] for one in request.innocents if one.id in found.innocents),
        clauses=len(able),
        guarding_nothing=tuple(one.id for one in catalogue.load() if one.id in told - found.caught),
        adding_nothing=tuple(one.id for one in catalogue.load() if one.id in (told & found.caught) - adding),
        failing_healthy=tuple(found.failing_healthy),
        broke=tuple(found.broke),
        phases=measuring.phases,
    )


class _Measuring:
    def __init__(self, request: Request, watcher: Watcher) -> None:
        self.request = request
        self.watcher = watcher
        self.found = _Found()
        self._backends: dict[bool, Callable[[], Backend]] = {True: FaultyReference}
        self.library = ""
        self.phases: dict[str, tuple[float, float]] = {}
        if torch_is_here() and any(one.depth != "reference" for one in (*request.faults, *request.innocents)):
            from conformance.backends.pytorch import TorchBackend

            self._backends[False] = TorchBackend
            self.library = TorchBackend().version
        clauses = catalogue.select(request.clauses, catalogue.LEVELS[-1])
        self._lines = {
            reference: _lines_of(backend(), clauses, self._settings(request.profile, request.seed))
            for reference, backend in self._backends.items()
        }

    def run(self) -> None:
        """Go through the phases."""
        with self._phase("faults"):
            self._try_faults()
        if self.request.whole:
            with self._phase("golden clauses"):
                self._try_golden_clauses()
            with self._phase("clauses that caught nothing yet"):
                self._try_idle_clauses()
        with self._phase("the library with nothing planted"):
            self._try_healthy()
        with self._phase("innocents"):
            self._try_innocents()

    @contextlib.contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        """Note what a phase takes, to its end or to an interrupt."""
        began, spent = time.monotonic(), _processor_seconds()
        try:
            yield
        finally:
            self.phases[name] = (round(time.monotonic() - began, 3), round(_processor_seconds() - spent, 3))

    def able(self) -> set[str]:
        """Give the clauses that could catch something here: not those whose cases are all unsupported or not run."""
        return self._with_lines() - (self.found.silent - self.found.judged)

    def _with_lines(self) -> set[str]:
        return {line.clause.id for group in self._lines.values() for line in group}

    def _settings(self, profile: str, seed: int) -> Settings:
        return Settings(devices=("cpu",), level=catalogue.LEVELS[-1], profile=profile, seed=seed)

    def _trial(
        self, variant: Variant, stages: Iterable[Iterable[PlannedLine]], *, asks_evidence: bool = False
    ) -> Trial:
        settings = self._settings(self.request.profile, self.request.seed)
        chosen = tuple(tuple(stage) for stage in stages)
        return Trial(variant, variant.backend, chosen, settings, self.request.seconds, asks_evidence=asks_evidence)

    def _lines_for(self, variant: Variant) -> list[PlannedLine]:
        return self._lines[variant.depth == "reference"]

    def _ended(self, trials: Iterable[Trial]) -> Iterator[Ended[Trial]]:
        for ended in forks.run(trials, self.request.workers, self.request.log, self.watcher.tick):
            ahead.import_what_was_imported(ended)
            self.watcher.step()
            yield ended

    def _try_faults(self) -> None:
        self.watcher.phase("faults", len(self.request.faults))
        again: list[Trial] = []
        trials = (self._trial(one, self._stages(one), asks_evidence=True) for one in self.request.faults)
        for ended in self._ended(trials):
            fault = _fault_of(ended.job)
            self._note(fault, ended)
            if ended.how and ended.slate.position < 0:
                # Its witness ended the process, where the healthy library would not have.
                self._change(fault, live=True)
                again.append(self._trial(fault, ended.job.stages))
        for ended in forks.run(again, self.request.workers, self.request.log, self.watcher.tick):
            self._note(_fault_of(ended.job), ended)
            if ended.how and ended.slate.position < 0:
                self._change(_fault_of(ended.job), unplantable=f"planting it ends the process: {ended.how}")

    def _stages(self, fault: Fault) -> list[list[PlannedLine]]:
        """Give the lines in three parts: the meant clauses, those of their topics, all others."""
        parts: list[list[PlannedLine]] = [[], [], []]
        topics = {guarding.topic_of(pattern) for pattern in fault.clauses}
        for line in self._lines_for(fault):
            near = 1 if guarding.topic_of(line.clause.id) in topics else 2
            parts[0 if _matches(line, fault.clauses) else near].append(line)
        return parts

    def _note(self, fault: Fault, ended: Ended[Trial]) -> None:
        """Add what a trial of a fault told to what is known."""
        old = self.found.faults.get(fault.id) or tally.fresh(fault)
        self.found.faults[fault.id] = tally.added(old, ended)
        ran = tally.ran(ended)
        if ended.how and ended.slate.position >= 0:
            self.found.fatal.add(fault.id)
        self.found.silent |= {one.clause for one in ran if one.verdict in SILENT}
        self.found.judged |= {one.clause for one in ran if one.verdict not in SILENT}
        self.found.caught |= {one.clause for one in ran if one.verdict in FAILING}

    def _change(self, fault: Fault, **changes: object) -> None:
        self.found.faults[fault.id] = msgspec.structs.replace(self.found.faults[fault.id], **changes)

    def _try_golden_clauses(self) -> None:
        """Run every golden clause on every fault: what they see, a general clause of their topic must see more than."""
        self.watcher.phase("golden clauses", len(self.request.faults))
        trials = [self._trial(one, [lines]) for one in self.request.faults if (lines := self._golden_lines(one))]
        while trials:
            again: list[Trial] = []
            for ended in self._ended(trials):
                fault = _fault_of(ended.job)
                self._note(fault, ended)
                self._change(fault, seen_by_golden=guarding.is_seen_by_golden(self.found.faults[fault.id]))
                again += self._other_topics(ended)
            trials = again

    def _golden_lines(self, fault: Fault) -> list[PlannedLine]:
        ran = set(self.found.faults[fault.id].caught_by)
        lines = self._lines_for(fault)
        return [line for line in lines if line.clause.level == "documented" and line.clause.id not in ran]

    def _other_topics(self, ended: Ended[Trial]) -> list[Trial]:
        """Give what is left to run where a clause ended the process: those after it, but none of its topic."""
        position = ended.slate.position
        if not ended.how or position < 0:
            return []
        over = guarding.topic_of(ended.job.lines[position].clause.id)
        left = [one for one in ended.job.lines[position + 1 :] if guarding.topic_of(one.clause.id) != over]
        return [self._trial(_fault_of(ended.job), [left])] if left else []

    def _try_idle_clauses(self) -> None:
        """Run each clause that has caught nothing yet, or nothing that golden ones don't, until it does: it must be able to."""
        faults = [one for one in self.request.faults if one.id not in self.found.fatal]
        self.watcher.phase("clauses that caught nothing yet", len(faults))
        for ended in self._ended(self._idle_trials(faults)):
            self._note(_fault_of(ended.job), ended)

    def _idle_trials(self, faults: list[Fault]) -> Iterator[Trial]:
        for fault in faults:
            lines = self._idle_lines(fault)
            if lines:
                yield self._trial(fault, [lines])
            else:
                self.watcher.step()

    def _idle_lines(self, fault: Fault) -> list[PlannedLine]:
        """Give the lines that a fault may wake: those with a table are many cases long, so only of its topics."""
        known = self.found.faults[fault.id]
        idle = self._with_lines() - guarding.adding(self.found.faults.values()) - set(known.caught_by)
        topics, seen = {guarding.topic_of(pattern) for pattern in fault.clauses}, guarding.golden_topics(known)
        return [
            line
            for line in self._lines_for(fault)
            if line.clause.id in idle
            and (line.clause.table is None or guarding.topic_of(line.clause.id) in topics)
            and not (line.clause.id in self.found.caught and guarding.topic_of(line.clause.id) in seen)
        ]

    def _try_healthy(self) -> None:
        """Run the clauses that caught something with nothing planted: one that fails there too proves nothing."""
        trials = []
        settings = self._settings(self.request.profile, self.request.seed)
        for reference, lines in self._lines.items():
            backend = self._backends[reference]
            caught = [line for line in lines if line.clause.id in self.found.caught]
            parts = [caught[n :: self.request.workers] for n in range(self.request.workers)]
            trials += [Trial(None, backend, (tuple(part),), settings, self.request.seconds) for part in parts if part]
        self.watcher.phase("the library with nothing planted", len(trials))
        for ended in self._ended(trials):
            told, broke = tally.accusations(ended)
            self.found.failing_healthy += told
            self.found.broke += broke

    def _try_innocents(self) -> None:
        self.found.innocents = {one.id: tally.fresh_innocent(one) for one in self.request.innocents}
        touched = {
            one: lines
            for one in self.request.innocents
            if (lines := tuple(line for line in self._lines_for(one) if _matches(line, one.touches)))
        }
        self.watcher.phase("innocents", len(touched) * sum(self.request.seeds.values()))
        for ended in self._ended(self._innocent_trials(touched)):
            self._note_innocent(ended)

    def _innocent_trials(self, touched: dict[Innocent, tuple[PlannedLine, ...]]) -> Iterator[Trial]:
        """Give the trials of one profile and seed after those of another, so that the cases of one at a time are held."""
        runs = [(profile, self.request.seed + n) for profile, times in self.request.seeds.items() for n in range(times)]
        for settings in (self._settings(*run) for run in runs):
            prepared = ahead.prepare([line for lines in touched.values() for line in lines], settings)
            for one, lines in touched.items():
                yield Trial(one, one.backend, (lines,), settings, PATIENCE * self.request.seconds, prepared)

    def _note_innocent(self, ended: Ended[Trial]) -> None:
        assert ended.job.variant is not None  # noqa: S101 - the trials above have one each
        old = self.found.innocents[ended.job.variant.id]
        self.found.innocents[old.id] = tally.added_run(old, ended)


def _processor_seconds() -> float:
    """Give the processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _lines_of(backend: Backend, clauses: list[catalogue.Clause], settings: Settings) -> list[PlannedLine]:
    made = plan.of(backend, settings)
    return [line for line in plan.lines(made, clauses) if not line.not_run]


def _matches(line: PlannedLine, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(line.clause.id, pattern) for pattern in patterns)


def _fault_of(job: Trial) -> Fault:
    assert isinstance(job.variant, Fault)  # noqa: S101 - the phase made it of one
    return job.variant
