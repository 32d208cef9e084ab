"""What a matrix proves, and what it doesn't: a list of findings, and the exit code that follows from them."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.matrix.record import Accusation, FaultRecord, InnocentRecord, Matrix

OK, FAILED, BROKEN = 0, 1, 3


@dataclass(frozen=True)
class Finding:
    """Something that must not be, and where it is.

    Attributes:
        title: what.
        sentences: one for each place.
        broken: the suite itself broke.
    """

    title: str
    sentences: tuple[str, ...]
    broken: bool = False


def findings(matrix: Matrix) -> list[Finding]:
    """Give what is wrong, the gravest first; nothing where the matrix is whole."""
    made = [
        Finding("the suite itself broke", tuple(_broken(matrix)), broken=True),
        Finding("innocents accused", tuple(s for one in matrix.innocents for s in _accused(one))),
        Finding(
            "clauses that fail with nothing planted, so that their catches prove nothing",
            tuple(_accusation(one) for one in matrix.failing_healthy),
        ),
        Finding("faults that aren't live", tuple(_dead(matrix))),
        Finding("faults that survived", tuple(_survivors(matrix))),
        Finding("faults that were never reached", tuple(_unreached(matrix))),
        Finding("faults caught only by other clauses than those meant", tuple(_by_others(matrix))),
        Finding(
            "clauses that guard nothing",
            tuple(f"{one}: no fault makes it fail" for one in matrix.guarding_nothing),
        ),
        Finding(
            "general clauses that see no more than golden ones",
            tuple(
                f"{one}: golden clauses of its topic see each fault that it catches" for one in matrix.adding_nothing
            ),
        ),
        Finding("innocents that were never reached, so that nothing was proven of them", tuple(_idle(matrix))),
    ]
    return [one for one in made if one.sentences]


def exit_code(matrix: Matrix) -> int:
    """Give the exit code of a matrix: see `conformance faults --help`."""
    if matrix.interrupted_by is not None:
        return 128 + signal.Signals[matrix.interrupted_by]
    found = findings(matrix)
    if any(one.broken for one in found):
        return BROKEN
    return FAILED if found else OK


def headline(matrix: Matrix) -> str:
    """Give the matrix in one line."""
    caught = sum(one.caught for one in matrix.faults)
    accused = sum(bool(one.accused_by) for one in matrix.innocents)
    parts = [
        f"{caught} of {len(matrix.faults)} faults caught",
        f"{accused} of {len(matrix.innocents)} innocents accused",
    ]
    if matrix.whole:
        parts.append(f"{sum(one.seen_by_golden is True for one in matrix.faults)} of these seen by golden clauses")
        parts.append(f"{len(matrix.guarding_nothing)} of {matrix.clauses} clauses guard nothing")
    if matrix.interrupted_by is not None:
        parts.append(f"partial: stopped by {matrix.interrupted_by}")
    return f"{'; '.join(parts)}; {matrix.seconds:.0f} s"


def _broken(matrix: Matrix) -> Iterator[str]:
    broke = [(one.id, text) for one in matrix.faults for text in one.broke]
    broke += [("nothing planted", text) for text in matrix.broke]
    broke += [(one.id, text) for one in matrix.innocents for text in one.broke]
    yield from (f"{identifier}: {text.strip().splitlines()[-1]}" for identifier, text in broke)


def _accused(innocent: InnocentRecord) -> Iterator[str]:
    for clause in innocent.accused_by:
        own = [one for one in innocent.accusations if one.clause == clause]
        yield f"{innocent.id} is accused in {len(own)} of {innocent.runs} runs by {_accusation(own[0])}"


def _accusation(one: Accusation) -> str:
    return f"{one.clause} ({one.verdict}, {one.profile}, seed {one.seed}): {one.case}: {one.message}"


def _dead(matrix: Matrix) -> Iterator[str]:
    for one in matrix.faults:
        if one.unplantable:
            yield f"{one.id}: it can't be planted here: {one.unplantable}"
        elif one.unwitnessed:
            yield f"{one.id}: {one.unwitnessed}"
        elif one.live is False:
            yield f"{one.id}: its witness gives what a healthy library gives"


def _tried(one: FaultRecord) -> bool:
    """Say whether it was tried: one that can't be planted or broke the suite was not."""
    return not one.unplantable and not one.broke


def _survivors(matrix: Matrix) -> Iterator[str]:
    for one in matrix.faults:
        if one.reached and not one.caught and _tried(one):
            yield f"{one.id}: its stand-in was called {one.calls} times, and no clause failed ({one.sentence})"


def _unreached(matrix: Matrix) -> Iterator[str]:
    for one in matrix.faults:
        if not one.reached and not one.caught and _tried(one):
            yield f"{one.id}: no case calls its stand-in ({one.sentence})"


def _by_others(matrix: Matrix) -> Iterator[str]:
    for one in matrix.faults:
        if one.caught and not caught_as_meant(one):
            yield f"{one.id}: caught by {', '.join(one.caught_by)}, and meant for {', '.join(one.meant)}"


def caught_as_meant(one: FaultRecord) -> bool:
    """Say whether a clause that is meant to catch it is among the catchers."""
    from fnmatch import fnmatchcase

    return any(fnmatchcase(clause, pattern) for clause in one.caught_by for pattern in one.meant)


def _idle(matrix: Matrix) -> Iterator[str]:
    for one in matrix.innocents:
        if one.runs == 0 and matrix.interrupted_by is None:
            yield f"{one.id}: it touches no clause here"
        elif one.runs and not one.reached and not one.broke:
            yield f"{one.id}: no case calls its stand-in"
