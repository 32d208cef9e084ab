"""What befalls a device in mid-run: no rule is broken by it, and what was measured elsewhere is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import catalogue
from conformance.backends.protocol import Device
from conformance.reporting import results
from conformance.runner import mishaps
from conformance.runner.clauses import Context, run_clause
from conformance.runner.command import unmet_requirements
from conformance.runner.settings import Settings
from conformance.selftest import toy
from conformance.selftest.support import PRODUCT, Ran, run_toy

if TYPE_CHECKING:
    from pathlib import Path

WORKERS = pytest.mark.parametrize("how", [("-n", "2"), ("--in-process",)], ids=" ".join)


def _on_the_cpu(ran: Ran) -> set[str]:
    return {line.verdict for line in ran.lines.values() if line.device == "cpu"}


@WORKERS
def test_a_device_that_vanishes_is_not_run_from_then_on(how: tuple[str, ...], tmp_path: Path) -> None:
    """Lines on a device that is gone are `not-run` with one sentence; what came before, and the CPU, is kept; exit 0."""
    ran = run_toy("vanishes", tmp_path, "--device", "cpu", "--device", "toy", *how)

    reasons = {line.reason for line in ran.lines.values() if line.verdict == "not-run"}
    assert ran.code == 0, ran.out + ran.err
    assert {line.verdict for line in ran.lines.values()} == {"pass", "not-run"}
    assert _on_the_cpu(ran) == {"pass"}
    assert ran.lines[PRODUCT].verdict == "not-run"
    # Two workers may meet it in either of two clauses; what is told is what was met first.
    assert len(reasons) == 1
    assert next(iter(reasons)).startswith("toy:0 was lost in mid-run, at devices.")
    assert next(iter(reasons)).endswith("(no toy device: device lost)")
    assert ran.results.footer is not None
    assert ran.results.footer.lost == {"toy": next(iter(reasons))}
    assert not ran.results.footer.complete
    assert f"partial: {next(iter(reasons))}" in ran.out


def test_a_required_device_must_not_vanish(tmp_path: Path) -> None:
    """`--require-device` makes a device that was lost exit code 1, with the sentence."""
    ran = run_toy("vanishes", tmp_path, "--require-device", "toy", "-n", "1")

    assert ran.code == 1
    assert "required: the device toy is required, and toy:0 was lost in mid-run" in ran.out


def test_a_process_that_ends_with_its_device_is_no_crash_of_a_clause(tmp_path: Path) -> None:
    """A clause whose process ended as the device vanished is `not-run` too, and the run goes on; `-x` does not stop it."""
    ran = run_toy("vanishes_with_its_process", tmp_path, "-n", "1", "--", "-x")

    assert ran.code == 0, ran.out + ran.err
    assert ran.lines[PRODUCT].verdict == "not-run"
    assert "the case product-on-the-device ended the process" in ran.lines[PRODUCT].reason
    assert _on_the_cpu(ran) == {"pass"}


@WORKERS
def test_a_device_that_a_case_leaves_unusable_is_that_cases_failure(how: tuple[str, ...], tmp_path: Path) -> None:
    """A device that a fresh process can use was spoilt by the clause, which fails; the next ones run in a fresh process."""
    ran = run_toy("poisons", tmp_path, *how)

    line = ran.lines[PRODUCT]
    assert ran.code == 1
    assert line.verdict == "fail"
    assert line.failure is not None
    assert (line.failure.reproduced, line.failure.alone) == ("1/1", "fails")
    assert str(line.failure.differences[-1]) == (
        "after the program: device: expected toy:0 can be used as before, got no toy device: device lost"
    )
    if "-n" in how:
        assert ran.verdicts(but=PRODUCT) == {"pass"}
        return
    rest = {one.reason for one in ran.lines.values() if one.verdict == "not-run"}
    assert rest == {
        "this process can't use toy:0 any more since devices.product-on-the-device; workers would be replaced"
    }


@WORKERS
def test_a_case_for_which_memory_is_short_is_not_run(how: tuple[str, ...], tmp_path: Path) -> None:
    """Such a case is `not-run: out of memory`, whatever the clause expects, and the run goes on."""
    ran = run_toy("has_no_memory", tmp_path, *how)

    assert ran.code == 0, ran.out + ran.err
    assert (ran.lines[PRODUCT].verdict, ran.lines[PRODUCT].reason) == ("not-run", "out of memory on toy:0")
    assert ran.lines[PRODUCT].failure is None
    assert _on_the_cpu(ran) == {"pass"}
    assert {line.verdict for line in ran.lines.values() if line.device == "toy"} == {"pass", "not-run"}
    assert "toy: out of memory on toy:0" in ran.out


def test_a_library_that_asks_for_too_much_fails(tmp_path: Path) -> None:
    """An exception that tells of memory while the device has room for any case excuses nothing."""
    ran = run_toy("asks_for_too_much", tmp_path)

    failure = ran.lines[PRODUCT].failure
    assert ran.code == 1
    assert ran.lines[PRODUCT].verdict == "fail"
    assert failure is not None
    assert "OutOfMemoryError: toy out of memory" in failure.message


def test_memory_that_is_short_for_a_moment_costs_nothing(tmp_path: Path) -> None:
    """A case that finds room the second time is judged by that."""
    assert run_toy("is_short_for_a_moment", tmp_path).lines[PRODUCT].verdict == "pass"


@pytest.mark.parametrize(
    ("attribute", "words"),
    [
        ("aborts_when_sought", "no toy device: looking for toy ends its process with signal SIGABRT"),
        ("hangs_when_sought", "no toy device: looking for toy hangs for more than 45 s"),
    ],
)
def test_a_device_that_can_not_be_looked_for_costs_its_own_lines_alone(
    attribute: str, words: str, tmp_path: Path
) -> None:
    """Where looking for a device ends or hangs the process, its lines are `not-run` with the reason, and the CPU is judged."""
    ran = run_toy(attribute, tmp_path, "--device", "cpu", "--device", "toy", "--timeout", "15")

    assert ran.code == 0, ran.out + ran.err
    assert _on_the_cpu(ran) == {"pass"}
    assert {(line.verdict, line.reason) for line in ran.lines.values() if line.device == "toy"} == {("not-run", words)}


def test_devices_found_by_auto_may_not_cost_the_cpu_either(tmp_path: Path) -> None:
    """With `auto` alone, the CPU is judged where looking for all devices ends the process."""
    ran = run_toy("aborts_when_sought", tmp_path)

    assert _on_the_cpu(ran) == {"pass"}
    assert {line.reason for line in ran.lines.values() if line.verdict == "not-run"} == {
        "looking for auto ends its process with signal SIGABRT"
    }


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), True),
        (toy.OutOfMemoryError("x"), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), True),
        (RuntimeError("RESOURCE_EXHAUSTED: Ran out of memory in memory space hbm"), True),
        (RuntimeError("device lost"), False),
        (IndexError("out of range"), False),
    ],
    ids=str,
)
def test_words_that_tell_of_memory(error: BaseException, *, told: bool) -> None:
    """MemoryError, PyTorch's own type and the words of its allocators and of XLA's tell of memory; others don't."""
    assert mishaps.tells_of_memory(toy.Toy(), error) is told


