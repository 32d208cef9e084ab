"""What a broken backend costs: its own clause gets the right verdict, and everything else in the report stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from conformance.reporting import results
from conformance.selftest.support import PRODUCT, ROOT, SELECT, TOY, command, run_toy

if TYPE_CHECKING:
    from pathlib import Path

MIXED = "devices.mixed-product-is-refused[toy]"


def test_a_healthy_library_passes(tmp_path: Path) -> None:
    """A library that keeps the rules gets a pass on each of its lines, exit code 0."""
    ran = run_toy("Toy", tmp_path)

    assert ran.code == 0, ran.out + ran.err
    assert {line.verdict for line in ran.lines.values()} == {"pass"}
    assert "7 of 7 lines" in ran.out


def test_a_missing_refusal_is_a_fail(tmp_path: Path) -> None:
    """A library that multiplies across devices fails the clause that wants the refusal, and no other."""
    ran = run_toy("unchecked", tmp_path, "--level", "documented")

    assert ran.code == 1
    assert ran.lines[MIXED].verdict == "fail"
    assert ran.verdicts(but=MIXED) == {"pass"}
    assert "expected: a RuntimeError" in ran.out


def test_a_refusal_of_legal_calls_too_is_no_pass(tmp_path: Path) -> None:
    """An operation that always raises does not pass for one that refuses."""
    line = run_toy("refuses_all", tmp_path).lines[MIXED]

    assert line.verdict == "fail"
    assert line.failure is not None
    assert "refuses legal calls too" in line.failure.message


def test_an_exception_of_another_kind_is_a_fail(tmp_path: Path) -> None:
    """A refusal with an exception that is no RuntimeError fails."""
    line = run_toy("wrong_error", tmp_path).lines[MIXED]

    assert line.verdict == "fail"
    assert line.failure is not None
    assert line.failure.differences[0].what == "exception"


@pytest.mark.parametrize(
    ("attribute", "name"), [("aborts", "SIGABRT"), ("leaves", None)], ids=["abort", "exit without a signal"]
)
def test_a_crash_costs_its_clause_alone(attribute: str, name: str | None, tmp_path: Path) -> None:
    """A clause that ends the process is `crash` with the signal and the fatal case; all others keep their verdicts."""
    ran = run_toy(attribute, tmp_path)

    assert ran.code == 1
    assert ran.verdicts(but=PRODUCT) == {"pass"}
    failure = ran.lines[PRODUCT].failure
    assert ran.lines[PRODUCT].verdict == "crash"
    assert failure is not None
    assert (failure.signal, failure.case, failure.alone) == (name, "product-on-the-device", "fails")
    assert "def product_on_the_device" in ran.out


@pytest.mark.parametrize("attribute", ["loops", "hangs_in_c"])
def test_a_hang_costs_its_clause_alone(attribute: str, tmp_path: Path) -> None:
    """A loop in Python, and a C call that holds the interpreter's lock, are `timeout` with a stack."""
    ran = run_toy(attribute, tmp_path, "--timeout", "2")

    assert ran.code == 1
    assert ran.verdicts(but=PRODUCT) == {"pass"}
    failure = ran.lines[PRODUCT].failure
    assert ran.lines[PRODUCT].verdict == "timeout"
    assert failure is not None
    assert "toy.py" in (failure.trace or "")


def test_the_controllers_clock_ends_a_worker_whose_own_clock_is_off(tmp_path: Path) -> None:
    """A library that switches the worker's watchdog off and hangs is `timeout` all the same."""
    ran = run_toy("hangs_without_watchdog", tmp_path, "--timeout", "1")

    assert ran.lines[PRODUCT].verdict == "timeout"
    assert ran.verdicts(but=PRODUCT) == {"pass"}


