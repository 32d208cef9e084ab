"""The reference's printer, judged by the documents' outputs, by what PyTorch's own pages show, and by its reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from conformance import documents
from conformance.backends.reference import ReferenceBackend
from conformance.dtypes import numpy_dtype
from conformance.observation import Expectation, Observation, Seen, allows, differences, elements, expected_text_of
from conformance.program import bits_of_array
from conformance.reference import printed, printer

if TYPE_CHECKING:
    from conformance.dtypes import Kind

DEFAULTS: dict[Kind, str] = {"bool": "bool", "integer": "int64", "float": "float32"}
GOLDEN = {
    f"{case.id} {place}": output.text
    for case in documents.cases().values()
    for place, output in enumerate(case.outputs)
    if output.text.startswith("tensor(") and not output.cut
}
NAN, INF = float("nan"), float("inf")


def _written(values: Any, dtype: str, *, history: str = "", **options: Any) -> str:
    with np.errstate(over="ignore"):
        array = np.asarray(values).astype(numpy_dtype(dtype))
    return printer.write(array, dtype, printer.Options(**options), history=history)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_documents_outputs_are_written_as_they_are_read(name: str) -> None:
    """Each tensor that the documents print, read as numbers and written again, gives the same text."""
    text = GOLDEN[name]
    right = printed.read(text, DEFAULTS)
    values = [value == "True" if right.dtype_kind == "bool" else float(value) for value in right.values or ()]
    history = re.search(r"grad_fn=<\w+>|requires_grad=True", text)
    array = np.array(values).reshape(right.shape or ())

    assert _written(array, right.dtype or "", history=history[0] if history else "") == text


@pytest.mark.parametrize("name", GOLDEN)
def test_a_device_is_written_where_the_reader_puts_it(name: str) -> None:
    """Off the CPU each tensor that the documents print carries the device before its other suffixes."""
    text = GOLDEN[name]
    right = printed.read(text, DEFAULTS)
    numbers = [value == "True" if right.dtype_kind == "bool" else float(value) for value in right.values or ()]
    array = np.array(numbers).reshape(right.shape or ()).astype(right.dtype or "")
    history = re.search(r"grad_fn=<\w+>", text)
    moved = printer.write(
        array, right.dtype or "", printer.Options(), device="cuda:0", history=history[0] if history else ""
    )

    assert moved == printed.on_device(text, "cuda:0")


def test_the_documents_summary_is_written() -> None:
    """The large tensor that the documents show the beginning of is written as they show it."""
    case = documents.cases()["summarised"]
    edges = case.inputs.bases["edges"].array()
    large = np.full((64, 32, 3), 0.5, np.float32)
    for rows in (slice(3), slice(-3, None)):
        large[rows, :3], large[rows, -3:] = edges[rows, :3], edges[rows, 3:]

    assert _written(large, "float32").startswith(case.outputs[0].text)


# What PyTorch's own pages print: the reference of torch.set_printoptions, and the changes that made the form what it
# is (pytorch/pytorch#7632, #12746, #40513).
SHOWN: list[tuple[Any, str, dict[str, Any], str]] = [
    ([1.12345], "float32", {"precision": 2}, "tensor([1.12])"),
    ([1.12345], "float32", {}, "tensor([1.1235])"),
    (list(range(10)), "int64", {}, "tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])"),
    (2341234123412341, "int64", {}, "tensor(2341234123412341)"),
    ([1e28, 1e-28], "float32", {}, "tensor([1.0000e+28, 1.0000e-28])"),
    ([1e28, -1e-28], "float32", {}, "tensor([ 1.0000e+28, -1.0000e-28])"),
    ([1, 2], "int64", {}, "tensor([1, 2])"),
    ([1, -2], "int64", {}, "tensor([ 1, -2])"),
    (
        [-1.2961, 0.6950, 0.1357, -0.6473, 0.2605], "float64", {},
        "tensor([-1.2961,  0.6950,  0.1357, -0.6473,  0.2605], dtype=torch.float64)",
    ),
    ([1, 1000], "int64", {}, "tensor([   1, 1000])"),
    (100000001, "int64", {}, "tensor(100000001)"),
    (
        [1e-3, 3 + 4j, 1e-5j, 1e-2 + 3j, 5 + 1e-6j], "complex64", {},
        ("tensor([1.0000e-03+0.0000e+00j, 3.0000e+00+4.0000e+00j, 0.0000e+00+1.0000e-05j,\n"
         "        1.0000e-02+3.0000e+00j, 5.0000e+00+1.0000e-06j])"),
    ),
    (
        [1.0992 - 0.4459j, 1.1073 + 0.1202j, -0.2177 - 0.6342j], "complex64", {},
        "tensor([ 1.0992-0.4459j,  1.1073+0.1202j, -0.2177-0.6342j])",
    ),
    (complex(NAN, INF), "complex64", {}, "tensor(nan+infj)"),
    ([1e2, 1e-2j], "complex64", {"sci_mode": False}, "tensor([100.+0.0000j,   0.+0.0100j])"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "dtype", "options", "text"), SHOWN)
def test_what_pytorchs_pages_show_is_written(values: Any, dtype: str, options: dict[str, Any], text: str) -> None:
    """The printed forms of PyTorch's own pages are the printer's."""
    assert _written(values, dtype, **options) == text


def test_a_row_breaks_as_pytorchs_pages_show() -> None:
    """Twenty numbers with signs make three lines of eight, eight and four; the summary of a vector shows six."""
    shown = (
        "tensor([ 0.8574, -1.1225,  0.3135,  1.7848, -0.8342,  0.1214, -0.6393, -0.3480,\n"
        "         1.4114,  0.5102, -0.8206,  1.6022,  0.6310,  1.9507, -1.5694,  1.3168,\n"
        "         0.1103,  0.5242,  0.3141, -0.0692])"
    )
    summary = "tensor([-0.5033, -0.4142,  0.7961,  ..., -0.9400, -0.4431, -0.6192])"
    edges = [-0.5033, -0.4142, 0.7961, *[0.25] * 995, -0.9400, -0.4431, -0.6192]

    assert _written([float(one) for one in re.findall(r"-?\d\.\d+", shown)], "float32") == shown
    assert _written(edges, "float32") == summary


# By hand, from the rules: which numbers decide on the form, what stands for what is no number, what is said of dtype
# and size where there is nothing else, and where a suffix goes.
WORKED: list[tuple[Any, str, str]] = [
    ([1.0, 2.0], "float32", "tensor([1., 2.])"),
    ([1.0, 2.5], "float16", "tensor([1.0000, 2.5000], dtype=torch.float16)"),
    (0.1, "bfloat16", "tensor(0.1001, dtype=torch.bfloat16)"),
    ([1.0, 1000.0], "float32", "tensor([   1., 1000.])"),
    ([1.0, 1001.0], "float32", "tensor([1.0000e+00, 1.0010e+03])"),
    ([100000000.0], "float64", "tensor([100000000.], dtype=torch.float64)"),
    ([100000001.0], "float64", "tensor([1.0000e+08], dtype=torch.float64)"),
    ([0.00012], "float32", "tensor([0.0001])"),
    ([0.00009], "float32", "tensor([9.0000e-05])"),
    ([0.0001], "float64", "tensor([0.0001], dtype=torch.float64)"),
    ([-0.5, 500.0], "float32", "tensor([ -0.5000, 500.0000])"),
    ([-0.5, 501.0], "float32", "tensor([-5.0000e-01,  5.0100e+02])"),
    ([0.0, -0.0], "float32", "tensor([0., -0.])"),
    ([-0.0, 0.5], "float32", "tensor([-0.0000, 0.5000])"),
    ([INF, 1.5], "float32", "tensor([   inf, 1.5000])"),
    ([-INF, 1.0], "float32", "tensor([-inf, 1.])"),
    ([NAN, 1024.0, 0.5], "float32", "tensor([       nan, 1.0240e+03, 5.0000e-01])"),
    ([True, False], "bool", "tensor([ True, False])"),
    ([255, 0], "uint8", "tensor([255,   0], dtype=torch.uint8)"),
    (-(2**63), "int64", "tensor(-9223372036854775808)"),
    ([], "float32", "tensor([])"),
    ([], "int64", "tensor([], dtype=torch.int64)"),
    (np.zeros((0, 3)), "bool", "tensor([], size=(0, 3), dtype=torch.bool)"),
    ([[[1, 2]], [[3, 4]]], "int64", "tensor([[[1, 2]],\n\n        [[3, 4]]])"),
    ([[[[1]], [[2]]]], "int64", "tensor([[[[1]],\n\n         [[2]]]])"),
    ([1 - 2j, 0.5], "complex64", "tensor([1.0000-2.j, 0.5000+0.j])"),
    ([1] * 24, "int64", "tensor([" + "1, " * 23 + "1])"),
    ([1] * 25, "int64", "tensor([" + "1, " * 23 + "1,\n        1])"),
    ([1] * 19, "int8", "tensor([" + "1, " * 18 + "1],\n       dtype=torch.int8)"),
    ([1] * 17, "int8", "tensor([" + "1, " * 16 + "1], dtype=torch.int8)"),
]


@pytest.mark.parametrize(("values", "dtype", "text"), WORKED)
def test_what_was_worked_out_by_hand_is_written(values: Any, dtype: str, text: str) -> None:
    """Cases worked out by hand from the rules."""
    assert _written(values, dtype) == text


# By hand, from the rules of `threshold`, `edgeitems` and `linewidth`: what they allow at most is still whole.
ROOM: list[tuple[tuple[int, ...], dict[str, Any], str]] = [
    ((5,), {"threshold": 5, "edgeitems": 1}, "tensor([0, 1, 2, 3, 4])"),
    ((5,), {"threshold": 4, "edgeitems": 1}, "tensor([0,  ..., 4])"),
    ((5,), {"threshold": 4, "edgeitems": 2}, "tensor([0, 1,  ..., 3, 4])"),
    ((5,), {"threshold": 4, "edgeitems": 3}, "tensor([0, 1, 2, 3, 4])"),
    ((4,), {"threshold": 3, "edgeitems": 2}, "tensor([0, 1, 2, 3])"),
    ((3, 2), {"threshold": 5, "edgeitems": 1}, "tensor([[0, 1],\n        ...,\n        [4, 5]])"),
    ((2, 3), {"threshold": 5, "edgeitems": 1}, "tensor([[0,  ..., 2],\n        [3,  ..., 5]])"),
    (
        (3, 1, 3), {"threshold": 8, "edgeitems": 1},
        "tensor([[[0,  ..., 2]],\n\n        ...,\n\n        [[6,  ..., 8]]])",
    ),
    ((4,), {"linewidth": 13}, "tensor([0, 1,\n        2, 3])"),
    ((4,), {"linewidth": 16}, "tensor([0, 1, 2,\n        3])"),
    ((3,), {"linewidth": 12}, "tensor([0,\n        1,\n        2])"),
    ((2,), {"linewidth": 1}, "tensor([0,\n        1])"),
    ((1, 2), {"linewidth": 12}, "tensor([[0,\n         1]])"),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "options", "text"), ROOM)
def test_what_has_no_room_is_left_out_or_broken(shape: tuple[int, ...], options: dict[str, Any], text: str) -> None:
    """A summary shows as many items at each end of a dimension as it may, where there are more; a line as many as fit."""
    assert _written(np.arange(int(np.prod(shape))).reshape(shape), "int64", **options) == text


NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, INF, -INF, NAN]), st.integers(-9, 9).map(float), st.floats(width=32, allow_subnormal=False)
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(np.float64, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3), elements=NUMBERS),
    st.sampled_from(["float64", "float32", "float16", "bfloat16"]),
)
def test_what_is_written_can_be_read(array: np.ndarray[Any, Any], dtype: str) -> None:
    """The reader finds the shape, the dtype and each value to the printed digits in what the printer wrote."""
    with np.errstate(over="ignore"):
        exact = array.astype(numpy_dtype(dtype))
    right = printed.read(printer.write(exact, dtype, printer.Options()), DEFAULTS)

    assert (right.shape, right.dtype) == (array.shape, dtype)
    seen = Seen("tensor", array.shape, dtype, bits_of_array(exact))
    assert all(allows(text, value) for text, value in zip(right.values or (), elements(seen), strict=True))


SHORT, DTYPE, LEAF = "tensor([1, 2]", "dtype=torch.int8", "requires_grad=True"
LONG = "tensor([1, 2, 3, 4, 5]"


@pytest.mark.parametrize(
    ("numbers", "suffixes", "width", "text"),
    [
        (SHORT, [DTYPE], 33, f"{SHORT}, {DTYPE})"),
        (SHORT, [DTYPE], 32, f"{SHORT},\n       {DTYPE})"),
        (SHORT, [DTYPE, LEAF], 53, f"{SHORT}, {DTYPE}, {LEAF})"),
        (SHORT, [DTYPE, LEAF], 52, f"{SHORT}, {DTYPE},\n       {LEAF})"),
        (SHORT, [DTYPE, LEAF], 43, f"{SHORT}, {DTYPE},\n       {LEAF})"),
        (SHORT, [DTYPE, LEAF], 32, f"{SHORT},\n       {DTYPE},\n       {LEAF})"),
        (SHORT, [LEAF, "size=(2,)"], 34, f"{SHORT},\n       {LEAF},\n       size=(2,))"),
        (LONG, [LEAF, "size=(5,)"], 36, f"{LONG},\n       {LEAF}, size=(5,))"),
        (LONG, [LEAF, "size=(5,)"], 35, f"{LONG},\n       {LEAF},\n       size=(5,))"),
        (f"tensor([[1],\n{' ' * 8}[2]]", [DTYPE], 32, f"tensor([[1],\n{' ' * 8}[2]], {DTYPE})"),
        (f"tensor([[1],\n{' ' * 8}[2]]", [DTYPE], 31, f"tensor([[1],\n{' ' * 8}[2]],\n       {DTYPE})"),
        (SHORT, [], 5, f"{SHORT})"),
    ],
)
def test_a_suffix_that_reaches_beyond_the_width_starts_a_line(
    numbers: str, suffixes: list[str], width: int, text: str
) -> None:
    """Counted by hand: a line's characters, with the parenthesis, and one more on the line of the numbers."""
    assert printer.with_suffixes(numbers, suffixes, width) == text


