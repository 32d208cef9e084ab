"""The reference's own reverse-mode gradient: a node for each operation, with its vector-Jacobian product.

Sources: PyTorch's reference of torch.autograd, its notes "Autograd mechanics" and "Tensor Views", and the page of
Tensor.backward. A view has no history of its own: it is a part of its base, and what is written into it becomes history
of the base. Gradients are worked out in float64 or complex128 and brought to the dtype and shape of what they are the
gradient of at each node, so that they are exact where the values are.
"""

from __future__ import annotations

import contextlib
import functools
import heapq
import itertools
import math
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from conformance.dtypes import kind_of, numpy_dtype
from conformance.reference import devices, tracing
from conformance.reference.tensor import Allowed, Tensor, dense

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_Class = TypeVar("_Class", bound=type)

_MATRIX = 2


class UndocumentedError(Exception):
    """PyTorch's reference leaves open what happens here, so no program may be judged by it."""


@dataclass
class _Mode:
    """Whether operations are recorded: what the program sets, and whether one that is recorded already is under way."""

    enabled: bool = True
    inside: bool = False


MODE = _Mode()


@contextlib.contextmanager
def _inside() -> Iterator[None]:
    before, MODE.inside = MODE.inside, True
    try:
        yield
    finally:
        MODE.inside = before


def _recording() -> bool:
    return MODE.enabled and not MODE.inside


class GradMode(contextlib.ContextDecorator):
    """`no_grad`, `enable_grad` and `set_grad_enabled`: sets the mode, as a context or a decorator."""

    def __init__(self, enabled: bool, *, at_once: bool = False) -> None:  # noqa: FBT001 - PyTorch's form
        self._enabled = enabled
        self._at_once = at_once
        self._before = [MODE.enabled]
        if at_once:
            MODE.enabled = enabled

    def __enter__(self) -> None:
        """Set the mode."""
        if not self._at_once:
            self._before.append(MODE.enabled)
        MODE.enabled = self._enabled

    def __exit__(self, *_: object) -> None:
        """Put the mode back."""
        MODE.enabled = self._before.pop()


@dataclass
class Version:
    """Counts the writes to a storage, for all tensors that show it."""

    count: int = 0


@dataclass
class Saved:
    """A tensor's elements that a node keeps for its gradient, and the version that they are.

    Attributes:
        version: of the storage.
        count: of its writes when the elements were kept.
        sure: whether a later write must be noticed; a batched product may have kept a copy.
    """

    version: Version
    count: int
    sure: bool = True

    @property
    def stale(self) -> bool:
        """Whether the tensor was written to since."""
        return self.version.count != self.count


_numbers = itertools.count()


