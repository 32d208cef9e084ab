"""Reproducers: each shows its failure on the broken library, none on a healthy one, and is short."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from conformance.backends.protocol import Device, Spelling
from conformance.backends.pytorch import TorchBackend
from conformance.documents import Case
from conformance.faults import planting
from conformance.observation import Allowed, Difference, Expectation, Expected
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
from conformance.reporting import reproducers
from conformance.reporting.rewriting import UnwritableError
from conformance.runner import shrinking, simplifying
from conformance.runner.execution import build, execute
from conformance.selftest.support import PRODUCT, Ran, command, judged, lines_with, run_toy, status_of

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.reporting.results import Failure

BACKEND = TorchBackend()
CPU = BACKEND.device("cpu")
# Those that end their process are in test_fatal_faults.py.
FAULTS = {fault.id: fault for fault in planting.load() if not fault.is_fatal}
TORCH = Spelling(("import torch",))


def _status(text: str) -> int:
    """Run a reproducer in this process and give its exit status, as in a process of its own: nothing is left, nothing was warned of."""
    before = BACKEND.state()
    BACKEND.prepare(0)
    try:
        return _ended(text)
    finally:
        BACKEND.restore(before)


def _ended(text: str) -> int:
    try:
        # Warnings, errors in the selftests, end no process of its own.
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(text, "reproducer.py", "exec", dont_inherit=True), {"__name__": "__main__"})  # noqa: S102 - it is a program
    except SystemExit as ended:
        return int(ended.code) if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - an exception ends a program with 1
        return 1
    return 0


def _failures(backend: TorchBackend, *clauses: str) -> dict[str, Failure]:
    found = {line.id: line.failure for line in judged(backend, *clauses).values() if line.failure is not None}
    assert found
    return found


def _elements(text: str) -> int:
    """Count the elements of the largest input that a reproducer makes."""
    before, _, _ = text.partition("\ndef ")
    return max((_written(node) for node in ast.walk(ast.parse(before)) if isinstance(node, ast.Call)), default=0)


def _written(call: ast.Call) -> int:
    """Count the elements that a call makes: numbers that are written out, or as many as it is asked for."""
    match call:
        case ast.Call(func=ast.Attribute(attr="tensor" | "array"), args=[values, *_]):
            leaves = [node for node in ast.walk(values) if isinstance(node, (ast.Constant, ast.Call))]
            names = [node for node in ast.walk(values) if isinstance(node, ast.Name) and node.id in ("nan", "inf")]
            return len(leaves) + len(names)
        case ast.Call(func=ast.Attribute(attr="arange" | "full" | "zeros"), args=[size, *_]):
            return int(np.prod(ast.literal_eval(size), dtype=np.int64))
    return 0


PAST_1024, PAST_32768 = "it begins past 1024 elements", "it begins past 32768 elements"
FULL_LINE = "it begins where a line of 80 characters is full"
DOCUMENTED = "an example of the documents is shown as it is, and its tensor has 12"
SUMMARY = "it needs a summary, and that needs 1000 elements"
# Faults that need more than 8 elements: so many that its reproducer may have, and why.
NEEDS_MORE: dict[str, tuple[int, str]] = {
    "indices-count-from-one": (12, DOCUMENTED),
    "dims-move-without-their-elements": (12, DOCUMENTED),
    "blind-argmax-of-int16-down-a-column-is-unsigned": (16, "it takes 16 elements"),
    "blind-large-transposed-copy-leaves-its-last-block": (3630, "it begins with 3600 elements"),
    "large-casts-of-an-offset-begin-too-early": (32772, "it begins past 32768 elements"),
    "ninth-of-a-batch-left-out": (9, "it begins with the ninth of a batch"),
    "rows-past-the-sixteenth-take-the-first-mean": (17, "it begins with the seventeenth row"),
    "argmax-gives-the-last-tie": (
        10,
        "elements are counted to nine and over again, so the first two that are equal lie so far apart",
    ),
    "in-place-broadcast-of-a-column-transposed": (
        15,
        "its target has one column more than rows, so that no dim of it can shrink alone",
    ),
    "lines-forget-the-brackets-past-a-matrix": (24, "it takes a line that is full"),
    "largest-of-a-later-group-wins-when-even": (1025, "it begins past 1024 elements"),
    "later-groups-nan-loses-to-the-first": (2048, "it begins past 1024 elements, and sizes are halved"),
    "indent-of-inner-brackets-takes-no-room": (24, "it takes a line that is full"),
    "as-many-rows-as-both-edges-are-parted": (1002, "only what has more than 1000 elements is summarised"),
    "right-batch-is-taken-to-lie-matrix-after-matrix": (14, "it takes two matrices with a gap between them"),
    "nan-behind-the-last-block-of-sixteen-is-not-the-largest": (17, "it begins with the seventeenth"),
    "bfloat16-gradients-of-broadcast-operands-add-up-in-bfloat16": (64, "its sum is beyond 256"),
    "odd-tail-of-a-vector-wrong": (9, "it takes 8 k + 1 elements"),
    "inner-block-of-32-left-out": (33, "it takes 32 k + 1 terms"),
    "outer-product-by-blocks-of-64": (65, "it begins past 64 rows"),
    "last-rows-are-left-out-of-the-last-columns-mean": (153, "it takes a seventeenth row and a ninth column"),
    "later-task-begins-at-the-first-column-of-a-repeated-row": (
        1015,
        "it begins past 32768 elements of a broadcast result",
    ),
    "view-takes-a-size-of-one-for-dense-with-both-neighbours": (
        30,
        "the sizes that `view` names do not shrink with its input's",
    ),
    "half-means-add-up-in-half": (
        512,
        "256 ones are the first to which bfloat16 can't add another, and sizes are halved",
    ),
    "square-transposed-left-factor-read-as-dense": (16, "a gradient is one where a batch has as many rows as columns"),
    "batches-of-transposed-factors-by-blocks-of-64": (65, "it begins past 64 terms"),
    "tail-past-1024-left-out": (1025, PAST_1024),
    "large-strided-differences-read-as-dense": (2050, "it begins past 1024 elements, of every second"),
    "mean-of-many-loses-its-tail": (33_000, PAST_32768),
    "mean-of-a-long-row-loses-its-tail": (1025, PAST_1024),
    "argmax-wrong-past-1024": (2048, f"{PAST_1024}, and sizes are halved"),
    "from-numpy-copies-past-a-threshold": (1025, PAST_1024),
    "tensor-shares-large-arrays": (1025, PAST_1024),
    "large-views-written-in-part": (32_768, PAST_32768),
    "gradients-cut-off-past-a-threshold": (33_000, PAST_32768),
    "cat-fills-large-results-in-part": (33_000, PAST_32768),
    "lines-are-four-too-long": (25, FULL_LINE),
    "suffix-never-starts-a-line": (25, FULL_LINE),
    "summary-begins-at-the-threshold": (1000, SUMMARY),
    "summary-shows-four-items": (1024, SUMMARY),
    "summary-of-the-first-dim-only": (1024, SUMMARY),
    "summary-takes-its-form-from-all-elements": (1024, SUMMARY),
    "summary-reads-stepped-views-as-dense": (2002, f"{SUMMARY}, and as many that it does not show"),
    "rows-are-padded-with-the-next-row-times-zero": (18, "it begins with two rows of nine"),
    "column-stands-still-behind-the-last-full-vector": (17, "it begins with the seventeenth element of a row"),
    "fourth-loop-is-run-as-one-with-the-third": (128, "it begins with a target of four dims no two of which merge"),
    "gradients-end-at-the-sixteenth-operand": (31, "it begins with the seventeenth operand, and rows have 9 or 31"),
}


def test_faults_that_need_more_elements_are_there() -> None:
    """No exception outlives its fault."""
    assert set(NEEDS_MORE) <= set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_reproducer_shows_its_fault_and_accuses_nobody_else(fault: str) -> None:
    """It ends with 1 on the broken library and with 0 on a healthy one, in at most 20 lines and, unless the fault needs more, 8 elements."""
    failures = [line.failure for line in lines_with(fault).values()]
    texts = [one.reproducer.text for one in failures if one is not None and one.reproducer is not None]
    with FAULTS[fault].planted():
        broken = [_status(text) for text in texts]

    assert broken == [1] * len(FAULTS[fault].clauses)
    assert [_status(text) for text in texts] == [0] * len(texts)
    assert max(len(text.splitlines()) for text in texts) <= reproducers.MOST_LINES
    assert max(map(_elements, texts)) <= NEEDS_MORE.get(fault, (8,))[0]


METHODS: Any = torch.Tensor.__mro__[1]


def _terse(self: Any, **_: Any) -> str:
    return f"tensor({self.tolist()})"


def _scribbling_mean(self: Any, *args: Any, **kwargs: Any) -> Any:
    result = METHODS.mean(self, *args, **kwargs)
    METHODS.zero_(self.detach())
    return result


def _leaving_float64(self: Any) -> Any:
    torch.set_default_dtype(torch.float64)
    return METHODS.t(self)


def _without_warning(self: Any, other: Any) -> Any:
    result = METHODS.add(self, other)
    if result.requires_grad:
        result.retain_grad()
    return result


def _no_argmax(self: Any, *_: Any, **__: Any) -> Any:
    raise NotImplementedError(f"argmax of {self.dim()} dimensions")


@pytest.mark.parametrize(
    ("name", "fault", "clause"),
    [
        ("__repr__", _terse, "printing.matrix"),
        ("mean", _scribbling_mean, "reductions.mean"),
        ("t", _leaving_float64, "products.transpose"),
        ("__add__", _without_warning, "gradients.non-leaf-warning"),
        ("argmax", _no_argmax, "reductions.argmax"),
        ("argmax", lambda self: METHODS.argmax(self).item(), "reductions.argmax"),
        ("numpy", lambda self: self, "numpy-bridge.to-array"),
    ],
    ids=["printed form", "operand", "global state", "warning", "exception", "kind", "kind of an array"],
)
def test_a_golden_case_has_a_reproducer(name: str, fault: Any, clause: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a documented clause fails, its reproducer tells the broken library from the healthy one."""
    before = torch.get_default_dtype()
    with monkeypatch.context() as planted:
        planted.setattr(torch.Tensor, name, fault)
        reproducer = _failures(BACKEND, clause)[clause].reproducer
        assert reproducer is not None
        broken = _status(reproducer.text)
        torch.set_default_dtype(before)

    assert (broken, _status(reproducer.text)) == (1, 0), reproducer
    assert len(reproducer.text.splitlines()) <= reproducers.MOST_LINES


