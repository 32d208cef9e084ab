"""The reference with doubts: it runs a program, and refuses what the rules leave open.

A program of many statements is judged bit for bit only where each of its values is exact in every dtype and order of
summation, and where the rules say who shares memory with whom. This module executes a program on the reference and
raises `UndeterminedError` at the first statement that leaves such freedom: a sum that may round, a write through a view
whose elements share memory, a view of a result whose strides the library may choose. Whatever changes a program (a
generator that makes one, a shrinker that takes statements out) asks it whether the outcome is still one that is right.
"""

from __future__ import annotations

import contextlib
import operator
import weakref
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from conformance.dtypes import DTYPES, kind_of
from conformance.program import TensorInput, decode_plain
from conformance.reference import autograd
from conformance.reference.arithmetic import computed_dtype, side
from conformance.reference.namespace import Namespace, ReferenceTensor, made
from conformance.reference.promotion import UnknownResultError
from conformance.reference.tensor import OpenResultError, dense_strides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from conformance.program import Inputs, Program

# Floats are whole multiples of 2**-g, smaller than 2**(p - 2g), p being the bits of their significand: then sums,
# differences, and products of two of them that keep the limit are exact.
_STEPS = {"bfloat16": (1, 8), "float16": (1, 11), "float32": (2, 24), "float64": (2, 53)}
_PARTS = {"complex64": "float32", "complex128": "float64"}
# Far inside int64, and inside float64's whole numbers.
_LARGEST_INTEGER = 2**31 - 1
# A gradient is a multiple of 2**-8 of at most 2**5, and what it was worked out of is at most 2**5: with products' steps
# of 2**-10 and sums of 16 of them that is 24 bits, which float32 holds.
_GRADIENT_STEP, _GRADIENT_LIMIT = 2**8, 2**5
VIEWS = frozenset({"permute", "transpose", "t", "squeeze", "unsqueeze", "expand", "detach"})
_UFUNCS: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.true_divide,
}  # fmt: skip


class UndeterminedError(Exception):
    """The rules leave open what a statement does."""


def _doubt(reason: str) -> UndeterminedError:
    return UndeterminedError(reason)


def representable(values: NDArray[Any], dtype: str) -> bool:
    """Say whether a dtype holds exact values with room for the next operation; a negative zero has no place here."""
    if dtype == "bool":
        return bool(np.isin(values, (0, 1)).all())
    if dtype in _PARTS:
        parts = np.asarray(values, dtype=np.complex128)
        return representable(parts.real, _PARTS[dtype]) and representable(parts.imag, _PARTS[dtype])
    if np.iscomplexobj(values):
        return False
    wide = np.asarray(values, dtype=np.float64)
    if not wide.size:
        return True
    low, high, step = _room(dtype)
    if not (low <= wide.min() and wide.max() <= high):
        return False
    if step is None:
        return bool((wide == np.trunc(wide)).all())
    scaled = wide * step
    return bool((scaled == np.trunc(scaled)).all()) and not bool(np.signbit(wide[wide == 0]).any())


@cache
def _room(dtype: str) -> tuple[int, int, int | None]:
    """Give the smallest and largest value of a dtype that are allowed, and for a float how many steps make one."""
    if kind_of(dtype) == "integer":
        limits = np.iinfo(dtype)
        return max(int(limits.min), -_LARGEST_INTEGER), min(int(limits.max), _LARGEST_INTEGER), None
    fraction, precision = _STEPS[dtype]
    high = 2 ** (precision - 2 * fraction) - 1
    return -high, high, 2**fraction


def _need(values: Any, dtype: str) -> None:
    if not representable(np.asarray(values), dtype):
        raise _doubt(f"a value that {dtype} may round")


def _need_for_gradients(*operands: Any) -> None:
    """Refuse operands from which a gradient could be worked out that float32 rounds."""
    if not any(isinstance(one, StrictTensor) and one.own.requires_grad for one in operands):
        return
    if any((np.abs(_wide(one)) > _GRADIENT_LIMIT).any() for one in operands):
        raise _doubt("a gradient that may round")


def _is_float(dtype: str) -> bool:
    return kind_of(dtype) in ("float", "complex")


def _wide(value: Any) -> NDArray[Any]:
    own = _own(value)
    array = own.array() if isinstance(own, ReferenceTensor) else np.asarray(own)
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _own(value: Any) -> Any:
    return value.own if isinstance(value, StrictTensor) else value


def places(tensor: ReferenceTensor) -> NDArray[np.int64]:
    """Give the place in its storage of each element of a tensor."""
    numbers = np.arange(len(tensor.storage) + 1, dtype=np.int64)
    return as_strided(numbers[tensor.offset :], tensor.shape, tuple(8 * stride for stride in tensor.strides)).ravel()


