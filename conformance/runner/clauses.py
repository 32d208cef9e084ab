"""Runs one clause on one device and makes its line."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from conformance import documents, judge, waivers
from conformance.backends.declaration import reason
from conformance.observation import Difference, Observation, differences
from conformance.program import describe_inputs
from conformance.reporting.results import FAILING, ClauseLine, Failure, Reproducer, Verdict, worst
from conformance.runner import budget, mishaps, needs, oracle, reproducing, turns
from conformance.runner.apart import EndedError, UnreachableError
from conformance.runner.canary import Canary
from conformance.runner.execution import OwnTraceError, Reading, execute, state_kept
from conformance.runner.journal import SHRINKING
from conformance.runner.plan import spelling_of
from conformance.runner.reached import Reached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from conformance.backends.protocol import Backend, Device
    from conformance.catalogue import Clause
    from conformance.documents import Case
    from conformance.observation import Expectation
    from conformance.runner.apart import Apart
    from conformance.runner.journal import Journal
    from conformance.runner.prepared import Prepared, PreparedCase
    from conformance.runner.settings import Settings
    from conformance.waivers import Waiver

    # What became of a case: its verdict, and the failure or the reason.
    Outcome = tuple[Verdict, Failure | str | None]
    # What was seen of a case, and in what that is wrong.
    Attempt = tuple[Observation, list[Difference]]

# A failing case is run so often in all.
RUNS_OF_A_FAILURE = 3
# So many cases of a clause may cost a process apart; after that the others are not run.
MOST_PROCESSES_APART = 3
# What a case apart may take, in all its runs: each of them may start a process, which has a clock of its own.
IMPORTS_APART = 20
# What differs where the known sum is wrong after a case.
KNOWN_SUM = "known sum"
# How the reference's words end where it refuses a view for its strides alone.
STRIDES_REFUSE = "size and stride"


@dataclass
class Context:
    """Where cases run: the backend, the device, and what watches over them.

    Attributes:
        armed: gives a step its seconds; does nothing where no watchdog is wanted.
        only: run this case alone, once.
        echo: show what programs print.
        caught: the exception of the first failing case, for a debugger.
        reached: counts what the cases of the clause reached.
        waivers: those that concern the clause here.
        waived: ids of those that its cases met.
        failing: the first case that failed.
        given: run this case instead of the clause's own.
        keep: stores the clause's line before its failing case is made smaller, lest that end the process.
        prepared: cases that are made already.
        hindered: whether some cases could not be judged, for want of memory or of the device.
        loss: that this process can't use the device any more.
        line_if_gone: the clause's line if the device is gone; None if that makes no difference.
        home: the backend's global state as it is prepared, to which each case brings it back.
        quick: stop at the first case that is wrong, run it once, make no reproducer and count nothing: for variants of a
            library, of which only the verdict is asked.
        apart: the process apart in which the cases run that may leave a device unusable; None runs them here.
        canary: the known sums that follow each of those, where they run here.
        amiss: what was wrong with a known sum after the last case.
        replaced: how many cases have cost a process apart.
        seconds: how long a case apart may take.
        reading: how tensors are read: together, where the device's can be, until a case fails.
    """

    backend: Backend
    device: Device
    other: Device
    settings: Settings
    journal: Journal | None = None
    armed: Callable[[float], AbstractContextManager[None]] = field(default=lambda _: contextlib.nullcontext())
    only: str | None = None
    echo: bool = False
    caught: BaseException | None = None
    reached: Reached = field(default_factory=Reached)
    waivers: tuple[Waiver, ...] = ()
    waived: list[str] = field(default_factory=list)
    failing: Case | None = None
    given: Case | None = None
    keep: Callable[[ClauseLine], None] = field(default=lambda _: None)
    prepared: Prepared | None = None
    hindered: bool = False
    loss: mishaps.Loss | None = None
    line_if_gone: ClauseLine | None = None
    home: dict[str, Any] | None = None
    quick: bool = False
    apart: Apart | None = None
    canary: Canary | None = None
    amiss: str = ""
    replaced: int = 0
    seconds: float = 0.0
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        """Read tensors together where that can be done."""
        self.reading = "together" if self.device.together else "each"


def run_clause(clause: Clause, context: Context) -> ClauseLine:
    """Run a clause's cases and give its line; what is wrong with the suite itself is the verdict `error`."""
    start = time.perf_counter()
    context.waivers = _waivers(clause, context)
    outcomes: list[Outcome] = []
    try:
        with state_kept(context.backend, context.settings.seed) as context.home:
            outcomes += _outcomes(clause, context)
            seconds = time.perf_counter() - start
            line = _with_reproducer(clause, _line(clause, context, outcomes, seconds), context)
    except OwnTraceError as error:
        seconds = time.perf_counter() - start
        line = _line(
            clause, context, [*outcomes, ("error", Failure("", "suite", f"the suite itself broke: {error}"))], seconds
        )
    _note_loss(clause, line, context)
    if (loss := context.loss) is not None and loss.failure is not None:
        others = [("not-run", loss.sentence) if detail is loss.failure else (one, detail) for one, detail in outcomes]
        context.line_if_gone = _line(clause, context, others, seconds)
    return line


