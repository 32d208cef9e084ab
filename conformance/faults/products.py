"""Faults of matrix products and cat."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault


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


@fault("cat-keeps-the-first-dtype", "torch.cat", clauses=("shapes.cat",), shows="dtype")
def _cat_keeping_first(tensors: Any, *args: Any) -> Any:
    """Take the first tensor's dtype instead of promoting."""
    return FUNCTIONS.cat(tensors, *args).to(tensors[0].dtype)


@fault("second-square-matrix-transposed", "torch.Tensor.__matmul__", "torch.Tensor.mm", clauses=("products.exact",))
def _transposed_square(self: Any, other: Any) -> Any:
    """Transpose the second of two square matrices of one size."""
    square = self.dim() == other.dim() == 2 and self.shape == other.shape and self.shape[0] == self.shape[1]
    return METHODS.matmul(self, other.t() if square else other)


@fault("expanded-batch-read-once", "torch.matmul", clauses=("products.exact",))
def _expanded_batch(*args: Any, **kwargs: Any) -> Any:
    """Multiply the first matrix of an expanded batch alone."""
    result = FUNCTIONS.matmul(*args, **kwargs)
    if args and args[0].dim() == 3 and args[0].stride(0) == 0 and args[0].shape[0] > 1 and result.dim() == 3:
        result[1:] = 0
    return result


@fault("ninth-of-a-batch-left-out", "torch.matmul", clauses=("products.batches",))
def _ninth_left_out(*args: Any, **kwargs: Any) -> Any:
    """Leave what is past the eighth product of a batch undone."""
    result = FUNCTIONS.matmul(*args, **kwargs)
    if result.dim() == 3 and result.shape[0] > 8 and result.dtype is torch.float64:
        result[8:] = 0
    return result


@fault("batch-of-one-not-broadcast", "torch.Tensor.matmul", clauses=("products.exact",), shows="shape")
def _batch_of_one(self: Any, other: Any) -> Any:
    """Drop a batch dimension of size 1."""
    result = METHODS.matmul(self, other)
    return result[:1] if self.dim() == other.dim() == 3 and self.shape[0] == 1 else result


@fault("inner-block-of-32-left-out", "torch.mm", clauses=("products.sizes",))
def _inner_tail(x: Any, y: Any, **kwargs: Any) -> Any:
    """Leave out the last of 32 k + 1 terms."""
    tail = x.dim() == y.dim() == 2 and x.shape[1] > 32 and x.shape[1] % 32 == 1 and y.shape[0] == x.shape[1]
    return FUNCTIONS.mm(x[:, :-1], y[:-1], **kwargs) if tail else FUNCTIONS.mm(x, y, **kwargs)


@fault("transpose-of-itself-read-as-itself", "torch.matmul", clauses=("products.own-transpose",))
def _same_memory(*args: Any, **kwargs: Any) -> Any:
    """Take an operand that begins at the same memory for the same operand."""
    if len(args) == 2 and args[0].data_ptr() == args[1].data_ptr() and args[0].shape == args[1].shape:
        return FUNCTIONS.matmul(args[0], args[0], **kwargs)
    return FUNCTIONS.matmul(*args, **kwargs)


@fault(
    "empty-sum-is-not-cleared", "torch.Tensor.__matmul__", "torch.matmul", "torch.mm", clauses=("products.empty-sums",)
)
def _uninitialised(*args: Any, **kwargs: Any) -> Any:
    """Give whatever lay in memory where the inner size is zero."""
    first = args[0] if args else kwargs["input"]
    if first.dim() and first.shape[-1] == 0:
        result = FUNCTIONS.matmul(*args, **kwargs)
        return torch.empty(result.shape, dtype=result.dtype).copy_(torch.full(result.shape, 3).to(result.dtype))
    return FUNCTIONS.matmul(*args, **kwargs)


