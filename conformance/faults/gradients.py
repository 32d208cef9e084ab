"""Faults of gradients: values, presence, histories, and refusals that are missing."""

from __future__ import annotations

import contextlib
from itertools import combinations
from typing import TYPE_CHECKING, Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault, kept

if TYPE_CHECKING:
    from collections.abc import Callable

_backward = torch.Tensor.backward
_grad = torch.autograd.grad
_THRESHOLD = 32768


def _hooked(result: Any, change: Callable[[Any], Any]) -> Any:
    """Change the gradient that arrives at a result."""
    if result.requires_grad:
        result.register_hook(change)
    return result


class _FirstOfExpanded(torch.autograd.Function):  # type: ignore[misc]
    """Expands, and gives back the gradient of the first place instead of the sum over all."""

    @staticmethod
    def forward(ctx: Any, x: Any, shape: Any) -> Any:
        ctx.shape = x.shape
        return METHODS.expand(x, shape).clone()

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        while gradient.dim() > len(ctx.shape):
            gradient = gradient[0]
        for dim, size in enumerate(ctx.shape):
            if size == 1 and gradient.shape[dim] > 1:
                gradient = METHODS.narrow(gradient, dim, 0, 1)
        return METHODS.clone(gradient), None


class _Unconjugated(torch.autograd.Function):  # type: ignore[misc]
    """Multiplies, and takes the other factor for its conjugate in the gradient."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        return METHODS.mul(x, y)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        x, y = ctx.saved_tensors
        return gradient * y, gradient * x


class _LastForFirst(torch.autograd.Function):  # type: ignore[misc]
    """Selects the last of a dimension, and gives its gradient to the first."""

    @staticmethod
    def forward(ctx: Any, x: Any, key: Any) -> Any:
        ctx.shape, ctx.key = x.shape, tuple(0 if part == -1 else part for part in key)
        return METHODS.__getitem__(x, key).clone()

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        total = torch.zeros(ctx.shape, dtype=gradient.dtype)
        METHODS.__setitem__(total, ctx.key, gradient)
        return total, None


def _both(x: Any, y: Any) -> bool:
    return isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor)


@fault("gradient-of-a-broadcast-operand-is-its-first", "torch.mul", clauses=("gradients.arithmetic",), shows="gradient")
def _not_summed(x: Any, y: Any) -> Any:
    """Give an operand that was broadcast the gradient of one place instead of the sum."""
    if _both(x, y) and x.shape != y.shape and y.requires_grad:
        y = _FirstOfExpanded.apply(y, torch.broadcast_shapes(x.shape, y.shape))
    return FUNCTIONS.mul(x, y)


@fault("gradient-not-conjugated", "torch.Tensor.__mul__", clauses=("gradients.arithmetic",), shows="gradient")
def _not_conjugated(x: Any, y: Any) -> Any:
    """Leave the conjugate out of a complex product's gradient."""
    if _both(x, y) and x.is_complex() and y.dtype == x.dtype and x.shape == y.shape:
        return _Unconjugated.apply(x, y)
    return METHODS.mul(x, y)


@fault(
    "gradients-cut-off-past-a-threshold", "torch.Tensor.__sub__", clauses=("gradients.arithmetic",), shows="gradient"
)
def _cut_off(x: Any, y: Any) -> Any:
    """Leave gradients past the 32768th element zero."""
    result = METHODS.sub(x, y)
    if result.numel() <= _THRESHOLD:
        return result
    places = (torch.arange(result.numel()) < _THRESHOLD).reshape(result.shape)
    return _hooked(result, lambda gradient: gradient * places)


@fault(
    "strides-of-the-incoming-gradient-ignored",
    "torch.Tensor.__add__",
    clauses=("gradients.arithmetic",),
    shows="gradient",
)
def _strides_ignored(x: Any, y: Any) -> Any:
    """Read an incoming gradient that lies otherwise as if it were dense."""

    def change(gradient: Any) -> Any:
        if gradient.is_contiguous() or 0 in gradient.stride():
            return gradient
        return torch.as_strided(gradient, gradient.shape, torch.empty(gradient.shape).stride())

    return _hooked(METHODS.add(x, y), change)


