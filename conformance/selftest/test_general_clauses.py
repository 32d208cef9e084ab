"""The general clauses: each catches a fault planted in PyTorch, and accuses nobody who keeps the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from conformance import catalogue
from conformance.backends.pytorch import TorchBackend
from conformance.selftest.support import judged, not_passed

if TYPE_CHECKING:
    from collections.abc import Callable

BACKEND = TorchBackend()
METHODS: Any = torch.Tensor.__mro__[1]
FUNCTIONS: Any = torch._C._VariableFunctions  # noqa: SLF001 - the functions as they are


def _through(function: Callable[[Any], Any]) -> Callable[..., Any]:
    """Make an operation whose result is changed by a function."""
    return lambda x, y: function(FUNCTIONS.add(x, y))


def _ignoring_strides(x: Any, y: Any) -> Any:
    """Add as if the left operand lay densely in memory."""
    if isinstance(x, torch.Tensor) and x.dim() > 1 and not x.is_contiguous() and 0 not in x.stride():
        x = torch.as_strided(x, x.shape, torch.empty(x.shape).stride(), x.storage_offset())
    return FUNCTIONS.add(x, y)


def _flushing(result: Any) -> Any:
    """Set subnormal results to zero."""
    if result.dtype != torch.float32:
        return result
    small = (result.abs() < torch.finfo(result.dtype).tiny) & (result != 0)
    return torch.where(small, result * 0, result)


def _saturating(x: Any, y: Any) -> Any:
    """Keep integers at the end of their range instead of wrapping around."""
    result = FUNCTIONS.add(x, y)
    if result.dtype != torch.int8:
        return result
    return (x.long() + (y.long() if isinstance(y, torch.Tensor) else y)).clamp(-128, 127).to(torch.int8)


def _through_float32(x: Any, y: Any) -> Any:
    """Multiply int64 tensors as floats: wrong above 2**24."""
    result = FUNCTIONS.mul(x, y)
    return FUNCTIONS.mul(x.float(), y.float()).to(torch.int64) if result.dtype == torch.int64 else result


def _by_value_of_zero_dim(x: Any, y: Any) -> Any:
    """Let a 0-d tensor raise the dtype within its category."""
    result = FUNCTIONS.add(x, y)
    wide = isinstance(y, torch.Tensor) and y.dim() == 0 and y.dtype == torch.float64 and result.is_floating_point()
    return result.double() if wide else result


def _forgiving_in_place(self: Any, other: Any) -> Any:
    """Write a float result into an integer tensor."""
    if isinstance(other, torch.Tensor) and other.is_floating_point() and not self.is_floating_point():
        return self.copy_(METHODS.add(self, other))
    return METHODS.add_(self, other)


def _rounding_cast(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Round floats to integers instead of truncating them."""
    target = args[0] if args else None
    integer = target in (torch.int32, torch.int64, torch.int16)
    return METHODS.to(self.round() if self.is_floating_point() and integer else self, *args, **kwargs)


