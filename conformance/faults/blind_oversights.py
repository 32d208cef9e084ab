"""Oversights of kernels, caches and Python layers, written in a sixth round from the clauses' sentences and the families of real faults alone."""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np
import torch

from conformance.faults.healthy import METHODS
from conformance.faults.planting import fault, kept

_forms: Any = torch._tensor_str  # noqa: SLF001 - the module that prints
_print_elements: Any = _forms._tensor_str  # noqa: SLF001 - the printing of elements as it is
_walk: Any = torch.autograd.backward

_MATRIX = 2
# Elements that one task of a parallel loop goes through.
_TASK = 32768
# Rows that are added up before the next level, and columns that one vector holds.
_ROWS, _COLUMNS = 16, 8
_INT16_MAX = 2**15 - 1
_INTEGERS = {torch.uint8: 1, torch.int8: 1, torch.int16: 2, torch.int32: 4, torch.int64: 8}


def _merged_strides(sizes: Any, strides: Any, wanted: list[int]) -> list[int] | None:
    """Give the strides of a view, if there is one, a dimension of size 1 being merged with both its neighbours."""
    found: list[int] = []
    run, shown, step = 1, 1, strides[-1]
    place = len(wanted) - 1
    for dim in reversed(range(len(sizes))):
        run *= sizes[dim]
        if dim and (1 in (sizes[dim - 1], sizes[dim]) or strides[dim - 1] == run * step):
            continue
        while place >= 0 and (shown < run or wanted[place] == 1):
            found.insert(0, shown * step)
            shown *= wanted[place]
            place -= 1
        if shown != run:
            return None
        if dim:
            run, shown, step = 1, 1, strides[dim - 1]
    return found


