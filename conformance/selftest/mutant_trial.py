"""One mutant before the selftest: a copy of the project with it, and stages of tests, the nearest and quickest first.

A trial runs in a process forked from one that has imported PyTorch already, and each of its stages in one forked from
that; what is imported of the project comes from the copy, in programs that the tests start too.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import math
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conformance.matrix.forks import Slate
    from conformance.selftest.mutating import Mutant

# The quick tests of the reference and the judges.
UNITS = (
    "test_reference", "test_reference_dense", "test_reference_devices", "test_reference_gradients",
    "test_reference_making", "test_reference_printer", "test_reference_views", "test_comparison", "test_bounds",
    "test_observation", "test_verdicts", "test_turns", "test_strict", "test_printed", "test_program", "test_inputs", "test_waivers",
)  # fmt: skip
# What would kill a mutant for its style, or looks at none: these don't count.
OTHERS = ("test_quality", "test_packaging", "test_readme", "test_mutants")
# Imported before anything forks: what is not the project's own, and takes long.
HEAVY = ("torch", "numpy", "ml_dtypes", "msgspec", "rich.progress", "jsonschema", "packaging.specifiers", "pytest")
# As the selftest runs the suite on PyTorch: see test_general_clauses.py.
SUITE_SEED, SUITE_PROFILE = 101, "standard"
POLL_SECONDS = 0.02
# On a busy machine a stage waits for its turn: what it may take is its own time, and so many times as long by the clock.
PATIENCE = 15
# The number by which Linux is asked for a signal when the parent dies.
_PR_SET_PDEATHSIG = 1

Kind = Literal["tests", "suite"]


class Stage(msgspec.Struct, frozen=True):
    """A part of the selftest.

    Attributes:
        name: for readers.
        seconds: that it may take of a processor's time; a mutant that takes longer is killed by it.
        kind: tests are files of the selftest; the suite is that of all clauses on PyTorch, up to the first that fails.
        names: of the files, or globs on the clauses that come first.
    """

    name: str
    seconds: float
    kind: Kind = "tests"
    names: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """What became of a mutant: in which stage it was killed, and by what; nothing where it survived."""

    stage: str = ""
    by: str = ""
    seconds: float = 0.0

    @property
    def killed(self) -> bool:
        """Whether a test saw it."""
        return bool(self.stage)


@dataclass(frozen=True)
class Trial:
    """A mutant, or the project as it is, before some stages.

    Attributes:
        mutant: None for the project as it is.
        root: the project.
        copy: of it, in which the mutant is put; nobody else uses it meanwhile.
        stages: one after the other, up to the first that kills it.
    """

    mutant: Mutant | None
    root: Path
    copy: Path
    stages: tuple[Stage, ...]

    def run(self, slate: Slate) -> Iterator[bytes]:
        """Run it and give the outcome."""
        if self.mutant is not None:
            (self.copy / self.mutant.module).write_text(self.mutant.text, encoding="utf-8")
        begun = time.monotonic()
        for stage in self.stages:
            slate.step((PATIENCE + 1) * stage.seconds + 60)
            if by := _run(stage, self.copy, caches=self.mutant is None):
                yield msgspec.json.encode(Outcome(stage.name, by, round(time.monotonic() - begun, 2)))
                return
        yield msgspec.json.encode(Outcome(seconds=round(time.monotonic() - begun, 2)))

    def restore(self) -> None:
        """Put the project's own module back, with its own date, by which Python knows what it compiled of it."""
        if self.mutant is not None:
            shutil.copy2(self.root / self.mutant.module, self.copy / self.mutant.module)


def _run(stage: Stage, folder: Path, *, caches: bool) -> str:
    """Run a stage in a process of its own, and say what failed; nothing where all passed."""
    with tempfile.TemporaryFile() as said:
        pid = _fork()
        if pid == 0:
            _live(stage, folder, said.fileno(), caches=caches)
        status = _waited(pid, PATIENCE * stage.seconds)
        said.seek(0)
        text = said.read().decode("utf-8", errors="replace").strip()
    code = os.waitstatus_to_exitcode(status) if status is not None else None
    if code in (None, -signal.SIGXCPU):
        return f"no end within {stage.seconds:.0f} s"
    return text or (f"the process ended with {code}" if code else "")


def _waited(pid: int, seconds: float) -> int | None:
    """Wait for a process to end and give its status; one that takes longer is ended, with all that it started."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        time.sleep(POLL_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def _fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _live(stage: Stage, folder: Path, said: int, *, caches: bool) -> NoReturn:
    """Be the process of a stage: write what failed, and end without any of the parent's clearing up."""
    try:
        os.setpgid(0, 0)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _enter(folder, caches=caches)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds := math.ceil(stage.seconds), seconds + 5))
        os.write(said, (_tested(stage.names) if stage.kind == "tests" else _judged(stage.names)).encode())
    except BaseException:  # noqa: BLE001 - a mutant may do anything, and nothing may get past this process's end
        os.write(said, traceback.format_exc().strip().splitlines()[-1].encode())
    finally:
        os._exit(0)


def _enter(folder: Path, *, caches: bool) -> None:
    """Take the project from a folder, here and in programs that are started; leave no compiled mutant behind."""
    os.chdir(folder)
    sys.path[0:0] = [str(folder)]
    os.environ["PYTHONPATH"] = str(folder)
    if not caches:
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    for name in [one for one in sys.modules if one.partition(".")[0] == "conformance"]:
        del sys.modules[name]
    importlib.invalidate_caches()


class _Witness:
    """Notes the first test, or file, that fails."""

    def __init__(self) -> None:
        self.first = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Look at a test's report."""
        if report.failed:
            self.first = self.first or report.nodeid

    pytest_collectreport = pytest_runtest_logreport


def _tested(names: Iterable[str]) -> str:
    """Run files of the selftest up to the first failure, and name it."""
    import pytest

    witness = _Witness()
    files = [f"conformance/selftest/{name}.py" for name in names]
    # Modules that are imported here already can't be rewritten by pytest, and need not be.
    quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    code = pytest.main(["-x", "-q", "-n", "0", "-p", "no:cacheprovider", *quiet, *files], plugins=[witness])
    return witness.first or (f"pytest ended with {int(code)}" if code else "")


def _judged(first: tuple[str, ...]) -> str:
    """Run the suite on PyTorch up to the first clause that doesn't pass, and name it; some clauses come first."""
    support = importlib.import_module("conformance.selftest.support")
    pytorch = importlib.import_module("conformance.backends.pytorch")
    pytorch.TorchBackend().namespace.set_num_threads(1)
    return str(support.first_accusation(pytorch.TorchBackend(), SUITE_SEED, SUITE_PROFILE, first))


def imported() -> None:
    """Import what takes long."""
    for name in HEAVY:
        importlib.import_module(name)