def _same_view(one: ReferenceTensor, other: ReferenceTensor) -> bool:
    """Say whether two tensors show the same elements in the same way: an operand may be its own target.

    The stride of a dimension of size 1 is the library's choice, so there only the same tensor is sure to be the same.
    """
    same = (one.shape, one.strides, one.offset) == (other.shape, other.strides, other.offset)
    return one is other or (same and 1 not in one.shape)


def _row_major(tensor: ReferenceTensor) -> bool:
    right = dense_strides(tensor.shape)
    return all(one == other or size == 1 for one, other, size in zip(tensor.strides, right, tensor.shape, strict=True))


def _has_one_layout(tensor: ReferenceTensor) -> bool:
    """Say whether new memory can hold a result in one order only; with two dimensions or more that is the library's choice."""
    return sum(size > 1 for size in tensor.shape) < 2 or 0 in tensor.shape  # noqa: PLR2004 - two of them have an order


# Storages of which another may be a part, as the other's own choice, while that other lives.
_maybe_shared: list[tuple[weakref.ref[Any], weakref.ref[Any]]] = []


def _partly_shared(storage: Any) -> bool:
    """Say whether a living storage may be the same, as the library's choice; forget the dead."""
    _maybe_shared[:] = [pair for pair in _maybe_shared if all(one() is not None for one in pair)]
    return any(storage is one() or storage is other() for one, other in _maybe_shared)


