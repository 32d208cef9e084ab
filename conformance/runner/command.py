"""`conformance run`: pytest with the suite, a live line, and reports made from results.jsonl alone."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import catalogue, waivers
from conformance.problems import UsageProblem
from conformance.reporting import junit, markdown, results, terminal, waiving
from conformance.runner import interrupts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.catalogue import Level

CONFIGURATION = Path(__file__).with_name("pytest.ini")
LOG_NAME = "pytest.log"
OK, FAILED, USAGE, BROKEN, NOTHING = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Request:
    """The options of `conformance run`."""

    backend: str
    devices: tuple[str, ...]
    imports: tuple[str, ...]
    select: tuple[str, ...]
    level: Level
    profile: str
    seed: int
    shuffle: bool
    report: Path
    workers: int
    in_process: bool
    timeout: float
    require: tuple[str, ...]
    required_devices: tuple[str, ...]
    baseline: Path | None
    waivers: Path | None
    write_waivers: Path | None
    pytest_args: tuple[str, ...]


def run_suite(request: Request) -> int:
    """Run the suite, report, and give the exit code.

    Raises:
        UsageProblem: wrong input, as a sentence.
        CatalogueError: the suite itself is broken.
        FixtureError: as CatalogueError.
    """
    _check_patterns(request)
    baseline = _read_baseline(request)
    _check_waivers(request)
    _check_report(request.report)
    progress = terminal.Progress(quiet=request.in_process)
    interrupts.install()
    code = _run_pytest(request, progress)
    if progress.usage_problem:
        raise UsageProblem(progress.usage_problem)
    if code == pytest.ExitCode.USAGE_ERROR:
        raise UsageProblem(_last_complaint(request.report / LOG_NAME))
    if not progress.began:
        raise catalogue.CatalogueError(f"the run ended before it began; see {request.report / LOG_NAME}")
    return _conclude(request, code, baseline)


def _check_patterns(request: Request) -> None:
    chosen = catalogue.select(request.select, request.level)
    for pattern in request.require:
        if pattern != "all" and not any(fnmatchcase(clause.id, pattern) for clause in chosen):
            raise UsageProblem(f"--require {pattern!r} matches no clause of this run")


def _read_baseline(request: Request) -> results.Results | None:
    if request.baseline is None:
        return None
    try:
        return results.read(request.baseline)
    except results.ResultsError as error:
        raise UsageProblem(f"the baseline can't be used: {error}") from error


def _check_waivers(request: Request) -> None:
    if request.waivers is not None:
        waivers.of_file(str(request.waivers), frozenset(clause.id for clause in catalogue.load()))
    if request.write_waivers is not None and request.write_waivers.exists():
        raise UsageProblem(f"{request.write_waivers} is there already: name a new file for the proposals")
    if request.write_waivers is not None and not request.write_waivers.parent.is_dir():
        raise UsageProblem(f"the proposals can't be written: there is no folder {request.write_waivers.parent}")


def _check_report(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOG_NAME).open("wb"):
            pass
    except OSError as error:
        raise UsageProblem(f"the report folder {folder} can't be written: {error.strerror}") from error


def _run_pytest(request: Request, progress: terminal.Progress) -> int:
    arguments = _pytest_arguments(request)
    _keep_to_ourselves()
    sys.path.insert(0, str(Path.cwd()))  # a backend in the current folder is found, as under `python -m pytest`
    with contextlib.ExitStack() as stack:
        if not request.in_process:
            stack.enter_context(_said_to(request.report / LOG_NAME))
        stack.enter_context(progress)
        return int(pytest.main(arguments, plugins=[progress]))


@contextlib.contextmanager
def _said_to(path: Path) -> Iterator[None]:
    """Let what pytest, workers and backends say go to a file; workers inherit the descriptor of standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    with path.open("a", encoding="utf-8") as log:
        os.dup2(log.fileno(), 2)
        try:
            with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
                yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _keep_to_ourselves() -> None:
    """Keep a verdict free of what else is installed or configured: plugins are loaded only by name, with `-- -p`."""
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


def _pytest_arguments(request: Request) -> list[str]:
    own = [
        "--pyargs", "conformance.suite",
        "-c", str(CONFIGURATION),
        "--noconftest",
        "-p", "xdist",
        "-p", "conformance.plugin",
        "-p", "no:cacheprovider",
        "--conformance-backend", request.backend,
        "--conformance-level", request.level,
        "--conformance-profile", request.profile,
        "--conformance-seed", str(request.seed),
        "--conformance-report", str(request.report),
        "--conformance-timeout", str(request.timeout),
    ]  # fmt: skip
    repeated = (("device", request.devices), ("import", request.imports), ("select", request.select))
    for name, values in repeated:
        for value in values:
            own += [f"--conformance-{name}", value]
    if request.waivers is not None:
        own += ["--conformance-waivers", str(request.waivers.resolve())]
    if request.shuffle:
        own.append("--conformance-shuffle")
    if request.in_process:
        own += ["-s", "-q", "--no-header", "--tb=short"]
    else:
        # A worker that a clause takes down is replaced, however often.
        own += ["-n", str(request.workers), "--max-worker-restart", "100000"]
    return [*own, *request.pytest_args]


