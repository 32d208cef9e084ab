"""What is seen and how it is judged, element by element and word by word: what each difference says, and where it stops."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from conformance.dtypes import numpy_dtype
from conformance.observation import (
    SHOWN_ELEMENTS,
    TEXT_LIMIT,
    Allowed,
    ArgumentSeen,
    Difference,
    Expectation,
    Expected,
    Observation,
    Raised,
    Seen,
    Warned,
    allows,
    describe,
    describe_all,
    differences,
    differs,
    elements,
    expected_of,
    expected_text_of,
    legible,
)
from conformance.program import bits_of_array, encode_plain


def tensor(values: Any, dtype: str = "float32", **more: Any) -> Seen:
    """See a tensor."""
    array = np.array(values).astype(numpy_dtype(dtype))
    return Seen("tensor", array.shape, dtype, bits_of_array(array), **more)


def wanting(values: Any, dtype: str = "float32", **more: Any) -> Expected:
    """Want a tensor."""
    array = np.array(values).astype(numpy_dtype(dtype))
    return Expected("tensor", array.shape, dtype, bits=bits_of_array(array), **more)


def found(right: Expected, seen: Seen) -> list[Difference]:
    """Compare one returned thing."""
    return differences(Expectation(returned=(right,)), Observation(returned=(seen,)))


def plain(kind: Any, value: Any) -> Seen:
    """See a Python value."""
    return Seen(kind, value=encode_plain(value))


def _patterns(dtype: str, *words: int) -> np.ndarray[Any, Any]:
    kind = numpy_dtype(dtype)
    return np.array(words, f"u{kind.itemsize}").view(kind)


# Of each float dtype: two NaNs of other signs and payloads, and the bits of zeros and of the smallest number.
NANS = {
    "float16": (0x7E00, 0xFE01), "bfloat16": (0x7FC0, 0xFFC1), "float32": (0x7FC00000, 0xFFC00001),
    "float64": (0x7FF8000000000000, 0xFFF8000000000001),
}  # fmt: skip


@pytest.mark.parametrize("dtype", NANS)
def test_floats_are_equal_by_their_bits_but_for_nans(dtype: str) -> None:
    """Every NaN is every other; zeros of either sign and neighbouring numbers are not each other."""
    size = numpy_dtype(dtype).itemsize * 8
    quiet, other = _patterns(dtype, *NANS[dtype]).reshape(2, 1)
    minus, least = 1 << (size - 1), 1
    zero, negative, small = _patterns(dtype, 0, minus, least).reshape(3, 1)

    def same(one: Any, two: Any) -> bool:
        seen = Seen("tensor", (1,), dtype, bits_of_array(two))
        return not found(Expected("tensor", (1,), dtype, bits=bits_of_array(one)), seen)

    assert same(quiet, other)
    assert same(small, small)
    for one, two in ((quiet, zero), (zero, quiet), (zero, negative), (negative, zero), (zero, small), (small, zero)):
        assert not same(one, two)


def test_complex_numbers_are_equal_part_by_part() -> None:
    """A NaN in one part excuses nothing in the other."""
    right = wanting([complex(1, float("nan"))], "complex64")

    assert found(right, tensor([complex(1, float("nan"))], "complex64")) == []
    assert found(right, tensor([complex(2, float("nan"))], "complex64"))
    assert found(right, tensor([complex(float("nan"), float("nan"))], "complex64"))
    assert found(right, tensor([complex(1, 1)], "complex64"))
    assert found(wanting([1 + 2j], "complex128"), tensor([1 + 3j], "complex128"))
    assert found(wanting([1 + 2j], "complex128"), tensor([3 + 2j], "complex128"))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int16", "int32", "int64"])
def test_integers_and_bools_are_equal_or_not(dtype: str) -> None:
    """The first element that differs is told, with how many do."""
    assert found(wanting([[1, 0], [1, 1]], dtype), tensor([[1, 0], [1, 1]], dtype)) == []
    (one,) = found(wanting([[1, 0], [1, 1]], dtype), tensor([[1, 0], [0, 1]], dtype))
    (two,) = found(wanting([[1, 0], [1, 1]], dtype), tensor([[1, 1], [0, 1]], dtype))
    shown = ("True", "False") if dtype == "bool" else ("1", "0")

    assert (one.what, one.index, one.expected, one.got) == ("value", (1, 0), *shown)
    assert (two.index, two.expected, two.got) == ((0, 1), shown[1], f"{shown[0]} (2 of 4 elements differ)")
    assert (
        str(one)
        == f"returned value: value at index [1, 0]: expected {'True' if dtype == 'bool' else 1}, got {shown[1]}"
    )


def test_a_float_is_shown_with_its_bits() -> None:
    """Decimals may hide what differs."""
    (one,) = found(wanting([1.0]), tensor([1.0 + 2.0**-23]))

    assert one.expected == "1.0 (0x3f800000)"
    assert one.got == "1.0000001 (0x3f800001)"
    (half,) = found(wanting(1.0, "bfloat16"), tensor(2.0, "bfloat16"))
    assert (half.expected, half.got, half.index) == ("1 (0x3f80)", "2 (0x4000)", ())


def _bits(values: Any, dtype: str = "float32") -> bytes:
    return bits_of_array(np.array(values).astype(numpy_dtype(dtype)))


def test_what_else_is_right_is_accepted_element_by_element() -> None:
    """Each element may be that of any of the further results, be free, or lie within its bound: no more."""
    also = Allowed(also=(_bits([5.0, 6.0]), _bits([7.0, 8.0])))
    for right in ([1.0, 2.0], [5.0, 2.0], [1.0, 8.0], [7.0, 6.0]):
        assert found(wanting([1.0, 2.0], allowed=also), tensor(right)) == []
    assert found(wanting([1.0, 2.0], allowed=also), tensor([6.0, 2.0]))[0].index == (0,)
    assert found(wanting([1.0, 2.0], allowed=also), tensor([1.0, 5.0]))[0].index == (1,)

    free = Allowed(free=_bits([False, True], "bool"))
    assert found(wanting([1.0, 2.0], allowed=free), tensor([1.0, float("nan")])) == []
    assert found(wanting([1.0, 2.0], allowed=free), tensor([2.0, 2.0]))[0].index == (0,)

    bound = Allowed(bound=_bits([0.25, 0.0], "float64"))
    for right in ([1.25, 2.0], [0.75, 2.0], [1.125, 2.0]):
        assert found(wanting([1.0, 2.0], allowed=bound), tensor(right)) == []
    for wrong, index in (([1.375, 2.0], 0), ([0.5, 2.0], 0), ([1.0, 2.5], 1), ([float("nan"), 2.0], 0)):
        assert found(wanting([1.0, 2.0], allowed=bound), tensor(wrong))[0].index == (index,)
    assert found(wanting([0.0, 1.0], allowed=bound), tensor([-0.0, 1.0])) == []


def test_a_complex_bound_is_one_of_the_modulus() -> None:
    """The distance in the plane counts."""
    right = wanting([1 + 1j], "complex128", allowed=Allowed(bound=_bits([5.0], "float64")))

    assert found(right, tensor([4 + 5j], "complex128")) == []
    assert found(right, tensor([4.1 + 5j], "complex128"))


def test_elements_are_compared_only_where_shape_and_dtype_are_right() -> None:
    """What follows from another difference is not told too."""
    assert [one.what for one in found(wanting([1.0, 2.0]), tensor([[1.0], [3.0]]))] == ["shape"]
    assert [one.what for one in found(wanting([1.0, 2.0]), tensor([1.0, 3.0], "float64"))] == ["dtype"]
    assert [one.what for one in found(wanting([1.0]), tensor([2.0], device="cuda:0"))] == ["value"]
    shape = found(wanting([1.0, 2.0]), tensor([[1.0]]))[0]
    assert (shape.expected, shape.got) == ("[2]", "[1, 1]")


@pytest.mark.parametrize(
    ("shape", "wanted", "strides", "right"),
    [
        ((2, 3), (3, 1), (3, 1), True), ((2, 3), (3, 1), (1, 2), False), ((2, 1), (1, 7), (1, 1), True),
        ((1, 3), (3, 1), (9, 1), True), ((2, 1), (1, 1), (2, 1), False), ((0, 3), (3, 1), (1, 1), True),
        ((1, 1), (5, 5), (1, 1), True), ((2, 3), (3, 1), (3, 2), False),
    ],
)  # fmt: skip
def test_strides_count_where_there_is_a_second_element(
    shape: tuple[int, ...], wanted: tuple[int, ...], strides: tuple[int, ...], *, right: bool
) -> None:
    """Those of dimensions of size 1, and of empty tensors, mean nothing."""
    seen = found(Expected("tensor", shape, strides=wanted), Seen("tensor", shape, strides=strides))

    assert seen == ([] if right else [Difference("returned value", "strides", str(list(wanted)), str(list(strides)))])


def test_strides_of_another_shape_are_not_compared() -> None:
    """The shape is what is wrong then; without strides that are wanted nothing is."""
    assert [one.what for one in found(Expected("tensor", (2,), strides=(1,)), Seen("tensor", (3,), strides=(2,)))] == [
        "shape"
    ]
    assert found(Expected("tensor", (2,)), Seen("tensor", (2,), strides=(7,))) == []


def test_tuples_are_compared_item_by_item_down_to_the_first_that_differs() -> None:
    """The place of the item is named, a different number is told as such, and nothing behind it."""
    right = Expected(
        "tuple", items=(Expected("int", value=1), Expected("tuple", items=(Expected("int", value=2),) * 2))
    )

    def seen(*numbers: int) -> Seen:
        first, *others = (plain("int", number) for number in numbers)
        return Seen("tuple", items=(first, Seen("tuple", items=tuple(others))))

    assert found(right, seen(1, 2, 2)) == []
    assert [one.where for one in found(right, seen(5, 2, 3))] == ["returned value[0]"]
    assert [one.where for one in found(right, seen(1, 5, 6))] == ["returned value[1][0]"]
    (number,) = found(right, seen(1, 2))
    assert (number.where, number.what, number.expected, number.got) == (
        "returned value[1]",
        "number of items",
        "2",
        "1",
    )
    (missing,) = found(right, Seen("tuple"))
    assert (missing.expected, missing.got) == ("2", "0")


def test_several_returned_values_are_numbered_from_one() -> None:
    """One alone has no number; a wrong count is told once."""
    right = Expectation(returned=(wanting([1.0]), wanting([2.0])))

    assert [one.where for one in differences(right, Observation(returned=(tensor([1.0]), tensor([3.0]))))] == [
        "returned value 2"
    ]
    (number,) = differences(right, Observation(returned=(tensor([9.0]),)))
    assert (number.where, number.what, number.expected, number.got) == ("returned values", "number", "2", "1")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [(float("nan"), 1.0), (0.0, -0.0), (1, 1.0), (2 + 1j, 2 - 1j), ("a", "b"), ([1, 2], [1, 3]), (3, 4)],
)
def test_an_exact_python_value_is_that_and_no_other(right: Any, wrong: Any) -> None:
    """NaN, signed zeros and types are told apart; the value that is right is shown."""
    kind = "float"
    assert found(Expected(value=encode_plain(right)), plain(kind, right)) == []
    (one,) = found(Expected(value=encode_plain(right)), plain(kind, wrong))

    assert (one.what, one.expected, one.got) == ("value", f"the float {right!r}", f"the float {wrong!r}")


def test_a_type_is_known_by_its_name() -> None:
    """Its qualified name is right, another is not."""
    right = Expected("type", literal="torch.Tensor")

    assert found(right, Seen("type", value="torch.Tensor")) == []
    assert found(right, Seen("type", value="torch.Unknown"))
    (one,) = found(right, Seen("type", value="torch.FloatTensor"))
    assert (one.expected, one.got) == ("torch.Tensor", "the type torch.FloatTensor")


@pytest.mark.parametrize(
    ("wanted", "cut", "text", "right"),
    [
        ("tensor(1)", False, "tensor(1)", True), ("tensor(1)", False, "tensor(1) ", False),
        ("tensor(1)", True, "tensor(1), more", True), ("tensor(1)", True, " tensor(1)", False),
        ("[1,  ..., 2]", False, "[1, ..., 2]", True), ("[1, ..., 2]", False, "[1,  ..., 2]", False),
        ("tensor(1)", False, "", False),
    ],
)  # fmt: skip
def test_a_printed_form_is_exact_or_its_beginning(wanted: str, cut: bool, text: str, *, right: bool) -> None:  # noqa: FBT001 - a parameter
    """One space before the dots is right too, as PyTorch's reference prints them."""
    seen = found(Expected(text=wanted, text_is_cut=cut), Seen("tensor", text=text))

    assert seen == ([] if right else [Difference("returned value", "printed form", wanted, text)])


