"""Variations of faults that other libraries' public trackers tell of, written in a fifth round from the clauses' sentences alone."""

from __future__ import annotations

import weakref
from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault, kept

_options: Any = torch._tensor_str.PRINT_OPTS  # noqa: SLF001 - the options as printing reads them
_print_rows: Any = torch._tensor_str._tensor_str_with_formatter  # noqa: SLF001 - the printing of dimensions as it is
_to_array: Any = torch.Tensor.__array__
# What a tensor was cast from, by its number, as long as it lives.
_cast_of: dict[int, Any] = kept({})

_BATCHED, _IMAGES = 3, 4
# Elements that one group of threads looks through for the largest.
_GROUP = 1024


@fault(
    "right-batch-is-taken-to-lie-matrix-after-matrix",
    "aten.bmm.default",
    clauses=("products.batches", "products.exact", "products.sizes"),
)
def _closed_ranks(healthy: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """Read a batch's right matrices, each dense by itself, as if none had a gap before the next, as those of `x[:, :k]` have."""
    batch, rows, columns = right.shape
    dense = rows * columns
    if batch > 1 and dense and right.stride()[1:] == (columns, 1) and right.stride(0) > dense:
        right = right.as_strided(right.shape, (dense, columns, 1))
    return healthy(left, right, *args, **kwargs)


@fault(
    "joined-images-have-the-first-ones-order",
    "aten.cat.default",
    clauses=("shapes.cat",),
)
def _first_ones_order(healthy: Any, tensors: Any, *args: Any, **kwargs: Any) -> Any:
    """Join tensors of four dimensions with channels last because the first one may be read so, be it as it has one channel only."""

    def read(one: Any) -> Any:
        if one.is_contiguous(memory_format=torch.channels_last) or not one.is_contiguous():
            return one
        _, channels, height, width = one.shape
        return one.as_strided(one.shape, (channels * height * width, 1, width * channels, channels))

    images = all(one.dim() == _IMAGES and one.numel() for one in tensors)
    if images and tensors[0].is_contiguous(memory_format=torch.channels_last):
        tensors = [read(one) for one in tensors]
    return healthy(tensors, *args, **kwargs)


@fault(
    "scaled-operand-is-laid-down-in-out-first",
    "aten.add.out",
    "aten.sub.out",
    clauses=("arithmetic.alpha",),
)
def _laid_down_first(healthy: Any, left: Any, right: Any, *args: Any, out: Any, **kwargs: Any) -> Any:
    """Write `alpha` times the second operand into `out=`, then take the first one, which is lost if it lies there."""
    alpha = kwargs.get("alpha", 1)
    if alpha == 1 or not isinstance(right, torch.Tensor) or not left.dtype == right.dtype == out.dtype != torch.bool:
        return healthy(left, right, *args, out=out, **kwargs)
    if (left.data_ptr(), left.shape, left.stride()) != (out.data_ptr(), out.shape, out.stride()):
        return healthy(left, right, *args, out=out, **kwargs)
    out.copy_(torch.mul(right, alpha))
    return healthy(out, out, out=out)


@fault(
    "copy-that-numpy-asks-for-is-left-to-numpy",
    "torch.Tensor.__array__",
    clauses=("numpy-bridge.as-array",),
    shows="alias",
)
def _left_to_numpy(self: Any, dtype: Any = None, *, copy: bool | None = None) -> Any:
    """Take NumPy's `copy` and do nothing about it, so that `np.array` of a tensor shares its memory."""
    del copy
    return _to_array(self) if dtype is None else _to_array(self, dtype)


@fault(
    "number-beside-narrow-integers-saturates",
    "aten.add.Tensor",
    "aten.sub.Tensor",
    "aten.mul.Tensor",
    "aten.rsub.Scalar",
    clauses=("arithmetic.integers-wrap",),
)
def _saturating(healthy: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """Work out integers of less than 64 bits with a Python int in float64, whose cast back stops at the dtype's ends."""
    result = healthy(left, right, *args, **kwargs)
    if type(right) is not int or result.dtype != left.dtype or result.dtype in (torch.int64, torch.bool):
        return result
    if result.is_floating_point() or result.is_complex():
        return result
    ends = torch.iinfo(result.dtype)
    if abs(right) > ends.max:
        return result
    return healthy(left.to(torch.float64), right, *args, **kwargs).clamp(ends.min, ends.max).to(result.dtype)


@fault(
    "as-many-rows-as-both-edges-are-parted",
    "torch._tensor_str._tensor_str_with_formatter",
    clauses=("printing.summaries",),
    shows="printed form",
)
def _parted(self: Any, indent: int, summarize: Any, *formatters: Any) -> Any:
    """Print `...` in a summary also among rows or blocks that are just as many as both edges show, where none is left out."""
    edge = _options.edgeitems
    if not summarize or self.dim() <= 1 or self.size(0) != 2 * edge or not edge:
        return _print_rows(self, indent, summarize, *formatters)
    rows = [_parted(row, indent + 1, summarize, *formatters) for row in self]
    rows.insert(edge, "...")
    return "[" + ("," + "\n" * (self.dim() - 1) + " " * (indent + 1)).join(rows) + "]"


@fault(
    "negative-bound-in-a-tensor-is-no-bound-from-the-end",
    "torch.Tensor.__setitem__",
    clauses=("indexing.writes-at-ints-of-any-kind",),
)
def _from_the_start(self: Any, key: Any, value: Any) -> None:
    """Take a bound of a slice to be written, if it is a 0-d tensor, for a size: a negative one is 0, not counted from the end."""

    def bound(one: Any) -> Any:
        if not isinstance(one, torch.Tensor) or one.dim() or one.is_floating_point() or one.is_complex():
            return one
        return max(int(one), 0)

    def part(one: Any) -> Any:
        return slice(bound(one.start), bound(one.stop), one.step) if isinstance(one, slice) else one

    METHODS.__setitem__(self, tuple(part(one) for one in key) if isinstance(key, tuple) else part(key), value)


@fault(
    "later-groups-nan-loses-to-the-first",
    "aten.argmax.default",
    clauses=("reductions.largest-of-many",),
)
def _later_groups(healthy: Any, source: Any, dim: int | None = None, keepdim: bool = False) -> Any:  # noqa: FBT001, FBT002 - as PyTorch's
    """Find NaN within groups of 1024 elements, but compare the groups' largest ones by `>` alone, which is never true of NaN."""
    result = healthy(source, dim, keepdim)
    if not source.is_floating_point() or not source.dim() or not source.numel() or not source.isnan().any():
        return result
    rows = source.reshape(1, -1) if dim is None else source.movedim(dim, -1)
    largest, index = None, None
    for start in range(0, rows.shape[-1], _GROUP):
        group = rows[..., start : start + _GROUP]
        found = healthy(group, -1, keepdim=True)
        value, found = group.gather(-1, found), found + start
        if index is None:
            largest, index = value, found
        else:
            later = value > largest
            largest, index = torch.where(later, value, largest), torch.where(later, found, index)
    return index.reshape(result.shape)  # type: ignore[union-attr] # there is a group


@fault(
    "second-conversion-in-a-row-forgets-the-first",
    "aten._to_copy.default",
    clauses=("promotion.casts-in-a-row",),
)
def _forgotten_between(healthy: Any, source: Any, *args: Any, **kwargs: Any) -> Any:
    """Collapse two casts in a row among float dtypes into the second, so that `x.half().float()` is not rounded to half."""
    target = kwargs.get("dtype")
    result = healthy(source, *args, **kwargs)
    if target is None or not target.is_floating_point or not source.dtype.is_floating_point:
        return result
    first = _cast_of.get(id(source))
    if first is not None:
        between = healthy(first, dtype=source.dtype)
        if between.shape == source.shape and bool(((between == source) | between.isnan()).all()):
            result = healthy(first, *args, **kwargs)
    _cast_of[id(result)] = source.detach().clone()
    weakref.finalize(result, _cast_of.pop, id(result), None)
    return result


@fault(
    "way-back-of-a-permutation-sorts-its-dims-as-written",
    "torch.Tensor.permute",
    "torch.permute",
    clauses=("gradients.views",),
    shows="gradient",
)
def _as_written(*args: Any, **kwargs: Any) -> Any:
    """Invert a permutation for the gradient by sorting its dims without counting the negative ones from the start first."""
    result = FUNCTIONS.permute(*args, **kwargs) if kwargs else METHODS.permute(*args)
    source = kwargs["input"] if "input" in kwargs else args[0]
    dims = kwargs.get("dims", args[1] if len(args) > 1 and isinstance(args[1], tuple | list) else args[1:])
    inverse = sorted(range(len(dims)), key=lambda place: dims[place])
    counted = [dim % len(dims) for dim in dims]
    if not result.requires_grad or inverse == sorted(range(len(dims)), key=lambda place: counted[place]):
        return result
    shape = source.shape

    def turn(gradient: Any) -> Any:
        turned = METHODS.permute(gradient, inverse)
        if turned.shape != shape:
            raise RuntimeError(f"permute: gradient of shape {tuple(turned.shape)} for an operand of {tuple(shape)}")
        return METHODS.permute(turned, counted)

    result.register_hook(turn)
    return result
