"""The reference with doubts: where it refuses, in which words, and the nearest program that it takes.

A strict tensor gets its operators when its module is imported, so to the type checker it is anything.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from conformance.program import Base, Inputs, PlainInput, Program, Step, TensorInput, bits_of_array, encode_plain
from conformance.reference import autograd, strict
from conformance.reference.strict import NAMESPACE, StrictTensor, UndeterminedError

if TYPE_CHECKING:
    from collections.abc import Callable

MILLION = 2**20


def made(data: Any, dtype: str = "float32") -> Any:
    """Make a strict tensor."""
    return NAMESPACE.tensor(data, dtype=dtype, device="cpu")


def whole(*data: Any, dtype: str = "int64") -> Any:
    """Make a vector of whole numbers."""
    return made(list(data), dtype)


def leaf(*data: float, dtype: str = "float32") -> Any:
    """Make a vector that collects a gradient."""
    return made(list(data), dtype).requires_grad_()


def square() -> Any:
    """Make a matrix of four numbers."""
    return made([[1, 2], [3, 4]], "int64")


LIMITS = [
    ("bfloat16", 63, 0.5), ("float16", 511, 0.5), ("float32", MILLION - 1, 0.25), ("float64", 2**49 - 1, 0.25),
]  # fmt: skip


@pytest.mark.parametrize(("dtype", "largest", "step"), LIMITS)
def test_a_float_is_exact_with_room_for_one_operation(dtype: str, largest: int, step: float) -> None:
    """Up to the limit, in whole steps, every sum, difference and product is a number of the dtype; beyond, it is refused."""
    for right in (largest, -largest, largest - step, step, -step, 0.0, [0.0, largest, -step], []):
        assert strict.representable(np.array(right), dtype), right
    for wrong in (largest + 1, -largest - 1, step / 2, -step / 2, -0.0, [1.0, step / 2], [0.0, -0.0], [largest + 1, 0]):
        assert not strict.representable(np.array(wrong), dtype), wrong
    significand = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}[dtype]
    # A product of two, in steps of step squared, that is within the limit has no more digits than the significand.
    assert largest / step**2 < 2**significand <= (largest + 1) / step**2


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        ("uint8", 0, 255), ("int8", -128, 127), ("int16", -(2**15), 2**15 - 1), ("int32", 1 - 2**31, 2**31 - 1),
        ("int64", 1 - 2**31, 2**31 - 1),
    ],
)  # fmt: skip
def test_an_integer_is_one_that_the_dtype_holds(dtype: str, low: int, high: int) -> None:
    """Its own range, and of the wide ones what no operation on two can leave int64 or float64's whole numbers with."""
    assert strict.representable(np.array([low, 0, high]), dtype)
    for wrong in (low - 1, high + 1, [0, high + 1], 0.5, -0.5, 1j):
        assert not strict.representable(np.array(wrong), dtype), wrong


def test_bools_and_complex_numbers_are_held_by_their_parts() -> None:
    """A bool is 0 or 1; both parts of a complex number must be held; a real dtype holds no complex one."""
    assert strict.representable(np.array([0, 1]), "bool")
    assert strict.representable(np.array([]), "bool")
    assert not any(strict.representable(np.array(wrong), "bool") for wrong in (2, 0.5, -1, [0, 2]))
    assert strict.representable(np.array([MILLION - 1 + 0.25j, -0.25 - 5j, 3]), "complex64")
    assert strict.representable(np.array([MILLION + 1j]), "complex128")
    for wrong in (MILLION, MILLION * 1j, 0.125, 0.125j, 1 + 0.125j):
        assert not strict.representable(np.array(wrong), "complex64"), wrong
    assert not strict.representable(np.array([1j]), "float64")


def _fed() -> Any:
    x = whole(1, 2, 3, 4)
    y = x.reshape(2, 2)
    x[0] = 5
    return y


def _reshaped_and_written() -> Any:
    x = whole(1, 2, 3, 4)
    y = x.reshape(2, 2)
    y[0, 0] = 5
    return x


def _walked_twice() -> None:
    y = (leaf(1, 2) * 2).mean()
    y.backward()
    y.backward()


