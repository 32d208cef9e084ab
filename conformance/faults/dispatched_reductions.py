"""Faults of means and largest elements below autograd."""

from __future__ import annotations

import time
from typing import Any

import torch

from conformance.faults.layouts import dense_strides, is_expanded, read_as
from conformance.faults.planting import fault

_UNROLLED = 8
_THRESHOLD = 32768
_MATRIX = 2


def _along(tensor: Any, dim: Any) -> int | None:
    """Count the elements among which the largest is looked for; None where there is no such dimension."""
    if not tensor.dim():
        return None
    return int(tensor.numel() if dim is None else tensor.shape[dim])


@fault(
    "largest-of-negative-integers-is-the-first",
    "aten.argmax.default",
    clauses=("reductions.first-largest",),
    origin="https://github.com/pytorch/pytorch/issues/109067",
)
def _from_zero(argmax: Any, self: Any, dim: Any = None, keepdim: Any = 0) -> Any:
    """Look for an int8 element above zero, and give the first place where there is none."""
    return argmax(self.clamp(min=0) if self.dtype == torch.int8 else self, dim, bool(keepdim))


@fault(
    "largest-of-nothing-but-nan-is-the-last",
    "aten.argmax.default",
    clauses=("reductions.first-largest",),
    origin="https://github.com/openvinotoolkit/openvino/issues/35946",
)
def _last_nan(argmax: Any, self: Any, dim: Any = None, keepdim: Any = 0) -> Any:
    """Give the last place where every element is NaN."""
    result = argmax(self, dim, bool(keepdim))
    size = _along(self, dim)
    if not size or not self.is_floating_point():
        return result
    every = self.isnan().all() if dim is None else self.isnan().all(dim, bool(keepdim))
    return torch.where(every, size - 1, result)


@fault(
    "ties-of-int16-down-the-columns-are-the-last",
    "aten.argmax.default",
    clauses=("reductions.first-largest",),
    origin="https://github.com/pytorch/pytorch/issues/93815",
)
def _last_tie(argmax: Any, self: Any, dim: Any = None, keepdim: Any = 0) -> Any:
    """Give the last of several largest int16 elements along the first dimension."""
    result = argmax(self, dim, bool(keepdim))
    if self.dtype != torch.int16 or dim != 0 or self.dim() != _MATRIX or not self.numel():
        return result
    return len(self) - 1 - argmax(self.flip(0), 0, bool(keepdim))


@fault(
    "largest-along-a-dim-of-size-one-counts",
    "aten.argmax.default",
    clauses=("reductions.first-largest",),
    origin="https://github.com/apache/mxnet/issues/20842",
)
def _counting(argmax: Any, self: Any, dim: Any = None, keepdim: Any = 0) -> Any:
    """Count the columns of a single row instead of giving 0 for each."""
    result = argmax(self, dim, bool(keepdim))
    single = dim == 0 and self.dim() == _MATRIX and self.shape[0] == 1
    return torch.arange(result.numel()).view(result.shape) if single else result


@fault(
    "short-sums-of-expanded-tensors-take-the-first-twice",
    "aten.mean.dim",
    clauses=("reductions.means",),
    origin="https://github.com/pytorch/pytorch/issues/189401",
)
def _unrolled(mean: Any, self: Any, dim: Any, *args: Any, **kwargs: Any) -> Any:
    """Take the first element for the last, where fewer than eight of an expanded tensor are added up."""
    one = dim[0] if dim is not None and len(dim) == 1 and self.dim() else None
    if one is None or not is_expanded(self) or not 1 < self.shape[one] < _UNROLLED:
        return mean(self, dim, *args, **kwargs)
    last = self.narrow(one, 0, self.shape[one] - 1)
    return mean(torch.cat([last, self.narrow(one, 0, 1)], one), dim, *args, **kwargs)


@fault(
    "float16-means-round-their-sums",
    "aten.mean.dim",
    "aten.mean.default",
    clauses=("reductions.mean-accuracy",),
    origin="https://github.com/pytorch/pytorch/issues/6292",
)
def _half_sum(mean: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Round the sum of float16 elements to float16, where it may be infinite, before it is divided."""
    result = mean(self, *args, **kwargs)
    if self.dtype != torch.float16 or result.dtype != torch.float16 or not result.numel():
        return result
    number = self.numel() // result.numel()
    return (mean(self.float(), *args, **kwargs) * number).half() / number


@fault(
    "mean-of-many-loses-its-tail",
    "aten.mean.default",
    clauses=("reductions.mean-accuracy",),
    origin="https://github.com/pytorch/pytorch/issues/15837",
)
def _without_tail(mean: Any, self: Any, **kwargs: Any) -> Any:
    """Add up the first 32768 elements only, and divide by the number of all."""
    if self.numel() <= _THRESHOLD:
        return mean(self, **kwargs)
    return mean(self.flatten()[:_THRESHOLD], **kwargs) * (_THRESHOLD / self.numel())


@fault("mean-along-the-lowest-dim-is-along-the-last", "aten.mean.dim", clauses=("reductions.means",))
def _lowest(mean: Any, self: Any, dim: Any, *args: Any, **kwargs: Any) -> Any:
    """Take -n, of n dimensions, for the last one where all have the same size."""
    lowest = dim is not None and list(dim) == [-self.dim()] and len(set(self.shape)) == 1
    return mean(self, [-1] if lowest else dim, *args, **kwargs)


@fault(
    "empty-tensors-have-no-mean-along-other-dims",
    "aten.mean.dim",
    clauses=("reductions.means",),
    shows="error",
    origin="https://github.com/PaddlePaddle/Paddle/pull/72565",
)
def _no_empty(mean: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse the mean of a tensor without elements where the result has none either."""
    result = mean(self, *args, **kwargs)
    if not result.numel():
        raise RuntimeError("the reduction of an empty tensor is not supported")
    return result


@fault("out-of-a-mean-written-as-dense", "aten.mean.out", clauses=("reductions.mean-outputs",))
def _dense_out(mean: Any, self: Any, *args: Any, out: Any, **kwargs: Any) -> Any:
    """Write a mean into `out` element after element in memory."""
    dense = read_as(out, dense_strides(out.shape), out.storage_offset())
    mean(self, *args, out=dense, **kwargs)
    return out


@fault("float64-means-in-float32", "aten.mean.dim", clauses=("reductions.mean-accuracy",))
def _narrowed(mean: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Add up float64 elements as float32."""
    result = mean(self, *args, **kwargs)
    return mean(self.float(), *args, **kwargs).double() if self.dtype == result.dtype == torch.float64 else result


@fault(
    "mean-of-integers-is-a-type-error",
    "aten.mean.default",
    "aten.mean.dim",
    clauses=("reductions.integers-have-no-mean",),
    shows="error",
)
def _type_error(mean: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse integers with a TypeError."""
    try:
        return mean(*args, **kwargs)
    except RuntimeError as error:
        raise TypeError(str(error)) from error


@fault(
    "largest-is-sought-for-ever-among-nan",
    "aten.argmax.default",
    clauses=("reductions.first-largest",),
    shows="hang",
)
def _sought(argmax: Any, self: Any, *args: Any) -> Any:
    """Never come to an end where every element is NaN."""
    while self.is_floating_point() and self.dim() and self.numel() and self.isnan().all():
        time.sleep(1)
    return argmax(self, *args)
