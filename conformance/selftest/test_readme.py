"""The README: what it shows is what happens."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from conformance.selftest.support import ROOT, copy_of_the_project

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    """Give the commands of the console blocks, a line each."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def _shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    hidden = ("VIRTUAL_ENV", "PYTHONPATH", "GITHUB_STEP_SUMMARY")
    clean = {name: value for name, value in os.environ.items() if name not in hidden and not name.startswith("PYTEST_")}
    return subprocess.run(
        ["bash", "-c", command],  # noqa: S607 - bash, wherever it is
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def test_the_first_command_judges_pytorch_from_a_fresh_copy(tmp_path: Path) -> None:
    """The first command sets itself up in a fresh copy and ends with all that can run passed; so do its neighbours."""
    first, *rest = [command for command in commands(README) if "-m pytest" not in command]
    folder = copy_of_the_project(tmp_path / "copy")
    done = _shell(first, folder)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failing" in done.stdout
    assert "errata of the documents" in done.stdout
    for command in rest:
        other = _shell(command, folder)
        assert other.returncode == 0, f"{command}\n{other.stdout}{other.stderr}"


def test_ci_runs_the_second_command() -> None:
    """The README has one test command, and it is the one that `.ci/run` takes from it."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    match = re.search(r"sed -n '(?P<expression>[^']+)' README.md", script)
    assert match is not None
    done = subprocess.run(
        ["sed", "-n", match["expression"], "README.md"],  # noqa: S607 - sed, wherever it is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == [command for command in commands(README) if "-m pytest" in command]
    assert len(done.stdout.splitlines()) == 1


def test_the_exit_codes_are_those_of_the_help() -> None:
    """The README's table of exit codes has a row for each code that the command's help names."""
    from conformance.cli import EXIT_CODES

    in_help = set(re.findall(r"^\s+(\d)\s", EXIT_CODES, flags=re.MULTILINE)) | {"130", "143"}

    assert {
        code for row in re.findall(r"^\| ([\d, ]+) \|", README, flags=re.MULTILINE) for code in row.split(", ")
    } == in_help
