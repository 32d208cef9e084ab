"""The reference's dense operations, by a second opinion: Fractions, plain Python, and facts written by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from conformance.dtypes import numpy_dtype
from conformance.reference import bounds
from conformance.reference.namespace import Namespace, ReferenceTensor, made
from conformance.strategies.layouts import ALL, OVERLAPPING, fitting, reading, writing
from conformance.strategies.values import elements, generator, moderate, whole

TORCH = Namespace()
FLOATS = ("float16", "bfloat16", "float32", "float64")


def tensor(values: Any, dtype: str) -> ReferenceTensor:
    """Make a tensor of the reference."""
    return made(np.asarray(values).astype(numpy_dtype(dtype)), dtype, "cpu")


def bound_of(result: ReferenceTensor) -> Any:
    """Give the bound of a result."""
    assert result.allowed is not None
    return result.allowed.bound


@pytest.mark.parametrize("dtype", FLOATS)
def test_an_inexact_product_lies_within_its_bound_of_the_exact_one(dtype: str) -> None:
    """Worked out in Fractions, no element is farther away than the bound says, and the bound is no excuse for anything."""
    random = generator(3, dtype)
    left, right = (moderate(dtype, 35, random) for _ in range(2))
    result = TORCH.matmul(tensor(left.reshape(5, 7), dtype), tensor(right.reshape(7, 5), dtype))
    for row, column in product(range(5), range(5)):
        terms = [Fraction(float(left[row * 7 + n])) * Fraction(float(right[n * 5 + column])) for n in range(7)]
        bound = float(bound_of(result)[row, column])
        assert abs(Fraction(float(result.array()[row, column])) - sum(terms)) <= Fraction(bound)
        assert bound <= 40 * bounds.unit(dtype) * float(sum(map(abs, terms)))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_a_complex_products_bound_counts_both_parts_of_each_factor(dtype: str) -> None:
    """Each part of a sum of n products is a sum of 2n real ones, whose magnitudes are those of the parts multiplied out."""
    left, right = (moderate(dtype, 7, generator(5, f"{dtype} {side}")) for side in "lr")
    bound = float(bound_of(TORCH.matmul(tensor(left, dtype), tensor(right, dtype))))
    parts = [[(abs(float(one.real)), abs(float(one.imag))) for one in side] for side in (left, right)]
    multiplied_out = sum(x * y for one, other in zip(*parts, strict=True) for x, y in product(one, other))
    least = math.sqrt(2) * 14 * bounds.unit(dtype) * multiplied_out

    assert least < bound < 2.5 * least


@pytest.mark.parametrize("dtype", [*FLOATS, "complex64", "complex128"])
def test_products_of_small_whole_numbers_have_no_bound(dtype: str) -> None:
    """Where every partial sum is a number of the dtype, nothing may be off."""
    values = whole(dtype, 24, generator(4, dtype), 2)
    result = TORCH.mm(tensor(values.reshape(4, 6), dtype), tensor(values.reshape(6, 4), dtype))

    assert not bound_of(result).any()


def test_reduced_precision_is_beyond_the_bound() -> None:
    """A float32 product whose factors are rounded to bfloat16 or to ten bits is told from one that is not."""
    random = generator(5, "reduced")
    left, right = moderate("float32", 64, random).reshape(1, 64), moderate("float32", 64, random).reshape(64, 1)
    result = TORCH.mm(tensor(left, "float32"), tensor(right, "float32"))
    for drop in (16, 13):
        cut = [
            (one.view(np.uint32) & np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF)).view(np.float32) for one in (left, right)
        ]
        assert abs(float((cut[0] @ cut[1])[0, 0]) - float(result.array()[0, 0])) > float(bound_of(result)[0, 0])


def test_sums_that_overflow_or_are_no_numbers_have_no_freedom() -> None:
    """Where the right result is an infinity or NaN, only that is right."""
    result = TORCH.matmul(tensor([[1.0, math.inf], [0.0, math.inf]], "float32"), tensor([[1.0], [0.0]], "float32"))

    assert np.isnan(result.array()).all()
    assert not bound_of(result).any()


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_mean_lies_within_its_bound_of_the_exact_one(dtype: str) -> None:
    """Worked out in Fractions, for numbers of elements that are no powers of two."""
    values = moderate(dtype, 11, generator(6, dtype))
    result = TORCH.mean(tensor(values, dtype))
    exact = sum((Fraction(float(one)) for one in values), Fraction(0)) / 11

    assert abs(Fraction(float(result.array())) - exact) <= Fraction(float(bound_of(result)))
    assert float(bound_of(result)) < 30 * bounds.unit(dtype)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_mean_of_many_ones_is_one_or_almost(dtype: str) -> None:
    """Sums in the half type itself would stop at 2048 or 256: that is beyond the bound."""
    result = TORCH.mean(tensor(np.ones(32769), dtype))

    assert float(result.array()) == 1
    assert float(bound_of(result)) < 256 / 32769 * 10


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64"])
def test_products_of_integers_wrap_as_in_python(dtype: str) -> None:
    """Plain Python's sums, modulo the dtype's range."""
    random = generator(7, dtype)
    left, right = (elements(dtype, 6, random) for _ in range(2))
    result = int(TORCH.matmul(tensor(left, dtype), tensor(right, dtype)).array())
    exact = sum(int(one) * int(other) for one, other in zip(left, right, strict=True))
    limits = np.iinfo(dtype)

    assert (result - exact) % (int(limits.max) - int(limits.min) + 1) == 0


@pytest.mark.parametrize(
    ("name", "stands_for"),
    [
        ("subtract", "sub"), ("multiply", "mul"), ("divide", "div"), ("true_divide", "div"), ("subtract_", "sub_"),
        ("multiply_", "mul_"), ("divide_", "div_"), ("true_divide_", "div_"),
    ],
)  # fmt: skip
def test_a_further_name_is_what_it_stands_for(name: str, stands_for: str) -> None:
    """As a method, and as a function where it writes nothing; with `alpha` where that has one."""
    y = tensor([3, 8], "float64")
    more = [{}, {"alpha": 3}] if "sub" in name else [{}]
    for named in more:
        x, same = tensor([10, 20], "float64"), tensor([10, 20], "float64")
        right = getattr(same, stands_for)(y, **named).tolist()
        assert getattr(x, name)(y, **named).tolist() == right
        assert x.tolist() == same.tolist()
        if not name.endswith("_"):
            assert getattr(TORCH, name)(x, y, **named).tolist() == right


def test_alpha_and_aliases_are_what_they_stand_for() -> None:
    """`alpha` multiplies the second operand; the further names give the same."""
    x, y = tensor([10, 20], "int32"), tensor([1, 2], "int32")

    assert TORCH.sub(x, y, alpha=3).array().tolist() == [7, 14]
    assert TORCH.subtract(x, y).array().tolist() == x.subtract(y).array().tolist() == [9, 18]
    assert TORCH.true_divide(x, y).dtype == "float32"
    assert x.clone().multiply_(y).array().tolist() == [10, 40]
    assert x.type_as(tensor([1.0], "float64")).dtype == x.to("float64").dtype == "float64"


@pytest.mark.parametrize(
    ("name", "second"),
    [("add", "other"), ("sub", "other"), ("mul", "other"), ("div", "other"), ("mm", "mat2"), ("matmul", "other")],
)
def test_functions_take_pytorchs_names_and_out_by_name_alone(name: str, second: str) -> None:
    """`input`, and the second operand's own name; a third operand in its place is refused."""
    function, x = getattr(TORCH, name), tensor([[1, 2], [3, 4]], "float32")
    wanted = function(x, x).tolist()

    assert (
        function(input=x, **{second: x}).tolist()
        == function(x, x, out=tensor(np.zeros((2, 2)), "float32")).tolist()
        == wanted
    )
    with pytest.raises(TypeError):
        function(x, x, tensor(np.zeros((2, 2)), "float32"))


