"""What a case needs of a library, and whether a declaration takes it away.

What can be read off a case is: the dtypes of its inputs, gradients, whether its printed form is judged. What it does to memory,
and in which dtypes its results are, is what the reference shows when it runs it. Which names and arguments it uses shows when the library has not got one: then it raises.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from conformance.backends.declaration import key_of, reason
from conformance.backends.names import GRADIENTS
from conformance.dtypes import DTYPES
from conformance.program import ArrayInput, NumpyScalarInput, PlainInput, Program, TensorInput
from conformance.reference import tracing
from conformance.runner.execution import execute
from conformance.runner.oracle import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.documents import Case
    from conformance.observation import Observation, Seen
    from conformance.program import Argument

_ABSENT = re.compile(r"has no attribute '(\w+)'")
# How Python calls what has functions, and no tensor.
_NAMESPACE = re.compile(r"module |'[\w.]*Namespace' object")
# Python's own words of a function, and those of many libraries' functions in C.
_NO_ARGUMENT = re.compile(r"unexpected keyword argument '(\w+)'|'(\w+)' is an invalid keyword argument")
# How nanobind and pybind11, which tell no argument apart, list those that a call named.
_NAMED = re.compile(r"kwargs(?: = \{|:)([^}]*)")
# What only a run on the reference tells.
_TRACED = frozenset(("in-place", "bounds", *DTYPES, *(f"aliasing.{name}" for name in tracing.SHARING)))


def lacking(case: Case, reads: str, lacks: Mapping[str, str]) -> str:
    """Give the sentence in which something that a case needs is declared away; empty where nothing is.

    Args:
        case: of a clause.
        reads: what the clause judges of it.
        lacks: what is declared, by word.
    """
    if not lacks:
        return ""
    found = (reason(word, lacks) for word in _plain(case, reads))
    if sentence := next(filter(None, found), ""):
        return sentence
    if sentence := _of_twin(case, lacks):
        return sentence
    if not any(reason(word, lacks) for word in _TRACED):
        return ""
    return next(filter(None, (reason(word, lacks) for word in sorted(_traced(case)))), "")


def keys(case: Case, reads: str, lacks: Mapping[str, str]) -> set[str]:
    """Give the words and patterns of a declaration that a case needs, but for the names that it uses; at least two, if it needs more."""
    found = {key_of(word, lacks) for word in _plain(case, reads)} - {""}
    if len(found) < 2 and any(reason(word, lacks) for word in _TRACED):  # noqa: PLR2004 - one, or more
        found |= {key_of(word, lacks) for word in _traced(case)} - {""}
    return found


def _of_twin(case: Case, lacks: Mapping[str, str]) -> str:
    """Give the sentence in which a dtype is declared away that the legal twin of a refused call needs: a refusal counts only where that works."""
    twin = case.twin_inputs.bases.values() if case.twin_inputs is not None else ()
    found = next(filter(None, (reason(base.dtype, lacks) for base in twin)), "")
    if not found:
        return ""
    seen, _ = execute(REFERENCE, case.program, case.inputs, REFERENCE.device("cpu"), sets=case.sets)
    return found if seen.raised is not None else ""


def absent(seen: Observation, lacks: Mapping[str, str]) -> str:
    """Give the sentence in which a name that a program missed is declared away; empty where it is not, or none was missed."""
    if not lacks or seen.raised is None:
        return ""
    if match := _ABSENT.search(seen.raised.text):
        names = [f"torch.{match[1]}", f".{match[1]}"]
        ordered = names if _NAMESPACE.match(seen.raised.text) else names[::-1]
        words = [*ordered, match[1]] if match[1] in DTYPES else ordered
        return next(filter(None, (reason(word, lacks) for word in words)), "")
    if match := _NO_ARGUMENT.search(seen.raised.text):
        return reason(f"{match[1] or match[2]}=", lacks)
    if match := _NAMED.search(seen.raised.text):
        named = re.findall(r"(\w+)(?:: |=)", match[1])
        return next(filter(None, (reason(f"{one}=", lacks) for one in named)), "")
    return ""


def _plain(case: Case, reads: str) -> Iterator[str]:
    yield from case.needs
    yield from (base.dtype for base in case.inputs.bases.values())
    arguments = case.inputs.arguments.values()
    for one in arguments:
        if isinstance(one, (ArrayInput, NumpyScalarInput)):
            yield _numpy_name(one.dtype)
        if isinstance(one, PlainInput) and isinstance(one.value, dict) and "dtype" in one.value:
            yield str(one.value["dtype"])
    if any(isinstance(one, TensorInput) and one.requires_grad for one in arguments) or _records(case.program.source):
        yield "gradients"
    if any(_is_part(one) for one in arguments) or _slices(case.program.source):
        yield "slices"
    if reads == "text" or _prints(case.program.source):
        yield "printed-form"


def _is_part(argument: Argument) -> bool:
    """Say whether an argument is a part of its base, or a key that takes one."""
    if isinstance(argument, TensorInput):
        return any(step.op == "index" and not _is_number(step.args[0]) for step in argument.view)
    return isinstance(argument, PlainInput) and _holds_a_slice(argument.value)


def _holds_a_slice(value: Any) -> bool:
    match value:
        case {"slice": _} | {"ellipsis": _}:
            return True
        case {"tuple": list(items)} | list(items):
            return any(map(_holds_a_slice, items))
    return False


def _is_number(key: Any) -> bool:
    return isinstance(key, dict) and "int" in key


@lru_cache(maxsize=4096)
def _slices(source: str) -> bool:
    """Say whether a program takes parts by anything but a name or a number."""
    keys = [node.slice for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Subscript)]
    parts = (ast.Slice, ast.Tuple)
    return any(
        isinstance(key, parts) or (isinstance(key, ast.Constant) and not isinstance(key.value, int)) for key in keys
    )


@lru_cache(maxsize=256)
def _numpy_name(dtype: str) -> str:
    """Give the name of a NumPy dtype, whatever its byte order."""
    import numpy as np

    return np.dtype(dtype).name


@lru_cache(maxsize=4096)
def _records(source: str) -> bool:
    """Say whether a program speaks of gradients."""
    nodes = list(ast.walk(ast.parse(source)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    keywords = {node.arg for node in nodes if isinstance(node, ast.keyword)}
    return bool((attributes | keywords) & GRADIENTS)


@lru_cache(maxsize=4096)
def _prints(source: str) -> bool:
    """Say whether a program asks for a printed form: by `repr` or `format`, or of an argument of its own by `str` or in a text."""
    return any(_asks_for_print(node, Program(source).arguments) for node in ast.walk(ast.parse(source)))


def _asks_for_print(node: ast.AST, arguments: tuple[str, ...]) -> bool:
    match node:
        case ast.Attribute(attr="__repr__" | "__str__" | "__format__"):
            return True
        case ast.Call(func=ast.Name(id="repr" | "format" | "ascii")):
            return True
        case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id=name)]) | ast.FormattedValue(value=ast.Name(id=name)):
            return name in arguments
        case _:
            return False


@lru_cache(maxsize=4096)
def _stores(source: str) -> bool:
    """Say whether a program writes into something by an index, be it an array."""
    targets = [
        target
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Assign, ast.AugAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return any(isinstance(one, ast.Subscript) for one in targets)


def _traced(case: Case) -> set[str]:
    """Run a case on the reference, and give what it did."""
    cpu = REFERENCE.device("cpu")
    with tracing.noting() as trace:
        seen, _ = execute(REFERENCE, case.program, case.inputs, cpu, sets=case.sets)
    found = {f"aliasing.{name}" for name in trace.shared}
    if trace.writes or _stores(case.program.source):
        found |= {f"aliasing.{name}" for name in trace.arrays}
    if trace.writes:
        found.add("in-place")
    # A dim out of range and too many indices are IndexErrors as well, and refused by libraries that look at no index.
    if seen.raised is not None and seen.raised.type == "IndexError" and "is out of bounds" in seen.raised.text:
        found.add("bounds")
    # Of the documents' own cases, what the library gives where no dtype is printed is right too.
    return found | set(_dtypes(seen.returned)) if case.by_reference else found


def _dtypes(returned: Iterable[Seen]) -> Iterator[str]:
    """Give the dtypes of what was returned, in lists and tuples too."""
    for one in returned:
        if one.dtype is not None:
            yield one.dtype
        yield from _dtypes(one.items or ())
