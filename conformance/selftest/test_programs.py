"""Whole programs: what the generator makes, what the state machine finds, and how small a failing one becomes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance import documents, program
from conformance.backends.pytorch import TorchBackend
from conformance.faults import planting
from conformance.observation import differences
from conformance.runner import oracle
from conformance.runner.execution import execute
from conformance.selftest.support import judged, not_passed
from conformance.strategies import machine
from conformance.strategies.programs import Start, Trace
from conformance.strategies.shrinking import determined, shrink_program
from conformance.strategies.tables import programs

if TYPE_CHECKING:
    from conformance.documents import Case
    from conformance.strategies.rows import Row

BACKEND = TorchBackend()
CPU = BACKEND.device("cpu")
FAULTS = {fault.id: fault for fault in planting.load()}
ROWS = list(programs.programs("standard", 0))
GRADIENT_ROWS = list(programs.gradients("standard", 0))
DETACHING = FAULTS["view-detaches-after-the-second-write"]
LARGEST = 8


def _case(source: str, start: Start | None = None) -> Case:
    inputs = (start or Start()).inputs()
    return documents.Case("one", 5, None, program.checked(source), inputs, by_reference=True)


def _of_trace(trace: Trace) -> Case:
    return documents.Case("one", 5, None, trace.program(), trace.inputs, by_reference=True)


def _fails(case: Case) -> bool:
    seen, _ = execute(BACKEND, case.program, case.inputs, CPU)
    return bool(differences(oracle.expectation(case, CPU, CPU), seen))


def _trace_fails(trace: Trace) -> bool:
    return _fails(_of_trace(trace))


def _texts(rows: list[Row]) -> str:
    return "\n".join(row.program.source for row in rows if row.program is not None)


def test_programs_are_programs() -> None:
    """Each row's text keeps the rules of programs, and ends with the return of what is to be seen."""
    for row in (*ROWS, *GRADIENT_ROWS):
        assert row.program is not None
        assert program.checked(row.program.source) == row.program
        assert 2 <= len(row.program.definition.body) <= 17
        assert row.program.arguments == tuple(row.inputs.arguments)


def test_programs_are_the_same_for_a_seed_and_others_for_another() -> None:
    """A seed gives the same programs in every run."""
    assert list(programs.programs("standard", 0)) == ROWS
    assert list(programs.gradients("standard", 0)) == GRADIENT_ROWS
    first = next(programs.programs("standard", 1))
    assert (first.program, first.inputs) != (ROWS[0].program, ROWS[0].inputs)


@pytest.mark.parametrize(
    "pattern",
    [
        r"= \w\[[^\]]+\]$", r"\.view\(", r"\.transpose\(", r"\.permute\(", r"\.t\(\)", r"\.unsqueeze\(", r"\.squeeze\(",
        r"\.expand\(", r"\w\[.+\] = \d", r"\w\[.+\] = \w\[", r"\[\.\.\.\] = \w$", r"\.add_\(\w\)", r"\.mul_\(", r"\.sub_\(",
        r"\w \+= ", r"\w \*= ", r"\w\[.+\] [+*-]= ", r"\.copy_\(", r"\.fill_\(", r"\.zero_\(", r"\.clone\(\)$", r"\.tolist\(\)",
        r"\.item\(\)", r"\.reshape\(", r" / ", r"\d [+*-] \w$", r"torch\.(add|mul|sub)\(", r"\.mean\(", r"\.argmax\(", r" @ ",
        r"torch\.cat\(", r"\.(to|type)\(torch\.", r"torch\.tensor\(", r"\+ 0$",
    ],
)  # fmt: skip
def test_every_kind_of_statement_is_reached(pattern: str) -> None:
    """No kind of view, write, read and calculation is left out because the strict reference refuses it."""
    assert len(re.findall(pattern, _texts(ROWS), re.MULTILINE)) >= 5


@pytest.mark.parametrize(
    "pattern", [r"mean\(\)\.backward\(", r"\]\.backward\(", r"detach\(\)", r"retain_graph", r"\.grad \+"]
)
def test_every_way_backward_is_reached(pattern: str) -> None:
    """Programs go backward from a mean, an element and with a gradient given, twice too."""
    assert len(re.findall(pattern, _texts(GRADIENT_ROWS))) >= 5