def _line(clause: Clause, context: Context, outcomes: Sequence[Outcome], seconds: float) -> ClauseLine:
    """Make a clause's line of what became of its cases."""
    verdicts = [verdict for verdict, _ in outcomes]
    verdict = worst(verdicts)
    failure = next((detail for one, detail in outcomes if one == verdict and isinstance(detail, Failure)), None)
    if not outcomes:
        failure = Failure("", "suite", "none of the clause's cases applies here, so nothing was judged")
    if (complaint := _own_complaint(clause, verdict, context)) is not None:
        verdicts, failure = [*verdicts, "error"], Failure("", "suite", complaint)
    reason = "; ".join(dict.fromkeys(detail for _, detail in outcomes if isinstance(detail, str)))
    line = line_of(clause, context.device, verdicts, seconds, failure, reason)
    return msgspec.structs.replace(
        line, coverage=context.reached.counts(), waivers=tuple(dict.fromkeys(context.waived))
    )


def _outcomes(clause: Clause, context: Context) -> Iterator[Outcome]:
    """Run the cases that apply here, one after the other."""
    own = _own_cases(clause, context) if context.given is None else [(context.given, None)]
    here = (one for one in own if one[0].runs_on(context.device.type) and context.only in (None, one[0].id))
    chosen, beyond = budget.split(here, context.device.budget, f"{context.settings.seed} {clause.id}")
    context.hindered = context.hindered or beyond > 0
    for case, right in chosen:
        if context.loss is not None:
            yield "not-run", context.loss.sentence
            continue
        if context.replaced >= MOST_PROCESSES_APART:
            context.hindered = True
            yield "not-run", f"{context.replaced} cases before it had cost their process or left it unusable"
            continue
        verdict, detail = _run_watched(clause, case, right, context)
        yield verdict, detail
        if context.quick and (verdict in FAILING or verdict == "error"):
            return
    for _ in range(beyond):
        yield "not-run", budget.reason(context.device.text, context.device.budget)


def _note_loss(clause: Clause, line: ClauseLine, context: Context) -> None:
    """Note that making a failing case smaller has left the device unusable."""
    if context.loss is None and line.verdict == "fail":
        context.loss = _loss(clause, None, mishaps.why_unusable(context.backend, context.device), context)


def _loss(clause: Clause, failure: Failure | None, why: str, context: Context) -> mishaps.Loss | None:
    return mishaps.Loss(f"{context.device.text} was lost in mid-run, at {clause.id} ({why})", failure) if why else None


def _with_reproducer(clause: Clause, line: ClauseLine, context: Context) -> ClauseLine:
    """Add to a failing line its smallest case and the text of a reproducer."""
    case, failure = context.failing, line.failure
    if line.verdict != "fail" or case is None or failure is None or context.only is not None or context.quick:
        return line
    context.keep(line)
    if context.journal is not None:
        context.journal.begin(SHRINKING, _limit(clause, context))
    try:
        line = msgspec.structs.replace(line, failure=_reproduced(clause, case, failure, context))
    except Exception as error:  # noqa: BLE001 - the case is told as it is
        why = f"making the case smaller broke: {type(error).__name__}: {error}"
        line = msgspec.structs.replace(line, failure=msgspec.structs.replace(failure, reproducer=Reproducer(why=why)))
    if context.journal is not None:
        context.journal.end(SHRINKING, line.verdict)
    return line


