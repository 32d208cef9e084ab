"""Faults of reading and writing through keys."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

_GET, _SET = "torch.Tensor.__getitem__", "torch.Tensor.__setitem__"


def _parts(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _strided(tensor: Any, shape: Any, strides: Any, offset: int) -> Any:
    return FUNCTIONS.as_strided(tensor, shape, strides, offset)


def _dense(tensor: Any) -> Any:
    """Read a tensor's memory from its first element on as if it lay densely, where there is enough of it."""
    whole = tensor.untyped_storage().nbytes() // tensor.element_size()
    if tensor.storage_offset() + tensor.numel() > whole:
        return tensor
    return _strided(tensor, tensor.shape, torch.empty(tensor.shape).stride(), tensor.storage_offset())


@fault("slice-bounds-not-clamped", _GET, clauses=("indexing.slices",))
def _unclamped(self: Any, key: Any) -> Any:
    """Count a start before the first element from the end once more, instead of clamping it."""
    low = isinstance(key, slice) and key.start is not None and self.dim() and key.start < -len(self) < 0
    return METHODS.__getitem__(self, slice(key.start % len(self), key.stop, key.step) if low else key)


@fault("steps-drop-the-last-element", _GET, clauses=("indexing.slices",), shows="shape")
def _floored(self: Any, key: Any) -> Any:
    """Round the number of steps down instead of up."""
    result = METHODS.__getitem__(self, key)
    short = isinstance(key, slice) and key.step == 2 and key.start is None and key.stop is None and len(self) % 2
    return METHODS.__getitem__(result, slice(None, -1)) if short else result


@fault("offset-ignored-in-an-element", _GET, clauses=("indexing.keys",))
def _without_offset(self: Any, key: Any) -> Any:
    """Read an element from where the storage begins, not from where the tensor begins in it."""
    result = METHODS.__getitem__(self, key)
    if result.dim() or not self.storage_offset():
        return result
    return _strided(result, (), (), result.storage_offset() - self.storage_offset())


@fault("none-goes-to-the-front", _GET, clauses=("indexing.keys-of-any-rank",), shows="shape")
def _new_dim_first(self: Any, key: Any) -> Any:
    """Put a new dimension first, wherever None stands."""
    parts = _parts(key)
    if parts.count(None) != 1:
        return METHODS.__getitem__(self, key)
    rest = tuple(part for part in parts if part is not None)
    return METHODS.__getitem__(METHODS.__getitem__(self, rest), None)


@fault("ellipsis-is-one-dimension", _GET, clauses=("indexing.keys",))
def _short_ellipsis(self: Any, key: Any) -> Any:
    """Take an ellipsis for one dimension."""
    parts = _parts(key)
    one = self.dim() > 1 and len(parts) > 1 and any(part is ... for part in parts)
    return METHODS.__getitem__(self, tuple(slice(None) if part is ... else part for part in parts) if one else key)


@fault(
    "stepped-slices-copy",
    _GET,
    clauses=("indexing.keys-in-a-row", "aliasing.view-writes-reach-the-base"),
    shows="alias",
)
def _copying_steps(self: Any, key: Any) -> Any:
    """Copy where a slice has a step."""
    result = METHODS.__getitem__(self, key)
    stepped = any(isinstance(part, slice) and (part.step or 1) > 1 for part in _parts(key))
    return METHODS.clone(result) if stepped else result


@fault("negative-index-of-later-dims-off-by-one", _GET, clauses=("indexing.keys",))
def _off_by_one(self: Any, key: Any) -> Any:
    """Count an index from the end wrongly, but for the first dimension."""
    if isinstance(key, tuple) and len(key) > 1 and type(key[-1]) is int and key[-1] < -1:
        key = (*key[:-1], key[-1] + 1)
    return METHODS.__getitem__(self, key)


@fault("negative-steps-turn-round", _GET, clauses=("indexing.keys",), shows="missing error")
def _turning(self: Any, key: Any) -> Any:
    """Turn the order round where a step is negative."""
    turned = isinstance(key, tuple) and len(key) == 1 and isinstance(key[0], slice) and key[0].step == -1
    return METHODS.flip(self, (0,)) if turned else METHODS.__getitem__(self, key)


