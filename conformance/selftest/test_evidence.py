"""The evidence of faults: every fault has a witness that shows it and a grade, and both are what they say."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from conformance.documents import FixtureError
from conformance.faults import evidence, forked, plain, planting, witnesses
from conformance.faults.evidence import EvidenceError
from conformance.faults.healthy import FUNCTIONS
from conformance.faults.planting import Fault
from conformance.program import (
    ArrayInput,
    Base,
    Inputs,
    NumpyScalarInput,
    PlainInput,
    Step,
    TensorInput,
    base_of_values,
    bits_of_array,
    checked,
    encode_plain,
)
from conformance.selftest import gathering

FAULTS = {fault.id: fault for fault in gathering.faults()}
# So large a part of the catalogue plain tests must not see.
LEAST_SHARE_OF_HARD = 1 / 3


def _fault(function: Any, *targets: str, **facts: Any) -> Fault:
    given = {"shows": "value", "clauses": ("arithmetic.rounding",), **facts}
    return Fault("a-fault-of-this-test", "Some.", "elementwise", targets or ("torch.add",), function, **given)


def _harmless(*args: Any, **kwargs: Any) -> Any:
    return FUNCTIONS.add(*args, **kwargs)


def _wrong(*args: Any, **kwargs: Any) -> Any:
    return FUNCTIONS.add(*args, **kwargs) + 1


def _ending(*_: Any, **__: Any) -> Any:
    os.abort()


def _hanging(*_: Any, **__: Any) -> Any:
    time.sleep(60)


def test_every_fault_has_evidence_and_nothing_else_has() -> None:
    """Each fault has one entry, in its topic's file; no entry and no file outlives its fault."""
    for topic in {fault.topic for fault in FAULTS.values()}:
        assert list(evidence.entries(topic)) == [one.id for one in FAULTS.values() if one.topic == topic]
    files = {path.stem for path in witnesses.path_of("any").parent.iterdir()}

    assert files == {fault.topic for fault in FAULTS.values()}


def test_every_witness_is_live() -> None:
    """With its fault planted each witness is seen otherwise than without."""
    assert [one.id for one in FAULTS.values() if not evidence.is_live(one)] == []


def test_a_third_of_the_faults_is_hard() -> None:
    """Plain cases see next to nothing of them."""
    eases = [evidence.evidence(one).ease for one in FAULTS.values()]

    assert eases.count("hard") >= LEAST_SHARE_OF_HARD * len(eases)
    assert {"easy", "middle"} <= set(eases)


@pytest.mark.parametrize(("grade", "ease"), [(1.0, "easy"), (0.5, "middle"), (0.01, "middle"), (0.009, "hard")])
def test_ease_follows_the_grade(grade: float, ease: str) -> None:
    """Easy lies above a half, hard below a hundredth."""
    assert evidence.ease(grade) == ease


def test_grades_are_measured() -> None:
    """A grade measured again is the one that its file holds."""
    for name in ("nan-is-false", "casts-round", "argmax-is-int32", "sign-of-a-reciprocals-gradient", "t-copies"):
        assert evidence.measured_grade(FAULTS[name]) == evidence.evidence(FAULTS[name]).grade


def test_what_does_nothing_is_not_live() -> None:
    """A stand-in that gives what is right changes no witness and no plain case."""
    fault = _fault(_harmless)

    assert not evidence.shows(fault, evidence.evidence(FAULTS["int8-saturates"]).witness)
    assert evidence.measured_grade(fault) == 0


def test_what_is_always_wrong_has_grade_one() -> None:
    """A stand-in that is wrong in every call changes every witness and every plain case."""
    fault = _fault(_wrong)

    assert evidence.shows(fault, evidence.evidence(FAULTS["int8-saturates"]).witness)
    assert evidence.measured_grade(fault) == 1


def test_cases_are_spread_over_the_targets() -> None:
    """Of two targets, one of which is never wrong, half of the cases show the fault."""
    fault = _fault(_wrong, "torch.add", "torch.sub")

    assert evidence.measured_grade(replace(fault, targets=("torch.add", "torch.add"))) == 1
    assert {one.form for one in evidence._plain_cases(fault)[::2]} == set(plain.FORMS["torch.add"])  # noqa: SLF001 - what it has no public name for
    assert {one.form for one in evidence._plain_cases(fault)[1::2]} == set(plain.FORMS["torch.sub"])  # noqa: SLF001 - what it has no public name for


def test_a_call_that_a_stand_in_lacks_shows_nothing() -> None:
    """A stand-in with fewer parameters than PyTorch's is no library that refuses."""

    def narrow(x: Any) -> Any:
        return x

    assert evidence.measured_grade(_fault(narrow)) == 0