def _reproduced(clause: Clause, case: Case, failure: Failure, context: Context) -> Failure:
    legal = _twin(case)
    refused = failure.differences[0].where.startswith("the twin ")
    target = legal if refused and legal is not None else case

    if failure.differences[0].what == KNOWN_SUM:
        return msgspec.structs.replace(failure, reproducer=Reproducer(why="what it spoils shows in a later sum"))

    def judge(one: Case) -> reproducing.Judged:
        with _armed(clause, context, min(context.settings.timeout, reproducing.CANDIDATE_TIMEOUT)):
            right = _expectation(clause, one, context)
            seen = _observe(clause, one, context)
        lacks = context.device.lacks
        # A smaller case that needs what is declared away would be unsupported, and shows nothing.
        counts = not (needs.lacking(one, clause.reads, lacks) or needs.absent(seen, lacks))
        return right, seen, _differences(right, seen, context) if counts else []

    if refused and context.loss is not None:
        return failure
    first: reproducing.Judged = judge(target) if refused else _as_told(failure)
    if not first[2]:
        return msgspec.structs.replace(
            failure, reproducer=Reproducer(why="the legal call worked when it was run alone")
        )
    smallest = target
    if failure.reproduced == f"{RUNS_OF_A_FAILURE}/{RUNS_OF_A_FAILURE}" and context.loss is None:
        smallest, first = reproducing.shrunk(target, first, judge)
    place = reproducing.Place(
        clause=clause,
        backend=context.backend.name,
        version=context.backend.version,
        spelling=spelling_of(context.backend, context.settings),
        device=context.device,
        other=context.other,
        seconds=context.settings.timeout,
        seed=context.settings.seed,
    )
    smaller = called(smallest) if smallest != target else ""
    return msgspec.structs.replace(failure, shrunk=smaller, reproducer=place.text(smallest, first[0], first[2][0]))


def _as_told(failure: Failure) -> reproducing.Judged:
    assert failure.expectation is not None and failure.observation is not None  # noqa: S101, PT018 - a failing case has both
    return failure.expectation, failure.observation, list(failure.differences)


def _own_cases(clause: Clause, context: Context) -> Iterable[PreparedCase]:
    """Give a clause's cases, as they were prepared or as they are made, or shuffled."""
    settings = context.settings
    cases: Iterable[PreparedCase] | None = None
    if context.prepared is not None:
        cases = context.prepared.cases(clause, context.device)
    if cases is None:
        cases = ((case, None) for case in clause.all_cases(settings.profile, settings.seed))
    if not settings.shuffle:
        return cases
    shuffled = list(cases)
    random.Random(f"{settings.seed} {clause.id}").shuffle(shuffled)  # noqa: S311 - an order is no secret
    return shuffled


def _waivers(clause: Clause, context: Context) -> tuple[Waiver, ...]:
    backend = context.backend
    kind = context.device.kernels or context.device.type
    own = waivers.of_file(context.settings.waivers) if context.settings.waivers else ()
    return tuple(
        one
        for one in (*waivers.of_backend(backend.name), *waivers.of_backend(backend.rests_on), *own)
        if one.applies(clause.id, kind, backend.version, backend.rules)
    )


def _own_complaint(clause: Clause, verdict: Verdict, context: Context) -> str | None:
    """Say what is wrong with the clause or its waivers, though its cases passed."""
    if expired := [one for one in context.waivers if one.has_expired(dt.datetime.now(dt.UTC).date())]:
        return f"waiver {expired[0].id!r} has expired on {expired[0].expires}: look whether the fault is still there"
    whole = context.only is None and not context.quick and context.settings.profile != "smoke"
    # What could not be judged may be what is missed here.
    if verdict not in ("pass", "waived") or not whole or context.hindered:
        return None
    lacks = context.device.lacks
    if not lacks and (missing := context.reached.missing(clause.reaches)):
        return f"the clause is meant to reach {missing[0]!r}, and no case did"
    unmet = [one.id for one in context.waivers if one.clause == clause.id and one.id not in context.waived]
    if unmet and not context.settings.select:
        return f"no failing case met the waiver {unmet[0]!r}: the fault is gone, so take its entry out"
    return None


