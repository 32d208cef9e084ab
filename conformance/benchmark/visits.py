"""visits.jsonl: what the stage measures as it goes, a line a visit, so that whatever ends it loses nothing measured.

A case is timed in several visits, apart in time. The first line says what runs where; `conformance.benchmark.assembly`
makes bench.json of all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from conformance.benchmark.records import Machine, Ratio, RecordError

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "visits.jsonl"


class Start(msgspec.Struct, frozen=True, tag_field="kind", tag="start", forbid_unknown_fields=True):
    """What runs where: see `records.Bench`.

    Attributes:
        reasons: why a device isn't here; those that are here have none.
        ids: of all cases, in their order.
        numbers: of the CPU, see `machine.numbers`.
        notes: what is to be said of the figures of a device.
    """

    torch: str
    machine: Machine
    devices: dict[str, str]
    reasons: dict[str, str]
    environment: dict[str, str]
    profile: str
    seed: int
    command: tuple[str, ...]
    started: str
    ids: tuple[str, ...]
    numbers: str = ""
    notes: dict[str, str] = {}


class Bandwidth(msgspec.Struct, frozen=True, tag_field="kind", tag="bandwidth", forbid_unknown_fields=True):
    """The best speed of a copy on a device, in bytes read and written a second, or why none was measured."""

    device: str
    bytes_per_second: float = 0.0
    not_run: str = ""


class Visit(msgspec.Struct, frozen=True, tag_field="kind", tag="visit", omit_defaults=True, forbid_unknown_fields=True):
    """A case that was timed once, or why it was not: see `timing.Timed`."""

    id: str
    not_run: str = ""
    first: float = 0.0
    wall: tuple[float, ...] = ()
    cpu: tuple[float, ...] = ()
    device: tuple[float, ...] = ()
    iterations: int = 1
    moved: int = 0
    subnormals: int = 0


class Beside(msgspec.Struct, frozen=True, tag_field="kind", tag="ratio", forbid_unknown_fields=True):
    """Two settings that were measured in turn: the second is a case."""

    id: str
    ratio: Ratio


class End(msgspec.Struct, frozen=True, tag_field="kind", tag="end", forbid_unknown_fields=True):
    """The end; it is missing where something ended the process."""

    stopped: str = ""


Line = Start | Bandwidth | Visit | Beside | End


def read(path: Path) -> list[Line]:
    """Read whole lines; one that was cut off is left out.

    Raises:
        RecordError: there is no file, or a line in it is damaged.
    """
    try:
        raw = path.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise RecordError(f"{path} can't be read: {error.strerror}") from error
    try:
        return [msgspec.json.decode(line, type=Line) for line in raw if line]
    except msgspec.DecodeError as error:
        raise RecordError(f"{path} is damaged: {error}") from error