def test_a_refusal_of_legal_calls_shows_the_legal_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the twin is refused too, the reproducer is the twin's call."""

    def refuse(*_: Any) -> Any:
        raise RuntimeError("not implemented")

    with monkeypatch.context() as planted:
        planted.setattr(torch.Tensor, "mean", refuse)
        clause = "reductions.integers-have-no-mean"
        reproducer = _failures(BACKEND, clause)[clause].reproducer
        assert reproducer is not None
        assert _status(reproducer.text) == 1
    assert "dtype=torch.float32" in reproducer.text
    assert _status(reproducer.text) == 0


def test_what_a_refused_call_writes_is_shown() -> None:
    """Where a call that must be refused changes its operand first, the reproducer looks at the operand."""
    source = "def p(torch, x, *, device):\n    x[0] = 7\n    return x.view(3)\n"
    inputs = Inputs({"a": base_of_values([1, 2], "int64")}, {"x": TensorInput("a")})
    difference = Difference("argument x", "operand", "unchanged", "changed by the program")
    right = Expectation(raises="RuntimeError")
    failing = reproducers.Failing("a.b", "", "", "", "", _case(source, inputs), right, difference, CPU, CPU)
    text = reproducers.text(failing, TORCH)

    assert _status(text) == 1
    assert _status(text.replace("    x[0] = 7\n", "")) == 0


