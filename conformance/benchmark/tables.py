"""What the matmul stage measured, as tables: on the screen and in Markdown, from bench.json alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from conformance.benchmark.records import MODES
from conformance.reporting.markdown import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from conformance.benchmark.records import Bench, CaseRecord, Interval, Peak, Ratio, Share

_HEAD = ("product", "dtype", "threads", "a call", "95 %", "GFLOP/s", "of the peak", "GB/s", "over the CPU", "A/A noise")
_NAMED = 3
# Where there is no screen.
_WIDTH = 160


@dataclass(frozen=True)
class Section:
    """A table.

    Attributes:
        title: what is in it.
        head: of its columns.
        rows: as many cells each.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sections(bench: Bench) -> Iterator[Section]:
    """Give a table for each device and mode in which something was timed."""
    for device, hardware in bench.devices.items():
        for mode in MODES:
            timed = [one for one in bench.cases if one.device == device and one.mode == mode and not one.not_run]
            if timed:
                title = f"{device} ({hardware}), {mode}" if hardware else f"{device}, {mode}"
                yield Section(title, _HEAD, tuple(_row(one) for one in timed))


def _row(one: CaseRecord) -> tuple[str, ...]:
    precision = f" ({one.precision})" if one.precision not in ("", "highest") else ""
    return (
        one.shape.text,
        f"{one.dtype}{precision}",
        str(one.threads or ""),
        *_time(one.seconds),
        f"{one.gflops:.4g}" if one.gflops is not None else "",
        _share(one.share_of_peak),
        _bytes(one),
        _factor(one.speedup),
        f"{one.noise - 1:.0%}" if one.noise is not None else "",
    )


_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))


def _time(seconds: Interval | None) -> tuple[str, str]:
    """Write a time and its interval in a unit that fits it."""
    if seconds is None:
        return "", ""
    scale, unit = next((one for one in _UNITS if seconds.median >= one[0]), _UNITS[-1])
    return f"{seconds.median / scale:.4g} {unit}", f"{seconds.low / scale:.4g} to {seconds.high / scale:.4g}"


def _share(share: Share | None) -> str:
    if share is None:
        return ""
    parts = ((share.measured, "here"), (share.published, "published"))
    return ", ".join(f"{part:.0%} {name}" for part, name in parts if part is not None)


def _bytes(one: CaseRecord) -> str:
    """Write bytes a second, and what share they are of what a copy reaches."""
    if one.gigabytes is None:
        return ""
    share = one.share_of_bandwidth.measured if one.share_of_bandwidth is not None else None
    return f"{one.gigabytes:.3g}{f' ({share:.0%} of a copy)' if share is not None else ''}"


def _factor(speedup: Interval | None) -> str:
    return f"{speedup.median:.3g} ({speedup.low:.3g} to {speedup.high:.3g})" if speedup is not None else ""


def sentences(bench: Bench) -> Iterator[str]:
    """Give what else is to be said, a sentence each."""
    timed = sum(not one.not_run for one in bench.cases)
    twice = any(one.noise is not None for one in bench.cases)
    noise = f"9 of 10 differ from themselves by at most {bench.noise - 1:.0%}" if twice else "none of them twice"
    yield f"{timed} of {len(bench.cases)} products timed; {noise}"
    if bench.machine.cores == 1:
        yield "this process may use one core, so nothing was timed with more threads"
    if not bench.complete:
        yield f"the run is not complete: {bench.stopped}"
    for peak in bench.peaks:
        if peak.unit == "GB/s":
            published = (
                f", {peak.measured / peak.published:.0%} of the published {peak.published:.4g}"
                if peak.published
                else "; no bandwidth is published for it"
            )
            yield f"{peak.device} copies {peak.measured:.4g} GB/s, read and written{published}"
    for device, note in bench.notes.items():
        yield f"{device}: {note}"
    yield from _published(bench.peaks)
    for reason, ids in _not_run(bench.cases).items():
        named = ", ".join(ids[:_NAMED]) + (f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else "")
        yield f"not run: {named}: {reason}"
    for one in bench.crossovers:
        what = f"{one.device} {one.dtype}{f' ({one.precision})' if one.precision not in ('', 'highest') else ''} {one.mode}"
        yield (
            f"{what}: faster than the CPU from n = {one.n} on"
            if one.n is not None
            else f"{what}: nowhere faster than the CPU"
        )
    yield from map(of_ratio, bench.ratios)


def _published(peaks: Iterable[Peak]) -> Iterator[str]:
    """Say which published peaks the shares are of, where each is from, and of what there is none."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in peaks:
        if one.unit == "GFLOP/s":
            speed = f" {one.published:.4g} GFLOP/s" if one.published else ""
            threads = f" threads={one.threads}" if one.threads else ""
            precision = f" ({one.precision})" if one.precision not in ("", "highest") else ""
            found.setdefault((one.device, one.source), []).append(f"{one.dtype}{precision}{threads}{speed}")
    for (device, source), of in found.items():
        named = ", ".join(of)
        yield f"published peak of {device}: {named}; {source}" if source else f"no published peak of {device}: {named}"


def of_ratio(found: Ratio) -> str:
    """Give a sentence on two settings that were measured in turn."""
    ratio, noise = found.ratio, found.noise
    speeds = ""
    if found.gflops is not None:
        shares = found.shares or (0.0, 0.0)
        one, two = (
            f"{speed:.4g} GFLOP/s, {share:.0%} of the measured peak"
            for speed, share in zip(found.gflops, shares, strict=True)
        )
        speeds = f"; {found.second}: {two}; {found.first}: {one}"
    return (
        f"{found.second} takes {ratio.median:.3f} ({ratio.low:.3f} to {ratio.high:.3f}) of the time of {found.first}, "
        f"measured in turn: {found.verdict} ({found.first} against itself: {noise.low:.3f} to {noise.high:.3f}){speeds}"
    )


def _not_run(records: Iterable[CaseRecord]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in records:
        if one.not_run:
            found.setdefault(one.not_run, []).append(one.id)
    return found


def show(bench: Bench, stream: TextIO) -> None:
    """Print the tables and sentences; colours respect NO_COLOR."""
    console = Console(file=stream, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console = Console(file=stream, highlight=False, soft_wrap=True, width=_WIDTH)
    for section in sections(bench):
        table = Table(*section.head, title=section.title, title_justify="left", box=None, pad_edge=False)
        for row in section.rows:
            table.add_row(*row)
        console.print(table)
    for sentence in sentences(bench):
        console.print(sentence, markup=False)


def markdown(bench: Bench) -> str:
    """Give the same as Markdown."""
    blocks = [
        f"## Matrix products with PyTorch {safe(bench.torch)}",
        f"{safe(bench.machine.processor)}, {bench.machine.cores} cores; {safe(bench.started)}; profile {safe(bench.profile)}.",
    ]
    for section in sections(bench):
        rows = [section.head, ("---",) * len(section.head), *(tuple(map(safe, row)) for row in section.rows)]
        blocks.append("\n".join([f"### {safe(section.title)}", "", *(f"| {' | '.join(row)} |" for row in rows)]))
    blocks.append("\n".join(f"- {safe(sentence)}" for sentence in sentences(bench)))
    return "\n\n".join(blocks) + "\n"
