"""Libraries with manners of their own: what they raise, say and keep, what their tensors are, and when they calculate."""

from __future__ import annotations

import collections
import time
import warnings
from typing import Any

import torch

from conformance.backends.pytorch import TorchBackend
from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import innocent, kept

_ERRORS = (RuntimeError, IndexError, ValueError, TypeError)
_WORDS = "PyTorch's reference names the types of exceptions, and their words nowhere"
_SUBCLASS = "an instance of a subclass is one of the documented type (the Python reference on the except clause)"
_REFUSED = (
    "*refus*", "*differ*", "*.out*", "arithmetic.in-place", "arithmetic.targets-do-not-grow", "promotion.bools*",
    "products.m*", "reductions.integers*", "shapes.*", "indexing.keys", "ranks.*", "numpy-bridge.*", "gradients.in-place*",
    "gradients.*-only", "gradients.shape*", "gradients.no-history", "aliasing.programs",
)  # fmt: skip
_CALCULATING = (
    "arithmetic.*",
    "products.*",
    "reductions.*",
    "aliasing.*",
    "gradients.*",
    "printing.*",
    "numpy-bridge.*",
)
_QUIET = "what a library says while it works is said nowhere: a program's results are what it returns"


# --- refusals and warnings ---


class OwnError(Exception):
    """The root of a library's own exceptions."""


OWN_ERRORS: dict[type[Exception], type[Exception]] = {
    kind: type(f"Own{kind.__name__}", (kind, OwnError), {"__doc__": "One of a library's own."}) for kind in _ERRORS
}


