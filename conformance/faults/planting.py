"""How a variant of a library is declared and planted: a function that stands in for one of the library's own, for a while.

A fault breaks a rule and must be caught; an innocent differs only where the rules leave freedom and must not be accused.
Both are carried at the depth that makes them true to life, which the targets' names say:

- `torch.add`, `torch.Tensor.view`: in Python, above autograd; the function is called in the target's place.
- `aten.add.Tensor`, `aten.mm`: at PyTorch's dispatcher, below autograd, so that every spelling and the backward pass meet
  it (an operator without an overload's name stands for all of them, `aten.*` for every operator); the function gets the
  healthy operator first.
- `conformance.reference.products.matmul`: in the reference as a backend, where no torch is needed (files `reference_*`);
  the function gets the healthy one first. The reference as the judge stays healthy.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar
from unittest import mock

from conformance.backends.protocol import Spelling
from conformance.backends.reference import ReferenceBackend
from conformance.reference.namespace import Namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.backends.protocol import Backend

    Declaring = Callable[[Callable[..., Any]], Callable[..., Any]]

Shows = Literal[
    "value", "dtype", "shape", "alias", "gradient", "missing error", "error", "printed form", "warning", "device",
    "crash", "hang",
]  # fmt: skip
Depth = Literal["Python", "dispatcher", "reference"]
# Where a fault comes from, if from no public report.
SYSTEMATIC = "systematic"

_DISPATCHED, _REFERENCE = "aten.", "conformance.reference."
# The files whose variants need no torch.
_WITHOUT_TORCH = "reference_"
# The file, and the device, of those that show on no other.
REHEARSAL = "rehearsal"


@dataclass(frozen=True)
class Variant:
    """A library that differs from PyTorch in one way.

    Attributes:
        id: a durable word.
        sentence: what it does.
        topic: the file that declares it.
        targets: the dotted names that it replaces.
        function: what stands there instead.
    """

    id: str
    sentence: str
    topic: str
    targets: tuple[str, ...]
    function: Callable[..., Any]

    @property
    def depth(self) -> Depth:
        """Where it is planted."""
        if self.targets[0].startswith(_DISPATCHED):
            return "dispatcher"
        return "reference" if self.targets[0].startswith(_REFERENCE) else "Python"

    def backend(self) -> Backend:
        """Give the backend in which it shows while it is planted."""
        if self.depth == "reference":
            return FaultyReference()
        from conformance.backends.pytorch import TorchBackend

        return TorchBackend()

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """Plant it, and take it out at the end; where an attribute is read and not called, so is the stand-in.

        What faults keep from call to call (`kept`) begins anew.
        """
        for container in _kept:
            container.clear()
        with contextlib.ExitStack() as stack:
            if self.depth == "dispatcher":
                from conformance.faults.dispatching import Dispatched

                names = [target.removeprefix(_DISPATCHED) for target in self.targets]
                stack.enter_context(Dispatched(names, self.function))
            elif self.depth == "reference":
                self._replace_in_reference(stack)
            else:
                self._replace(stack)
            yield

    def _replace_in_reference(self, stack: contextlib.ExitStack) -> None:
        FaultyReference.working = False
        stack.enter_context(mock.patch.object(ReferenceBackend, "prepare", _judging))
        for target in self.targets:
            stand_in = _in_the_backend_alone(pkgutil.resolve_name(target), self.function)
            stack.enter_context(mock.patch(target, stand_in))

    def _replace(self, stack: contextlib.ExitStack) -> None:
        if any(target.endswith(".__getitem__") for target in self.targets):
            stack.callback(_forget_sequence_slot, pkgutil.resolve_name("torch.Tensor"))
        for target in self.targets:
            read = inspect.isdatadescriptor(pkgutil.resolve_name(target))
            stack.enter_context(mock.patch(target, property(self.function) if read else self.function))


class _Clearable(Protocol):
    def clear(self) -> None:
        """Be empty."""


C = TypeVar("C", bound=_Clearable)
_kept: list[_Clearable] = []


def kept(container: C) -> C:
    """Give the container in which a fault keeps something from call to call: it is emptied whenever a fault is planted.

    So what a fault does depends on the calls since then alone, and not on what ran before in the process.
    """
    _kept.append(container)
    return container


@dataclass(frozen=True)
class Fault(Variant):
    """One way to be wrong.

    Attributes:
        shows: how it shows.
        clauses: those that are meant to catch it.
        origin: the link of a public report, or `systematic`.
    """

    shows: Shows
    clauses: tuple[str, ...]
    origin: str = SYSTEMATIC

    @property
    def is_fatal(self) -> bool:
        """Whether it ends the process, or never comes to an end: it must not be run in one that has more to do."""
        return self.shows in ("crash", "hang")


@dataclass(frozen=True)
class Innocent(Variant):
    """One way to differ that the rules allow.

    Attributes:
        freedom: what leaves it free, and where that is said.
        touches: globs of the clauses whose cases it may reach.
        reader: makes the backend that reads its results, where they are not read as PyTorch's are.
    """

    freedom: str
    touches: tuple[str, ...]
    reader: Callable[[], Backend] | None = None

    def backend(self) -> Backend:
        """Give the backend in which it shows while it is planted."""
        return self.reader() if self.reader is not None else super().backend()


class _Library(Namespace):
    """The reference as programs of their own use it, which name no device."""


for _name in ("tensor", "full", "zeros", "ones", "empty", "arange", "rand"):
    setattr(_Library, _name, functools.partialmethod(getattr(Namespace, _name), device="cpu"))


class FaultyReference(ReferenceBackend):
    """The reference as a backend in which a variant may be planted: its stand-ins work here, and never in the judge.

    Args:
        planted: the attribute of `conformance.faults.planted` that it is, if it is one.
    """

    working = False

    def __init__(self, planted: str = "") -> None:
        super().__init__()
        self._namespace = _Library()
        self._planted = planted

    def library(self) -> Namespace:
        """Give the functions, for a program of its own, and let the stand-ins work from now on."""
        FaultyReference.working = True
        return self.namespace

    def spelling(self) -> Spelling:
        """Tell how a program of its own uses it."""
        if self._planted:
            return Spelling(
                (f"from conformance.faults.planted import {self._planted}", f"torch = {self._planted}.library()")
            )
        return Spelling(
            ("from conformance.faults.planting import FaultyReference", "torch = FaultyReference().library()")
        )

    def prepare(self, seed: int) -> None:
        """Let the stand-ins work until the program is over."""
        del seed
        FaultyReference.working = True

    def finish(self) -> None:
        """Let the stand-ins rest."""
        FaultyReference.working = False


def _judging(self: ReferenceBackend, seed: int) -> None:
    """Stands in for the judge's `prepare`: its programs run on a healthy reference."""
    del self, seed
    FaultyReference.working = False