@pytest.mark.parametrize("attribute", ["exits", "interrupts", "nonsense", "unprintable", "differs", "hostile"])
def test_whatever_a_program_does_is_a_fail(attribute: str, tmp_path: Path) -> None:
    """SystemExit, KeyboardInterrupt, nonsense, an exception without text and another result each time are `fail`."""
    ran = run_toy(attribute, tmp_path)

    assert ran.code == 1
    assert ran.lines[PRODUCT].verdict == "fail"
    assert ran.verdicts(but=PRODUCT) == {"pass"}


@pytest.mark.parametrize("attribute", ["forks", "writes_to_the_streams", "changes_signal_handlers", "hangs_at_exit"])
def test_what_a_library_does_beside_its_work_harms_no_run(attribute: str, tmp_path: Path) -> None:
    """Where what it gives is right, each line passes once, and the run comes to its end."""
    ran = run_toy(attribute, tmp_path, "--timeout", "5")

    assert ran.code == 0, ran.out + ran.err
    assert {line.verdict for line in ran.lines.values()} == {"pass"}
    assert len(ran.results.lines) == len(ran.lines) == 7
    assert ran.results.footer is not None
    assert ran.results.footer.complete


def test_a_module_that_forks_when_it_is_imported_makes_no_second_run(tmp_path: Path) -> None:
    """Each line is there once."""
    (tmp_path / "forking.py").write_text(f"import os\nos.fork()\nfrom {TOY} import Toy\n", encoding="utf-8")
    ran = command("run", "--backend", "forking:Toy", *SELECT, folder=tmp_path)

    assert ran.code == 0, ran.out + ran.err
    assert len(ran.results.lines) == len(ran.lines) == 7


@pytest.mark.parametrize("attribute", ["Stateless", "Unreadable"])
def test_a_broken_adapter_is_no_error_of_the_suite(attribute: str, tmp_path: Path) -> None:
    """What a backend's own methods raise outside the program is its failure, exit code 1."""
    ran = run_toy(attribute, tmp_path)

    assert ran.code == 1
    assert {line.verdict for line in ran.lines.values()} == {"fail"}


def test_a_failure_that_comes_once_is_still_a_fail(tmp_path: Path) -> None:
    """A case that fails once and then passes is `fail`, with how often it failed and its first observation."""
    failure = run_toy("fails_once", tmp_path).lines[PRODUCT].failure

    assert failure is not None
    assert (failure.reproduced, failure.alone) == ("1/3", "fails")
    assert "13.0" in failure.message


def test_a_failure_that_needs_what_ran_before_passes_alone(tmp_path: Path) -> None:
    """A case that fails only after another is run again in a fresh process, and the line says that it passes there."""
    failure = run_toy("fails_later", tmp_path, "-n", "1").lines[PRODUCT].failure

    assert failure is not None
    assert (failure.reproduced, failure.alone) == ("3/3", "passes")


def test_a_slow_library_is_no_error(tmp_path: Path) -> None:
    """A library that takes its time passes."""
    assert run_toy("slow", tmp_path).code == 0


def test_first_failure_stops_the_run_after_a_crash_too(tmp_path: Path) -> None:
    """After `-x` the clauses that were not reached are `not-run: stopped`, and the footer says so."""
    ran = run_toy("aborts", tmp_path, "-n", "1", "--", "-x")

    stopped = [line for line in ran.lines.values() if line.reason.startswith("stopped")]
    assert ran.code == 1
    assert {line.verdict for line in stopped} == {"not-run"}
    assert len(ran.lines) == 7
    assert ran.results.footer is not None
    assert not ran.results.footer.complete


