"""How a fault is declared and planted: a function that stands in for one of PyTorch's own, for a while."""

from __future__ import annotations

import contextlib
import importlib
import inspect
from dataclasses import dataclass
from functools import cache
from pkgutil import iter_modules
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
        """Plant it, and take it out at the end."""
        with contextlib.ExitStack() as stack:
            for target in self.targets:
                stack.enter_context(mock.patch(target, self.function))
            yield


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

    for module in iter_modules(faults.__path__):
        importlib.import_module(f"conformance.faults.{module.name}")
    return tuple(_declared.values())
