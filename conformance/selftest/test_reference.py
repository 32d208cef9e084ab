"""The reference, by a second opinion: Fractions, NumPy where NumPy has the same rule, and facts written by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dtypes import DTYPES, numpy_dtype
from conformance.reference import casts
from conformance.reference.arithmetic import binary
from conformance.reference.namespace import Namespace, made
from conformance.reference.promotion import Operand, UnknownResultError, promote_types, result_type
from conformance.reference.tensor import dense, view_strides
from conformance.strategies.values import elements, generator

FLOATS = ("float16", "bfloat16", "float32", "float64")


@pytest.mark.parametrize(
    ("one", "other", "result"),
    [
        ("bool", "uint8", "uint8"), ("uint8", "int8", "int16"), ("uint8", "int16", "int16"), ("int8", "int64", "int64"),
        ("int64", "float16", "float16"), ("float16", "bfloat16", "float32"), ("float32", "float64", "float64"),
        ("float64", "complex64", "complex128"), ("bfloat16", "complex64", "complex64"), ("bool", "bool", "bool"),
        ("int32", "complex128", "complex128"), ("bool", "bfloat16", "bfloat16"),
    ],
)  # fmt: skip
def test_promotion_of_two_dtypes(one: str, other: str, result: str) -> None:
    """The facts of PyTorch's table of promotion."""
    assert promote_types(one, other) == result


def test_promotion_is_symmetric_and_idempotent() -> None:
    """Promotion does not depend on order, and gives a dtype that holds both."""
    for one, other in product(DTYPES, DTYPES):
        result = promote_types(one, other)
        assert result == promote_types(other, one)
        assert promote_types(result, one) == result


@pytest.mark.parametrize(
    ("operands", "result"),
    [
        ((Operand("int8", "dimensioned"), Operand("int64", "zero-dim")), "int8"),
        ((Operand("uint8", "dimensioned"), Operand("int64", "number")), "uint8"),
        ((Operand("int8", "dimensioned"), Operand("float64", "zero-dim")), "float64"),
        ((Operand("int64", "dimensioned"), Operand("float32", "number")), "float32"),
        ((Operand("float16", "dimensioned"), Operand("float64", "zero-dim")), "float16"),
        ((Operand("float64", "dimensioned"), Operand("complex64", "number")), "complex128"),
        ((Operand("float32", "zero-dim"), Operand("float64", "zero-dim")), "float64"),
        ((Operand("bool", "dimensioned"), Operand("int64", "number")), "int64"),
    ],
)
def test_an_operand_without_dimensions_counts_by_its_category(operands: tuple[Operand, ...], result: str) -> None:
    """A 0-d tensor or a number raises a dtype only across categories."""
    assert result_type(list(operands)) == result


def test_what_is_complex32_is_not_judged() -> None:
    """A half tensor with a complex number gives a dtype that the suite does not know, and says so."""
    with pytest.raises(UnknownResultError):
        result_type([Operand("float16", "dimensioned"), Operand("complex64", "number")])


def _neighbours(value: Any, dtype: str) -> list[Fraction]:
    """Give the two elements of a dtype that lie next to a finite one."""
    bits = np.asarray(value, dtype=numpy_dtype(dtype)).view(f"i{DTYPES[dtype].itemsize}")
    around = [(bits + step).view(numpy_dtype(dtype)).astype(np.float64) for step in (-1, 1)]
    return [Fraction(float(one)) for one in around if np.isfinite(one)]


def _is_nearest(value: Any, exact: Fraction, dtype: str) -> bool:
    """Say whether no neighbour of `value` is nearer to the exact result."""
    distance = abs(Fraction(float(value)) - exact)
    return all(distance <= abs(one - exact) for one in _neighbours(value, dtype) if one)