class StrictTensor:
    """A tensor of the reference that refuses what the rules leave open.

    Args:
        own: the tensor.
        laid_out: whether its strides are those of every library: a result's are the library's choice.
    """

    def __init__(self, own: Any, *, laid_out: bool = True) -> None:
        self.own = own
        self.laid_out = laid_out

    def __getattr__(self, name: str) -> Any:
        """Give views as such, properties as they are, and refuse everything else."""
        if name in VIEWS:
            method = getattr(self.own, name)
            return lambda *args: StrictTensor(method(*args), laid_out=self.laid_out)
        if name in ("shape", "dtype", "ndim", "device", "requires_grad", "is_leaf", "numel", "dim"):
            return getattr(self.own, name)
        raise AttributeError(f"nothing is known of {name!r}")

    def view(self, *sizes: Any) -> StrictTensor:
        """See it in another shape, where its strides are known."""
        if not self.laid_out:
            raise _doubt("the strides of a result are the library's choice")
        return StrictTensor(self.own.view(*sizes))

    def reshape(self, *sizes: Any) -> StrictTensor:
        """Give another shape; whether it shares memory is open, so neither may be written while both live."""
        result = StrictTensor(ReferenceTensor.view(self.own.clone(), *sizes), laid_out=False)
        _maybe_shared.append((weakref.ref(self.own.storage), weakref.ref(result.own.storage)))
        return result

    def clone(self) -> StrictTensor:
        """Copy."""
        return StrictTensor(self.own.clone(), laid_out=self.laid_out and _row_major(self.own))

    def to(self, dtype: str) -> StrictTensor:
        """Convert values that the dtype holds; the same dtype gives the same tensor."""
        if dtype == self.own.dtype:
            return self
        values = _wide(self)
        if kind_of(dtype) == "integer" and not np.iscomplexobj(values):
            if dtype == "uint8" and (values < 0).any():
                raise _doubt("a negative number to an unsigned dtype")
            values = np.trunc(values) + 0.0
        if dtype != "bool":
            _need(values, dtype)
        return StrictTensor(self.own.to(dtype), laid_out=self.laid_out and _row_major(self.own))

    type = to

    def item(self) -> Any:
        """Give the one element."""
        return self.own.item()

    def tolist(self) -> Any:
        """Give the elements as nested lists."""
        return self.own.tolist()

    # --- calculations ---

    def _calculated(self, operation: str, left: Any, right: Any) -> StrictTensor:
        dtype = computed_dtype(operation, (side(_own(left)), side(_own(right))))
        _need(_exact(operation, left, right, dtype), dtype)
        made = _OPERATORS[operation](_own(left), _own(right))
        tensors = [one for one in (left, right) if isinstance(one, StrictTensor)]
        known = all(one.laid_out and _row_major(one.own) for one in tensors)
        same = any(one.own.shape == made.shape for one in tensors)
        return StrictTensor(made, laid_out=known and same and _has_one_layout(made))

    def matmul(self, other: Any) -> StrictTensor:
        """Multiply as matrices, where all sums are exact."""
        _need_for_gradients(self, other)
        one, two = _wide(self), _wide(other)
        if np.iscomplexobj(one) or np.iscomplexobj(two):
            raise _doubt("a complex product")
        if self.own.dtype != "bool":
            _need(np.matmul(np.abs(one), np.abs(two)), self.own.dtype)
        result = self.own.matmul(_own(other))
        if (_wide(result) == 0).any() and min(one.min(), two.min()) < 0:
            raise _doubt("a zero of either sign")
        return StrictTensor(result, laid_out=_has_one_layout(result))

    def mm(self, other: Any) -> StrictTensor:
        """Multiply two matrices."""
        ReferenceTensor.mm(self.own, _own(other))
        return self.matmul(other)

    __matmul__ = matmul

    def mean(self, *args: Any) -> StrictTensor:
        """Give the mean of a power of two elements."""
        result = self.own.mean(*args)
        number = self.own.numel() // max(result.numel(), 1)
        if number == 0 or number & (number - 1):
            raise _doubt("a mean that may round")
        _need(np.sum(np.abs(_wide(self))) + 0.0, self.own.dtype)
        _need(_wide(result), self.own.dtype)
        return StrictTensor(result, laid_out=_has_one_layout(result))

    def argmax(self, *args: Any) -> StrictTensor:
        """Give the index of the first largest."""
        if kind_of(self.own.dtype) not in ("integer", "float"):
            raise _doubt("argmax of what has no order")
        result = self.own.argmax(*args)
        return StrictTensor(result, laid_out=_has_one_layout(result))

    # --- gradients ---

    @property
    def grad(self) -> Any:
        """What a leaf has collected."""
        if not self.own.is_leaf:
            raise _doubt("the gradient of what is no leaf")
        return _Gradient(self.own.grad) if self.own.grad is not None else None

    def requires_grad_(self) -> StrictTensor:
        """Make a leaf."""
        self.own.requires_grad_()
        return self

    def backward(self, gradient: Any = None, *, retain_graph: bool = False) -> None:
        """Work gradients out, once it was seen that each step is exact, kept, and reaches the leaves."""
        steps = _steps_before(self.own.grad_fn, overwritten=True)
        if any(step.released and step.product is not None for step in steps):
            raise _doubt("a second walk over steps that may have been freed")
        if any(saved.stale for step in steps for saved in (*step.saved, *step.may_keep)):
            raise _doubt("a walk over steps whose operands were written to")
        leaves = [step.leaf for step in steps if step.leaf is not None]
        if not set(leaves) <= {step.leaf for step in _steps_before(self.own.grad_fn, overwritten=False)}:
            raise _doubt("a gradient that is zero or missing")
        if any(_partly_shared(leaf.kept_grad.storage) for leaf in leaves if leaf.kept_grad is not None):
            raise _doubt("a gradient that may share memory with one that was given")
        with autograd.rounded_by(_unrounded):
            autograd.grad(self.own, [self.own], _own(gradient), retain_graph=True)
        self.own.backward(_own(gradient), retain_graph=retain_graph)
        for step in steps if not retain_graph else ():
            step.released = True
        _maybe_shared.extend(
            (weakref.ref(one.kept_grad.storage), weakref.ref(other.kept_grad.storage))
            for one, other in combinations(_given_the_same(steps), 2)
        )
        if gradient is not None:
            given = weakref.ref(gradient.own.storage)
            _maybe_shared.extend(
                (given, weakref.ref(leaf.kept_grad.storage)) for leaf in leaves if leaf.kept_grad is not None
            )

    # --- writes ---

    def check_writable(self, source: Any) -> None:
        """Refuse to write where elements share memory, or from what is overwritten meanwhile."""
        if any(stride == 0 and size > 1 for stride, size in zip(self.own.strides, self.own.shape, strict=True)):
            raise _doubt("a write to elements that share memory")
        if _partly_shared(self.own.storage):
            raise _doubt("a write that another tensor may or may not show")
        if not isinstance(source, StrictTensor) or source.own.storage is not self.own.storage:
            return
        if not _same_view(self.own, source.own) and len(np.intersect1d(places(self.own), places(source.own))):
            raise _doubt("a write from elements that it overwrites")

    def _written(self, operation: str, other: Any) -> StrictTensor:
        self.check_writable(other)
        dtype = computed_dtype(operation, (side(self.own), side(_own(other))))
        exact = _exact(operation, self, other, dtype)
        _need(exact, dtype)
        _need(exact, self.own.dtype)
        with _noting_history(self.own):
            getattr(self.own, f"{operation}_")(_own(other))
        return self

    def check_filling(self, source: Any) -> None:
        """Refuse to fill it with what it can't hold, or from what is overwritten meanwhile."""
        self.check_writable(source)
        _need(_wide(source), self.own.dtype)
        if isinstance(source, StrictTensor) and source.own.requires_grad and not _is_float(self.own.dtype):
            # Nothing is open here, but PyTorch 2.13.0 lets an integer tensor require a gradient after x[...] = leaf[0].
            raise _doubt("a write of what has a history into what can have none")

    def __getitem__(self, key: Any) -> StrictTensor:
        return StrictTensor(self.own[key], laid_out=self.laid_out)

    def __setitem__(self, key: Any, value: Any) -> None:
        self[key].check_filling(value)
        with _noting_history(self.own):
            self.own[key] = _own(value)

    def copy_(self, source: Any) -> StrictTensor:
        """Write a tensor's elements."""
        self.check_filling(source)
        with _noting_history(self.own):
            self.own.copy_(_own(source))
        return self

    def fill_(self, value: Any) -> StrictTensor:
        """Write a number into every element."""
        self.check_filling(value)
        with _noting_history(self.own):
            self.own.fill_(value)
        return self

    def zero_(self) -> StrictTensor:
        """Write zero into every element."""
        return self.fill_(0)