def _walked_over_what_was_written() -> None:
    x, w = leaf(1, 2), made([3.0, 4.0])
    y = (x * w).mean()
    w.add_(1)
    y.backward()


def _walked_over_a_written_mean() -> None:
    y = leaf(1, 2) * 2
    mean = y.mean(0)
    y.add_(1)
    mean.backward()


def _overwritten() -> None:
    x, w = leaf(1, 2), leaf(3, 4)
    y = x * 2
    y.copy_(w * 2)
    y.mean().backward()


def _given_and_written() -> None:
    x, gradient = leaf(1, 2), made([1.0, 2.0])
    (x + 0).backward(gradient)
    gradient[0] = 5


def _given_twice() -> None:
    x, gradient = leaf(1, 2), made([1.0, 2.0])
    (x + 0).backward(gradient)
    (x + 0).backward(gradient)


def _given_the_same() -> None:
    x, y = leaf(1, 2), leaf(2, 4)
    (x + y).mean().backward()
    (x * 2).mean().backward()


def _given_their_own() -> Any:
    x, y = leaf(1, 2), leaf(2, 4)
    (x * y).mean().backward()
    (x * 2).mean().backward()
    return x.grad + 0


def _scaled(factor: float, *, again: float = 1, dtype: str = "float32") -> None:
    (leaf(1, dtype=dtype) * factor * again).backward()


def _shared_out(number: int) -> None:
    leaf(*[1] * number).mean().backward()


def _history_into_integers() -> None:
    made([1, 2], "int64")[...] = leaf(1)[0]


def _moved_up() -> Any:
    x = whole(1, 2, 3)
    x[1:] = x[:-1]
    return x


def _row_onto_itself() -> Any:
    x = square()
    x[0:1].copy_(x[0:1])
    return x


