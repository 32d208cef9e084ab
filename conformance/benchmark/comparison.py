"""Two files of `conformance bench` compared, with an eye on noise: which cases are slower, and which of those may fail a gate.

On a shared machine the times of one program drift by 5 to 30 % between two runs, so a ratio alone accuses nobody. A case
fails only where it is slower by both clocks, the interval of the ratio is clear of what this case and these runs do against
themselves, and a repetition of the new run says the same. A case that was timed and is not any more fails too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from conformance.benchmark import resampling
from conformance.benchmark.records import CaseRecord, Interval, Machine, Shape
from conformance.problems import UsageProblem
from conformance.reporting.markdown import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.benchmark.records import Bench

SCHEMA_VERSION = 1
# What a gate lets pass: a ratio up to this, or up to so many times the distance of the noise from 1.
GATE, NOISE_FACTOR = 1.10, 3
# Lines of a table on one page.
PAGE = 40

Clock = Literal["device", "cpu", ""]
# How the reason of a case begins that says nothing of the library. What made a case too slow to be timed shows in the size
# before it, which both runs timed.
_UNREACHED = ("over budget", "no memory: it needs about")
Gate = Literal["passed", "suspected", "not confirmed", "failed"]
_ORDER = ("failed", "suspected", "not confirmed", "slower", "inconclusive", "same", "faster")
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


class Side(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the files: what ran, where, when, and how."""

    torch: str
    suite: str
    profile: str
    started: str
    complete: bool
    machine: Machine


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case of a new run against the old one.

    Attributes:
        wall: new time over old, by the wall clock, with its 99 % interval.
        clock: the second clock, that both runs have; empty where there is none.
        second: the ratio by that clock, with the widest interval that the two medians' own allow; null where there is none.
        noise: the ratio, from 1 up, that this case or these runs have against themselves.
        limit: the ratio of which the interval must be clear for a gate to fail.
        verdict: by the wall clock.
        over: whether both clocks say that it is slower and the interval is clear of the limit.
    """

    wall: Interval
    clock: Clock
    second: Interval | None
    noise: float
    limit: float
    verdict: resampling.Verdict
    over: bool


class CaseComparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case that both files timed.

    Attributes:
        id, device, dtype, precision, mode, shape, threads: as in the files.
        old, new: seconds a call, by the wall clock.
        found: the new file against the old one.
        again: the repetition against the old one; null where there is none.
        gate: failed; suspected, where a repetition must tell; not confirmed, where it said otherwise; passed.
    """

    id: str
    device: str
    dtype: str
    precision: str
    mode: str
    shape: Shape
    threads: int
    old: Interval
    new: Interval
    found: Measured
    again: Measured | None
    gate: Gate

    @property
    def kind(self) -> str:
        """The word under which a table shows it."""
        return self.gate if self.gate != "passed" else self.found.verdict


