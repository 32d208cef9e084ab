"""Innocents: each differs from PyTorch somewhere that a program can tell, its freedom is said, and nothing accuses it."""

from __future__ import annotations

import contextlib
import io
import warnings
from itertools import product
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import pytest
import torch

from conformance.faults import innocents_manners, planting
from conformance.reference import arithmetic, bounds, promotion
from conformance.reference.tensor import dense
from conformance.selftest.support import judged, not_passed

if TYPE_CHECKING:
    from collections.abc import Callable

FEWEST = 25
HALF = torch.float16


def _numbers(*shape: int, dtype: Any = torch.float32, seed: int = 7) -> Any:
    """Give numbers that are no small fractions, so that each sum of them is rounded."""
    values = np.random.default_rng(seed).uniform(-1, 1, shape)
    return torch.tensor(values, dtype=torch.float64).to(dtype)


def _raised(call: Callable[[], Any]) -> tuple[str, str]:
    try:
        call()
    except Exception as error:  # noqa: BLE001 - which one it is, is what is asked
        return type(error).__name__, str(error)
    return "nothing", ""


def _said(call: Callable[[], Any]) -> tuple[str, list[str]]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return out.getvalue(), [f"{one.category.__name__} {one.message}" for one in caught]


def _waits(call: Callable[[], Any]) -> int:
    with mock.patch("time.sleep") as slept:
        call()
    return slept.call_count


def _read_only() -> Any:
    array = np.arange(3.0)
    array.flags.writeable = False
    return array


def _mean() -> Any:
    return [_numbers(999, dtype=dtype).mean() for dtype in (torch.float32, HALF, torch.complex64)]


def _means_of_rows() -> Any:
    return [(_numbers(500, 49, dtype=dtype) + 1).mean(1) for dtype in (torch.float32, HALF)]


# Rows, terms and columns: products of vectors, of few and of many elements, since a library has several ways to add up
# and the one that an innocent takes may be its own for some of them.
PRODUCTS = ((20, 300, 20), (8, 1000, 1), (1, 4097, 1), (33, 1000, 65))


def _product() -> Any:
    return [
        _numbers(rows, terms, dtype=dtype) @ _numbers(terms, columns, dtype=dtype)
        for (rows, terms, columns), dtype in product(PRODUCTS, (torch.float32, HALF))
    ]


def _negative_zeros() -> Any:
    return torch.tensor([-0.0, -0.0]).mean()


def _by_numbers() -> Any:
    return [_numbers(500, dtype=dtype) / number for dtype in (torch.float32, HALF) for number in (3, 0.7, 49.0, 1.1)]


def _half_with_numbers() -> Any:
    x = _numbers(500, dtype=HALF)
    return [x + 0.1, x * 0.7, x - 3.3333, 0.1 - x, x * 70000.0]


def _half_with_zero_dims() -> Any:
    x = _numbers(500, dtype=HALF)
    return [operation(x, torch.tensor(0.7)) for operation in (torch.add, torch.mul, torch.div)] + [
        x * torch.tensor(70000)
    ]


def _alphas() -> Any:
    return [
        torch.add(_numbers(500, dtype=dtype), _numbers(500, dtype=dtype, seed=8), alpha=1.1)
        for dtype in (torch.float32, HALF)
    ]


def _complex() -> Any:
    x, y = (torch.complex(_numbers(500, seed=seed), _numbers(500, seed=seed + 1)) for seed in (1, 3))
    return [x * y, x / y]


def _to_half() -> Any:
    # Close to the middle between two halves, and beyond what float32 tells apart.
    near = 1 + 2.0**-11 + 2.0**-40
    return [torch.tensor([near, -near, 2049.0 + 2.0**-20], dtype=torch.float64).to(dtype) for dtype in (HALF, torch.bfloat16)] + [
        torch.tensor([1 + 2.0**-8 + 2.0**-40], dtype=torch.float64).bfloat16(), torch.tensor([16842753], dtype=torch.int64).bfloat16(),
    ]  # fmt: skip


def _to_integers() -> Any:
    x = torch.tensor([float("nan"), float("inf"), 1e30, -1e30, -3.0, 300.0])
    return [x.to(dtype) for dtype in (torch.int32, torch.uint8, torch.int8, torch.int64)]


def _random() -> Any:
    torch.manual_seed(3)
    return torch.rand(5)


def _strides() -> Any:
    x = _numbers(2, 3)
    return [
        x[:1].stride(),
        x.unsqueeze(0).stride(),
        (x[:, :1] + 1).stride(),
        torch.zeros(0, 2).stride(),
        x[2:].stride(),
    ]


def _layouts() -> Any:
    x, turned = _numbers(3, 4), _numbers(4, 3).t()
    made = [x + x, x + turned, x * turned, torch.cat([x, x]), x @ x.t(), x.mean(0, keepdim=True)]
    return [(one.stride(), one.storage_offset()) for one in made]


def _row_from_column() -> None:
    x = _numbers(3, 3)
    x[0] = x[:, 0]