def line_of(
    clause: Clause,
    device: Device,
    verdicts: list[Verdict],
    seconds: float,
    failure: Failure | None = None,
    reason: str = "",
) -> ClauseLine:
    """Make the line of a clause from its cases' verdicts."""
    verdict = worst(verdicts)
    counted: dict[Verdict, int] = {}
    for one in verdicts:
        counted[one] = counted.get(one, 0) + 1
    return ClauseLine(
        id=clause.id,
        device=device.name,
        verdict=verdict,
        level=clause.level,
        section=clause.section,
        place=clause.place,
        sentence=clause.sentence,
        since=clause.since,
        requires=clause.requires,
        cases=counted,
        seconds=round(seconds, 6),
        partial=verdict == "pass" and not {"unsupported", "not-run"}.isdisjoint(verdicts),
        reason=reason,
        failure=failure,
    )


def _run_watched(clause: Clause, case: Case, right: Expectation | None, context: Context) -> Outcome:
    if sentence := needs.lacking(case, clause.reads, context.device.lacks):
        return "unsupported", sentence
    if case.by_reference and oracle.is_judge(context.backend):
        return "not-run", "the reference says what is right here, and its agreement with itself is no evidence"
    if context.journal is not None:
        context.journal.begin(case.id, _limit(clause, context))
    with _armed(clause, context, context.settings.timeout):
        try:
            verdict, failure = _run_case(clause, case, right, context)
            context.reached.count()
        except mishaps.OutOfMemoryError as short:
            context.hindered = True
            verdict, failure = "not-run", str(short)
        except EndedError as ended:
            verdict, failure = _ended(clause, case, ended, context)
        except UnreachableError as none:
            context.hindered, context.loss = True, _loss(clause, None, str(none), context)
            verdict, failure = "not-run", f"no process apart can be had: {none}"
        except Exception as error:  # noqa: BLE001 - whatever breaks here is the suite's own
            verdict, failure = "error", _own_error(clause, case, error, context)
    if context.journal is not None:
        context.journal.end(case.id, verdict)
    return verdict, failure


def _runs_apart(clause: Clause, context: Context) -> Apart | None:
    return context.apart if clause.apart else None


def _armed(clause: Clause, context: Context, seconds: float) -> AbstractContextManager[None]:
    """Give a step its seconds: the clock of this process, or of the process apart."""
    context.seconds = seconds
    return contextlib.nullcontext() if _runs_apart(clause, context) is not None else context.armed(seconds)


def _limit(clause: Clause, context: Context) -> float | None:
    """Give the seconds after which this process itself must hang, where its cases run apart."""
    return context.settings.import_timeout * IMPORTS_APART if _runs_apart(clause, context) is not None else None


def _ended(clause: Clause, case: Case, ended: EndedError, context: Context) -> Outcome:
    """Tell of a case that took its process apart down, or hung, unless its device is gone."""
    context.replaced += 1
    failure = Failure(
        case=case.id,
        place="program",
        message=f"case {case.id} {ended}",
        called=called(case),
        signal=ended.signal,
        trace=ended.trace or None,
        rerun=context.settings.rerun(clause.id, context.device.name, clause.level),
    )
    if why := _why_unusable(clause, context):
        sentence = f"{context.device.text} was lost in mid-run, at {clause.id} (the case {case.id} {ended}; {why})"
        context.hindered, context.loss = True, mishaps.Loss(sentence, failure)
    return ("timeout" if ended.hung else "crash"), failure


def _why_unusable(clause: Clause, context: Context) -> str:
    """Say why a device can't be used any more where the case ran; in a process apart, in a fresh one too."""
    apart = _runs_apart(clause, context)
    if apart is not None:
        return apart.why_unusable(context.device)
    return mishaps.why_unusable(context.backend, context.device) or context.amiss


def _own_error(clause: Clause, case: Case, error: Exception, context: Context) -> Failure:
    return Failure(
        case.id,
        "suite",
        f"the suite itself broke: {type(error).__name__}: {error}",
        trace="".join(traceback.format_exception(error)),
        rerun=context.settings.rerun(clause.id, context.device.name, clause.level),
    )