# Steps whose gradients are new numbers; the others pass on what comes to them.
_CALCULATING = ("Mul", "Div", "Mm", "Mean")


def _given_the_same(steps: list[autograd.Node]) -> list[Any]:
    """Give the leaves whose gradients may share memory: PyTorch 2.13 keeps in several of them views of the one that came to a sum."""
    passing = [step for step in steps if step.inputs and not step.name.startswith(_CALCULATING)]
    leaves = {one.leaf: None for step in passing for one in step.inputs if one is not None and one.leaf is not None}
    return [leaf for leaf in leaves if leaf.kept_grad is not None]


# The step that a step took the place of, where a tensor was overwritten: its leaves may get zeros, or nothing.
_overwritten: weakref.WeakKeyDictionary[autograd.Node, autograd.Node] = weakref.WeakKeyDictionary()


def _steps_before(last: autograd.Node | None, *, overwritten: bool) -> list[autograd.Node]:
    """Give the steps of a history, with those that were overwritten where that is asked."""
    found: dict[autograd.Node, None] = {}
    left = [last] if last is not None else []
    while left:
        step = left.pop()
        if step in found:
            continue
        found[step] = None
        left += [one for one in step.inputs if one is not None]
        if overwritten and (before := _overwritten.get(step)) is not None:
            left.append(before)
    return list(found)


@contextlib.contextmanager
def _noting_history(target: ReferenceTensor) -> Iterator[None]:
    """Note which step a write takes the place of."""
    before = target.grad_fn
    yield
    after = target.grad_fn
    if before is not None and after is not None and after is not before:
        _overwritten[after] = before


