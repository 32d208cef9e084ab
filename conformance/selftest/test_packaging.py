"""The package: what it carries, and that it works where no tensor library is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from typing import TYPE_CHECKING

import pytest

from conformance import __version__, documents
from conformance.selftest.support import ROOT, copy_of_the_project
from conformance.selftest.test_notebooks import install

if TYPE_CHECKING:
    from pathlib import Path


def _python(arguments: list[str], folder: Path, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run([python, *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False)


def _built(project: Path, *arguments: str) -> Path:
    target = project / "dist"
    done = _python(["-m", "build", "--outdir", str(target), *arguments], project)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist, and a wheel made of it, from a clean copy of the project."""
    return _built(copy_of_the_project(tmp_path_factory.mktemp("project")))


@pytest.fixture(scope="module")
def bare(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment that holds the wheel and what it needs, without torch."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    wheel = next(built.glob("*.whl"))
    done = _python(["-m", "pip", "install", "-q", "-c", str(ROOT / "constraints.txt"), str(wheel)], folder, str(python))
    assert done.returncode == 0, done.stderr
    return python


def _metadata(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return archive.read(name).decode()


def test_the_wheel_made_from_the_sdist_carries_the_fixtures(built: Path) -> None:
    """The wheel, made from the sdist, holds the data inside the package, the plugin's entry point, and no selftest."""
    wheel = next(built.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry_points = next(archive.read(name).decode() for name in names if name.endswith("entry_points.txt"))

    assert "conformance/fixtures/documents/section1.toml" in names
    assert "conformance/runner/pytest.ini" in names
    assert "conformance/notebooks/colab.ipynb" in names
    assert not [name for name in names if "selftest" in name]
    assert "[pytest11]\nconformance.plugin = conformance.plugin" in entry_points


def test_the_metadata_names_the_licence_and_does_not_cap_torch(built: Path) -> None:
    """The licence is SPDX metadata with its file, and torch is an extra without an upper bound."""
    metadata = _metadata(next(built.glob("*.whl")))
    torch = [line for line in metadata.splitlines() if line.startswith("Requires-Dist: torch")]

    assert "License-Expression: MIT" in metadata
    assert "License-File: LICENSE" in metadata
    assert torch == ["Requires-Dist: torch>=1.13.0a0; extra == 'torch'"]


def test_the_notebook_installs_the_wheel(built: Path, tmp_path: Path) -> None:
    """The cell installs the wheel that SOURCE names, and sees it at once."""
    target = str(tmp_path / "target")
    wheel = next(built.glob("*.whl"))
    done = install(tmp_path, str(wheel), PIP_NO_DEPS="1", PIP_NO_INDEX="1", PIP_TARGET=target, PYTHONPATH=target)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"tensor-conformance {__version__} is installed now\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "clauses"], "aliasing.base-write-seen-in-view"),
        (["list", "clauses", "--json"], '"promotion.int-with-float"'),
        (["explain", "promotion.int-with-float"], "def int_plus_float(torch, x, y, *, device):"),
        (["list", "errata"], "int-is-int32"),
        (["schema"], "json-schema.org"),
    ],
    ids=" ".join,
)
def test_without_torch_the_catalogue_can_be_read(arguments: list[str], words: str, bare: Path, tmp_path: Path) -> None:
    """In a bare environment and another folder the clauses are listed and explained."""
    done = _python(["-m", "conformance", *arguments], tmp_path, str(bare))

    assert done.returncode == 0, done.stderr
    assert words in done.stdout


def test_without_torch_a_run_says_how_to_install_it(bare: Path, tmp_path: Path) -> None:
    """The torch backend without torch is wrong input: one sentence, exit code 2."""
    done = _python(["-m", "conformance", "run"], tmp_path, str(bare))

    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "conformance: backend 'torch' needs torch: pip install 'tensor-conformance[torch]'"
    ]


def test_a_checkout_and_an_editable_install_find_the_fixtures_beside_the_package() -> None:
    """Where the package is used from its sources, the data is the checkout's own folder."""
    assert documents.fixtures_folder() == ROOT / "fixtures"


def test_an_editable_install_finds_the_fixtures(tmp_path: Path) -> None:
    """An editable install, which carries no data of its own, finds them from another folder."""
    project = copy_of_the_project(tmp_path / "project")
    environment = tmp_path / "editable"
    venv.create(environment, with_pip=True, system_site_packages=False)
    python = str(environment / ("Scripts" if os.name == "nt" else "bin") / "python")
    constraints = str(project / "constraints.txt")
    done = _python(["-m", "pip", "install", "-q", "-c", constraints, "-e", str(project)], tmp_path, python)
    assert done.returncode == 0, done.stderr

    listed = _python(["-m", "conformance", "list", "errata"], tmp_path, python)
    assert "int-is-int32" in listed.stdout, listed.stderr
