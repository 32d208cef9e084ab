"""The project's own form: style, types, and which module may know which."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.selftest.support import ROOT, copy_of_the_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "conformance"
# What a part may import of the others, when the program runs.
ARROWS: dict[str, set[str]] = {
    "suite": {"catalogue", "strategies", "program"},
    "reference": {"reference", "observation", "program", "dtypes"},
    "strategies": {"strategies", "conditions", "reference", "program", "dtypes"},
    "backends": {"backends", "reference", "observation", "problems", "program", "dtypes"},
    "matrix": {
        "__version__",
        "matrix",
        "faults",
        "runner",
        "backends",
        "reporting",
        "catalogue",
        "documents",
        "problems",
    },
    "reporting": {
        "reporting",
        "benchmark",
        "conditions",
        "problems",
        "catalogue",
        "documents",
        "observation",
        "program",
        "backends",
        "dtypes",
        "waivers",
    },
}
# The libraries under test stay with the backends.
LIBRARIES = {"jax", "mlx", "paddle", "tinygrad", "torch"}


@pytest.mark.parametrize(
    "arguments",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
    ids=["lint", "format", "types"],
)
def test_the_tools_have_no_complaint(arguments: list[str]) -> None:
    """Ruff and the strict type checker hold over the whole project."""
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def _imports(path: Path) -> Iterator[str]:
    """Give the modules that a file imports when it runs; imports for the type checker alone don't count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test):
            block.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            whole = node.module == "conformance"
            yield from (f"conformance.{alias.name}" if whole else node.module for alias in node.names)


@pytest.mark.parametrize("part", ARROWS)
def test_the_arrows_go_one_way(part: str) -> None:
    """A part imports only the parts that it may know."""
    known = {
        (path.name, name.split(".")[1])
        for path in (PACKAGE / part).glob("*.py")
        for name in _imports(path)
        if name.startswith("conformance.")
    }

    assert {(path, name) for path, name in known if name not in ARROWS[part]} == set()


def test_only_backends_import_a_library_under_test() -> None:
    """No module imports torch but a backend's own, the doctor's look at it in a child process, what times its products, and the faults that are planted in it."""
    importing = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if not {"selftest", "faults"} & set(path.parts)
        and LIBRARIES & {name.partition(".")[0] for name in _imports(path)}
    }

    backends = {
        "backends/pytorch.py",
        "backends/absence.py",
        "backends/rehearsal.py",
        "backends/torch_compile.py",
        "backends/torch_subclass.py",
        "backends/xla.py",
        "backends/jax.py",
        "backends/mlx.py",
        "backends/paddle.py",
        "backends/tinygrad.py",
    }
    matmul = {"benchmark/clock.py", "benchmark/harness.py", "benchmark/products.py", "benchmark/stage.py"}
    assert importing == {*backends, *matmul, "doctor/child.py"}


def test_no_file_names_a_path_of_a_machine(tmp_path: Path) -> None:
    """What is in the repository speaks of the project alone."""
    places = re.compile(r"/(?:root|home|tmp|work|farm|opt)" + "/")
    files = [path for path in copy_of_the_project(tmp_path / "copy").rglob("*") if path.is_file()]
    named = [path.name for path in files if places.search(path.read_text(encoding="utf-8"))]

    assert "pyproject.toml" in {path.name for path in files}
    assert named == []