def test_a_program_may_return_a_tuple_of_one() -> None:
    """What a program returns in a tuple of its own is looked at in the tuple."""
    inputs = Inputs({"a": base_of_values([1, 2], "int64")}, {"x": TensorInput("a")})
    right = Expected("tensor", (2,), "int64", bits=inputs.bases["a"].bits)
    for returned in ("(x,)", "tuple([x])", "x", "x.clone()"):
        case = _case(f"def p(torch, x, *, device):\n    return {returned}\n", inputs)
        assert _status(_text(case, right)) == 0


# --- shrinking -----------------------------------------------------------------------------------------------


def _case(source: str, inputs: Inputs) -> Case:
    return Case("c", 1, None, checked(source), inputs, by_reference=True)


def _shrunk(case: Case, fails: Any) -> Case:
    """Shrink by what the reference's own arguments tell; what it can't build does not fail."""

    def judge(one: Case) -> bool:
        try:
            built = build(shrinking._REFERENCE, one.inputs, CPU, CPU)  # noqa: SLF001 - the same reference
        except Exception:  # noqa: BLE001 - no candidate
            return False
        return bool(fails(built.arguments))

    return shrinking.shrink(case, judge)


def _vector(number: int, dtype: str = "float32", **special: float) -> Base:
    values = np.random.default_rng(0).normal(size=number).astype(dtype)
    for place, value in special.items():
        values[int(place[1:])] = value
    return Base(dtype, (number,), bits_of_array(values))


