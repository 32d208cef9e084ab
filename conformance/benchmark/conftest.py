"""The matmul stage under pytest: `pytest conformance/benchmark --bench-profile standard`, with pytest-benchmark's own options.

`conformance bench` runs this very thing in a process of its own, and makes its tables of what it wrote.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.benchmark import assembly, cases, records, visits
from conformance.problems import UsageProblem

if TYPE_CHECKING:
    from conformance.benchmark.stage import Stage

_STAGE = pytest.StashKey["Stage"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what is timed."""
    group = parser.getgroup("conformance bench")
    group.addoption("--bench-profile", default="smoke", choices=list(cases.PROFILES), help="how much is timed")
    group.addoption("--bench-device", action="append", default=[], help="a device of PyTorch")
    group.addoption("--bench-dtype", action="append", default=[], help="instead of the profile's")
    group.addoption("--bench-size", action="append", default=[], type=int, help="of squares, instead of the profile's")
    group.addoption("--bench-threads", action="append", default=[], type=int, help="of the CPU, instead of one and all")
    group.addoption("--bench-seed", default=0, type=int, help="of the operands")
    group.addoption("--bench-report", default="reports/bench", type=Path, help="folder of bench.json")
    group.addoption("--bench-command", default="", help="what is told as the command")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to time several things at once."""
    if getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput"):
        raise pytest.UsageError(
            "the matmul stage times one thing after another: run it without pytest-xdist's -n (pytest-benchmark is off there)"
        )
    if not hasattr(config.option, "benchmark_min_rounds"):
        raise pytest.UsageError("the matmul stage needs pytest-benchmark: pip install 'tensor-conformance[bench]'")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin the stage, so that what is wrong is told before anything is collected."""
    stage_of(session.config)


def stage_of(config: pytest.Config) -> Stage:
    """Give the run's stage, which is begun by whoever asks first.

    Raises:
        UsageError: what is asked for is wrong.
    """
    from conformance.benchmark.stage import Options, Stage

    if _STAGE not in config.stash:
        asked = config.option
        command = tuple(shlex.split(asked.bench_command)) or tuple(sys.argv)
        options = Options(
            asked.bench_profile,
            tuple(asked.bench_device),
            tuple(asked.bench_dtype),
            tuple(asked.bench_size),
            tuple(asked.bench_threads),
            asked.bench_seed,
            command,
        )
        try:
            config.stash[_STAGE] = Stage.begin(options, asked.bench_report)
        except UsageProblem as problem:
            raise pytest.UsageError(str(problem)) from problem
    return config.stash[_STAGE]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each case with each of its visits."""
    if "item" in metafunc.fixturenames:
        stage = stage_of(metafunc.config)
        items = list(stage.items())
        marks = pytest.mark.benchmark(timer=stage.clock, disable_gc=True, warmup=False)
        metafunc.parametrize(
            "item", [pytest.param(item, id=f"{item[0].id} #{item[1] + 1}", marks=marks) for item in items]
        )


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest) -> Stage:
    """Give the run's stage."""
    return stage_of(request.config)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write bench.json; what ended the run before its end is told there."""
    stage = session.config.stash.get(_STAGE, None)
    if stage is None:
        return
    stage.end("interrupted" if exitstatus == pytest.ExitCode.INTERRUPTED else stage.unreached())
    folder = session.config.option.bench_report
    records.write(assembly.assembled(visits.read(folder / visits.FILE_NAME)), folder / records.FILE_NAME)
