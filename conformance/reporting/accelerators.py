"""The documents' accelerators as a table, filled from results that exist: nothing else is claimed of any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from conformance.benchmark import records
from conformance.reporting import results
from conformance.reporting.markdown import safe
from conformance.reporting.verdict import headline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.backends.protocol import Device

BENCHMARK_FOLDER = "matmul"
NOT_RUN = "not run"
_HEAD = ("accelerator", "calls itself", "library", "run", "clauses", "matmul benchmark")


class Accelerator(NamedTuple):
    """An accelerator that the documents compare, and what its hardware calls itself."""

    name: str
    named: re.Pattern[str]


# As the driver and PJRT name them. A slice of an A100 is another device; cores (the 8 of v2-8) are not in the name.
DOCUMENTED = (
    Accelerator("T4", re.compile(r"\bT4\b")),
    Accelerator("L4", re.compile(r"\bL4\b")),
    Accelerator("A100", re.compile(r"\bA100\b(?!.*\bMIG\b)")),
    Accelerator("TPU v2-8", re.compile(r"\bTPU v2\b")),
    Accelerator("TPU v5e-1", re.compile(r"\bTPU v5 ?(e|lite)\b")),
)


class Entry(NamedTuple):
    """A device that a results file judged."""

    file: Path
    device: Device
    found: results.Results

    @property
    def accelerator(self) -> str:
        """Its name in the documents; empty if they do not name it."""
        return next((one.name for one in DOCUMENTED if one.named.search(self.device.hardware)), "")


def table(folder: Path) -> str:
    """Give the table in Markdown: the documents' accelerators first, then what else was judged.

    Args:
        folder: every results.jsonl in it and below is read; it need not be there.

    Raises:
        ResultsError: one of them is damaged.
    """
    entries = list(_entries(folder))
    rows = [row for one in DOCUMENTED for row in _rows(one.name, entries)]
    rows += [_row(entry.device.text, entry) for entry in entries if not entry.accelerator]
    return "\n".join(_line(row) for row in (_HEAD, ("---",) * len(_HEAD), *rows)) + "\n"


def _entries(folder: Path) -> Iterator[Entry]:
    for file in sorted(folder.rglob(results.FILE_NAME)):
        found = results.read(file)
        for device in found.header.devices:
            if device.here and any(line.device == device.name for line in found.lines):
                yield Entry(file, device, found)


def _rows(name: str, entries: list[Entry]) -> list[tuple[str, ...]]:
    """Give a row for each time an accelerator was judged, or the one that says that it never was."""
    return [_row(name, entry) for entry in entries if entry.accelerator == name] or [(name, *(NOT_RUN,) * 5)]


def _row(name: str, entry: Entry) -> tuple[str, ...]:
    header = entry.found.header
    return (
        safe(name),
        safe(entry.device.hardware or entry.device.text),
        safe(f"{header.backend.name} {header.backend.version}"),
        safe(f"{header.level}, {header.profile}{', chosen clauses' * bool(header.select)}, {header.started}"),
        safe(_clauses(entry)),
        _benchmark(entry.file.parent / BENCHMARK_FOLDER, entry.device.text),
    )


def _clauses(entry: Entry) -> str:
    own = tuple(line for line in entry.found.lines if line.device == entry.device.name)
    said = headline(msgspec.structs.replace(entry.found, lines=own))
    return f"partial run: {said}" if entry.found.is_partial else said


def _benchmark(folder: Path, device: str) -> str:
    """Say how fast the products of a device were at best, by dtype, and how many times as fast as the CPU's."""
    if not (folder / records.FILE_NAME).exists():
        return NOT_RUN
    try:
        bench = records.read(folder)
    except records.RecordError as error:
        return safe(f"can't be read: {error}")
    best: dict[str, records.CaseRecord] = {}
    for one in bench.cases:
        if one.device == device and one.mode == "warm" and one.gflops is not None:
            kind = f"{one.dtype}{f' ({one.precision})' if one.precision not in ('', 'highest') else ''}"
            if kind not in best or one.gflops > (best[kind].gflops or 0.0):
                best[kind] = one
    told = [f"{kind} {_speed(one)}" for kind, one in best.items()]
    return safe("; ".join(told)) if told else NOT_RUN


def _speed(one: records.CaseRecord) -> str:
    times = f", {one.speedup.median:.3g} times the CPU" if one.speedup is not None else ""
    return f"{one.gflops:.4g} GFLOP/s at {one.shape.text}{times}"


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