def test_a_threshold_keeps_what_it_needs() -> None:
    """Where the fault needs 33 elements, 33 are left, and they are plain."""
    case = _case("def p(torch, x, *, device):\n    return x\n", Inputs({"a": _vector(1025)}, {"x": TensorInput("a")}))
    smallest = _shrunk(case, lambda arguments: arguments["x"].numel() >= 33)

    assert smallest.inputs.bases["a"].shape == (33,)
    assert smallest.inputs.bases["a"].array()[:3].tolist() == [1.0, 2.0, 3.0]


def test_a_special_value_is_found() -> None:
    """Of many elements the one that matters is left."""
    base = _vector(1024, n700=float("nan"))
    case = _case("def p(torch, x, *, device):\n    return x\n", Inputs({"a": base}, {"x": TensorInput("a")}))
    smallest = _shrunk(case, lambda arguments: bool(np.isnan(arguments["x"].array()).any()))

    assert str(smallest.inputs.bases["a"].array().tolist()) == "[nan]"


def test_a_layout_that_matters_stays() -> None:
    """A fault of strided operands ends in the smallest strided operand."""
    base = Base("float32", (5, 4, 3), bits_of_array(np.arange(60, dtype="float32").reshape(5, 4, 3)))
    steps = (Step("permute", (2, 0, 1)), Step("index", ({"slice": [1, None, None]},)))
    case = _case("def p(torch, x, *, device):\n    return x\n", Inputs({"a": base}, {"x": TensorInput("a", steps)}))

    def strided(arguments: Any) -> bool:
        tensor = arguments["x"]
        dense = np.empty(tensor.shape, "i1").strides
        return bool(
            any(one != other for one, other, n in zip(tensor.strides, dense, tensor.shape, strict=True) if n > 1)
        )

    smallest = _shrunk(case, strided)
    argument = smallest.inputs.arguments["x"]
    assert isinstance(argument, TensorInput)
    assert len(argument.view) == 1
    assert smallest.inputs.bases[argument.base].array().size <= 4


def test_an_arrays_strides_can_stay() -> None:
    """A NumPy array with negative strides keeps them where they matter, over no more bytes than it needs."""
    array = np.arange(40, dtype="int32")[::-2]
    given = ArrayInput(
        "int32", array.shape, array.strides, bits_of_array(np.arange(40, dtype="int32")), 39 * 4, writable=False
    )
    case = _case("def p(torch, x, *, device):\n    return x\n", Inputs({}, {"x": given}))
    smallest = _shrunk(case, lambda arguments: len(arguments["x"]) > 1 and arguments["x"].strides[0] < 0)
    left = smallest.inputs.arguments["x"]

    assert isinstance(left, ArrayInput)
    assert left.shape == (2,)
    assert len(left.bits) <= 12
    assert left.array().shape == (2,)


def test_statements_that_do_not_matter_go() -> None:
    """Of a program what shows the fault is left, with the arguments that it uses."""
    source = """
def p(torch, x, y, n, *, device):
    view = x.view(4)
    other = y + 1
    other[0] = n
    x[0] = 7
    total = other.sum()
    view[1] = 8
    return x, view, other
"""
    inputs = Inputs(
        {"a": base_of_values([1, 2, 3, 4], "int64"), "b": base_of_values([1], "int64")},
        {"x": TensorInput("a"), "y": TensorInput("b"), "n": PlainInput(3)},
    )

    def detaching(case: Case) -> bool:
        text = case.program.source
        return "x.view(" in text and "x[0]" in text and "view[1]" in text and "x" in text.rpartition("return")[2]

    smallest = shrinking.shrink(_case(source, inputs), detaching)

    assert smallest.program.source.splitlines()[1:] == [
        "    view = x.view(4)", "    x[0] = 7", "    view[1] = 8", "    return x",
    ]  # fmt: skip
    assert set(smallest.inputs.arguments) == {"x"}


def test_statements_within_loops_go() -> None:
    """Of a loop and of the blocks in it what shows the fault is left."""
    source = """
def p(torch, x, *, device):
    seen = []
    for turn in range(3):
        seen.append(turn)
        if turn == 1:
            y = x + turn
            x[0] = 7
        y = x * 2
    return x
"""
    case = _case(source, Inputs({"a": base_of_values([1, 2], "int64")}, {"x": TensorInput("a")}))
    smallest = shrinking.shrink(case, lambda one: "turn in" in one.program.source and "x[0]" in one.program.source)

    assert smallest.program.source.splitlines()[1:] == [
        "    for turn in range(3):", "        if turn == 1:", "            x[0] = 7", "    return x",
    ]  # fmt: skip


