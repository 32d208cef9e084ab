"""Cases on mixed devices run in a process apart: what they do to it, and to the device, costs them and nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from conformance import catalogue
from conformance.backends.protocol import Device
from conformance.backends.reference import ReferenceBackend
from conformance.observation import Observation, Raised
from conformance.reporting.results import Failure
from conformance.runner.apart import EndedError, UnreachableError
from conformance.runner.canary import Canary
from conformance.runner.children import BEGUN, Children, End
from conformance.runner.clauses import MOST_PROCESSES_APART, Context, run_clause
from conformance.runner.settings import Settings
from conformance.runner.turns import Told, Turn
from conformance.selftest import toy
from conformance.selftest.support import PRODUCT, run_toy

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.reporting.results import ClauseLine

MIXED = "devices.mixed-product-is-refused[toy]"
REFUSED = Told(Observation(raised=Raised("RuntimeError", ("Exception",), "two devices")))
WORKED = Told(Observation())


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


# --- the side that asks, with a process that says what it is told to ---


@dataclass
class Scripted:
    """Stands in for a process apart: each answer in turn, the last for ever.

    Attributes:
        answers: what an observation gives or raises.
        gone: why the device can't be used.
        asked: the cases that were run.
    """

    answers: list[Told | Exception]
    gone: str = ""
    asked: list[str] = field(default_factory=list)

    def observe(self, turn: Turn) -> Told:
        """Give the next answer."""
        self.asked.append(turn.case.id)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def why_unusable(self, device: Device) -> str:
        """Say that the device is gone, if it is."""
        del device
        return self.gone


def _line(scripted: Scripted) -> tuple[ClauseLine, Context]:
    backend = ReferenceBackend()
    place = Device("cuda", "cuda", "cuda:0")
    context = Context(backend, place, backend.device("cpu"), Settings(), apart=scripted)  # type: ignore[arg-type]

    # The reference is never judged by itself, but here it only stands for a library that runs elsewhere.
    class Other(ReferenceBackend):
        pass

    context.backend = Other()
    return run_clause(catalogue.find("devices.mixed-cat"), context), context


def test_each_legal_call_runs_before_the_refused_one() -> None:
    """What a refused call spoils can't be laid to its legal twin."""
    scripted = Scripted([WORKED, REFUSED, WORKED, REFUSED, UnreachableError("enough")])
    _line(scripted)

    assert [name.endswith(", legal") for name in scripted.asked[:4]] == [True, False, True, False]
    assert scripted.asked[0] == f"{scripted.asked[1]}, legal"


def test_a_legal_call_that_is_refused_fails() -> None:
    """The clause says that legal calls are refused too, and does not run the others of that case."""
    line, _ = _line(Scripted([REFUSED]))

    assert line.verdict == "fail"
    assert line.failure is not None
    assert "it refuses legal calls too" in line.failure.message


def test_processes_are_not_replaced_for_ever() -> None:
    """After a few cases that cost their process the rest of the clause is `not-run`; the line keeps the worst verdict."""
    crash = EndedError("ended the process", hung=False, signal="SIGSEGV", trace="")
    line, context = _line(Scripted([WORKED, crash]))

    assert line.verdict == "crash"
    assert line.cases["crash"] == MOST_PROCESSES_APART
    assert set(line.cases) == {"crash", "not-run"}
    assert context.loss is None


def test_cases_that_were_never_reached_make_a_pass_partial() -> None:
    """Where no further process can be had, passes beside cases that were not run are a partial pass."""
    line, context = _line(Scripted([WORKED, REFUSED, UnreachableError("no memory for a process")]))

    assert (line.verdict, line.partial) == ("pass", True)
    assert line.cases["pass"] == 1
    assert "no memory for a process" in line.reason
    assert context.loss is not None


def test_a_device_that_is_gone_is_not_blamed_on_the_case() -> None:
    """The line for the case that the device is gone holds no crash; who steers the run decides which holds."""
    hang = EndedError("took longer than 60 s", hung=True, signal=None, trace="")
    line, context = _line(Scripted([WORKED, hang], gone="no CUDA device"))

    assert line.verdict == "timeout"
    assert context.line_if_gone is not None
    assert set(context.line_if_gone.cases) == {"not-run"}
    assert "took longer than 60 s; no CUDA device" in context.line_if_gone.reason


def test_a_spoilt_device_is_replaced_a_few_times_too() -> None:
    """Each case after which the known sum is wrong fails by itself, until the rest is not run."""
    spoilt = Told(REFUSED.observation, amiss="the sum on cuda:0 is nothing")
    line, _ = _line(Scripted([WORKED, spoilt, WORKED, spoilt, WORKED, spoilt, WORKED]))

    assert line.verdict == "fail"
    assert line.cases["fail"] == MOST_PROCESSES_APART
    assert line.failure is not None
    assert line.failure.reproduced == "1/1"


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


def test_no_memory_in_the_process_apart_is_not_run() -> None:
    """A case for which a device has no memory there is `not-run` with the reason."""
    line, _ = _line(
        Scripted([WORKED, REFUSED, Told(short="out of memory on cuda:0"), WORKED, REFUSED, WORKED, REFUSED])
    )

    assert line.cases["not-run"] == 1
    assert line.reason == "out of memory on cuda:0"


def test_what_breaks_in_the_process_apart_of_the_suites_own_is_an_error() -> None:
    """The line is `error`, with the trace from there."""
    line, _ = _line(Scripted([Told(broken="ValueError: the suite's own")]))

    assert line.verdict == "error"
    assert line.failure is not None
    assert "the suite's own" in line.failure.message