def _reshaped() -> Any:
    x = _numbers(6)
    x.reshape(2, 3)[0] = 5
    return x


def _shared_gradients() -> Any:
    given = [torch.ones(2), torch.ones(2, 1)]
    x, y = (_numbers(2).requires_grad_() for _ in given)
    (x + 1).backward(given[0])
    y.view(2, 1).backward(given[1])
    return [one.grad.data_ptr() == gradient.data_ptr() for one, gradient in zip((x, y), given, strict=True)]


def _kept() -> Any:
    import weakref

    x = _numbers(2, 2)
    seen = weakref.ref(x @ x)
    return seen() is None


def _remembered() -> int:
    before = innocents_manners.remembered()
    x = _numbers(2, 5, seed=99)
    assert (x @ x.t()).equal(x @ x.t())
    return innocents_manners.remembered() - before


def _refused() -> Any:
    x = _numbers(2, 3)
    return [
        _raised(lambda: x + _numbers(4, 5)),
        _raised(lambda: x.long().mean()),
        _raised(lambda: x.permute(0, 3)),
        _raised(lambda: x @ x),
    ]


def _version() -> int:
    x = _numbers(3)
    before = x._version  # noqa: SLF001 - PyTorch's own name
    x.add_(1)
    return int(x._version - before)  # noqa: SLF001 - what it has no public name for


# Of each innocent, or of several at once, a little program whose result differs from that of PyTorch as it is.
WITNESSES: dict[str, Callable[[], Any]] = {
    "sums-": _mean,
    "means-divide-": _means_of_rows,
    "means-times-": _means_of_rows,
    "half-means-": _means_of_rows,
    "means-of-negative-zeros-": _negative_zeros,
    "products-in-columns": _layouts,
    "products-checked-": _refused,
    "products-are-remembered": _remembered,
    "products-calculated-": lambda: type(_numbers(2, 2) @ _numbers(2, 2)).__name__,
    "products-": _product,
    "nan-": lambda: torch.tensor([float("inf")]) - torch.tensor([float("inf")]),
    "quotients-by-": _by_numbers,
    "half-quotients-": _by_numbers,
    "quotients-of-": lambda: 3 / _numbers(500),
    "half-numbers-": _half_with_numbers,
    "half-zero-dims-": _half_with_zero_dims,
    "alpha-": _alphas,
    "complex-products-keep-": lambda: (
        torch.tensor([complex(float("inf"), 0)]) * torch.tensor([complex(float("inf"), float("nan"))])
    ),
    "complex-": _complex,
    "casts-": _to_half,
    "integers-": _to_integers,
    "rand-": _random,
    "arange-": lambda: torch.arange(0, 10, 0.1),
    "strides-": _strides,
    "partly-overlapping-": lambda: _raised(_row_from_column),
    "results-in-columns": _layouts,
    "results-laid-": _layouts,
    "results-in-an-arena": _layouts,
    "reshape-": _reshaped,
    "empty-": lambda: torch.empty(3).isnan().all() & torch.empty(5000).isnan().all(),
    "grad-": _shared_gradients,
    "errors-": _refused,
    "refusals-": _refused,
    "read-only-": lambda: _said(lambda: torch.from_numpy(_read_only())),
    "says-": lambda: _said(lambda: torch.ones(2) + 1),
    "warns-": lambda: _said(lambda: torch.ones(2) + 1),
    "slow-": lambda: _waits(lambda: _numbers(2, 2) @ _numbers(2, 2)),
    "results-are-kept": _kept,
    "versions-": _version,
    "results-of-its-own-class": lambda: type(torch.ones(2) + 1).__qualname__,
    "tensors-of-its-own-class": lambda: type(torch.tensor([1.0])).__qualname__,
    "summaries-": lambda: str(torch.zeros(1001)),
}