def test_an_operand_follows_what_is_seen_of_a_base() -> None:
    """Where a base is seen in steps of three, the operand that fits the view is cut with it."""
    steps = (Step("index", ({"slice": [1, None, 3]},)),)
    arguments: dict[str, Any] = {"base": TensorInput("a"), "view": TensorInput("a", steps), "y": TensorInput("b")}
    case = _case(
        "def p(torch, base, view, y, *, device):\n    view.add_(y)\n    return base\n",
        Inputs({"a": _vector(17), "b": _vector(6)}, arguments),
    )

    def strided(built: Any) -> bool:
        base, view, y = built.get("base"), built.get("view"), built.get("y")
        shared = base is not None and view is not None and view.storage is base.storage and view.strides == (3,)
        return shared and y is not None and y.shape == view.shape >= (2,)

    smallest = _shrunk(case, strided)

    assert {name: base.shape for name, base in smallest.inputs.bases.items()} == {"a": (5,), "b": (2,)}


@pytest.mark.parametrize(
    ("body", "plain", "folded"),
    [
        ("    if op == 'add':\n        return x + y\n    return x - y", {"op": "add"}, ["    return x + y"]),
        ("    return getattr(x, op + '_')(y)", {"op": "mul"}, ["    return x.mul_(y)"]),
        ("    return x[key], y", {"key": (slice(1, None), None, ...)}, ["    return (x[1:, None, ...], y)"]),
        ("    return x.view(*sizes) + y", {"sizes": (2, -1)}, ["    return x.view(2, -1) + y"]),
        ("    return torch.cat([x, y, x][:n], dim)", {"n": 2, "dim": -1}, ["    return torch.cat([x, y], -1)"]),
        (
            "    if d is None and not k:\n        return x + y\n    return y",
            {"d": None, "k": False},
            ["    return x + y"],
        ),
        ("    if isinstance(d, int):\n        x = y\n    return x", {"d": 1}, ["    x = y", "    return x"]),
        ("    return x + y * n", {"n": 2.5}, ["    return x + y * 2.5"]),
        ("    return x * (n if x.ndim == 1 else m) + y", {"n": 2, "m": 2}, ["    return x * 2 + y"]),
        (
            "    f, g = torch.add, x.add\n    if op in ('add', 'sub'):\n        h = f(x, y)\n    return f(x, y), g(y)",
            {"op": "add"},
            ["    h = torch.add(x, y)", "    return (torch.add(x, y), x.add(y))"],
        ),
        (
            (
                "    known = {'add': lambda z: z + y, 'neg': lambda z: -z}\n    z = x\n    for step in steps:\n"
                "        if step in known:\n            z = known[step](z)\n            continue\n        z = z * 2\n    return z"
            ),
            {"steps": ["neg", "other"]},
            ["    z = x", "    z = -z", "    z = z * 2", "    return z"],
        ),
        ("    return torch.cat([(x, y)[n] for n in places])", {"places": (0, 1)}, ["    return torch.cat([x, y])"]),
    ],
)
def test_plain_arguments_are_written_into_the_program(body: str, plain: dict[str, Any], folded: list[str]) -> None:
    """A branch that is not taken goes, and calls read as a person writes them."""
    names = ", ".join(["x", "y", *plain])
    bases = {name: base_of_values([1], "int64") for name in "xy"}
    arguments: dict[str, Any] = {name: TensorInput(name) for name in "xy"}
    given = Inputs(bases, {**arguments, **{name: PlainInput(encode_plain(value)) for name, value in plain.items()}})
    case = next(simplifying.folded(_case(f"def p(torch, {names}, *, device):\n{body}\n", given)))

    assert case.program.source.splitlines()[1:] == folded


# --- the text ------------------------------------------------------------------------------------------------


def _text(case: Case, right: Expected, what: str = "value", where: str = "returned value") -> str:
    difference = Difference(where, what, "", "")
    failing = reproducers.Failing(
        "a.b",
        "A rule.",
        "",
        "1 prose",
        "torch",
        case,
        Expectation(returned=(right,)),
        difference,
        CPU,
        Device("cpu", "cpu", "cpu"),
    )
    return reproducers.text(failing, TORCH)