@fault("too-many-indices-are-ignored", _GET, clauses=("indexing.keys",), shows="missing error")
def _forgiving(self: Any, key: Any) -> Any:
    """Ignore indices beyond the last dimension."""
    ints = isinstance(key, tuple) and all(type(part) is int for part in key)
    return METHODS.__getitem__(self, key[: self.dim()] if ints else key)


@fault("an-empty-slice-keeps-one", _GET, clauses=("indexing.slices",), shows="shape")
def _never_empty(self: Any, key: Any) -> Any:
    """Give one element where a slice selects none."""
    result = METHODS.__getitem__(self, key)
    wrong = isinstance(key, slice) and self.dim() and len(self) and not len(result)
    return METHODS.__getitem__(self, slice(0, 1)) if wrong else result


@fault("a-second-write-repeats-the-first", _SET, clauses=("indexing.several-writes",))
def _repeating(self: Any, key: Any, value: Any) -> None:
    """Write a number where the last one was written too."""
    before = getattr(self, "last_key", None)
    METHODS.__setitem__(self, key, value)
    if type(value) is int and type(key) is int:
        if before is not None:
            METHODS.__setitem__(self, before, value)
        self.last_key = key


@fault("integers-written-through-floats", _SET, clauses=("indexing.number-writes",))
def _floating(self: Any, key: Any, value: Any) -> None:
    """Write an integer as a float."""
    far = type(value) is int and 2**53 < abs(value) < 2**62
    METHODS.__setitem__(self, key, int(float(value)) if far else value)


@fault("floats-written-rounded", _SET, clauses=("indexing.number-writes",))
def _rounding(self: Any, key: Any, value: Any) -> None:
    """Round a float that is written into an integer tensor."""
    whole = type(value) is float and not (self.is_floating_point() or self.is_complex() or self.dtype == torch.bool)
    METHODS.__setitem__(self, key, round(value) if whole else value)


@fault("true-written-as-minus-one", _SET, clauses=("indexing.number-writes",))
def _all_bits(self: Any, key: Any, value: Any) -> None:
    """Write True into small integers with all bits set."""
    METHODS.__setitem__(self, key, -1 if value is True and self.dtype == torch.int8 else value)


@fault("size-one-sources-refused", _SET, clauses=("indexing.tensor-writes",), shows="error")
def _strict(self: Any, key: Any, value: Any) -> None:
    """Refuse to write a tensor with a dimension of size 1 into more."""
    if isinstance(value, torch.Tensor) and 1 in value.shape and METHODS.__getitem__(self, key).shape != value.shape:
        raise RuntimeError("shape mismatch")
    METHODS.__setitem__(self, key, value)


@fault("strides-of-a-source-ignored", _SET, clauses=("indexing.tensor-writes",))
def _dense_source(self: Any, key: Any, value: Any) -> None:
    """Read a source as if it lay densely in memory."""
    METHODS.__setitem__(self, key, _dense(value) if isinstance(value, torch.Tensor) and value.dim() else value)


@fault("int64-sources-written-through-doubles", _SET, clauses=("indexing.tensor-writes",))
def _doubled(self: Any, key: Any, value: Any) -> None:
    """Write int64 tensors through float64."""
    far = isinstance(value, torch.Tensor) and value.dtype == torch.int64
    METHODS.__setitem__(self, key, value.double() if far else value)


@fault("sources-of-another-dtype-reinterpreted", _SET, clauses=("indexing.tensor-writes",))
def _reinterpreted(self: Any, key: Any, value: Any) -> None:
    """Copy the bits of a source of another dtype of the same width."""
    if isinstance(value, torch.Tensor) and {value.dtype, self.dtype} == {torch.int32, torch.float32}:
        value = METHODS.view(value.contiguous(), self.dtype)
    METHODS.__setitem__(self, key, value)


@fault("writes-out-of-range-go-to-the-end", _SET, clauses=("indexing.refused-writes",), shows="missing error")
def _clamping_write(self: Any, key: Any, value: Any) -> None:
    """Write into the last row where an index is out of range."""
    METHODS.__setitem__(self, min(key, len(self) - 1) if type(key) is int else key, value)


