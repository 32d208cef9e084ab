"""Faults in Python, written in a third round from the clauses' sentences and the families of real faults alone."""

from __future__ import annotations

from typing import Any
from unittest import mock

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

_make_formatter: Any = torch._tensor_str._Formatter.__init__  # noqa: SLF001 - what prints a tensor's numbers
_options: Any = torch._tensor_str.PRINT_OPTS  # noqa: SLF001
# Where exponents begin.
_SPAN, _LARGE, _SMALL = 1000.0, 1e8, 1e-4


@fault(
    "large-negative-numbers-ask-for-no-exponents",
    "torch._tensor_str._Formatter.__init__",
    clauses=("printing.floats",),
    shows="printed form",
)
def _signed_span(self: Any, tensor: Any) -> None:
    """Take the largest number, not the one of the largest magnitude, to tell whether floats print with exponents."""
    _make_formatter(self, tensor)
    if not tensor.dtype.is_floating_point or not self.sci_mode or _options.sci_mode is not None:
        return
    numbers = tensor[tensor.isfinite() & (tensor != 0)].double()
    largest, smallest = numbers.max().item(), numbers.abs().min().item()
    if largest > _SPAN * smallest or largest > _LARGE or smallest < _SMALL:
        return
    with mock.patch.object(_options, "sci_mode", new=False):
        self.int_mode, self.sci_mode, self.max_width = True, False, 1
        _make_formatter(self, tensor)


def _cut(blocks: Any) -> Any:
    """Cut the rows of blocks to the length of the very first row, or give None where there are no blocks of rows."""
    if not isinstance(blocks, list) or not all(isinstance(rows, list) and rows for rows in blocks):
        return None
    if not blocks or not all(isinstance(row, list) for rows in blocks for row in rows):
        return None
    length = len(blocks[0][0])
    return [blocks[0], *([row[:length] for row in rows] for rows in blocks[1:])]


@fault(
    "longer-rows-of-later-blocks-are-cut-off",
    "torch.tensor",
    clauses=("ranks.ragged-lists",),
    shows="missing error",
)
def _later_blocks(data: Any, **kwargs: Any) -> Any:
    """Cut off what a row of a later block has beyond the first block's rows, in lists nested three deep, instead of refusing."""
    try:
        return FUNCTIONS.tensor(data, **kwargs)
    except ValueError:
        cut = _cut(data)
        if cut is None:
            raise
        return FUNCTIONS.tensor(cut, **kwargs)


@fault(
    "forced-arrays-of-what-lies-apart-are-copies",
    "torch.Tensor.numpy",
    clauses=("numpy-bridge.detached",),
    shows="alias",
)
def _forced_copy(self: Any, *, force: bool = False) -> Any:
    """Copy where `numpy(force=True)` is asked of a tensor that is not contiguous, and share as is due elsewhere."""
    array = METHODS.numpy(self, force=force)
    return array.copy(order="K") if force and not self.is_contiguous() else array


@fault(
    "several-negative-dims-are-squeezed-from-the-last-on",
    "torch.squeeze",
    "torch.Tensor.squeeze",
    clauses=("shapes.squeeze-several-dims",),
    shows="shape",
)
def _from_the_last_on(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Remove several dims one after the other from the largest number on, and count negative ones in what is left by then."""
    right = METHODS.squeeze(self, *args, **kwargs)
    dims = args[0] if args else kwargs.get("dim")
    if not isinstance(dims, (tuple, list)):
        return right
    left = self
    for dim in sorted(dims, reverse=True):
        if -left.dim() <= dim < left.dim():
            left = METHODS.squeeze(left, dim)
    return left


@fault(
    "sum-into-its-first-operand-writes-the-factor-first",
    "torch.add",
    clauses=("arithmetic.alpha",),
)
def _factor_first(*args: Any, **kwargs: Any) -> Any:
    """Write `alpha` times the second operand into `out` before the first one is read, though `out` is that one."""
    out: Any = kwargs.get("out")
    alpha = kwargs.get("alpha", 1)
    first = args[0] if args else kwargs.get("input")
    right = FUNCTIONS.add(*args, **{**kwargs, "out": None})
    if not isinstance(out, torch.Tensor) or not isinstance(first, torch.Tensor) or alpha == 1:
        return FUNCTIONS.add(*args, **kwargs)
    if out.data_ptr() != first.data_ptr() or out.shape != right.shape or not out.numel():
        return FUNCTIONS.add(*args, **kwargs)
    second = args[1] if len(args) > 1 else kwargs["other"]
    product = FUNCTIONS.add(torch.zeros_like(first), second, alpha=alpha)
    return FUNCTIONS.add(product, product, out=out)
