"""Faults of views and shapes."""

from __future__ import annotations

from typing import Any

from conformance.faults.healthy import METHODS
from conformance.faults.planting import fault


@fault("transpose-copies", "torch.Tensor.transpose", clauses=("aliasing.view-writes-reach-the-base",), shows="alias")
def _copying_transpose(self: Any, *dims: Any, **named: Any) -> Any:
    """Copy where a view is due."""
    return METHODS.transpose(self, *dims, **named).clone()


@fault("squeeze-copies", "torch.Tensor.squeeze", clauses=("aliasing.base-writes-reach-views",), shows="alias")
def _copying_squeeze(self: Any, *args: Any) -> Any:
    """Copy where a view is due."""
    return METHODS.squeeze(self, *args).clone()


@fault("permute-makes-dense", "torch.Tensor.permute", clauses=("aliasing.view-chains",), shows="alias")
def _dense_permute(self: Any, *dims: Any) -> Any:
    """Lay the permuted elements out anew."""
    return METHODS.permute(self, *dims).contiguous()


@fault(
    "negative-dims-of-unsqueeze-shifted", "torch.Tensor.unsqueeze", clauses=("shapes.unsqueeze-dims",), shows="shape"
)
def _shifted(self: Any, dim: int) -> Any:
    """Count negative dims as if there were no new dimension."""
    return METHODS.unsqueeze(self, dim - 1 if dim < 0 else dim)


@fault("squeeze-ignores-its-dim", "torch.Tensor.squeeze", clauses=("shapes.squeeze-dims",), shows="shape")
def _all_squeezed(self: Any, *args: Any) -> Any:  # noqa: ARG001 - ignoring it is the fault
    """Remove all dimensions of size 1 whatever dim is given."""
    return METHODS.squeeze(self)


@fault("transpose-ignores-signs", "torch.Tensor.transpose", clauses=("shapes.transpose-dims",), shows="shape")
def _unsigned_transpose(self: Any, one: int, other: int) -> Any:
    """Take a negative dim for a positive one."""
    return METHODS.transpose(self, abs(one), other)


@fault("permute-takes-repeated-dims", "torch.Tensor.permute", clauses=("shapes.permute-orders",), shows="missing error")
def _lenient_permute(self: Any, *dims: Any) -> Any:
    """Take repeated dims as one."""
    order = dims[0] if isinstance(dims[0], tuple) else dims
    if len({d % max(self.dim(), 1) for d in order}) < len(order):
        return self
    return METHODS.permute(self, order)


@fault("view-copies-where-it-must-refuse", "torch.Tensor.view", clauses=("shapes.view-sizes",), shows="missing error")
def _reshaping_view(self: Any, *sizes: Any) -> Any:
    """Copy where the strides allow no view."""
    return METHODS.reshape(self, sizes)


@fault(
    "index-out-of-range-takes-the-last", "torch.Tensor.__getitem__", clauses=("indexing.keys",), shows="missing error"
)
def _clamped(self: Any, key: Any) -> Any:
    """Take the last element where an index is out of range."""
    return METHODS.__getitem__(self, min(key, len(self) - 1) if type(key) is int else key)


@fault("permute-ignores-signs", "torch.Tensor.permute", clauses=("shapes.permute-orders",), shows="shape")
def _unsigned_permute(self: Any, *order: Any, **named: Any) -> Any:
    """Count negative dims from the front."""
    given = named.get("dims", order[0] if order and not isinstance(order[0], int) else order)
    wrong = len(given) == 3 and all(dim < 0 for dim in given)
    return METHODS.permute(self, [-1 - dim for dim in given] if wrong else list(given))


@fault("permute-of-four-dims-inverted", "torch.Tensor.permute", clauses=("shapes.permute-orders",), shows="shape")
def _inverted(self: Any, *order: Any, **named: Any) -> Any:
    """Permute by the inverse order, which is the same one for up to two dimensions."""
    given = list(named.get("dims", order[0] if order and not isinstance(order[0], int) else order))
    right = len(given) == 4 and len({dim % 4 for dim in given}) == 4
    return METHODS.permute(self, sorted(range(4), key=lambda n: given[n] % 4) if right else given)


