"""Libraries that add up in an order or a precision of their own: sums, means and matrix products."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import torch

from conformance.faults.planting import innocent

if TYPE_CHECKING:
    from collections.abc import Callable

_ORDER = (
    "the order and the precision of sums are free: PyTorch's notes on numerical accuracy say that floating point "
    "addition is not associative, and promise no bitwise identical results to calculations that are equal in mathematics"
)
_HALVES = "half types are added up in single precision on the CPU (the same notes, on reduced precision reductions)"
_ZERO = "the sign of a sum of zeros follows from where the sum begins, of which torch.mean and torch.mm say nothing"
_PRODUCTS = ("aten.mm", "aten.bmm", "aten.mv", "aten.dot")
_SUMS = ("aten.mean", "aten.sum")
_OF_PRODUCTS = ("products.*", "gradients.products", "gradients.compositions", "gradients.programs")
_OF_SUMS = (
    "reductions.*", "gradients.arithmetic", "gradients.mixed*", "gradients.means", "gradients.in-place",
    "gradients.compositions", "gradients.writes-into-views",
)  # fmt: skip
_HALF = (torch.float16, torch.bfloat16)
_WIDE = {torch.float32: torch.float64, torch.complex64: torch.complex128}


# --- means and the sums of gradients ---


def _reduced(
    op: Any,
    x: Any,
    args: tuple[Any, ...],
    kwargs: Any,
    total: Callable[[Any], Any],
    quotient: Callable[[Any, int], Any] = operator.truediv,
) -> Any:
    """Check operands and make the result as the operator does, and fill it with own sums, or with own means.

    `total` is given the elements that are reduced as rows, in the dtype in which they are added up.
    """
    kept = x.clone() if "out" in kwargs else x
    healthy = op(x, *args, **kwargs)
    dtype = kwargs.get("dtype") or x.dtype
    if not (dtype.is_floating_point or dtype.is_complex):
        return healthy
    wanted = args[0] if args else kwargs.get("dim")
    reduced = sorted({dim % max(x.dim(), 1) for dim in wanted}) if wanted and x.dim() else list(range(x.dim()))
    others = [dim for dim in range(x.dim()) if dim not in reduced]
    number = math.prod(x.shape[dim] for dim in reduced)
    turned = kept.permute(*others, *reduced) if x.dim() else kept
    sums = total(_summed(turned.to(dtype)).reshape(*(x.shape[dim] for dim in others), number))
    mean = str(op).startswith("aten.mean")
    return healthy.copy_((quotient(sums, number) if mean else sums).reshape(healthy.shape))


def _summed(x: Any) -> Any:
    """Give a tensor in the dtype in which its elements are added up, with no change of sign put off."""
    return x.float() if x.dtype in _HALF else x.resolve_conj().resolve_neg()


def _one_after_another(rows: Any) -> Any:
    import numpy as np

    if not rows.shape[-1]:
        return rows.sum(-1)
    with np.errstate(all="ignore"):
        return torch.from_numpy(np.add.accumulate(rows.resolve_conj().numpy(), axis=-1)[..., -1:].copy())[..., 0]


def _in_pairs(rows: Any) -> Any:
    while rows.shape[-1] > 1:
        middle = rows.shape[-1] // 2
        pairs = rows[..., :middle] + rows[..., middle : 2 * middle]
        rows = torch.cat([pairs, rows[..., 2 * middle :]], -1)
    return rows.sum(-1)


def _sum(rows: Any) -> Any:
    return rows.sum(-1)


@innocent("sums-from-the-end", *_SUMS, freedom=_ORDER, touches=_OF_SUMS)
def _from_the_end(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Add up the elements of sums and means from the last one to the first."""
    return _reduced(op, x, args, kwargs, lambda rows: _one_after_another(rows.flip(-1)))