@pytest.mark.parametrize(("dtype", "operation"), list(product(FLOATS, ("add", "sub", "mul", "div"))))
def test_arithmetic_is_correctly_rounded(dtype: str, operation: str) -> None:
    """No element of the dtype is nearer to the exact result, worked out in Fractions, than the one given."""
    random = generator(1, f"{dtype} {operation}")
    left, right = (elements(dtype, 300, random) for _ in range(2))
    result = binary(operation, dense(left, dtype), dense(right, dtype), "cpu").array()
    checked = 0
    for one, other, got in zip(left.tolist(), right.tolist(), result.tolist(), strict=True):
        if not all(map(np.isfinite, (one, other, got))) or not float(got) or not float(other):
            continue
        a, b = Fraction(float(one)), Fraction(float(other))
        exact = {"add": a + b, "sub": a - b, "mul": a * b, "div": a / b}[operation]
        assert _is_nearest(got, exact, dtype), (one, operation, other, got)
        checked += 1

    assert checked > 50


@pytest.mark.parametrize(("operation", "dtype"), list(product(("add", "sub", "mul"), ("uint8", "int8", "int64"))))
def test_integers_wrap_around(operation: str, dtype: str) -> None:
    """Integer results are those of Python's integers modulo two to the width."""
    random = generator(2, dtype)
    left, right = (elements(dtype, 100, random) for _ in range(2))
    result = binary(operation, dense(left, dtype), dense(right, dtype), "cpu").array()
    bits = 8 * DTYPES[dtype].itemsize
    for one, other, got in zip(left.tolist(), right.tolist(), result.tolist(), strict=True):
        exact = {"add": one + other, "sub": one - other, "mul": one * other}[operation]
        assert (exact - got) % 2**bits == 0


@pytest.mark.parametrize("source", ["float64", "int64", "int32"])
def test_bfloat16_is_reached_in_one_rounding_or_through_float32(source: str) -> None:
    """Of the two conversions that are right, the first rounds once and the second through float32."""
    values = elements(source, 500, generator(3, source))
    once, through = casts.candidates(values, source, "bfloat16")
    with np.errstate(all="ignore"):
        by_hand = values.astype(np.float32).astype(numpy_dtype("bfloat16"))

    assert through.tobytes() == by_hand.tobytes()
    for value, got in zip(values.tolist(), once.astype(float).tolist(), strict=True):
        if np.isfinite(got) and got:
            assert _is_nearest(got, Fraction(value), "bfloat16"), (value, got)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize(("source", "scale", "beside"), [("float64", 0, 2.0**-40), ("int64", 60, 1), ("int64", 61, 7)])
def test_beside_the_middle_of_two_bfloat16_one_rounding_goes_to_the_nearer(
    sign: int, odd: int, source: str, scale: int, beside: float
) -> None:
    """What float32 can't tell from the middle goes up or down by itself, and through float32 to the even one."""
    low, high = (Fraction(128 + odd + more) * Fraction(2) ** (scale - 7) for more in (0, 1))
    middle = (low + high) / 2
    even = high if odd else low
    exact = [middle - Fraction(beside), middle, middle + Fraction(beside)]
    # What float32 can tell from it, by its last bit.
    last = (high - low) / 2**16
    exact += [middle - last, middle + last]
    values = np.array([sign * (int(one) if scale else float(one)) for one in exact], source)
    once, through = casts.candidates(values, source, "bfloat16")

    assert [Fraction(float(one)) for one in once] == [sign * one for one in (low, even, high, low, high)]
    assert [Fraction(float(one)) for one in through] == [sign * one for one in (even, even, even, low, high)]


@pytest.mark.parametrize("source", ["complex64", "complex128"])
def test_of_a_complex_number_the_real_part_is_converted(source: str) -> None:
    """To a real dtype, and no warning of NumPy's is let through; to bool, every number but zero; to complex, both parts."""
    values = np.array([1.5 + 2j, -3 + 0j, 2j, 0j], source)
    whole = np.array([127 + 300j, 128 + 0j], source)

    assert casts.candidates(values, source, "float32")[0].tolist() == [1.5, -3, 0, 0]
    assert casts.candidates(values, source, "int8")[0].tolist() == [1, -3, 0, 0]
    assert casts.candidates(values, source, "bfloat16")[0].astype(float).tolist() == [1.5, -3, 0, 0]
    assert casts.candidates(values, source, "bool")[0].tolist() == [True, True, True, False]
    assert casts.candidates(values, source, "complex64")[0].tolist() == values.tolist()
    assert casts.undefined(whole, source, "int8").tolist() == [False, True]


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
def test_the_ends_of_an_integers_range_are_held(dtype: str) -> None:
    """What is truncated to them too; the next whole numbers, as far as float64 tells them, are beyond."""
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    below, above = (np.nextafter(float(low - 1), 0), np.nextafter(float(high + 1), 0))
    inside, outside = (
        [float(low), above, 0.0, -0.9],
        [float(high + 1), np.inf, -np.inf, np.nan, np.nextafter(low - 1, -np.inf)],
    )
    if dtype != "int64":
        inside, outside = [*inside, below, float(high)], [*outside, float(low - 1)]

    assert not casts.undefined(np.array(inside), "float64", dtype).any()
    assert casts.undefined(np.array(outside), "float64", dtype).all()