def test_a_text_that_was_not_read_is_wrong_where_one_is_wanted() -> None:
    """Nothing read is no text."""
    assert found(Expected(text="a"), Seen("tensor"))[0].got == ""
    assert found(Expected(), Seen("tensor", text="a")) == []


GRADIENT = wanting([1.0, 2.0])


@pytest.mark.parametrize(
    ("right", "argument", "what", "expected", "got"),
    [
        (GRADIENT, ArgumentSeen(changed=False, grad=tensor([1.0, 2.0])), None, "", ""),
        (None, ArgumentSeen(changed=False), None, "", ""),
        (None, None, None, "", ""),
        (
            GRADIENT,
            ArgumentSeen(changed=False, grad=tensor([1.0, 3.0])),
            "value",
            "2.0 (0x40000000)",
            "3.0 (0x40400000)",
        ),
        (GRADIENT, ArgumentSeen(changed=False), "gradient", "a tensor of float32, shape [2]", "None"),
        (GRADIENT, None, "gradient", "a tensor of float32, shape [2]", "None"),
        (
            None,
            ArgumentSeen(changed=False, grad=tensor([1.0])),
            "gradient",
            "None",
            "a tensor of float32, shape [1]: [1.0]",
        ),
    ],
)
def test_a_gradient_is_there_just_where_it_must_be(
    right: Expected | None, argument: ArgumentSeen | None, what: str | None, expected: str, got: str
) -> None:
    """A missing one, one too many and a wrong one are told apart."""
    seen = Observation(arguments={"x": argument} if argument is not None else {})
    made = differences(Expectation(grads={"x": right}), seen)

    assert made == ([] if what is None else [msgspec.structs.replace(made[0], index=made[0].index)])
    if what is not None:
        assert (made[0].where, made[0].what) == ("argument x's gradient", what)
        assert (made[0].expected, made[0].got) == (expected, got)