def test_a_rerun_without_memory_hides_no_failure() -> None:
    """A case that fails and then has no memory for its further runs is `fail`, once."""
    clause = catalogue.find("devices.product-on-the-device")
    library = toy.Short(room=False, times=0)
    products = 0

    def matmul(left: toy.Tensor, _: toy.Tensor) -> toy.Tensor:
        nonlocal products
        products += 1
        if products > 1:
            raise toy.OutOfMemoryError("toy out of memory")
        return toy.Tensor(left.array, left.place)

    library.matmul = matmul
    place = Device("toy", "toy", "toy:0")
    line = run_clause(clause, Context(library, place, library.device("cpu"), Settings()))

    assert line.verdict == "fail"
    assert line.failure is not None
    assert line.failure.reproduced == "1/3"


def test_a_required_clause_must_be_judged_whole() -> None:
    """A pass with cases that were not run does not meet `--require`, and the reason is told."""
    line = results.ClauseLine(
        "a.b", "cuda", "pass", "general", 1, "1 prose", "S.", "0", (), {"pass": 2, "not-run": 1}, 0.0,
        partial=True, reason="out of memory on cuda:0",
    )  # fmt: skip
    header = results.Header(
        1, "0", results.BackendFacts("toy", "1", "2"), (), {}, "standard", "general", 0, (), (), "now", (), {}
    )

    assert unmet_requirements(results.Results(header, (line,), None), ("a.*",), ()) == [
        "a.b on cuda is required, and 1 of its cases were not run: out of memory on cuda:0"
    ]
