"""The one comparison, both ways: what it must accept, and what it must refuse."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from conformance.observation import (
    ArgumentSeen,
    Expectation,
    Expected,
    Observation,
    Raised,
    Seen,
    Warned,
    allows,
    describe,
    differences,
    differs,
    elements,
)
from conformance.program import bits_of_array

TENSOR = Seen(
    "tensor",
    (2,),
    "float32",
    bits_of_array(np.array([0.5, 2.0], "float32")),
    (1,),
    device="cpu",
    requires_grad=False,
    text="x",
)
RIGHT = Expected("tensor", (2,), "float32", values=("0.5000", "2.0000"), device="cpu", requires_grad=False, text="x")


def _returned(seen: Seen, right: Expected) -> list[str]:
    found = differences(Expectation(returned=(right,)), Observation(returned=(seen,)))
    return [difference.what for difference in found]


def test_what_is_right_has_no_difference() -> None:
    """An observation that agrees in every property is accepted."""
    assert _returned(TENSOR, RIGHT) == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"kind": "array"}, "kind"),
        ({"shape": (2, 1)}, "shape"),
        ({"dtype": "int32"}, "dtype"),
        ({"device": "cuda:0"}, "device"),
        ({"requires_grad": True}, "requires_grad"),
        ({"text": "y"}, "printed form"),
        ({"unreadable": "it raised"}, "outcome"),
        ({"bits": bits_of_array(np.array([0.5, 2.1], "float32"))}, "value"),
    ],
)
def test_each_property_is_compared_by_itself(changed: dict[str, Any], what: str) -> None:
    """A difference in one property alone is found, and named."""
    assert what in _returned(msgspec.structs.replace(TENSOR, **changed), RIGHT)


def test_elements_of_a_dtype_that_nobody_knows_are_wrong() -> None:
    """A library may return an array of texts: that is a difference, and no error of the suite."""
    texts = Seen("array", (2,), "str128", bits=b"\0" * 32)

    assert _returned(texts, Expected("array", (2,), values=("1", "2"))) == ["value"]
    assert elements(texts) == []
    assert "str128" in describe(texts)


def test_a_property_that_is_free_is_not_compared() -> None:
    """What an expectation leaves open may be anything."""
    assert _returned(msgspec.structs.replace(TENSOR, device="mps:0", text="y"), Expected("tensor")) == []
    assert _returned(TENSOR, Expected()) == []


def test_a_signalling_nan_is_told_like_any_other() -> None:
    """A bit pattern that NumPy warns of where it is widened is an element that a report can show."""
    seen = Seen("tensor", shape=(2,), dtype="bfloat16", bits=b"\x81\x7f\x80\x3f")

    assert str(elements(seen)) == "[nan, 1.0]"
    assert "nan" in describe(seen)


def test_a_value_names_its_index() -> None:
    """The first differing element is named by its index."""
    wrong = msgspec.structs.replace(TENSOR, bits=bits_of_array(np.array([0.5, 3.0], "float32")))
    (difference,) = differences(Expectation(returned=(RIGHT,)), Observation(returned=(wrong,)))

    assert difference.index == (1,)
    assert "expected 2.0000" in str(difference)


@pytest.mark.parametrize(("dtype", "found"), [("float64", []), ("int64", ["dtype"]), ("bool", ["dtype"])])
def test_a_dtype_kind_admits_its_dtypes_only(dtype: str, found: list[str]) -> None:
    """Where only the kind is right, every dtype of the kind is, and none of another."""
    seen = Seen("tensor", (), dtype, bits_of_array(np.array(1, dtype)))

    assert _returned(seen, Expected("tensor", (), dtype_kind="float")) == found


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("7", 7), ("7.", 7.0), ("1.", 1), ("0.3333", 1 / 3), ("0.3333", 0.33335), ("-0.5000", -0.5), ("True", True),
        ("nan", float("nan")), ("inf", float("inf")), ("-inf", float("-inf")), ("1.2000e-05", 1.2e-05), ("-0.", -0.0),
        ("0.", 0.0), ("16777217", 16777217), ("9007199254740993", 9007199254740993), ("0", 0),
    ],
)  # fmt: skip
def test_a_printed_number_allows_what_rounds_to_it(printed: str, value: Any) -> None:
    """A printed number stands for itself and for what is printed so."""
    assert allows(printed, value)


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("7", 8), ("7.", 7.0000005), ("0.3333", 0.3334), ("0.3333", 0.33336), ("True", 1), ("1", True), ("False", True),
        ("nan", 0.0), ("0.", float("nan")), ("inf", float("-inf")), ("1.", float("inf")), ("1.2000e-05", 1.21e-05),
        ("-0.", 0.0), ("0.", -0.0), ("16777217", 16777216), ("9007199254740993", 9007199254740992), ("1.", 1 + 0j),
    ],
)  # fmt: skip
def test_a_printed_number_refuses_all_else(printed: str, value: Any) -> None:
    """The nearest wrong number is refused: the sign of zero, a neighbouring integer, another kind."""
    assert not allows(printed, value)


@pytest.mark.parametrize(
    ("literal", "value", "found"),
    [("8", 8, []), ("8", 8.0, ["value"]), ("8", True, ["value"]), ("1", True, ["value"]), ("8", 9, ["value"])],
)
def test_a_python_value_is_compared_with_its_type(literal: str, value: Any, found: list[str]) -> None:
    """8 is not 8.0, and 1 is not True."""
    assert _returned(Seen("int", value=value), Expected("int", literal=literal)) == found


def test_the_number_of_returned_values_counts() -> None:
    """One value too many or too few is a difference, not a shorter comparison."""
    found = differences(Expectation(returned=(RIGHT,)), Observation(returned=(TENSOR, TENSOR)))

    assert [difference.what for difference in found] == ["number"]


RAISED = Raised("NotImplementedError", ("RuntimeError", "Exception"), "no matmul for cuda:0 and cpu")


@pytest.mark.parametrize(
    ("expected", "observation", "found"),
    [
        (Expectation(raises="RuntimeError"), Observation(raised=RAISED), []),
        (Expectation(raises="NotImplementedError"), Observation(raised=RAISED), []),
        (Expectation(raises="IndexError"), Observation(raised=RAISED), ["exception"]),
        (Expectation(raises="RuntimeError"), Observation(returned=(TENSOR,)), ["outcome"]),
        (Expectation(raises="RuntimeError"), Observation(raised=RAISED, where="inputs"), ["outcome"]),
        (Expectation(returned=(RIGHT,)), Observation(raised=RAISED), ["outcome"]),
        (Expectation(returned=(RIGHT,)), Observation(raised=RAISED, where="observer"), ["outcome"]),
        (Expectation(raises="RuntimeError", raises_words=("cpu",)), Observation(raised=RAISED), []),
        (Expectation(raises="RuntimeError", raises_words=("mps",)), Observation(raised=RAISED), ["exception's text"]),
    ],
)
def test_an_exception_must_be_of_the_documented_type(
    expected: Expectation, observation: Observation, found: list[str]
) -> None:
    """Subclasses of the documented type are right; another type, none at all, or one from another step is wrong."""
    assert [difference.what for difference in differences(expected, observation)] == found


MAY_REFUSE = Expectation(returned=(RIGHT,), may_refuse="RuntimeError", writes=("x",))


@pytest.mark.parametrize(
    ("observation", "found"),
    [
        (Observation(returned=(TENSOR,), arguments={"x": ArgumentSeen(changed=True)}), []),
        (Observation(raised=RAISED, arguments={"x": ArgumentSeen(changed=False)}), []),
        (Observation(raised=RAISED, arguments={"x": ArgumentSeen(changed=True)}), ["operand"]),
        (Observation(raised=RAISED, where="observer"), ["outcome"]),
        (Observation(raised=Raised("IndexError", ("LookupError", "Exception"), "")), ["exception"]),
        (Observation(returned=(msgspec.structs.replace(TENSOR, dtype="int32"),)), ["dtype", "value"]),
    ],
)
def test_where_a_refusal_is_right_too_nothing_else_is(observation: Observation, found: list[str]) -> None:
    """A refusal of the type that leaves all as it was is right, and so are the right results; a half-done write is not."""
    assert [difference.what for difference in differences(MAY_REFUSE, observation)] == found


WARNED = Warned("DeprecationWarning", ("Warning", "Exception"), "this is old")


@pytest.mark.parametrize(
    ("expected", "warnings", "found"),
    [
        (Expectation(warns="Warning"), (WARNED,), []),
        (Expectation(warns="UserWarning"), (WARNED,), ["warning"]),
        (Expectation(warns="UserWarning"), (), ["warning"]),
        (Expectation(warns="Warning", warns_words=("old",)), (WARNED,), []),
        (Expectation(warns="Warning", warns_words=("new",)), (WARNED,), ["warning's text"]),
        (Expectation(), (WARNED,), []),
    ],
)
def test_a_warning_must_be_of_its_category(
    expected: Expectation, warnings: tuple[Warned, ...], found: list[str]
) -> None:
    """A documented warning must be given; others may be."""
    assert [difference.what for difference in differences(expected, Observation(warnings=warnings))] == found


@pytest.mark.parametrize(("writes", "found"), [(("x",), []), ((), ["operand"])])
def test_an_operand_changes_only_where_it_may(writes: tuple[str, ...], found: list[str]) -> None:
    """A changed argument is a difference unless the program writes it."""
    seen = Observation(arguments={"x": ArgumentSeen(changed=True), "y": ArgumentSeen(changed=False)})

    assert [difference.what for difference in differences(Expectation(writes=writes), seen)] == found


def test_global_state_that_is_left_changed_is_a_difference() -> None:
    """A trace in global state is found, with its words."""
    (difference,) = differences(Expectation(), Observation(state=("left default dtype float64",)))

    assert difference.got == "left default dtype float64"


def test_another_nan_is_no_change() -> None:
    """A NaN of another sign or payload counts as the same, another number, shape or dtype as a change."""
    nans = [np.array([1, pattern], "uint32").view("float32") for pattern in (0x7FC00000, 0xFFC00001)]
    one, other = (Seen("tensor", (2,), "float32", bits_of_array(array)) for array in nans)
    moved = Seen("tensor", (2, 1), "float32", bits_of_array(nans[0]))
    number = Seen("tensor", (2,), "float32", bits_of_array(np.array([1, 0], "uint32").view("float32")))

    assert not differs(one, other)
    assert differs(one, moved)
    assert differs(one, number)
