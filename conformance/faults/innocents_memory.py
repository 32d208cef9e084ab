"""Libraries whose results lie in memory in a way of their own: strides, offsets, what is shared and what is copied."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import innocent

_ELEMENTWISE = (
    "aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor", "aten.div.Tensor", "aten.rsub.Scalar",
    "aten.reciprocal.default",
)  # fmt: skip
_RESULTS = (*_ELEMENTWISE, "aten.mean.default", "aten.mean.dim", "aten.cat.default", "aten._to_copy.default")
_NO_STRIDES = "torch.Tensor.stride: of a dimension of size 1, and of a tensor without elements, no stride is ever taken"
_NO_LAYOUT = (
    "the reference gives the values, shape and dtype of torch.add, mul, mean, cat and mm, and no strides; Tensor Views: "
    "operations that are no view operations give new memory, and whoever needs it dense calls contiguous()"
)
_OF_VIEWS = ("shapes.*", "aliasing.*", "indexing.*", "numpy-bridge.*", "printing.*", "ranks.*")
_OF_RESULTS = (
    "arithmetic.*", "promotion.*", "reductions.*", "products.*", "shapes.cat*", "aliasing.*", "gradients.*", "printing.*",
    "numpy-bridge.*", "indexing.*",
)  # fmt: skip


def _is_new(op: Any, result: Any) -> bool:
    """Say whether an operator gives a tensor that is none of its operands: neither in place nor by `out`."""
    return isinstance(result, torch.Tensor) and not op._schema.is_mutable and "lift" not in op.__name__  # noqa: SLF001 - PyTorch has no public name for it


@innocent("strides-of-size-one-dims-of-its-own", "aten.*", freedom=_NO_STRIDES, touches=("*",))
def _other_strides_of_one(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Give dimensions of size 1 a stride that no other library gives them, in views and in new tensors."""
    result = op(*args, **kwargs)
    if not _is_new(op, result) or 1 not in result.shape:
        return result
    strides = [7919 if size == 1 else stride for size, stride in zip(result.shape, result.stride(), strict=True)]
    return result.as_strided(result.shape, strides, result.storage_offset())


