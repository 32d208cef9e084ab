"""The device `xla` without its package: what is asked of it, what of its laziness, and which cases its budget lets run."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import torch

from conformance import documents
from conformance.backends import xla
from conformance.backends.protocol import Device
from conformance.backends.pytorch import TorchBackend
from conformance.documents import Case
from conformance.observation import Difference, Expectation, Expected
from conformance.program import Inputs, PlainInput, Step, TensorInput, base_of_values, checked, encode_plain
from conformance.reporting import reproducers
from conformance.runner import budget
from conformance.runner.clauses import Context, run_clause
from conformance.runner.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.catalogue import Clause
    from conformance.strategies.rows import Row

CPU = Device("cpu", "cpu", "cpu")
ADDS = checked("def adds(torch, x, *, device):\n    return x + 1\n")
TURNS = checked("def turns(torch, x, *, device):\n    return x.t()\n")


def _inputs(*values: Any, dtype: str = "float32", **plain: Any) -> Inputs:
    others = {name: PlainInput(value) for name, value in plain.items()}
    return Inputs({"base": base_of_values(list(values), dtype)}, {"x": TensorInput("base"), **others})


def _case(label: str, inputs: Inputs, program: Any = ADDS, **more: Any) -> Case:
    return Case(label, 1, None, program, inputs, by_reference=True, **more)


# --- what is special about it ---


def test_what_is_read_is_computed_one_tensor_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tensors of the device in whatever was returned, and no others, each by a transfer of its own."""
    read: list[Any] = []
    monkeypatch.setattr(xla, "_TensorBase", SimpleNamespace(cpu=read.append))
    monkeypatch.setattr(xla, "NAME", "meta")
    TorchBackend().force(torch.empty((2,), device="meta"))
    assert read == []
    monkeypatch.setitem(sys.modules, "torch_xla", SimpleNamespace())
    there, here = torch.empty((2,), device="meta"), torch.ones(2)

    TorchBackend().force((there, [here, (there[0], 3)], "text", None, there.requires_grad_()))

    assert [tuple(one.shape) for one in read] == [(2,), (), (2,)]
    assert {(one.device.type, one.requires_grad) for one in read} == {("meta", False)}


class Lazy(TorchBackend):
    """Refuses to compute tensors with the value 13, and notes what it is asked to compute."""

    def __init__(self) -> None:
        super().__init__()
        self.forced: list[Any] = []

    def force(self, value: Any) -> None:
        """Compute."""
        self.forced.append(value)
        if any(isinstance(one, torch.Tensor) and 13 in one.tolist() for one in value):
            raise RuntimeError("it can't be compiled")