def test_out_is_written_where_it_lies() -> None:
    """A permuted `out` gets each element in its own place, and a lower category is refused."""
    base = tensor(np.zeros((3, 2)), "float32")
    returned = TORCH.add(tensor([[1, 2, 3], [4, 5, 6]], "float32"), 1, out=base.transpose(0, 1))

    assert base.array().tolist() == [[2, 5], [3, 6], [4, 7]]
    assert returned.array().tolist() == [[2, 3, 4], [5, 6, 7]]
    with pytest.raises(RuntimeError):
        TORCH.add(returned, 1, out=tensor(np.zeros((2, 3)), "int64"))


def test_the_default_dtype_is_that_of_quotients_and_numbers() -> None:
    """Integers divided, and integers with a Python float, are of the default dtype."""
    x = tensor([1, 2], "int64")
    TORCH.set_default_dtype("float64")
    try:
        assert TORCH.div(x, x).dtype == TORCH.add(x, 0.5).dtype == "float64"
    finally:
        TORCH.set_default_dtype("float32")
    assert TORCH.div(x, x).dtype == "float32"


@pytest.mark.parametrize(
    "shape", [(), (3,), (1,), (2, 3), (3, 1), (1, 4), (2, 3, 4), (4, 1, 1), (2, 0, 3), (2, 1, 3, 2)]
)
def test_every_layout_shows_the_shape_that_it_is_asked_for(shape: tuple[int, ...]) -> None:
    """The steps lead from the base to an argument of the shape, and a layout to write to has no element twice."""
    for layout in reading(shape):
        base = made(np.arange(math.prod(layout.base(shape))).reshape(layout.base(shape)), "int64", "cpu")
        shown: Any = base
        for step in layout.steps(shape):
            shown = shown[_key(step.args[0])] if step.op == "index" else getattr(shown, step.op)(*step.args)
        assert tuple(shown.shape) == shape, layout.name
        if layout in writing(shape):
            assert len(set(shown.array().ravel().tolist())) == math.prod(shape), layout.name
    assert {layout.name for layout in fitting(shape)} <= set(ALL)
    assert not {layout.name for layout in writing(shape)} & set(OVERLAPPING)


def _key(stored: Any) -> Any:
    from conformance.program import decode_plain

    return decode_plain(stored, str)