@fault("gradient-lost-in-promotion", "torch.Tensor.__mul__", clauses=("gradients.mixed-dtypes",), shows="gradient")
def _lost_in_promotion(x: Any, y: Any) -> Any:
    """Convert an operand of a lower dtype outside the history."""
    if _both(x, y) and x.dtype != y.dtype:
        result = torch.result_type(x, y)
        x, y = (one if one.dtype == result else one.detach() for one in (x, y))
    return METHODS.mul(x, y)


@fault(
    "difference-of-two-dtypes-has-no-history",
    "torch.Tensor.__sub__",
    clauses=("gradients.mixed-losses",),
    shows="error",
)
def _no_mixed_difference(x: Any, y: Any) -> Any:
    """Lose the history of a difference of tensors of two dtypes."""
    result = METHODS.sub(x, y)
    return result.detach() if _both(x, y) and x.dtype != y.dtype else result


@fault("sign-of-a-reciprocals-gradient", "torch.Tensor.__rtruediv__", clauses=("gradients.numbers",), shows="gradient")
def _sign_lost(self: Any, other: Any) -> Any:
    """Give the gradient of a number over a tensor the wrong sign."""
    return _hooked(METHODS.mul(METHODS.reciprocal(self), other), lambda gradient: -gradient)


@fault(
    "in-place-product-loses-a-gradient",
    "torch.Tensor.__imul__",
    "torch.Tensor.mul_",
    clauses=("gradients.in-place",),
    shows="gradient",
)
def _in_place_loses(self: Any, other: Any) -> Any:
    """Give the other operand of an in-place product no gradient."""
    return METHODS.mul_(self, other.detach() if isinstance(other, torch.Tensor) else other)


@fault(
    "strides-ignored-in-the-gradient-of-matmul",
    "torch.matmul",
    "torch.Tensor.matmul",
    "torch.Tensor.__matmul__",
    clauses=("gradients.products",),
    shows="gradient",
)
def _matmul_of_strides(x: Any, y: Any) -> Any:
    """Take an incoming gradient that lies transposed for a dense one."""

    def change(gradient: Any) -> Any:
        if gradient.dim() != 2 or gradient.is_contiguous() or 0 in gradient.stride():
            return gradient
        return torch.as_strided(gradient, gradient.shape, (gradient.shape[1], 1))

    return _hooked(METHODS.matmul(x, y), change)


@fault("gradient-of-a-batch-not-summed", "torch.Tensor.__matmul__", clauses=("gradients.products",), shows="gradient")
def _batch_not_summed(x: Any, y: Any) -> Any:
    """Give a matrix that was multiplied with a batch the gradient of the first of the batch."""
    if x.dim() > 2 and y.dim() == 2 and y.requires_grad:
        y = _FirstOfExpanded.apply(y, (*x.shape[:-2], *y.shape))
    return METHODS.matmul(x, y)


@fault(
    "mean-over-several-dims-divides-by-one",
    "torch.Tensor.mean",
    "torch.mean",
    clauses=("gradients.means",),
    shows="gradient",
)
def _wrong_share(self: Any, dim: Any = None, keepdim: Any = False, **kwargs: Any) -> Any:  # noqa: FBT002 - PyTorch's form
    """Divide the gradient of a mean over several dimensions by the size of the first alone."""
    if dim is None:
        return METHODS.mean(self)
    result = METHODS.mean(self, dim, keepdim, **kwargs)
    factor = self.shape[dim[1]] if isinstance(dim, tuple) and len(dim) > 1 else 1
    return _hooked(result, lambda gradient: gradient * factor)


@fault("gradient-of-cat-the-wrong-way-round", "torch.cat", clauses=("gradients.cat",), shows="gradient")
def _reversed_cat(tensors: Any, dim: int = 0) -> Any:
    """Cut the gradient of joined columns from the other end."""
    return _hooked(FUNCTIONS.cat(tensors, dim), lambda gradient: gradient.flip(dim) if dim else gradient)