def test_gradients_are_looked_at_only_where_all_else_is_right() -> None:
    """After a wrong result, or an exception, they follow from it."""
    right = Expectation(returned=(wanting([1.0]),), grads={"x": GRADIENT})

    assert [one.what for one in differences(right, Observation(returned=(tensor([2.0]),)))] == ["value"]
    raised = Observation(raised=Raised("IndexError", ("Exception",), "no"))
    assert [one.what for one in differences(right, raised)] == ["outcome"]
    assert [one.what for one in differences(Expectation(raises="IndexError", grads={"x": GRADIENT}), raised)] == []
    assert [one.what for one in differences(right, Observation(returned=(tensor([1.0]),)))] == ["gradient"]


def test_arguments_and_bases_are_named() -> None:
    """Each that changed without leave is told, whatever else is wrong."""
    seen = Observation(
        returned=(tensor([2.0]),),
        arguments={"x": ArgumentSeen(changed=True), "y": ArgumentSeen(changed=False)},
        bases={"b": ArgumentSeen(changed=True), "c": ArgumentSeen(changed=True)},
    )
    made = differences(Expectation(returned=(wanting([1.0]),), writes=("c",)), seen)

    assert [(one.where, one.what) for one in made] == [
        ("returned value", "value"), ("argument x", "operand"), ("base b", "operand"),
    ]  # fmt: skip
    assert (made[1].expected, made[1].got) == ("unchanged", "changed by the program")


