"""bench.json from what the stage measured: medians, speeds, shares of peaks, speed-ups and crossovers."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from conformance import __version__
from conformance.benchmark import cases, peaks, records, resampling, visits
from conformance.benchmark.records import Bench, CaseRecord, Crossover, Interval, Peak, Ratio, Share
from conformance.dtypes import numpy_dtype

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

GIGA = 1e9
NOT_REACHED = "not reached: the run was stopped before"
# The part of cases whose noise is below what is told as a run's.
_MOST = 0.9


@dataclass(frozen=True)
class Measured:
    """A case with its visits."""

    case: cases.Case
    taken: tuple[visits.Visit, ...]

    @property
    def timed(self) -> tuple[visits.Visit, ...]:
        """Those that were timed."""
        return tuple(one for one in self.taken if not one.not_run)

    @property
    def samples(self) -> list[float]:
        """Seconds a call by the wall clock, of all rounds."""
        return [seconds for one in self.timed for seconds in one.wall]


def assembled(lines: Sequence[visits.Line], stopped: str = "") -> Bench:
    """Make the record of a run.

    Args:
        lines: what it wrote.
        stopped: why it ended, if it did not end by itself.

    Raises:
        RecordError: the first line says not what ran.
    """
    if not lines or not isinstance(lines[0], visits.Start):
        raise records.RecordError("the run ended before it began")
    start = lines[0]
    ends = [one.stopped for one in lines if isinstance(one, visits.End)]
    stopped = stopped or (ends[0] if ends else "the process ended")
    measured = _measured(start, lines)
    copies = [one for one in lines if isinstance(one, visits.Bandwidth)]
    bandwidths = {one.device: one.bytes_per_second / GIGA for one in copies if not one.not_run}
    best = _peaks(measured.values(), bandwidths, start)
    found = tuple(_record(one, measured, best) for one in measured.values())
    return Bench(
        schema_version=records.SCHEMA_VERSION,
        suite=__version__,
        torch=start.torch,
        machine=start.machine,
        devices=start.devices,
        environment=start.environment,
        profile=start.profile,
        seed=start.seed,
        command=start.command,
        started=start.started,
        complete=not stopped,
        stopped=stopped,
        cases=found,
        peaks=tuple(best.values()),
        crossovers=tuple(_crossovers(found)),
        ratios=tuple(_ratio(one, best) for one in lines if isinstance(one, visits.Beside)),
        noise=_noise_of_run(found),
        notes=_notes(start, copies),
    )


def _notes(start: visits.Start, copies: Iterable[visits.Bandwidth]) -> dict[str, str]:
    """Give what is to be said of each device's figures, and why it has no bandwidth where it has none."""
    found = dict(start.notes)
    for one in copies:
        if one.not_run:
            missing = f"no bandwidth was measured: {one.not_run}"
            found[one.device] = "; ".join((*filter(None, [found.get(one.device, "")]), missing))
    return found


def _measured(start: visits.Start, lines: Sequence[visits.Line]) -> dict[str, Measured]:
    by_id: dict[str, list[visits.Visit]] = {one: [] for one in start.ids}
    for line in lines:
        if isinstance(line, visits.Visit):
            by_id[line.id].append(line)
    return {one: Measured(cases.parsed(one), tuple(found)) for one, found in by_id.items()}


_Key = tuple[str, str, str, int]


def _key(case: cases.Case) -> _Key:
    return case.device, case.dtype, case.precision, case.threads


def _peaks(measured: Iterable[Measured], bandwidths: Mapping[str, float], start: visits.Start) -> dict[_Key, Peak]:
    """Give the best speed of each sweep over sizes, and of copies on each device, beside the published ones."""
    best: dict[_Key, float] = {}
    for one in measured:
        if one.case.mode == "warm" and one.samples:
            key = _key(one.case)
            best[key] = max(best.get(key, 0.0), _gflops(one))
    found = {key: _products_peak(key, speed, start) for key, speed in best.items()}
    for device, speed in bandwidths.items():
        known = peaks.bandwidth(start.devices.get(device, ""))
        published, source = (known.value, known.source) if known is not None else (0.0, "")
        found[device, "", "", 0] = Peak(device, "", "", 0, "GB/s", speed, published, source)
    return found


