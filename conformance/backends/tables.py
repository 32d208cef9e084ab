"""An adapter's tables as source text: what stands behind each name, and what that rests on in the adapter's module.

A reproducer is written of them that needs the library alone, and no adapter.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    entries: dict[str, str] = {}
    definitions: dict[str, str] = {}
    for kind in reversed(adapter.__mro__):
        if kind.__module__.startswith("conformance.backends.shaped") or "functions" not in dir(kind):
            continue
        try:
            tree = _tree(kind.__module__)
        except (OSError, TypeError):
            continue
        values = _values(tree)
        definitions |= _definitions(tree)
        for table, expression in _tables(tree, kind.__name__):
            sign = _TABLES[table]
            found = {f"{sign}{name}": ast.unparse(call) for name, call in _entries(expression, values)}
            entries |= found
    return Tables(entries, definitions)


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(module)))


def _values(tree: ast.Module) -> dict[str, ast.expr]:
    """Give what a module's names stand for."""
    return {name: value for statement in tree.body for name, value in _assigned(statement)}


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
    plain = {name: f"{name} = {_PLAIN[name]}" for name in names if name in _PLAIN}
    own = _definitions(_tree(module)) if {*names} - {*_PLAIN} else {}
    return {**{name: own[name] for name in names if name in own}, **plain}


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