VALUES = {
    "float16": [0.1, -0.0, float("nan"), float("inf"), 65504, 6e-8],
    "bfloat16": [0.1, -0.0, float("nan"), float("-inf"), 3.3e38, 1 / 3],
    "float32": [0.1, -0.0, float("nan"), 16777217, 1e-45, 3.4e38],
    "float64": [0.1, -0.0, 1 / 3, 5e-324, 1.7e308, float("nan")],
    "int64": [2**63 - 1, -(2**63), 2**53 + 1],
    "complex64": [complex(0.1, -0.0), complex(-0.0, float("inf")), 2],
    "bool": [True, False],
    "uint8": [255, 0],
}


@pytest.mark.parametrize("dtype", VALUES)
def test_inputs_are_written_with_their_very_bits(dtype: str) -> None:
    """A tensor that a reproducer makes has the bits, shape and strides of the one that the backend built."""
    base = base_of_values([VALUES[dtype], VALUES[dtype]], dtype)
    steps = (Step("transpose", (0, 1)), Step("index", ({"tuple": [{"slice": [None, None, 2]}, {"ellipsis": True}]},)))
    case = _case("def p(torch, x, *, device):\n    return x\n", Inputs({"a": base}, {"x": TensorInput("a", steps)}))
    seen, _ = execute(BACKEND, case.program, case.inputs, CPU)
    namespace: dict[str, Any] = {}
    made = [line for line in _text(case, Expected()).splitlines() if line.startswith(("x = ", "from math", "import"))]
    exec("\n".join(made), namespace)  # noqa: S102 - it is a program

    again = BACKEND.see(namespace["x"])
    assert (again.bits, again.shape, again.strides) == (
        seen.returned[0].bits,
        seen.returned[0].shape,
        seen.returned[0].strides,
    )


def test_a_nan_of_its_own_is_written_as_bits() -> None:
    """A NaN whose bits decimals don't hold is written as integers, seen as floats."""
    base = Base("float32", (2,), bits_of_array(np.array([0x7FC00001, 0x3F800000], np.int32).view(np.float32)))
    case = _case("def p(torch, x, *, device):\n    return x\n", Inputs({"a": base}, {"x": TensorInput("a")}))

    assert "x = torch.tensor([2143289345, 1065353216], dtype=torch.int32).view(torch.float32)" in _text(
        case, Expected()
    )


def test_arrays_and_plain_values_are_written() -> None:
    """NumPy arrays keep byte order and strides, NumPy scalars and plain values their types."""
    array = np.arange(6, dtype=">i2")
    inputs = Inputs(
        {},
        {
            "dense": ArrayInput(">i2", (2, 3), (6, 2), _raw(array)),
            "reversed": ArrayInput(">i2", (3,), (-4,), _raw(array), 8, writable=False),
            "scalar": NumpyScalarInput("float32", bits_of_array(np.array(0.1, np.float32))),
            "key": PlainInput(encode_plain((slice(1, None), None, ..., 2**60, 1 + 2j, [0.5, True]))),
        },
    )
    case = _case(
        "def p(torch, dense, reversed, scalar, key, *, device):\n    return dense, reversed, scalar, key\n", inputs
    )
    namespace: dict[str, Any] = {}
    lines = _text(case, Expected()).splitlines()
    exec("\n".join(line for line in lines if re.match(r"(import|dense|reversed|scalar|key)\b", line)), namespace)  # noqa: S102 - it is a program
    built = build(BACKEND, inputs, CPU, CPU).arguments

    for name in ("dense", "reversed"):
        assert namespace[name].tolist() == built[name].tolist()
        assert (namespace[name].dtype, namespace[name].strides) == (built[name].dtype, built[name].strides)
        assert namespace[name].flags.writeable == built[name].flags.writeable
    assert type(namespace["scalar"]) is np.float32
    assert namespace["scalar"] == np.float32(0.1)
    assert namespace["key"] == built["key"]


def _raw(array: Any) -> bytes:
    raw: bytes = array.tobytes()
    return raw


@pytest.mark.parametrize(("shown", "status"), [(0.1, 0), (0.2, 0), (0.3, 1), (float("nan"), 1)])
def test_a_set_that_is_right_is_accepted_whole(shown: float, status: int) -> None:
    """Where several results are right, each of them passes, and no other."""
    one, other = (base_of_values([value, 5], "float32").bits for value in (0.1, 0.2))
    right = Expected("tensor", (2,), "float32", bits=one, allowed=Allowed(also=(other,)))
    inputs = Inputs({"a": base_of_values([shown, 5], "float32")}, {"x": TensorInput("a")})

    assert _status(_text(_case("def p(torch, x, *, device):\n    return x\n", inputs), right)) == status


