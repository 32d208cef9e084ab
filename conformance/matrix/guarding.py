"""What a clause adds: a general one must see a fault that its topic's golden clauses, the documents' own cases, don't see."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from conformance import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.matrix.record import FaultRecord


def topic_of(clause: str) -> str:
    """Give the topic of a clause's id, or of a glob on ids."""
    return clause.partition(".")[0]


@cache
def of_level(level: catalogue.Level) -> frozenset[str]:
    """Give the ids of the clauses of a level."""
    return frozenset(one.id for one in catalogue.load() if one.level == level)


def golden_topics(fault: FaultRecord) -> set[str]:
    """Give the topics whose golden clauses caught a fault."""
    return {topic_of(clause) for clause in fault.caught_by if clause in of_level("documented")}


def is_seen_by_golden(fault: FaultRecord) -> bool:
    """Say whether the golden clauses of a topic that is meant to catch a fault caught it."""
    return not golden_topics(fault).isdisjoint(topic_of(pattern) for pattern in fault.meant)


def adding(faults: Iterable[FaultRecord]) -> set[str]:
    """Give the clauses that caught something, and those of level general only where golden ones of their topic did not."""
    found: set[str] = set()
    for fault in faults:
        seen = golden_topics(fault)
        found |= {one for one in fault.caught_by if one not in of_level("general") or topic_of(one) not in seen}
    return found
