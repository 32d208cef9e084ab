"""The figures of a file of `conformance bench`, drawn from the file alone: speed, roofline, speed-up, noise.

Here it is said what each shows; `plotting` draws it. Each figure is an SVG and a PNG, on a light page and on a dark one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.benchmark import peaks, plotting
from conformance.benchmark.plotting import Mark, Panel, Plot, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from conformance.benchmark.records import Bench, CaseRecord, Crossover, Peak

SIZE, CALL = "n of a product of n x n by n x n (elements)", "time of a call"
INTENSITY, SPEED = "operations per byte of operands and result (FLOP/B)", "speed (GFLOP/s)"
SPEEDUP, NOISE = "speed-up over the CPU (times)", "A/A ratio of two medians of a case (times)"


class Drawn(NamedTuple):
    """What was drawn: the files, and a sentence for each figure that had nothing to show."""

    files: list[Path]
    left_out: list[str]


def draw(bench: Bench, folder: Path) -> Drawn:
    """Draw the figures of a run into a folder, which is made.

    Raises:
        UsageProblem: matplotlib is missing.
    """
    made = {kind: list(plots(bench)) for kind, plots in KINDS.items()}
    files = [file for plots in made.values() for plot in plots for file in plotting.write(plot, folder)]
    return Drawn(files, [_NOTHING[kind] for kind, plots in made.items() if not plots])


def speed(bench: Bench) -> Iterator[Plot]:
    """Give GFLOP/s over n: a plot for each device, and for each number of threads."""
    for device, threads, cases in _settings(bench, lambda one: one.shape.kind == "square" and bool(one.gflops)):
        series = [
            Series(_named(kind), _style(bench, kind), tuple((one.shape.n, one.gflops or 0.0) for one in some))
            for kind, some in _by_kind(cases)
        ]
        title = f"{_hardware(bench, device)}{_with(threads)}: speed of products"
        yield Plot(
            _file("speed", device, threads),
            title,
            _machine(bench),
            SIZE,
            SPEED,
            (Panel("", tuple(series)),),
            "size",
            _noted(bench, [device]),
        )


def roofline(bench: Bench) -> Iterator[Plot]:
    """Give operations per byte against GFLOP/s, with the roofs: a plot for each device and number of threads, a panel for each dtype."""
    for device, threads, cases in _settings(bench, lambda one: bool(one.gflops and one.gigabytes)):
        panels = []
        for kind, some in _by_kind(cases):
            series = [
                Series(
                    shape,
                    style,
                    tuple((one.gflops / one.gigabytes, one.gflops) for one in same if one.gflops and one.gigabytes),
                    "points",
                )
                for style, shape in enumerate(_shapes(bench))
                if (same := [one for one in some if one.shape.kind == shape])
            ]
            panels.append(Panel(_named(kind), (*series, *_roofs(bench, device, threads, kind, series))))
        title = f"{_hardware(bench, device)}{_with(threads)}: products under their roofs"
        yield Plot(
            _file("roofline", device, threads),
            title,
            _machine(bench),
            INTENSITY,
            SPEED,
            tuple(panels),
            note=_noted(bench, [device]),
        )


def speedup(bench: Bench) -> Iterator[Plot]:
    """Give the speed-up over the CPU over n with its interval and the crossovers: a plot for each accelerator, a panel for each dtype."""
    for device, _, cases in _settings(
        bench, lambda one: one.shape.kind == "square" and one.speedup is not None, warm=False
    ):
        panels = []
        for kind, some in _by_kind(cases):
            modes = sorted({one.mode for one in some}, key=_modes(bench).index)
            series = [
                Series(mode, _modes(bench).index(mode), tuple(_intervals(one for one in some if one.mode == mode)))
                for mode in modes
            ]
            panels.append(
                Panel(
                    _named(kind),
                    tuple(series),
                    tuple(_crossings(bench, device, kind, modes)),
                    1.0,
                    "as fast as the CPU",
                )
            )
        title = f"{_hardware(bench, device)}: speed-up over the CPU"
        yield Plot(
            _file("speedup", device, 0),
            title,
            _machine(bench),
            SIZE,
            SPEEDUP,
            tuple(panels),
            "size",
            _noted(bench, [device]),
        )


def noise(bench: Bench) -> Iterator[Plot]:
    """Give what each case does against itself, over the time of its call."""
    cases = [one for one in bench.cases if one.noise is not None and one.seconds is not None]
    series = [
        Series(
            _hardware(bench, device),
            style,
            tuple(
                (one.seconds.median, one.noise) for one in cases if one.device == device and one.seconds and one.noise
            ),
            "points",
        )
        for style, device in enumerate(dict.fromkeys(one.device for one in cases))
    ]
    if series:
        level = bench.noise if bench.noise > 1 else None
        panel = Panel("", tuple(series), (), level, f"9 of 10 cases stay below {bench.noise:.3g}" if level else "")
        yield Plot(
            "noise",
            "Cases against themselves (A/A noise)",
            _machine(bench),
            CALL,
            NOISE,
            (panel,),
            "time",
            _noted(bench, dict.fromkeys(one.device for one in cases)),
        )


KINDS: dict[str, Callable[[Bench], Iterator[Plot]]] = {
    "speed": speed,
    "roofline": roofline,
    "speedup": speedup,
    "noise": noise,
}
_NOTHING = {
    "speed": "No figure of speed over n: no square product was timed warm.",
    "roofline": "No roofline: no product was timed warm.",
    "speedup": "No figure of speed-up: no product was timed on an accelerator and on the CPU.",
    "noise": "No figure of noise: no case was measured against itself.",
}


def _settings(
    bench: Bench, shows: Callable[[CaseRecord], bool], *, warm: bool = True
) -> Iterator[tuple[str, int, list[CaseRecord]]]:
    """Give the timed cases that a figure shows, by device and number of threads."""
    cases = [one for one in bench.cases if one.seconds is not None and shows(one) and (one.mode == "warm" or not warm)]
    for device, threads in dict.fromkeys((one.device, one.threads) for one in cases):
        yield device, threads, [one for one in cases if (one.device, one.threads) == (device, threads)]


def _by_kind(cases: list[CaseRecord]) -> Iterator[tuple[tuple[str, str], list[CaseRecord]]]:
    """Give cases by dtype and precision, each in the order of its sizes."""
    for kind in dict.fromkeys((one.dtype, one.precision) for one in cases):
        yield kind, sorted((one for one in cases if (one.dtype, one.precision) == kind), key=lambda one: one.shape.n)


def _intervals(cases: Iterable[CaseRecord]) -> Iterator[tuple[float, float, float, float]]:
    for one in cases:
        if one.speedup is not None:
            yield one.shape.n, one.speedup.median, one.speedup.low, one.speedup.high


def _crossings(bench: Bench, device: str, kind: tuple[str, str], modes: Collection[str]) -> Iterator[Mark]:
    for one in bench.crossovers:
        if (one.device, one.dtype, one.precision) == (device, *kind) and one.mode in modes:
            yield Mark(one.n, 1.0, _crossing(one), _modes(bench).index(one.mode))


def _crossing(one: Crossover) -> str:
    return f"{one.mode}: nowhere faster" if one.n is None else f"{one.mode}: faster from n = {one.n}"


def _roofs(bench: Bench, device: str, threads: int, kind: tuple[str, str], points: list[Series]) -> Iterator[Series]:
    """Give the measured roof and the published one, over the width of the points: flat at the peak, a slope by the bandwidth."""
    at = [point[0] for one in points for point in one.points]
    peak, memory = _peak(bench, device, threads, kind), _memory(bench, device, threads)
    for style, word in enumerate(("measured", "published")):
        flat, slope = getattr(peak, word, 0.0), getattr(memory, word, 0.0)
        if flat:
            bends = [flat / slope] if slope and min(at) < flat / slope < max(at) else []
            line = ((x, min(flat, slope * x) if slope else flat) for x in (min(at), *bends, max(at)))
            yield Series(f"{word} roof{_clock_of(peak, word)}", style, tuple(line), "roof")


def _clock_of(peak: Peak | None, word: str) -> str:
    """Say that a published roof stands at a clock that nobody published."""
    reported = word == "published" and peak is not None and peaks.REPORTED in peak.source
    return " at the clock reported" if reported else ""


def _peak(bench: Bench, device: str, threads: int, kind: tuple[str, str]) -> Peak | None:
    found = (one for one in bench.peaks if one.unit == "GFLOP/s" and (one.device, one.threads) == (device, threads))
    return next((one for one in found if (one.dtype, one.precision) == kind), None)


def _memory(bench: Bench, device: str, threads: int) -> Peak | None:
    """Give the bandwidth that so many threads reached, or else the best of the device."""
    found = [one for one in bench.peaks if one.unit == "GB/s" and one.device == device]
    return max(found, key=lambda one: (one.threads == threads, one.measured), default=None)


def _style(bench: Bench, kind: tuple[str, str]) -> int:
    """Give a dtype the same style in each figure of a file."""
    return list(dict.fromkeys((one.dtype, one.precision) for one in bench.cases)).index(kind)


def _shapes(bench: Bench) -> list[str]:
    return list(dict.fromkeys(one.shape.kind for one in bench.cases))


def _modes(bench: Bench) -> list[str]:
    return list(dict.fromkeys(one.mode for one in bench.cases))


def _named(kind: tuple[str, str]) -> str:
    return " ".join(filter(None, kind))


def _hardware(bench: Bench, device: str) -> str:
    return bench.devices.get(device) or device


def _with(threads: int) -> str:
    return f", {threads} {'thread' if threads == 1 else 'threads'}" if threads else ""


def _machine(bench: Bench) -> str:
    machine = bench.machine
    return f"{machine.processor}, {machine.cores} cores, {machine.system}, torch {bench.torch}"


def _noted(bench: Bench, devices: Iterable[str]) -> str:
    """Give what must be known of the figures of the devices that a plot shows."""
    return "; ".join(f"{device}: {bench.notes[device]}" for device in devices if device in bench.notes)


def _file(kind: str, device: str, threads: int) -> str:
    return f"{kind}-{device.replace(':', '-')}{_with(threads).replace(', ', '-').replace(' ', '-')}"