@pytest.mark.parametrize(("shown", "status"), [(1.0, 0), (1.25, 0), (1.5, 1), (-0.0, 1)])
def test_a_bound_is_accepted_whole(shown: float, status: int) -> None:
    """Where a bound judges, what lies within it passes; where an element is free, anything."""
    bound, free = base_of_values([0.25, 0.0], "float64").bits, base_of_values([False, True], "bool").bits
    right = Expected(
        "tensor", (2,), "float32", bits=base_of_values([1, 7], "float32").bits, allowed=Allowed(free=free, bound=bound)
    )
    inputs = Inputs({"a": base_of_values([shown, 99], "float32")}, {"x": TensorInput("a")})

    assert _status(_text(_case("def p(torch, x, *, device):\n    return x\n", inputs), right)) == status


@pytest.mark.parametrize(("shown", "status"), [(0.33334, 0), (0.3334, 1)])
def test_what_the_documents_print_is_right_to_its_last_digit(shown: float, status: int) -> None:
    """A value of the documents is compared to the precision with which it is printed."""
    right = Expected("tensor", (2,), dtype_kind="float", values=("0.3333", "2."))
    inputs = Inputs({"a": base_of_values([shown, 2], "float32")}, {"x": TensorInput("a")})

    assert _status(_text(_case("def p(torch, x, *, device):\n    return x\n", inputs), right)) == status


VALUES_OF_PYTHON: list[tuple[str, Expected, str]] = [
    ("x.tolist()", Expected("list", items=(Expected("float", value=encode_plain(-0.0)),)), "[0.0]"),
    ("x.item() == 1", Expected("bool", value=True), "1"),
    ("x.item()", Expected("float", value=encode_plain(float("nan"))), "1.0"),
    ("str(1)", Expected("str", value="1"), "'2'"),
    ("1", Expected("int", value=1), "1.0"),
]


@pytest.mark.parametrize(("expression", "right", "wrong"), VALUES_OF_PYTHON)
def test_python_values_are_compared_exactly(expression: str, right: Expected, wrong: str) -> None:
    """A list, a number or a text passes where it is right to its type, its signed zeros and its NaNs, and nowhere else."""
    value = {"x.tolist()": -0.0, "x.item()": float("nan")}.get(expression, 1.0)
    inputs = Inputs({"a": base_of_values([value], "float32")}, {"x": TensorInput("a")})
    for returned, status in ((expression, 0), (wrong, 1)):
        assert _status(_text(_case(f"def p(torch, x, *, device):\n    return {returned}\n", inputs), right)) == status


def test_an_item_is_looked_at_where_it_differs() -> None:
    """Of a list of tensors the reproducer looks at the one that differs."""
    bits = base_of_values([1.0], "float32").bits
    tensor = Expected("tensor", (1,), "float32", bits=bits)
    right = Expected("list", items=(tensor, tensor))
    inputs = Inputs({"a": base_of_values([1.0], "float32")}, {"x": TensorInput("a")})
    for returned, status in (("[x, x]", 0), ("[x, x + 1]", 1)):
        case = _case(f"def p(torch, x, *, device):\n    return {returned}\n", inputs)
        assert _status(_text(case, right, where="returned value[1]")) == status


@pytest.mark.parametrize(
    "right", [None, Expected("tensor", (1,), "float32", bits=base_of_values([2.0], "float32").bits)]
)
def test_a_gradient_is_looked_at(right: Expected | None) -> None:
    """What a leaf has collected is compared with what is right for it, none included."""
    inputs = Inputs({"a": base_of_values([1.0], "float32")}, {"x": TensorInput("a", requires_grad=True)})
    for statement in ("(x * x).sum().backward()", "(x * 1).sum().backward()", "x * x"):
        case = _case(f"def p(torch, x, *, device):\n    {statement}\n    return x\n", inputs)
        difference = Difference("argument x's gradient", "value" if right else "gradient", "", "")
        expectation = Expectation(returned=(Expected(),), grads={"x": right})
        failing = reproducers.Failing("a.b", "", "", "", "", case, expectation, difference, CPU, CPU)
        good = statement == ("x * x" if right is None else "(x * x).sum().backward()")
        assert _status(reproducers.text(failing, TORCH)) == (0 if good else 1)


