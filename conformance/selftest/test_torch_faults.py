"""Faults planted in PyTorch: each is caught by the clauses that should catch it, and by no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import _tensor_str

from conformance import catalogue
from conformance.backends.pytorch import TorchBackend
from conformance.selftest.support import judged, not_passed

if TYPE_CHECKING:
    from collections.abc import Callable

BACKEND = TorchBackend()
# The golden clauses: the general ones have faults of their own, and see these too.
GOLDEN = tuple(clause.id for clause in catalogue.load() if clause.table is None and clause.level != "general")
# The methods as they are, below those that a fault replaces; in 1.13 torch._C has another name for this class.
_TensorBase: Any = torch.Tensor.__mro__[1]


def _copying_view(self: Any, *shape: Any) -> Any:
    return _TensorBase.view(self, *shape).clone()


def _wide_sum(self: Any, other: Any) -> Any:
    result = _TensorBase.add(self, other)
    mixed = isinstance(other, torch.Tensor) and self.dtype != other.dtype
    return result.double() if mixed and result.dtype.is_floating_point else result


def _last_tie(self: Any, *args: Any, **kwargs: Any) -> Any:
    return _TensorBase.argmax(self, *args, **kwargs) + 1


def _unsqueeze_behind(self: Any, dim: int) -> Any:
    return _TensorBase.unsqueeze(self, -1 if dim == 0 else dim)


def _terse(self: Any, **_: Any) -> str:
    return f"tensor({self.tolist()})"


def _scribble(self: Any, *args: Any, **kwargs: Any) -> Any:
    result = _TensorBase.mean(self, *args, **kwargs)
    _TensorBase.zero_(self.detach())
    return result


def _leaving_float64(self: Any) -> Any:
    torch.set_default_dtype(torch.float64)
    return _TensorBase.t(self)


def _without_warning(self: Any, other: Any) -> Any:
    result = _TensorBase.add(self, other)
    if result.requires_grad:
        result.retain_grad()
    return result


@pytest.mark.parametrize(
    ("name", "fault", "caught"),
    [
        ("argmax", _last_tie, {"reductions.argmax", "reductions.argmax-over-dim", "printing.int-vector"}),
        ("__add__", _wide_sum, {"promotion.int-with-float", "printing.whole-floats"}),
        ("unsqueeze", _unsqueeze_behind, {"shapes.unsqueeze", "printing.blocks"}),
        ("view", _copying_view, {"aliasing.base-write-seen-in-view", "printing.int-vector"}),
        ("t", _leaving_float64, {"products.transpose"}),
        ("__add__", _without_warning, {"gradients.non-leaf-has-none", "gradients.non-leaf-warning"}),
        (
            "mean",
            _scribble,
            {
                "reductions.mean", "reductions.mean-over-dim", "printing.whole-floats", "printing.four-digits",
                "printing.function-names", "gradients.graph-follows-the-code",
            },
        ),
    ],
    ids=["wrong value", "wrong dtype", "wrong shape", "view that copies", "left state", "no warning", "operand"],
)  # fmt: skip
def test_a_fault_fails_its_own_clauses_only(
    name: str, fault: Callable[..., Any], caught: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in one behaviour fails the documented clauses on that behaviour; all others keep their verdicts."""
    monkeypatch.setattr(torch.Tensor, name, fault)

    assert not_passed(judged(BACKEND, *GOLDEN)) == dict.fromkeys(caught, "fail")


def test_a_wrong_printed_form_fails_the_clauses_on_printing_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that prints otherwise fails the printed form, and passes all that is read as values."""
    monkeypatch.setattr(torch.Tensor, "__repr__", _terse)
    failed = not_passed(judged(BACKEND, *GOLDEN))

    assert set(failed) >= {"printing.matrix", "printing.whole-floats", "printing.summary", "printing.grad-fn"}
    assert {name.partition(".")[0] for name in failed} == {"printing"}


def test_a_broken_numpy_method_is_seen_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The observer reads through none of the methods that it judges."""
    monkeypatch.setattr(torch.Tensor, "numpy", lambda _: None)
    failed = set(not_passed(judged(BACKEND, *GOLDEN)))

    assert failed == {
        "numpy-bridge.to-array", "numpy-bridge.from-array", "printing.numpy-types",
        "ranks.rand", "ranks.rand-repeats-with-the-seed", "printing.size",
    }  # fmt: skip


def test_state_that_a_fault_leaves_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The failing clause says what was left, and later clauses find the state as it was."""
    monkeypatch.setattr(torch.Tensor, "t", _leaving_float64)
    failure = judged(BACKEND, "products.transpose")["products.transpose[cpu]"].failure

    assert failure is not None
    assert failure.differences[-1].got == "left default dtype torch.float64"
    assert torch.get_default_dtype() == torch.float32


class _OptionsOnTheClass:
    """Print options as PyTorch 1.13 holds them: an instance has of its own only what was set."""

    precision = 4
    threshold = 1000
    edgeitems = 3
    linewidth = 80
    sci_mode = None


def _leaving_two_digits(self: Any) -> Any:
    torch.set_printoptions(precision=2)
    return _TensorBase.t(self)


@pytest.mark.parametrize("options", [None, _OptionsOnTheClass()], ids=["as here", "as in 1.13"])
def test_print_options_that_a_fault_leaves_are_put_back(
    options: _OptionsOnTheClass | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are a failure of the clause, never a defect of the suite, wherever PyTorch holds them."""
    if options is not None:
        monkeypatch.setattr(_tensor_str, "PRINT_OPTS", options)
    monkeypatch.setattr(torch.Tensor, "t", _leaving_two_digits)

    assert not_passed(judged(BACKEND, *GOLDEN)) == {"products.transpose": "fail"}
    assert str(torch.tensor(0.125)) == "tensor(0.1250)"


def test_healthy_torch_passes() -> None:
    """PyTorch as it is passes every clause that runs here."""
    assert not_passed(judged(BACKEND)) == {}


def test_two_runs_give_the_same_verdicts_and_cases() -> None:
    """A deterministic library gets the same lines twice."""
    first, second = (
        {key: (line.verdict, line.cases) for key, line in judged(BACKEND, profile="smoke").items()} for _ in range(2)
    )

    assert first == second
