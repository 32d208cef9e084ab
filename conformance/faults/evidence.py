"""What is known of each fault: its witness, the smallest case on which it differs, and its grade, how seldom plain tests see it.

Here, and only here, a faulty library is compared with the healthy one: the question is whether a fault changes
anything, not what is right. Entries are data (`fixtures/faults/TOPIC.toml`), made by `python -m conformance.selftest.gathering`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from conformance.documents import FixtureError
from conformance.faults import forked, plain, witnesses
from conformance.faults.witnesses import Entry, Witness
from conformance.observation import Expectation, Observation, differences, expected_of, expected_text_of
from conformance.runner.execution import execute

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.backends.protocol import Backend
    from conformance.faults.planting import Fault

EASY, HARD = 0.5, 0.01
# Fatal faults run in children of the process, where a step may take so many seconds.
SECONDS = 2.0
PLAIN_SECONDS = 0.2
# So many plain cases, and what was seen of them, are kept for the next fault of the same target.
KEPT = 40_000
COMMAND = "python -m conformance.selftest.gathering"

Ease = Literal["easy", "middle", "hard"]


class EvidenceError(FixtureError):
    """A fault has no entry: the message says which command makes it."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a fault: the smallest case that shows it, and the share of the plain cases that do."""

    witness: Witness
    grade: float

    @property
    def ease(self) -> Ease:
        """How easily it is found."""
        return ease(self.grade)


def ease(grade: float) -> Ease:
    """Say whether plain cases show a fault mostly, sometimes, or next to never."""
    if grade > EASY:
        return "easy"
    return "hard" if grade < HARD else "middle"


def evidence(fault: Fault) -> Evidence:
    """Give what is known of a fault.

    Raises:
        EvidenceError: it has no entry yet.
        FixtureError: its file is damaged.
    """
    entry = entries(fault.topic).get(fault.id)
    if entry is None:
        raise EvidenceError(
            f"the fault {fault.id!r} has no witness in fixtures/faults/{fault.topic}.toml; "
            f"`{COMMAND} --select {fault.id}` makes one"
        )
    return Evidence(entry.witness, entry.grade)


@cache
def entries(topic: str) -> dict[str, Entry]:
    """Give a topic's entries by fault, read once."""
    return witnesses.read(topic)


def is_live(fault: Fault) -> bool:
    """Say whether a fault's witness is seen otherwise with it planted than without.

    Raises:
        EvidenceError: it has none.
    """
    return shows(fault, evidence(fault).witness)


def shows(fault: Fault, witness: Witness) -> bool:
    """Say whether a case is seen otherwise with a fault planted than without."""
    backend = fault.backend()
    healthy = seen(backend, witness)

    def step(_: int) -> bool:
        with fault.planted():
            return differ(healthy, seen(backend, witness), witness)

    if fault.is_fatal:
        return next(forked.outcomes(step, 1, SECONDS)) is not False
    return step(0)


def seen(backend: Backend, witness: Witness) -> Observation:
    """Run a witness on the CPU and give what was seen."""
    return execute(
        backend,
        witness.program,
        witness.inputs,
        backend.device("cpu"),
        text=witness.reads == "text",
        sets=witness.sets,
    )[0]


def differ(healthy: Observation, other: Observation, witness: Witness) -> bool:
    """Say whether two observations of a case differ in what is looked at.

    What the design leaves free is free here too: other bits of a NaN, warnings that the healthy library does not give.
    """
    if healthy == other:
        return False
    if healthy.state != other.state or _changed(healthy) != _changed(other):
        return True
    return bool(differences(_as_right(healthy, witness), msgspec.structs.replace(other, state=())))


def _changed(observation: Observation) -> set[str]:
    return {name for group in (observation.arguments, observation.bases) for name, one in group.items() if one.changed}


def _as_right(healthy: Observation, witness: Witness) -> Expectation:
    """Make of what the healthy library showed what is expected of the other one."""
    words = witness.reads == "wording"
    warned = next(iter(healthy.warnings), None)
    leaves = [name for name, one in witness.inputs.arguments.items() if getattr(one, "requires_grad", False)]
    grads = {name: healthy.arguments[name].grad for name in leaves if name in healthy.arguments}
    raised = healthy.raised
    return Expectation(
        returned=tuple(
            expected_text_of(one) if witness.reads == "text" else expected_of(one, strides=witness.strides)
            for one in healthy.returned
        ),
        raises=raised.type if raised is not None else None,
        raises_words=(raised.text,) if raised is not None and words else (),
        warns=warned.category if warned is not None else None,
        warns_words=(warned.text,) if warned is not None and words else (),
        writes=tuple(_changed(healthy)),
        grads={name: expected_of(one, strides=False) if one is not None else None for name, one in grads.items()},
    )


# --- grades --------------------------------------------------------------------------------------------------


def measured_grade(fault: Fault) -> float:
    """Measure which share of the plain cases of what a fault touches show it.

    Raises:
        UnknownTargetError: no plain call is known of a target.
    """
    step = _plain_step(fault, _plain_cases(fault))
    if fault.is_fatal:

        def alone(number: int) -> bool:
            with fault.planted():
                return step(number)

        return sum(one is not False for one in forked.outcomes(alone, plain.CASES, PLAIN_SECONDS)) / plain.CASES
    with fault.planted():
        return sum(map(step, range(plain.CASES))) / plain.CASES


class _Plain(NamedTuple):
    """A plain case: a form with the draw of a number."""

    form: str
    number: int
    strides: bool


def _plain_cases(fault: Fault) -> list[_Plain]:
    """Give the plain cases, spread evenly over the targets and their forms."""
    targets = [(plain.forms_of(fault, target), plain.judges_strides(target)) for target in fault.targets]
    cases = []
    for number in range(plain.CASES):
        round_of_targets, place = divmod(number, len(targets))
        forms, strides = targets[place]
        cases.append(_Plain(forms[round_of_targets % len(forms)], number, strides))
    return cases


def _plain_step(fault: Fault, cases: list[_Plain]) -> Callable[[int], bool]:
    """Look at all cases in health, and give what looks at one of them again."""
    backend = fault.backend()
    healthy = [_healthy(backend, case) for case in cases]

    def step(number: int) -> bool:
        witness = _witness(cases[number])
        other = seen(backend, witness)
        return not _is_unknown_to(fault, other) and differ(healthy[number], other, witness)

    return step


def _is_unknown_to(fault: Fault, observation: Observation) -> bool:
    """Say whether a stand-in is called in a way that its signature lacks: nothing that a library would do."""
    raised = observation.raised
    return (
        raised is not None
        and raised.type == "TypeError"
        and raised.text.startswith(f"{fault.function.__qualname__}() ")
    )


@lru_cache(maxsize=KEPT)
def _witness(case: _Plain) -> Witness:
    return Witness(
        "", plain.program_of(case.form), plain.inputs_of(case.form, case.number), sets=plain.SETS, strides=case.strides
    )


_seen_in_health: OrderedDict[tuple[str, _Plain], Observation] = OrderedDict()


def _healthy(backend: Backend, case: _Plain) -> Observation:
    """Look at a case with no fault planted, once for each library."""
    key = (backend.name, case)
    if key not in _seen_in_health:
        _seen_in_health[key] = seen(backend, _witness(case))
        if len(_seen_in_health) > KEPT:
            _seen_in_health.popitem(last=False)
    return _seen_in_health[key]