@pytest.mark.parametrize(
    ("number", "code", "whole_group"),
    [(signal.SIGINT, 130, False), (signal.SIGINT, 130, True), (signal.SIGTERM, 143, False)],
    ids=["SIGINT", "SIGINT from a terminal", "SIGTERM"],
)
def test_an_interrupt_keeps_what_was_measured(
    number: signal.Signals, code: int, *, whole_group: bool, tmp_path: Path
) -> None:
    """Interrupted, the command writes a partial footer, names what was not reached, and ends with the signal's code."""
    report = tmp_path / "out"
    process = _started("loops", report)
    _wait_for_lines(report / "results.jsonl", 4)
    time.sleep(1)
    # A terminal sends its interrupt to the workers too: theirs is no failure of the library.
    os.killpg(process.pid, number) if whole_group else process.send_signal(number)
    out, _ = process.communicate(timeout=60)

    found = results.read(report / "results.jsonl")
    assert process.returncode == code
    assert {line.verdict for line in found.lines} == {"pass", "not-run"}
    assert found.footer is not None
    assert (found.footer.complete, found.footer.interrupted_by) == (False, number.name)
    assert "partial: interrupted" in out


def test_an_interrupt_while_a_failure_is_run_again_keeps_its_line(tmp_path: Path) -> None:
    """All lines are measured by then, and the failing one stays; what is not known is whether its case fails alone."""
    report = tmp_path / "out"
    process = _started("hangs_when_run_alone", report)
    _wait_for_lines(report / "results.jsonl", 7)
    time.sleep(3)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)

    found = results.read(report / "results.jsonl")
    assert process.returncode == 143
    assert sorted(line.verdict for line in found.lines) == ["fail", *["pass"] * 6]
    assert found.footer is not None
    assert (found.footer.complete, found.footer.interrupted_by) == (False, "SIGTERM")
    assert "partial: interrupted" in out


def _started(attribute: str, report: Path) -> subprocess.Popen[str]:
    """Start a run of a toy in a session of its own."""
    backend = ("--backend", f"{TOY}:{attribute}", *SELECT, "--timeout", "60", "-n", "1")
    return subprocess.Popen(
        [sys.executable, "-m", "conformance", "run", *backend, "--report", str(report)],
        cwd=report.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait_for_lines(path: Path, number: int) -> None:
    for _ in range(300):
        if path.exists() and path.read_bytes().count(b"\n") >= number:
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} did not grow to {number} lines")


@pytest.mark.parametrize(
    ("text", "verdict", "message"),
    [
        ("raise ValueError('broken on purpose')", "fail", "ValueError: broken on purpose"),
        ("raise SystemExit(5)", "fail", "SystemExit: 5"),
        ("import no_such_dependency", "fail", "no_such_dependency"),
        ("import os; os.abort()", "crash", "signal SIGABRT"),
        ("import os; os._exit(0)", "crash", "status 0"),
        ("import time; time.sleep(1000)", "timeout", "hangs for more than 3 s"),
        ("def toy(): raise ValueError('in the constructor')", "fail", "in the constructor"),
    ],
    ids=["raises", "exits", "lacks a module", "aborts", "leaves", "hangs", "constructor"],
)
def test_a_backend_that_breaks_at_import_fails_every_line(
    text: str, verdict: str, message: str, tmp_path: Path
) -> None:
    """A backend that is found and can't be imported gets its verdict on every selected clause, place import, exit 1."""
    (tmp_path / "broken_adapter.py").write_text(text + "\n")
    arguments = ("--select", "aliasing.*", *SELECT, "--timeout", "1")
    ran = command("run", "--backend", "broken_adapter:toy", *arguments, folder=tmp_path)

    failures = [line.failure for line in ran.lines.values()]
    assert ran.code == 1
    assert {line.verdict for line in ran.lines.values()} == {verdict}
    assert {line.id for line in ran.lines.values()} >= {"aliasing.view-keeps-order", "devices.product-on-the-device"}
    assert all(failure is not None and failure.place == "import" and message in failure.message for failure in failures)


def test_in_process_lets_a_program_print(tmp_path: Path) -> None:
    """`--in-process` runs without workers, and what the library prints is seen."""
    ran = run_toy("prints", tmp_path, "--in-process")

    assert ran.code == 0
    assert "hello from the product" in ran.out
