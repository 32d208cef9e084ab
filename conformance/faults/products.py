"""Faults of matrix products, reductions and cat."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.planting import FUNCTIONS, METHODS, fault


@fault("transposed-factor-read-as-dense", "torch.matmul", clauses=("products.exact",))
def _dense_matmul(x: Any, y: Any) -> Any:
    """Multiply as if a transposed right operand lay densely in memory."""
    if y.dim() == 2 and y.stride(0) == 1 and y.stride(1) != 1:
        y = torch.as_strided(y, y.shape, (y.shape[1], 1), y.storage_offset())
    return FUNCTIONS.matmul(x, y)


@fault("vector-multiplied-with-a-row", "torch.matmul", clauses=("products.shapes-that-differ",), shows="missing error")
def _broadcasting_vectors(x: Any, y: Any) -> Any:
    """Multiply a vector with a row instead of refusing."""
    row = x.dim() == 1 and y.dim() == 2 and y.shape[0] == 1 != len(x)
    return FUNCTIONS.mul(x.sum(), y[0]) if row else FUNCTIONS.matmul(x, y)


@fault("mean-over-two-dims-divides-by-one", "torch.Tensor.mean", clauses=("reductions.means",))
def _mean_with_sizes(self: Any, *args: Any) -> Any:
    """Divide by the size of one dimension where two are reduced."""
    result = METHODS.mean(self, *args)
    wrong = args and isinstance(args[0], tuple) and self.dim() > 2
    return result * 2 if wrong else result


@fault(
    "integers-have-a-mean", "torch.Tensor.mean", clauses=("reductions.integers-have-no-mean",), shows="missing error"
)
def _mean_of_ints(self: Any, *args: Any) -> Any:
    """Give integers a mean."""
    return METHODS.mean(self if self.is_floating_point() or self.is_complex() else self.float(), *args)


@fault("argmax-gives-the-last-tie", "torch.Tensor.argmax", clauses=("reductions.first-largest",))
def _last_largest(self: Any, *args: Any) -> Any:
    """Give the last of several largest."""
    if args or self.dim() != 1 or not len(self):
        return METHODS.argmax(self, *args)
    return len(self) - 1 - METHODS.argmax(self.flip(0))


@fault("cat-keeps-the-first-dtype", "torch.cat", clauses=("shapes.cat",), shows="dtype")
def _cat_keeping_first(tensors: Any, *args: Any) -> Any:
    """Take the first tensor's dtype instead of promoting."""
    return FUNCTIONS.cat(tensors, *args).to(tensors[0].dtype)