@fault("t-copies", "torch.Tensor.t", clauses=("shapes.matrix-transposes",), shows="alias")
def _copying_t(self: Any) -> Any:
    """Copy the transposed matrix."""
    return METHODS.contiguous(METHODS.t(self))


@fault("t-takes-any-rank", "torch.t", clauses=("shapes.matrix-transposes",), shows="missing error")
def _any_t(x: Any) -> Any:
    """Exchange the last two dimensions of any tensor."""
    return METHODS.transpose(x, -2, -1) if x.dim() > 1 else x


@fault(
    "squeeze-takes-the-first-dim-named", "torch.Tensor.squeeze", clauses=("shapes.squeeze-several-dims",), shows="shape"
)
def _first_only(self: Any, *dims: Any, **named: Any) -> Any:
    """Look at the first of several dims alone."""
    several = dims and isinstance(dims[0], tuple)
    return METHODS.squeeze(self, dims[0][0]) if several else METHODS.squeeze(self, *dims, **named)


@fault("squeeze-removes-any-dim-named", "torch.Tensor.squeeze", clauses=("shapes.squeeze-dims",), shows="shape")
def _any_removed(self: Any, *dims: Any, **named: Any) -> Any:
    """Remove the dimension that is named, whatever its size, by taking its first element."""
    dim = dims[0] if dims else named.get("dim")
    wrong = isinstance(dim, int) and -self.dim() <= dim < self.dim() and self.shape[dim] > 1
    return METHODS.select(self, dim, 0) if wrong else METHODS.squeeze(self, *dims, **named)


@fault(
    "unsqueeze-at-the-end-copies", "torch.Tensor.unsqueeze", clauses=("shapes.squeeze-undoes-unsqueeze",), shows="alias"
)
def _dense_at_the_end(self: Any, dim: int) -> Any:
    """Lay the elements out anew where the new dimension is the last."""
    result = METHODS.unsqueeze(self, dim)
    return METHODS.contiguous(result) if dim == self.dim() else result


@fault("keyword-dim-ignored-by-unsqueeze", "torch.Tensor.unsqueeze", clauses=("shapes.unsqueeze-dims",), shows="shape")
def _without_keyword(self: Any, *dims: Any, dim: int = 0) -> Any:
    """Put the new dimension first where its place is a keyword."""
    return METHODS.unsqueeze(self, dims[0] if dims else min(dim, 0))


@fault("transpose-of-equal-dims-turns-all", "torch.transpose", clauses=("shapes.transpose-dims",), shows="shape")
def _turning(x: Any, one: int, other: int) -> Any:
    """Reverse all dimensions where both that are named are the same."""
    result = METHODS.transpose(x, one, other)
    return METHODS.permute(x, tuple(reversed(range(x.dim())))) if one == other and x.dim() > 1 else result


@fault("reshape-reads-permuted-tensors-as-dense", "torch.Tensor.reshape", clauses=("shapes.reshape-sizes",))
def _memory_order(self: Any, *sizes: Any) -> Any:
    """Give the elements of a permuted tensor in the order of their memory."""
    permuted = self.dim() > 1 and self.stride(0) < self.stride(-1) and self.is_contiguous() is False
    source = METHODS.transpose(self, 0, -1) if permuted else self
    return METHODS.reshape(source, *sizes)


@fault("reshape-infers-too-little", "torch.Tensor.reshape", clauses=("shapes.reshape-sizes",), shows="missing error")
def _floored(self: Any, *sizes: Any) -> Any:
    """Drop the elements that are left over where -1 does not come out even."""
    if len(sizes) == 2 and sizes[1] == -1 and sizes[0] > 1 and self.numel() % sizes[0]:
        flat = METHODS.reshape(self, -1)
        return METHODS.reshape(METHODS.__getitem__(flat, slice(self.numel() // sizes[0] * sizes[0])), sizes)
    return METHODS.reshape(self, *sizes)


@fault("view-of-nothing-refused", "torch.Tensor.view", clauses=("shapes.view-sizes",), shows="error")
def _never_empty(self: Any, *sizes: Any) -> Any:
    """Refuse tensors without elements."""
    if not self.numel():
        raise RuntimeError("cannot view an empty tensor")
    return METHODS.view(self, *sizes)