def test_healthy_torch_is_not_accused() -> None:
    """PyTorch as it is passes the programs of another seed."""
    assert not_passed(judged(BACKEND, "*.programs", seed=1)) == {}


def test_healthy_torch_passes_what_the_state_machine_makes() -> None:
    """What Hypothesis makes is right on PyTorch, the same in every run, and judged like any other program."""
    made = [machine.traces(3, 25, backward=backward) for backward in (False, True)]
    again = machine.traces(3, 25)

    assert [trace.program() for trace in again] == [trace.program() for trace in made[0]]
    for trace in (*made[0], *made[1]):
        program.checked(trace.program().source)
        assert not _trace_fails(trace)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_view_that_detaches_ends_in_a_small_program(seed: int) -> None:
    """The state machine finds a view that detaches after the second write, and a few statements are left of it."""
    with DETACHING.planted():
        found = machine.search(_trace_fails, seed=seed, examples=1000)
        assert found is not None
        small = shrink_program(_of_trace(found), _fails)
        assert _fails(small)
    assert len(small.program.definition.body) <= LARGEST
    assert not _fails(small)


@pytest.mark.parametrize("fault", ["copy-on-write-forgets-siblings", "index-write-leaves-no-history"])
def test_a_failure_shows_a_small_program(fault: str) -> None:
    """A failing line shows the program's text with its inputs, as it was found and shrunk, and has a reproducer."""
    (meant,) = FAULTS[fault].clauses
    with FAULTS[fault].planted():
        (line,) = judged(BACKEND, meant).values()

    assert line.failure is not None
    for shown in (line.failure.called, line.failure.shrunk):
        assert shown.startswith("# ")
        program.checked(shown[shown.index("def ") :])
    small = program.checked(line.failure.shrunk[line.failure.shrunk.index("def ") :])
    assert 2 <= len(small.definition.body) <= LARGEST
    assert line.failure.reproducer is not None
    assert line.failure.reproducer.text


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        ("a = x.expand(2, 2, 3)\n    a[...] = 1", "elements that share memory"),
        ("x[:, 1:] = x[:, :-1]", "elements that it overwrites"),
        ("a = x.t() + 1\n    b = a.view(-1)", "strides of a result"),
        ("a = x.reshape(-1)\n    x[0] = 1", "may or may not show"),
        ("a = (x * 1.5).mean()", "a mean that may round"),
        ("a = x / 3", "a quotient that may round"),
        ("a = x * 1000000\n    b = a * a", "may round"),
        ("a = x - 0.25\n    b = a * a", "may round"),
    ],
)
def test_what_the_rules_leave_open_is_refused(statements: str, why: str) -> None:
    """The strict reference refuses each freedom that the rules leave, and says which."""
    del why
    legal = "def trace(torch, x, y, *, device):\n    a = x + 1\n    return a\n"

    assert determined(_case(legal))
    assert not determined(_case(f"def trace(torch, x, y, *, device):\n    {statements}\n    return x\n"))


def test_shrinking_leaves_a_program_alone_that_is_no_list_of_statements() -> None:
    """A program with a loop is left as it is."""
    case = _case("def trace(torch, x, y, *, device):\n    for _ in range(2):\n        x += 1\n    return x\n")

    assert shrink_program(case, lambda _: True) == case


def test_shrinking_keeps_what_matters() -> None:
    """What is left still fails, and everything that it does not need is gone."""
    source = (
        "def trace(torch, x, y, *, device):\n    a = x[0]\n    b = y.clone()\n    a += 1\n    c = b * 2\n"
        "    a *= 3\n    d = x.t()\n    return x, y, a, b, c, d\n"
    )
    small = shrink_program(_case(source), lambda case: " *= " in case.program.source)

    assert " *= " in small.program.source
    assert len(small.program.definition.body) <= 3
    assert len(small.inputs.bases) == 1


def test_a_row_may_bring_its_own_program() -> None:
    """A trace is stored like any other program and its inputs."""
    trace = Trace(Start().inputs())
    assert trace.take("x[0] = 5")
    assert not trace.take("x.nosuch()")
    assert trace.name("x.t()")
    row = programs.row_of("one", trace)

    assert row.program is not None
    assert row.program.source.splitlines()[1:] == ["    x[0] = 5", "    a = x.t()", "    return x, y, a"]
    assert msgspec.json.decode(msgspec.json.encode(row.program), type=program.Program) == row.program