def _run_case(clause: Clause, case: Case, right: Expectation | None, context: Context) -> Outcome:
    expected = right if right is not None else _expectation(clause, case, context)
    observation, every = _attempt(clause, case, expected, context)
    if every and context.reading == "together":
        observation, every = _read_again(clause, case, expected, (observation, every), context)
    if not every:
        return "pass", None
    if sentence := needs.absent(observation, context.device.lacks):
        return "unsupported", sentence
    found = _askable(case, expected, every, context)
    if not found:
        return "unsupported", context.device.lacks["strides"]
    if why := _why_unusable(clause, context):
        unusable = Difference("after the program", "device", f"{context.device.text} can be used as before", why)
        failure = _failure(clause, case, expected, observation, [*found, unusable], "1/1", context)
        context.hindered, context.failing = True, context.failing or case
        context.loss = _loss(clause, failure, why, context)
        return "fail", failure
    if context.amiss:
        context.replaced, context.failing = context.replaced + 1, context.failing or case
        return "fail", _failure(clause, case, expected, observation, found, "1/1", context)
    met = [one for one in context.waivers if one.meets(case.id, context.reached.last, tuple(found))]
    if met:
        context.waived.append(met[0].id)
        return "waived", met[0].reason
    context.failing = context.failing or case
    runs = 1 if context.only or context.quick else RUNS_OF_A_FAILURE
    failed = 1 + sum(_fails_again(clause, case, expected, context) for _ in range(runs - 1))
    return "fail", _failure(clause, case, expected, observation, found, f"{failed}/{runs}", context)


def _read_again(clause: Clause, case: Case, expected: Expectation, first: Attempt, context: Context) -> Attempt:
    """Judge a case that failed when its tensors were read together, with each of them read by itself, as are all after it.

    Where that is right, and reading together is wrong each time, the transfer is to blame, for which there are clauses of
    its own. Where it is right once, the library is not the same each time, and the first failure stands. Its inputs are not
    read before the program unless that fails too: reading may be what makes a library right. It is told as it is seen with
    them read, where that is wrong as well, since an input may not have arrived.
    """
    context.reading = "unread"
    if context.amiss or _why_unusable(clause, context):
        return first
    alone = _attempt(clause, case, expected, context)
    if not alone[1]:
        context.reading = "together"
        again = all(_attempt(clause, case, expected, context)[1] for _ in range(RUNS_OF_A_FAILURE - 1))
        context.reading = "unread"
        return alone if again else first
    context.reading = "each"
    read = _attempt(clause, case, expected, context)
    if read[1]:
        return read
    context.reading = "unread"
    return alone


def _fails_again(clause: Clause, case: Case, expected: Expectation, context: Context) -> bool:
    try:
        return bool(_askable(case, expected, _attempt(clause, case, expected, context)[1], context))
    except mishaps.OutOfMemoryError:
        return False
    except EndedError:
        return True


def _askable(case: Case, expected: Expectation, found: list[Difference], context: Context) -> list[Difference]:
    """Leave out what only strides decide where a device's tensors have none of their own; what else differs is a failure."""
    if "strides" not in context.device.lacks:
        return found
    if case.by_reference and expected.raises is not None and oracle.refusal(case).endswith(STRIDES_REFUSE):
        return []
    return [one for one in found if one.what != "strides"]


def _failure(
    clause: Clause,
    case: Case,
    expected: Expectation,
    observation: Observation,
    found: list[Difference],
    reproduced: str,
    context: Context,
) -> Failure:
    return Failure(
        case=case.id,
        place="judge" if observation.raised is None else observation.where,
        message=str(found[0]),
        called=called(case),
        expectation=expected,
        observation=observation,
        differences=tuple(found),
        reproduced=reproduced,
        rerun=context.settings.rerun(clause.id, context.device.name, clause.level),
    )


def _expectation(clause: Clause, case: Case, context: Context) -> Expectation:
    if case.by_reference:
        return oracle.expectation(case, context.device, context.other, text=clause.reads == "text")
    return judge.expectation(case, clause.reads, context.backend.default_dtypes, context.device)


def called(case: Case) -> str:
    """Show what a case calls: its inputs, as comments, and its program."""
    return "".join(f"# {line}\n" for line in describe_inputs(case.inputs)) + case.program.source