@dataclass(eq=False)
class Node:
    """One step of a history: an operation, a view, or (without inputs) a leaf.

    Attributes:
        name: as PyTorch prints it, `AddBackward0`.
        shape: of its output.
        dtype: of its output.
        inputs: the steps before it; None for an operand that needs no gradient.
        product: gives the gradients of its inputs.
        saved: what it keeps of its operands.
        may_keep: what a library may keep of them too, though the gradient needs none of it.
        factor: whether it keeps a number, which a library may keep as a tensor.
        leaf: the tensor that collects the gradient.
        retaining: tensors whose gradient is kept though they are no leaves.
        released: whether a backward pass has freed what it kept.
        number: steps that came later have a higher one.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    inputs: list[Node | None] = field(default_factory=list)
    product: Any = None
    saved: list[Saved] = field(default_factory=list)
    may_keep: list[Saved] = field(default_factory=list)
    factor: bool = False
    leaf: Tracked | None = None
    retaining: list[Tracked] = field(default_factory=list)
    released: bool = False
    number: int = field(default_factory=lambda: next(_numbers))


class Tracked(Tensor):
    """A tensor with a history, or that collects a gradient."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = Version()
        self.retains_grad = False
        self.wanted = False
        self._grad: Tracked | None = None
        self.history: Node | None = None
        self.leaf_node: Node | None = None
        # Of a view: the tensor that it is a part of, the view operations from there, and the version of its history.
        self.base: Tracked | None = None
        self.steps: tuple[Callable[[Any], Any], ...] = ()
        self._seen: int
        # A view that was made where nothing is recorded.
        self.unrecorded = False

    # --- what it is ---

    @property
    def grad_fn(self) -> Node | None:
        """The last step of its history; a view's is made anew when what it shows was written to."""
        if self.base is not None and self._seen != self.version.count:
            self._seen = self.version.count
            source = _node_of(self.base)
            self.become(_view_node(self, source, self.base.shape, self.steps) if source is not None else None)
        return self.history

    @property
    def is_leaf(self) -> bool:
        """Whether it has no history."""
        return self.grad_fn is None

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are worked out for it."""
        return self.wanted or self.grad_fn is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        self.requires_grad_(wanted)

    def requires_grad_(self, wanted: bool = True) -> Tracked:  # noqa: FBT001, FBT002 - PyTorch's form
        """Begin to collect a gradient, or cease to.

        Raises:
            RuntimeError: its dtype is neither floating nor complex, or it is no leaf.
        """
        if wanted and not differentiable_dtype(self.dtype):
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        if self.grad_fn is not None and not wanted:
            raise RuntimeError("you can only change requires_grad flags of leaf variables")
        self.wanted = self.wanted if self.grad_fn is not None else wanted
        return self

    @property
    def grad(self) -> Tracked | None:
        """The gradient collected so far; reading that of a tensor with a history warns, unless it is retained."""
        if self._grad is None and not self.is_leaf and not self.retains_grad:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.",
                UserWarning,
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None and not isinstance(value, Tracked):
            raise TypeError("assigned grad expected to be a Tensor or None")
        if value is not None and (value.shape, value.dtype, value.device) != (self.shape, self.dtype, self.device):
            raise RuntimeError("assigned grad has data of a different shape, dtype or device")
        self._grad = value

    @property
    def kept_grad(self) -> Tracked | None:
        """The gradient collected so far, read without a warning."""
        return self._grad

    def retain_grad(self) -> None:
        """Keep the gradient though it has a history.

        Raises:
            RuntimeError: it requires no gradient.
        """
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        node = self.grad_fn
        if node is not None and not self.retains_grad:
            self.retains_grad = True
            node.retaining.append(self)

    def detach(self) -> Tracked:
        """Give a tensor over the same storage, without history."""
        own = type(self)(self.storage, self.dtype, self.shape, self.strides, self.offset, self.device, self.allowed)
        own.version = self.version
        return own

    @property
    def data(self) -> Tracked:
        """Give a tensor over the same storage, without history, whose writes autograd does not count.

        Source: PyTorch 0.4.0 Migration Guide, "What about .data?": it shares the same data, and in-place changes of it
        are not tracked by autograd.
        """
        own = self.detach()
        own.version = Version()
        return own

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,  # noqa: FBT001 - PyTorch's form
        create_graph: bool = False,  # noqa: FBT001, FBT002 - PyTorch's form
        inputs: Any = None,
    ) -> None:
        """Work out the gradients of the leaves that it was made of, and add them to what they have collected.

        Raises:
            RuntimeError: it has no history, a gradient is missing or of another shape, or the history can't be walked.
            UndocumentedError: see `walk`.
        """
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    # --- what becomes of it ---

    def become(self, node: Node | None) -> None:
        """Take a new last step; a retained gradient is that of the new one."""
        if self.retains_grad and self.history is not None:
            self.history.retaining = [one for one in self.history.retaining if one is not self]
            if node is not None:
                node.retaining.append(self)
        self.history = node

    def note_write(self, node: Node | None) -> None:
        """Count a write, and make it part of the history of what was written to."""
        base, before = self.base, None
        if base is not None and node is not None:
            before = _node_of(base)
        self.version.count += 1
        if node is None:
            return
        if base is None:
            self.become(node)
            self.wanted = False
            return
        places = _places(base, base.shape, self.steps)

        def product(gradient: NDArray[Any]) -> list[NDArray[Any] | None]:
            outside = np.array(gradient).ravel()
            inside = outside[places]
            outside[places] = 0
            return [outside.reshape(gradient.shape), inside]

        base.become(Node("CopySlices", base.shape, base.dtype, [before, node], product))
        base.wanted = False

    def refuse_leaf(self) -> None:
        """Refuse to write, where that is recorded, into a leaf that collects a gradient, or a view of one.

        Raises:
            RuntimeError: it is one.
        """
        if _recording() and self.requires_grad and (self.is_leaf or (self.base is not None and self.base.is_leaf)):
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")

    def show_as_view_of(self, source: Tracked, step: Callable[[Any], Any]) -> None:
        """Become a view of another tensor."""
        self.version = source.version
        if not MODE.enabled:
            self.unrecorded = True
            return
        node = _node_of(source)
        self.base = source.base if source.base is not None else source
        self.steps = (*source.steps, step)
        self._seen = self.version.count
        self.history = _view_node(self, node, source.shape, (step,)) if node is not None else None


def differentiable_dtype(dtype: str) -> bool:
    """Say whether a dtype has gradients."""
    return kind_of(dtype) in ("float", "complex")


def _node_of(tensor: Any) -> Node | None:
    """Give the step at which a tensor's gradient arrives; None for one that needs none, and for a number."""
    if not isinstance(tensor, Tracked) or not tensor.requires_grad:
        return None
    if (node := tensor.grad_fn) is not None:
        return node
    if tensor.leaf_node is None:
        tensor.leaf_node = Node("AccumulateGrad", tensor.shape, tensor.dtype, leaf=tensor)
    return tensor.leaf_node