def test_each_missing_word_is_told() -> None:
    """Of an exception's stable words each that is missing; of a warning's that one warning has them all."""
    raised = Observation(raised=Raised("RuntimeError", ("Exception",), "a shape of two"))
    made = differences(Expectation(raises="RuntimeError", raises_words=("shape", "size", "three")), raised)
    assert [(one.what, one.expected, one.got) for one in made] == [
        ("exception's text", "the words 'size'", "'a shape of two'"),
        ("exception's text", "the words 'three'", "'a shape of two'"),
    ]

    one, other = (Warned("UserWarning", ("Warning",), text) for text in ("old and slow", "new"))
    right = Expectation(warns="UserWarning", warns_words=("old", "slow"))
    assert differences(right, Observation(warnings=(other, one))) == []
    split = tuple(Warned("UserWarning", ("Warning",), text) for text in ("old", "slow"))
    (missing,) = differences(right, Observation(warnings=split))
    assert (missing.expected, missing.got) == ("the words 'old slow'", "'old' | 'slow'")


def test_what_was_given_instead_of_a_warning_is_named() -> None:
    """The other warnings, or none; and an exception in place of the outcome, with its text."""
    others = tuple(Warned(name, ("Warning",), "") for name in ("UserWarning", "FutureWarning"))
    assert differences(Expectation(warns="DeprecationWarning"), Observation(warnings=others))[0].got == (
        "UserWarning, FutureWarning"
    )
    (none,) = differences(Expectation(warns="UserWarning"), Observation())
    assert (none.where, none.expected, none.got) == ("the program", "a UserWarning", "none")


