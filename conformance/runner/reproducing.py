"""From a failing case to its smallest one and the text of its reproducer; what breaks here breaks no verdict."""

from __future__ import annotations

import platform
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance import __version__
from conformance.reporting import reproducers
from conformance.reporting.results import Reproducer
from conformance.reporting.rewriting import UnwritableError
from conformance.runner import oracle, shrinking, simplifying

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.backends.protocol import Device, Spelling
    from conformance.catalogue import Clause
    from conformance.documents import Case
    from conformance.observation import Difference, Expectation, Observation

    # What is right for a case, what was seen, and where the two differ.
    Judged = tuple[Expectation, Observation, list[Difference]]

# After a crash or a hang each candidate costs a process: so many at most, and so many seconds.
MOST_PROCESSES = 8
PROCESS_SECONDS = 60.0
# A case is run in a moment; one that is only tried has no more than this to hang.
CANDIDATE_TIMEOUT = 10.0
# A reproducer waits so long for a process that may hang, whatever the run's own limit: a healthy library must be imported.
LEAST_WAIT, LONGEST_WAIT = 10.0, 60.0
# Executing redirects the standard streams of the process, so the threads of the controller take turns.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Place:
    """Where a clause failed: what its reproducer says of that."""

    clause: Clause
    backend: str
    version: str
    spelling: Spelling | None
    device: Device
    other: Device
    seconds: float
    seed: int = 0

    def text(self, case: Case, right: Expectation, difference: Difference | None) -> Reproducer:
        """Write the reproducer of a case, or say why there is none."""
        note = f" ({self.device.note})" if self.device.note else ""
        tested = f"{self.backend} {self.version} on {self.device.text}{note}; Python {platform.python_version()}, tensor-conformance {__version__}"
        failing = reproducers.Failing(
            clause=self.clause.id,
            sentence=self.clause.sentence,
            source=self.clause.source,
            place=self.clause.place,
            tested=tested,
            case=case,
            right=right,
            difference=difference,
            device=self.device,
            other=self.other,
            seconds=min(max(self.seconds, LEAST_WAIT), LONGEST_WAIT),
            seed=self.seed,
        )
        try:
            return Reproducer(text=reproducers.text(failing, self.spelling))
        except UnwritableError as error:
            return Reproducer(why=str(error))
        except Exception as error:  # noqa: BLE001 - the failure is told all the same
            return Reproducer(why=f"it could not be written: {type(error).__name__}: {error}")


def shrunk(
    case: Case, first: Judged, judge: Callable[[Case], Judged], *, seconds: float = shrinking.SECONDS
) -> tuple[Case, Judged]:
    """Give the smallest case that was found to fail in the same way, and how it is judged; see `shrinking.shrink`."""
    if not case.by_reference:
        return case, first

    reason = oracle.refusal(case) if first[0].raises is not None else ""

    def fails(candidate: Case) -> bool:
        try:
            return _alike(judge(candidate), first) and (not reason or oracle.refusal(candidate) == reason)
        except Exception:  # noqa: BLE001 - what can't be judged is no candidate
            return False

    smallest = _smallest(case, fails, seconds)
    again = judge(smallest) if smallest is not case else first
    if _alike(again, first):
        return smallest, again
    # What ran before matters, so what was seen first, in the case as it is, is shown; only how it reads is made plainer.
    plainer = (one for one in simplifying.folded(case) if fails(one) and judge(one)[0] == first[0])
    return next(plainer, case), first


def _smallest(case: Case, fails: Callable[[Case], bool], seconds: float) -> Case:
    """Shrink a case; of a whole program the text first, a whole statement at a time."""
    if case.whole:
        from conformance.strategies.shrinking import shrink_program

        case = shrink_program(case, fails)
    return shrinking.shrink(case, _lawfully(case, fails), seconds=seconds)


def _lawfully(case: Case, fails: Callable[[Case], bool]) -> Callable[[Case], bool]:
    """Let only those programs fail of which the rules leave nothing open, where a case is a whole program."""
    if not case.whole:
        return fails
    from conformance.strategies.shrinking import determined

    return lambda one: determined(one) and fails(one)


def _alike(one: Judged, first: Judged) -> bool:
    """Say whether two failures show in the same way: the same property differs, and the same exception came or is due."""
    (right, seen, found), (first_right, first_seen, first_found) = one, first
    if not found or found[0].what != first_found[0].what or right.raises != first_right.raises:
        return False
    kinds = [raised.type if raised is not None else None for raised in (seen.raised, first_seen.raised)]
    return kinds[0] == kinds[1] and found[0].where.partition(" ")[0] == first_found[0].where.partition(" ")[0]


def ended(
    case: Case, place: Place, right: Callable[[Case], Expectation], ends: Callable[[Case], bool]
) -> tuple[Case, Reproducer]:
    """Do the same for a case that ended its process, or never came to an end.

    Args:
        case: the fatal one.
        place: where.
        right: says what is right for a case.
        ends: runs a candidate in a process of its own, and says whether it ends like the fatal one.
    """

    def known(candidate: Case) -> Expectation:
        with _ONE_AT_A_TIME:
            return right(candidate)

    def judged(candidate: Case) -> bool:
        try:
            known(candidate)
        except Exception:  # noqa: BLE001 - what can't be judged is no candidate
            return False
        return True

    try:
        if case.by_reference:
            left = iter(range(MOST_PROCESSES - 1))
            lawful = _lawfully(case, judged)
            smallest = shrinking.shrink(
                case,
                lambda one: lawful(one) and next(left, None) is not None and ends(one),
                seconds=PROCESS_SECONDS / shrinking.BUSY,
            )
            # The last process is for the program with its plain arguments written into it.
            case = next((one for one in simplifying.folded(smallest) if lawful(one) and ends(one)), smallest)
        return case, place.text(case, known(case), None)
    except Exception as error:  # noqa: BLE001 - the failure is told all the same
        return case, Reproducer(why=f"it could not be written: {type(error).__name__}: {error}")


def right_by_reference(case: Case, device: Device, other: Device, *, text: bool) -> Expectation:
    """Say what is right for a case of a table."""
    return oracle.expectation(case, device, other, text=text)
