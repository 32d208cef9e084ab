"""From a case to its verdict: what the reference and the documents say is right, and what a clause's line becomes."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from conformance import catalogue, documents, judge, waivers
from conformance.backends.protocol import Device
from conformance.backends.reference import ReferenceBackend
from conformance.catalogue import Clause
from conformance.conditions import CONDITIONS
from conformance.documents import Case, Output
from conformance.dtypes import numpy_dtype
from conformance.observation import Difference, Expected
from conformance.program import Base, Inputs, PlainInput, Program, Step, TensorInput, bits_of_array, encode_plain
from conformance.reference.namespace import Namespace
from conformance.reference.promotion import defaults
from conformance.runner import oracle
from conformance.runner.clauses import Context, line_of, run_clause
from conformance.runner.oracle import OracleError
from conformance.runner.settings import Settings
from conformance.strategies import profiles
from conformance.strategies.rows import Row
from conformance.waivers import Waiver, Wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.catalogue import Reading

CPU = Device("cpu", "cpu", "cpu")


def program(*statements: str, arguments: str = "x") -> Program:
    """Make a program of statements."""
    return Program(f"def one(torch, {arguments}, *, device):\n" + "".join(f"    {line}\n" for line in statements))


def tensors(*values: Any, dtype: str = "float32", leaf: bool = False) -> Inputs:
    """Make inputs: a tensor for each of some values, named x, y, ..., over a base of its own."""
    arrays = [np.array(one).astype(numpy_dtype(dtype)) for one in values]
    names = "xyz"[: len(arrays)]
    bases = {f"base_{n}": Base(dtype, one.shape, bits_of_array(one)) for n, one in zip(names, arrays, strict=True)}
    return Inputs(bases, {n: TensorInput(f"base_{n}", (Step("detach"),), leaf) for n in names})


def case(one: Program, inputs: Inputs, **more: Any) -> Case:
    """Make a case that the reference judges."""
    return Case("a case", 1, None, one, inputs, by_reference=True, **more)


def right(one: Case, *, text: bool = False) -> Any:
    """Ask the reference what is right."""
    return oracle.expectation(one, CPU, CPU, text=text)


# --- what is right, by the reference ---


def test_what_the_reference_returns_is_right() -> None:
    """Its values; its strides where they are asked for; its printed form alone, where that is the point."""
    one = case(program("return x + 1, x.t()"), tensors([[1.0, 2.0], [3.0, 4.0]]))
    first, second = right(one).returned

    assert (first.kind, first.dtype, first.shape) == ("tensor", "float32", (2, 2))
    assert first.bits == bits_of_array(np.array([[2, 3], [4, 5]], np.float32))
    assert (first.strides, second.strides, first.text) == (None, None, None)
    assert [part.strides for part in right(msgspec.structs.replace(one, strides=True)).returned] == [(2, 1), (1, 2)]
    assert right(one, text=True).returned[0] == Expected(text="tensor([[2., 3.],\n        [4., 5.]])")
    assert (right(one).writes, right(one).raises, right(one).warns, right(one).may_refuse) == ((), None, None, None)


def test_what_a_program_writes_it_may_write() -> None:
    """Arguments and bases that the reference saw change, each once."""
    one = case(program("x[0] = 5", "return x", arguments="x, y"), tensors([1.0, 2.0], [1.0]))

    assert right(one).writes == ("x", "base_x")


def test_a_refusal_of_the_reference_is_right_where_there_is_a_legal_call() -> None:
    """With a twin it is what must be raised; without one the suite is broken, and so it is where the reference breaks."""
    refused = case(program("return x[5]"), tensors([1.0]))
    unknown = case(program("return x + 1j"), tensors([1.0], dtype="float16"), twin_inputs=tensors([1.0]))

    assert right(msgspec.structs.replace(refused, twin_inputs=tensors([1.0] * 6))).raises == "IndexError"
    with pytest.raises(OracleError, match=r"refuses 'a case', which has no twin: .*out of bounds"):
        right(refused)
    with pytest.raises(OracleError, match=r"breaks on 'a case': UnknownResultError"):
        right(unknown)
    unbuilt = Inputs({"b": Base("float32", (1,), bytes(4))}, {"x": TensorInput("b", (Step("view", (7,)),))})
    with pytest.raises(OracleError, match="breaks on 'a case'"):
        right(case(program("return x"), unbuilt, twin_inputs=tensors([1.0])))


def test_a_refusal_may_be_right_too() -> None:
    """Where a row says so, a RuntimeError is."""
    one = case(program("return x"), tensors([1.0]), may_refuse=True)

    assert right(one).may_refuse == "RuntimeError"


def test_a_warning_of_the_reference_must_be_given_and_numpys_own_need_not() -> None:
    """Reading the gradient of what is no leaf warns; a NumPy RuntimeWarning is no rule."""
    assert right(case(program("return (x * 1).grad"), tensors([1.0], leaf=True))).warns == "UserWarning"
    for line in ("import numpy as np", "import warnings; warnings.warn('x', RuntimeWarning, stacklevel=1)"):
        assert right(case(program(line, "return x"), tensors([1.0]))).warns is None
    for category in ("RuntimeWarning", "Warning", "BytesWarning"):
        line = f"import warnings; warnings.warn('x', {category}, stacklevel=1)"
        assert right(case(program(line, "return x"), tensors([1.0]))).warns is None


def test_each_leaf_has_its_gradient_or_none() -> None:
    """What is no leaf, and what is no tensor, has no place there; the printed form says nothing of gradients."""
    inputs = tensors([2.0], [3.0], leaf=True)
    plain = {**inputs.arguments, "n": PlainInput(encode_plain(5))}
    one = case(
        program("(x * n).backward()", "return x", arguments="x, y, n"), msgspec.structs.replace(inputs, arguments=plain)
    )
    found = right(one).grads

    assert set(found) == {"x", "y"}
    assert found["x"].bits == bits_of_array(np.array([5], np.float32))
    assert (found["x"].strides, found["y"]) == (None, None)
    assert right(one, text=True).grads == {}
    assert right(case(program("return x"), tensors([2.0]))).grads == {}


@pytest.mark.parametrize(("value", "flushed"), [(1e-40, [0.0, 0.0]), (-1e-40, [-0.0, 0.0])])
def test_a_zero_may_stand_for_a_subnormal_result(value: float, flushed: list[float]) -> None:
    """Of its own sign or positive, each other element as it was; but not in the clause on subnormals."""
    one = case(program("return x * 1"), tensors([value, 1.0, np.inf]))
    (found,) = right(one).returned
    other = [[np.float32(zero), np.float32(1), np.float32(np.inf)] for zero in flushed]

    assert found.allowed is not None
    assert set(found.allowed.also) == {bits_of_array(np.array(each, np.float32)) for each in other}
    assert right(msgspec.structs.replace(one, subnormals=True)).returned[0].allowed is None
    assert right(case(program("return x * 1"), tensors([1.0, 0.0]))).returned[0].allowed is None


def test_zeros_stand_for_every_subnormal_one_that_is_right() -> None:
    """What else is right keeps its place, and its own subnormals may be flushed too; other things stay as they are."""
    half = case(
        program("return x.to(torch.float16), 5, x.to(torch.int64), x.dtype, x.shape"),
        tensors([2.0**-24 * 1.5, 3.0], dtype="float64"),
    )
    number, plain, whole, dtype, shape = right(half).returned

    assert number.allowed is not None
    assert bits_of_array(np.array([0, 3], np.float16)) in number.allowed.also
    assert (plain, dtype, shape) == (
        Expected("int", value=5),
        Expected("dtype", dtype="float64"),
        Expected("size", shape=(2,)),
    )
    assert whole.allowed is None


def test_the_words_of_a_refusal_are_those_without_numbers() -> None:
    """Sizes, and names of dtypes, differ from case to case."""
    twin = tensors([1.0, 1.0])
    first = case(program("return x[5]"), tensors([1.0]), twin_inputs=twin)
    other = case(program("return x[7]"), tensors([1.0, 2.0]), twin_inputs=twin)

    assert oracle.refusal(first) == oracle.refusal(other) == "index is out of bounds for dimension with size"
    mean = case(program("return x.mean()"), tensors([1], dtype="int32"), twin_inputs=twin)
    assert oracle.refusal(mean) == "mean the dtype must be floating point or complex and is"
    assert oracle.refusal(case(program("return x"), tensors([1.0]))) == ""


def test_the_judge_is_the_reference_itself_alone() -> None:
    """A library made of it is judged like any other."""
    assert oracle.is_judge(ReferenceBackend())
    assert not oracle.is_judge(Toy())


# --- what is right, by the documents ---

CUDA = Device("cuda:1", "cuda", "cuda:1")
READINGS: tuple[Reading, ...] = ("values", "wording")
RECORDED = Case("a case", 1, 1, program("return x"), Inputs(), (Output("tensor([1., 2.])"), Output("5")), writes=("x",))


def test_a_recorded_output_is_read_as_values_or_as_text() -> None:
    """Kind, shape and values, on the device where it runs; or the printed form with that device in it."""
    values = judge.expectation(RECORDED, "values", {"float": "float64"}, CUDA)
    text = judge.expectation(RECORDED, "text", {}, CUDA)

    assert values.returned is not None
    assert text.returned is not None
    first, second = values.returned
    assert (first.kind, first.shape, first.values, first.device) == ("tensor", (2,), ("1.", "2."), "cuda:1")
    assert (first.dtype, first.text) == ("float64", None)
    assert (second.kind, second.literal, second.device) == ("int", "5", None)
    assert [one.text for one in text.returned] == ["tensor([1., 2.], device='cuda:1')", "5"]
    assert values.writes == text.writes == ("x",)
    on_cpu = judge.expectation(RECORDED, "text", {}, CPU).returned
    assert on_cpu is not None
    assert on_cpu[0].text == "tensor([1., 2.])"


@pytest.mark.parametrize(
    ("output", "values", "text"),
    [
        (Output("tensor([1.])", printed=False), ("1.",), None),
        (Output("tensor([1.,", cut=True), None, "tensor([1.,"),
        (Output("tensor([1.])", device="cpu"), ("1.",), "tensor([1.])"),
    ],
)
def test_an_output_says_what_it_is_silent_on(output: Output, values: Any, text: str | None) -> None:
    """One that is cut shows its beginning alone; one that isn't printed has no form; one on the CPU stays there."""
    one = msgspec.structs.replace(RECORDED, outputs=(output,))
    read = judge.expectation(one, "values", {}, CUDA).returned
    form = judge.expectation(one, "text", {}, CUDA).returned

    assert read is not None
    assert form is not None
    assert read[0].values == values
    assert read[0].device == (None if values is None else output.device or "cuda:1")
    assert (form[0].text, form[0].text_is_cut) == (text, output.cut)


