"""The clauses on devices, rehearsed on a second device in pure Python: healthy, and with faults in it.

What passes here is this suite's device path; it says nothing about any real device.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from conformance import catalogue
from conformance.selftest.support import ROOT, command

if TYPE_CHECKING:
    from pathlib import Path

# Torch is imported in child processes alone.
try:
    TORCH = Version(version("torch"))
except PackageNotFoundError:
    pytest.skip("the rehearsal is a device of torch, which is not installed", allow_module_level=True)
pytestmark = pytest.mark.skipif(Version("2.13") > TORCH, reason="a backend in Python needs torch 2.13")


@cache
def _caught() -> dict[str, dict[str, str]]:
    """Judge each fault in one process, since the device's name is one for a process."""
    done = subprocess.run(
        [sys.executable, "-m", "conformance.selftest.rehearsing"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def test_the_healthy_device_passes_every_clause_on_devices(tmp_path: Path) -> None:
    """The command judges the device by its name, and accuses it of nothing."""
    ran = command(
        "run", "--device", "rehearsal", "--select", "devices.*", "--level", "wording", "--in-process", folder=tmp_path,
    )  # fmt: skip

    assert ran.code == 0, ran.err
    assert {line.device for line in ran.results.lines} == {"rehearsal"}
    assert {line.verdict for line in ran.results.lines} == {"pass"}


def test_each_fault_of_the_device_is_caught_by_the_clauses_that_are_meant_to() -> None:
    """Each planted fault fails the clauses whose rule it breaks."""
    missed = {name: found for name, found in _caught().items() if set(found.values()) != {"fail"}}

    assert missed == {}


def test_each_clause_with_a_table_has_a_fault_on_the_device() -> None:
    """No clause on devices goes without a fault that it was seen to catch."""
    caught = {clause for found in _caught().values() for clause in found}
    tables = {one.id for one in catalogue.load() if one.table is not None and one.id.startswith("devices.")}

    assert tables <= caught
