"""Faults that need several statements to show: who sees which write, and when."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

CAUGHT_BY = ("aliasing.programs",)


def _root(tensor: Any) -> Any:
    """Give the tensor whose memory a view shows, or the tensor itself."""
    base = tensor._base  # noqa: SLF001 - PyTorch's own name for it
    return tensor if base is None else base


def _noted(tensor: Any, name: str) -> int:
    """Count how often something happened to the memory of a tensor."""
    root = _root(tensor)
    count = int(getattr(root, name, 0)) + 1
    setattr(root, name, count)
    return count


def _detached(tensor: Any) -> None:
    """Let a view forget whose memory it shows."""
    METHODS.set_(tensor, METHODS.clone(tensor))


@fault("view-detaches-after-the-second-write", "torch.Tensor.__setitem__", clauses=CAUGHT_BY, shows="alias")
def _detaching(self: Any, key: Any, value: Any) -> None:
    """Let a view show its own copy from the second write through it on."""
    if self._base is not None:
        self.writes_seen = getattr(self, "writes_seen", 0) + 1
        if self.writes_seen > 1:
            _detached(self)
    METHODS.__setitem__(self, key, value)


@fault("second-index-write-is-lost", "torch.Tensor.__setitem__", clauses=CAUGHT_BY, shows="alias")
def _losing(self: Any, key: Any, value: Any) -> None:
    """Lose the second of two writes by index into the same memory."""
    if _noted(self, "index_writes") != 2:
        METHODS.__setitem__(self, key, value)


@fault("sum-of-the-same-tensors-remembered", "torch.Tensor.__add__", clauses=CAUGHT_BY, shows="value")
def _remembering(self: Any, other: Any) -> Any:
    """Give the sum of before where the same tensors are added again, whatever was written between."""
    result = METHODS.__add__(self, other)
    known = getattr(self, "sums", {})
    return known.get(_name_of(other), _kept(self, other, result))


def _kept(tensor: Any, other: Any, result: Any) -> Any:
    tensor.sums = {**getattr(tensor, "sums", {}), _name_of(other): METHODS.clone(result)}
    return result


def _name_of(other: Any) -> str:
    return f"{type(other).__name__} {id(other) if isinstance(other, torch.Tensor) else other}"


@fault("list-of-a-tensor-remembered", "torch.Tensor.tolist", clauses=CAUGHT_BY, shows="value")
def _listed_once(self: Any) -> Any:
    """List the elements as they were when the tensor was first listed."""
    if not hasattr(self, "listed"):
        self.listed = METHODS.tolist(self)
    return self.listed


@fault("transpose-of-a-written-tensor-is-stale", "torch.Tensor.t", clauses=CAUGHT_BY, shows="alias")
def _stale(self: Any) -> Any:
    """Give the transpose of a tensor that was written before as a copy."""
    result = METHODS.t(self)
    return METHODS.clone(result) if self._version else result


@fault("sum-with-zero-is-the-tensor-itself", "torch.Tensor.__add__", clauses=CAUGHT_BY, shows="alias")
def _neutral(self: Any, other: Any) -> Any:
    """Hand the tensor itself out as its sum with zero, so that a later write shows in both."""
    return self if type(other) is int and other == 0 and self.dtype != torch.bool else METHODS.__add__(self, other)


@fault("product-with-one-is-a-view", "torch.Tensor.__mul__", clauses=CAUGHT_BY, shows="alias")
def _neutral_product(self: Any, other: Any) -> Any:
    """Hand a view of the tensor out as its product with one."""
    same = type(other) is int and other == 1 and self.dtype != torch.bool
    return METHODS.view_as(self, self) if same else METHODS.__mul__(self, other)


@fault("in-place-sum-after-clone-reaches-the-source", "torch.Tensor.clone", clauses=CAUGHT_BY, shows="alias")
def _sharing_clone(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Share memory with the clone of a tensor that was written before."""
    return METHODS.view_as(self, self) if self._version else METHODS.clone(self, *args, **kwargs)


@fault("copy-on-write-forgets-siblings", "torch.Tensor.mul_", clauses=CAUGHT_BY, shows="alias")
def _forgetting(self: Any, other: Any) -> Any:
    """Write an in-place product into a view and its base, where other views were taken first: they keep what was."""
    root = _root(self)
    if self is root and root._version:  # noqa: SLF001 - as above
        _detached(self)
    return METHODS.mul_(self, other)


@fault("augmented-product-binds-a-new-tensor", "torch.Tensor.__imul__", clauses=CAUGHT_BY, shows="alias")
def _rebinding(self: Any, other: Any) -> Any:
    """Calculate `x *= y` out of place where `x` is a view of a tensor that was written before."""
    result = FUNCTIONS.mul(self, other)
    return result if self._base is not None and self._version else METHODS.mul_(self, other)


# --- gradients ---


@fault("index-write-leaves-no-history", "torch.Tensor.__setitem__", clauses=("gradients.programs",), shows="gradient")
def _unrecorded(self: Any, key: Any, value: Any) -> None:
    """Write by index without telling the history."""
    METHODS.__setitem__(METHODS.detach(self), key, value)


@fault(
    "in-place-product-forgets-its-factor",
    "torch.Tensor.__imul__",
    "torch.Tensor.mul_",
    clauses=("gradients.programs",),
    shows="gradient",
)
def _without_factor(self: Any, other: Any) -> Any:
    """Give the gradient of an in-place product as if the factor were one."""
    if not self.requires_grad:
        return METHODS.mul_(self, other)
    METHODS.mul_(METHODS.detach(self), METHODS.detach(other) if isinstance(other, torch.Tensor) else other)
    return self


@fault("second-backward-replaces-the-first", "torch.Tensor.backward", clauses=("gradients.programs",), shows="gradient")
def _replacing(self: Any, *args: Any, **kwargs: Any) -> None:
    """Let leaves forget what they collected before."""
    for leaf in _leaves(self.grad_fn, set()):
        leaf.grad = None
    torch.autograd.backward(self, *args, **kwargs)


def _leaves(step: Any, known: set[Any]) -> list[Any]:
    """Give the leaves of a history."""
    if step is None or step in known:
        return []
    known.add(step)
    own = [step.variable] if hasattr(step, "variable") else []
    return own + [leaf for before, _ in step.next_functions for leaf in _leaves(before, known)]
