"""Faults of views and shapes."""

from __future__ import annotations

from typing import Any

from conformance.faults.planting import METHODS, fault


@fault("transpose-copies", "torch.Tensor.transpose", clauses=("aliasing.view-writes-reach-the-base",), shows="alias")
def _copying_transpose(self: Any, one: int, other: int) -> Any:
    """Copy where a view is due."""
    return METHODS.transpose(self, one, other).clone()


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