class Absence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case of the old file that the new one has not timed, and why."""

    id: str
    reason: str


class Comparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two files compared.

    Attributes:
        old, new, again: the files; again is null where the new run was not repeated.
        differences: of the machines, the environments and the profiles, in a sentence each.
        cases: that both timed, the worst first.
        vanished: timed in the old file and not in the new one.
        added: timed in the new file alone.
    """

    schema_version: int
    old: Side
    new: Side
    again: Side | None
    differences: tuple[str, ...]
    cases: tuple[CaseComparison, ...]
    vanished: tuple[Absence, ...]
    added: tuple[str, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """What fails a gate, in a sentence each: cases that are slower for certain, and those that vanished."""
        slower = (f"{one.id} takes {_times(one.found.wall)} as long" for one in self.cases if one.gate == "failed")
        return (*slower, *(f"{one.id} was timed and is not any more: {one.reason}" for one in self.vanished))

    @property
    def suspected(self) -> tuple[str, ...]:
        """The ids of cases that fail a gate if a repetition of the new run says the same."""
        return tuple(one.id for one in self.cases if one.gate == "suspected")

    @property
    def exit_code(self) -> int:
        """1 where something fails, else 0."""
        return int(bool(self.failures))


def schema() -> dict[str, Any]:
    """Give the JSON Schema of a comparison."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"comparison of two bench.json, schema version {SCHEMA_VERSION}",
        **msgspec.json.schema(Comparison),
    }


def compare(old: Bench, new: Bench, again: Bench | None = None, *, different_machines: bool = False) -> Comparison:
    """Compare two files, case by case.

    Args:
        old: what the new one is compared with.
        new: of the same machine, usually with another version of PyTorch.
        again: a repetition of the new run; without it no case is said to be slower for certain.
        different_machines: allows files of two machines.

    Raises:
        UsageProblem: the machines differ and that isn't allowed, or the repetition is one of something else.
    """
    _check_machines(old.machine, new.machine, allowed=different_machines)
    if again is not None:
        _check_repetition(new, again)
    timed_before, timed_now = _timed(old), _timed(new)
    repeated = _timed(again) if again is not None else {}
    cases = [
        _case(one, (old, new, again), timed_now[one.id], repeated.get(one.id))
        for one in timed_before.values()
        if one.id in timed_now
    ]
    return Comparison(
        SCHEMA_VERSION,
        _side(old),
        _side(new),
        _side(again) if again is not None else None,
        tuple(_differences(old, new)),
        tuple(sorted(cases, key=lambda one: (_ORDER.index(one.kind), -one.found.wall.median, one.id))),
        tuple(_vanished(timed_before, timed_now, new)),
        tuple(id_ for id_ in timed_now if id_ not in timed_before),
    )


def machine_differences(first: Machine, second: Machine) -> list[str]:
    """Say in what two machines differ: `cores 2 against 4`."""
    return [
        f"{name} {_shown(before)} against {_shown(after)}"
        for name in Machine.__struct_fields__
        if (before := getattr(first, name)) != (after := getattr(second, name))
    ]


def noise_of(*noises: float | None) -> float:
    """Give the greatest of ratios of something against itself, each of which may lie on either side of 1; 1 if none is known."""
    return max([1.0, *(max(one, 1 / one) for one in noises if one)])


def limit_of(noise: float) -> float:
    """Give the ratio of which an interval must be clear for a gate to fail, by the noise beside it."""
    return max(GATE, 1 + NOISE_FACTOR * (noise - 1))


def as_json(comparison: Comparison) -> str:
    """Give the comparison as JSON (`schema`)."""
    return msgspec.json.format(msgspec.json.encode(comparison), indent=1).decode() + "\n"


def as_text(comparison: Comparison) -> str:
    """Give the comparison for a terminal: a sentence, what differs, what fails, and a table, the worst first."""
    lines = [headline(comparison), *(f"note: {one}" for one in comparison.differences)]
    lines += [f"FAILED {one}" for one in _failures(comparison)]
    if comparison.suspected:
        lines.append(_suspicion(comparison))
    rows = [_HEAD, *map(_row, comparison.cases[:PAGE])]
    lines += ["", *aligned(rows)]
    return "\n".join([*lines, *_rest(comparison)]) + "\n"


def as_markdown(comparison: Comparison) -> str:
    """Give the same page in Markdown."""
    blocks = ["## Speed of the matmul stage", safe(headline(comparison))]
    blocks += [f"**Note:** {safe(one)}." for one in comparison.differences]
    if comparison.failures:
        blocks.append("\n".join(f"- **failed:** {safe(one)}" for one in _failures(comparison)))
    if comparison.suspected:
        blocks.append(safe(_suspicion(comparison)))
    rows = [_HEAD, ("---",) * len(_HEAD), *(tuple(map(safe, _row(one))) for one in comparison.cases[:PAGE])]
    blocks.append("\n".join(f"| {' | '.join(row)} |" for row in rows))
    return "\n\n".join([*blocks, *map(safe, _rest(comparison))]) + "\n"


def headline(comparison: Comparison) -> str:
    """Give the comparison in a sentence."""
    kinds = [one.kind for one in comparison.cases]
    counted = [f"{kinds.count(kind)} {kind}" for kind in _ORDER if kind in kinds]
    counted += [
        f"{len(some)} {word}" for some, word in ((comparison.vanished, "vanished"), (comparison.added, "new")) if some
    ]
    old, new = comparison.old, comparison.new
    return f"torch {old.torch} ({old.started}) to torch {new.torch} ({new.started}): {', '.join(counted) or 'no case'}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Give rows of cells as lines whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def duration(seconds: float) -> str:
    """Give a time in the unit that suits it: `3.21 ms`."""
    size, unit = next((one for one in _UNITS if seconds >= one[0]), _UNITS[-1])
    return f"{seconds / size:.3g} {unit}"


def ratio_text(ratio: Interval) -> str:
    """Give a ratio with its interval: `1.21 [1.18, 1.25]`."""
    return f"{ratio.median:.3g} [{ratio.low:.3g}, {ratio.high:.3g}]"


_HEAD = ("case", "old", "new", "new/old by wall clock (99 %)", "by second clock", "A/A noise", "limit", "verdict")


def _row(one: CaseComparison) -> tuple[str, ...]:
    found = one.found
    second = f"{ratio_text(found.second)} {found.clock}" if found.second is not None else "none"
    times = (duration(one.old.median), duration(one.new.median), ratio_text(found.wall), second)
    return (one.id, *times, f"{found.noise:.3g}", f"{found.limit:.3g}", one.kind)


def _failures(comparison: Comparison) -> list[str]:
    """Give the failures that a page has room for."""
    found = comparison.failures
    return [*found[:PAGE], *([f"{len(found) - PAGE} more"] if len(found) > PAGE else [])]


def _rest(comparison: Comparison) -> list[str]:
    lines = []
    left = comparison.cases[PAGE:]
    if left:
        kinds = [one.kind for one in left]
        counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in _ORDER if kind in kinds)
        lines.append(f"{len(left)} more cases are not shown: {counted}.")
    if comparison.added:
        shown = ", ".join(comparison.added[:PAGE])
        lines.append(f"New: {shown}{f', and {len(comparison.added) - PAGE} more' * (len(comparison.added) > PAGE)}.")
    return lines


def _suspicion(comparison: Comparison) -> str:
    number = len(comparison.suspected)
    cases = "1 case is" if number == 1 else f"{number} cases are"
    return f"{cases} suspected of being slower, which a repetition of the new run must confirm: {', '.join(comparison.suspected)}"


def _times(ratio: Interval) -> str:
    return f"{ratio.median:.3g} times (99 % interval: {ratio.low:.3g} to {ratio.high:.3g})"


def _shown(value: object) -> str:
    return (", ".join(value) or "none") if isinstance(value, tuple) else str(value)


def _side(bench: Bench) -> Side:
    return Side(bench.torch, bench.suite, bench.profile, bench.started, bench.complete, bench.machine)


def _check_machines(old: Machine, new: Machine, *, allowed: bool) -> None:
    differing = machine_differences(old, new)
    if differing and not allowed:
        raise UsageProblem(
            f"the files are of different machines ({'; '.join(differing)}), so their times tell nothing of PyTorch; "
            "with --different-machines they are compared all the same"
        )


def _check_repetition(new: Bench, again: Bench) -> None:
    differing = machine_differences(new.machine, again.machine)
    if new.torch != again.torch:
        differing.append(f"torch {new.torch} against {again.torch}")
    if differing:
        raise UsageProblem(f"the third file is no repetition of the second ({'; '.join(differing)})")
    if new.started == again.started:
        raise UsageProblem("the third file is the second one itself; a repetition must be measured anew")


def _differences(old: Bench, new: Bench) -> Iterator[str]:
    if differing := machine_differences(old.machine, new.machine):
        yield f"two machines: {'; '.join(differing)}"
    if old.profile != new.profile:
        yield f"two profiles: {old.profile} against {new.profile}"
    for name in sorted(old.environment.keys() | new.environment.keys()):
        before, after = old.environment.get(name, "unset"), new.environment.get(name, "unset")
        if before != after:
            yield f"environment: {name} {before} against {after}"
    unreached = [one.id for one in new.cases if one.not_run.startswith(_UNREACHED) and one.id in _timed(old)]
    if unreached:
        yield f"{len(unreached)} cases of the old run were not reached by the new one, for want of seconds or memory: {unreached[0]} and others"
    for word, one in (("old", old), ("new", new)):
        if not one.complete:
            yield f"the {word} run is incomplete: {one.stopped or 'it does not say why'}"


def _timed(bench: Bench) -> dict[str, CaseRecord]:
    return {one.id: one for one in bench.cases if one.seconds is not None and min(one.samples, default=0) > 0}


def _vanished(before: Iterable[str], now: dict[str, CaseRecord], new: Bench) -> Iterator[Absence]:
    reasons = {one.id: one.not_run or "the new file has no samples of it" for one in new.cases}
    absent = "the new file has no such case" if new.complete else f"the new run was stopped ({new.stopped})"
    for id_ in before:
        if id_ not in now and not reasons.get(id_, "").startswith(_UNREACHED):
            yield Absence(id_, reasons.get(id_, absent))


def _case(
    before: CaseRecord, files: tuple[Bench, Bench, Bench | None], now: CaseRecord, repeated: CaseRecord | None
) -> CaseComparison:
    old, new, again = files
    found = _measured(before, now, noise_of(before.noise, now.noise, old.noise, new.noise))
    confirming = None
    if again is not None and repeated is not None:
        confirming = _measured(before, repeated, noise_of(before.noise, repeated.noise, old.noise, again.noise))
    return CaseComparison(
        before.id,
        before.device,
        before.dtype,
        before.precision,
        before.mode,
        before.shape,
        before.threads,
        _seconds(before),
        _seconds(now),
        found,
        confirming,
        _gate(found, confirming),
    )


def _gate(found: Measured, again: Measured | None) -> Gate:
    if not found.over:
        return "passed"
    if again is None:
        return "suspected"
    return "failed" if again.over else "not confirmed"


def _seconds(one: CaseRecord) -> Interval:
    return one.seconds if one.seconds is not None else resampling.interval(one.samples)


def _measured(before: CaseRecord, now: CaseRecord, noise: float) -> Measured:
    wall = resampling.ratio(before.samples, now.samples, resampling.VERDICT_LEVEL)
    clock, second = _second(before, now)
    itself = Interval(1.0, 1 / noise, noise)
    verdict, limit = resampling.verdict(wall, itself), limit_of(noise)
    agreed = second is not None and resampling.verdict(second, itself) == "slower"
    over = verdict == "slower" and agreed and wall.low > limit
    return Measured(wall, clock, second, noise, limit, verdict, over)


def _second(before: CaseRecord, now: CaseRecord) -> tuple[Clock, Interval | None]:
    """Give the clock beside the wall clock that both have, and the ratio by it: of a device's events, or else of CPU time."""
    clocks: tuple[tuple[Clock, Interval | None, Interval | None], ...] = (
        ("device", before.device_seconds, now.device_seconds),
        ("cpu", before.cpu_seconds, now.cpu_seconds),
    )
    for clock, old, new in clocks:
        # A clock too coarse for what it measured says nothing.
        if old is not None and new is not None and min(old.low, new.low) > 0:
            return clock, Interval(new.median / old.median, new.low / old.high, new.high / old.low)
    return "", None
