"""Faults of means and largest elements."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault


@fault("mean-over-two-dims-divides-by-one", "torch.Tensor.mean", clauses=("reductions.means",))
def _mean_with_sizes(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide by the size of one dimension where two are reduced."""
    result = METHODS.mean(self, *args, **kwargs)
    wrong = args and isinstance(args[0], tuple) and self.dim() > 2
    return result * 2 if wrong else result


@fault(
    "integers-have-a-mean",
    "torch.Tensor.mean",
    "torch.mean",
    clauses=("reductions.integers-have-no-mean",),
    shows="missing error",
)
def _mean_of_ints(*args: Any, **kwargs: Any) -> Any:
    """Give integers a mean."""
    x, *others = (kwargs.pop("input"),) if "input" in kwargs else args
    return METHODS.mean(x if x.is_floating_point() or x.is_complex() else x.float(), *others, **kwargs)


@fault("argmax-gives-the-last-tie", "torch.Tensor.argmax", clauses=("reductions.first-largest",))
def _last_largest(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the last of several largest."""
    if args or kwargs or self.dim() != 1 or not len(self):
        return METHODS.argmax(self, *args, **kwargs)
    return len(self) - 1 - METHODS.argmax(self.flip(0))


@fault("negative-dims-of-mean-off-by-one", "torch.Tensor.mean", clauses=("reductions.means",))
def _negative_dim(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Count a negative dim from one too far left, named by keyword."""
    if isinstance(kwargs.get("dim"), int) and -self.dim() < kwargs["dim"] < -1:
        kwargs["dim"] -= 1
    return METHODS.mean(self, *args, **kwargs)


@fault("keepdim-ignored-over-several-dims", "torch.mean", clauses=("reductions.means",), shows="shape")
def _not_kept(*args: Any, **kwargs: Any) -> Any:
    """Remove the dimensions though they are to be kept."""
    several = isinstance(kwargs.get("dim"), tuple)
    return FUNCTIONS.mean(*args, **{**kwargs, "keepdim": False} if several else kwargs)


@fault("mean-of-an-expanded-dim", "torch.Tensor.mean", clauses=("reductions.means",))
def _expanded_mean(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide the mean of an expanded dimension by its size once more."""
    result = METHODS.mean(self, *args, **kwargs)
    dim = args[0] if args else kwargs.get("dim")
    expanded = isinstance(dim, int) and self.dim() and self.stride(dim) == 0 and self.shape[dim] > 1
    return result / self.shape[dim] if expanded else result


@fault("rows-past-the-sixteenth-take-the-first-mean", "torch.Tensor.mean", clauses=("reductions.batches",))
def _rows_of_sixteen(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give rows past the sixteenth of a matrix the mean of the first."""
    result = METHODS.mean(self, *args, **kwargs)
    if args == (-1,) and self.dim() == 2 and len(self) > 16:
        result[16:] = result[0]
    return result


@fault("mean-of-nothing-is-zero", "torch.Tensor.mean", clauses=("reductions.means",))
def _zero_of_none(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give zero for the mean of no element."""
    result = METHODS.mean(self, *args, **kwargs)
    return torch.zeros_like(result) if self.numel() == 0 else result


@fault("half-means-add-up-in-half", "torch.Tensor.mean", "torch.mean", clauses=("reductions.mean-accuracy",))
def _half_mean(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Add up the elements of a bfloat16 tensor in bfloat16."""
    if self.dtype == torch.bfloat16 and not args and not kwargs and self.numel() > 256:
        total = torch.zeros((), dtype=self.dtype)
        for chunk in self.flatten().split(max(self.numel() // 300, 1)):
            total = METHODS.add(total, chunk.sum())
        return total / self.numel()
    return METHODS.mean(self, *args, **kwargs)


@fault("mean-of-a-long-row-loses-its-tail", "torch.mean", clauses=("reductions.mean-accuracy",))
def _lost_tail(input: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: A002 - PyTorch's name
    """Leave out what is past 1024 elements of the reduced dimension."""
    if args and args[0] == -1 and input.shape[-1] > 1024:
        return FUNCTIONS.mean(input[..., :1024], *args, **kwargs)
    return FUNCTIONS.mean(input, *args, **kwargs)


@fault("mean-dtype-casts-the-result", "torch.Tensor.mean", clauses=("reductions.mean-dtype",))
def _cast_after(self: Any, *args: Any, dtype: Any = None, **kwargs: Any) -> Any:
    """Take the mean in the tensor's own dtype where that is a float, and cast it then."""
    if dtype is None or not self.is_floating_point():
        return METHODS.mean(self, *args, dtype=dtype, **kwargs)
    return METHODS.mean(METHODS.bfloat16(self), *args, **kwargs).to(dtype)


@fault("out-of-a-mean-replaced", "torch.mean", clauses=("reductions.mean-outputs",))
def _unwritten_out(*args: Any, out: Any = None, **kwargs: Any) -> Any:
    """Give a new tensor where a strided `out` was to be written."""
    result = FUNCTIONS.mean(*args, **kwargs)
    return result if out is None or not out.is_contiguous() else out.copy_(result)


@fault("argmax-gives-the-last-tie-along-a-dim", "torch.Tensor.argmax", clauses=("reductions.first-largest",))
def _last_along(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the last of several largest along a middle dim."""
    dim = args[0] if args else kwargs.get("dim")
    if isinstance(dim, int) and self.dim() > 2 and dim == 1 and self.numel() and not self.is_floating_point():
        return self.shape[1] - 1 - METHODS.argmax(self.flip(1), *args, **kwargs)
    return METHODS.argmax(self, *args, **kwargs)


@fault("argmax-skips-nan", "torch.argmax", clauses=("reductions.first-largest",))
def _skipping_nan(input: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: A002 - PyTorch's name
    """Leave NaN out."""
    lowest = (
        input.nan_to_num(nan=float("-inf"), posinf=float("inf"), neginf=float("-inf"))
        if input.is_floating_point()
        else input
    )
    return FUNCTIONS.argmax(lowest, *args, **kwargs)


@fault("argmax-of-int64-through-float64", "torch.Tensor.argmax", clauses=("reductions.first-largest",))
def _float_argmax(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Compare int64 elements as float64."""
    return METHODS.argmax(METHODS.double(self) if self.dtype == torch.int64 else self, *args, **kwargs)


@fault("argmax-of-int32-from-memory", "torch.Tensor.argmax", clauses=("reductions.first-largest",))
def _memory_order(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the place in memory instead of that in the tensor."""
    if not args and not kwargs and self.dtype == torch.int32 and self.dim() > 1 and self.numel():
        order = sorted(range(self.dim()), key=lambda dim: -self.stride(dim))
        return METHODS.argmax(self.permute(order))
    return METHODS.argmax(self, *args, **kwargs)


@fault("argmax-is-int32", "torch.argmax", clauses=("reductions.first-largest",), shows="dtype")
def _int32_indices(*args: Any, **kwargs: Any) -> Any:
    """Give int32 indices."""
    return FUNCTIONS.argmax(*args, **kwargs).int()


@fault("argmax-wrong-past-1024", "torch.Tensor.argmax", clauses=("reductions.largest-of-many",))
def _second_block(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the place within a block of 1024."""
    return METHODS.argmax(self, *args, **kwargs) % 1024


@fault("dim-past-the-last-is-the-last", "torch.Tensor.argmax", clauses=("reductions.refused",), shows="missing error")
def _clamped_dim(self: Any, dim: Any = None, keepdim: Any = 0) -> Any:
    """Take a dim out of range for the last one."""
    beyond = dim is not None and dim >= self.dim() > 0
    return METHODS.argmax(self, self.dim() - 1 if beyond else dim, bool(keepdim))