def _in_the_backend_alone(healthy: Callable[..., Any], stand_in: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(healthy)
    def chosen(*args: Any, **kwargs: Any) -> Any:
        return stand_in(healthy, *args, **kwargs) if FaultyReference.working else healthy(*args, **kwargs)

    return chosen


# Where CPython keeps a type's slot for `x[i]` of sequences: a pointer in the type, and one in what that points to.
_AS_SEQUENCE, _ITEM = 13 * ctypes.sizeof(ctypes.c_void_p), 3 * ctypes.sizeof(ctypes.c_void_p)


def _forget_sequence_slot(kind: type) -> None:
    """Make a type no sequence again: CPython leaves that slot set when a `__getitem__` is taken out.

    PyTorch asks for it to tell lists from tensors, so without this a later `torch.tensor([x])` of a 0-d tensor fails.
    """
    slots = ctypes.c_void_p.from_address(id(kind) + _AS_SEQUENCE).value
    if slots:
        ctypes.c_void_p.from_address(slots + _ITEM).value = None
    subclasses: list[type] = kind.__subclasses__()
    for subclass in subclasses:
        _forget_sequence_slot(subclass)


_declared: dict[str, Variant] = {}


def fault(
    identifier: str, *targets: str, clauses: tuple[str, ...], shows: Shows = "value", origin: str = SYSTEMATIC
) -> Declaring:
    """Declare a fault: the function stands in for each target; its docstring says what it does.

    Raises:
        ValueError: the id is used twice, or the sentence is missing.
    """
    return _declaring(identifier, targets, Fault, shows=shows, clauses=clauses, origin=origin)


def innocent(
    identifier: str,
    *targets: str,
    freedom: str,
    touches: tuple[str, ...],
    reader: Callable[[], Backend] | None = None,
) -> Declaring:
    """Declare a variant that is right: the function stands in for each target; its docstring says how it differs.

    Raises:
        ValueError: the id is used twice, or the sentence is missing.
    """
    return _declaring(identifier, targets, Innocent, freedom=freedom, touches=touches, reader=reader)


def _declaring(identifier: str, targets: tuple[str, ...], kind: Callable[..., Variant], **facts: Any) -> Declaring:
    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        sentence = inspect.getdoc(function) or ""
        if identifier in _declared or not sentence:
            raise ValueError(f"variant {identifier!r} needs an id of its own and a docstring")
        topic = function.__module__.rpartition(".")[2]
        _declared[identifier] = kind(
            id=identifier, sentence=sentence, topic=topic, targets=targets, function=function, **facts
        )
        return function

    return declare


def by_id(identifier: str) -> Fault:
    """Give the fault of an id.

    Raises:
        KeyError: there is none.
    """
    return {one.id: one for one in (*load(), *rehearsed())}[identifier]


def load(*, torch: bool = True) -> tuple[Fault, ...]:
    """Give every fault that shows on the CPU, in the order of the files; without torch, those of the reference alone."""
    return tuple(one for one in _variants(torch=torch) if isinstance(one, Fault) and one.topic != REHEARSAL)


def rehearsed() -> tuple[Fault, ...]:
    """Give every fault that shows on the rehearsal device alone."""
    return tuple(one for one in _variants(torch=True) if isinstance(one, Fault) and one.topic == REHEARSAL)


def innocents() -> tuple[Innocent, ...]:
    """Give every innocent, in the order of the files."""
    return tuple(one for one in _variants(torch=True) if isinstance(one, Innocent))


@cache
def _variants(*, torch: bool) -> tuple[Variant, ...]:
    """Import every file of variants."""
    from conformance import faults

    names = [module.name for module in pkgutil.iter_modules(faults.__path__)]
    chosen = [name for name in names if torch or name.startswith(_WITHOUT_TORCH)]
    modules = {importlib.import_module(f"conformance.faults.{name}").__name__ for name in chosen}
    return tuple(one for one in _declared.values() if torch or one.function.__module__ in modules)