@pytest.mark.parametrize(
    ("expectation", "observation", "right"),
    [
        (Expectation(), Observation(raised=Raised("A", (), "b")), ("the program", "no exception", "A: b")),
        (
            Expectation(),
            Observation(raised=Raised("A", (), "b"), where="inputs"),
            ("building the inputs", "no exception", "A: b"),
        ),
        (
            Expectation(raises="A"),
            Observation(raised=Raised("A", (), "b"), where="observer"),
            ("reading the results", "no exception", "A: b"),
        ),
        (Expectation(raises="A"), Observation(), ("the program", "a A", "returned nothing")),
        (
            Expectation(raises="A"),
            Observation(returned=(tensor([1.0]), Seen("none"))),
            ("the program", "a A", "returned a tensor of float32, shape [1]: [1.0]; None"),
        ),
        (Expectation(raises="B"), Observation(raised=Raised("A", ("C",), "b")), ("the program", "a B", "A: b")),
    ],
)
def test_the_step_and_the_outcome_are_told(
    expectation: Expectation, observation: Observation, right: tuple[str, str, str]
) -> None:
    """Where it happened, what is right and what came of it."""
    (one,) = differences(expectation, observation)

    assert (one.where, one.expected, one.got) == right


def test_what_is_not_read_is_neither_right_nor_compared() -> None:
    """A value that can't be read is one difference, and one of another kind another; a free kind can't be unreadable either."""
    unread = Seen("tensor", (1,), unreadable="it raised")

    (one,) = found(wanting([1.0, 2.0]), unread)
    assert (one.what, one.expected, one.got) == ("outcome", "a value that can be read", "it raised")
    (other,) = found(Expected("int", value=1), unread)
    assert (other.what, other.expected, other.got) == ("kind", "an int", "a tensor that can't be read (it raised)")
    assert [one.what for one in found(Expected(), unread)] == ["outcome"]


def test_a_dtype_of_a_kind_is_told_as_one() -> None:
    """Only where no dtype is named."""
    (one,) = found(Expected(dtype_kind="integer"), Seen("tensor", dtype="float32"))
    assert (one.what, one.expected, one.got) == ("dtype", "a dtype of kind integer", "float32")
    assert found(Expected(dtype="float32", dtype_kind="integer"), Seen("tensor", dtype="float32")) == []
    assert found(Expected(dtype_kind="integer"), Seen("tensor"))[0].got == "None"
    assert found(Expected(dtype_kind="integer"), Seen("tensor", dtype="uint8")) == []


@pytest.mark.parametrize("what", ["requires_grad", "device", "dtype", "shape"])
def test_a_property_of_false_or_nothing_counts_too(what: str) -> None:
    """False is wanted as much as True, and an empty shape as any other."""
    values: dict[str, tuple[Any, Any]] = {
        "requires_grad": (False, True), "device": ("cpu", "cuda:0"), "dtype": ("int8", "uint8"), "shape": ((), (1,)),
    }  # fmt: skip
    wanted, other = values[what]
    right, own, wrong = ({what: value} for value in (wanted, wanted, other))
    (one,) = found(Expected(**right), Seen("tensor", **wrong))

    assert one.what == what
    assert (one.expected, one.got) == ({"shape": ("[]", "[1]")}.get(what, (str(wanted), str(other))))
    assert found(Expected(**right), Seen("tensor", **own)) == []


def test_printed_values_stop_at_the_first_that_differs() -> None:
    """Its index is told, row by row."""
    right = Expected("tensor", (2, 2), values=("1.", "2.", "3.", "4."))

    assert found(right, tensor([[1.0, 2.0], [3.0, 4.0]])) == []
    (one,) = found(right, tensor([[1.0, 2.0], [5.0, 6.0]]))
    assert (one.index, one.expected, one.got) == ((1, 0), "3.", "5.0")
    assert [one.what for one in found(right, tensor([1.0, 2.0, 3.0, 9.0]))] == ["shape"]