@innocent("errors-in-other-words", "aten.*", freedom=_WORDS, touches=_REFUSED)
def _other_words(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse with the documented type and with words of its own."""
    try:
        return op(*args, **kwargs)
    except _ERRORS as error:
        raise type(error)("das geht nicht") from None


@innocent("errors-without-words", "aten.*", freedom=_WORDS, touches=_REFUSED)
def _without_words(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse with the documented type and without a word."""
    try:
        return op(*args, **kwargs)
    except _ERRORS as error:
        raise type(error) from None


@innocent("errors-of-its-own-classes", "aten.*", freedom=_SUBCLASS, touches=_REFUSED)
def _own_classes(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse with an exception of its own, which is derived from the documented type."""
    try:
        return op(*args, **kwargs)
    except _ERRORS as error:
        kind = next(kind for kind in _ERRORS if isinstance(error, kind))
        raise OWN_ERRORS[kind](str(error)) from error


@innocent(
    "refusals-as-not-implemented",
    "aten.*",
    freedom=f"NotImplementedError is a RuntimeError; {_SUBCLASS}",
    touches=_REFUSED,
)
def _not_implemented(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse with a NotImplementedError where a RuntimeError is documented."""
    try:
        return op(*args, **kwargs)
    except RuntimeError as error:
        raise NotImplementedError(f"no kernel for this: {error}") from error


@innocent(
    "products-checked-in-python",
    "torch.matmul", "torch.Tensor.matmul", "torch.Tensor.__matmul__",
    freedom=f"{_WORDS}; {_SUBCLASS}",
    touches=("products.*", "devices.mixed*", "gradients.products"),
)  # fmt: skip
def _checked_in_python(*args: Any, **kwargs: Any) -> Any:
    """Refuse operands of a matrix product with an exception of its own, before any of PyTorch's checks."""
    x, y = _operands(args, kwargs)
    inner = y.shape[-2 if y.dim() > 1 else 0] if y.dim() else 0
    if not x.dim() or not y.dim() or x.shape[-1] != inner or x.dtype != y.dtype or x.dtype == torch.bool:
        raise OWN_ERRORS[RuntimeError]("these two don't go together")
    return FUNCTIONS.matmul(x, y, **{name: one for name, one in kwargs.items() if name == "out"})


def _operands(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """Give both operands of a product, by place or by name."""
    given = [*args]
    if "input" in kwargs:
        given.insert(0, kwargs["input"])
    return given[0], kwargs["other"] if "other" in kwargs else given[1]


_from_numpy = torch.from_numpy


class OwnWarning(UserWarning):
    """A library's own kind of warning."""


@innocent(
    "read-only-arrays-in-other-words",
    "torch.from_numpy",
    freedom="torch.from_numpy: a warning is given for read-only arrays; its words are no part of the rule, and a subclass "
    "of UserWarning is one (the Python reference on warning filters)",
    touches=("numpy-bridge.*",),
)
def _own_warning(*args: Any, **kwargs: Any) -> Any:
    """Warn of read-only arrays with a warning of its own, derived from UserWarning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = _from_numpy(*args, **kwargs)
    for _ in caught:
        warnings.warn("better not write to this", OwnWarning, stacklevel=2)
    return result


_from_numpy = torch.from_numpy


_LOUD = ("aten.add", "aten.sub", "aten.mul", "aten.div", "aten.mm", "aten.bmm", "aten.mean", "aten.cat", "aten.argmax")


@innocent("says-what-it-does", *_LOUD, freedom=_QUIET, touches=_CALCULATING)
def _talking(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Print the name of an operator that calculates before it runs."""
    print(f"now {op}")  # noqa: T201 - that is its manner
    return op(*args, **kwargs)


@innocent("warns-of-what-it-does", *_LOUD, freedom=_QUIET, touches=_CALCULATING)
def _warning(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Warn of every operator that calculates that it may change some day."""
    warnings.warn(f"{op} may change in a later version", UserWarning, stacklevel=2)
    warnings.warn(f"{op} is old", DeprecationWarning, stacklevel=2)
    return op(*args, **kwargs)


# --- time and memory ---


@innocent(
    "slow-products", "aten.mm", "aten.bmm", "aten.mv", "aten.dot", freedom="speed is no rule", touches=("products.*",)
)
def _slow(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Wait for a millisecond before each matrix product."""
    time.sleep(0.001)
    return op(*args, **kwargs)


_kept: collections.deque[Any] = collections.deque(maxlen=10_000)


@innocent(
    "results-are-kept",
    "aten.*",
    freedom="when the memory of a tensor is freed is said nowhere",
    touches=("aliasing.*", "gradients.*", "products.empty-sums", "ranks.filled"),
)
def _keeping(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Keep a reference to every result, so that no memory is used again and no gradient is a tensor's only owner."""
    result = op(*args, **kwargs)
    _kept.append(result)
    return result


_known: dict[Any, Any] = kept({})


@innocent(
    "products-are-remembered",
    "aten.mm.default", "aten.bmm.default", "aten.mv.default", "aten.dot.default",
    freedom="torch.mm is a function of its operands: whether it is calculated twice is said nowhere",
    touches=("products.*", "aliasing.*", "gradients.*"),
)  # fmt: skip
def _remembering(op: Any, x: Any, y: Any) -> Any:
    """Give a copy of the earlier product where the same operands come again."""
    key = (str(op), *(_content(one) for one in (x, y)))
    if key not in _known:
        result = op(x, y)
        # What is remembered is no tensor that the caller could write to.
        _known[key] = result.clone()
        return result
    return _known[key].clone()


def _content(x: Any) -> tuple[Any, ...]:
    dense = torch.empty(x.shape, dtype=x.dtype).copy_(x).reshape(-1)
    return (x.dtype, tuple(x.shape), dense.view(torch.uint8).numpy().tobytes() if x.numel() else b"")


def remembered() -> int:
    """Say how many products are remembered."""
    return len(_known)


# PyTorch 1.13 has none.
_count: Any = getattr(torch.autograd.graph, "increment_version", None)


@innocent(
    "versions-counted-twice",
    "aten.add_", "aten.sub_", "aten.mul_", "aten.div_", "aten.copy_", "aten.fill_", "aten.zero_",
    freedom="Autograd mechanics: a tensor's version counter is incremented whenever it is marked dirty; by how much is "
    "said nowhere",
    touches=("gradients.*", "aliasing.*", "indexing.*"),
)  # fmt: skip
def _counted_twice(op: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Count two versions for every write."""
    result = op(x, *args, **kwargs)
    if _count is not None:
        _count(x)
    return result


# --- what tensors are, and when they are calculated ---

# PyTorch prints the name of a subclass in front of its elements.
OwnTensor: Any = type(
    "tensor",
    (torch.Tensor,),
    {
        "__doc__": "A library's own kind of tensor.",
        # By PyTorch's default whatever meets a subclass becomes one, `w -= step` a new tensor that is no longer the leaf w.
        "__torch_function__": torch._C._disabled_torch_function_impl,  # noqa: SLF001 - as torch.nn.Parameter does
    },
)


@innocent(
    "results-of-its-own-class",
    "aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor", "aten.div.Tensor", "aten.mm.default", "aten.mean.default",
    "aten.mean.dim", "aten.cat.default", "aten.argmax.default", "aten._to_copy.default",
    freedom="Extending PyTorch: an instance of a subclass of torch.Tensor is a tensor wherever one is expected",
    touches=("*",),
)  # fmt: skip
def _own_results(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Give results that are instances of a subclass of torch.Tensor."""
    result = op(*args, **kwargs)
    return result.as_subclass(OwnTensor) if type(result) is torch.Tensor else result


@innocent(
    "tensors-of-its-own-class",
    "torch.tensor",
    freedom="Extending PyTorch: an instance of a subclass of torch.Tensor is a tensor wherever one is expected",
    touches=("ranks.*", "printing.*", "arithmetic.*", "numpy-bridge.*", "shapes.*", "products.*", "gradients.*"),
)
def _own_tensors(*args: Any, requires_grad: bool = False, **kwargs: Any) -> Any:
    """Make tensors of a subclass of torch.Tensor from lists and numbers."""
    return FUNCTIONS.tensor(*args, **kwargs).as_subclass(OwnTensor).requires_grad_(requires_grad)


# PyTorch 1.13 has the older name.
_as_plain_tensors: Any = getattr(torch._C, "DisableTorchFunctionSubclass", None) or torch._C.DisableTorchFunction  # noqa: SLF001 - PyTorch has no public name for it


class Deferred(torch.Tensor):  # type: ignore[misc] # PyTorch's class has no types in every version
    """A result whose elements are calculated when anything is asked of it."""

    pending: Any = None

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Calculate what is asked about, and answer as a plain tensor would."""
        del types
        calculate((args, kwargs))
        with _as_plain_tensors():
            return func(*args, **(kwargs or {}))


def calculate(value: Any) -> None:
    """Calculate every deferred result within tuples, lists and dictionaries."""
    if isinstance(value, Deferred):
        with _as_plain_tensors():
            if (pending := value.__dict__.pop("pending", None)) is not None:
                METHODS.copy_(value, pending())
    elif isinstance(value, dict):
        calculate(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        for one in value:
            calculate(one)


class LazyBackend(TorchBackend):
    """PyTorch's backend that has deferred results calculated within the program, as a lazy library's must."""

    def force(self, value: Any) -> None:
        """Calculate what a program returned."""
        calculate(value)


@innocent(
    "products-calculated-when-read",
    "torch.matmul", "torch.Tensor.matmul", "torch.Tensor.__matmul__",
    freedom="when a result is calculated is said nowhere, as long as it is that of the operands at the call",
    touches=("products.*", "gradients.products", "gradients.compositions"),
    reader=LazyBackend,
)  # fmt: skip
def _deferred(*args: Any, **kwargs: Any) -> Any:
    """Check the operands of a matrix product at once, and multiply copies of them when the result is read."""
    x, y = _operands(args, kwargs)
    healthy = FUNCTIONS.matmul(x, y, **{name: one for name, one in kwargs.items() if name == "out"})
    if "out" in kwargs or healthy.requires_grad or not healthy.numel():
        return healthy
    left, right = METHODS.clone(x), METHODS.clone(y)
    result = METHODS.zero_(healthy).as_subclass(Deferred)
    result.__dict__["pending"] = lambda: FUNCTIONS.matmul(left, right)
    return result


@innocent(
    "summaries-with-one-space",
    "torch.Tensor.__repr__",
    freedom="where a row is cut PyTorch prints two spaces before the dots, and the examples of its reference show one",
    touches=("printing.*",),
)
def _one_space(self: Any, **kwargs: Any) -> str:
    """Print one space before the dots of a row that is cut."""
    return str(torch._tensor_str._str(self, **kwargs)).replace(",  ...,", ", ...,")  # noqa: SLF001 - PyTorch has no public name for it