# Of each innocent, or of several at once, the clauses that look most closely at what it changes.
NEAREST: dict[str, tuple[str, ...]] = {
    "sums-": ("reductions.*", "gradients.arithmetic"),
    "means-": ("reductions.mean-accuracy", "reductions.means"),
    "half-means-": ("reductions.mean-accuracy", "reductions.means"),
    "products-": ("products.*",),
    "nan-": ("arithmetic.division-by-zero", "products.not-finite"),
    "quotients-": ("promotion.numbers", "promotion.numpy-numbers"),
    "half-quotients-": ("promotion.numbers", "promotion.numpy-numbers"),
    "half-numbers-": ("promotion.numbers", "promotion.numpy-numbers"),
    "half-zero-dims-": ("promotion.zero-dim",),
    "alpha-": ("arithmetic.alpha",),
    "complex-": ("arithmetic.rounding", "arithmetic.division-by-zero"),
    "casts-": ("promotion.cast*", "indexing.tensor-writes"),
    "integers-": ("promotion.cast*", "promotion.truncation", "indexing.tensor-writes"),
    "rand-": ("ranks.rand*",),
    "arange-": ("ranks.arange*",),
    "strides-": ("shapes.view-sizes", "aliasing.view-chains", "numpy-bridge.tensors-to-arrays"),
    "partly-overlapping-": ("indexing.writes-from-the-same-tensor", "aliasing.operands-in-one-memory"),
    "results-in-": ("arithmetic.broadcasting", "shapes.cat", "aliasing.copies-stand-alone"),
    "results-laid-": ("arithmetic.rounding", "aliasing.copies-stand-alone"),
    "reshape-": ("shapes.reshape-*", "aliasing.copies-stand-alone"),
    "empty-": ("ranks.filled", "ranks.legacy-sizes", "products.empty-sums"),
    "grad-": ("gradients.accumulation", "gradients.views"),
    "errors-": ("arithmetic.shapes-that-differ", "reductions.refused", "shapes.permute-orders"),
    "refusals-": ("arithmetic.shapes-that-differ", "reductions.refused", "shapes.permute-orders"),
    "read-only-": ("numpy-bridge.read-only-arrays",),
    "says-": ("arithmetic.add", "gradients.non-leaf-*"),
    "warns-": ("arithmetic.add", "gradients.non-leaf-*"),
    "slow-": ("products.mm",),
    "results-are-kept": ("gradients.views", "products.empty-sums"),
    "versions-": ("gradients.saved-operands-unchanged", "gradients.other-writes-allowed"),
    "results-of-its-own-class": ("gradients.training-step", "gradients.descent-*", "printing.matrix", "ranks.item"),
    "tensors-of-its-own-class": (
        "gradients.training-step",
        "printing.matrix",
        "ranks.item*",
        "ranks.tensors-in-a-list",
    ),
    "summaries-": ("printing.*",),
}


def _plain(value: Any) -> Any:
    """Give a result as what can be compared bit for bit."""
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, torch.Tensor):
        whole = torch.view_as_real(value) if value.is_complex() else value
        return str(value.dtype), whole.reshape(-1).view(torch.uint8).tolist()
    return value


def _witness(one: planting.Innocent) -> Callable[[], Any]:
    return next(program for start, program in WITNESSES.items() if one.id.startswith(start))


def test_there_are_enough_and_each_says_what_leaves_it_free() -> None:
    """Each names a place: PyTorch's reference, a note, a maintainer's word, a standard."""
    found = planting.innocents()

    assert len(found) >= FEWEST
    places = (
        "torch",
        "PyTorch",
        "Tensor",
        "Autograd mechanics",
        "Python",
        "IEEE",
        "C++",
        "maintainers",
        "said nowhere",
        "no rule",
    )
    assert [one.id for one in found if not any(place in one.freedom for place in places) or not one.touches] == []


# Where PyTorch can't count a version from outside, this one is PyTorch itself.
SHOWN = [
    one
    for one in planting.innocents()
    if one.id != "versions-counted-twice" or hasattr(torch.autograd.graph, "increment_version")
]


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: one.id)
def test_an_innocent_differs_from_pytorch(one: planting.Innocent) -> None:
    """Its witness sees it, so that whoever passes it has had something to forgive."""
    healthy = _plain(_witness(one)())
    with one.planted():
        seen = _witness(one)()
        differs = _plain(seen) != healthy

    assert differs


@pytest.mark.parametrize("one", planting.innocents(), ids=lambda one: one.id)
def test_no_innocent_is_accused(one: planting.Innocent) -> None:
    """The clauses that look most closely at what it changes pass; `conformance faults` runs all that it touches."""
    nearest = next(clauses for start, clauses in NEAREST.items() if one.id.startswith(start))
    with one.planted():
        lines = judged(one.backend(), *nearest, profile="smoke", seed=3)

    assert not_passed(lines) == {}
    assert "pass" in {line.verdict for line in lines.values()}


def test_a_mean_of_an_exact_sum_may_round_each_quotient() -> None:
    """Only by a power of two are both ways of dividing exact: elsewhere the bound is that of sums."""
    magnitudes, ones = np.array([1025.0]), np.ones(1, "float32")

    assert bounds.mean(1025, magnitudes, ones, 0, "float32", "cpu")[0] >= 1024 * 2.0**-24
    assert bounds.mean(1024, magnitudes - 1, ones, 0, "float32", "cpu")[0] == 0


@pytest.mark.parametrize("default", ["float32", "bfloat16"])
def test_a_half_quotient_may_round_the_reciprocal_of_a_number(default: str) -> None:
    """The number is used at the tensor's dtype, whatever the default one is: 3 times the float16 nearest to 0.4."""
    with mock.patch.object(promotion.defaults, "float_dtype", default):
        right = arithmetic.binary("div", dense(np.array([3.0], "float16"), "float16"), 2.5, "cpu")

    assert right.allowed is not None
    assert np.float16(3) * np.float16(0.4) in [one[0] for one in right.allowed.also]


def test_a_reader_of_its_own_is_the_innocents_backend() -> None:
    """A lazy library is read by a backend that has it calculate within the program."""
    lazy = next(one for one in planting.innocents() if one.reader is not None)

    assert isinstance(lazy.backend(), innocents_manners.LazyBackend)