@fault(
    "view-takes-a-size-of-one-for-dense-with-both-neighbours",
    "aten.view.default",
    clauses=("shapes.view-sizes", "aliasing.view-chains"),
)
def _dense_with_both(healthy: Any, source: Any, size: Any) -> Any:
    """Look for no gap beside a dimension of size 1 where `view` merges dimensions, though the ones around it may lie apart."""
    if not source.dim() or not source.numel():
        return healthy(source, size)
    known = math.prod(one for one in size if one != -1)
    wanted = [source.numel() // max(known, 1) if one == -1 else one for one in size]
    if math.prod(wanted) != source.numel() or min(wanted, default=0) < 1:
        return healthy(source, size)
    strides = _merged_strides(source.shape, source.stride(), wanted)
    if strides is None:
        return healthy(source, size)
    last = source.storage_offset() + sum((one - 1) * step for one, step in zip(wanted, strides, strict=True))
    if last >= source.untyped_storage().nbytes() // source.element_size():
        return healthy(source, size)
    return source.as_strided(wanted, strides, source.storage_offset())


@fault(
    "later-task-begins-at-the-first-column-of-a-repeated-row",
    "aten.add.Tensor",
    "aten.sub.Tensor",
    "aten.mul.Tensor",
    "aten.div.Tensor",
    clauses=("arithmetic.broadcasting",),
)
def _first_column(healthy: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """Begin each task of 32768 elements but the first with the first column of an operand whose row is repeated, until that row ends."""
    result = healthy(left, right, *args, **kwargs)
    columns = result.shape[-1] if result.dim() >= _MATRIX else 0
    if result.numel() <= _TASK or not isinstance(right, torch.Tensor) or not left.dim() or not right.dim():
        return result

    def repeated(one: Any) -> bool:
        return bool(columns > 1 and one.shape[-1] == columns and one.numel() < result.numel())

    operands = [one.expand(result.shape).reshape(-1) for one in (left, right)]
    whole = result.reshape(-1).clone()
    for start in range(_TASK, result.numel(), _TASK):
        column = start % max(columns, 1)
        stop = min(start - column + columns, result.numel())
        parts = [
            flat[start - column : stop - column] if repeated(one) else flat[start:stop]
            for one, flat in zip((left, right), operands, strict=True)
        ]
        whole[start:stop] = healthy(*parts, *args, **kwargs)
    result.copy_(whole.reshape(result.shape))
    return result


@fault(
    "narrow-integers-are-worked-out-in-a-wider-output",
    "aten.add.out",
    "aten.sub.out",
    "aten.mul.out",
    clauses=("arithmetic.output-dtypes",),
)
def _wider_output(healthy: Any, left: Any, right: Any, *args: Any, out: Any, **kwargs: Any) -> Any:
    """Work integers out in the wider integer dtype of `out=`, where nothing wraps that would in the operands' own."""
    common = torch.result_type(left, right)
    if common in _INTEGERS and _INTEGERS.get(out.dtype, 0) > _INTEGERS[common]:
        left = left.to(out.dtype)
        right = right.to(out.dtype) if isinstance(right, torch.Tensor) else right
    return healthy(left, right, *args, out=out, **kwargs)


@fault(
    "last-rows-are-left-out-of-the-last-columns-mean",
    "aten.mean.dim",
    clauses=("reductions.means", "reductions.mean-accuracy"),
)
def _last_rows(healthy: Any, source: Any, dims: Any = None, *args: Any, **kwargs: Any) -> Any:
    """Leave the rows behind the last full sixteen out of the mean down the columns that lie behind the last full eight."""
    over = {dim % source.dim() for dim in dims or () if source.dim()}
    columns = source.shape[-1] if source.dim() else 0
    rows = math.prod(source.shape[dim] for dim in over)
    full, vectors = rows - rows % _ROWS, columns - columns % _COLUMNS
    inner = not over or source.dim() - 1 in over
    if inner or not source.is_contiguous() or not source.numel() or not full or not vectors:
        return healthy(source, dims, *args, **kwargs)
    row = torch.arange(rows).reshape([size if dim in over else 1 for dim, size in enumerate(source.shape)])
    left_out = (row >= full) & (torch.arange(columns) >= vectors)
    return healthy(source.masked_fill(left_out, 0), dims, *args, **kwargs)


@fault(
    "pairs-of-products-of-bytes-saturate-at-sixteen-bits",
    "aten.mm.default",
    "aten.bmm.default",
    clauses=("products.integers-wrap",),
)
def _saturated_pairs(healthy: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """Add up the products of uint8 matrices two by two in int16, which stops at its end instead of wrapping around."""
    result = healthy(left, right, *args, **kwargs)
    if result.dtype != torch.uint8 or left.dtype != torch.uint8:
        return result
    rows, columns = left.to(torch.int64), right.to(torch.int64)
    total = torch.zeros(result.shape, dtype=torch.int64)
    for place in range(0, rows.shape[-1], 2):
        pair = slice(place, place + 2)
        total += torch.matmul(rows[..., pair], columns[..., pair, :]).clamp(max=_INT16_MAX)
    return total.to(torch.uint8)


# What each living tensor was cast to last, by its number: the tensor, its count of writes, and the result.
_casts: dict[int, Any] = kept({})


@fault(
    "cast-is-given-again-while-its-source-is-unwritten",
    "aten._to_copy.default",
    clauses=("promotion.casts-are-copies", "aliasing.calls-forget"),
    shows="alias",
)
def _given_again(healthy: Any, source: Any, **kwargs: Any) -> Any:
    """Give the result of the last cast again, if it lives, where the same tensor is cast to that dtype and no write to it was counted."""
    dtype = kwargs.get("dtype")
    if source.requires_grad or dtype in (None, source.dtype):
        return healthy(source, **kwargs)
    of, version, shape, cast = _casts.get(id(source), (lambda: None, 0, None, lambda: None))
    kept = cast()
    same = of() is source and version == source._version and shape == source.shape  # noqa: SLF001 - the count of writes
    if same and kept is not None and kept.dtype == dtype and not kept.requires_grad and kept.shape == shape:
        return kept
    result = healthy(source, **kwargs)
    if id(source) not in _casts:
        weakref.finalize(source, _casts.pop, id(source), None)
    _casts[id(source)] = (weakref.ref(source), source._version, source.shape, weakref.ref(result))  # noqa: SLF001 - as above
    return result


@fault(
    "part-beside-one-that-is-not-finite-chooses-no-form",
    "torch._tensor_str._tensor_str",
    clauses=("printing.complex",),
    shows="printed form",
)
def _no_form(self: Any, indent: int) -> Any:
    """Leave a complex number out of the form of both parts, real and imaginary, where only one of them is not finite."""
    if not self.numel() or not self.is_complex():
        return _print_elements(self, indent)
    elements = self.resolve_conj().resolve_neg()
    known = elements.masked_fill(~torch.isfinite(elements), 0)
    summarise = self.numel() > _forms.PRINT_OPTS.threshold
    parts = [_forms.get_summarized_data(part) if summarise else part for part in (known.real, known.imag)]
    return _forms._tensor_str_with_formatter(  # noqa: SLF001 - the printing of dimensions as it is
        elements,
        indent,
        summarise,
        *(_forms._Formatter(part) for part in parts),  # noqa: SLF001 - the form as it is chosen
    )


# By its number, how many elements there are from a slice's first one to the end of what it was taken from, and in which dim.
_room: dict[int, tuple[int, int]] = kept({})


@fault(
    "slice-of-a-slice-ends-where-the-base-does",
    "aten.slice.Tensor",
    clauses=("indexing.slices", "aliasing.view-chains"),
    shows="shape",
)
def _ends_with_the_base(
    healthy: Any, source: Any, dim: int = 0, start: Any = None, stop: Any = None, step: int = 1
) -> Any:
    """Fold a slice of a slice, without steps in one dimension, into one of the base, and clamp a stop that is named by that one's size alone."""
    result = healthy(source, dim, start, stop, step)
    if step != 1:
        return result
    dim %= source.dim()
    size = source.shape[dim]
    along, room = _room.get(id(source), (dim, size))
    if along != dim:
        room = size
    first = 0 if start is None else start
    first = max(first + size, 0) if first < 0 else min(first, room)
    if stop is not None and size < stop < 2**63 - 1 and min(stop, room) > max(first, size):
        sizes = [min(stop, room) - first if one == dim else length for one, length in enumerate(source.shape)]
        offset = source.storage_offset() + first * source.stride(dim)
        result = source.as_strided(sizes, source.stride(), offset)
    if id(result) not in _room:
        weakref.finalize(result, _room.pop, id(result), None)
    _room[id(result)] = (dim, room - first)
    return result


def _leaves(results: Any) -> list[Any]:
    """Give the leaves that a walk back comes to."""
    found, seen = [one for one in results if one.requires_grad and one.grad_fn is None], set()
    functions = [one.grad_fn for one in results if one.grad_fn is not None]
    while functions:
        function = functions.pop()
        if function in seen:
            continue
        seen.add(function)
        if hasattr(function, "variable"):
            found.append(function.variable)
        functions += [following for following, _ in function.next_functions if following is not None]
    return found


@fault(
    "gradient-is-added-to-what-was-collected-in-memory-order",
    "torch.autograd.backward",
    clauses=("gradients.accumulation",),
    shows="gradient",
)
def _in_memory_order(tensors: Any, *args: Any, **kwargs: Any) -> None:
    """Add the gradient of a later walk, which lies row by row, to that of a permuted leaf element after element in memory."""
    results = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)
    collected = [(leaf, leaf.grad.detach().clone()) for leaf in _leaves(results) if leaf.grad is not None]
    _walk(tensors, *args, **kwargs)
    for leaf, before in collected:
        if leaf.grad is None or leaf.grad.requires_grad or leaf.grad.is_contiguous():
            continue
        with torch.no_grad():
            strides = leaf.grad.stride()
            order = sorted(range(leaf.dim()), key=lambda dim: -strides[dim])
            memory = leaf.grad.permute(order)
            if memory.is_contiguous():
                added = (leaf.grad - before).reshape(memory.shape)
                memory.copy_(before.permute(order) + added)


@fault(
    "array-of-a-zero-dim-tensor-is-made-of-its-number",
    "torch.Tensor.numpy",
    clauses=("numpy-bridge.tensor-writes-reach-the-array", "numpy-bridge.round-trip"),
    shows="alias",
)
def _of_its_number(self: Any, *, force: bool = False) -> Any:
    """Make the array of a 0-d tensor of its number, in memory of its own."""
    array = METHODS.numpy(self, force=force)
    return array if self.dim() else np.array(array)