def test_a_float_beyond_an_integer_may_become_anything() -> None:
    """NaN, infinities and values out of range are free; the ends of the range are not."""
    values = np.array([0.0, -128.9, 127.9, 128.0, -129.0, np.nan, np.inf])

    assert casts.undefined(values, "float64", "int8").tolist() == [False, False, False, True, True, True, True]
    assert casts.undefined(np.array([2.0**63, -(2.0**63)]), "float64", "int64").tolist() == [True, False]


def _factored(number: int, parts: int) -> list[tuple[int, ...]]:
    """Give all shapes of so many elements with so many dimensions."""
    if not parts:
        return [()] if number == 1 else []
    sizes = [size for size in range(1, number + 1) if number % size == 0]
    return [(size, *rest) for size in sizes for rest in _factored(number // size, parts - 1)]


@pytest.mark.parametrize("old", [(12,), (4, 3), (1, 12), (2, 3, 2), (2, 1, 6), (3, 1, 1, 4), (2, 3, 1, 2)])
@pytest.mark.parametrize("step", [1, 2])
def test_view_is_refused_where_numpy_would_copy(old: tuple[int, ...], step: int) -> None:
    """Strides allow a view exactly where NumPy needs no copy, and show the same elements in the same order."""
    dense = np.arange(12 * step).reshape(*old[:-1], old[-1] * step)[..., ::step]
    shapes = [new for parts in range(1, 5) for new in _factored(12, parts)]
    allowed = 0
    for order, new in product(permutations(range(dense.ndim)), shapes):
        array = dense.transpose(order)
        found = view_strides(array.shape, tuple(stride // 8 for stride in array.strides), new)
        try:
            view = np.reshape(array, new, copy=False)
        except ValueError:
            assert found is None, (order, new)
            continue
        assert found is not None, (order, new)
        seen = np.lib.stride_tricks.as_strided(array, new, tuple(8 * stride for stride in found))
        assert seen.tolist() == view.tolist(), (order, new)
        allowed += 1
    assert allowed >= len(shapes) // step


KEYS = st.lists(
    st.one_of(
        st.integers(-3, 2),
        st.builds(slice, st.none() | st.integers(-4, 4), st.none() | st.integers(-4, 4), st.none() | st.integers(1, 3)),
        st.none(),
        st.just(Ellipsis),
    ),
    max_size=5,
).filter(lambda key: key.count(Ellipsis) <= 1)


@settings(deadline=None)
@given(KEYS)
def test_indexing_is_numpys(key: list[Any]) -> None:
    """Basic indexing selects what NumPy selects, or raises IndexError where NumPy does."""
    array = np.arange(24).reshape(2, 3, 4)
    tensor = made(array, "int64", "cpu")
    try:
        expected = array[tuple(key)]
    except IndexError:
        with pytest.raises(IndexError):
            _ = tensor[tuple(key)]
        return
    assert tensor[tuple(key)].array().tolist() == expected.tolist()


def test_views_share_their_base() -> None:
    """A write through a view of a view is seen in the base."""
    base = Namespace().tensor([[1, 2, 3], [4, 5, 6]], device="cpu")
    base.t()[1:][0, 1] = 9

    assert base.array().tolist() == [[1, 2, 3], [4, 9, 6]]


def test_a_number_beside_a_half_tensor_may_enter_in_two_ways() -> None:
    """A Python number may be used at the half type or at float32: both results are right."""
    result = binary("mul", made(np.array([3.0]), "float16", "cpu"), 0.1, "cpu")

    assert result.allowed is not None
    right = {float(array[0]) for array in (result.array(), *result.allowed.also)}
    assert right == {
        float(np.float16(np.float32(3) * np.float32(np.float16(0.1)))),
        float(np.float16(3 * np.float32(0.1))),
    }


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda t: t.view(5), RuntimeError),
        (lambda t: t.t().view(6), RuntimeError),
        (lambda t: t.unsqueeze(3), IndexError),
        (lambda t: t.permute(0, 0), RuntimeError),
        (lambda t: t[2], IndexError),
        (lambda t: t[0, 0, 0], IndexError),
        (lambda t: t[::-1], ValueError),
        (lambda t: t.expand(3, 3), RuntimeError),
        (lambda t: t + made(np.zeros(4), "float32", "cpu"), RuntimeError),
        (lambda t: t.add_(1.5), RuntimeError),
    ],
)
def test_the_reference_refuses(call: Any, error: type[Exception]) -> None:
    """What PyTorch documents as an error is one in the reference."""
    with pytest.raises(error):
        call(made(np.arange(6).reshape(2, 3), "int64", "cpu"))


def _small(shape: tuple[int, ...], dtype: str, seed: int) -> Any:
    values = np.random.default_rng(seed).integers(-3, 4, shape)
    return made(values.astype(numpy_dtype(dtype)), dtype, "cpu")


@pytest.mark.parametrize("dtype", ["int8", "bfloat16", "float32", "complex64"])
def test_a_product_is_the_sum_of_products(dtype: str) -> None:
    """Each element of a product is the sum that plain Python works out."""
    left, right = _small((3, 5), dtype, 1), _small((5, 2), dtype, 2)
    rows, columns = (one.array().astype(complex).tolist() for one in (left, right))
    by_hand = [[sum(rows[i][k] * columns[k][j] for k in range(5)) for j in range(2)] for i in range(3)]

    assert (left @ right).array().astype(complex).tolist() == by_hand


def test_an_empty_sum_is_zero_and_an_empty_mean_is_nan() -> None:
    """A product over no element is zero, and the mean of no element is NaN."""
    assert (_small((2, 0), "float32", 1) @ _small((0, 2), "float32", 1)).array().tolist() == [[0, 0], [0, 0]]
    assert np.isnan(_small((0,), "float32", 1).mean().array())


@pytest.mark.parametrize(
    ("values", "index"),
    [
        ([1, 3, 3], 1),
        ([np.nan, 3], 0),
        ([3, np.nan, np.nan], 1),
        ([-np.inf, -np.inf], 0),
        ([0.0, -0.0], 0),
        ([-0.0, 0.0], 0),
    ],
)
def test_argmax_is_the_first_largest(values: list[float], index: int) -> None:
    """Of several largest the first, and NaN is the largest."""
    assert int(made(np.array(values, dtype=np.float32), "float32", "cpu").argmax().array()) == index


@pytest.mark.parametrize(
    ("dtype", "pair"), [("int64", (2**53, 2**53 + 1)), ("float64", (1.0, 1.0 + 2.0**-52)), ("uint8", (127, 128))]
)
def test_the_largest_of_neighbours_is_found(dtype: str, pair: tuple[float, float]) -> None:
    """No comparison in a narrower dtype than their own."""
    for values, index in ((pair, 1), (pair[::-1], 0)):
        assert int(made(np.array(values, dtype), dtype, "cpu").argmax().array()) == index


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4), ()])
def test_a_dimension_is_counted_from_either_end(shape: tuple[int, ...]) -> None:
    """The first and the last, by both of their numbers; a 0-d tensor takes 0 and -1."""
    size = max(len(shape), 1)
    tensor = made(np.arange(np.prod(shape), dtype=np.float64).reshape(shape), "float64", "cpu")
    for dim in range(size):
        assert tensor.mean(dim - size).tolist() == tensor.mean(dim).tolist()
        assert tensor.argmax(dim - size).tolist() == tensor.argmax(dim).tolist()
        if shape:
            assert tensor.argmax(dim).tolist() == np.argmax(tensor.array(), dim).tolist()
            assert tensor.argmax(dim, keepdim=True).shape == np.argmax(tensor.array(), dim, keepdims=True).shape


