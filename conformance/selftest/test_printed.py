"""Reading PyTorch's printed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.reference import printed

if TYPE_CHECKING:
    from conformance.dtypes import Kind

DEFAULTS: dict[Kind, str] = {"bool": "bool", "integer": "int64", "float": "float32"}


def test_a_tensor_without_suffix_has_the_default_dtype_of_its_kind() -> None:
    """A printed form that names no dtype stands for the library's default one."""
    assert printed.read("tensor([1, 2])", DEFAULTS).dtype == "int64"
    assert printed.read("tensor([1., 2.])", DEFAULTS).dtype == "float32"
    assert printed.read("tensor([True])", DEFAULTS).dtype == "bool"


def test_a_library_without_default_dtypes_is_held_to_the_kind() -> None:
    """Where a library names no default dtype, the kind alone is right."""
    expected = printed.read("tensor([1, 2])", {})

    assert (expected.dtype, expected.dtype_kind) == (None, "integer")


def test_suffixes_are_read() -> None:
    """Device, dtype and the gradient's history are read from the suffixes."""
    expected = printed.read("tensor(9., device='cuda:0', dtype=torch.float64, grad_fn=<AddBackward0>)", DEFAULTS)

    assert (expected.shape, expected.device, expected.dtype, expected.requires_grad) == ((), "cuda:0", "float64", True)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("torch.Size([2, 3])", "size"), ("torch.float32", "dtype"), ("cuda:0", "device"), ("cpu", "device"),
        ("8", "int"), ("8.5", "float"), ("True", "bool"), ("None", "none"), ("'cpu'", "str"), ("[12]", "array"),
        ("<class 'torch.Tensor'>", "type"),
    ],
)  # fmt: skip
def test_other_printed_things_are_told_apart(text: str, kind: str) -> None:
    """Sizes, dtypes, devices, Python values, arrays and types each have their form."""
    assert printed.read(text, DEFAULTS).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "tensor([1, 2]",
        "tensor([1, [2]])",
        "tensor(...)",
        "tensor([1] 2)",
        "hello",
        "",
        "tensor([[1, 2], [3]])",
        "tensor([[[1], [2]], [[3]]])",
        "[[1 2]\n [3]]",
    ],
)
def test_what_is_no_printed_form_is_refused(text: str) -> None:
    """Damaged or summarised text is refused, never half read."""
    with pytest.raises(printed.PrintedError):
        printed.read(text, DEFAULTS)


SHAPES = st.lists(st.integers(0, 3), max_size=4)


@settings(deadline=None)
@given(SHAPES, st.sampled_from(["int64", "float32", "bool", "int8", "float64"]), st.integers(0, 100))
def test_torchs_own_printed_form_is_read_back(shape: list[int], dtype: str, seed: int) -> None:
    """Shape, dtype and values of what PyTorch prints are read back, empty tensors included."""
    generator = torch.Generator().manual_seed(seed)
    tensor = (torch.randint(-4, 5, shape, generator=generator) / 4).to(getattr(torch, dtype))
    expected = printed.read(str(tensor), DEFAULTS)

    assert expected.shape == tuple(shape)
    assert expected.values is not None
    assert len(expected.values) == tensor.numel()
    if tensor.numel():
        assert expected.dtype == dtype
        assert [
            float(value == "True") if dtype == "bool" else float(value) for value in expected.values
        ] == pytest.approx(tensor.double().flatten().tolist(), abs=5e-5)


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("tensor(5)", "tensor(5, device='cuda:0')"),
        ("tensor([7], dtype=torch.int32)", "tensor([7], device='cuda:0', dtype=torch.int32)"),
        ("tensor(9., grad_fn=<AddBackward0>)", "tensor(9., device='cuda:0', grad_fn=<AddBackward0>)"),
        ("torch.Size([2])", "torch.Size([2])"),
    ],
)
def test_a_device_is_the_first_suffix(text: str, moved: str) -> None:
    """Off the CPU a tensor's printed form carries its device before the other suffixes."""
    assert printed.on_device(text, "cuda:0") == moved


def test_a_device_beyond_the_line_starts_a_new_one() -> None:
    """A suffix that would reach beyond 80 characters stands on a line of its own under the numbers."""
    numbers = ", ".join(["1"] * 22)

    assert printed.on_device(f"tensor([{numbers}])", "cuda:0") == f"tensor([{numbers}],\n       device='cuda:0')"
