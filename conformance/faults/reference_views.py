"""Faults of the reference as a backend: strides, keys, writes and memory shared with NumPy."""

from __future__ import annotations

import time
from typing import Any, NoReturn

from conformance.faults.planting import fault

_TENSOR, _MATRIX = "conformance.reference.tensor", 2


@fault(
    "transposed-matrices-have-a-flat-view",
    f"{_TENSOR}.view_strides",
    clauses=("shapes.view-sizes",),
    shows="missing error",
)
def _flat(view_strides: Any, old: Any, strides: Any, new: Any) -> Any:
    """Give a vector of the elements as they lie in memory where a transposed matrix has no view of one dimension."""
    found = view_strides(old, strides, new)
    transposed = len(old) == _MATRIX and strides[0] == 1 and strides[1] == old[0] and len(new) == 1
    return (1,) if found is None and transposed else found


@fault("steps-lose-the-last-element", f"{_TENSOR}.Selection._slice", clauses=("indexing.slices",), shows="shape")
def _last_lost(take: Any, self: Any, part: slice) -> None:
    """Round the number of elements down where a step does not divide the length of a slice."""
    start, stop, step = part.indices(self._tensor.shape[self._place]) if (part.step or 1) > 0 else (0, 0, 1)
    rest = (stop - start) % step if stop > start else 0
    take(self, slice(part.start, stop - rest, part.step) if rest else part)


@fault("transposed-matrices-count-as-contiguous", f"{_TENSOR}.Tensor.is_contiguous", clauses=("aliasing.contiguous",))
def _always(is_contiguous: Any, self: Any) -> bool:
    """Take a transposed matrix for one whose rows follow each other."""
    transposed = self.ndim == _MATRIX and self.strides[0] == 1 and self.strides[1] == self.shape[0]
    return transposed or bool(is_contiguous(self))


@fault(
    "writes-into-strided-parts-are-lost",
    f"{_TENSOR}.Tensor.write",
    clauses=("indexing.tensor-writes", "indexing.number-writes"),
    shows="alias",
    origin="https://github.com/tinygrad/tinygrad/pull/9371",
)
def _lost(write: Any, self: Any, elements: Any) -> None:
    """Write into a copy where the target is a column, or every other element."""
    write(self.clone() if self.ndim == 1 and self.strides[0] > 1 else self, elements)


@fault(
    "arrays-with-strides-are-copied",
    "conformance.reference.numpy_bridge.shared",
    clauses=("numpy-bridge.array-and-tensor-share",),
    shows="alias",
)
def _copied(shared: Any, array: Any) -> Any:
    """Copy an array whose elements do not follow each other."""
    made = shared(array)
    return made if array.flags.c_contiguous else made.clone()


@fault(
    "new-dims-are-counted-from-the-old-last", f"{_TENSOR}.Tensor._at", clauses=("shapes.unsqueeze-dims",), shows="shape"
)
def _old_last(at: Any, self: Any, dim: int, *, extra: int = 0) -> Any:
    """Count a negative place of a new dimension from the last dimension that is there already."""
    place = at(self, dim, extra=extra)
    return place - 1 if extra and dim < 0 and place else place


@fault(
    "sizes-of-nothing-are-sought-for-ever",
    f"{_TENSOR}.inferred",
    clauses=("shapes.reshape-sizes",),
    shows="hang",
)
def _sought(inferred: Any, numel: int, sizes: Any) -> Any:
    """Never find the size that is left out where there is no element."""
    shape = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    return _forever() if not numel and -1 in shape else inferred(numel, sizes)


def _forever() -> NoReturn:
    while True:
        time.sleep(1)