def test_options_are_state_that_is_put_back() -> None:
    """An option stays until it is changed; `sci_mode` goes back to the values' own; a profile sets all others."""
    backend = ReferenceBackend()
    before = backend.state()
    backend.namespace.set_printoptions(precision=2, threshold=5)
    backend.namespace.set_printoptions(sci_mode=True)
    assert printer.state.options == printer.Options(precision=2, threshold=5, sci_mode=True)

    backend.namespace.set_printoptions(profile="short", linewidth=40)
    assert printer.state.options == printer.Options(precision=2, edgeitems=2, linewidth=40)

    backend.restore(before)
    assert printer.state.options == printer.Options()


def test_of_a_printed_form_the_text_alone_is_judged() -> None:
    """Where the printed form is the point, values, dtype and shape are left to other clauses."""
    right = expected_text_of(Seen("tensor", (), "int64", (1).to_bytes(8, "little"), text="tensor(1)"))

    assert (right.text, right.bits, right.dtype, right.shape) == ("tensor(1)", None, None, None)


def test_one_space_before_the_dots_is_right_too() -> None:
    """PyTorch's reference shows a row that is cut with one space before the dots, and PyTorch prints two."""
    right = expected_text_of(Seen("tensor", text="tensor([0, 1, 2,  ..., 7, 8, 9])"))
    texts = ("tensor([0, 1, 2,  ..., 7, 8, 9])", "tensor([0, 1, 2, ..., 7, 8, 9])", "tensor([0, 1, 2, ..., 7, 8, 8])")
    found = [differences(Expectation((right,)), Observation((Seen("tensor", text=text),))) for text in texts]

    assert [bool(one) for one in found] == [False, False, True]


def test_a_summary_without_items_is_open() -> None:
    """Of what is short enough to be printed whole, that option says nothing."""
    with pytest.raises(printer.OpenFormError):
        _written([1, 2, 3], "int64", threshold=2, edgeitems=0)
    assert _written([1, 2, 3], "int64", threshold=3, edgeitems=0) == "tensor([1, 2, 3])"
