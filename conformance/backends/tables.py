"""An adapter's tables as source text: what stands behind each name, and what that rests on in the adapter's module.

A reproducer is written of them that needs the library alone, and no adapter.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TABLES = {"functions": "torch.", "methods": ".", "properties": "."}
_OWN = "conformance."
# What tells a shape and a device apart from other values, and is nothing more to a program of the library's own.
_PLAIN = {"Size": "tuple", "Place": "str"}


class Tables(NamedTuple):
    """The text of an adapter's tables.

    Attributes:
        entries: by PyTorch's name (`torch.cat`, `.mean`), the expression that is called.
        definitions: by the name that they define, the statements of the adapter's module: imports, functions, values.
    """

    entries: dict[str, str]
    definitions: dict[str, str]


def of(adapter: type) -> Tables:
    """Read the tables of an adapter's class. An entry that is not written out in them is left out."""
    written: dict[str, tuple[Any, str]] = {}
    definitions = {name: f"{name} = {plain}" for name, plain in _PLAIN.items()}
    for kind in reversed(adapter.__mro__):
        if not {*_TABLES} & {*vars(kind)} or kind.__module__ == "conformance.backends.shaped":
            continue
        try:
            tree = _tree(kind.__module__)
        except (OSError, TypeError):
            continue
        definitions |= _definitions(tree)
        for table, expression in _tables(tree, kind.__name__):
            held: Mapping[str, Any] = vars(kind)[table]
            for name, call in _entries(expression, _values(tree)):
                written[f"{table} {name}"] = held.get(name), ast.unparse(call)
    entries = {}
    for table, sign in _TABLES.items():
        for name, entry in getattr(adapter, table, {}).items():
            # What stands there now may be another than the one that was written: a derived class replaces it, or takes it out.
            known, text = written.get(f"{table} {name}", (None, ""))
            if known is entry:
                entries[f"{sign}{name}"] = text
    return Tables(entries, definitions)


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(module)))


def _values(tree: ast.Module) -> dict[str, ast.expr]:
    """Give what a module's names stand for, be they its own or taken from a module of ours."""
    values = {name: value for statement in tree.body for name, value in _assigned(statement)}
    for statement in tree.body:
        match statement:
            case ast.ImportFrom(module=str() as module, names=names) if module.startswith(_OWN):
                brought = {name: value for one in _tree(module).body for name, value in _assigned(one)}
                values |= {one.name: brought[one.name] for one in names if one.name in brought}
    return values


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            yield name, value


def _tables(tree: ast.Module, kind: str) -> Iterator[tuple[str, ast.expr]]:
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef) and statement.name == kind:
            for line in statement.body:
                yield from ((name, value) for name, value in _assigned(line) if name in _TABLES)


def _entries(table: ast.expr, values: dict[str, ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    """Give what is called for each name of a table: of a literal, with other tables of the module spread out in it."""
    if isinstance(table, ast.Name):
        table = values.get(table.id, table)
    if not isinstance(table, ast.Dict):
        return
    for key, value in zip(table.keys, table.values, strict=True):
        match key, value:
            case None, _:
                yield from _entries(value, values)
            case ast.Constant(value=str() as name), ast.Call(func=ast.Name(id="Entry"), args=[call, *_]):
                yield name, call


def _definitions(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement in tree.body:
        match statement:
            case ast.Import(names=names):
                found |= {(one.asname or one.name).partition(".")[0]: ast.unparse(ast.Import([one])) for one in names}
            case ast.ImportFrom(module=str() as module, names=names) if module.startswith(_OWN):
                found |= _brought(module, [one.name for one in names])
            case ast.ImportFrom(module=str() as module, names=names, level=0) if module != "__future__":
                found |= {one.asname or one.name: ast.unparse(ast.ImportFrom(module, [one], 0)) for one in names}
            case ast.FunctionDef(name=name):
                found[name] = ast.unparse(_bare(statement))
            case _:
                found |= {name: f"{name} = {ast.unparse(value)}" for name, value in _assigned(statement)}
    return found


def _brought(module: str, names: list[str]) -> dict[str, str]:
    """Give the definitions of a module of ours from which an adapter imports: a program of its own has none of it."""
    wanted = {*names} - {*_PLAIN}
    own = _definitions(_tree(module)) if wanted else {}
    return {name: own[name] for name in wanted if name in own}


def _bare(function: ast.FunctionDef) -> ast.FunctionDef:
    """Take a function's annotations and docstring away."""
    function = copy.deepcopy(function)
    function.returns = None
    for one in ast.walk(function.args):
        if isinstance(one, ast.arg):
            one.annotation = None
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:] or [ast.Pass()]
    return function
