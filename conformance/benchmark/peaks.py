"""Published peaks: what vendors state of hardware, from `fixtures/peaks.toml`, found by the name that it gives itself.

The file holds the vendors' own numbers; this module halves those that count zeros which are skipped (sparsity), divides what
several of PyTorch's devices share, and computes those of CPUs.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Literal, NamedTuple

import msgspec

from conformance.documents import FixtureError, fixtures_folder

FILE_NAME = "peaks.toml"
# torch.set_float32_matmul_precision: "medium" is computed as "high" where nothing faster is there, and "high" as "highest".
_AS_IF = {"medium": ("medium", "high", "highest"), "high": ("high", "highest"), "highest": ("highest",)}
# What NVIDIA's driver says of a part of a GPU: it has a part of the figures, and nobody publishes which.
_PART = re.compile(r"\b(MIG|GRID)\b")
_BITS = {"float32": 32, "float64": 64}
# A CPU's own clock, in its name (GHz) or beside it (MHz).
_CLOCK = re.compile(r"@ (?P<giga>[\d.]+)GHz|\bclock (?P<mega>[\d.]+) MHz")
# What a source says where no clock is published.
REPORTED = "that the machine reports"


class Published(NamedTuple):
    """A vendor's figure: its value, GFLOP/s (int8: GOP/s) or GB/s, and where it is published."""

    value: float
    unit: Literal["GFLOP/s", "GB/s"]
    source: str


class Accelerator(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An accelerator.

    Attributes:
        name: as its vendor writes it.
        match: a regular expression, found in what the hardware calls itself.
        source: title of the vendor's document, with the place.
        dense: GFLOP/s by dtype, of float32 with the precision (`float32 high`).
        sparse: the same where a vendor states only twice the figure, which skips zeros.
        sources: of figures that are not in `source`.
        bandwidth: of its memory, in GB/s; 0 where it isn't published.
        bandwidth_source: where that is not in `source`.
        devices: of PyTorch, that share the figures.
    """

    name: str
    match: str
    source: str
    dense: dict[str, float] = {}
    sparse: dict[str, float] = {}
    sources: dict[str, str] = {}
    bandwidth: float = 0.0
    bandwidth_source: str = ""
    devices: int = 1

    def peak(self, kind: str) -> Published | None:
        """Give the dense peak of one device, by dtype or `float32 PRECISION`."""
        source = self.sources.get(kind, self.source) + self._shared
        if kind in self.dense:
            return Published(self.dense[kind] / self.devices, "GFLOP/s", source)
        if kind in self.sparse:
            return Published(
                self.sparse[kind] / 2 / self.devices, "GFLOP/s", f"{source}; half of the figure with sparsity"
            )
        return None

    @property
    def memory(self) -> Published | None:
        """The memory bandwidth of one device."""
        source = (self.bandwidth_source or self.source) + self._shared
        return Published(self.bandwidth / self.devices, "GB/s", source) if self.bandwidth else None

    @property
    def _shared(self) -> str:
        return f"; shared by {self.devices} devices" if self.devices > 1 else ""


class Processor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A family of CPUs.

    Attributes:
        family: as its vendor writes it.
        match: a regular expression, found in what a CPU says of itself, whose group `model` is the model.
        vector_bits: of a vector that a unit takes each cycle.
        units: for fused multiplication and addition, in a core.
        clocks: the highest in GHz, by model; of another model, the clock that the machine reports counts.
        source: title of the vendor's documents, with the place.
    """

    family: str
    match: str
    vector_bits: int
    units: int
    clocks: dict[str, float]
    source: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    accelerator: tuple[Accelerator, ...]
    processor: tuple[Processor, ...]


def accelerator(hardware: str) -> Accelerator | None:
    """Give the accelerator that calls itself so (`Tesla T4`); None if it is none of the file's, or a part of one.

    Raises:
        FixtureError: the file is missing or damaged.
    """
    if _PART.search(hardware):
        return None
    return next((one for one in _file().accelerator if re.search(one.match, hardware)), None)


def published(hardware: str, dtype: str, precision: str = "") -> Published | None:
    """Give the published dense peak of an accelerator.

    Args:
        hardware: what it calls itself.
        dtype: of the products.
        precision: of float32 (highest, high, medium); empty means highest, and other dtypes have none.

    Raises:
        FixtureError: the file is missing or damaged.
    """
    found = accelerator(hardware)
    if found is None:
        return None
    if dtype != "float32":
        return found.peak(dtype)
    kinds = _AS_IF.get(precision or "highest", ())
    return next(filter(None, (found.peak(f"float32 {kind}") for kind in kinds)), None)


def bandwidth(hardware: str) -> Published | None:
    """Give the published memory bandwidth of an accelerator, by what it calls itself.

    Raises:
        FixtureError: the file is missing or damaged.
    """
    found = accelerator(hardware)
    return found.memory if found is not None else None


def of_processor(name: str, threads: int, dtype: str, precision: str = "") -> Published | None:
    """Compute the peak of a CPU: cores x clock x elements of a vector x units x 2.

    Two threads on one core have only that core's units, so the peak of more threads than cores is a bound that can't be reached.

    Args:
        name: of the model, as the system gives it, with its numbers (`machine.numbers`).
        threads: as many cores are counted.
        dtype: float32 or float64; the others have no published rate here.
        precision: of float32; only highest (or empty) is the arithmetic of these units.

    Raises:
        FixtureError: the file is missing or damaged.
    """
    if dtype not in _BITS or precision not in {"", "highest"}:
        return None
    for family in _file().processor:
        found = re.search(family.match, name)
        clock, known = _clock(name, family.clocks.get(found["model"], 0.0)) if found is not None else (0.0, "")
        if clock:
            elements = family.vector_bits // _BITS[dtype]
            formula = f"{threads} cores x {clock:g} GHz{known} x {elements} elements x {family.units} units x 2"
            return Published(threads * clock * elements * family.units * 2, "GFLOP/s", f"{family.source}: {formula}")
    return None


def _clock(name: str, published: float) -> tuple[float, str]:
    """Give a clock in GHz and what is to be said of it; 0 where none is known."""
    found = None if published else _CLOCK.search(name)
    if found is None:
        return published, ""
    clock = float(found["giga"]) if found["giga"] else float(found["mega"]) / 1000
    return clock, f" ({REPORTED}, none is published; turbo may exceed it)"


@cache
def _file() -> _File:
    path = fixtures_folder() / FILE_NAME
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        _check(found)
    except (OSError, ValueError, re.error) as error:
        detail = str(error).splitlines()[0]
        raise FixtureError(f"fixtures/{FILE_NAME} is missing or damaged ({detail}); restore it or reinstall") from error
    return found


def _check(found: _File) -> None:
    for one in found.accelerator:
        re.compile(one.match)
        figures = [*one.dense.values(), *one.sparse.values()]
        if not figures or min(figures) <= 0 or one.bandwidth < 0 or one.devices < 1:
            raise ValueError(f"{one.name!r} needs figures above 0")
        if one.dense.keys() & one.sparse.keys() or one.sources.keys() - one.dense.keys() - one.sparse.keys():
            raise ValueError(f"{one.name!r} has a figure twice, or a source without a figure")
    for family in found.processor:
        if "model" not in re.compile(family.match).groupindex:
            raise ValueError(f"{family.family!r} needs a group `model` in its `match`")
        if min(family.vector_bits, family.units, *family.clocks.values()) <= 0:
            raise ValueError(f"{family.family!r} needs figures above 0")