@pytest.mark.parametrize("dim", [0, 1, -1, (0, 1), None])
def test_a_mean_is_a_fraction(dim: Any) -> None:
    """The mean of small whole numbers is the Fraction that plain Python works out."""
    tensor = _small((4, 2), "float64", 3)
    array = tensor.array()
    axes = tuple(range(2)) if dim is None else dim
    number = int(np.prod([array.shape[axis] for axis in ((axes,) if isinstance(axes, int) else axes)]))
    totals = np.asarray(array.astype(int).sum(axis=axes))

    assert tensor.mean(dim).array().ravel().tolist() == [float(Fraction(int(one), number)) for one in totals.ravel()]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda t: t @ t, RuntimeError),
        (lambda t: t.mm(t.view(-1)), RuntimeError),
        (lambda t: t.to("int64").mean(), RuntimeError),
        (lambda t: t.mean((0, 0)), RuntimeError),
        (lambda t: t.mean(2), IndexError),
        (lambda t: t.mean(-3), IndexError),
        (lambda t: t.mean((0, -4)), IndexError),
        (lambda t: t.argmax(2), IndexError),
        (lambda t: t.argmax(-3), IndexError),
        (lambda t: t[0, 0].mean(1), IndexError),
        (lambda t: t[0, 0].argmax(-2), IndexError),
        (lambda t: t[2:].argmax(), IndexError),
        (lambda t: t[2:].argmax(0), IndexError),
        (lambda t: Namespace().cat([t, t.t()]), RuntimeError),
        (lambda t: Namespace().cat([t][1:]), RuntimeError),
        (lambda t: Namespace().cat([t, t], 2), IndexError),
        (lambda t: Namespace().cat([t, t], -3), IndexError),
        (lambda t: Namespace().cat([t, t], -4), IndexError),
        (lambda t: Namespace().cat([t[0, 0], t[0]]), RuntimeError),
    ],
)
def test_reductions_products_and_cat_refuse(call: Any, error: type[Exception]) -> None:
    """What PyTorch documents as an error of these is one in the reference."""
    with pytest.raises(error):
        call(_small((2, 3), "float32", 4))


