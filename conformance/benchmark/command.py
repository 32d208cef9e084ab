"""`conformance bench`: the stage in a process of its own, and what it measured, whatever became of that process."""

from __future__ import annotations

import importlib.util
import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance import catalogue
from conformance.benchmark import assembly, cases, figures, records, tables, visits
from conformance.matrix.progress import Shown
from conformance.problems import UsageProblem
from conformance.runner import interrupts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.benchmark.records import Bench

CONFIGURATION = Path(__file__).parents[1] / "runner" / "pytest.ini"
LOG_NAME = "pytest.log"
OK, FAILED, NOTHING = 0, 1, 4
# The process is ended when nothing was measured for so long.
SILENT_SECONDS = 180.0
_POLL_SECONDS = 0.1
_NEEDED = {"torch": "torch", "pytest_benchmark": "bench", "threadpoolctl": "bench"}


@dataclass(frozen=True)
class Request:
    """The options of `conformance bench`."""

    profile: str
    devices: tuple[str, ...]
    dtypes: tuple[str, ...]
    sizes: tuple[int, ...]
    threads: tuple[int, ...]
    seed: int
    report: Path
    required_devices: tuple[str, ...] = ()
    figures: bool = False


def run(request: Request) -> int:
    """Run the stage, report, and give the exit code.

    Raises:
        UsageProblem: wrong input, or something that isn't installed, as a sentence.
        CatalogueError: the stage itself is broken.
    """
    bench = measured(request)
    tables.show(bench, sys.stdout)
    if request.figures and interrupts.received() is None:
        draw(bench, request.report)
    unmet = _unmet(bench, request.required_devices)
    for sentence in unmet:
        click.echo(sentence)
    return _exit_code(bench, unmet)


def measured(request: Request) -> Bench:
    """Run the stage and write what it measured.

    Raises:
        UsageProblem: as `run`.
        CatalogueError: as `run`.
    """
    _check(request)
    path = request.report / visits.FILE_NAME
    clear(path)
    interrupts.install()
    bench = _assembled(request, path, _run_stage(request, path))
    records.write(bench, request.report / records.FILE_NAME)
    written(request.report / "bench.md", tables.markdown(bench))
    return bench


def draw(bench: Bench, folder: Path) -> None:
    """Draw the figures into a folder, and say where they are, and which there are not.

    Raises:
        UsageProblem: matplotlib is missing.
    """
    drawn = figures.draw(bench, folder)
    for sentence in drawn.left_out:
        click.echo(sentence)
    click.echo(f"{len(drawn.files)} figures in {folder}")


def written(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _check(request: Request) -> None:
    for module, extra in _NEEDED.items():
        if importlib.util.find_spec(module) is None:
            raise UsageProblem(f"the matmul stage needs {module}: pip install 'tensor-conformance[{extra}]'")
    cases.chosen(request.profile, ("cpu",), request.dtypes, request.sizes, request.threads)


def clear(path: Path) -> None:
    """Make the folder of a file, and the file empty.

    Raises:
        UsageProblem: it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    except OSError as error:
        raise UsageProblem(f"the report folder {path.parent} can't be written: {error.strerror}") from error


def _arguments(request: Request) -> list[str]:
    own = [
        sys.executable, "-m", "pytest", str(Path(__file__).with_name("test_matmul.py")),
        "-c", str(CONFIGURATION), "-p", "no:cacheprovider", "-p", "pytest_benchmark.plugin", "-q",
        "--bench-profile", request.profile, "--bench-seed", str(request.seed), "--bench-report", str(request.report),
        "--bench-command", shlex.join(sys.argv),
    ]  # fmt: skip
    repeated = (
        ("device", request.devices), ("dtype", request.dtypes), ("size", request.sizes), ("threads", request.threads),
    )  # fmt: skip
    return [
        *own,
        *(part for name, values in repeated for one in values for part in (f"--bench-{name}", str(one))),
    ]


def _environment() -> dict[str, str]:
    """Keep figures free of what else is installed or configured for pytest, or runs this."""
    return {
        **{name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def _run_stage(request: Request, path: Path) -> str:
    """Run the process, show how far it is, and say why it ended before its end; empty if it did not."""
    with (request.report / LOG_NAME).open("wb") as log, Shown(sys.stderr, "timing matrix products") as shown:
        # A session of its own: an interrupt reaches it once, from here.
        process = subprocess.Popen(  # noqa: S603 - this very program
            _arguments(request), stdout=log, stderr=log, start_new_session=True, env=_environment()
        )
        try:
            return _watched(process, path, shown)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            return f"interrupted by {(interrupts.received() or signal.SIGINT).name}"
        finally:
            _ended(process)


def _watched(process: subprocess.Popen[bytes], path: Path, shown: Shown) -> str:
    seen, last = 0, time.monotonic()
    while process.poll() is None:
        time.sleep(_POLL_SECONDS)
        shown.tick()
        whole = path.read_bytes().count(b"\n")
        if whole > seen:
            if not seen:
                shown.phase("timing", _expected(path))
            for _ in range(whole - seen):
                shown.step()
            seen, last = whole, time.monotonic()
        elif time.monotonic() - last > SILENT_SECONDS:
            process.kill()
            return f"nothing was measured for {SILENT_SECONDS:g} s{_at(path)}, so the process was ended"
    if process.returncode < 0:
        return f"the process ended by {signal.Signals(-process.returncode).name}{_at(path)}"
    return ""


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=20)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _expected(path: Path) -> int:
    start = next((one for one in visits.read(path) if isinstance(one, visits.Start)), None)
    return (2 * len(start.ids) if start is not None else 0) + 2


def _at(path: Path) -> str:
    """Say at which case a process was, by what it wrote."""
    lines = visits.read(path)
    start = next((one for one in lines if isinstance(one, visits.Start)), None)
    if start is None or not start.ids:
        return ""
    done = sum(isinstance(one, visits.Visit) for one in lines)
    return f" at {start.ids[done % len(start.ids)]}"


def _assembled(request: Request, path: Path, stopped: str) -> Bench:
    lines = visits.read(path)
    if not lines:
        log = request.report / LOG_NAME
        complaint = next((one for one in _log_lines(log) if one.startswith("ERROR: ")), "")
        if complaint:
            raise UsageProblem(complaint.removeprefix("ERROR: "))
        if (received := interrupts.received()) is not None:
            click.echo("conformance: interrupted before anything was measured", err=True)
            sys.exit(128 + received)
        if stopped:
            raise UsageProblem(f"{stopped} before anything was measured; see {log}")
        raise catalogue.CatalogueError(f"the stage ended before it began; see {log}")
    return assembly.assembled(lines, stopped)


def _log_lines(path: Path) -> Iterator[str]:
    yield from reversed(path.read_text(encoding="utf-8", errors="replace").splitlines())


def _unmet(bench: Bench, required: tuple[str, ...]) -> list[str]:
    """Say which required devices timed nothing, a sentence each."""
    found = []
    for name in required:
        own = [one for one in bench.cases if name in (one.device, one.device.partition(":")[0])]
        if not any(not one.not_run for one in own):
            why = own[0].not_run if own else "it was not asked for"
            found.append(f"the device {name} is required, and timed nothing: {why}")
    return found


def _exit_code(bench: Bench, unmet: list[str]) -> int:
    if (received := interrupts.received()) is not None:
        return 128 + received
    refused = any(one.not_run.startswith("refused") for one in bench.cases)
    if unmet or refused or not bench.complete:
        return FAILED
    return OK if any(not one.not_run for one in bench.cases) else NOTHING
