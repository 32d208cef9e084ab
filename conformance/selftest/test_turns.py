"""What a clause's line says of the process apart in which its cases run: a stand-in says and does what it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance import catalogue
from conformance.backends.protocol import Device
from conformance.backends.reference import ReferenceBackend
from conformance.observation import Observation, Raised
from conformance.runner.apart import EndedError, UnreachableError
from conformance.runner.clauses import MOST_PROCESSES_APART, Context, run_clause
from conformance.runner.settings import Settings
from conformance.runner.turns import Told, Turn

if TYPE_CHECKING:
    from conformance.reporting.results import ClauseLine

REFUSED = Told(Observation(raised=Raised("RuntimeError", ("Exception",), "two devices")))
WORKED = Told(Observation())


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


def test_without_a_process_apart_known_sums_are_looked_at_here() -> None:
    """Where cases that may spoil a device run in this process, the canary is made with the first."""
    backend = ReferenceBackend()
    context = Context(backend, Device("cuda", "cuda", "cuda:0"), backend.device("cpu"), Settings(profile="smoke"))
    context.backend = type("Other", (ReferenceBackend,), {})()
    line = run_clause(catalogue.find("devices.mixed-cat"), context)

    assert line.verdict == "pass"
    assert context.canary is not None
    assert context.canary.amiss() == ""


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


def test_the_trace_of_a_process_that_ended_is_told() -> None:
    """Its stack is the failure's; where it left none, there is none."""
    for trace in ("Fatal Python error: Aborted", ""):
        line, _ = _line(Scripted([WORKED, EndedError("ended the process", hung=False, signal="SIGABRT", trace=trace)]))

        assert line.failure is not None
        assert (line.failure.trace or "") == trace
        assert line.failure.trace is None or trace


def test_a_failing_case_that_ends_its_process_when_it_runs_again_has_failed_again() -> None:
    """A failure is as well reproduced by a crash."""
    crash = EndedError("ended the process", hung=False, signal="SIGSEGV", trace="")
    line, _ = _line(Scripted([WORKED, WORKED, crash, crash, *[WORKED, REFUSED] * 500]))

    assert (line.verdict, line.cases["fail"]) == ("fail", 1)
    assert line.failure is not None
    assert line.failure.reproduced == "3/3"


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