def _half_to_bool(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Call NaN false."""
    result = METHODS.to(self, *args, **kwargs)
    return result & ~self.isnan() if result.dtype == torch.bool and self.is_floating_point() else result


def _real_part_to_bool(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Discard the imaginary part where a complex number becomes a bool."""
    real = self.is_complex() and args[0] == torch.bool
    return METHODS.to(self.real if real else self, *args, **kwargs)


def _copying(name: str) -> Callable[..., Any]:
    return lambda self, *args: getattr(METHODS, name)(self, *args).clone()


def _shifted(self: Any, dim: int) -> Any:
    """Count negative dims as if there were no new dimension."""
    return METHODS.unsqueeze(self, dim - 1 if dim < 0 else dim)


def _all_squeezed(self: Any, *args: Any) -> Any:  # noqa: ARG001 - ignoring it is the fault
    """Remove all dimensions of size 1 whatever dim is given."""
    return METHODS.squeeze(self)


def _lenient_permute(self: Any, *dims: Any) -> Any:
    """Take repeated dims as one."""
    order = dims[0] if isinstance(dims[0], tuple) else dims
    if len({d % max(self.dim(), 1) for d in order}) < len(order):
        return self
    return METHODS.permute(self, order)


def _swapped_bcast(x: Any, y: Any) -> Any:
    """Broadcast (1, n) with (m, 1) the wrong way round."""
    result = FUNCTIONS.mul(x, y)
    if isinstance(y, torch.Tensor) and x.dim() == y.dim() == 2 and x.shape != y.shape and result.numel() > 1:
        return result.flip(0)
    return result


def _padding(x: Any, y: Any) -> Any:
    """Add tensors of different sizes by cutting the longer one off."""
    if isinstance(y, torch.Tensor) and x.dim() == y.dim() == 1 and 1 not in (len(x), len(y)):
        n = min(len(x), len(y))
        return FUNCTIONS.add(x[:n], y[:n])
    return FUNCTIONS.add(x, y)


def _reflected(self: Any, other: Any) -> Any:
    """Subtract the wrong way round."""
    return METHODS.sub(self, other)


def _dense_matmul(x: Any, y: Any) -> Any:
    """Multiply as if a batch's right operand lay densely in memory."""
    if y.dim() == 2 and y.stride(0) == 1 and y.stride(1) != 1:
        y = torch.as_strided(y, y.shape, (y.shape[1], 1), y.storage_offset())
    return FUNCTIONS.matmul(x, y)


def _broadcasting_vectors(x: Any, y: Any) -> Any:
    """Multiply a vector with a row instead of refusing."""
    return (
        FUNCTIONS.mul(x.sum(), y[0])
        if x.dim() == 1 and y.dim() == 2 and y.shape[0] == 1 != len(x)
        else FUNCTIONS.matmul(x, y)
    )


def _mean_with_sizes(self: Any, *args: Any) -> Any:
    """Divide by the size of the last dimension whatever dim is given."""
    result = METHODS.mean(self, *args)
    wrong = args and isinstance(args[0], tuple) and self.dim() > 2
    return result * 2 if wrong else result


def _mean_of_ints(self: Any, *args: Any) -> Any:
    """Give integers a mean."""
    return METHODS.mean(self if self.is_floating_point() or self.is_complex() else self.float(), *args)


def _last_largest(self: Any, *args: Any) -> Any:
    """Give the last of several largest."""
    if args or self.dim() != 1 or not len(self):
        return METHODS.argmax(self, *args)
    return len(self) - 1 - METHODS.argmax(self.flip(0))


def _cat_keeping_first(tensors: Any, *args: Any) -> Any:
    """Take the first tensor's dtype instead of promoting."""
    return FUNCTIONS.cat(tensors, *args).to(tensors[0].dtype)


def _clamped(self: Any, key: Any) -> Any:
    """Take the last element where an index is out of range."""
    return METHODS.__getitem__(self, min(key, len(self) - 1) if type(key) is int else key)


# where the fault is planted, its name there, the fault, the clause that is meant to catch it
FAULTS: dict[str, tuple[Any, str, Callable[..., Any], str]] = {
    "strides of an operand are ignored": (torch, "add", _ignoring_strides, "arithmetic.rounding"),
    "subnormal results are flushed": (torch, "add", _through(_flushing), "arithmetic.subnormals"),
    "int8 saturates": (torch, "add", _saturating, "arithmetic.rounding"),
    "int64 products go through float32": (torch, "mul", _through_float32, "arithmetic.rounding"),
    "broadcast the wrong way round": (torch, "mul", _swapped_bcast, "arithmetic.broadcasting"),
    "sizes that differ are cut off": (torch, "add", _padding, "arithmetic.shapes-that-differ"),
    "floats are written into integers": (torch.Tensor, "add_", _forgiving_in_place, "arithmetic.in-place"),
    "bfloat16 and float16 give float16": (
        torch, "add",
        lambda x, y: FUNCTIONS.add(x, y).half()
        if isinstance(y, torch.Tensor) and {x.dtype, y.dtype} == {torch.float16, torch.bfloat16}
        else FUNCTIONS.add(x, y),
        "promotion.tensors",
    ),
    "a 0-d float64 raises float32": (torch, "add", _by_value_of_zero_dim, "promotion.zero-dim"),
    "a number minus a tensor is reversed": (torch.Tensor, "__rsub__", _reflected, "promotion.numbers"),
    "casts round": (torch.Tensor, "to", _rounding_cast, "promotion.casts"),
    "NaN is false": (torch.Tensor, "to", _half_to_bool, "promotion.casts"),
    "an imaginary number is false": (torch.Tensor, "to", _real_part_to_bool, "promotion.complex-to-bool"),
    "transpose copies": (torch.Tensor, "transpose", _copying("transpose"), "aliasing.view-writes-reach-the-base"),
    "squeeze copies": (torch.Tensor, "squeeze", _copying("squeeze"), "aliasing.base-writes-reach-views"),
    "permute makes dense": (
        torch.Tensor, "permute", lambda self, *dims: METHODS.permute(self, *dims).contiguous(), "aliasing.view-chains",
    ),
    "negative dims of unsqueeze are shifted": (torch.Tensor, "unsqueeze", _shifted, "shapes.unsqueeze-dims"),
    "squeeze ignores its dim": (torch.Tensor, "squeeze", _all_squeezed, "shapes.squeeze-dims"),
    "transpose ignores negative dims": (
        torch.Tensor, "transpose", lambda self, a, b: METHODS.transpose(self, abs(a), b), "shapes.transpose-dims",
    ),
    "permute takes repeated dims": (torch.Tensor, "permute", _lenient_permute, "shapes.permute-orders"),
    "a transposed factor is read as dense": (torch, "matmul", _dense_matmul, "products.exact"),
    "a vector is multiplied with a row": (torch, "matmul", _broadcasting_vectors, "products.shapes-that-differ"),
    "a mean over two dims divides by one": (torch.Tensor, "mean", _mean_with_sizes, "reductions.means"),
    "integers have a mean": (torch.Tensor, "mean", _mean_of_ints, "reductions.integers-have-no-mean"),
    "the last largest is given": (torch.Tensor, "argmax", _last_largest, "reductions.first-largest"),
    "cat keeps the first dtype": (torch, "cat", _cat_keeping_first, "shapes.cat"),
    "an index out of range takes the last": (torch.Tensor, "__getitem__", _clamped, "indexing.keys"),
    "view copies where it must refuse": (
        torch.Tensor, "view", lambda self, *sizes: METHODS.reshape(self, sizes), "shapes.view-sizes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_the_clause_that_is_meant_to(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each planted fault fails the general clause whose rule it breaks, run alone."""
    where, name, function, clause = FAULTS[fault]
    monkeypatch.setattr(where, name, function)

    assert not_passed(judged(BACKEND, clause)) == {clause: "fail"}


def test_each_general_clause_with_a_table_has_a_fault() -> None:
    """No clause goes without a fault that it was seen to catch."""
    meant = {clause for *_, clause in FAULTS.values()}

    assert {clause.id for clause in catalogue.load() if clause.table is not None} == meant


def test_flushing_fails_its_own_clause_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that takes subnormals for zero fails the clause on subnormals, and no other."""
    monkeypatch.setattr(torch, "add", _through(_flushing))

    assert not_passed(judged(BACKEND)) == {"arithmetic.subnormals": "fail"}


def test_tables_are_the_same_in_every_run() -> None:
    """A table's rows depend on the profile and the seed alone, and their labels are unique."""
    for clause in catalogue.load():
        if clause.table is not None:
            first, again = (list(clause.all_cases("standard", 5)) for _ in range(2))
            assert first == again
            assert len({case.id for case in first}) == len(first)


def test_another_seed_gives_other_values() -> None:
    """The seed reaches the tables."""
    clause = catalogue.find("arithmetic.rounding")

    assert next(clause.all_cases("standard", 1)).inputs != next(clause.all_cases("standard", 2)).inputs


@pytest.mark.parametrize("seed", [101, 102])
def test_healthy_torch_is_not_accused(seed: int) -> None:
    """PyTorch as it is passes every table with other values too."""
    assert not_passed(judged(BACKEND, seed=seed)) == {}