def _products_peak(key: _Key, speed: float, start: visits.Start) -> Peak:
    device, dtype, precision, threads = key
    if device == "cpu":
        known = peaks.of_processor(f"{start.machine.processor} {start.numbers}", threads, dtype, precision)
    else:
        known = peaks.published(start.devices.get(device, ""), dtype, precision)
    published, source = (known.value, known.source) if known is not None else (0.0, "")
    return Peak(device, dtype, precision, threads, "GFLOP/s", speed, published, source)


def _gflops(one: Measured) -> float:
    return one.case.shape.operations / median(one.samples) / GIGA


def _record(one: Measured, measured: Mapping[str, Measured], best: Mapping[_Key, Peak]) -> CaseRecord:
    case, timed = one.case, one.timed
    if not timed:
        return case.record(next((visit.not_run for visit in one.taken), NOT_REACHED))
    moving = case.mode in cases.MOVING
    moved = timed[0].moved if moving else case.shape.elements * numpy_dtype(case.dtype).itemsize
    middle = median(one.samples)
    gflops = None if case.mode == "transfers alone" else _gflops(one)
    gigabytes = moved / middle / GIGA
    return msgspec.structs.replace(
        case.record(),
        seconds=resampling.interval(one.samples),
        cpu_seconds=_interval(seconds for visit in timed for seconds in visit.cpu),
        device_seconds=_interval(seconds for visit in timed for seconds in visit.device),
        first_seconds=timed[0].first,
        noise=_noise(timed),
        gflops=gflops,
        share_of_peak=_share(gflops, best.get(_key(case))),
        gigabytes=gigabytes,
        share_of_bandwidth=None if moving else _share(gigabytes, best.get((case.device, "", "", 0))),
        speedup=_speedup(one, measured),
        samples=records.thinned(one.samples),
        subnormals=timed[0].subnormals,
        rounds=len(one.samples),
        iterations=timed[0].iterations,
    )


def _ratio(beside: visits.Beside, best: Mapping[_Key, Peak]) -> Ratio:
    """Add what both reach of the peak that was measured, in the sweep or side by side."""
    speeds, peak = beside.ratio.gflops, best.get(_key(cases.parsed(beside.id)))
    if speeds is None or peak is None:
        return beside.ratio
    most = max(peak.measured, *speeds)
    return msgspec.structs.replace(beside.ratio, shares=(speeds[0] / most, speeds[1] / most))


def _interval(samples: Iterable[float]) -> Interval | None:
    found = list(samples)
    return resampling.interval(found) if found else None


def _noise(timed: Sequence[visits.Visit]) -> float | None:
    """Give how far the medians of a case's visits lie apart, as a ratio from 1 up."""
    medians = [median(visit.wall) for visit in timed if visit.wall]
    return max(medians) / min(medians) if len(medians) > 1 else None


def _noise_of_run(found: Iterable[CaseRecord]) -> float:
    known = sorted(one.noise for one in found if one.noise is not None)
    return known[min(len(known) - 1, int(_MOST * len(known)))] if known else 1.0


def _share(speed: float | None, peak: Peak | None) -> Share | None:
    if speed is None or peak is None:
        return None
    parts = (speed / one if one else None for one in (peak.measured, peak.published))
    return Share(*parts)


def _speedup(one: Measured, measured: Mapping[str, Measured]) -> Interval | None:
    """Give the time of the CPU over a device's: warm, with all threads, of the same dtype, precision and shape."""
    case = one.case
    if case.device == "cpu" or case.mode == "transfers alone":
        return None
    threads = max((other.case.threads for other in measured.values()), default=0)
    cpu = measured.get(cases.Case("cpu", case.dtype, case.shape, "warm", threads, case.precision).id)
    return resampling.ratio(one.samples, cpu.samples) if cpu is not None and cpu.samples else None


def _crossovers(found: Iterable[CaseRecord]) -> Iterator[Crossover]:
    """Give for each sweep over squares the smallest size from which on the device is faster than the CPU."""
    sweeps: dict[tuple[str, str, str, records.Mode], dict[int, Interval]] = {}
    for one in found:
        if one.speedup is not None and one.shape.kind == "square":
            sweeps.setdefault((one.device, one.dtype, one.precision, one.mode), {})[one.shape.n] = one.speedup
    for (device, dtype, precision, mode), sizes in sweeps.items():
        first = None
        for n in sorted(sizes, reverse=True):
            if sizes[n].low <= 1:
                break
            first = n
        yield Crossover(device, dtype, precision, mode, first)
