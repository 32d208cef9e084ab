"""bench.json: what the matmul stage measured, the one file from which its tables, figures and comparisons are made.

All times are in seconds, all speeds in 1e9 operations (of a product of m x k by k x n: 2 m k n) or bytes a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION = 1
FILE_NAME = "bench.json"
# More are thinned out evenly.
MOST_SAMPLES = 200

Mode = Literal["warm", "cold", "transfers pinned", "transfers pageable", "transfers alone"]
MODES: tuple[Mode, ...] = ("warm", "cold", "transfers pinned", "transfers pageable", "transfers alone")


class RecordError(Exception):
    """A file that is no bench.json: the message says what is wrong with it."""


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be the same for two files to be compared as one machine's.

    Attributes:
        processor: as the system names it.
        cores: that this process may use.
        memory: in GiB, rounded.
        system: its name and the machine's architecture.
        accelerators: what their hardware calls itself.
    """

    processor: str
    cores: int
    memory: int
    system: str
    accelerators: tuple[str, ...] = ()


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product of m x k by k x n, so many at a time.

    Attributes:
        kind: square, tall, wide, batched or matrix-vector.
    """

    kind: str
    m: int
    k: int
    n: int
    batch: int = 1

    @property
    def operations(self) -> int:
        """Multiplications and additions of the products."""
        return 2 * self.batch * self.m * self.k * self.n

    @property
    def elements(self) -> int:
        """Elements of both operands and the result."""
        return self.batch * (self.m * self.k + self.k * self.n + self.m * self.n)

    @property
    def text(self) -> str:
        """The shape as it is shown: `512x512x512`, with the batch before it."""
        return f"{f'{self.batch}x' if self.batch > 1 else ''}{self.m}x{self.k}x{self.n}"


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A median and its 95 % bootstrap interval."""

    median: float
    low: float
    high: float


class Share(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How near a speed comes to a peak: the best that was measured here, and the published one where there is one."""

    measured: float | None = None
    published: float | None = None


class CaseRecord(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A product on a device, or why it was not timed.

    Attributes:
        id: unique in the file, the same in each run: `cpu float32 512x512x512 warm threads=2`.
        device: as PyTorch names it, `cuda:0`.
        dtype: of operands and result.
        precision: of float32 products (highest, high, medium), empty for other dtypes.
        mode: warm operands, cold caches, with moving operands and result, or moving them alone.
        threads: of the CPU; 0 elsewhere.
        not_run: why there is no figure; then all below is absent.
        seconds: a call, by the wall clock.
        cpu_seconds: a call, of all threads of the process.
        device_seconds: a call, by the device's own events where it has them.
        first_seconds: the very first call.
        noise: the ratio, from 1 up, of two medians of this very case that were taken apart in time.
        gflops: 1e9 operations a second; absent for transfers alone.
        share_of_peak: of gflops.
        gigabytes: 1e9 bytes of operands and result a second.
        share_of_bandwidth: of gigabytes.
        speedup: over the CPU, all threads, same dtype and shape, warm.
        samples: seconds a call, round by round.
        subnormals: how many elements of the operands are.
        rounds: how many were timed.
        iterations: calls in each.
    """

    id: str
    device: str
    dtype: str
    mode: Mode
    shape: Shape
    threads: int = 0
    precision: str = ""
    not_run: str = ""
    seconds: Interval | None = None
    cpu_seconds: Interval | None = None
    device_seconds: Interval | None = None
    first_seconds: float | None = None
    noise: float | None = None
    gflops: float | None = None
    share_of_peak: Share | None = None
    gigabytes: float | None = None
    share_of_bandwidth: Share | None = None
    speedup: Interval | None = None
    samples: tuple[float, ...] = ()
    subnormals: int = 0
    rounds: int = 0
    iterations: int = 0


class Peak(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The best that a device reached or can reach.

    Attributes:
        device: as PyTorch names it.
        dtype: of the products; empty for bandwidth.
        precision: as a case's.
        threads: as a case's.
        unit: GFLOP/s or GB/s.
        measured: here; 0 where nothing was measured.
        published: with its source; 0 where there is none.
        source: of the published one.
    """

    device: str
    dtype: str
    precision: str
    threads: int
    unit: Literal["GFLOP/s", "GB/s"]
    measured: float = 0.0
    published: float = 0.0
    source: str = ""


class Crossover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The smallest square size from which an accelerator is faster than the CPU at this and every larger size.

    Attributes:
        n: None where it is nowhere faster.
    """

    device: str
    dtype: str
    precision: str
    mode: Mode
    n: int | None


class Ratio(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Two settings measured in turn: time of the second over the first.

    Attributes:
        first, second: their names.
        ratio: of times, with its interval: above 1 the second is slower.
        verdict: what may be said of the second.
        noise: the interval of the first setting against itself, measured in the same loop.
        gflops: of both, where they are products of the same shape.
        shares: of both, of the peak that was measured here.
    """

    first: str
    second: str
    ratio: Interval
    verdict: Literal["faster", "same", "slower", "inconclusive"]
    noise: Interval
    gflops: tuple[float, float] | None = None
    shares: tuple[float, float] | None = None


class Bench(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run of the matmul stage.

    Attributes:
        devices: what the hardware of each calls itself.
        complete: whether every case was reached.
        stopped: why not.
        notes: what the figures of a device hold beside the products themselves.
        noise: the ratio that 9 of 10 cases stay below against themselves in this run; 1 where none was measured twice.
        ratios: settings that were measured in turn.
    """

    schema_version: int
    suite: str
    torch: str
    machine: Machine
    devices: dict[str, str]
    environment: dict[str, str]
    profile: str
    seed: int
    command: tuple[str, ...]
    started: str
    complete: bool
    cases: tuple[CaseRecord, ...]
    stopped: str = ""
    peaks: tuple[Peak, ...] = ()
    crossovers: tuple[Crossover, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    noise: float = 1.0
    notes: dict[str, str] = {}


def schema() -> dict[str, Any]:
    """Give the JSON Schema of bench.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FILE_NAME}, schema version {SCHEMA_VERSION}",
        **msgspec.json.schema(Bench),
    }


def write(bench: Bench, path: Path) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(bench), indent=1) + b"\n")
    unfinished.replace(path)


def read(path: Path) -> Bench:
    """Read a file, or the one in a folder.

    Raises:
        RecordError: it can't be read, is damaged, or is of another schema.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise RecordError(f"{file} can't be read: {error.strerror}") from error
    try:
        version = msgspec.json.decode(raw)["schema_version"]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        raise RecordError(f"{file} is no file of `conformance bench`") from None
    if version != SCHEMA_VERSION:
        raise RecordError(f"{file} is of schema version {version}, and this suite reads {SCHEMA_VERSION}")
    try:
        bench: Bench = msgspec.json.decode(raw, type=Bench)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"{file} is damaged: {error}") from error
    return bench


def thinned(samples: list[float]) -> tuple[float, ...]:
    """Give at most `MOST_SAMPLES` of many samples, evenly spread over the time in which they were taken."""
    if len(samples) <= MOST_SAMPLES:
        return tuple(samples)
    return tuple(samples[place * len(samples) // MOST_SAMPLES] for place in range(MOST_SAMPLES))
