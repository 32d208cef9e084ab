"""Which faults and innocents are measured, and how one is found by its id."""

from __future__ import annotations

import difflib
import importlib.util
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

from conformance.faults import planting
from conformance.problems import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

V = TypeVar("V", bound=planting.Variant)


def torch_is_here() -> bool:
    """Say whether PyTorch is installed; without it the faults of the reference remain."""
    return importlib.util.find_spec("torch") is not None


def faults() -> tuple[planting.Fault, ...]:
    """Give every fault that can be planted here and shows on the CPU."""
    return planting.load(torch=torch_is_here())


def rehearsed() -> tuple[planting.Fault, ...]:
    """Give every fault that shows on the rehearsal device alone."""
    return planting.rehearsed() if torch_is_here() else ()


def innocents() -> tuple[planting.Innocent, ...]:
    """Give every innocent that can be planted here."""
    return planting.innocents() if torch_is_here() else ()


def fault(identifier: str) -> planting.Fault:
    """Give the fault of an id.

    Raises:
        UsageProblem: there is none; the message names the nearest ids.
    """
    known = {one.id: one for one in (*faults(), *rehearsed())}
    if identifier not in known:
        raise UsageProblem(
            f"no fault {identifier!r}{_near(identifier, list(known))} (`conformance list faults` shows all)"
        )
    return known[identifier]


def chosen(variants: Sequence[V], patterns: tuple[str, ...], topics: tuple[str, ...], sample: int) -> tuple[V, ...]:
    """Give the variants whose id matches a pattern and whose topic is named (all, where none is given), thinned out.

    Args:
        variants: to choose from.
        patterns: globs on ids.
        topics: names.
        sample: only the first of each topic and every so-manyth after it; 1 for all.
    """
    matching = [
        one
        for one in variants
        if (not patterns or any(fnmatchcase(one.id, pattern) for pattern in patterns))
        and (not topics or one.topic in topics)
    ]
    by_topic: dict[str, list[V]] = {}
    for one in matching:
        by_topic.setdefault(one.topic, []).append(one)
    return tuple(one for group in by_topic.values() for one in group[::sample])


def check(known: Sequence[planting.Variant], patterns: tuple[str, ...], topics: tuple[str, ...]) -> None:
    """Check that every pattern and topic matches something.

    Raises:
        UsageProblem: one matches nothing.
    """
    ids = [one.id for one in known]
    for pattern in patterns:
        if not any(fnmatchcase(one, pattern) for one in ids):
            raise UsageProblem(
                f"{pattern!r} matches no fault or innocent{_near(pattern, ids)} (`conformance list faults` shows all)"
            )
    names = list(dict.fromkeys(one.topic for one in known))
    for topic in topics:
        if topic not in names:
            raise UsageProblem(f"no fault or innocent is of the topic {topic!r}; there are {', '.join(names)}")


def _near(word: str, words: list[str]) -> str:
    near = difflib.get_close_matches(word, words, n=3, cutoff=0.4)
    return f"; near it: {', '.join(near)}" if near else ""


def listing(variants: Sequence[planting.Variant]) -> str:
    """Show variants, one a line: id, topic, depth, what it does."""
    return "\n".join(f"{one.id}  ({one.topic}, {one.depth})  {' '.join(one.sentence.split())}" for one in variants)
