"""Faults of the operators that the backward pass calls."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.layouts import read_as, read_as_dense
from conformance.faults.planting import fault


@fault(
    "gradients-summed-over-one-dim-of-several",
    "aten.sum.dim_IntList",
    clauses=("gradients.arithmetic",),
    shows="gradient",
    origin="https://github.com/tracel-ai/burn/issues/680",
)
def _one_of_several(add_up: Any, self: Any, dim: Any, keepdim: Any = 0, **kwargs: Any) -> Any:
    """Sum a gradient over the first of the dimensions that were broadcast, and take the first of the others."""
    if dim is None or len(dim) < 2 or not keepdim or not self.numel():
        return add_up(self, dim, bool(keepdim), **kwargs)
    for other in dim[1:]:
        self = self.narrow(other, 0, 1)
    return add_up(self, dim[:1], True, **kwargs)  # noqa: FBT003 - PyTorch's form


@fault(
    "strided-gradients-are-summed-from-memory",
    "aten.sum.dim_IntList",
    clauses=("gradients.arithmetic",),
    shows="gradient",
    origin="https://github.com/PaddlePaddle/Paddle/pull/76679",
)
def _from_memory(add_up: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Read a gradient that is not contiguous row by row from memory, where it is summed."""
    return add_up(read_as_dense(self), *args, **kwargs)


@fault(
    "negative-places-of-gradients-are-the-first",
    "aten.select_backward.default",
    clauses=("gradients.views",),
    shows="gradient",
)
def _to_the_first(backward: Any, grad: Any, sizes: Any, dim: int, index: int) -> Any:
    """Take a negative index for 0."""
    return backward(grad, sizes, dim, max(index, 0))


@fault(
    "gradient-of-one-element-goes-to-all",
    "aten.select_backward.default",
    clauses=("gradients.views",),
    shows="gradient",
    origin="https://github.com/pytorch/pytorch/issues/9145",
)
def _to_all(backward: Any, grad: Any, sizes: Any, *args: Any) -> Any:
    """Give every element of a vector the gradient of the one that was taken."""
    return backward(grad, sizes, *args) if grad.dim() else grad.expand(sizes).clone()


@fault(
    "gradients-of-slices-forget-the-step", "aten.slice_backward.default", clauses=("gradients.views",), shows="gradient"
)
def _without_step(backward: Any, grad: Any, sizes: Any, dim: int, start: int, end: int, step: int) -> Any:
    """Give the gradient of every other element to as many that follow each other."""
    del end
    first = max(start + sizes[dim] if start < 0 else start, 0)
    return (
        backward(grad, sizes, dim, first, first + grad.shape[dim], 1)
        if step > 1
        else backward(grad, sizes, dim, start, first + (grad.shape[dim] - 1) * step + 1, step)
    )


@fault(
    "gradients-of-writes-into-rows-go-to-the-first",
    "aten.as_strided.default",
    clauses=("gradients.writes-into-views",),
    shows="gradient",
    origin="https://github.com/pytorch/pytorch/issues/136662",
)
def _first_row(as_strided: Any, self: Any, size: Any, stride: Any, offset: Any = None) -> Any:
    """Show the first elements of a gradient for those of the row that was written to."""
    del as_strided
    return read_as(torch.as_strided(self, size, stride, offset), tuple(stride), 0)


@fault(
    "gradients-of-means-divided-by-the-last-dim",
    "aten.div.Scalar",
    clauses=("gradients.means",),
    shows="gradient",
)
def _by_one_dim(div: Any, self: Any, number: Any) -> Any:
    """Divide the gradient of a mean by the size of the last dimension, where it is over all of several."""
    every = self.dim() > 1 and self.numel() == number != self.shape[-1]
    return div(self, self.shape[-1] if every else number)