def _last_complaint(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    complaint = next((line for line in reversed(lines) if "error: " in line.lower()), "")
    return complaint[complaint.lower().rfind("error: ") + len("error: ") :] or "pytest refused its arguments"


def _conclude(request: Request, code: int, baseline: results.Results | None) -> int:
    path = request.report / results.FILE_NAME
    try:
        found = results.read(path)
    except results.ResultsError as error:
        raise catalogue.CatalogueError(
            f"the run ended without results ({error}); see {request.report / LOG_NAME}"
        ) from error
    unmet = unmet_requirements(found, request.require, request.required_devices)
    terminal.show(found, unmet, baseline)
    _write_reports(found, request.report)
    _propose_waivers(found, request.write_waivers)
    return exit_code(found, code, unmet, baseline)


def _write_reports(found: results.Results, folder: Path) -> None:
    summary = markdown.summary(found)
    for name, text in (("junit.xml", junit.document(found)), ("summary.md", summary)):
        unfinished = folder / f".{name}.part"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(folder / name)
    if step := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(step).open("a", encoding="utf-8") as stream:
                stream.write(summary)
        except OSError as error:
            raise UsageProblem(f"GITHUB_STEP_SUMMARY names {step}, which can't be written: {error.strerror}") from error


def _propose_waivers(found: results.Results, path: Path | None) -> None:
    if path is None:
        return
    try:
        unfinished = path.with_name(f".{path.name}.part")
        unfinished.write_text(waiving.proposal(found, dt.datetime.now(dt.UTC).date()), encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise UsageProblem(f"the proposals can't be written to {path}: {error.strerror}") from error


def unmet_requirements(found: results.Results, patterns: tuple[str, ...], devices: tuple[str, ...]) -> list[str]:
    """Say which required clauses did not pass and which required devices are not here, a sentence each."""
    unmet = [
        f"{line.id} on {line.device} is required, and {why}"
        for line in found.lines
        if (why := _not_passed(line)) and any(pattern == "all" or fnmatchcase(line.id, pattern) for pattern in patterns)
    ]
    return [*unmet, *filter(None, (_absent(found, name) for name in devices))]


def _absent(found: results.Results, name: str) -> str:
    """Say that a required device was not here, or not to the end; empty if it was."""
    here = [one for one in found.header.devices if one.here and name in (one.name, one.type, one.text)]
    lost = found.footer.lost if found.footer is not None else {}
    if here and all(one.name in lost for one in here):
        return f"the device {name} is required, and {lost[here[0].name]}"
    if here:
        return ""
    reasons = {line.reason for line in found.lines if name in (line.device, line.device.partition(":")[0])}
    why = "; ".join(sorted(reasons - {""})) or "it was not asked for"
    return f"the device {name} is required, and is not among this run's: {why}"


def _not_passed(line: results.ClauseLine) -> str:
    if line.verdict != "pass":
        return f"is {line.verdict}"
    number = line.cases.get("not-run", 0)
    return f"{number} of its cases were not run: {line.reason}" if number else ""


def exit_code(found: results.Results, code: int, unmet: list[str], baseline: results.Results | None) -> int:
    """Give the exit code of a run: see `conformance run --help`.

    Args:
        found: its results.
        code: what pytest returned.
        unmet: the requirements that did not hold.
        baseline: failures on what did not pass there don't count.
    """
    if found.footer is not None and found.footer.interrupted_by is not None:
        return 128 + signal.Signals[found.footer.interrupted_by]
    verdicts = {line.verdict for line in found.lines}
    if "error" in verdicts or code == pytest.ExitCode.INTERNAL_ERROR or found.footer is None:
        return BROKEN
    if unmet or any(line.verdict in results.FAILING for line in counted(found, baseline)):
        return FAILED
    return OK if verdicts - {"not-run", "unsupported"} else NOTHING


def counted(found: results.Results, baseline: results.Results | None) -> list[results.ClauseLine]:
    """Give the lines whose failure counts: all, or those that passed in the baseline."""
    if baseline is None:
        return list(found.lines)
    passed = {(line.id, line.device) for line in baseline.lines if line.verdict == "pass"}
    return [line for line in found.lines if (line.id, line.device) in passed]