REFUSED: dict[str, tuple[str, Callable[[], Any]]] = {
    "a sum beyond the integer": ("int8 may round", lambda: whole(127, dtype="int8") + 1),
    "a sum beyond the float": ("float32 may round", lambda: made([MILLION - 1]) + 1),
    "a difference beyond": ("int8 may round", lambda: -100 - whole(29, dtype="int8")),
    "a product beyond": ("float32 may round", lambda: made([1024]) * made([1024])),
    "a product too fine": ("float32 may round", lambda: made([0.25]) * made([0.25])),
    "a number too fine": ("float32 may round", lambda: made([1]) + 0.1),
    "an operand that is rounded": ("float32 may round", lambda: whole(MILLION) - made([MILLION - 1])),
    "an operand that is rounded, on the right": ("float32 may round", lambda: made([MILLION - 1]) - whole(MILLION)),
    "a third": ("a quotient that may round", lambda: made([6]) / 3),
    "a quotient by some": ("a quotient that may round", lambda: made([6, 6]) / made([2, 3])),
    "a quotient by zero": ("a quotient that may round", lambda: made([6]) / 0),
    "an integer quotient": ("a quotient that may round", lambda: whole(6) / 5),
    "a quotient of": ("a quotient that may round", lambda: 6 / made([3])),
    "a complex product": ("a complex product", lambda: made([1j], "complex64") * 2),
    "a product with complex": ("a complex product", lambda: made([2]) * 1j),
    "a complex quotient": ("a complex product", lambda: made([1j], "complex64") / 2),
    "a view of a result of two": ("library's choice", lambda: (whole(1, 2) + made([[1], [2]], "int64")).view(4)),
    "a view of a result of two dimensions": ("library's choice", lambda: (square() + 1).view(4)),
    "a view of a result of more dimensions than its operand": (
        "library's choice",
        lambda: (whole(1, 2, 3) + made([[1]], "int64")).view(3),
    ),
    "a view of a broadcast result of two dimensions": ("library's choice", lambda: (square() + whole(1, 2)).view(4)),
    "a view of a product of two dimensions": ("library's choice", lambda: (square() @ square()).view(4)),
    "a view of a part's copy": ("library's choice", lambda: made([[1, 2, 3], [4, 5, 6]])[:, ::2].clone().view(4)),
    "a view of a permuted result": ("library's choice", lambda: (square().t() + 1).view(4)),
    "a view of a result with a permuted one": ("library's choice", lambda: (square() + square().t()).view(4)),
    "a view of a permuted copy": ("library's choice", lambda: square().t().clone().view(4)),
    "a view of a permuted conversion": ("library's choice", lambda: square().t().to("float32").view(4)),
    "a view of a reshaped one": ("library's choice", lambda: square().reshape(4).view(2, 2)),
    "a view of a part of a result": ("library's choice", lambda: (square().t() + 1)[0].view(1, 2)),
    "a view of a view of a result": ("library's choice", lambda: (square().t() + 1).unsqueeze(0).view(4)),
    "a view of a copy of a result": ("library's choice", lambda: (square().t() + 1).clone().view(4)),
    "negative to unsigned": ("negative number to an unsigned", lambda: made([-1]).to("uint8")),
    "a negative integer to unsigned": ("negative number to an unsigned", lambda: whole(5, -1).to("uint8")),
    "too large for unsigned": ("uint8 may round", lambda: whole(256).to("uint8")),
    "too fine for a half": ("float16 may round", lambda: made([0.25]).to("float16")),
    "complex to whole": ("int64 may round", lambda: made([1 + 0j], "complex64").to("int64")),
    "a write beside a reshaped one": ("may or may not show", _fed),
    "a write to a reshaped one": ("may or may not show", _reshaped_and_written),
    "a product of matrices beyond": ("float32 may round", lambda: made([[1024]]) @ made([[1024]])),
    "a sum that cancels": ("float32 may round", lambda: made([[1000, -1000]]) @ made([[1000], [1000]])),
    "a sum that cancels on the right": ("float32 may round", lambda: made([[1000, 1000]]) @ made([[1000], [-1000]])),
    "a zero of either sign": ("a zero of either sign", lambda: made([[1, -1]]) @ made([[1], [1]])),
    "a zero of a negative second": ("a zero of either sign", lambda: made([[1, 1]]) @ made([[1], [-1]])),
    "a zero beside": ("a zero of either sign", lambda: made([[1, 1], [0, 1]]) @ made([[-1, 2], [0, 1]])),
    "a complex product of matrices": ("a complex product", lambda: made([[1j]], "complex64") @ made([[1]], "complex64")),
    "a product of matrices, complex": ("a complex product", lambda: made([[1]]) @ made([[1]], "complex64")),
    "a mean of three": ("a mean that may round", lambda: made([1, 2, 3]).mean()),
    "a mean of three rows": ("a mean that may round", lambda: made([[1, 2], [3, 4], [5, 6]]).mean(0)),
    "a mean of none": ("a mean that may round", lambda: made([]).mean()),
    "a mean of a large sum": ("float32 may round", lambda: made([MILLION - 1, MILLION - 1]).mean()),
    "a mean of a large sum that cancels": ("float32 may round", lambda: made([MILLION - 1, 1 - MILLION]).mean()),
    "a mean too fine": ("float32 may round", lambda: made([0.25, 0]).mean()),
    "the largest bool": ("no order", lambda: made([True], "bool").argmax()),
    "the largest complex number": ("no order", lambda: made([1j], "complex64").argmax()),
    "the gradient of a result": ("what is no leaf", lambda: (leaf(1) * 2).grad),
    "a second walk": ("a second walk", _walked_twice),
    "a walk over what was written": ("operands were written to", _walked_over_what_was_written),
    "a walk over a written mean": ("operands were written to", _walked_over_a_written_mean),
    "a leaf that was overwritten": ("zero or missing", _overwritten),
    "a write to a gradient that was given": ("may or may not show", _given_and_written),
    "a gradient that was given before": ("share memory with one that was given", _given_twice),
    "a gradient that another leaf was given too": ("share memory with one that was given", _given_the_same),
    "a large operand of a leaf": ("a gradient that may round", lambda: _scaled(33)),
    "a negative large operand of a leaf": ("a gradient that may round", lambda: _scaled(-33)),
    "a large leaf": ("a gradient that may round", lambda: 1 * leaf(33)),
    "a large leaf in a product": ("a gradient that may round", lambda: made([[1]]) @ made([[33]]).requires_grad_()),
    "a large gradient": ("a gradient that is large", lambda: _scaled(32, again=2)),
    "a gradient too fine": ("a gradient that may round", lambda: _shared_out(512)),
    "a half gradient": ("a gradient that may round", lambda: _scaled(2, dtype="float16")),
    "a write to what is repeated": ("share memory", lambda: made([[1], [2]]).expand(2, 3).fill_(5)),
    "a write to one of what is repeated": ("share memory", lambda: made([[1], [2]]).expand(2, 3).add_(5)),
    "a transposed write onto itself": ("that it overwrites", lambda: (x := square()).copy_(x.t())),
    "a sum with itself transposed": ("that it overwrites", lambda: (x := square()).add_(x.t())),
    "a move by one": ("that it overwrites", _moved_up),
    "a row onto itself": ("that it overwrites", _row_onto_itself),
    "a sum in place beyond": ("uint8 may round", lambda: whole(250, dtype="uint8").add_(10)),
    "a fraction in place": ("int64 may round", lambda: whole(1).mul_(1.5)),
    "a number beyond": ("int8 may round", lambda: whole(1, dtype="int8").fill_(128)),
    "a fraction into whole": ("int64 may round", lambda: whole(1).copy_(made([1.5]))),
    "history into integers": ("what can have none", _history_into_integers),
    "joined beyond": ("float32 may round", lambda: NAMESPACE.cat([made([1]), whole(MILLION)])),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_rules_leave_open_is_refused(name: str) -> None:
    """Each freedom is seen, and named."""
    words, run = REFUSED[name]

    with pytest.raises(UndeterminedError, match=words):
        run()


def _walked_twice_retained() -> Any:
    x = leaf(1, 2)
    y = (x * 2).mean()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad + 0


def _given() -> Any:
    x, gradient = leaf(1, 2), made([1.0, 2.0])
    (x + 0).backward(gradient)
    return x.grad + 0


def _given_and_gone() -> Any:
    x, gradient = leaf(1, 2), made([1.0, 2.0])
    (x + 0).backward(gradient)
    del gradient
    gc.collect()
    (x + 0).backward(made([4.0, 4.0]))
    return x.grad + 0


def _reshaped_and_gone() -> Any:
    x = whole(1, 2, 3, 4)
    x.reshape(2, 2)
    gc.collect()
    x[0] = 5
    return x


def _in_the_limit(*factors: float) -> Any:
    x = leaf(1)
    y: Any = x
    for factor in factors:
        y = y * factor
    y.backward()
    return x.grad + 0


def _fine_gradient() -> Any:
    x = leaf(*[1] * 256)
    x.mean().backward()
    return (x.grad + 0)[:1]


def _written(operation: str, value: Any) -> Any:
    x = square()
    getattr(x, operation)(value)
    return x


def _one_statement_more() -> Any:
    x = square()
    x += 1
    x -= 1
    x *= 2
    return x


def _second_row_from_the_first() -> Any:
    x = square()
    x[1] = x[0]
    return x


def _onto_itself() -> Any:
    x = square()
    return x.copy_(x).add_(x)


def _rows_onto_the_same_rows() -> Any:
    x = square()
    x[0:2].add_(x[0:2])
    x[:, 1].copy_(x[:, 1])
    return x


def _one_row_onto_itself() -> Any:
    x = square()
    row = x[0:1]
    row.add_(row)
    return x


def _beside_its_own_rows() -> Any:
    x = whole(1, 2, 3, 4, 5, 6)
    x[0:6:2] = x[1:6:2]
    return x


def _filled_from_a_leaf() -> Any:
    x = made([0, 0])
    x[...] = leaf(1)[0]
    return x


TAKEN: dict[str, tuple[Any, Callable[[], Any]]] = {
    "a sum at the end of the integer": ([127], lambda: whole(126, dtype="int8") + 1),
    "a sum at the end of the float": ([MILLION - 1], lambda: made([MILLION - 2]) + 1),
    "a difference": ([-128], lambda: -100 - whole(28, dtype="int8")),
    "a product": ([MILLION / 2], lambda: made([1024]) * made([512])),
    "a number times": ([6], lambda: 2 * whole(3)),
    "a number plus": ([5], lambda: 2 + whole(3)),
    "a quotient by a power of two": ([1.5, -3.0, 12.0], lambda: made([6, 6, 6]) / made([4, -2, 0.5])),
    "an integer quotient": ([3.0], lambda: whole(6) / 2),
    "a quotient of a number": ([3.0, -0.75], lambda: 6 / made([2, -8])),
    "a complex sum": ([1 + 2j], lambda: made([2j], "complex64") + 1),
    "a complex difference": ([1 - 2j], lambda: 1 - made([2j], "complex64")),
    "or": ([True, True], lambda: made([True, False], "bool") + made([True, True], "bool")),
    "a view of a result": ([[2, 3], [4, 5]], lambda: (whole(1, 2, 3, 4) + 1).view(2, 2)),
    "a view of a result that was broadcast": ([[2, 3], [4, 5]], lambda: (whole(1, 2, 3, 4) + whole(1)).view(2, 2)),
    "a view of a copy": ([1, 2, 3, 4], lambda: square().clone().view(4)),
    "a view of a conversion": ([1.0, 2.0, 3.0, 4.0], lambda: square().to("float32").view(4)),
    "a view of a product": ([[5], [11]], lambda: (square() @ whole(1, 2)).view(2, 1)),
    "a view of a mean": ([2.0, 3.0], lambda: made([[1, 2], [3, 4]]).mean(0).view(2)),
    "a view of one row, transposed": ([1, 2], lambda: made([[1, 2]], "int64").t().clone().view(2)),
    "a permuted result": ([[2, 4], [3, 5]], lambda: square().t() + 1),
    "truncated": ([1, -1, 0], lambda: made([1.5, -1.5, -0.5]).to("int64")),
    "truncated to unsigned": ([255], lambda: made([255.5]).to("uint8")),
    "true": ([True, True, False], lambda: made([2, -0.25, 0]).to("bool")),
    "complex": ([2 + 0j], lambda: made([2]).to("complex64")),
    "a reshaped one": ([[1, 2], [3, 4]], lambda: whole(1, 2, 3, 4).reshape(2, 2)),
    "a write when the reshaped one is gone": ([5, 2, 3, 4], _reshaped_and_gone),
    "a zero of zeros": ([[0.0]], lambda: made([[0, 1]]) @ made([[1], [0]])),
    "negative to positive": ([[1.0]], lambda: made([[-1, 2]]) @ made([[1], [1]])),
    "negative without zero": ([[-1.0]], lambda: made([[1, -2]]) @ made([[1], [1]])),
    "a mean of four": (0.25, lambda: made([1, 0, 0, 0]).mean()),
    "a mean of a sum at the limit": ((MILLION - 2) / 2, lambda: made([MILLION - 3, 1]).mean()),
    "a mean of two rows": ([2.0, 3.0, 4.0], lambda: made([[1, 2, 3], [3, 4, 5]]).mean(0)),
    "a mean of one": (3.0, lambda: made([3]).mean()),
    "the largest": (1, lambda: made([1, 3, 3]).argmax()),
    "the largest integer": ([1, 1], lambda: square().argmax(1)),
    "no gradient yet": (None, lambda: leaf(1).grad),
    "a second walk to a leaf that had a gradient of its own": ([2.0, 3.0], _given_their_own),
    "a second walk that was kept": ([2.0, 2.0], _walked_twice_retained),
    "a gradient that was given": ([1.0, 2.0], _given),
    "a gradient that was given, and is gone": ([5.0, 6.0], _given_and_gone),
    "operands at the limit": ([32.0], lambda: _in_the_limit(32)),
    "gradients at the limit": ([-32.0], lambda: _in_the_limit(-16, 2)),
    "a fine gradient": ([1 / 256], _fine_gradient),
    "a new dimension of one": ([[5, 5]], lambda: whole(1, 2).expand(1, 2).fill_(5)),
    "onto itself": ([[2, 4], [6, 8]], _onto_itself),
    "the same rows, seen twice": ([[2, 4], [6, 8]], _rows_onto_the_same_rows),
    "one row onto itself, as one tensor": ([[2, 4], [3, 4]], _one_row_onto_itself),
    "a row from another": ([[1, 2], [1, 2]], _second_row_from_the_first),
    "in between": ([2, 2, 4, 4, 6, 6], _beside_its_own_rows),
    "in place": ([[2, 4], [6, 8]], _one_statement_more),
    "added in place": ([[3, 4], [5, 6]], lambda: _written("add_", 2)),
    "multiplied in place": ([[1, 4], [3, 8]], lambda: _written("mul_", whole(1, 2))),
    "filled": ([[7, 7], [7, 7]], lambda: _written("fill_", 7)),
    "zeroed": ([[0, 0], [0, 0]], lambda: square().zero_()),
    "a float tensor from a leaf": ([1.0, 1.0], _filled_from_a_leaf),
    "joined": ([1.0, 5.0], lambda: NAMESPACE.cat([made([1]), whole(5)])),
    "joined in columns": ([[1, 2, 1, 2], [3, 4, 3, 4]], lambda: NAMESPACE.cat([square(), square()], 1)),
    "as a function": ([4, 6], lambda: NAMESPACE.add(whole(1, 2), whole(3, 4))),
    "a view as a function": ([[1, 3], [2, 4]], lambda: NAMESPACE.permute(square(), 1, 0)),
    "one element": (7, lambda: whole(7).item()),
    "is a leaf": (True, lambda: leaf(1).is_leaf),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_what_the_rules_determine_is_taken(name: str) -> None:
    """The nearest program that leaves nothing open gives what is worked out by hand."""
    right, run = TAKEN[name]
    found = run()

    assert (found.tolist() if isinstance(found, StrictTensor) else found) == right


def test_what_breaks_a_rule_is_refused_as_such() -> None:
    """A wrong call is no doubt: it raises what the reference raises."""
    with pytest.raises(RuntimeError):
        whole(1, 2) + whole(1, 2, 3)
    with pytest.raises(RuntimeError, match="bool"):
        made([[True]], "bool") @ made([[True]], "bool")
    with pytest.raises(RuntimeError, match="two matrices"):
        made([1]).mm(made([1]))
    with pytest.raises(RuntimeError, match="mean"):
        whole(1, 2).mean()
    for owner in (square(), NAMESPACE):
        with pytest.raises(AttributeError, match="cumsum"):
            owner.cumsum  # noqa: B018 - what is unknown is refused when it is named


def test_the_namespace_has_dtypes_and_tensors_their_properties() -> None:
    """A dtype is its name; a size, a dtype and a number of dimensions are read as they are."""
    x = square()

    assert (NAMESPACE.float16, x.dtype, tuple(x.shape), x.ndim, x.numel()) == ("float16", "int64", (2, 2), 2, 4)
    assert not x.requires_grad
    assert x.to("int64") is x


def test_the_place_of_each_element_is_told() -> None:
    """Strides and offsets lead to places in the storage."""
    base = whole(*range(12)).view(3, 4)

    assert strict.places(base.t()[1:, 1:].own).tolist() == [5, 9, 6, 10, 7, 11]
    assert strict.places(base[2].own).tolist() == [8, 9, 10, 11]


def _inputs(**arguments: Any) -> Inputs:
    base = Base("float32", (2, 3), bits_of_array(np.arange(6, dtype=np.float32)))
    return Inputs({"b": base}, arguments)


def test_a_programs_inputs_are_built_as_they_are_described() -> None:
    """A view of a base, a leaf of it, and a plain value."""
    step = Step("transpose", (0, 1))
    built = strict.built(
        _inputs(x=TensorInput("b", (step,)), y=TensorInput("b", requires_grad=True), n=PlainInput(encode_plain(5)))
    )

    assert built["x"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert built["x"].own.storage is built["y"].own.storage
    assert (built["x"].requires_grad, built["y"].requires_grad, built["n"]) == (False, True, 5)


@pytest.mark.parametrize(
    ("statement", "determined"),
    [
        ("return x + 1", True), ("return x + 0.1", False), ("return x[5]", False), ("return x.cumsum(0)", False),
        ("return unknown", False), ("x[0] = 1; return x", True), ("return (x.t() + 1).view(6)", False),
    ],
)  # fmt: skip
def test_a_program_is_determined_where_no_statement_is_refused(statement: str, *, determined: bool) -> None:
    """Neither a doubt nor a broken rule, and the mode of recording is left as it was."""
    program = Program(f"def one(torch, x, *, device):\n    {statement}\n")

    assert strict.is_determined(program, _inputs(x=TensorInput("b"))) is determined
    assert autograd.MODE.enabled
