"""Faults of casts below autograd: by name, by `to` and `type`, and those of the backward pass."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.layouts import read_as_dense
from conformance.faults.planting import fault

_CAST = "aten._to_copy.default"
_LARGEST_HALF = 65504.0


@fault(
    "strided-float64-is-cast-from-its-memory",
    _CAST,
    clauses=("promotion.cast-spellings",),
)
def _from_memory(cast: Any, self: Any, **kwargs: Any) -> Any:
    """Read a float64 tensor row by row from memory, however it lies there."""
    return cast(read_as_dense(self) if self.dtype == torch.float64 else self, **kwargs)


@fault("int32-becomes-int64-through-float32", _CAST, clauses=("promotion.casts",))
def _through_float32(cast: Any, self: Any, **kwargs: Any) -> Any:
    """Widen int32 elements by way of float32."""
    widened = self.dtype == torch.int32 and kwargs.get("dtype") == torch.int64
    return cast(cast(self, dtype=torch.float32) if widened else self, **kwargs)


@fault("fractions-are-cut-off-before-their-truth", _CAST, clauses=("promotion.truth",))
def _truncated_truth(cast: Any, self: Any, **kwargs: Any) -> Any:
    """Cut off a float's fraction before it is taken for a truth."""
    truth = kwargs.get("dtype") == torch.bool and self.is_floating_point()
    return cast(self.trunc() if truth else self, **kwargs)


@fault("uint8-becomes-int16-with-a-sign", _CAST, clauses=("promotion.casts",))
def _signed(cast: Any, self: Any, **kwargs: Any) -> Any:
    """Take bytes from 128 on for negative numbers where they become int16."""
    widened = self.dtype == torch.uint8 and kwargs.get("dtype") == torch.int16
    return cast(cast(self, dtype=torch.int8) if widened else self, **kwargs)


@fault("bfloat16-is-cut-off-instead-of-rounded", _CAST, clauses=("promotion.cast-rounding",))
def _cut_off(cast: Any, self: Any, **kwargs: Any) -> Any:
    """Take the upper half of a float32 for its bfloat16."""
    if self.dtype != torch.float32 or kwargs.get("dtype") != torch.bfloat16:
        return cast(self, **kwargs)
    upper = (self.contiguous().view(torch.int32) & -65536).view(torch.float32)
    return cast(torch.where(self.isnan(), self, upper), **kwargs)


@fault("float16-stays-finite", _CAST, clauses=("promotion.cast-rounding",))
def _finite(cast: Any, self: Any, **kwargs: Any) -> Any:
    """Give the largest float16 for a finite number beyond it."""
    result = cast(self, **kwargs)
    if result.dtype != torch.float16 or not self.is_floating_point():
        return result
    beyond = result.isinf() & self.isfinite()
    return torch.where(beyond, result.clamp(-_LARGEST_HALF, _LARGEST_HALF), result)