def test_at_the_dispatcher_and_in_the_reference() -> None:
    """Faults below autograd, and those of the reference, are measured where they are planted."""

    def below(healthy: Any, *args: Any, **kwargs: Any) -> Any:
        return healthy(*args, **kwargs) + 1

    def turned(healthy: Any, *args: Any, **kwargs: Any) -> Any:
        return healthy(*args, **kwargs).neg()

    assert evidence.measured_grade(_fault(below, "aten.mul.Tensor", shows="gradient")) == 1
    assert evidence.measured_grade(_fault(turned, "conformance.reference.products.matmul")) == 1


@pytest.mark.parametrize("shows", ["crash", "hang"])
def test_what_ends_its_process_is_seen_in_a_child(shows: Any) -> None:
    """The witness of a crash or a hang is live, and this process goes on."""
    fault = _fault(_ending if shows == "crash" else _hanging, shows=shows)

    assert evidence.shows(fault, evidence.evidence(FAULTS["int8-saturates"]).witness)
    assert not evidence.shows(_fault(_harmless, shows=shows), evidence.evidence(FAULTS["int8-saturates"]).witness)


def test_after_an_end_the_next_step_runs() -> None:
    """Each step has an outcome: what it says, or that it ended its child or took too long."""

    def step(number: int) -> bool:
        if number == 1:
            os.abort()
        if number == 3:
            time.sleep(60)
        return number == 0

    assert list(forked.outcomes(step, 5, 0.5)) == [True, None, False, None, False]


def test_no_stand_in_breaks_a_plain_call_by_accident() -> None:
    """Where a stand-in raises in a plain call, it is one that refuses."""
    for fault in (one for one in FAULTS.values() if one.shows != "error" and not one.is_fatal):
        backend = fault.backend()
        cases = [evidence._witness(one) for one in evidence._plain_cases(fault)[:6]]  # noqa: SLF001 - what it has no public name for
        healthy = [evidence.seen(backend, one) for one in cases]
        with fault.planted():
            planted = [evidence.seen(backend, one) for one in cases]
        accidents = ("AttributeError", "NameError", "UnboundLocalError")
        assert [
            one.raised
            for one, other in zip(planted, healthy, strict=True)
            if other.raised is None and one.raised and one.raised.type in accidents
        ] == [], fault.id


def test_every_plain_call_works() -> None:
    """Each form of a plain call runs on PyTorch as it is, with the names that it draws."""
    backend = planting.by_id("nan-is-false").backend()
    for form in {
        form for target, forms in plain.FORMS.items() if not target.startswith("conformance") for form in forms
    }:
        for number in range(3):
            raised = evidence.seen(backend, evidence._witness(evidence._Plain(form, number, strides=False))).raised  # noqa: SLF001 - what it has no public name for
            assert raised is None, (form, raised)


def test_plain_cases_are_plain() -> None:
    """Tensors are contiguous float32 of two and three dimensions, the same in every run."""
    for number in range(50):
        for name, base in plain.inputs_of("x + y", number).bases.items():
            assert (base.dtype, len(base.shape) in (2, 3)) == ("float32", True), name
    assert plain.inputs_of("x @ z", 7) == plain.inputs_of("x @ z", 7)


def test_a_target_without_plain_calls_is_told() -> None:
    """The message says where a row is to be added."""
    with pytest.raises(plain.UnknownTargetError, match=r"'aten\.nowhere' is known: add a row to FORMS"):
        evidence.measured_grade(_fault(_wrong, "aten.nowhere"))


def test_a_missing_entry_is_told() -> None:
    """The message says which command makes it."""
    with pytest.raises(
        EvidenceError, match=r"`python -m conformance.selftest.gathering --select a-fault-of-this-test` makes one"
    ):
        evidence.evidence(_fault(_wrong))


def test_the_tool_gives_the_same_twice() -> None:
    """What is made anew is what the file holds, so a difference in it is one of the suite or of a fault."""
    for name in ("nan-is-false", "view-detaches-after-the-second-write", "from-numpy-ignores-strides"):
        fault = FAULTS[name]
        made = gathering.entry(fault, anew=True)
        assert witnesses.text(fault.topic, {name: made}) == witnesses.text(
            fault.topic, {name: evidence.entries(fault.topic)[name]}
        )


def test_the_tool_keeps_what_is_not_selected() -> None:
    """A topic's file is written as it was, but for the faults that were selected."""
    texts, missing = gathering.files("nan-is-fal*", "nan-is-false")

    assert missing == []
    assert texts == {"elementwise": witnesses.path_of("elementwise").read_text("utf-8")}


def test_the_tool_tells_of_a_fault_that_no_clause_sees() -> None:
    """A fault that its clauses do not see has no witness, and the message says what to do."""
    with pytest.raises(
        gathering.NoWitnessError, match=r"no case of printing\.matrix shows .* write its witness by hand"
    ):
        gathering.witness(_fault(_harmless, clauses=("printing.matrix",)))