@innocent("strides-of-empty-tensors-of-its-own", "aten.*", freedom=_NO_STRIDES, touches=("*",))
def _other_strides_of_none(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Give tensors without elements strides that no other library gives them."""
    result = op(*args, **kwargs)
    if not _is_new(op, result) or 0 not in result.shape:
        return result
    return result.as_strided(result.shape, [5 + place for place in range(result.dim())], 0)


def _places(x: Any) -> Any:
    """Give the place of each element in its memory."""
    size = x.untyped_storage().nbytes() // x.element_size()
    return torch.as_strided(torch.arange(size), x.shape, x.stride(), x.storage_offset()).contiguous()


def _partly_overlap(target: Any, source: Any) -> bool:
    """Say whether some elements of a target are read for it too, and not each where it is written."""
    if not isinstance(source, torch.Tensor) or source.dtype != target.dtype or not source.numel():
        return False
    if target.untyped_storage().data_ptr() != source.untyped_storage().data_ptr():
        return False
    written, read = _places(target), _places(source)
    return bool(torch.isin(written, read).any()) and not bool((written == read.expand_as(written)).all())


@innocent(
    "partly-overlapping-writes-are-refused",
    "aten.copy_.default",
    "aten.add_.Tensor",
    "aten.mul_.Tensor",
    "aten.add.out",
    "aten.mul.out",
    freedom="PyTorch itself refuses some of these, with the advice to clone; the reference of Tensor.copy_ says nothing of them",
    touches=("indexing.*", "aliasing.*", "arithmetic.*"),
)
def _no_part_onto_itself(op: Any, first: Any, *others: Any, **kwargs: Any) -> Any:
    """Refuse to write into a tensor what is read from a part of it."""
    target = kwargs.get("out", first)
    if any(_partly_overlap(target, one) for one in (first, *others) if one is not target):
        raise RuntimeError("the target and an operand share some elements: clone the operand")
    return op(first, *others, **kwargs)


def _in_columns(x: Any) -> Any:
    order = tuple(reversed(range(x.dim())))
    return x.permute(order).contiguous().permute(order)


@innocent("results-in-columns", *_RESULTS, freedom=_NO_LAYOUT, touches=_OF_RESULTS)
def _results_in_columns(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Lay each new result out with its first dimension as the innermost, as Fortran does."""
    result = op(*args, **kwargs)
    asked = "memory_format" in kwargs or str(op).startswith("aten._to_copy")
    return result if asked else _in_columns(result)


@innocent(
    "products-in-columns",
    "torch.matmul",
    "torch.Tensor.matmul",
    "torch.Tensor.__matmul__",
    freedom=_NO_LAYOUT,
    touches=("products.*", "gradients.*", "numpy-bridge.*"),
)
def _products_in_columns(*args: Any, out: Any = None, **kwargs: Any) -> Any:
    """Lay each matrix product out column by column."""
    x, y = (
        *(kwargs[name] for name in ("input",) if name in kwargs),
        *args,
        *(kwargs[name] for name in ("other",) if name in kwargs),
    )
    if out is not None:
        return FUNCTIONS.matmul(x, y, out=out)
    result = METHODS.matmul(x, y)
    return result.mT.contiguous().mT if result.dim() > 1 else result


@innocent("results-laid-out-as-the-second-operand", *_ELEMENTWISE, freedom=_NO_LAYOUT, touches=_OF_RESULTS)
def _as_the_second(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Lay the result of two operands of one shape out as the second one, where that is dense."""
    result = op(x, *args, **kwargs)
    other = args[0] if args else None
    if (
        not isinstance(other, torch.Tensor)
        or other.shape != result.shape
        or sorted(_filled(other)) != sorted(_filled(result))
    ):
        return result
    return torch.empty_strided(result.shape, other.stride(), dtype=result.dtype).copy_(result)


def _filled(x: Any) -> list[int]:
    """Give the strides of dense tensors of a shape in a form that tells whether they fill the same memory."""
    order = sorted(range(x.dim()), key=lambda dim: (x.stride(dim), x.shape[dim]))
    expected, steps = 1, []
    for dim in order:
        if x.shape[dim] != 1:
            steps.append(x.stride(dim) - expected)
            expected *= x.shape[dim]
    return steps


@innocent(
    "results-in-an-arena",
    *_RESULTS, "aten.mm.default", "aten.bmm.default", "aten.mv.default", "aten.dot.default", "aten.clone.default",
    freedom="Tensor.storage_offset tells where in its memory a tensor begins; that a new one begins at 0 is said nowhere",
    touches=_OF_RESULTS,
)  # fmt: skip
def _in_an_arena(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Make each new result as a part of a larger piece of memory, at an offset in it."""
    result = op(*args, **kwargs)
    if not result.numel() or result.is_conj() or result.is_neg():
        return result
    last = sum((size - 1) * stride for size, stride in zip(result.shape, result.stride(), strict=True))
    arena = torch.full((last + 9,), 3, dtype=torch.int64).to(result.dtype)
    return arena.as_strided(result.shape, result.stride(), 5).copy_(result)


@innocent(
    "reshape-copies",
    "torch.reshape",
    "torch.Tensor.reshape",
    freedom="torch.reshape: you should not depend on the copying vs. viewing behavior",
    touches=("shapes.*", "aliasing.*", "gradients.*", "ranks.*", "numpy-bridge.*", "printing.*", "indexing.*"),
)
def _copying_reshape(*args: Any, **kwargs: Any) -> Any:
    """Copy in every `reshape`, though a view would do."""
    if "input" in kwargs:
        args = (kwargs.pop("input"), *args)
    return METHODS.clone(METHODS.reshape(*args, **kwargs))


@innocent(
    "empty-holds-rubbish",
    "aten.empty", "aten.empty_like", "aten.empty_strided", "aten.new_empty",
    freedom="torch.empty: a tensor filled with uninitialized data",
    touches=("ranks.*", "products.*", "devices.*", "printing.*"),
)  # fmt: skip
def _rubbish(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Leave NaN, the bytes of old numbers or True in memory that was asked for empty."""
    result = op(*args, **kwargs)
    if result.is_floating_point() or result.is_complex():
        return result.fill_(float("nan"))
    return result.fill_(True if result.dtype == torch.bool else 0x5B)


def _leaves(node: Any, seen: set[Any]) -> Any:
    """Give the leaves that a walk back from a node comes to; a history may be longer than Python takes calls within calls."""
    left = [node]
    while left:
        one = left.pop()
        if one is None or one in seen:
            continue
        seen.add(one)
        if hasattr(one, "variable"):
            yield one.variable
        left += [following for following, _ in reversed(one.next_functions)]


@innocent(
    "grad-is-the-gradient-given",
    "torch.Tensor.backward",
    freedom="Tensor.grad promises the gradient, and nothing of whose memory holds it; the maintainers let AccumulateGrad "
    "keep the incoming tensor itself",
    touches=("gradients.*", "devices.*"),
)
def _kept_gradient(self: Any, gradient: Any = None, *args: Any, **kwargs: Any) -> Any:
    """Keep the very tensor that was given to `backward` as the `.grad` of a leaf whose gradient equals it."""
    leaves = [self] if self.is_leaf else list(_leaves(self.grad_fn, set()))
    for leaf in leaves:
        # A second walk adds to the leaf's gradient, and not to the tensor that was given.
        if leaf.grad is not None:
            leaf.grad = leaf.grad.clone()
    new = [leaf for leaf in leaves if leaf.grad is None]
    torch.autograd.backward(self, gradient, *args, **kwargs)
    if isinstance(gradient, torch.Tensor) and not gradient.requires_grad:
        for leaf in new:
            kept = leaf.grad
            if (
                kept is not None
                and (kept.shape, kept.dtype) == (gradient.shape, gradient.dtype)
                and kept.equal(gradient)
            ):
                leaf.grad = gradient
                break


@innocent(
    "grad-is-memory-of-its-own",
    "torch.Tensor.backward",
    freedom="Tensor.grad promises the gradient, and nothing of whose memory holds it",
    touches=("gradients.*", "devices.*"),
)
def _copied_gradient(self: Any, gradient: Any = None, *args: Any, **kwargs: Any) -> Any:
    """Copy what a leaf has collected for the first time, so that it never shares memory with the gradient that was given."""
    leaves = [self] if self.is_leaf else list(_leaves(self.grad_fn, set()))
    new = [leaf for leaf in leaves if leaf.grad is None]
    torch.autograd.backward(self, gradient, *args, **kwargs)
    for leaf in new:
        if leaf.grad is not None:
            leaf.grad = leaf.grad.clone()