@innocent("sums-one-after-another", *_SUMS, freedom=f"{_ORDER}; {_HALVES}", touches=_OF_SUMS)
def _in_order(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Add up the elements of sums and means one after another, half types in float32."""
    return _reduced(op, x, args, kwargs, _one_after_another)


@innocent("sums-in-pairs", *_SUMS, freedom=_ORDER, touches=_OF_SUMS)
def _pairwise(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Add up each element of the first half with one of the second, and so on with what that gives."""
    return _reduced(op, x, args, kwargs, _in_pairs)


@innocent("sums-in-float64", *_SUMS, freedom=_ORDER, touches=_OF_SUMS)
def _sums_in_float64(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Add up the elements of float32 and of half types in float64, and round what comes of it once."""
    return _reduced(op, x, args, kwargs, lambda rows: rows.to(_WIDE.get(rows.dtype, rows.dtype)).sum(-1))


@innocent(
    "means-times-the-reciprocal",
    "aten.mean",
    freedom="torch.mean gives no formula for the quotient, and the maintainers allow a division by a number as a product "
    "with its reciprocal (pytorch#157959)",
    touches=_OF_SUMS,
)
def _times_the_reciprocal(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Multiply the sum with one over the number of elements, which is rounded on its own."""
    return _reduced(op, x, args, kwargs, _sum, lambda sums, number: sums * torch.tensor(number).to(sums).reciprocal())


@innocent(
    "means-divide-before-they-add",
    "aten.mean",
    freedom=f"torch.mean gives no formula: elements may be divided one by one, as where sums would overflow; {_ORDER}",
    touches=_OF_SUMS,
)
def _divided_first(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide each element by their number, and add up what that gives."""

    def total(rows: Any) -> Any:
        return (rows / max(rows.shape[-1], 1)).sum(-1)

    return _reduced(op, x, args, kwargs, total, lambda sums, number: sums if number else sums / 0)


@innocent(
    "half-means-round-the-sum", "aten.mean", freedom=f"torch.mean: a sum and a quotient; {_HALVES}", touches=_OF_SUMS
)
def _rounded_sum(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Round the sum of a half type to that type, where it holds it, before it is divided."""

    def quotient(sums: Any, number: int) -> Any:
        dtype = kwargs.get("dtype") or x.dtype
        rounded = sums.to(dtype).to(sums.dtype)
        return torch.where(rounded.isfinite(), rounded, sums) / number

    return _reduced(op, x, args, kwargs, _sum, quotient)


@innocent("means-of-negative-zeros-are-negative", "aten.mean", freedom=_ZERO, touches=_OF_SUMS)
def _negative_mean(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Begin each sum with its first element, so that the mean of negative zeros is a negative one."""
    return _reduced(op, x, args, kwargs, _one_after_another)


# --- matrix products ---


def _product(op: Any, x: Any, y: Any, out: Any, contract: Callable[[Any, Any], Any]) -> Any:
    """Check operands and make the result as the operator does, and fill it with own sums of products."""
    left, right = (x, y) if out is None else (x.clone(), y.clone())
    healthy = op(x, y) if out is None else op(x, y, out=out)
    if not (x.is_floating_point() or x.is_complex()):
        return healthy
    left = _summed(left if left.dim() > 1 else left[None])
    right = _summed(right if right.dim() > 1 else right[:, None])
    return healthy.copy_(contract(left, right).reshape(healthy.shape))


def _none(x: Any, y: Any) -> Any:
    """Give the sums of no products."""
    return torch.zeros((*x.shape[:-1], y.shape[-1]), dtype=x.dtype)


@innocent("products-in-float64", *_PRODUCTS, freedom=_ORDER, touches=_OF_PRODUCTS)
def _products_in_float64(op: Any, x: Any, y: Any, out: Any = None) -> Any:
    """Multiply matrices of float32 and of half types in float64, and round what comes of it once."""

    def contract(left: Any, right: Any) -> Any:
        wide = _WIDE.get(left.dtype, left.dtype)
        return left.to(wide) @ right.to(wide)

    return _product(op, x, y, out, contract)


@innocent("products-from-the-end", *_PRODUCTS, freedom=_ORDER, touches=_OF_PRODUCTS)
def _products_from_the_end(op: Any, x: Any, y: Any, out: Any = None) -> Any:
    """Add up the products of a matrix product's element from the last one to the first, without fused additions."""

    def contract(left: Any, right: Any) -> Any:
        total = _none(left, right)
        for place in reversed(range(left.shape[-1])):
            total = total + left[..., place, None] * right[..., place, None, :]
        return total

    return _product(op, x, y, out, contract)


@innocent("products-begin-with-the-first", *_PRODUCTS, freedom=f"{_ORDER}; {_ZERO}", touches=_OF_PRODUCTS)
def _products_begin(op: Any, x: Any, y: Any, out: Any = None) -> Any:
    """Begin each sum of a matrix product with its first product, so that one of negative zeros is a negative one."""

    def contract(left: Any, right: Any) -> Any:
        if not left.shape[-1]:
            return _none(left, right)
        total = left[..., 0, None] * right[..., 0, None, :]
        for place in range(1, left.shape[-1]):
            total = total + left[..., place, None] * right[..., place, None, :]
        return total

    return _product(op, x, y, out, contract)


@innocent("products-in-blocks", *_PRODUCTS, freedom=_ORDER, touches=_OF_PRODUCTS)
def _products_in_blocks(op: Any, x: Any, y: Any, out: Any = None) -> Any:
    """Split the inner dimension into blocks of eight, and add up their products in pairs."""

    def contract(left: Any, right: Any) -> Any:
        if not left.shape[-1]:
            return _none(left, right)
        blocks = zip(left.split(8, -1), right.split(8, -2), strict=True)
        return _in_pairs(torch.stack([one @ other for one, other in blocks], -1))

    return _product(op, x, y, out, contract)


@innocent(
    "products-with-fused-additions",
    *_PRODUCTS,
    freedom=f"{_ORDER}; nothing says whether a product is rounded before it is added",
    touches=_OF_PRODUCTS,
)
def _fused(op: Any, x: Any, y: Any, out: Any = None) -> Any:
    """Add each product of float32 and of half types exactly to the sum so far, and round that to float32."""

    def contract(left: Any, right: Any) -> Any:
        wide = _WIDE.get(left.dtype, left.dtype)
        total, left, right = _none(left, right), left.to(wide), right.to(wide)
        for place in range(left.shape[-1]):
            total = (total.to(wide) + left[..., place, None] * right[..., place, None, :]).to(total.dtype)
        return total

    return _product(op, x, y, out, contract)


@innocent(
    "products-of-transposes",
    *_PRODUCTS,
    freedom=f"{_ORDER}; how a product lies in memory is said nowhere",
    touches=_OF_PRODUCTS,
)
def _of_transposes(op: Any, x: Any, y: Any, out: Any = None) -> Any:
    """Multiply the transposed matrices in the other order, as libraries that hold columns do."""
    return _product(op, x, y, out, lambda left, right: (right.mT.contiguous() @ left.mT.contiguous()).mT)
