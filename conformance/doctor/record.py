"""What the doctor found, as `conformance doctor --json` gives it."""

from __future__ import annotations

from typing import Any

import msgspec

SCHEMA_VERSION = 1


class TorchFacts(msgspec.Struct, frozen=True, tag_field="kind", tag="torch", forbid_unknown_fields=True):
    """An imported PyTorch.

    Attributes:
        version: its own text.
        build: `CPU`, `CUDA 12.8`, `ROCm 6.2`, ...
        git: the revision that it was built from.
        seconds: that importing it took.
        threads: that one operation uses.
        capability: the vector instructions that the CPU's operations use.
        settings: what bears on results, by name.
    """

    version: str
    build: str
    git: str
    seconds: float
    threads: int
    capability: str
    settings: dict[str, str]


class DeviceFacts(msgspec.Struct, frozen=True, tag_field="kind", tag="device", forbid_unknown_fields=True):
    """A device, or a kind of devices of which none is here.

    Attributes:
        name: as `--device` takes it.
        here: whether a tensor can be made there.
        reason: why not.
        model: the device's own name.
        facts: driver, memory, capability, by name.
        lacks: what it lacks by its library's own documentation, each with the sentence that says so.
    """

    name: str
    here: bool
    reason: str = ""
    model: str = ""
    facts: dict[str, str] = {}
    lacks: dict[str, str] = {}


class ProblemFacts(msgspec.Struct, frozen=True, tag_field="kind", tag="problem", forbid_unknown_fields=True):
    """Why a process found no more: one sentence."""

    sentence: str


class WaiverFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Known faults of PyTorch: how many are kept, how many of them concern what is here, and which must be looked at again."""

    known: int
    here: int
    expired: tuple[str, ...]


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where this runs.

    Attributes:
        python: its version.
        implementation: of Python.
        platform: the system.
        cores: that this process may use.
        variables: what is set in the environment and bears on results, devices or speed.
    """

    python: str
    implementation: str
    platform: str
    cores: int
    variables: dict[str, str]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that was found.

    Attributes:
        schema_version: of this form.
        suite: the version of this suite.
        machine: where it runs.
        packages: versions by name; null for what is not installed.
        torch: PyTorch, where it could be imported.
        devices: those that are here, and the kinds that are not.
        waivers: known faults; null where there is no PyTorch to ask for.
        traps: what is known to go wrong with what is here, a sentence each.
        problem: why no run can be made; empty if one can.
        exit_code: that `conformance run` would end with for that reason.
    """

    schema_version: int
    suite: str
    machine: Machine
    packages: dict[str, str | None]
    torch: TorchFacts | None
    devices: tuple[DeviceFacts, ...]
    waivers: WaiverFacts | None
    traps: tuple[str, ...]
    problem: str
    exit_code: int


def schema() -> dict[str, Any]:
    """Give the JSON Schema of a record."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"conformance doctor --json, schema version {SCHEMA_VERSION}",
        **msgspec.json.schema(Record),
    }
