"""Counts what trials told together, fault by fault and innocent by innocent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from conformance.matrix import trial
from conformance.matrix.record import Accusation, Catch, FaultRecord, InnocentRecord
from conformance.reporting.results import FAILING

if TYPE_CHECKING:
    from conformance.faults.planting import Fault, Innocent
    from conformance.matrix.forks import Ended
    from conformance.matrix.trial import Trial
    from conformance.reporting.results import Verdict

# What a line may be on an innocent.
ACCOUNTED = frozenset({"pass", "waived", "not-run"})


def fresh(fault: Fault) -> FaultRecord:
    """Make the record of a fault that was not tried yet."""
    return FaultRecord(
        id=fault.id,
        sentence=_in_a_line(fault.sentence),
        topic=fault.topic,
        depth=fault.depth,
        origin=fault.origin,
        shows=fault.shows,
        meant=fault.clauses,
    )


def added(old: FaultRecord, ended: Ended[Trial]) -> FaultRecord:
    """Add what a trial of a fault told to its record."""
    clauses = ran(ended)
    catches = [one for one in clauses if one.verdict in FAILING]
    first = catches[0] if catches and not old.caught else None
    broke = [f"{one.clause}: {one.message}" for one in clauses if one.verdict == "error"]
    return msgspec.structs.replace(
        _with_evidence(old, trial.read(ended.told)),
        calls=old.calls + ended.slate.calls,
        reached=old.reached or ended.slate.calls > 0,
        caught=old.caught or bool(catches),
        caught_by=(*old.caught_by, *(one.clause for one in catches)),
        catches=(*old.catches, *(Catch(one.clause, one.verdict, one.case, one.message) for one in catches)),
        seconds=round(first.seconds, 4) if first is not None else old.seconds,
        cases=first.cases if first is not None else old.cases,
        broke=(*old.broke, *broke, *filter(None, [ended.broke])),
    )


def _with_evidence(old: FaultRecord, told: list[trial.Anything]) -> FaultRecord:
    for one in told:
        match one:
            case trial.Live():
                old = msgspec.structs.replace(old, live=one.live, unwitnessed=one.why)
            case trial.Graded():
                old = msgspec.structs.replace(old, grade=one.grade)
            case trial.Unplantable():
                old = msgspec.structs.replace(old, unplantable=one.why)
            case _:
                pass
    return old


def fresh_innocent(innocent: Innocent) -> InnocentRecord:
    """Make the record of an innocent that was not tried yet."""
    return InnocentRecord(innocent.id, _in_a_line(innocent.sentence), innocent.topic, innocent.freedom)


def added_run(old: InnocentRecord, ended: Ended[Trial]) -> InnocentRecord:
    """Add what a trial of an innocent told to its record."""
    told, broke = accusations(ended)
    return msgspec.structs.replace(
        old,
        runs=old.runs + 1,
        reached=old.reached or ended.slate.calls > 0,
        accused_by=tuple(dict.fromkeys([*old.accused_by, *(one.clause for one in told)])),
        accusations=(*old.accusations, *told),
        broke=(*old.broke, *broke),
    )


def ran(ended: Ended[Trial]) -> list[trial.Ran]:
    """Give the clauses that a trial ran, the one in which it ended among them."""
    clauses = [one for one in trial.read(ended.told) if isinstance(one, trial.Ran)]
    return [*clauses, _fatal(ended)] if ended.how and ended.slate.position >= 0 else clauses


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def _fatal(ended: Ended[Trial]) -> trial.Ran:
    """Tell of the line in which the process ended."""
    clause = ended.job.lines[ended.slate.position].clause.id
    verdict: Verdict = "timeout" if ended.how == "timeout" else "crash"
    limit = f"took longer than {ended.job.seconds:g} s" if verdict == "timeout" else f"ended the process: {ended.how}"
    return trial.Ran(clause, verdict, "", f"case {ended.slate.cases} {limit}", ended.seconds, ended.slate.cases)


def accusations(ended: Ended[Trial]) -> tuple[list[Accusation], list[str]]:
    """Give what a trial of something healthy was accused of, and what broke."""
    broke = [one.why for one in trial.read(ended.told) if isinstance(one, trial.Unplantable)]
    if ended.how and ended.slate.position < 0:
        broke.append(f"planting it ended the process: {ended.how}")
    settings = ended.job.settings
    accused = [
        Accusation(one.clause, one.verdict, settings.profile, settings.seed, one.case, one.message)
        for one in ran(ended)
        if one.verdict not in ACCOUNTED
    ]
    return accused, [*broke, *filter(None, [ended.broke])]
