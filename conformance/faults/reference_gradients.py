"""Faults of the reference as a backend: gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.faults.planting import fault

_AUTOGRAD = "conformance.reference.autograd"


@fault(
    "gradients-of-size-one-take-the-first",
    f"{_AUTOGRAD}._summed",
    clauses=("gradients.arithmetic",),
    shows="gradient",
    origin="https://github.com/Lightning-AI/lightning-thunder/pull/1979",
)
def _first(summed: Any, gradient: Any, shape: tuple[int, ...]) -> Any:
    """Take the first of the gradients of an operand's dimension of size 1 instead of adding them up."""
    if gradient.ndim != len(shape):
        return summed(gradient, shape)
    ones = tuple(slice(None, 1) if size == 1 else slice(None) for size in shape)
    return np.array(gradient[ones])


@fault(
    "operands-may-change-before-the-walk-back",
    f"{_AUTOGRAD}._check",
    clauses=("gradients.saved-operands-unchanged",),
    shows="missing error",
)
def _unchecked(check: Any, nodes: Any) -> None:
    """Walk back without a look at whether what was kept has been written to since."""
    if not any(saved.stale for node in nodes for saved in (*node.saved, *node.may_keep)):
        check(nodes)


@fault(
    "second-walk-replaces-what-was-collected",
    f"{_AUTOGRAD}._collect",
    clauses=("gradients.accumulation",),
    shows="gradient",
)
def _replaced(collect: Any, tensor: Any, gradient: Any) -> None:
    """Forget what a leaf has collected before."""
    tensor.grad = None
    collect(tensor, gradient)