def test_a_pinned_dtype_is_exact_and_names_of_devices_are_put_in() -> None:
    """`dtype` says what the printed form leaves open; `{device}` and `{type}` are the device's own name and type."""
    outputs = (Output("tensor([1.])", dtype="float16"), Output("{device}"), Output("'{type}'"))
    read = judge.expectation(msgspec.structs.replace(RECORDED, outputs=outputs), "values", {}, CUDA).returned

    assert read is not None
    assert (read[0].dtype, read[0].dtype_kind) == ("float16", None)
    assert (read[1].kind, read[1].device) == ("device", "cuda:1")
    assert read[2].literal == "'cuda'"


def test_an_exception_is_judged_by_its_type_and_its_words_by_the_wording() -> None:
    """Nothing that is returned is right then; words name the device."""
    one = msgspec.structs.replace(
        RECORDED, raises="RuntimeError", raises_words=("on {device}",), warns="UserWarning", warns_words=("old",)
    )
    values, words = (judge.expectation(one, reads, {}, CUDA) for reads in READINGS)

    assert (values.returned, values.raises, values.raises_words) == (None, "RuntimeError", ())
    assert (values.warns, values.warns_words) == ("UserWarning", ())
    assert (words.returned, words.raises, words.raises_words) == (None, "RuntimeError", ("on cuda:1",))
    assert (words.warns, words.warns_words) == ("UserWarning", ("old",))
    assert judge.expectation(RECORDED, "wording", {}, CUDA).returned is None