def _attempt(
    clause: Clause, case: Case, expected: Expectation, context: Context
) -> tuple[Observation, list[Difference]]:
    legal = _twin(case) if expected.raises is not None else None
    if legal is not None and clause.apart:
        # What a refused call may spoil must not be laid to the legal one.
        twin, found = _attempt_legal(clause, legal, context)
        if found:
            return twin, found
    observation = _observe(clause, case, context)
    found = [*_differences(expected, observation, context), *_spoilt("after the program", context)]
    if legal is not None and not found and not clause.apart:
        found = _attempt_legal(clause, legal, context)[1]
    return observation, found


def _differences(expected: Expectation, observation: Observation, context: Context) -> list[Difference]:
    """Compare, but for whether tensors have histories where a library declares that it tells of none, and tells of none."""
    found = differences(expected, observation)
    if not reason(".requires_grad", context.device.lacks):
        return found
    return [one for one in found if (one.what, one.got) != ("requires_grad", "None")]


def _attempt_legal(clause: Clause, legal: Case, context: Context) -> tuple[Observation, list[Difference]]:
    """Run the nearest legal call of one that must be refused: it must be no error."""
    where = f"the twin {legal.id}"
    twin = _observe(clause, legal, context)
    if twin.raised is None:
        return twin, list(_spoilt(where, context))
    got = f"{twin.raised.type}: {twin.raised.text}"
    return twin, [Difference(where, "outcome", "no exception: it refuses legal calls too", got)]


def _spoilt(where: str, context: Context) -> Iterator[Difference]:
    """Tell of a known sum that is wrong after a case."""
    if context.amiss:
        yield Difference(where, KNOWN_SUM, "the right one, as before", context.amiss)


def _twin(case: Case) -> Case | None:
    """Give the nearest legal call of a case that must raise."""
    if case.twin is not None:
        return documents.cases()[case.twin]
    if case.twin_inputs is not None:
        return msgspec.structs.replace(case, id=f"{case.id}, legal", inputs=case.twin_inputs, twin_inputs=None)
    return None


def _observe(clause: Clause, case: Case, context: Context) -> Observation:
    """Run a case and observe it, once more where memory ran out for a moment.

    Raises:
        OutOfMemoryError: a device has no memory left, so nothing can be judged.
    """
    context.amiss = ""
    apart = _runs_apart(clause, context)
    if apart is not None:
        return _observe_apart(apart, clause, case, context)
    if clause.apart and context.canary is None:
        context.canary = Canary(context.backend, context.device, context.other)
    observation, error = mishaps.with_room(
        context.backend, (context.device, context.other), lambda: _executed(clause, case, context)
    )
    context.caught = context.caught or error
    if clause.apart and context.canary is not None:
        context.amiss = context.canary.amiss()
    return observation


def _observe_apart(apart: Apart, clause: Clause, case: Case, context: Context) -> Observation:
    """Have a case run in the process apart.

    Raises:
        OutOfMemoryError: a device has no memory left, so nothing can be judged.
        EndedError: the process ended, or hung.
        UnreachableError: there is none.
        BrokenTurnError: the suite itself broke there.
    """
    told = apart.observe(
        turns.Turn(
            case=case,
            device=context.device,
            other=context.other,
            text=clause.reads == "text",
            seed=context.settings.seed,
            seconds=context.seconds,
            reading=context.reading,
        )
    )
    if told.short:
        raise mishaps.OutOfMemoryError(told.short)
    if told.broken:
        raise turns.BrokenTurnError(told.broken)
    context.reached.note(told.arguments)
    context.amiss = told.amiss
    return told.observation


def _executed(clause: Clause, case: Case, context: Context) -> tuple[Observation, BaseException | None]:
    # Then only a waiver asks what a case reached.
    unseen = context.quick and not context.waivers
    return execute(
        context.backend,
        case.program,
        case.inputs,
        context.device,
        other=context.other,
        text=clause.reads == "text",
        sets=case.sets,
        seed=context.settings.seed,
        echo=context.echo,
        watch=None if unseen else lambda built: context.reached.note(built.arguments_before),
        home=context.home,
        reading=context.reading,
    )
