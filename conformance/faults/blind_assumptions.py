"""What an author took for granted, written in a fourth round from the clauses' sentences and the families of real faults alone."""

from __future__ import annotations

import weakref
from typing import Any
from unittest import mock

import torch

from conformance.faults.healthy import METHODS
from conformance.faults.planting import fault, kept

_get_summarized_data: Any = torch._tensor_str.get_summarized_data  # noqa: SLF001 - what a summary's form is worked out from
_options: Any = torch._tensor_str.PRINT_OPTS  # noqa: SLF001 - the options as printing reads them
_walk_back: Any = torch.autograd.backward

_TWO_BYTES = (torch.float16, torch.bfloat16, torch.int16)
_HALVES = (torch.float16, torch.bfloat16)
# Elements of two bytes, and of a float32's four, in a vector of the processor.
_WIDE, _LANES = 16, 8
# What a kernel of Metal may be given beside its result.
_BUFFERS = 30
_LOOPS = 3
# Where CPython gives up calls within calls.
_RECURSION = 1000
_EDGE = 3
# `to(dtype, non_blocking, copy)`: a copy is asked for by the last of three positions, behind another bool.
_POSITIONS = 3


@fault(
    "column-stands-still-behind-the-last-full-vector",
    "aten.add.Tensor",
    "aten.sub.Tensor",
    "aten.mul.Tensor",
    "aten.div.Tensor",
    clauses=("arithmetic.broadcasting",),
)
def _standing_column(healthy: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """Take a left column's first element for each row's last ones, behind full vectors of sixteen, where elements are of two bytes."""
    result = healthy(left, right, *args, **kwargs)
    if not isinstance(left, torch.Tensor) or not isinstance(right, torch.Tensor):
        return result
    if left.dtype != right.dtype or left.dtype not in _TWO_BYTES or left.numel() < 2 or left.shape[-1] != 1:
        return result
    tail = result.shape[-1] % _WIDE
    if tail and result.shape[-1] > _WIDE:
        last = right.expand(result.shape)[..., -tail:]
        result[..., -tail:] = healthy(left.reshape(-1)[:1], last, *args, **kwargs)
    return result


@fault(
    "integers-beside-complex-numbers-are-always-complex64",
    "aten.add.Tensor",
    "aten.sub.Tensor",
    "aten.mul.Tensor",
    "aten.div.Tensor",
    "aten.rsub.Scalar",
    clauses=("promotion.default-dtype",),
    shows="dtype",
    origin="https://github.com/pytorch/pytorch/pull/33713",
)
def _always_complex64(healthy: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """Give complex64 where a tensor of integers or bools meets a complex number, though the default dtype is float64."""
    result = healthy(left, right, *args, **kwargs)
    if not isinstance(right, complex) or left.is_floating_point() or left.is_complex():
        return result
    return result.to(torch.complex64)


@fault(
    "copy-is-asked-for-by-its-name-alone",
    "torch.Tensor.to",
    clauses=("devices.copy-when-asked", "promotion.same-dtype", "promotion.casts-are-copies"),
    shows="alias",
)
def _named_copy(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Overlook a copy that `to` is asked for by position, as in `to(dtype, False, True)`, and give the tensor itself."""
    if len(args) >= _POSITIONS and isinstance(args[-1], bool) and isinstance(args[-2], bool):
        args = args[:-1]
    return METHODS.to(self, *args, **kwargs)


@fault(
    "rows-are-padded-with-the-next-row-times-zero",
    "aten.mean.dim",
    clauses=("reductions.means", "reductions.batches"),
    origin="https://github.com/torch-spyre/torch-spyre/issues/4390",
)
def _padded_rows(healthy: Any, operand: Any, dims: Any, *args: Any, **kwargs: Any) -> Any:
    """Fill a row's last vector of eight up with the next row's elements times zero, which is NaN where one of them is not finite."""
    result = healthy(operand, dims, *args, **kwargs)
    if not dims or len(dims) != 1 or dims[0] not in (-1, operand.dim() - 1) or not operand.dim():
        return result
    size = operand.shape[-1]
    if size <= _LANES or not size % _LANES or operand.numel() <= size or not operand.is_contiguous():
        return result
    padding = operand.reshape(-1, size)[1:, : _LANES - size % _LANES] * 0
    result.view(-1)[:-1][padding.isnan().any(1)] = float("nan")
    return result


@fault(
    "operands-past-the-thirtieth-are-not-bound",
    "aten.cat.default",
    clauses=("shapes.cat",),
    origin="https://github.com/tinygrad/tinygrad/issues/6732",
)
def _unbound(healthy: Any, tensors: Any, dim: int = 0) -> Any:
    """Join the first thirty tensors, and leave zeros where others belong."""
    result = healthy(tensors, dim)
    if len(tensors) > _BUFFERS and result.numel():
        bound = healthy(tensors[:_BUFFERS], dim).shape[dim]
        result.narrow(dim, bound, result.shape[dim] - bound).zero_()
    return result


def _loops(target: Any) -> list[tuple[int, int]]:
    """Give the sizes and strides of the loops that go through a tensor, those that follow each other made one."""
    dims = [(size, stride) for size, stride in zip(target.shape, target.stride(), strict=True) if size > 1]
    loops: list[tuple[int, int]] = []
    for size, stride in sorted(dims, key=lambda dim: -dim[1]):
        if loops and loops[-1][1] == size * stride:
            loops[-1] = (loops[-1][0] * size, stride)
        else:
            loops.append((size, stride))
    return loops


@fault(
    "fourth-loop-is-run-as-one-with-the-third",
    "aten.fill_",
    clauses=("indexing.number-writes", "aliasing.view-writes-reach-the-base"),
)
def _three_loops(healthy: Any, target: Any, value: Any) -> Any:
    """Close the gap behind the outermost dimension where a number is written and no two of four or more dimensions are dense as one."""
    loops = _loops(target)
    if len(loops) <= _LOOPS or not target.numel() or loops[-1][1] == 0:
        return healthy(target, value)
    (outermost, stride), (size, inner), *rest = loops
    closed = [(outermost, min(stride, size * inner)), (size, inner), *rest]
    sizes, strides = [loop[0] for loop in closed], [loop[1] for loop in closed]
    healthy(target.as_strided(sizes, strides, target.storage_offset()), value)
    return target


_packed: dict[str, Any] = kept({})


@fault(
    "packed-factors-go-by-the-count-of-writes",
    "aten.mm.default",
    clauses=("numpy-bridge.array-writes-reach-the-tensor",),
    origin="https://github.com/sgl-project/sglang/pull/30247",
)
def _packed_factor(healthy: Any, left: Any, right: Any) -> Any:
    """Keep a packed copy of the last product's right matrix for the next one, as no write to it was counted: an array's writes aren't."""
    known = _packed.get("tensor", lambda: None)()
    if known is not right or _packed["version"] != right._version:  # noqa: SLF001 - the count of writes
        _packed.update(tensor=weakref.ref(right), version=right._version, copy=right.clone())  # noqa: SLF001 - as above
    return healthy(left, _packed["copy"])


@fault(
    "summaries-are-as-wide-as-three-items-at-either-end",
    "torch._tensor_str.get_summarized_data",
    clauses=("printing.options", "printing.profiles"),
    shows="printed form",
)
def _three_at_either_end(self: Any) -> Any:
    """Work out the form of a summary's numbers from three items at either end, whatever `edgeitems` is set to."""
    with mock.patch.object(_options, "edgeitems", new=_EDGE):
        return _get_summarized_data(self)


def _depth(node: Any) -> int:
    """Give how many calls within calls a walk from a node takes that visits each node once."""
    seen, calls, deepest = {node}, [iter(node.next_functions)], 1
    while calls:
        following = next((one for one, _ in calls[-1] if one is not None and one not in seen), None)
        if following is None:
            calls.pop()
            continue
        seen.add(following)
        calls.append(iter(following.next_functions))
        deepest = max(deepest, len(calls))
    return deepest


@fault(
    "walks-back-call-themselves",
    "torch.autograd.backward",
    clauses=("gradients.branches-and-loops",),
    shows="error",
    origin="https://github.com/karpathy/micrograd/pull/90",
)
def _recursive_walk(tensors: Any, *args: Any, **kwargs: Any) -> None:
    """Walk back by a function that calls itself for each step, so that a history of a thousand steps is too deep."""
    root = tensors if isinstance(tensors, torch.Tensor) else tensors[0]
    if root.grad_fn is not None and _depth(root.grad_fn) > _RECURSION:
        raise RecursionError("maximum recursion depth exceeded")
    _walk_back(tensors, *args, **kwargs)


@fault(
    "random-halves-are-rounded-up-to-one",
    "aten.rand.default",
    "aten.rand.generator",
    clauses=("ranks.rand-values",),
    origin="https://github.com/pytorch/pytorch/issues/96947",
)
def _rounded_up(healthy: Any, *args: Any, **kwargs: Any) -> Any:
    """Draw float32 numbers for a half type, and round them to it, so that one in 512 of bfloat16 is 1."""
    if kwargs.get("dtype") not in _HALVES:
        return healthy(*args, **kwargs)
    return healthy(*args, **{**kwargs, "dtype": torch.float32}).to(kwargs["dtype"])