def _unrounded(array: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Give a step of a gradient, where no library rounds it."""
    whole = array * _GRADIENT_STEP
    if dtype not in ("float32", "float64") or (whole != np.trunc(whole)).any():
        raise _doubt("a gradient that may round")
    if (np.abs(array) > _GRADIENT_LIMIT).any():
        raise _doubt("a gradient that is large")
    return array


class _Gradient:
    """A gradient, of which a zero may have either sign: only its sum with a number is known."""

    def __init__(self, own: Any) -> None:
        self._own = own

    def __add__(self, number: int) -> StrictTensor:
        """Give a sum with a number."""
        return StrictTensor(self._own + number, laid_out=False)


_DUNDER = {"add": "add", "sub": "sub", "mul": "mul", "div": "truediv"}
_OPERATORS = {name: getattr(operator, dunder) for name, dunder in _DUNDER.items()}


def _exact(operation: str, left: Any, right: Any, dtype: str) -> NDArray[Any]:
    """Give the exact result of an operation on operands that are exact in its dtype."""
    one, other = _wide(left), _wide(right)
    _need_for_gradients(left, right)
    if dtype == "bool":
        return np.zeros(0)
    for values in (one, other):
        _need(values, dtype)
    if np.iscomplexobj(one) or np.iscomplexobj(other):
        if operation in ("mul", "div"):
            raise _doubt("a complex product")
    elif operation == "div" and not (np.frexp(np.abs(other))[0] == 0.5).all():  # noqa: PLR2004 - a power of two
        raise _doubt("a quotient that may round")
    with np.errstate(all="ignore"):
        try:
            return np.asarray(_UFUNCS[operation](one, other))
        except ValueError as error:
            raise RuntimeError("the shapes can't be broadcast") from error


def _operator(operation: str) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    def forward(self: StrictTensor, other: Any) -> StrictTensor:
        return self._calculated(operation, self, other)

    def reflected(self: StrictTensor, other: Any) -> StrictTensor:
        return self._calculated(operation, other, self)

    def in_place(self: StrictTensor, other: Any) -> StrictTensor:
        return self._written(operation, other)

    return forward, reflected, in_place


for _name, _dunder in _DUNDER.items():
    for _spelling, _function in zip(
        (("{0}", "__{1}__"), ("__r{1}__",), ("{0}_", "__i{1}__")), _operator(_name), strict=True
    ):
        for _form in _spelling:
            setattr(StrictTensor, _form.format(_name, _dunder), _function)


class StrictNamespace:
    """The functions of the reference that the rules leave no freedom in."""

    def __init__(self) -> None:
        self._namespace = Namespace()

    def __getattr__(self, name: str) -> Any:
        """Give a dtype, or a method as a function."""
        if name in DTYPES:
            return name
        if not hasattr(StrictTensor, name) and name not in VIEWS:
            raise AttributeError(f"nothing is known of {name!r}")
        return lambda tensor, *args: getattr(tensor, name)(*args)

    def tensor(self, data: Any, *, dtype: str | None = None, device: str) -> StrictTensor:
        """Make a tensor of nested lists."""
        return StrictTensor(self._namespace.tensor(data, dtype=dtype, device=device))

    def add(self, left: StrictTensor, right: Any, *, out: StrictTensor | None = None) -> StrictTensor:
        """Add, perhaps into a tensor."""
        return self._into("add", left, right, out)

    def sub(self, left: StrictTensor, right: Any, *, out: StrictTensor | None = None) -> StrictTensor:
        """Subtract, perhaps into a tensor."""
        return self._into("sub", left, right, out)

    def mul(self, left: StrictTensor, right: Any, *, out: StrictTensor | None = None) -> StrictTensor:
        """Multiply, perhaps into a tensor."""
        return self._into("mul", left, right, out)

    def _into(self, operation: str, left: StrictTensor, right: Any, out: StrictTensor | None) -> StrictTensor:
        result: StrictTensor = _OPERATORS[operation](left, right)
        if out is None:
            return result
        if any(isinstance(one, StrictTensor) and one.own.requires_grad for one in (left, right, out)):
            raise _doubt("a write that no history can hold")
        if result.own.shape != out.own.shape:
            raise _doubt("a target that is given another shape")
        for source in (left, right):
            out.check_writable(source)
        _need(_wide(result), out.own.dtype)
        getattr(self._namespace, operation)(_own(left), _own(right), out=out.own)
        return out

    def cat(self, tensors: Any, dim: int = 0) -> StrictTensor:
        """Join tensors, where promotion keeps their values."""
        result = self._namespace.cat([_own(one) for one in tensors], dim)
        _need(_wide(result), result.dtype)
        for one in tensors:
            _need(_wide(one), result.dtype)
        return StrictTensor(result, laid_out=_has_one_layout(result))


NAMESPACE = StrictNamespace()
# What a program meets where it leaves something open, or breaks a rule.
REFUSALS = (
    UndeterminedError, OpenResultError, UnknownResultError, autograd.UndocumentedError,
    RuntimeError, IndexError, ValueError, TypeError, AttributeError, NameError,
)  # fmt: skip


def built(inputs: Inputs) -> dict[str, Any]:
    """Build the arguments of a program, tensors and plain values."""
    bases = {name: StrictTensor(made(one.array(), one.dtype, "cpu")) for name, one in inputs.bases.items()}
    return {name: _argument(one, bases) for name, one in inputs.arguments.items()}


def _argument(argument: Any, bases: dict[str, StrictTensor]) -> Any:
    if not isinstance(argument, TensorInput):
        return decode_plain(argument.value, str)
    tensor: Any = bases[argument.base]
    for step in argument.view:
        args = [decode_plain(part, str) for part in step.args]
        tensor = tensor[args[0]] if step.op == "index" else getattr(tensor, step.op)(*args)
    return tensor.detach().requires_grad_() if argument.requires_grad else tensor


def is_determined(program: Program, inputs: Inputs) -> bool:
    """Say whether a program keeps the rules, and they leave nothing of what it gives open."""
    mode = autograd.MODE.enabled
    try:
        program.function()(NAMESPACE, *built(inputs).values(), device="cpu")
    except REFUSALS:
        return False
    finally:
        autograd.MODE.enabled = mode
    return True
