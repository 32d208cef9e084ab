"""What several tests use: the command as its user runs it, and all clauses on a backend in this process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema

from conformance import catalogue
from conformance.reporting import results
from conformance.runner import plan
from conformance.runner.clauses import Context, run_clause
from conformance.runner.settings import Settings
from conformance.runner.worker import Worker

if TYPE_CHECKING:
    from conformance.backends.protocol import Backend
    from conformance.reporting.results import ClauseLine, Results

ROOT = Path(__file__).resolve().parents[2]
_VALIDATOR = jsonschema.Draft202012Validator(results.schema())
TOY = "conformance.selftest.toy"
# The clauses that a toy can answer: what the documents show of devices.
DEVICES = (
    "devices.new-tensor-is-not-cuda", "devices.flag-follows-moves", "devices.values-survive-the-way",
    "devices.cpu-leaves-the-original", "devices.product-on-the-device", "devices.product-after-moving",
    "devices.mixed-product-is-refused",
)  # fmt: skip
SELECT = tuple(part for clause in DEVICES for part in ("--select", clause))
# The clause that breaks when a toy's product breaks on its own device.
PRODUCT = "devices.product-on-the-device[toy]"


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, what it printed, and the folder of its reports."""

    code: int
    out: str
    err: str
    report: Path

    @property
    def results(self) -> Results:
        """The results that it wrote, each line of them valid by the published schema."""
        path = self.report / results.FILE_NAME
        for line in path.read_text(encoding="utf-8").splitlines():
            _VALIDATOR.validate(json.loads(line))
        return results.read(path)

    @property
    def lines(self) -> dict[str, ClauseLine]:
        """Its lines by the name of their test item."""
        return {f"{line.id}[{line.device}]": line for line in self.results.lines}

    def verdicts(self, *, but: str) -> set[str]:
        """The verdicts of all lines but one."""
        return {line.verdict for key, line in self.lines.items() if key != but}


def command(*arguments: str, folder: Path, **environment: str) -> Ran:
    """Run `conformance ...` in a folder, with reports in its folder `out` where it runs clauses."""
    folder.mkdir(exist_ok=True)
    report = folder / "out"
    extra = ("--report", str(report)) if arguments[0] == "run" and "--report" not in arguments else ()
    own, after = _split(arguments)
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *own, *extra, *after],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Ran(done.returncode, done.stdout, done.stderr, report)


def _split(arguments: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at:]


def run_toy(attribute: str, folder: Path, *arguments: str) -> Ran:
    """Judge a toy of `conformance.selftest.toy` by the clauses that it can answer."""
    return command("run", "--backend", f"{TOY}:{attribute}", *SELECT, *arguments, folder=folder)


def judged(backend: Backend, *select: str, seed: int = 0, profile: str = "standard") -> dict[str, ClauseLine]:
    """Run clauses on a backend in this process and give their lines by the name of their test item."""
    settings = Settings(select=select, level="wording", seed=seed, profile=profile)
    made = plan.of(backend, settings)
    worker = Worker(settings, made, backend=backend)
    planned = plan.lines(made, catalogue.select(settings.select, settings.level))
    return {line.key: worker.run(line, line.key) for line in planned}


def first_accusation(backend: Backend, seed: int, profile: str, first: tuple[str, ...] = ()) -> str:
    """Run all clauses up to the first that neither passes nor is accounted for, and name it; some come first."""
    settings = Settings(level="wording", seed=seed, profile=profile)
    made = plan.of(backend, settings)
    planned = plan.lines(made, catalogue.select(settings.select, settings.level))
    for line in sorted(planned, key=lambda one: not any(fnmatchcase(one.clause.id, glob) for glob in first)):
        if line.not_run:
            continue
        context = Context(backend, line.device, backend.device("cpu"), settings, quick=True)
        if not_passed({line.key: (ran := run_clause(line.clause, context))}):
            return f"{line.key}: {ran.verdict}"
    return ""


@cache
def lines_with(fault: str) -> dict[str, ClauseLine]:
    """Run the clauses that are meant to catch a fault, with it planted; once in a process."""
    from conformance.faults import planting

    chosen = planting.by_id(fault)
    with chosen.planted():
        return judged(chosen.backend(), *chosen.clauses)


def not_passed(lines: dict[str, ClauseLine], *levels: str) -> dict[str, str]:
    """Give the verdicts of the lines (of some levels, or of all) that ran and neither passed nor were waived, by the clause's id."""
    chosen = [line for line in lines.values() if not levels or line.level in levels]
    return {line.id: line.verdict for line in chosen if line.verdict not in ("pass", "waived", "not-run")}


def status_of(program: Path) -> int:
    """Run a program of its own, such as a reproducer, beside this project, and give its exit status."""
    done = subprocess.run(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.returncode


def copy_of_the_project(folder: Path) -> Path:
    """Copy what git tracks (or, without git, the tree) into a folder: no build output, no caches."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607 - git, wherever it is
    if listed.returncode == 0 and listed.stdout:
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).exists():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target)
    else:
        ignored = shutil.ignore_patterns("__pycache__", ".*", "venv", "*.egg-info", "build", "dist")
        shutil.copytree(ROOT, folder, ignore=ignored, dirs_exist_ok=True)
    return folder
