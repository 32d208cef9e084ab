"""The plan of a run: what the backend and its devices turned out to be, and which lines follow from it."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Literal

import msgspec

from conformance.backends import declaration, handshake, registry
from conformance.backends.protocol import Backend, Device, Spelling, UnknownDeviceError
from conformance.observation import Raised  # noqa: TC001 - msgspec resolves field types at run time
from conformance.problems import UsageProblem
from conformance.reporting.results import BackendFacts
from conformance.runner import interrupts
from conformance.runner.execution import describe_exception

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.catalogue import Clause
    from conformance.runner.settings import Settings


class ImportFailure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A backend that was found, but could not be imported or constructed.

    Attributes:
        verdict: of each of its lines.
        message: one sentence.
        raised: what it raised.
        signal: that ended the process.
        trace: of the process, where it left one.
        imported: it could; the process ended, or hung, when its devices were looked up.
    """

    verdict: Literal["fail", "crash", "timeout"]
    message: str
    raised: Raised | None = None
    signal: str | None = None
    trace: str | None = None
    imported: bool = False


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the backend turned out to be; the controller hands it to its workers.

    Attributes:
        backend: who.
        devices: those asked for, as they were found.
        no_accelerator: why clauses for an accelerator are not run, where no device is one.
        environment: versions, build flags, settings.
        import_failure: why nothing can be run.
        spelling: how reproducers use the library.
    """

    backend: BackendFacts
    devices: tuple[Device, ...]
    no_accelerator: str
    environment: dict[str, str]
    import_failure: ImportFailure | None = None
    spelling: Spelling | None = None


class Probed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a probing process found: a plan, or the user's mistake; neither while it has only imported the backend."""

    plan: Plan | None = None
    usage: str = ""


@dataclass(frozen=True)
class PlannedLine:
    """A clause on a device, and why it is not run there (empty: it is)."""

    clause: Clause
    device: Device
    not_run: str = ""

    @property
    def key(self) -> str:
        """The name of its test item."""
        return f"{self.clause.id}[{self.device.name}]"


def make(settings: Settings, imported: Callable[[], None] = lambda: None) -> tuple[Plan, Backend | None]:
    """Import the backend in this process and look at its devices.

    Args:
        settings: of the run.
        imported: is called when the backend is imported, before its devices are looked up.

    Raises:
        UsageProblem: the backend or a device is unknown.
    """
    try:
        backend = load_backend(settings)
        imported()
        return of(backend, settings), backend
    except (
        registry.UnknownBackendError,
        UnknownDeviceError,
        declaration.DeclarationError,
        handshake.HandshakeError,
    ) as error:
        raise UsageProblem(str(error)) from error
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and interrupts.received():
            raise
        raised = describe_exception(error)
        message = f"the backend raises when it is imported: {raised.type}: {raised.text}" if raised else ""
        return failed(settings, ImportFailure("fail", message, raised)), None


def load_backend(settings: Settings) -> Backend:
    """Import what is to be imported first, then the backend; what they raise passes through."""
    registry.import_modules(settings.imports)
    return registry.find(settings.backend)


def of(backend: Backend, settings: Settings) -> Plan:
    """Make the plan of a backend that is imported already.

    Raises:
        UnknownDeviceError: a device is unknown to it.
    """
    devices: list[Device] = []
    for name in settings.devices:
        devices += backend.devices() if name == "auto" else [backend.device(name)]
    declaration.check(backend.name, backend.lacks)
    if not type(backend).__module__.startswith("conformance."):
        # The suite's own adapters are tested, and a fault that is planted in a library is no fault of its adapter.
        for device in devices:
            if device.here:
                handshake.check(backend, device)
    unique = tuple({device.name: _declared(backend, device) for device in devices}.values())
    return Plan(
        backend=BackendFacts(settings.backend, backend.version, backend.rules, backend.notes()),
        devices=unique,
        no_accelerator=_no_accelerator(settings, backend),
        environment={**_environment(), **backend.environment()},
        spelling=spelling_of(backend, settings),
    )


def _declared(backend: Backend, device: Device) -> Device:
    """Add to a device what the library itself lacks and costs."""
    lacks = {**backend.lacks, **device.lacks}
    return msgspec.structs.replace(device, lacks=lacks, budget=device.budget or backend.budget)


def spelling_of(backend: Backend, settings: Settings) -> Spelling | None:
    """Give how a program of its own uses a backend, after what is to be imported first."""
    try:
        spelling = backend.spelling()
    except Exception:  # noqa: BLE001 - an adapter that can't say so has no reproducers
        return None
    first = tuple(f"import {name}" for name in settings.imports)
    return msgspec.structs.replace(spelling, imports=(*first, *spelling.imports)) if spelling is not None else None


def _no_accelerator(settings: Settings, backend: Backend) -> str:
    if "auto" in settings.devices:
        return backend.no_accelerator()
    return f"no accelerator was asked for (--device {' '.join(settings.devices)})"


def failed(settings: Settings, failure: ImportFailure) -> Plan:
    """Make the plan of a backend that can't be imported: every line of it fails."""
    names = tuple(dict.fromkeys("cpu" if name == "auto" else name for name in settings.devices))
    devices = tuple(Device(name, name.partition(":")[0], name) for name in names)
    facts = BackendFacts(settings.backend, "unknown", "unknown")
    return Plan(facts, devices, "the backend can't be imported", _environment(), failure)


def _environment() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": platform.platform(),
        "machine": platform.machine(),
        **{name: metadata.version(name) for name in ("numpy", "ml_dtypes", "pytest")},
    }


def _why_not_run(clause: Clause, device: Device) -> str:
    if not device.here:
        return device.reason
    return f"there is one {device.type} device here, and no other" if clause.peers and not device.peer else ""


def lines(plan: Plan, clauses: list[Clause]) -> list[PlannedLine]:
    """Give the lines of a run: each clause on each device where it applies.

    With no accelerator among the devices, a clause for one has one line, device `cuda`, that is not run.
    """
    found: list[PlannedLine] = []
    for clause in clauses:
        if plan.import_failure is None and not clause.holds_for(plan.backend.rules):
            continue
        here = [device for device in plan.devices if clause.applies_to(device.type)]
        found += [PlannedLine(clause, device, _why_not_run(clause, device)) for device in here]
        if clause.on == "accelerator" and not here:
            absent = Device("cuda", "cuda", "cuda:0", here=False, reason=plan.no_accelerator)
            found.append(PlannedLine(clause, absent, plan.no_accelerator))
    return found