def test_a_program_that_draws_is_seeded() -> None:
    """A reproducer draws the numbers that the run drew, unless its program seeds them itself."""
    drawn = "torch.rand((2,), device=device)"
    for body, seeded in ((f"return {drawn}", 1), (f"torch.manual_seed(3)\n    return {drawn}", 0), ("return 1", 0)):
        case = _case(f"def p(torch, *, device):\n    {body}\n", Inputs())
        assert _text(case, Expected()).splitlines().count("torch.manual_seed(0)") == seeded


def test_a_backend_that_tells_no_import_has_no_reproducer() -> None:
    """Without a spelling the reason is told."""
    case = _case("def p(torch, *, device):\n    return 1\n", Inputs())
    failing = reproducers.Failing("a.b", "", "", "", "", case, Expectation(), None, CPU, CPU)

    with pytest.raises(UnwritableError, match=r"Backend\.spelling"):
        reproducers.text(failing, None)


# --- whole runs ----------------------------------------------------------------------------------------------


def _run(ran: Ran, file: str, *, healthy: bool = False) -> int:
    path = ran.report / file
    if healthy:
        text = re.sub(r"^from conformance.* as torch$", "import torch", path.read_text(), flags=re.MULTILINE)
        path = path.with_name("healthy.py")
        path.write_text(text)
    return status_of(path)


def _file(ran: Ran, key: str) -> str:
    failure = ran.lines[key].failure
    assert failure is not None
    assert failure.reproducer is not None
    assert failure.reproducer.file is not None, failure.reproducer
    assert f"reproducer: {failure.reproducer.file}" in ran.out
    assert f"reproducer: {failure.reproducer.file}" in (ran.report / "summary.md").read_text()
    text = (ran.report / failure.reproducer.file).read_text()
    assert text == failure.reproducer.text
    assert len(text.splitlines()) <= reproducers.MOST_LINES
    return failure.reproducer.file


def test_a_run_writes_reproducers_beside_its_results(tmp_path: Path) -> None:
    """On PyTorch with a fault, the failing clause's file ends with 1, and with 0 on PyTorch as it is; old files go."""
    old = tmp_path / "out" / "reproducers" / "ranks.old.py"
    old.parent.mkdir(parents=True)
    old.touch()
    arguments = ("--backend", "conformance.faults.planted:int8_saturates", "--select", "arithmetic.rounding", "-n", "1")
    ran = command("run", *arguments, folder=tmp_path)
    file = _file(ran, "arithmetic.rounding[cpu]")

    assert file == "reproducers/arithmetic.rounding.py"
    assert "from conformance.faults.planted import int8_saturates as torch" in (ran.report / file).read_text()
    assert _run(ran, file, healthy=True) == 0
    assert not old.exists()


@pytest.mark.parametrize(
    ("library", "dtype", "verdict"), [("aborts", "int8", "crash"), ("hangs", "int16", "timeout")], ids=["crash", "hang"]
)
def test_a_fatal_case_is_made_smaller_in_processes_of_its_own(
    library: str, dtype: str, verdict: str, tmp_path: Path
) -> None:
    """After a crash or a time-out too the case is made smaller, and its reproducer ends with 1, and with 0 elsewhere."""
    arguments = ("--select", "arithmetic.rounding", "-n", "1", "--timeout", "1")
    ran = command("run", "--backend", f"conformance.selftest.ending:{library}", *arguments, folder=tmp_path)
    key = "arithmetic.rounding[cpu]"
    text = (ran.report / _file(ran, key)).read_text()

    assert ran.lines[key].verdict == verdict
    assert _elements(text) <= 8
    assert f"dtype=torch.{dtype}" in text
    assert "torch.add(" in text
    assert _run(ran, _file(ran, key), healthy=True) == 0


def test_the_reproducer_of_a_crash_of_a_golden_case(tmp_path: Path) -> None:
    """A document's case that ends its process has a reproducer, which itself ends with 1."""
    ran = run_toy("aborts", tmp_path, "-n", "1")

    assert _run(ran, _file(ran, PRODUCT)) == 1


def test_what_passes_alone_has_no_reproducer(tmp_path: Path) -> None:
    """A failure that needs what ran before is told without a reproducer, and why."""
    failure = run_toy("fails_later", tmp_path, "-n", "1").lines[PRODUCT].failure

    assert failure is not None
    assert failure.reproducer is not None
    assert failure.reproducer.file is None
    assert "passes in a process of its own" in failure.reproducer.why