@pytest.mark.parametrize(
    ("printed", "value", "right"),
    [
        ("0.3333", 0.333349, True), ("0.3333", 0.333251, True), ("0.3333", 0.333351, False), ("0.3333", 0.333249, False),
        ("1.0e+01", 10.5, True), ("1.0e+01", 9.5, True), ("1.0e+01", 10.500000001, False), ("1.0e+01", 9.499999999, False),
        ("1.5", 1.46, True), ("1.5", 1.56, False), ("1.2000e-05", 1.20004e-05, True), ("1.2000e-05", 1.2001e-05, False),
        ("1.2000E+02", 120.004, True), ("1.2000e+02", 120.02, False), ("1e+02", 100.0, True), ("1e+02", 100.4, False),
        ("5.", 5.4, False), ("5", 5.4, False), ("True", True, True), ("False", False, True), ("True", False, False),
        ("False", 0, False), ("0", False, False), ("nan", float("nan"), True), ("nan", float("inf"), False),
        ("-inf", float("inf"), False), ("inf", 1.0, False), ("0.", 0, True), ("-0.", 0, True), ("0.0000", 0.00004, True),
        ("0.0000", -0.0, False), ("-0.0000", 0.0, False), ("-0.0000", -0.0, True), ("0.0000", 0.0, True),
        ("1.", complex(1), False), ("-1.5", -1.5, True), ("-1.5", 1.5, False), ("0.", 1.0, False), ("0.", 5e-324, False),
    ],
)  # fmt: skip
def test_a_printed_number_stands_for_half_a_unit_of_its_last_digit(printed: str, value: Any, *, right: bool) -> None:
    """On either side, the ends included; without digits behind the point for itself alone."""
    assert allows(printed, value) is right


def test_elements_are_pythons_own_row_by_row() -> None:
    """Of half types as floats; of what was not read there are none."""
    assert elements(tensor([[1, 2], [3, 4]], "int8")) == [1, 2, 3, 4]
    assert elements(tensor([0.5, 1.5], "bfloat16")) == [0.5, 1.5]
    assert type(elements(tensor([0.5], "bfloat16"))[0]) is float
    assert elements(tensor([True, False], "bool")) == [True, False]
    assert elements(tensor([1 + 2j], "complex64")) == [1 + 2j]
    whole = tensor([1.0])
    for missing in ("bits", "dtype", "shape"):
        assert elements(msgspec.structs.replace(whole, **{missing: None})) == []


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        (tensor([[1, 2]], "int8"), "a tensor of int8, shape [1, 2]: [1, 2]"),
        (msgspec.structs.replace(tensor(0.5), kind="array"), "an array of float32, shape []: [0.5]"),
        (tensor(np.arange(SHOWN_ELEMENTS), "int64"), f"a tensor of int64, shape [40]: {list(range(40))}"),
        (tensor(np.arange(41), "int64"), f"a tensor of int64, shape [41]: {str(list(range(40)))[:-1]}, ...]"),
        (Seen("size", shape=(2, 3)), "the size [2, 3]"), (Seen("dtype", dtype="int8"), "the dtype int8"),
        (Seen("device", device="cuda:0"), "the device cuda:0"), (Seen("type", value="a.B"), "the type a.B"),
        (Seen("other", value="a.B"), "an object of type a.B"), (Seen("none"), "None"),
        (Seen("tuple", items=(Seen("none"), plain("int", 3))), "a tuple of None; the int 3"),
        (Seen("list", items=()), "a list of nothing"), (Seen("list"), "a list of nothing"),
        (plain("str", "a"), "the str 'a'"), (plain("float", float("inf")), "the float inf"),
        (plain("complex", 1 + 2j), "the complex (1+2j)"), (plain("bool", value=True), "the bool True"),
        (Seen("int", unreadable="no"), "an int that can't be read (no)"),
        (Seen("other", unreadable="no"), "an other that can't be read (no)"),
    ],
)  # fmt: skip
def test_each_kind_of_thing_is_described(seen: Seen, text: str) -> None:
    """For a reader, in a few words."""
    assert describe(seen) == text
    assert describe_all((seen, seen)) == f"{text}; {text}"


