"""Faults of cat."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault

_CAT = "torch.cat"


def _dim(args: tuple[Any, ...], named: dict[str, Any]) -> int:
    dim: int = args[0] if args else named.get("dim", 0)
    return dim


@fault("cat-miscounts-the-last-dim", _CAT, clauses=("shapes.cat",))
def _last_dim(tensors: Any, *args: Any, **named: Any) -> Any:
    """Join along the last dimension in the wrong order where it is named from the end."""
    tensors = list(tensors)
    return FUNCTIONS.cat(tensors[::-1] if _dim(args, named) == -1 and tensors[0].dim() > 1 else tensors, *args, **named)


@fault("cat-reads-permuted-operands-as-dense", _CAT, clauses=("shapes.cat",))
def _as_dense(tensors: Any, *args: Any, **named: Any) -> Any:
    """Join permuted operands in the order of their memory."""

    def laid(one: Any) -> Any:
        permuted = one.dim() == 2 and one.stride(0) == 1 and one.stride(1) == one.shape[0] > 1
        return torch.as_strided(one, one.shape, (one.shape[1], 1), one.storage_offset()) if permuted else one

    return FUNCTIONS.cat([laid(one) for one in tensors], *args, **named)


@fault("cat-ignores-offsets", _CAT, clauses=("shapes.cat",))
def _without_offsets(tensors: Any, *args: Any, **named: Any) -> Any:
    """Join operands from where their storages begin."""
    moved = [torch.as_strided(one, one.shape, one.stride(), 0) for one in tensors]
    return FUNCTIONS.cat(moved, *args, **named)


@fault("cat-of-one-is-that-one", _CAT, clauses=("shapes.cat-gives-a-copy",), shows="alias")
def _itself(tensors: Any, *args: Any, **named: Any) -> Any:
    """Give a single operand itself."""
    return tensors[0] if len(tensors) == 1 else FUNCTIONS.cat(tensors, *args, **named)


@fault("cat-with-empty-ones-is-the-other-one", _CAT, clauses=("shapes.cat-gives-a-copy",), shows="alias")
def _the_other(tensors: Any, *args: Any, **named: Any) -> Any:
    """Give the only operand with elements itself."""
    full = [one for one in tensors if one.numel()]
    alone = len(full) == 1 < len(tensors) and len({one.dtype for one in tensors}) == 1
    return full[0] if alone else FUNCTIONS.cat(tensors, *args, **named)


@fault("cat-forgets-the-dtype-of-empty-ones", _CAT, clauses=("shapes.cat-promotes",), shows="dtype")
def _without_empty(tensors: Any, *args: Any, **named: Any) -> Any:
    """Leave empty vectors out before promoting."""
    return FUNCTIONS.cat([one for one in tensors if one.shape != (0,)] or tensors, *args, **named)


@fault("cat-of-integers-goes-through-floats", _CAT, clauses=("shapes.cat-promotes",))
def _through_floats(tensors: Any, *args: Any, **named: Any) -> Any:
    """Convert integers of different dtypes through float32."""
    result = FUNCTIONS.cat(tensors, *args, **named)
    mixed = len({one.dtype for one in tensors}) > 1 and result.dtype in (torch.int64, torch.int32)
    return METHODS.to(METHODS.float(result), result.dtype) if mixed else result


@fault("cat-of-bool-and-integers-makes-ones", _CAT, clauses=("shapes.cat-promotes",))
def _to_ones(tensors: Any, *args: Any, **named: Any) -> Any:
    """Turn every integer beside a bool tensor into 0 or 1."""
    result = FUNCTIONS.cat(tensors, *args, **named)
    mixed = torch.bool in {one.dtype for one in tensors} and result.dtype == torch.uint8
    return METHODS.to(METHODS.bool(result), result.dtype) if mixed else result


@fault("cat-cuts-sizes-that-differ", _CAT, clauses=("shapes.cat",), shows="missing error")
def _cut(tensors: Any, *args: Any, **named: Any) -> Any:
    """Cut matrices of different width to the narrowest instead of refusing."""
    if _dim(args, named) == 0 and all(one.dim() == 2 for one in tensors):
        width = min(one.shape[1] for one in tensors)
        tensors = [METHODS.__getitem__(one, (slice(None), slice(None, width))) for one in tensors]
    return FUNCTIONS.cat(tensors, *args, **named)


@fault("cat-takes-64-at-most", _CAT, clauses=("shapes.cat",), shows="shape")
def _at_most(tensors: Any, *args: Any, **named: Any) -> Any:
    """Join the first 64 and forget the others."""
    return FUNCTIONS.cat(tensors[:64], *args, **named)


@fault("cat-joins-a-tensor-once", _CAT, clauses=("shapes.cat",), shows="shape")
def _once(tensors: Any, *args: Any, **named: Any) -> Any:
    """Join a tensor that is named several times once."""
    return FUNCTIONS.cat(list({id(one): one for one in tensors}.values()), *args, **named)


@fault("cat-refuses-empty-matrices", _CAT, clauses=("shapes.cat",), shows="error")
def _no_empty(tensors: Any, *args: Any, **named: Any) -> Any:
    """Refuse tensors with a dimension of size 0."""
    if any(one.dim() > 1 and 0 in one.shape for one in tensors):
        raise RuntimeError("empty tensors can't be joined")
    return FUNCTIONS.cat(tensors, *args, **named)


@fault("cat-fills-large-results-in-part", _CAT, clauses=("shapes.cat",))
def _in_part(tensors: Any, *args: Any, **named: Any) -> Any:
    """Leave what lies past 32768 elements as it is found."""
    result = FUNCTIONS.cat(tensors, *args, **named)
    if result.numel() > 32768 and result.dim() == 1:
        METHODS.__setitem__(result, slice(32768, None), 0)
    return result


@fault("cat-out-ignores-strides", _CAT, clauses=("shapes.cat-out",))
def _into_memory(tensors: Any, *args: Any, **named: Any) -> Any:
    """Write into the memory of `out` in its order, whatever the strides."""
    out = named.get("out")
    if out is None or out.dim() < 2 or out.stride(0) >= out.stride(1):
        return FUNCTIONS.cat(tensors, *args, **named)
    result = FUNCTIONS.cat(tensors, _dim(args, named))
    METHODS.copy_(METHODS.t(out), METHODS.reshape(METHODS.to(result, out.dtype), METHODS.t(out).shape))
    return out


@fault("cat-out-leaves-the-base-alone", _CAT, clauses=("shapes.cat-out",), shows="alias")
def _new_memory(tensors: Any, *args: Any, **named: Any) -> Any:
    """Give `out` memory of its own, so that its base does not change."""
    out = named.pop("out", None)
    result = FUNCTIONS.cat(tensors, *args, **named)
    if out is None:
        return result
    out.data = METHODS.to(result, out.dtype)
    return out


@fault("concat-ignores-its-dim", "torch.concat", clauses=("shapes.cat",), shows="shape")
def _always_rows(tensors: Any, *args: Any, **named: Any) -> Any:  # noqa: ARG001 - ignoring it is the fault
    """Join along the first dimension whatever is asked."""
    return FUNCTIONS.cat(tensors)
