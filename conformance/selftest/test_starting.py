"""`conformance new-backend`: what it writes runs at once, and an adapter that is broken is told apart from a library that is."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from conformance.backends import handshake, starting
from conformance.backends.handshake import HandshakeError
from conformance.backends.numpy import NumpyBackend
from conformance.problems import UsageProblem
from conformance.selftest.support import ROOT, command, judged

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.backends.protocol import Device


def test_the_first_form_runs_at_once_and_says_what_to_fill_in(tmp_path: Path) -> None:
    """Written by the command and run by the line that it prints; what its clauses wait for is counted."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    wrote = subprocess.run(
        [sys.executable, "-m", "conformance", "new-backend", "my_lib"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    (line,) = [line.strip() for line in wrote.stdout.splitlines() if line.strip().startswith("conformance run")]
    ran = subprocess.run(
        [sys.executable, "-m", *line.split(), "--select", "indexing.row", "--select", "shapes.squeeze-dims", "-n", "1"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert wrote.returncode == 0, wrote.stderr
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "not filled in yet: .squeeze" in ran.stdout
    assert "1 of 2 lines (clause x device) passed, 0 failing" in ran.stdout


def test_the_first_form_passes_what_it_has(tmp_path: Path) -> None:
    """Rows are selected as they should be, and gradients are declared away."""
    spec = importlib.util.spec_from_file_location("mine_backend", starting.write("mine", tmp_path))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lines = judged(module.MineBackend(), "indexing.row", "gradients.line", profile="smoke")

    assert lines["indexing.row[cpu]"].verdict == "pass"
    assert lines["gradients.line[cpu]"].verdict == "unsupported"


@pytest.mark.parametrize("name", ["My", "1a", "a-b", "a b", ""])
def test_a_name_must_be_a_modules(name: str, tmp_path: Path) -> None:
    """One sentence says which may be used."""
    with pytest.raises(UsageProblem, match="can't be a module's name"):
        starting.write(name, tmp_path)


def test_where_it_is_run_is_told(tmp_path: Path) -> None:
    """A file in another folder is found from there."""
    assert f"cd {tmp_path} && conformance run" in starting.what_next("mine", starting.write("mine", tmp_path))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """An adapter that somebody has begun stays as it is."""
    path = starting.write("mine", tmp_path)
    path.write_text("begun")

    with pytest.raises(UsageProblem, match="is there already"):
        starting.write("mine", tmp_path)
    assert path.read_text() == "begun"


# --- the handshake ---


class Raising(NumpyBackend):
    """An adapter that can make nothing."""

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Raise."""
        raise OSError(f"{array.size} {dtype} {device.text}")


class Unreadable(NumpyBackend):
    """An adapter that can read nothing."""

    def bring(self, held: Any) -> np.ndarray[Any, Any]:
        """Raise."""
        raise OSError(f"no {held.shape}")


class Raw(NumpyBackend):
    """An adapter that makes its library's arrays, and forgets to wrap them."""

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Give the array."""
        del dtype, device
        return array


class Widening(NumpyBackend):
    """An adapter that makes everything of float64."""

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Make it wide."""
        del dtype, device
        return self.tensor(array.astype(np.float64))


class Shifting(NumpyBackend):
    """An adapter that brings other elements back."""

    def bring(self, held: Any) -> np.ndarray[Any, Any]:
        """Bring them in another order."""
        return np.asarray(held)[::-1]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (Raising, "can't be made or read: OSError: 6 bool cpu"),
        (Unreadable, "can't be read: OSError"),
        (Raw, "is read back as no tensor but a thing of kind 'array'"),
        (Widening, "is read back as one of float64 and shape \\[2, 3\\]"),
        (Shifting, "is read back with other elements"),
    ],
)
def test_a_broken_adapter_is_told_before_any_clause_runs(broken: type[NumpyBackend], words: str) -> None:
    """One sentence that names the dtype and where to look; nobody's library is accused."""
    backend = broken()

    with pytest.raises(HandshakeError, match=f"the adapter of 'numpy' is broken: .*{words}.*look at its make_tensor"):
        handshake.check(backend, backend.device("cpu"))


def test_a_broken_adapter_is_wrong_input_of_a_run(tmp_path: Path) -> None:
    """Exit code 2, as for whatever the user has to mend; the suite's own adapters are not asked."""
    module = tmp_path / "broken_backend.py"
    module.write_text(f"from {__name__} import Raw\n\nclass Mine(Raw):\n    name = 'mine'\n", encoding="utf-8")
    ran = command("run", "--backend", "broken_backend:Mine", folder=tmp_path)

    assert ran.code == 2
    assert "the adapter of 'mine' is broken" in ran.err
