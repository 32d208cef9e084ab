"""What would make the suite prove nothing is noticed by the tests that are named for it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.selftest.breakages import BREAKAGES
from conformance.selftest.support import ROOT, copy_of_the_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_breakage_is_one_edit(name: str) -> None:
    """The text that a breakage replaces stands where it says, once."""
    breakage = BREAKAGES[name]

    assert (ROOT / breakage.file).read_text(encoding="utf-8").count(breakage.old) == 1


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_breakage_is_noticed(name: str, tmp_path: Path) -> None:
    """In a copy with the breakage each of its tests fails, all of which pass as things are."""
    breakage = BREAKAGES[name]
    copy = copy_of_the_project(tmp_path / "copy")
    broken = copy / breakage.file
    broken.write_text(broken.read_text(encoding="utf-8").replace(breakage.old, breakage.new), encoding="utf-8")

    for test in breakage.noticed_by:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", "0", test],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == pytest.ExitCode.TESTS_FAILED, f"{test}\n{done.stdout}{done.stderr}"