def _wide(value: Any) -> NDArray[Any]:
    """Give a copy of the elements of a tensor, or of a number, as float64 or complex128."""
    array = value.array() if isinstance(value, Tensor) else np.asarray(value)
    return np.array(array, dtype=np.complex128 if array.dtype.kind == "c" else np.float64)


# --- views ---


def _places(tensor: Tracked, shape: tuple[int, ...], steps: tuple[Callable[[Any], Any], ...]) -> NDArray[Any]:
    """Give, for each element that view operations show of a shape, its place there."""
    number = math.prod(shape)
    plain = dense(np.arange(number).reshape(shape), "int64")
    shown: Any = type(tensor)(plain.storage, "int64", plain.shape, plain.strides)
    with _inside():
        for step in steps:
            shown = step(shown)
    places: NDArray[Any] = np.array(shown.array())
    return places


# The names under which PyTorch prints the steps to views; a view of several steps has the last one's.
_VIEW_NAMES = {
    "permute": "Permute", "transpose": "Transpose", "t": "T", "unsqueeze": "Unsqueeze", "squeeze": "Squeeze",
    "expand": "Expand",
}  # fmt: skip


def _view_node(view: Tracked, source: Node | None, shape: tuple[int, ...], steps: tuple[Any, ...]) -> Node:
    """Make the step from a tensor of a shape to a view of it: each element's gradient goes where it is shown from."""

    def product(gradient: NDArray[Any]) -> list[NDArray[Any] | None]:
        places = _places(view, shape, steps)
        total = np.zeros(math.prod(shape), dtype=gradient.dtype)
        np.add.at(total, places.ravel(), gradient.ravel())
        return [total.reshape(shape)]

    name = _VIEW_NAMES.get(getattr(steps[-1], "operation", ""), "View")
    return Node(f"{name}Backward0", view.shape, view.dtype, [source], product)


# --- the walk ---


def _fitted(gradient: NDArray[Any], node: Node) -> NDArray[Any]:
    """Bring a gradient to the shape and dtype of what it belongs to: summed where that was broadcast, rounded, real."""
    if gradient.shape != node.shape:
        gradient = _summed(gradient, node.shape)
    return _rounding(gradient if kind_of(node.dtype) == "complex" else np.real(gradient), node.dtype)


