"""Cases on mixed devices run in a process apart: what they do to it, and to the device, costs them and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import catalogue
from conformance.reporting.results import Failure
from conformance.runner.canary import Canary
from conformance.runner.children import BEGUN, Children, End
from conformance.selftest import toy
from conformance.selftest.support import PRODUCT, run_toy

if TYPE_CHECKING:
    from pathlib import Path

MIXED = "devices.mixed-product-is-refused[toy]"


def test_only_clauses_for_accelerators_run_apart() -> None:
    """Each clause on operands of two devices runs apart; on the CPU none does, and no process is started."""
    apart = {clause.id for clause in catalogue.load() if clause.apart}
    mixed = {clause.id for clause in catalogue.load() if clause.id.startswith("devices.mixed-")}

    assert mixed <= apart
    assert {catalogue.find(one).on for one in apart} == {"accelerator"}


def test_a_crash_in_the_process_apart_costs_its_case_alone(tmp_path: Path) -> None:
    """It is `crash` with the signal and the case; the worker that asked goes on, and all other lines keep their verdicts."""
    ran = run_toy("aborts_on_two_devices", tmp_path, "-n", "1")
    failure = ran.lines[MIXED].failure

    assert ran.code == 1
    assert ran.verdicts(but=MIXED) == {"pass"}
    assert ran.lines[MIXED].verdict == "crash"
    assert failure is not None
    assert (failure.signal, failure.case, failure.alone) == ("SIGABRT", "mixed-matmul", "fails")
    assert failure.message == "case mixed-matmul ended the process"
    assert "toy.py" in (failure.trace or "")


def test_a_hang_in_the_process_apart_costs_its_case_alone(tmp_path: Path) -> None:
    """It is `timeout` with a stack, after the seconds that a case may take."""
    ran = run_toy("hangs_on_two_devices", tmp_path, "-n", "1", "--timeout", "2")
    failure = ran.lines[MIXED].failure

    assert ran.verdicts(but=MIXED) == {"pass"}
    assert ran.lines[MIXED].verdict == "timeout"
    assert failure is not None
    assert failure.message == "case mixed-matmul took longer than 2 s"
    assert "toy.py" in (failure.trace or "")


@pytest.mark.parametrize("how", [("-n", "1"), ("--in-process",)], ids=" ".join)
def test_a_spoilt_device_fails_the_clause_that_spoilt_it(how: tuple[str, ...], tmp_path: Path) -> None:
    """A right refusal after which a known sum is wrong is `fail`, of its own clause and not of the next one."""
    ran = run_toy("rots", tmp_path, *how)
    failure = ran.lines[MIXED].failure

    assert ran.code == 1
    assert ran.lines[MIXED].verdict == "fail"
    assert failure is not None
    assert failure.differences[0].what == "known sum"
    assert "the sum on toy:0 is [4.0, 6.0, 8.0, 10.0]" in failure.message
    assert (failure.reproduced, failure.alone) == ("1/1", "fails")
    assert ran.verdicts(but=MIXED) <= ({"pass"} if how[0] == "-n" else {"pass", "not-run"})
    assert failure.reproducer is not None
    assert failure.reproducer.why == "what it spoils shows in a later sum"


def test_a_device_that_vanishes_in_the_process_apart_is_not_run(tmp_path: Path) -> None:
    """A case whose process ended as its device went for good is not blamed."""
    ran = run_toy("vanishes_on_two_devices", tmp_path, "--device", "cpu", "--device", "toy", "-n", "1")

    assert ran.code == 0, ran.out + ran.err
    assert ran.lines[MIXED].verdict == "not-run"
    assert "toy:0 was lost in mid-run, at devices.mixed-product-is-refused" in ran.lines[MIXED].reason
    assert "(the case mixed-matmul ended the process" in ran.lines[MIXED].reason
    assert {line.verdict for line in ran.lines.values() if line.device == "cpu"} == {"pass"}


def test_without_a_device_nothing_runs_apart(tmp_path: Path) -> None:
    """No device, no process: its lines are `not-run`."""
    ran = run_toy("Toy", tmp_path, "--device", "cpu", "-n", "1")

    assert ran.lines["devices.mixed-product-is-refused[cuda]"].verdict == "not-run"


def test_a_library_that_can_not_add_is_not_accused_of_spoiling(tmp_path: Path) -> None:
    """Where the known sum is wrong before any case, it says nothing after one."""
    ran = run_toy("can_not_add", tmp_path, "-n", "1")

    assert (ran.lines[MIXED].verdict, ran.lines[PRODUCT].verdict) == ("pass", "pass")


def test_the_canary_reads_sums() -> None:
    """A sum that is wrong, raises, or lies elsewhere is told, on the device and on the CPU."""
    library = toy.Rotting()
    place, cpu = library.device("toy"), library.device("cpu")
    canary = Canary(library, place, cpu)

    assert canary.amiss() == ""
    library.rotten = 1
    assert canary.amiss() == "the sum on toy:0 is [4.0, 6.0, 8.0, 10.0] of float32 on toy:0"
    assert Canary(library, place, cpu).amiss() == ""


# --- a failing case, run again alone ---


@pytest.mark.parametrize(
    ("result", "returncode", "alone", "told"),
    [
        (b'"pass"', 0, "passes", None),
        (b'"fail"', 1, "fails", None),
        (BEGUN, -6, "fails", "SIGABRT"),
        (None, -6, None, None),
        (b'"skip"', 0, None, None),
    ],
    ids=["passes", "fails", "ends its process", "was not come to", "has no device any more"],
)
def test_a_case_that_could_not_be_run_alone_is_left_open(
    result: bytes | None,
    returncode: int,
    alone: str | None,
    told: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only a process that came to the case says what becomes of it alone."""
    children = Children(tmp_path, (), tmp_path / "log")
    monkeypatch.setattr(children, "_run", lambda *_: End(result, returncode, hung=False, trace="", output=""))
    found = children.alone("a.b[toy]", Failure("case", "program", "It fails."), 1.0)

    assert (found.alone, found.signal) == (alone, told)