def test_the_tool_makes_witnesses_of_crashes() -> None:
    """A case that ends its process is found and made smaller in children of this one."""

    def ending_on_int8(x: Any, *args: Any, **kwargs: Any) -> Any:
        result = FUNCTIONS.add(x, *args, **kwargs)
        return os.abort() if isinstance(result, torch.Tensor) and result.dtype == torch.int8 else result

    fault = _fault(ending_on_int8, shows="crash")
    made = gathering.witness(fault)

    assert evidence.shows(fault, made)
    assert sum(base.array().size for base in made.inputs.bases.values()) <= 4


ARRAY = np.arange(6, dtype=">i2")
FORMS: dict[str, tuple[dict[str, Base], dict[str, Any]]] = {
    "special floats": ({"x": base_of_values([0.1, -0.0, float("nan"), float("inf"), 1e-45], "float32")}, {}),
    "halves": ({"x": base_of_values([[0.1], [65504.0]], "float16")}, {}),
    "bfloat16": ({"x": base_of_values([1 / 3, -3e38], "bfloat16")}, {}),
    "integers": ({"x": base_of_values([2**63 - 1, -(2**63)], "int64")}, {}),
    "bool": ({"x": base_of_values(True, "bool")}, {}),  # noqa: FBT003 - an element
    "complex": ({"x": base_of_values([[1 + 2j, complex(-0.0, float("inf"))]], "complex64")}, {}),
    "empty": ({"x": base_of_values(np.zeros((2, 0, 3)), "float32")}, {}),
    "counted": ({"x": base_of_values(np.arange(2000).reshape(2, 1000), "int64")}, {}),
    "repeated": ({"x": base_of_values(np.resize([1.5, 0.1], 3001), "float32")}, {}),
    "many": ({"x": base_of_values(np.random.default_rng(0).standard_normal(100), "float64")}, {}),
    "empty complex": ({"x": Base("complex64", (0, 3), b"")}, {}),
    "NaN of its own": ({"x": Base("float32", (1,), bits_of_array(np.array([0xFFC00001], np.uint32)))}, {}),
    "array": ({}, {"a": ArrayInput(">i2", (3,), (-4,), bits_of_array(np.frombuffer(ARRAY.tobytes(), np.uint8)), 8, writable=False)}),
    "long array": ({}, {"a": ArrayInput("<c8", (1025,), (8,), bits_of_array(np.resize(np.arange(1, 10), 1025).astype("<c8")))}),
    "scalar": ({}, {"s": NumpyScalarInput("float64", bits_of_array(np.array(0.1)))}),
    "plain": ({}, {"p": PlainInput(encode_plain((slice(1, None), None, ..., 2**60, 1 + 2j, [0.5, True], "text\n'\"")))}),
    "float": ({}, {"p": PlainInput(encode_plain(-0.0)), "q": PlainInput(encode_plain(float("nan"))), "r": PlainInput("text")}),
    "dtype": ({}, {"p": PlainInput({"dtype": "int8"})}),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_inputs_are_read_as_they_were_written(form: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a witness is given, its very bits come back from the file."""
    bases, arguments = FORMS[form]
    key = {"tuple": [{"slice": [None, None, 2]}, {"ellipsis": True}]}
    steps = (Step("transpose", (0, -1)), Step("index", (key,))) if form == "counted" else ()
    views = {name: TensorInput(name, steps, requires_grad=form == "halves") for name in bases}
    inputs = Inputs(bases, {**views, **arguments})

    assert _again(inputs, tmp_path, monkeypatch) == inputs


def test_shared_memory_is_read_as_it_was_written(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments that share a base share it again, under the name of the first."""
    base = base_of_values([1, 2], "int64")
    inputs = Inputs({"b": base}, {"x": TensorInput("b", (Step("view", (-1,)),)), "y": TensorInput("b")})
    again = _again(inputs, tmp_path, monkeypatch)

    assert again == witnesses.canonical(inputs)
    assert (again.bases, again.arguments["y"]) == ({"x": base}, TensorInput("x"))


def _again(inputs: Inputs, folder: Any, monkeypatch: pytest.MonkeyPatch) -> Inputs:
    monkeypatch.setattr(witnesses, "path_of", lambda topic: folder / f"{topic}.toml")
    program = checked(f"def p({', '.join(['torch', *inputs.arguments])}, *, device):\n    return 1\n")
    entry = witnesses.Entry("f", 0.5, witnesses.Witness("a.b", program, inputs, "wording", ("rng",), strides=True))
    (folder / "some.toml").write_text(witnesses.text("some", {"f": entry}), "utf-8")
    read = witnesses.read("some")["f"]
    assert read.witness.program == program
    assert (read.grade, read.witness.reads, read.witness.sets, read.witness.strides) == (0.5, "wording", ("rng",), True)
    return read.witness.inputs


def test_a_damaged_file_is_told(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the file."""
    monkeypatch.setattr(witnesses, "path_of", lambda topic: tmp_path / f"{topic}.toml")
    (tmp_path / "some.toml").write_text("[[witness]]\nfault = 'f'\n", "utf-8")

    with pytest.raises(FixtureError, match=r"fixtures/faults/some\.toml is damaged"):
        witnesses.read("some")
