"""How a fault is declared and planted: a function that stands in for one of PyTorch's own, for a while."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from unittest import mock

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Shows = Literal["value", "dtype", "shape", "alias", "gradient", "missing error", "error", "printed form", "warning"]

# PyTorch's methods and functions as they are, below those that a fault replaces.
METHODS: Any = torch.Tensor.__mro__[1]
FUNCTIONS: Any = torch._C._VariableFunctions  # noqa: SLF001 - the functions as they are


@dataclass(frozen=True)
class Fault:
    """One way to be wrong.

    Attributes:
        id: a durable word.
        sentence: what it does.
        topic: the file that declares it.
        shows: how it shows.
        clauses: those that are meant to catch it.
        targets: the dotted names that it replaces.
        function: what stands there instead.
    """

    id: str
    sentence: str
    topic: str
    shows: Shows
    clauses: tuple[str, ...]
    targets: tuple[str, ...]
    function: Callable[..., Any]

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """Plant it, and take it out at the end; where an attribute is read and not called, so is the fault."""
        with contextlib.ExitStack() as stack:
            if any(target.endswith(".__getitem__") for target in self.targets):
                stack.callback(_forget_sequence_slot, torch.Tensor)
            for target in self.targets:
                read = inspect.isdatadescriptor(pkgutil.resolve_name(target))
                stack.enter_context(mock.patch(target, property(self.function) if read else self.function))
            yield


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


_declared: dict[str, Fault] = {}


def fault(
    identifier: str, *targets: str, clauses: tuple[str, ...], shows: Shows = "value"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a fault: the function stands in for each target (`torch.add`, `torch.Tensor.view`); its docstring says what it does.

    Raises:
        ValueError: the id is used twice, or the sentence is missing.
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        sentence = inspect.getdoc(function) or ""
        if identifier in _declared or not sentence:
            raise ValueError(f"fault {identifier!r} needs an id of its own and a docstring")
        topic = function.__module__.rpartition(".")[2]
        _declared[identifier] = Fault(identifier, sentence, topic, shows, clauses, targets, function)
        return function

    return declare


def by_id(identifier: str) -> Fault:
    """Give the fault of an id.

    Raises:
        KeyError: there is none.
    """
    return {one.id: one for one in load()}[identifier]


@cache
def load() -> tuple[Fault, ...]:
    """Import every file of faults and give them in order."""
    from conformance import faults

    for module in pkgutil.iter_modules(faults.__path__):
        importlib.import_module(f"conformance.faults.{module.name}")
    return tuple(_declared.values())