def _clause(*cases: Case, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Clause:
    """Make a clause of cases, whatever the documents hold."""
    from conformance.catalogue import Clause

    def table(profile: str, seed: int) -> Iterator[Row]:  # noqa: ARG001 - every table has this form
        yield from ()

    monkeypatch.setattr(documents, "cases", lambda: {one.id: one for one in cases})
    fields: dict[str, Any] = {
        "id": "ranks.rule", "sentence": "A rule.", "case_ids": tuple(one.id for one in cases), "own_case": None, "table": table,
        "program": ADDS, "strides": False, "sets": (), "subnormals": False, "apart": False, "peers": False, "reaches": (), "stated_place": "1 prose",
        "level": "general", "on": "any", "reads": "values", "requires": (), "since": "0.1.0", "versions": "", "source": "",
        "module": "test", "line": 1, **more,
    }  # fmt: skip
    return Clause(**fields)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a clause of some cases on a backend and a device."""

    def run(*cases: Case, backend: Any = None, device: Device = CPU) -> Any:
        context = Context(backend or TorchBackend(), device, CPU, Settings())
        return run_clause(_clause(*cases, monkeypatch=monkeypatch), context)

    return run


def test_what_can_not_be_compiled_is_the_programs_own_error(run: Callable[..., Any]) -> None:
    """Results, operands and bases are computed within the program, so that an error of theirs is its own."""
    backend = Lazy()
    line = run(_case("a", _inputs(1.0)), _case("b", _inputs(12.0)), _case("c", _inputs(13.0)), backend=backend)

    assert line.cases == {"pass": 1, "fail": 2}
    assert str(line.failure.differences[0]) == (
        "the program: outcome: expected no exception, got RuntimeError: it can't be compiled"
    )
    # The result, the operand, and no base that is the operand itself.
    assert len(backend.forced[0]) == 3


def test_strides_are_not_asked_where_tensors_have_none(run: Callable[..., Any]) -> None:
    """Wrong strides alone are `unsupported` with the sentence; right ones pass; a wrong value beside them is a failure."""
    lacking = Device("cpu", "cpu", "cpu", lacks=xla.LACKS)

    class Opaque(TorchBackend):
        """Lays its tensors out anew, and can't count beyond 9."""

        def see_own(self, value: Any) -> Any:
            """Read a tensor as if it were dense."""
            dense = isinstance(value, torch.Tensor)
            return super().see_own(value.contiguous().clamp(max=9) if dense else value)

    def square(*values: float) -> Inputs:
        return _inputs(list(values[:2]), list(values[2:]))

    small = _case("small", square(1.0, 2.0, 3.0, 4.0), TURNS, strides=True)
    large = _case("large", square(1.0, 2.0, 3.0, 40.0), TURNS, strides=True)
    flat = _case("flat", _inputs(1.0), strides=True)

    alone = run(small, backend=Opaque(), device=lacking)
    assert (alone.verdict, alone.reason) == ("unsupported", xla.LACKS["strides"])
    assert run(small, flat, backend=Opaque(), device=lacking).cases == {"unsupported": 1, "pass": 1}
    assert run(small, backend=Opaque()).verdict == "fail"
    failing = run(large, small, backend=Opaque(), device=lacking)
    assert failing.cases == {"fail": 1, "unsupported": 1}
    assert failing.failure.differences[0].what == "value"


def test_a_view_that_strides_alone_forbid_is_not_asked_either(run: Callable[..., Any]) -> None:
    """It is `unsupported` where it goes through; one whose sizes don't fit is a failure if it does."""
    lacking = Device("cpu", "cpu", "cpu", lacks=xla.LACKS)
    views = checked("def views(torch, x, sizes, *, device):\n    return x.view(sizes)\n")

    class Opaque(TorchBackend):
        """Makes tensors that are dense whatever their views, and of one element where none can be."""

        def make_tensor(self, array: Any, dtype: str, device: Device) -> Any:
            """Make one."""
            made: Any = super().make_tensor(array, dtype, device).as_subclass(Dense)
            return made

    def asked(sizes: tuple[int, ...]) -> Case:
        made = [
            msgspec.structs.replace(
                _inputs([1.0, 2.0], [3.0, 4.0]),
                arguments={"x": TensorInput("base", (Step("t", ()),)), "sizes": PlainInput(encode_plain(one))},
            )
            for one in (sizes, (2, 2))
        ]
        return _case(str(sizes), made[0], views, twin_inputs=made[1])

    line = run(asked((4,)), asked((3,)), backend=Opaque(), device=lacking)
    assert line.cases == {"unsupported": 1, "fail": 1}
    assert run(asked((4,)), backend=Opaque()).verdict == "fail"


class Dense(torch.Tensor):  # type: ignore[misc, unused-ignore]
    """A tensor that has any view."""

    def view(self, *sizes: Any) -> Any:
        """Give one."""
        whole = torch.Tensor.contiguous(self).flatten()
        return whole[:3] if sizes == ((3,),) else torch.Tensor.view(whole, *sizes)


def test_the_device_says_how_a_program_gets_it_and_what_it_costs() -> None:
    """Its setup, its budget and what it lacks are added to what was found; the name of its hardware stays."""
    found = xla.described(Device("xla", "xla", "xla:0", hardware="TPU v5 lite"))

    assert (found.setup, found.budget, found.hardware) == (("import torch_xla",), 240, "TPU v5 lite")
    assert all("opaque" in sentence for sentence in found.lacks.values())


def test_a_refusal_that_does_not_come_has_a_short_reproducer() -> None:
    """A mixed addition that goes through is shown in fewer than ten lines, beside the comments."""
    program = checked("def mixed(torch, x, y, *, device, other_device):\n    return x + y\n")
    bases = {"a": base_of_values([1.0], "float32"), "b": base_of_values([1.0], "float32")}
    bases["b"] = msgspec.structs.replace(bases["b"], device="other_device")
    case = _case("c", Inputs(bases, {"x": TensorInput("a"), "y": TensorInput("b")}), program)
    found = Difference("the program", "outcome", "a RuntimeError", "returned")
    device = xla.described(Device("xla", "xla", "xla:0"))
    right = Expectation(raises="RuntimeError")
    failing = reproducers.Failing("a.b", "", "", "", "", case, right, found, device, CPU)

    text = reproducers.text(failing, TorchBackend().spelling())

    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines[:5] == [
        "import torch",
        "import torch_xla",
        "x = torch.tensor([1.0], dtype=torch.float32, device='xla:0')",
        "y = torch.tensor([1.0], dtype=torch.float32, device='cpu')",
        "try:",
    ]
    assert len(lines) < 10
    ran = text.replace("import torch_xla\n", "").replace("'xla:0'", "'cpu'")
    with pytest.raises(SystemExit) as ended:
        exec(ran, {})  # noqa: S102 - it is a program
    assert "expected: a RuntimeError\ngot:      tensor([2.])" in str(ended.value)
    with pytest.raises(SystemExit) as ended:
        exec(ran.replace("x + y", "x + None.y"), {})  # noqa: S102 - as above
    assert "AttributeError" in str(ended.value)
    with pytest.raises(SystemExit) as ended:
        exec(ran.replace("[1.0]", "[1.0, 2.0]", 1).replace("y = torch.tensor([1.0]", "y = torch.ones(3)  # "), {})  # noqa: S102 - as above
    assert ended.value.code == 0


@pytest.mark.parametrize("lazy", [True, False])
def test_the_reproducer_of_an_error_reads_all_that_the_suite_read(lazy: bool) -> None:  # noqa: FBT001 - a parameter
    """What can't be compiled is told when it is read, be it another result than the first or an operand."""
    program = checked("def two(torch, x, *, device):\n    return x + 1, x + 2\n")
    found = Difference("the program", "outcome", "no exception", "RuntimeError: it can't be compiled")
    device = xla.described(Device("xla", "xla", "xla:0")) if lazy else CPU
    returned = tuple(Expected("tensor", (1,), "float32", bits=base_of_values([one], "float32").bits) for one in (2, 3))
    right = Expectation(returned=returned)
    failing = reproducers.Failing("a.b", "", "", "", "", _case("c", _inputs(1.0), program), right, found, device, CPU)

    text = reproducers.text(failing, TorchBackend().spelling())

    ran = text.replace("import torch_xla\n", "").replace("'xla:0'", "'cpu'")
    late = "type('Late', ({}), {{'__repr__': lambda self: 1 / 0}})"
    result = ran.replace("x + 2", f"{late.format('')}()")
    operand = ran.replace("def two", f"x = x.as_subclass({late.format('torch.Tensor,')})\ndef two")
    assert _told(ran) == 0
    for changed in (result, operand):
        assert changed != ran
        assert ("expected: no exception\ngot:      ZeroDivisionError" in str(_told(changed))) is lazy
        assert lazy or _told(changed) == 0


def _told(text: str) -> Any:
    """Give what a reproducer ends with."""
    with pytest.raises(SystemExit) as ended:
        exec(text, {})  # noqa: S102 - it is a program
    return ended.value.code


# --- its budget ---


def _rows() -> list[Case]:
    """Many rows of few shapes, dtypes and operations, and one of each that is rare."""
    shapes, names = ((), (3,), (2, 3)), ("add", "sub", "mul")
    many = [
        _case(f"{number}", _shaped(shapes[number % 3], number, names[number // 3 % 3], "float32"))
        for number in range(600)
    ]
    many[400] = _case("rare dtype", _shaped((), 1, "add", "int8"))
    many[500] = _case("rare name", _shaped((), 1, "floor", "float32"))
    many[599] = msgspec.structs.replace(many[599], id="golden", by_reference=False)
    return many


def _shaped(shape: tuple[int, ...], value: int, name: str, dtype: str) -> Inputs:
    values: Any = value % 100
    for size in reversed(shape):
        values = [values] * size
    return Inputs({"base": base_of_values(values, dtype)}, {"x": TensorInput("base"), "name": PlainInput(name)})


def _chosen(cases: list[Case], number: int, seed: str = "0") -> tuple[list[str], int]:
    chosen, beyond = budget.split([(one, None) for one in cases], number, seed)
    return [one.id for one, _ in chosen], beyond


def test_a_clause_within_the_budget_runs_whole() -> None:
    """As it does where there is none."""
    cases = _rows()
    every = [one.id for one in cases]

    assert _chosen(cases, 600) == (every, 0)
    assert _chosen(cases, 0) == (every, 0)


def test_a_budget_spreads_over_what_is_particular() -> None:
    """The documents' cases run, then a row of each class; the order stays, and the seed alone decides among equals."""
    cases = _rows()
    chosen, beyond = _chosen(cases, 8)

    assert (len(chosen), beyond) == (8, 592)
    assert {"golden", "rare dtype", "rare name"} <= set(chosen)
    assert chosen == sorted(chosen, key=[one.id for one in cases].index)
    assert _chosen(cases, 8) == (chosen, beyond)
    assert _chosen(cases, 8, "1") != (chosen, beyond)


def test_shapes_repeat_within_a_budget() -> None:
    """What is compiled already is run with other values, before anything is compiled anew."""
    cases = [
        _case(f"{number}", _inputs(*[1.0] * (number % 200 + 1), name=("add", "sub")[number // 200]))
        for number in range(400)
    ]
    odd = [_case(f"odd {number}", _inputs(1.0, name="add")) for number in range(30)]
    chosen, _ = _chosen([*cases, *odd], 230)

    assert sum(one.startswith("odd") for one in chosen) >= 29


def test_what_is_beyond_the_budget_is_not_run(run: Callable[..., Any]) -> None:
    """It is counted, told in a sentence, and the line is partial; a device without a budget runs all."""
    cases = [_case(f"{number}", _inputs(float(number))) for number in range(5)]
    costly = Device("cpu", "cpu", "cpu", budget=2)

    line = run(*cases, device=costly)

    assert (line.verdict, line.partial, line.cases) == ("pass", True, {"pass": 2, "not-run": 3})
    assert line.reason == "cpu compiles each new program, so at most 2 of a clause are run there"
    assert run(*cases).cases == {"pass": 5}