# --- what a clause's line becomes ---


class Library(Namespace):
    """The reference, whose sums may be wrong.

    Args:
        wrong: whether the sum of a tensor is wrong, or raises what it gives.
    """

    def __init__(self, wrong: Callable[[Any], bool] | None = None) -> None:
        super().__init__()
        self.wrong = wrong or (lambda _: False)

    def add(self, input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:  # noqa: A002 - PyTorch's name
        """Add."""
        found = super().add(input, other, alpha=alpha, out=out)
        return found + 1 if self.wrong(input) else found


class Toy(ReferenceBackend):
    """Such a library as a backend."""

    name = "toy"

    def __init__(self, wrong: Callable[[Any], bool] | None = None) -> None:
        super().__init__()
        self._namespace = Library(wrong)


ADDS = program("return torch.add(x, 1)")


def rows(*values: Any, **more: Any) -> Callable[[str, int], Iterator[Row]]:
    """Make a table of a row for each value."""

    def table(profile: str, seed: int) -> Iterator[Row]:  # noqa: ARG001 - every table has this form
        yield from (Row(str(value), tensors(value), **more) for value in values)

    return table


def clause(table: Callable[[str, int], Iterator[Row]] | None, one: Program = ADDS, **more: Any) -> Clause:
    """Make a clause."""
    fields: dict[str, Any] = {
        "id": "test.rule", "sentence": "A rule.", "case_ids": (), "own_case": None, "table": table, "program": one,
        "strides": False, "sets": (), "subnormals": False, "apart": False, "peers": False, "reaches": (), "stated_place": "1 prose", "level": "general",
        "on": "any", "reads": "values", "requires": ("test.other",), "since": "0.1.0", "versions": "", "source": "",
        "module": "test", "line": 1, **more,
    }  # fmt: skip
    return Clause(**fields)


def context(wrong: Callable[[Any], bool] | None = None, **more: Any) -> Context:
    """Make a context."""
    return Context(
        more.pop("backend", None) or Toy(wrong),
        more.pop("device", CPU),
        CPU,
        Settings(**more.pop("settings", {})),
        **more,
    )


def _is(*numbers: float) -> Callable[[Any], bool]:
    return lambda tensor: tensor.item() in numbers


class Counter:
    """Counts its calls, and says yes to the first so many."""

    def __init__(self, first: int) -> None:
        self.calls = 0
        self._first = first

    def __call__(self, _: Any) -> bool:
        """Count one more."""
        self.calls += 1
        return self.calls <= self._first


def test_a_clause_whose_cases_are_right_passes() -> None:
    """Its line counts them, what they reached, and says what it is of."""
    line = run_clause(clause(rows(1.0, 2.0, [3.0, 4.0])), context())

    assert (line.verdict, line.cases, line.failure, line.partial, line.reason) == ("pass", {"pass": 3}, None, False, "")
    assert (line.id, line.device, line.sentence, line.requires) == ("test.rule", "cpu", "A rule.", ("test.other",))
    assert line.coverage["dtype"] == {"float32": 3}
    assert line.coverage["operand"] == {"tensor": 1, "0-d tensor": 2}
    assert 0 < line.seconds < 60


def test_one_wrong_case_fails_the_clause() -> None:
    """The first is told, with what it calls, how often it failed and how to run it again; the others are judged all the same."""
    line = run_clause(clause(rows(1.0, 2.0, 3.0)), context(_is(2.0, 3.0)))
    failure = line.failure

    assert (line.verdict, line.cases) == ("fail", {"pass": 1, "fail": 2})
    assert failure is not None
    assert (failure.case, failure.place, failure.reproduced) == ("2.0", "judge", "3/3")
    assert failure.message == "returned value: value at index []: expected 3.0 (0x40400000), got 4.0 (0x40800000)"
    assert failure.called.startswith("# x = tensor(2.0, float32) .detach()\ndef one(torch, x, *, device):\n")
    assert failure.rerun == "conformance run --select test.rule --device cpu"
    assert failure.expectation is not None
    assert failure.observation is not None
    assert str(failure.differences[0]) == failure.message
    assert failure.reproducer is not None
    assert "legal call" not in failure.reproducer.why


class Widening(Library):
    """A library whose sums have a wider dtype."""

    def add(self, input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:  # noqa: A002 - PyTorch's name
        """Add."""
        return super().add(input, other, alpha=alpha, out=out).to("float64")


def test_whatever_differs_is_reproduced() -> None:
    """Only a known sum that was spoilt can't be shown by a program of its own; a wrong dtype can."""
    toy = Toy()
    toy._namespace = Widening()  # noqa: SLF001 - as `Toy` itself
    line = run_clause(clause(rows(1.0)), context(backend=toy))

    assert line.failure is not None
    assert line.failure.differences[0].what == "dtype"
    assert line.failure.reproducer is not None
    assert "spoils" not in line.failure.reproducer.why


def _raises(_: Any) -> bool:
    raise ValueError("no sums today")


def test_what_raises_fails_where_it_raised() -> None:
    """In the program, with the exception kept for a debugger."""
    where = context(_raises)
    failure = run_clause(clause(rows(1.0)), where).failure

    assert failure is not None
    assert (failure.place, failure.message) == (
        "program", "the program: outcome: expected no exception, got ValueError: no sums today",
    )  # fmt: skip
    assert isinstance(where.caught, ValueError)


class Unprintable(Toy):
    """A library whose tensors can't be printed."""

    def see(self, value: Any, *, text: bool = False) -> Any:
        """Read one returned thing."""
        if text:
            raise ValueError("no print today")
        return super().see(value)


class Tracing(Toy):
    """A library whose adapter leaves global state changed when it reads a result."""

    def is_leaf(self, tensor: Any) -> bool:
        """Say whether a tensor may have a gradient, which is asked after the program."""
        defaults.float_dtype = "float64"
        return super().is_leaf(tensor)


class Marking(Toy):
    """A library that leaves global state changed when it makes a tensor, or when it prints one."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def make_tensor(self, *args: Any) -> Any:
        """Make a tensor."""
        defaults.float_dtype = "float64" if self._at == "made" else defaults.float_dtype
        return super().make_tensor(*args)

    def see(self, value: Any, *, text: bool = False) -> Any:
        """Read one returned thing."""
        defaults.float_dtype = "float64" if text and self._at == "printed" else defaults.float_dtype
        return super().see(value, text=text)


@pytest.mark.parametrize(("at", "reads"), [("made", "values"), ("made", "text"), ("printed", "text")])
def test_what_making_and_printing_leave_behind_is_the_librarys(at: str, reads: str) -> None:
    """Each case fails by itself, says when it was left, and begins with the state that there was."""
    line = run_clause(clause(rows(1.0, 2.0), reads=reads), context(backend=Marking(at)))

    assert (line.verdict, line.cases) == ("fail", {"fail": 2})
    assert line.failure is not None
    (told,) = [str(one) for one in line.failure.differences if "left default dtype float64" in str(one)]
    assert f"when it{'s inputs were' if at == 'made' else ' was'} {at}" in told
    assert defaults.float_dtype == "float32"


def test_what_reading_leaves_behind_is_an_error_and_is_put_back() -> None:
    """It is no fault of the library's functions; the next clause begins with the state that there was."""
    line = run_clause(clause(rows(1.0)), context(backend=Tracing()))

    assert line.verdict == "error"
    assert line.failure is not None
    assert "left default dtype float64" in line.failure.message
    assert defaults.float_dtype == "float32"


@pytest.mark.parametrize(("reads", "verdict"), [("values", "pass"), ("text", "fail")])
def test_a_printed_form_is_made_where_it_is_the_point_alone(reads: str, verdict: str) -> None:
    """A library that can't print fails there, and nowhere else."""
    assert run_clause(clause(rows(1.0), reads=reads), context(backend=Unprintable())).verdict == verdict


@pytest.mark.parametrize(
    ("first", "more", "reproduced", "calls"),
    [(1, {}, "1/3", 3), (2, {}, "2/3", 3), (1, {"only": "1.0"}, "1/1", 1), (1, {"quick": True}, "1/1", 1)],
)
def test_a_failure_is_run_three_times_or_once(first: int, more: dict[str, Any], reproduced: str, calls: int) -> None:
    """How often it failed of how many runs; where one case alone is run, or quickly, once."""
    count = Counter(first)
    line = run_clause(clause(rows(1.0)), context(count, **more))

    assert line.failure is not None
    assert (line.verdict, line.failure.reproduced, count.calls) == ("fail", reproduced, calls)


def test_a_quick_run_stops_at_the_first_failure_and_makes_nothing_of_it() -> None:
    """No later case is run, and there is no reproducer."""
    line = run_clause(clause(rows(1.0, 2.0, 3.0)), context(_is(2.0), quick=True))

    assert line.cases == {"pass": 1, "fail": 1}
    assert line.failure is not None
    assert line.failure.reproducer is None


def test_one_case_alone_can_be_run() -> None:
    """By its id, or one that is given in the place of the clause's own."""
    one = clause(rows(1.0, 2.0, 3.0))

    assert run_clause(one, context(_is(1.0, 3.0), only="2.0")).cases == {"pass": 1}
    given = msgspec.structs.replace(next(one.all_cases("standard", 0)), id="given", inputs=tensors(9.0))
    line = run_clause(one, context(_is(9.0), given=given))
    assert line.failure is not None
    assert (line.cases, line.failure.case) == ({"fail": 1}, "given")


def test_a_clause_without_cases_is_an_error() -> None:
    """What judged nothing did not pass."""
    line = run_clause(clause(rows(1.0)), context(only="no such"))

    assert (line.verdict, line.cases) == ("error", {})
    assert line.failure is not None
    assert "nothing was judged" in line.failure.message


def test_a_case_runs_where_it_applies() -> None:
    """One for another type of device is none of this clause's here."""
    own = msgspec.structs.replace(RECORDED, id="own", program=program("return 5", arguments="*"), only_on="cuda")
    one = clause(rows(1.0))
    given = msgspec.structs.replace(own, only_on="!cpu")

    assert run_clause(one, context(given=given)).cases == {}


def test_a_case_that_a_device_can_not_run_is_unsupported() -> None:
    """With the device's own sentence, once; beside passes the line is partial."""
    lacking = Device("cpu", "cpu", "cpu", lacks={"sums": "It adds nothing.", "more": "Nor that."})

    def table(profile: str, seed: int) -> Iterator[Row]:  # noqa: ARG001 - every table has this form
        yield Row("a", tensors(1.0), needs=("sums",))
        yield Row("b", tensors(1.0), needs=("other", "sums"))
        yield Row("c", tensors(1.0), needs=("other",))

    line = run_clause(clause(table), context(device=lacking))
    assert (line.verdict, line.partial, line.cases) == ("pass", True, {"unsupported": 2, "pass": 1})
    assert line.reason == "It adds nothing."
    alone = run_clause(clause(rows(1.0, needs=("more",))), context(device=lacking))
    assert (alone.verdict, alone.partial, alone.reason) == ("unsupported", False, "Nor that.")
    failing = run_clause(clause(table), context(_is(1.0), device=lacking))
    assert (failing.verdict, failing.partial) == ("fail", False)


def test_the_reference_is_no_evidence_for_itself() -> None:
    """What it judges is not run on it."""
    line = run_clause(clause(rows(1.0)), context(backend=ReferenceBackend()))

    assert (line.verdict, line.cases) == ("not-run", {"not-run": 1})
    assert "no evidence" in line.reason


def test_what_breaks_in_the_suite_is_an_error() -> None:
    """With the trace of what broke, and the other cases judged."""
    line = run_clause(clause(rows(1.0, [1.0]), program("return x[0]")), context())

    assert (line.verdict, line.cases) == ("error", {"error": 1, "pass": 1})
    assert line.failure is not None
    assert (line.failure.case, line.failure.place) == ("1.0", "suite")
    assert line.failure.message.startswith("the suite itself broke: OracleError: the reference refuses '1.0'")
    assert "OracleError" in (line.failure.trace or "")
    assert line.failure.rerun == "conformance run --select test.rule --device cpu"
    quick = run_clause(clause(rows(1.0, [1.0]), program("return x[0]")), context(quick=True))
    assert quick.cases == {"error": 1}


def test_a_refusal_counts_where_the_legal_call_works() -> None:
    """A library that refuses that too fails, and the twin is named."""
    table = rows([1.0], twin=tensors([1.0, 2.0]))
    wants = clause(table, program("return torch.add(x, 1)[1]"))

    assert run_clause(wants, context()).verdict == "pass"
    line = run_clause(wants, context(_raises))
    assert line.verdict == "fail"
    refuses = program("if x.shape[0] == 1:", "    return x[1]", "return torch.add(x, 1)[1]")
    line = run_clause(clause(table, refuses), context(_raises))
    assert line.failure is not None
    assert line.failure.differences == (
        Difference(
            "the twin [1.0], legal", "outcome", "no exception: it refuses legal calls too", "ValueError: no sums today"
        ),
    )


def test_a_legal_call_that_works_when_it_is_run_alone_is_told() -> None:
    """Then there is no reproducer, and why is said."""
    calls = Counter(3)

    def raises(tensor: Any) -> bool:
        return _raises(tensor) if calls(tensor) else False

    refuses = program("if x.shape[0] == 1:", "    return x[1]", "return torch.add(x, 1)[1]")
    failure = run_clause(clause(rows([1.0], twin=tensors([1.0, 2.0])), refuses), context(raises)).failure

    assert failure is not None
    assert failure.reproducer is not None
    assert (failure.reproduced, failure.reproducer.text) == ("3/3", "")
    assert failure.reproducer.why == "the legal call worked when it was run alone"


def test_classes_that_a_clause_is_meant_to_reach_are_missed() -> None:
    """In a whole run of cases that pass; not where a part is run, or the device lacks something."""
    wants = clause(rows(1.0), reaches=("dtype: float32", "dtype: int8"))
    line = run_clause(wants, context())

    assert line.failure is not None
    assert (line.verdict, line.failure.message) == (
        "error",
        "the clause is meant to reach 'dtype: int8', and no case did",
    )
    lacking = Device("cpu", "cpu", "cpu", lacks={"sums": "It adds nothing."})
    for other in ({"only": "1.0"}, {"quick": True}, {"settings": {"profile": "smoke"}}, {"device": lacking}):
        assert run_clause(wants, context(**other)).verdict == "pass"
    assert run_clause(wants, context(_is(1.0))).verdict == "fail"
    assert run_clause(clause(rows(1.0), reaches=("dtype: float32",)), context()).verdict == "pass"


def test_cases_are_shuffled_by_the_seed_and_the_clause() -> None:
    """The same ones in another order, the same for a seed."""

    def order(identifier: str, **settings: Any) -> list[float]:
        seen: list[float] = []

        def noted(tensor: Any) -> bool:
            seen.append(tensor.item())
            return False

        run_clause(
            clause(rows(*map(float, range(9))), id=identifier),
            context(noted, settings=settings),
        )
        return seen

    natural = order("test.rule")
    assert natural == sorted(natural) == [float(n) for n in range(9)]
    first, again, seeded, other = (
        order(identifier, shuffle=True, seed=seed)
        for identifier, seed in (("test.rule", 1), ("test.rule", 1), ("test.rule", 2), ("test.other", 1))
    )
    assert first == again
    assert sorted(first) == sorted(seeded) == sorted(other) == natural
    assert len({tuple(one) for one in (natural, first, seeded, other)}) == 4


class Journal:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def begin(self, name: str, limit: float | None = None) -> None:
        """Note that a case begins, here with no limit of its own."""
        assert limit is None
        self.told.append((name, ""))

    def end(self, name: str, verdict: str) -> None:
        """Note its verdict."""
        self.told.append((name, verdict))


def test_each_case_is_written_down_and_watched() -> None:
    """Before it runs and after; and so is the making of the smallest failing case, before which the line is stored."""
    journal, kept, armed = Journal(), [], []  # type: ignore[var-annotated]

    def watch(seconds: float) -> Any:
        armed.append(seconds)
        return contextlib.nullcontext()

    made = context(_is(2.0), journal=journal, keep=kept.append, armed=watch, settings={"timeout": 5.0})
    run_clause(clause(rows(1.0, 2.0)), made)

    assert journal.told[:4] == [("1.0", ""), ("1.0", "pass"), ("2.0", ""), ("2.0", "fail")]
    assert journal.told[4:] == [
        ("(making the failing case smaller)", ""),
        ("(making the failing case smaller)", "fail"),
    ]
    assert [line.verdict for line in kept] == ["fail"]
    assert set(armed) == {5.0}


def test_a_lines_verdict_is_the_first_of_its_cases() -> None:
    """By the order of verdicts, and each is counted; a pass beside cases that could not be judged is partial."""
    one = clause(rows(1.0))

    assert line_of(one, CPU, ["pass", "waived", "pass"], 1.5).verdict == "waived"
    assert line_of(one, CPU, ["pass", "waived", "pass"], 1.5).cases == {"pass": 2, "waived": 1}
    assert line_of(one, CPU, ["not-run", "unsupported"], 0.0).verdict == "unsupported"
    assert line_of(one, CPU, ["not-run", "pass"], 0.0).partial is True
    assert line_of(one, CPU, ["unsupported", "pass"], 0.0).partial is True
    assert line_of(one, CPU, ["fail", "unsupported"], 0.0).partial is False
    assert (line_of(one, CPU, [], 0.0).verdict, line_of(one, CPU, ["pass"], 1.23456789).seconds) == ("error", 1.234568)


# --- waivers ---

WAIVER = Waiver(
    id="sums-of-two", clause="test.rule", reason="Sums of two are wrong.", breaks="Sums are right.", link="here",
    expires=dt.date(2999, 1, 1), reproducer="2 + 1", versions=">=1.13", wrong=(Wrong("value", "3.0*", "4.0*"),),
)  # fmt: skip


def _waived(monkeypatch: pytest.MonkeyPatch, *found: Waiver, **more: Any) -> Any:
    monkeypatch.setattr(waivers, "of_backend", lambda name: found if name == "toy" else ())
    return run_clause(clause(rows(1.0, 2.0)), context(_is(2.0), **more))


def test_a_known_fault_is_waived_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the waiver, and the reason stands where a failure would."""
    line = _waived(monkeypatch, WAIVER)

    assert (line.verdict, line.cases, line.waivers) == ("waived", {"pass": 1, "waived": 1}, ("sums-of-two",))
    assert (line.reason, line.failure) == ("Sums of two are wrong.", None)


@pytest.mark.parametrize(
    "other",
    [
        {"clause": "test.other"}, {"devices": ("cuda",)}, {"builds": ("2.*",)}, {"versions": ">=99"},
        {"wrong": (Wrong("value", "3.0*", "5.0*"),)}, {"wrong": (Wrong("value", "4.0*"),)}, {"wrong": (Wrong("dtype"),)},
        {"when": {"dtype": ("int*",)}}, {"when": {"case": ("1.*",)}}, {"when": {"layout": ("stepped",)}},
        {"when": {"dtype": ("float32",), "shape": ("vector",)}},
    ],
    ids=str,
)  # fmt: skip
def test_a_waiver_that_differs_in_one_thing_is_another(other: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Clause, device, build, version, what is seen, and each condition on the case."""
    assert _waived(monkeypatch, msgspec.structs.replace(WAIVER, **other)).verdict == "fail"
    assert _waived(monkeypatch, msgspec.structs.replace(WAIVER, when={"dtype": ("int*", "float*")})).verdict == "waived"


def test_the_day_on_which_a_waiver_expires_is_its_last() -> None:
    """The day after, somebody must look."""
    assert not WAIVER.has_expired(dt.date(2999, 1, 1))
    assert WAIVER.has_expired(dt.date(2999, 1, 2))


def test_an_expired_or_idle_waiver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Expired in every run; idle in a whole one of all clauses."""
    expired = _waived(monkeypatch, msgspec.structs.replace(WAIVER, expires=dt.date(2020, 1, 1)))
    idle = msgspec.structs.replace(WAIVER, id="idle", wrong=(Wrong("dtype"),))
    line = _waived(monkeypatch, WAIVER, idle)

    assert expired.failure is not None
    assert expired.failure.message.startswith("waiver 'sums-of-two' has expired on 2020-01-01")
    assert line.failure is not None
    assert (line.verdict, line.failure.message) == (
        "error", "no failing case met the waiver 'idle': the fault is gone, so take its entry out",
    )  # fmt: skip
    for part in (
        {"only": "2.0"},
        {"quick": True},
        {"settings": {"profile": "smoke"}},
        {"settings": {"select": ("t*",)}},
    ):
        assert _waived(monkeypatch, WAIVER, idle, **part).verdict in ("waived", "pass")


def test_a_waiver_is_met_in_further_clauses_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """There it waives as in its own, and nobody misses it where no case met it."""
    further = msgspec.structs.replace(WAIVER, clause="test.other", also=("test.rule",))
    idle = msgspec.structs.replace(further, id="idle", wrong=(Wrong("dtype"),))
    line = _waived(monkeypatch, further, idle)

    assert (line.verdict, line.waivers) == ("waived", ("sums-of-two",))
    assert _waived(monkeypatch, msgspec.structs.replace(further, also=("test.third",))).verdict == "fail"


def test_a_waiver_names_a_row_whichever_values_it_has() -> None:
    """What `deep` adds to a row's label that it gives again, and nothing else, is left out where a waiver asks for the case."""
    named = msgspec.structs.replace(WAIVER, when={"case": ("sum of 2",)})
    seen = (Difference("returned", "value", "3.0", "4.0"),)

    def table(_profile: str, seed: int) -> Iterator[Row]:
        yield Row("sum of 2", tensors([float(seed)]))

    labels = [row.label for row in profiles.rows(table, "deep", 0)]

    assert len(labels) > 1
    assert all(named.meets(label, {}, seen) for label in labels)
    assert not any(named.meets(label, {}, seen) for label in ("sum of 2 (3)", "sum of 2 (values 3), y"))


def test_what_a_waivers_file_must_say() -> None:
    """Every complaint in its words; a backend without a file has none; the project's own files have no complaint."""
    twice = (WAIVER, msgspec.structs.replace(WAIVER, link="elsewhere"))

    assert waivers.complaints((WAIVER,)) == []
    assert waivers.complaints((WAIVER,), {"test.rule"}) == []
    assert waivers.complaints(twice) == ["the waiver id 'sums-of-two' is used twice"] * 2
    for empty in ("reason", "breaks", "link", "reproducer", "versions"):
        assert waivers.complaints((msgspec.structs.replace(WAIVER, **{empty: "  "}),)) == [
            f"waiver 'sums-of-two' has no {empty}"
        ]
    known = msgspec.structs.replace(WAIVER, when=dict.fromkeys((*CONDITIONS, "case"), ("*",)))
    assert waivers.complaints((known,)) == []
    assert waivers.of_backend("no such backend") == ()
    for one in (WAIVER, WAIVER.wrong[0]):
        stored = msgspec.to_builtins(one)
        assert msgspec.convert(stored, type(one)) == one
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({**stored, "unknown": 1}, type(one))
        with pytest.raises(AttributeError):
            setattr(one, type(one).__struct_fields__[0], "other")
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"waivers": []}, waivers._File)  # noqa: SLF001 - a misspelt table would be a list without entries
    waivers.check_all.__wrapped__(frozenset(one.id for one in catalogue.load()))
    with pytest.raises(
        documents.FixtureError, match=r"torch\.toml: waiver .* names the clause .*, which does not exist"
    ):
        waivers.check_all.__wrapped__(frozenset({"test.rule"}))
