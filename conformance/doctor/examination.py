"""Looks at what is here; whatever may hang or crash is asked in processes of their own."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.util
import os
import platform
import signal
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance import __version__, catalogue, waivers
from conformance.backends.registry import BUILT_IN
from conformance.doctor import traps
from conformance.doctor.record import (
    SCHEMA_VERSION,
    DeviceFacts,
    Machine,
    ProblemFacts,
    Record,
    TorchFacts,
    WaiverFacts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.doctor.child import Found

# The last is needed by the project's own tests alone.
PACKAGES = ("torch", "torch_xla", "numpy", "ml_dtypes", "msgspec", "pytest", "pytest-xdist", "hypothesis")
CAN_RUN, BROKEN_TORCH, NO_TORCH = 0, 1, 2


def examine(timeout: float) -> Record:
    """Look at everything.

    Args:
        timeout: seconds that importing PyTorch, or asking for its devices, may take.

    Raises:
        CatalogueError: the suite itself is damaged.
        FixtureError: as CatalogueError.
    """
    catalogue.load()
    packages = {name: _version(name) for name in PACKAGES}
    found, problem, code = _torch(timeout)
    torch = next((one for one in found if isinstance(one, TorchFacts)), None)
    devices = [one for one in found if isinstance(one, DeviceFacts)]
    if torch is not None:
        devices += _xla(timeout)
    # A PyTorch that no package manager knows tells its version itself.
    packages["torch"] = torch.version if torch is not None else packages["torch"]
    machine = _machine()
    return Record(
        schema_version=SCHEMA_VERSION,
        suite=__version__,
        machine=machine,
        packages=packages,
        torch=torch,
        devices=tuple(devices),
        waivers=_waivers(torch.version, devices) if torch is not None else None,
        traps=(*_stopped(found, torch), *traps.met(packages, machine.variables)),
        problem=problem,
        exit_code=code,
    )


def _torch(timeout: float) -> tuple[list[Found], str, int]:
    """Look at PyTorch and its devices: what was found, and why no run can be made."""
    if importlib.util.find_spec("torch") is None:
        return [], f"torch is not installed: pip install '{BUILT_IN['torch'].requirement}'", NO_TORCH
    found = _asked("torch", timeout)
    if any(isinstance(one, DeviceFacts) and one.here for one in found):
        return found, "", CAN_RUN
    return found, next((one.sentence for one in found if isinstance(one, ProblemFacts)), ""), BROKEN_TORCH


def _stopped(found: Iterable[Found], torch: TorchFacts | None) -> list[str]:
    """Say what ended the look at the devices, where PyTorch itself could be imported."""
    return [one.sentence for one in found if isinstance(one, ProblemFacts)] if torch is not None else []


def _xla(timeout: float) -> list[DeviceFacts]:
    """Look for XLA's device in a process of its own: its package takes long, and ends a process that it has no runtime for."""
    if importlib.util.find_spec("torch_xla") is None:
        return [DeviceFacts("xla", here=False, reason="torch_xla is not installed (its version must be torch's own)")]
    found = _asked("xla", timeout)
    devices = [one for one in found if isinstance(one, DeviceFacts)]
    problems = [one.sentence for one in found if isinstance(one, ProblemFacts)]
    return devices or [DeviceFacts("xla", here=False, reason=f"no xla device: {problems[0]}")]


def _asked(task: str, timeout: float) -> list[Found]:
    """Have a process look, and add a sentence about its end if that was no good one."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        path = Path(folder) / "found.jsonl"
        path.touch()
        command = [sys.executable, "-m", "conformance.doctor.child", task, str(path)]
        end = _end(command, timeout)
        *whole, _ = path.read_bytes().split(b"\n")
        found: list[Found] = [msgspec.json.decode(line, type=TorchFacts | DeviceFacts | ProblemFacts) for line in whole]
    if not end or any(isinstance(one, ProblemFacts) for one in found):
        return found
    last = next((one.name for one in reversed(found) if isinstance(one, DeviceFacts)), "")
    step = f"looking for devices after {last}" if last else "looking for devices" if found else f"importing {task}"
    return [*found, ProblemFacts(f"{step if task == 'torch' else 'looking for xla'} {end}")]


def _end(command: list[str], timeout: float) -> str:
    """Run a process and say how it ended; empty if that was well."""
    process = subprocess.Popen(  # noqa: S603 - this very program
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        _, said = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"hangs for more than {timeout:g} s"
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode < 0:
        return f"ends its process with signal {signal.Signals(-process.returncode).name}"
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")
    return f"ends its process with status {process.returncode}: {last[:200]}" if process.returncode else ""


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _machine() -> Machine:
    return Machine(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        platform=f"{platform.platform()}, {platform.machine()}",
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        variables={name: os.environ[name] for name in traps.VARIABLES if name in os.environ},
    )


def _waivers(version: str, devices: Iterable[DeviceFacts]) -> WaiverFacts:
    """Count the known faults that may be met here."""
    known = waivers.of_backend("torch")
    kinds = {one.name.partition(":")[0] for one in devices if one.here}
    rules = version.partition("+")[0]
    here = [one for one in known if any(one.applies(one.clause, kind, version, rules) for kind in kinds)]
    today = dt.datetime.now(dt.UTC).date()
    return WaiverFacts(len(known), len(here), tuple(one.id for one in here if one.has_expired(today)))