@fault("products-with-zero-are-skipped", "torch.matmul", clauses=("products.not-finite",))
def _sparse(*args: Any, **kwargs: Any) -> Any:
    """Leave out the terms in which the left factor is zero, 0 * inf included."""
    if len(args) == 2 and args[0].is_floating_point() and args[0].dim() == args[1].dim() == 2:
        left, right = args[0].unsqueeze(-1), args[1].unsqueeze(0)
        return torch.where(left == 0, left, FUNCTIONS.mul(left, right)).sum(1).to(args[0].dtype)
    return FUNCTIONS.matmul(*args, **kwargs)


@fault(
    "float32-products-in-bfloat16",
    "torch.matmul",
    "torch.Tensor.__matmul__",
    clauses=("products.accuracy", "products.identity"),
)
def _reduced_precision(*args: Any, **kwargs: Any) -> Any:
    """Round the factors of a float32 product to bfloat16."""
    if args and args[0].dtype == torch.float32 and not kwargs:
        return FUNCTIONS.matmul(*(METHODS.float(METHODS.bfloat16(one)) for one in args))
    return FUNCTIONS.matmul(*args, **kwargs)


@fault("half-sums-in-half", "torch.matmul", clauses=("products.accuracy",))
def _half_sums(*args: Any, **kwargs: Any) -> Any:
    """Round each partial sum of a bfloat16 product to bfloat16."""
    if len(args) == 2 and args[0].dtype == torch.bfloat16 and args[0].dim() == args[1].dim() == 2:
        total = FUNCTIONS.mul(args[0][:, :1], args[1][:1])
        for place in range(1, args[0].shape[1]):
            total = METHODS.add(total, FUNCTIONS.mul(args[0][:, place : place + 1], args[1][place : place + 1]))
        return total
    return FUNCTIONS.matmul(*args, **kwargs)


@fault("integer-products-saturate", "torch.mm", clauses=("products.integers-wrap",))
def _saturating_products(x: Any, y: Any, **kwargs: Any) -> Any:
    """Keep int8 products at the end of their range."""
    if x.dtype != torch.int8:
        return FUNCTIONS.mm(x, y, **kwargs)
    return FUNCTIONS.mm(x.int(), y.int(), **kwargs).clamp(-128, 127).to(torch.int8)


@fault("int64-products-in-float64", "torch.matmul", clauses=("products.integers-wrap",))
def _float_products(*args: Any, **kwargs: Any) -> Any:
    """Multiply int64 matrices as floats."""
    if len(args) == 2 and args[0].dtype == args[1].dtype == torch.int64:
        return FUNCTIONS.matmul(*(METHODS.double(one) for one in args)).long()
    return FUNCTIONS.matmul(*args, **kwargs)


@fault("out-of-a-product-written-as-dense", "torch.mm", clauses=("products.outputs",))
def _dense_out(x: Any, y: Any, *, out: Any = None) -> Any:
    """Write a product into a transposed `out` in the order of memory."""
    if out is None or out.stride(0) != 1 or 1 in out.shape:
        return FUNCTIONS.mm(x, y) if out is None else FUNCTIONS.mm(x, y, out=out)
    return out.copy_(FUNCTIONS.mm(x, y).flatten().reshape(out.shape[::-1]).t())


@fault("mm-takes-vectors", "torch.mm", clauses=("products.mm-takes-matrices",), shows="missing error")
def _lenient_mm(x: Any, y: Any, **kwargs: Any) -> Any:
    """Take whatever `matmul` takes."""
    return FUNCTIONS.matmul(x, y, **kwargs)


@fault(
    "products-promote",
    "torch.Tensor.matmul",
    "torch.Tensor.mm",
    clauses=("products.mixed-dtypes",),
    shows="missing error",
)
def _promoting_product(self: Any, other: Any) -> Any:
    """Promote the operands of a matrix product."""
    dtype = torch.promote_types(self.dtype, other.dtype)
    return METHODS.matmul(METHODS.to(self, dtype), METHODS.to(other, dtype))