def _summed(gradient: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Sum over the dimensions that were broadcast: those put before, and those of size 1."""
    extra = max(gradient.ndim - len(shape), 0)
    whole = gradient.reshape((1,) * (len(shape) - gradient.ndim) + gradient.shape)
    ones = [n for n, size in enumerate(shape, extra) if size == 1 and whole.shape[n] != 1]
    with np.errstate(all="ignore"):
        return np.asarray(np.sum(whole, axis=(*range(extra), *ones))).reshape(shape)


def _rounded(array: NDArray[Any], dtype: str) -> NDArray[Any]:
    with np.errstate(all="ignore"):
        rounded = np.asarray(array, dtype=numpy_dtype(dtype))
        return rounded.astype(np.complex128 if kind_of(dtype) == "complex" else np.float64)


# How the gradient of each step is brought to the dtype of what it is the gradient of.
_rounding: Callable[[NDArray[Any], str], NDArray[Any]] = _rounded


@contextlib.contextmanager
def rounded_by(rounding: Callable[[NDArray[Any], str], NDArray[Any]]) -> Iterator[None]:
    """Bring the gradient of each step to its dtype in another way, one that looks at it."""
    global _rounding  # noqa: PLW0603 - the walk has no object of its own to keep it
    before, _rounding = _rounding, rounding
    try:
        yield
    finally:
        _rounding = before


def _reachable(nodes: list[Node]) -> list[Node]:
    found = dict.fromkeys(nodes)
    left = list(nodes)
    while left:
        for one in left.pop().inputs:
            if one is not None and one not in found:
                found[one] = None
                left.append(one)
    return list(found)


def _check(nodes: list[Node]) -> None:
    """Look whether all steps can be walked, before anything is done.

    Raises:
        RuntimeError: what one kept was freed or written to since.
        UndocumentedError: a library may have kept what this one did not.
    """
    if any(one.released and one.saved for one in nodes):
        raise RuntimeError("Trying to backward through the graph a second time")
    if any(saved.stale and saved.sure for one in nodes for saved in one.saved):
        raise RuntimeError(
            "one of the variables needed for gradient computation has been modified by an inplace operation"
        )
    if any(one.released and one.factor for one in nodes):
        raise UndocumentedError("a second walk over a product with a number")
    if any(saved.stale for one in nodes for saved in (*one.saved, *one.may_keep)):
        raise UndocumentedError("a write to an operand of a batched product or of a mean")


def walk(
    starts: list[tuple[Node, NDArray[Any]]], *, retain: bool, wanted: list[Node | None] | None = None
) -> list[NDArray[Any] | None]:
    """Walk a history from its ends to the leaves, later steps first, and collect the gradients there.

    Args:
        starts: where to begin, with the gradient there.
        retain: keep what the steps kept, for another walk.
        wanted: collect nothing, but give the gradients that arrive at these.

    Raises:
        RuntimeError: the history can't be walked.
        UndocumentedError: PyTorch's reference leaves open whether it can.
    """
    nodes = _reachable([node for node, _ in starts])
    _check(nodes)
    pending: dict[Node, NDArray[Any]] = {}
    arrived: dict[Node, NDArray[Any]] = {}
    # What is pending, the last step first, leaves at the end.
    order: list[tuple[bool, int, Node]] = []

    def add(node: Node, gradient: NDArray[Any]) -> None:
        if node not in pending:
            heapq.heappush(order, (node.leaf is not None, -node.number, node))
        _add(pending, node, gradient)

    for node, gradient in starts:
        add(node, gradient)
    while pending:
        node = heapq.heappop(order)[-1]
        gradient = arrived[node] = pending.pop(node)
        for tensor in (*node.retaining, *([node.leaf] if node.leaf is not None and wanted is None else [])):
            _collect(tensor, gradient)
        if node.product is None:
            continue
        for source, part in zip(node.inputs, node.product(gradient), strict=True):
            if source is not None and part is not None:
                add(source, part)
        node.released = node.released or not retain
    return [arrived.get(node) if node is not None else None for node in wanted or ()]


def _add(pending: dict[Node, NDArray[Any]], node: Node, gradient: NDArray[Any]) -> None:
    with np.errstate(all="ignore"):
        part = _fitted(gradient, node)
        pending[node] = _rounding(pending[node] + part, node.dtype) if node in pending else part


def _collect(tensor: Tracked, gradient: NDArray[Any]) -> None:
    """Add to the gradient that a tensor has collected, in place: whoever holds it sees that."""
    before = tensor.kept_grad
    if before is None:
        tensor.grad = _gradient_tensor(tensor, gradient)
        return
    with np.errstate(all="ignore"):
        before.array()[...] = (_wide(before) + gradient).astype(numpy_dtype(tensor.dtype))
    before.version.count += 1
    before.allowed = Allowed(bound=np.zeros(before.shape))


def _gradient_tensor(tensor: Tracked, gradient: NDArray[Any]) -> Tracked:
    """Make a gradient a tensor; a zero may have either sign, which depends on the order of the sums."""
    plain = dense(gradient.astype(numpy_dtype(tensor.dtype)), tensor.dtype, tensor.device)
    allowed = Allowed(bound=np.zeros(plain.shape))
    return type(tensor)(plain.storage, plain.dtype, plain.shape, plain.strides, 0, plain.device, allowed)


def _start(output: Tracked, gradient: Any) -> tuple[Node, NDArray[Any]]:
    """Give the end from which to walk, and the gradient there.

    Raises:
        RuntimeError: there is no history, or the gradient is missing or of another shape.
    """
    node = _node_of(output)
    if node is None:
        raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    if gradient is None:
        if output.numel() != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if kind_of(output.dtype) == "complex":
            raise RuntimeError("grad can be implicitly created only for real scalar outputs")
        return node, np.ones(output.shape)
    if not isinstance(gradient, Tensor):
        raise TypeError("gradients can be either Tensors or None")
    if gradient.device != output.device and gradient.ndim:
        raise RuntimeError(f"the gradient is on {gradient.device}, and the output on {output.device}")
    if gradient.shape != output.shape:
        raise RuntimeError(f"Mismatch in shape: grad_output has shape {gradient.shape} and output {output.shape}")
    if (kind_of(gradient.dtype) == "complex") != (kind_of(output.dtype) == "complex"):
        raise RuntimeError("For complex Tensors, both grad_output and output are required to have the same dtype")
    return node, _wide(gradient)


def backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None,  # noqa: FBT001 - PyTorch's form
    create_graph: bool = False, *, inputs: Any = None,  # noqa: FBT001, FBT002 - PyTorch's form
) -> None:  # fmt: skip
    """Add to what the leaves of one or several tensors have collected the sum of the gradients of all of these.

    Source: torch.autograd.backward: computes the sum of gradients of given tensors with respect to graph leaves.

    Raises:
        RuntimeError: an input requires no gradient; or as in `Tracked.backward`.
        UndocumentedError: see `walk`.
    """
    if create_graph:
        raise UndocumentedError("a graph of gradients")
    ends, given, wanted = (
        [one] if isinstance(one, Tensor) else list(one) if one is not None else None
        for one in (tensors, grad_tensors, inputs)
    )
    assert ends is not None  # noqa: S101 - for the type checker
    nodes = [_node_of(one) for one in wanted or ()]
    if any(node is None for node in nodes):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    starts = [_start(end, one) for end, one in zip(ends, given or [None] * len(ends), strict=True)]
    if wanted is None:
        walk(starts, retain=bool(retain_graph))
        return
    for one, found in zip(wanted, walk(starts, retain=bool(retain_graph), wanted=nodes), strict=True):
        if found is not None:
            _collect(one, found)


def grad(
    outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None,  # noqa: FBT001 - PyTorch's form
    create_graph: bool = False, *, allow_unused: bool = False,  # noqa: FBT001, FBT002 - PyTorch's form
) -> tuple[Tracked | None, ...]:  # fmt: skip
    """Give the gradients of outputs with respect to inputs, and collect nothing.

    Raises:
        RuntimeError: an input requires no gradient, or is not used and that is not allowed; or as in `backward`.
        UndocumentedError: see `walk`.
    """
    if create_graph:
        raise UndocumentedError("a graph of gradients")
    ends, sources, given = (
        [one] if isinstance(one, Tensor) else list(one) if one is not None else None
        for one in (outputs, inputs, grad_outputs)
    )
    assert ends is not None and sources is not None  # noqa: S101, PT018 - for the type checker
    nodes = [_node_of(one) for one in sources]
    if any(node is None for node in nodes):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    starts = [_start(end, one) for end, one in zip(ends, given or [None] * len(ends), strict=True)]
    found = walk(starts, retain=bool(retain_graph), wanted=nodes)
    if any(one is None for one in found) and not allow_unused:
        raise RuntimeError("One of the differentiated Tensors appears to not have been used in the graph")
    pairs = zip(sources, found, strict=True)
    return tuple(_gradient_tensor(source, one) if one is not None else None for source, one in pairs)


# --- the operations ---


def _saved(tensor: Any, *, sure: bool = True) -> list[Saved]:
    return [Saved(tensor.version, tensor.version.count, sure)] if isinstance(tensor, Tracked) else []


def _arithmetic_node(
    operation: str, left: Any, right: Any, result: Tensor, *, in_place: bool, alpha: complex = 1
) -> Node | None:
    """Make the step of `left operation right`; to be called before a write, which keeps a copy of what it overwrites."""
    sources = [_node_of(left), _node_of(right)]
    if sources == [None, None] or not differentiable_dtype(result.dtype):
        return None
    name = f"{operation.capitalize()}Backward0"
    if operation in ("add", "sub"):
        factor = np.conj(alpha if operation == "add" else -alpha)
        return Node(name, result.shape, result.dtype, sources, lambda gradient: [gradient, factor * gradient])
    x, y = _wide(left), _wide(right)
    keep_left = sources[1] is not None and not in_place
    keep_right = sources[0] is not None or (operation == "div" and sources[1] is not None)
    saved = [*(_saved(left) if keep_left else []), *(_saved(right) if keep_right else [])]

    def product(gradient: NDArray[Any]) -> list[NDArray[Any] | None]:
        with np.errstate(all="ignore"):
            if operation == "mul":
                return [gradient * np.conj(y), gradient * np.conj(x)]
            return [gradient / np.conj(y), -gradient * np.conj(x / y / y)]

    # What was overwritten is kept as a copy, which can't be written to but is freed.
    return Node(name, result.shape, result.dtype, sources, product, saved, factor=not saved)


def _matmul_node(left: Tensor, right: Tensor, result: Tensor) -> Node | None:
    """Make the step of a matrix product."""
    sources = [_node_of(left), _node_of(right)]
    if sources == [None, None]:
        return None
    x, y = _wide(left), _wide(right)
    rows, columns = (x[None] if x.ndim < _MATRIX else x), (y[:, None] if y.ndim < _MATRIX else y)
    sure = max(left.ndim, right.ndim) <= _MATRIX
    kept = [(left, sources[1]), (right, sources[0])]
    saved = [one for tensor, other in kept if other is not None for one in _saved(tensor, sure=sure)]

    def product(gradient: NDArray[Any]) -> list[NDArray[Any] | None]:
        whole = gradient
        if y.ndim < _MATRIX:
            whole = whole[..., None]
        if x.ndim < _MATRIX:
            whole = whole[..., None, :]
        with np.errstate(all="ignore"):
            first = np.matmul(whole, np.conj(np.swapaxes(columns, -1, -2)))
            second = np.matmul(np.conj(np.swapaxes(rows, -1, -2)), whole)
        return [first[..., 0, :] if x.ndim < _MATRIX else first, second[..., 0] if y.ndim < _MATRIX else second]

    return Node("MmBackward0", result.shape, result.dtype, sources, product, saved)


def _mean_node(tensor: Tensor, result: Tensor, dim: Any, keepdim: bool) -> Node | None:  # noqa: FBT001 - PyTorch's form
    """Make the step of a mean: each element gets its share of the gradient."""
    source = _node_of(tensor)
    if source is None:
        return None
    named = () if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    removed = {one % max(tensor.ndim, 1) for one in named} if named else set(range(tensor.ndim))
    kept = tuple(1 if n in removed else size for n, size in enumerate(tensor.shape))
    number = math.prod([size for n, size in enumerate(tensor.shape) if n in removed])

    def product(gradient: NDArray[Any]) -> list[NDArray[Any] | None]:
        whole = gradient if keepdim else gradient.reshape(kept)
        return [np.broadcast_to(whole / max(number, 1), tensor.shape)]

    # PyTorch 1.13 keeps the operand of a mean over named dimensions; which tensors a step keeps is no rule.
    kept_too = _saved(tensor) if named else []
    return Node("MeanBackward0", result.shape, result.dtype, [source], product, may_keep=kept_too)


def _same_node(name: str, tensor: Any, result: Tensor) -> Node | None:
    """Make the step of a copy, a conversion or a write of another tensor: the gradient is the same."""
    source = _node_of(tensor)
    if source is None or not differentiable_dtype(result.dtype):
        return None
    return Node(name, result.shape, result.dtype, [source], lambda gradient: [gradient])


def record_cat(tensors: list[Any], dim: int, result: Tracked) -> None:
    """Record that tensors were joined: each gets its part of the gradient."""
    sources = [_node_of(one) for one in tensors]
    if not _recording() or not any(sources) or not differentiable_dtype(result.dtype):
        return
    # An empty vector joins tensors of any shape, and has no part.
    sizes = [0 if one.shape == (0,) else one.shape[dim] for one in tensors]
    shapes = [one.shape for one in tensors]

    def product(gradient: NDArray[Any]) -> list[NDArray[Any] | None]:
        parts = np.split(gradient, np.cumsum(sizes)[:-1], axis=dim)
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    result.history = Node("CatBackward0", result.shape, result.dtype, sources, product)


# --- how methods are recorded ---

VIEWS = (
    "permute", "transpose", "t", "unsqueeze", "squeeze", "expand", "view", "reshape", "__getitem__", "select", "narrow",
    "flatten", "contiguous", "view_as", "expand_as", "unflatten", "swapaxes", "movedim",
)  # fmt: skip
VIEW_ATTRIBUTES = ("T", "mT")
COPIES = {"clone": "CloneBackward0", "to": "ToCopyBackward0", "type": "ToCopyBackward0"}
WRITES_OF_TENSORS = ("copy_",)
WRITES_OF_NUMBERS = ("fill_", "zero_")
_ARITHMETIC = {
    f"{name}{after}": (name, False, bool(after)) for name in ("add", "sub", "mul", "div") for after in ("", "_")
} | {
    f"__{before}{'truediv' if name == 'div' else name}__": (name, before == "r", before == "i")
    for name in ("add", "sub", "mul", "div")
    for before in ("", "r", "i")
}


def recorded(cls: _Class) -> _Class:
    """Have the methods of a class of tensors recorded, as far as it has them: a decorator."""
    for name in VIEWS:
        _wrap(cls, name, _view)
    for name in VIEW_ATTRIBUTES:
        if isinstance(attribute := getattr(cls, name, None), property) and attribute.fget is not None:
            setattr(cls, name, property(_view(attribute.fget)))
    for name, step in COPIES.items():
        _wrap(cls, name, functools.partial(_copy, name=step))
    for name, (operation, reflected, in_place) in _ARITHMETIC.items():
        if in_place:
            _wrap(cls, name, functools.partial(_arithmetic_in_place, operation=operation))
        else:
            _wrap(cls, name, functools.partial(_arithmetic, operation=operation, reflected=reflected))
    for name in ("matmul", "mm", "__matmul__"):
        _wrap(cls, name, _matmul)
    _wrap(cls, "mean", _mean)
    _wrap(cls, "__setitem__", _setitem)
    for name in (*WRITES_OF_TENSORS, *WRITES_OF_NUMBERS):
        _wrap(cls, name, _write)
    return cls


def _wrap(cls: type, name: str, how: Callable[[Any], Any]) -> None:
    method = getattr(cls, name, None)
    if method is not None:
        setattr(cls, name, how(method))


def _plainly(method: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a method that is recorded as a whole: `_inside`, written out for what is called most."""
    before, MODE.inside = MODE.inside, True
    try:
        return method(*args, **kwargs)
    finally:
        MODE.inside = before


def _view(method: Any) -> Any:
    """Record a view operation; one that had to copy is recorded too, but is no view."""

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = _plainly(method, self, *args, **kwargs)
        if MODE.inside or result is self:
            return result

        def step(tensor: Any) -> Any:
            return method(tensor, *args, **kwargs)

        step.operation = method.__name__  # type: ignore[attr-defined]
        if result.storage is self.storage:
            result.show_as_view_of(self, step)
        elif MODE.enabled and (source := _node_of(self)) is not None:
            result.history = _view_node(result, source, self.shape, (step,))
        return result

    return call


def _set_node(result: Any, make: Callable[[], Node | None]) -> Any:
    if _recording():
        result.history = make()
    return result


def _copy(method: Any, name: str) -> Any:
    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = _plainly(method, self, *args, **kwargs)
        return result if result is self else _set_node(result, lambda: _same_node(name, self, result))

    return call


def _unless_one(alpha: complex) -> dict[str, complex]:
    """Pass the factor of a sum's second term on, to methods that know one."""
    return {} if alpha == 1 else {"alpha": alpha}


def _arithmetic(method: Any, operation: str, *, reflected: bool) -> Any:
    @functools.wraps(method)
    def call(self: Any, other: Any, *, alpha: complex = 1) -> Any:
        result = _plainly(method, self, other, **_unless_one(alpha))
        left, right = (other, self) if reflected else (self, other)
        return _set_node(result, lambda: _arithmetic_node(operation, left, right, result, in_place=False, alpha=alpha))

    return call


def _matmul(method: Any) -> Any:
    @functools.wraps(method)
    def call(self: Any, *operands: Any, **named: Any) -> Any:
        result = _plainly(method, self, *operands, **named)
        (other,) = (*operands, *named.values())
        return _set_node(result, lambda: _matmul_node(self, other, result))

    return call


def _mean(method: Any) -> Any:
    @functools.wraps(method)
    def call(self: Any, dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - PyTorch's form
        result = _plainly(method, self, dim, keepdim, **kwargs)
        return _set_node(result, lambda: _mean_node(self, result, dim, keepdim))

    return call


def _written(target: Any, make: Callable[[], Node | None], write: Callable[[], Any]) -> Any:
    """Write into a tensor, and record it: `make` gives the step, before the write."""
    if MODE.inside:
        return write()
    target.refuse_leaf()
    node = make() if MODE.enabled else None
    if node is not None and target.unrecorded:
        raise RuntimeError("a view was created in no_grad mode and is being modified inplace with grad mode enabled")
    with _inside():
        result = write()
    changed = node is not None or (MODE.enabled and target.requires_grad)
    target.note_write(node or _nothing(target) if changed else None)
    return result


def _nothing(target: Any) -> Node:
    """Make the step of a write of something that needs no gradient: what was there before has none either."""
    return Node("CopyBackward0", target.shape, target.dtype, [None], lambda _: [None])


def _arithmetic_in_place(method: Any, operation: str) -> Any:
    @functools.wraps(method)
    def call(self: Any, other: Any, *, alpha: complex = 1) -> Any:
        def make() -> Node | None:
            return _arithmetic_node(operation, self, other, self, in_place=True, alpha=alpha)

        tracing.write(self.storage)
        return _written(self, make, lambda: method(self, other, **_unless_one(alpha)))

    return call


def _setitem(method: Any) -> Any:
    @functools.wraps(method)
    def call(self: Any, key: Any, value: Any) -> None:
        tracing.write(self.storage)
        # The view by which it is written here is no view of the program's.
        with tracing.paused():
            if MODE.inside:
                method(self, key, value)
                return
            # What index tensors select is a copy; nothing here records a write by them, of what no clause takes a gradient.
            target = self if devices.selects_by_tensors(key) else self[key]
            _written(target, lambda: _same_node("CopyBackward0", value, target), lambda: method(self, key, value))

    return call


def _write(method: Any) -> Any:
    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        source = args[0] if args else None
        tracing.write(self.storage)
        return _written(self, lambda: _same_node("CopyBackward0", source, self), lambda: method(self, *args, **kwargs))

    return call