def test_a_difference_is_one_line() -> None:
    """With the index where there is one, that of a 0-d tensor too."""
    assert str(Difference("a", "b", "c", "d")) == "a: b: expected c, got d"
    assert str(Difference("a", "b", "c", "d", ())) == "a: b at index []: expected c, got d"


@pytest.mark.parametrize(
    ("one", "stored"),
    [
        (Seen("none"), {"kind": "none"}), (Expected(), {}), (Expectation(), {}), (Allowed(), {}), (Observation(), {}),
        (ArgumentSeen(changed=False), {"changed": False}), (Difference("a", "b", "c", "d"), dict(zip(
            ("where", "what", "expected", "got"), "abcd", strict=True))),
        (Raised("A", (), "b"), {"type": "A", "bases": (), "text": "b"}),
        (Warned("A", (), "b"), {"category": "A", "bases": (), "text": "b"}),
    ],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_what_is_stored_is_what_is_said(one: msgspec.Struct, stored: dict[str, Any]) -> None:
    """What is silent is left out, an unknown field is refused, and nothing is changed afterwards."""
    assert msgspec.to_builtins(one) == stored
    assert msgspec.convert(stored, type(one)) == one
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**stored, "unknown": 1}, type(one))
    with pytest.raises(AttributeError):
        setattr(one, type(one).__struct_fields__[0], None)


def test_a_librarys_text_is_made_fit_to_be_stored() -> None:
    """It is cut at the limit, and a lone surrogate is written by its code."""
    assert legible("é" * TEXT_LIMIT) == "é" * TEXT_LIMIT
    assert legible("a" * TEXT_LIMIT + "b") == "a" * TEXT_LIMIT
    assert legible("a\ud800b") == "a\\ud800b"


def test_what_the_reference_returned_is_what_is_right() -> None:
    """All that is read of a tensor, strides where they are asked for; of other things what they are."""
    free = Allowed(free=_bits([True], "bool"))
    one = tensor([1.0], strides=(1,), offset=3, device="cpu", requires_grad=True, allowed=free)
    right = wanting([1.0], device="cpu", requires_grad=True, allowed=free)

    assert expected_of(one, strides=False) == right
    assert expected_of(one, strides=True) == msgspec.structs.replace(right, strides=(1,))
    array = msgspec.structs.replace(one, kind="array")
    assert expected_of(array, strides=False) == msgspec.structs.replace(right, kind="array")
    assert expected_of(Seen("size", shape=(2,)), strides=True) == Expected("size", shape=(2,))
    assert expected_of(Seen("dtype", dtype="int8"), strides=True) == Expected("dtype", dtype="int8")
    assert expected_of(Seen("device", device="cpu"), strides=True) == Expected("device", device="cpu")
    assert expected_of(Seen("none"), strides=True) == Expected("none")
    assert expected_of(plain("int", 3), strides=True) == Expected("int", value=3)
    pair = expected_of(Seen("tuple", items=(one, Seen("none"))), strides=True)
    assert pair == Expected("tuple", items=(msgspec.structs.replace(right, strides=(1,)), Expected("none")))
    assert expected_of(Seen("list", items=()), strides=True) == Expected("list", items=())
    assert expected_text_of(msgspec.structs.replace(one, text="t")) == Expected(text="t")


def test_a_change_is_another_value_or_form() -> None:
    """Of integers every other bit, of floats every other number; a text alone, or what was not read, is a change too."""
    assert not differs(tensor([1, 2], "int8"), tensor([1, 2], "int8"))
    assert differs(tensor([1, 2], "int8"), tensor([1, 3], "int8"))
    assert differs(tensor([0.0]), tensor([-0.0]))
    assert differs(tensor([1.0, 2.0]), tensor([1.0, 3.0]))
    assert differs(tensor([float("nan"), 2.0]), tensor([float("nan"), 3.0]))
    nan = float("nan")
    assert not differs(tensor([complex(nan, 1)], "complex64"), tensor([complex(-nan, 1)], "complex64"))
    assert differs(tensor([complex(nan, 1)], "complex64"), tensor([complex(nan, 2)], "complex64"))
    assert differs(tensor([1.0]), tensor([1.0], requires_grad=True))
    assert differs(tensor([1.0]), msgspec.structs.replace(tensor([1.0]), bits=None))
    assert differs(msgspec.structs.replace(tensor([1.0]), bits=None), tensor([1.0]))
    assert differs(Seen("none"), plain("int", 1))
    assert not differs(Seen("none"), Seen("none"))