@fault("sources-too-long-are-cut-off", _SET, clauses=("indexing.refused-writes",), shows="missing error")
def _cutting(self: Any, key: Any, value: Any) -> None:
    """Write as much of a source as fits."""
    target = METHODS.__getitem__(self, key)
    if isinstance(value, torch.Tensor) and value.dim() and target.dim() and value.shape[-1] > target.shape[-1]:
        value = METHODS.__getitem__(value, (..., slice(None, target.shape[-1])))
    METHODS.__setitem__(self, key, value)


@fault("a-source-in-the-same-storage-read-from-its-start", _SET, clauses=("indexing.writes-from-the-same-tensor",))
def _same_storage(self: Any, key: Any, value: Any) -> None:
    """Ignore the offset of a source that lies in the target's own storage."""
    if isinstance(value, torch.Tensor) and value.untyped_storage().data_ptr() == self.untyped_storage().data_ptr():
        value = METHODS.clone(_strided(value, value.shape, value.stride(), self.storage_offset()))
    METHODS.__setitem__(self, key, value)


@fault("in-place-products-ignore-strides", "torch.Tensor.__imul__", clauses=("indexing.augmented-writes",))
def _dense_product(self: Any, other: Any) -> Any:
    """Multiply the memory that follows a view's first element instead of its elements."""
    if isinstance(other, torch.Tensor) or self.is_contiguous() or 0 in self.shape:
        return METHODS.__imul__(self, other)
    METHODS.mul_(_dense(self), other)
    return self


@fault("augmented-writes-are-lost", "torch.Tensor.__isub__", clauses=("indexing.augmented-writes",), shows="alias")
def _lost(self: Any, other: Any) -> Any:
    """Subtract in a copy, and give the view as it was."""
    METHODS.sub_(METHODS.clone(self), other)
    return self


@fault("rows-are-copies", "torch.Tensor.__iter__", clauses=("indexing.rows-are-views",), shows="alias")
def _copied_rows(self: Any) -> Any:
    """Walk over copies of the rows."""
    return iter([METHODS.clone(row) for row in METHODS.unbind(self, 0)])


@fault("zero-dim-has-rows", "torch.Tensor.__iter__", clauses=("indexing.rows-are-views",), shows="missing error")
def _one_row(self: Any) -> Any:
    """Walk over a 0-d tensor as if it had one row."""
    return iter(METHODS.unbind(self, 0) if self.dim() else [self])


@fault("writes-after-a-refusal-are-lost", _SET, clauses=("indexing.usable-after-a-refusal",))
def _locked(self: Any, key: Any, value: Any) -> None:
    """Leave a tensor locked where a write to it was refused, so that the next one is lost."""
    if vars(self).pop("is_locked", False):
        return
    try:
        METHODS.__setitem__(self, key, value)
    except (IndexError, RuntimeError, ValueError):
        self.is_locked = True
        raise


@fault("step-that-a-tensor-holds-is-one", _GET, clauses=("indexing.ints-of-any-kind",))
def _by_one(self: Any, key: Any) -> Any:
    """Take every element where the step of a slice is a 0-d tensor, as if it held 1."""
    return METHODS.__getitem__(self, tuple(_stepping_by_one(part) for part in _parts(key)))


def _stepping_by_one(part: Any) -> Any:
    is_step = isinstance(part, slice) and isinstance(part.step, torch.Tensor)
    return slice(part.start, part.stop, 1) if is_step else part


@fault("one-row-is-written-from-a-tensor-on", _SET, clauses=("indexing.writes-at-ints-of-any-kind",))
def _one_row_written(self: Any, key: Any, value: Any) -> None:
    """Write the first row alone where a slice begins at a 0-d tensor and what is written has rows."""
    begins = isinstance(key, slice) and isinstance(key.start, torch.Tensor) and key.stop is None
    if begins and isinstance(value, torch.Tensor) and value.dim() > 1 and len(value):
        METHODS.__setitem__(self, int(key.start), METHODS.__getitem__(value, 0))
        return
    METHODS.__setitem__(self, key, value)
