"""The pytest plugin in other people's repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.reporting import results
from conformance.selftest.support import DEVICES, ROOT, TOY

if TYPE_CHECKING:
    from pathlib import Path

SELECT = tuple(part for clause in DEVICES for part in ("--conformance-select", clause))
TOYS = ("--conformance-backend", f"{TOY}:Toy", *SELECT)


def _pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest as a foreign repository does: the plugin comes through its entry point, or is named."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A repository of its own, whose conftest defines `--device`."""
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--device', default='mine')\n"
    )
    (tmp_path / "test_own.py").write_text(
        "import sys\n"
        "def test_own(request):\n"
        "    assert request.config.getoption('--device') == 'mine'\n"
        "    ours = {'torch', 'hypothesis', 'conformance.catalogue', 'conformance.runner', 'numpy'}\n"
        "    assert not ours & set(sys.modules)\n"
    )
    return tmp_path


def test_a_foreign_repository_is_left_alone(foreign: Path) -> None:
    """Beside a conftest with `--device`, the plugin imports nothing and changes nothing, strict markers included."""
    arguments = (
        "-p",
        "no:hypothesispytest",
        "-p",
        "no:benchmark",
        "-p",
        "conformance.plugin",
        "--strict-markers",
        "-q",
    )
    done = _pytest(foreign, *arguments)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_both_options_are_in_the_help(foreign: Path) -> None:
    """All options of the plugin begin with `--conformance-`."""
    done = _pytest(foreign, "--help", "-p", "conformance.plugin")

    assert "--conformance-backend" in done.stdout
    assert "--device=DEVICE" in done.stdout


def test_the_plugin_may_be_named_twice(tmp_path: Path) -> None:
    """Entry point, `-p` and a root conftest that loads it are one plugin."""
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['conformance.plugin']\n")
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    done = _pytest(tmp_path, "-p", "conformance.plugin", "-q")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "workers"])
def test_plain_pytest_runs_the_suite(workers: tuple[str, ...], tmp_path: Path) -> None:
    """`pytest --pyargs conformance.suite` does what the command does, and writes results where it is told to."""
    report = tmp_path / "out"
    done = _pytest(
        tmp_path, "-p", "conformance.plugin", "--pyargs", "conformance.suite", *TOYS, *workers,
        "--conformance-report", str(report), "-q",
    )  # fmt: skip
    found = results.read(report / results.FILE_NAME)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 passed" in done.stdout
    assert not found.is_partial
    assert {line.verdict for line in found.lines} == {"pass"}


def test_a_failing_clause_is_a_failing_test(tmp_path: Path) -> None:
    """Under plain pytest a clause that does not hold fails with its sentence; exit codes are pytest's."""
    arguments = ("--conformance-backend", f"{TOY}:unchecked", *SELECT, "-q")
    done = _pytest(tmp_path, "-p", "conformance.plugin", "--pyargs", "conformance.suite", *arguments)

    assert done.returncode == 1
    assert "is refused with a RuntimeError" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--conformance-level", "nosuch"), "must be one of documented, general, wording"),
        (("--conformance-select", "nosuch"), "matches no clause"),
        (("--conformance-backend", "nosuch"), "unknown backend"),
        (("--conformance-timeout", "0"), "more than 0 seconds"),
    ],
)
def test_wrong_options_are_usage_errors(arguments: tuple[str, str], words: str, tmp_path: Path) -> None:
    """A wrong value is pytest's usage error, with our sentence."""
    done = _pytest(tmp_path, "-p", "conformance.plugin", "--pyargs", "conformance.suite", *arguments)

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert words in done.stderr


def test_collecting_only_runs_nothing(tmp_path: Path) -> None:
    """`--collect-only` names the clauses and judges none."""
    done = _pytest(tmp_path, "-p", "conformance.plugin", "--pyargs", "conformance.suite", *TOYS, "--collect-only", "-q")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "devices.product-on-the-device[toy]" in done.stdout