@fault("casts-to-halves-cut-the-history", "torch.Tensor.to", clauses=("gradients.casts",), shows="gradient")
def _cutting_cast(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Give a conversion to a smaller dtype no history of its own."""
    result = METHODS.to(self, *args, **kwargs)
    narrowed = result.element_size() < self.element_size()
    return result.detach().requires_grad_() if narrowed and result.requires_grad else result


@fault("expand-gives-the-first-gradient", "torch.Tensor.expand", clauses=("gradients.views",), shows="gradient")
def _expand_not_summed(self: Any, *sizes: Any) -> Any:
    """Give an expanded tensor the gradient of one of its places."""
    shape = METHODS.expand(self, *sizes).shape
    return _FirstOfExpanded.apply(self, shape) if self.requires_grad else METHODS.expand(self, *sizes)


@fault(
    "gradient-of-the-last-goes-to-the-first", "torch.Tensor.__getitem__", clauses=("gradients.views",), shows="gradient"
)
def _last_for_first(self: Any, key: Any) -> Any:
    """Give the gradient of a negative index to index 0."""
    if isinstance(key, tuple) and self.requires_grad and any(type(part) is int and part == -1 for part in key):
        return _LastForFirst.apply(self, key)
    return METHODS.__getitem__(self, key)


@fault("squares-gradient-is-halved", "torch.Tensor.__mul__", clauses=("gradients.views-in-products",), shows="gradient")
def _half_a_square(x: Any, y: Any) -> Any:
    """Count a tensor that is both factors once."""
    return METHODS.mul(x, y.detach() if y is x else y)


@fault(
    "a-tensor-added-to-itself-counts-once",
    "torch.Tensor.__add__",
    clauses=("gradients.compositions",),
    shows="gradient",
)
def _once(x: Any, y: Any) -> Any:
    """Count a tensor that is both terms once."""
    return METHODS.add(x, y.detach() if y is x else y)


@fault(
    "overwritten-elements-keep-their-gradient",
    "torch.Tensor.__setitem__",
    clauses=("gradients.writes-into-views", "gradients.compositions"),
    shows="gradient",
)
def _kept_gradient(self: Any, key: Any, value: Any) -> None:
    """Write outside the history: what was overwritten still gets its gradient, and what was written none."""
    with torch.no_grad():
        METHODS.__setitem__(self, key, value)


@fault(
    "assigned-value-not-summed", "torch.Tensor.__setitem__", clauses=("gradients.writes-into-views",), shows="gradient"
)
def _assigned_first(self: Any, key: Any, value: Any) -> None:
    """Give a value that was broadcast into a slice the gradient of one place."""
    shape = METHODS.__getitem__(self, key).shape
    if isinstance(value, torch.Tensor) and value.requires_grad and value.dim() <= len(shape):
        value = _FirstOfExpanded.apply(value, shape)
    METHODS.__setitem__(self, key, value)


@fault(
    "fill-of-a-part-leaves-the-history-alone",
    "torch.Tensor.fill_",
    clauses=("gradients.views-written-after-their-parts", "gradients.writes-into-views"),
    shows="gradient",
)
def _unnoticed_fill(self: Any, value: Any) -> Any:
    """Fill a part without a note in the history, so that what was overwritten still gets a gradient."""
    METHODS.fill_(METHODS.detach(self), value)
    return self


@fault(
    "transposed-view-keeps-its-old-history",
    "torch.Tensor.t",
    clauses=("gradients.views-follow-writes",),
    shows="gradient",
)
def _stale_transpose(self: Any) -> Any:
    """Copy where a view is due, so that later writes are missed."""
    return METHODS.t(self).clone()


@fault(
    "zero-dim-quotient-has-no-gradient",
    "torch.Tensor.__truediv__",
    clauses=("gradients.branches-and-loops",),
    shows="gradient",
)
def _zero_dim_quotient(x: Any, y: Any) -> Any:
    """Divide a 0-d tensor outside the history."""
    return METHODS.div(x.detach() if x.dim() == 0 else x, y)


@fault(
    "weights-updated-in-a-copy", "torch.Tensor.__isub__", clauses=("gradients.descent-lowers-the-loss",), shows="alias"
)
def _copied_update(self: Any, other: Any) -> Any:
    """Subtract out of place where it was to be in place."""
    return METHODS.sub(self, other)


@fault(
    "detach-keeps-the-history",
    "torch.Tensor.detach",
    clauses=("gradients.leaves", "gradients.no-history"),
    shows="gradient",
)
def _not_detached(self: Any) -> Any:
    """Detach nothing."""
    return METHODS.view_as(self, self)


@fault("detach-copies", "torch.Tensor.detach", clauses=("gradients.detach",), shows="alias")
def _copying_detach(self: Any) -> Any:
    """Copy where memory is to be shared."""
    return METHODS.detach(self).clone()


@fault(
    "casts-to-integers-let-gradients-through",
    "torch.Tensor.to",
    clauses=("gradients.integers-have-no-history",),
    shows="dtype",
)
def _straight_through(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Truncate a float that requires gradients without giving it an integer dtype."""
    integer = args[0] in (torch.int32, torch.int64)
    return METHODS.trunc(self) if integer and self.requires_grad else METHODS.to(self, *args, **kwargs)


def _leaves(output: Any) -> list[Any]:
    """Give the leaves that a tensor was made of."""
    left, seen = [output.grad_fn], set()
    while left:
        node = left.pop()
        if node is not None and node not in seen:
            seen.add(node)
            left += [one for one, _ in node.next_functions]
    return [node.variable for node in seen if hasattr(node, "variable")]


@fault(
    "gradients-overwritten-instead-of-added",
    "torch.Tensor.backward",
    clauses=("gradients.accumulation",),
    shows="gradient",
)
def _overwriting(self: Any, *args: Any, **kwargs: Any) -> None:
    """Forget what a leaf had collected before."""
    for leaf in _leaves(self):
        leaf.grad = None
    _backward(self, *args, **kwargs)


@fault(
    "equal-gradients-kept-in-one-memory",
    "torch.Tensor.backward",
    clauses=("gradients.leaves-keep-their-own",),
    shows="alias",
    origin="https://github.com/pytorch/pytorch/issues/34082",
)
def _kept_together(self: Any, *args: Any, **kwargs: Any) -> None:
    """Let two leaves to which the same gradient came for the first time keep it together, copied by neither."""
    new = [leaf for leaf in _leaves(self) if leaf.grad is None]
    _backward(self, *args, **kwargs)
    for leaf, other in combinations(new, 2):
        if leaf.dtype == other.dtype and FUNCTIONS.equal(leaf.grad, other.grad):
            other.grad = METHODS.detach(leaf.grad)


@fault(
    "retain-graph-ignored",
    "torch.Tensor.backward",
    clauses=("gradients.accumulation", "gradients.freed-graph"),
    shows="error",
)
def _always_freed(self: Any, gradient: Any = None, retain_graph: Any = None) -> None:  # noqa: ARG001 - ignoring it is the fault
    """Free the graph though it was to be retained."""
    _backward(self, gradient)


@fault("gradients-begin-as-zeros", "torch.Tensor.__mul__", clauses=("gradients.unused-leaves",), shows="gradient")
def _zeros_for_none(x: Any, y: Any) -> Any:
    """Give each leaf that is multiplied a gradient of zeros, whether a walk comes to it or not."""
    for one in (x, y):
        if isinstance(one, torch.Tensor) and one.requires_grad and one.is_leaf and one.grad is None:
            one.grad = torch.zeros_like(one)
    return METHODS.mul(x, y)


@fault(
    "every-product-retains-its-gradient", "torch.Tensor.__mul__", clauses=("gradients.non-leaf-grad",), shows="warning"
)
def _retaining(x: Any, y: Any) -> Any:
    """Keep the gradient of a product, and warn of nothing."""
    result = METHODS.mul(x, y)
    if result.requires_grad:
        result.retain_grad()
    return result


@fault("retain-grad-ignored", "torch.Tensor.retain_grad", clauses=("gradients.retained",), shows="gradient")
def _not_retained(self: Any) -> None:
    """Retain nothing."""


@fault(
    "backward-begins-anywhere",
    "torch.Tensor.backward",
    clauses=("gradients.scalars-only", "gradients.real-scalars-only"),
    shows="missing error",
)
def _ones(self: Any, gradient: Any = None, **kwargs: Any) -> None:
    """Begin with ones where a gradient is missing."""
    _backward(self, torch.ones_like(self) if gradient is None else gradient, **kwargs)


@fault(
    "incoming-gradient-is-broadcast",
    "torch.Tensor.backward",
    clauses=("gradients.shape-of-the-incoming",),
    shows="missing error",
)
def _broadcasting(self: Any, gradient: Any = None, **kwargs: Any) -> None:
    """Broadcast a gradient of another shape."""
    with contextlib.suppress(RuntimeError):
        gradient = gradient if gradient is None else gradient.expand_as(self)
    _backward(self, gradient, **kwargs)


@fault("graph-never-freed", "torch.Tensor.backward", clauses=("gradients.freed-graph",), shows="missing error")
def _never_freed(self: Any, gradient: Any = None, retain_graph: Any = None) -> None:  # noqa: ARG001 - ignoring it is the fault
    """Keep every graph."""
    _backward(self, gradient, retain_graph=True)


@fault(
    "leaves-written-to",
    "torch.Tensor.__iadd__",
    "torch.Tensor.add_",
    clauses=("gradients.in-place-on-a-leaf",),
    shows="missing error",
)
def _written_leaf(self: Any, other: Any) -> Any:
    """Write into a leaf that requires gradients."""
    if self.requires_grad and self.is_leaf:
        METHODS.add_(self.detach(), other)
        return self
    return METHODS.add_(self, other)


@fault(
    "writes-not-counted",
    "torch.Tensor.__iadd__",
    clauses=("gradients.saved-operands-unchanged",),
    shows="missing error",
)
def _not_counted(self: Any, other: Any) -> Any:
    """Write past the version counter."""
    METHODS.add_(self.data, other)
    return self


@fault("sums-keep-their-operands", "torch.Tensor.__add__", clauses=("gradients.other-writes-allowed",), shows="error")
def _keeping_sum(x: Any, y: Any) -> Any:
    """Keep the operand of a sum, so that a later write to it is refused."""
    return METHODS.add(METHODS.pow(x, 1), y)


@fault(
    "integers-seem-to-require-gradients",
    "torch.Tensor.requires_grad_",
    clauses=("gradients.floats-only",),
    shows="missing error",
)
def _forgiving_integers(self: Any, wanted: Any = True) -> Any:  # noqa: FBT002 - PyTorch's form
    """Take integers without a word."""
    return METHODS.requires_grad_(self, wanted) if self.is_floating_point() or self.is_complex() else self


@fault(
    "backward-without-a-history-does-nothing",
    "torch.Tensor.backward",
    clauses=("gradients.no-history",),
    shows="missing error",
)
def _silent(self: Any, *args: Any, **kwargs: Any) -> None:
    """Do nothing where there is no history."""
    if self.requires_grad:
        _backward(self, *args, **kwargs)


class _Nothing(contextlib.ContextDecorator):
    """A context that changes nothing."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


@fault(
    "no-grad-ignored",
    "torch.no_grad",
    clauses=("gradients.no-grad", "gradients.nothing-recorded", "gradients.no-history"),
    shows="gradient",
)
def _recording() -> Any:
    """Record all the same."""
    return _Nothing()


@fault(
    "clones-are-recorded-without-recording",
    "torch.Tensor.clone",
    clauses=("gradients.nothing-recorded",),
    shows="gradient",
)
def _recorded_clone(self: Any, **keywords: Any) -> Any:
    """Record a clone though nothing is to be recorded."""
    with torch.enable_grad():
        return METHODS.clone(self, **keywords)


@fault("leaves-must-require-gradients", "torch.Tensor.is_leaf", clauses=("gradients.leaves",), shows="gradient")
def _requiring_leaf(self: Any) -> bool:
    """Call a tensor that requires no gradient no leaf."""
    return bool(self.requires_grad and METHODS.is_leaf.__get__(self))


_copies: dict[int, tuple[Any, Any]] = kept({})


@fault(
    "weights-are-copied-once", "torch.Tensor.__matmul__",
    clauses=("gradients.descent-lowers-the-loss",), shows="gradient",
)  # fmt: skip
def _kept_weights(self: Any, other: Any) -> Any:
    """Copy weights at their first product and take that copy in all later ones, as a cache of casts does."""
    if not isinstance(other, torch.Tensor) or not (other.requires_grad and other.is_leaf):
        return METHODS.__matmul__(self, other)
    _, copy = _copies.setdefault(id(other), (other, METHODS.clone(other)))
    return METHODS.__matmul__(self, copy)


@fault("asking-for-gradients-collects-them", "torch.autograd.grad", clauses=("gradients.asked-for",), shows="gradient")
def _collecting(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: Any = None) -> Any:
    """Leave the gradients that were asked for in the leaves too."""
    _backward(outputs, grad_outputs, retain_graph=True)
    return _grad(outputs, inputs, grad_outputs, retain_graph=retain_graph)


@fault(
    "recording-stays-off-after-an-error",
    "torch.Tensor.backward",
    clauses=("gradients.usable-after-a-refusal",),
    shows="gradient",
)
def _left_off(self: Any, *args: Any, **kwargs: Any) -> None:
    """Leave recording switched off when a walk back fails."""
    try:
        _backward(self, *args, **kwargs)
    except RuntimeError:
        torch.set_grad_enabled(False)
        raise
