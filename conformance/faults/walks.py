"""Faults of walks back in every spelling, of long histories, and of what is remembered by the count of writes."""

from __future__ import annotations

import weakref
from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault, kept

_backward: Any = torch.Tensor.backward
_walk: Any = torch.autograd.backward
_printed: Any = torch.Tensor.__repr__
# Operands of one call, and writes of one history, past which a fault shows.
_OPERANDS, _WRITES = 16, 50


@fault(
    "inputs-of-a-walk-are-overlooked",
    "torch.Tensor.backward",
    clauses=("gradients.ways-to-go-back",),
    shows="gradient",
)
def _to_all_leaves(
    self: Any,
    gradient: Any = None,
    retain_graph: Any = None,
    create_graph: bool = False,  # noqa: FBT001, FBT002 - PyTorch's form
    inputs: Any = None,  # noqa: ARG001 - overlooking them is the fault
) -> None:
    """Collect the gradients of all leaves, whichever inputs are named."""
    _backward(self, gradient, retain_graph, create_graph)


@fault(
    "further-results-begin-with-ones",
    "torch.autograd.backward",
    clauses=("gradients.ways-to-go-back",),
    shows="gradient",
)
def _ones_for_others(tensors: Any, grad_tensors: Any = None, *args: Any, **kwargs: Any) -> None:
    """Begin with ones at all results but the first."""
    if isinstance(grad_tensors, (list, tuple)):
        grad_tensors = [*grad_tensors[:1], *(torch.ones_like(one) for one in grad_tensors[1:])]
    _walk(tensors, grad_tensors, *args, **kwargs)


@fault("gradients-end-at-the-sixteenth-operand", "torch.cat", clauses=("gradients.cat",), shows="gradient")
def _first_sixteen(tensors: Any, dim: int = 0, **kwargs: Any) -> Any:
    """Join tensors, and give those past the sixteenth no gradient."""
    known = [one if place < _OPERANDS else one.detach() for place, one in enumerate(tensors)]
    return FUNCTIONS.cat(known, dim, **kwargs)


# How often a tensor was written to, by its number, as long as it lives.
_writes: dict[int, int] = kept({})


@fault(
    "fiftieth-write-has-no-history",
    "torch.Tensor.__iadd__",
    clauses=("gradients.histories-of-any-length",),
    shows="gradient",
)
def _forgotten_write(self: Any, other: Any) -> Any:
    """Record no more than fifty sums that are written into one tensor."""
    if id(self) not in _writes:
        weakref.finalize(self, _writes.pop, id(self), None)
    _writes[id(self)] = _writes.get(id(self), 0) + 1
    return METHODS.add_(
        self, other.detach() if _writes[id(self)] > _WRITES and isinstance(other, torch.Tensor) else other
    )


class _Kept:
    """What was made of a tensor last, for as long as no write to it is counted."""

    def __init__(self) -> None:
        self._tensor: Any = lambda: None
        self._version = 0
        self._made: Any = None

    def of(self, tensor: Any, make: Any) -> Any:
        """Give what was made of the tensor, or make it."""
        if self._tensor() is not tensor or self._version != tensor._version:  # noqa: SLF001 - the count of writes
            self._tensor, self._version, self._made = weakref.ref(tensor), tensor._version, make(tensor)  # noqa: SLF001 - as above
        return self._made


_divisors, _texts, _lists = _Kept(), _Kept(), _Kept()


@fault(
    "divisors-go-by-the-count-of-writes",
    "aten.div.Tensor",
    clauses=("gradients.after-operands-changed",),
)
def _kept_divisor(healthy: Any, left: Any, right: Any) -> Any:
    """Keep a copy of the last divisor for the next quotient, as no write to it was counted: those to its data aren't."""
    return healthy(left, _divisors.of(right, torch.clone) if isinstance(right, torch.Tensor) else right)


@fault(
    "printed-forms-go-by-the-count-of-writes",
    "torch.Tensor.__repr__",
    clauses=("printing.after-a-write",),
    shows="printed form",
)
def _kept_text(self: Any) -> str:
    """Print a tensor as before, as no write to it was counted: those to its data aren't."""
    return str(_texts.of(self, _printed))


@fault("lists-go-by-the-count-of-writes", "torch.Tensor.tolist", clauses=("ranks.reads-follow-writes",))
def _kept_list(self: Any) -> Any:
    """Give a tensor's elements as before, as no write to it was counted: those to its data aren't."""
    return _lists.of(self, METHODS.tolist)