@pytest.mark.parametrize(
    ("call", "ends"),
    [
        (lambda t: t.mean(2), (-2, 1)), (lambda t: t.argmax(-3), (-2, 1)), (lambda t: Namespace().cat([t, t], 2), (-2, 1)),
        (lambda t: t.transpose(0, 2), (-2, 1)), (lambda t: t.unsqueeze(3), (-3, 2)), (lambda t: t[0, 0].mean(1), (-1, 0)),
        (lambda t: t.squeeze(-4), (-2, 1)),
    ],
)  # fmt: skip
def test_a_dimension_out_of_range_is_told_with_the_range(call: Any, ends: tuple[int, int]) -> None:
    """In PyTorch's words."""
    words = rf"Dimension out of range \(expected to be in range of \[{ends[0]}, {ends[1]}\], but got -?\d\)"
    with pytest.raises(IndexError, match=words):
        call(_small((2, 3), "float32", 4))


def test_cat_joins_along_a_dimension_counted_from_either_end() -> None:
    """The last and the first by their negative numbers."""
    tensor = _small((2, 3), "float32", 4)
    for dim in (0, 1):
        right = np.concatenate([tensor.array()] * 2, axis=dim).tolist()
        assert Namespace().cat([tensor, tensor], dim).tolist() == right
        assert Namespace().cat([tensor, tensor], dim - 2).tolist() == right


def test_cat_promotes_and_forgives_an_empty_vector() -> None:
    """Dtypes are promoted over all tensors, and an empty vector joins any shape."""
    empty = made(np.zeros(0, dtype=np.float32), "float32", "cpu")
    whole = made(np.array([[1, 2]]), "int64", "cpu")
    result = Namespace().cat([whole, empty, whole], 1)

    assert (result.dtype, result.array().tolist()) == ("float32", [[1, 2, 1, 2]])
