"""Writes a program in a library's own words: the text of an adapter's entries in the place of PyTorch's names.

What an adapter's entry does is written out where it is called, so that a reproducer needs the library alone.
"""

from __future__ import annotations

import ast
import builtins
import copy
import symtable
from typing import TYPE_CHECKING, Any

from conformance.backends.names import NAMES, parameters
from conformance.program import DEVICE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.backends.protocol import OwnWords

_BUILTINS = frozenset(dir(builtins))


class UnwritableError(Exception):
    """A failure that no program of its own can show: the message says why."""


class Rewriter(ast.NodeTransformer):
    """Rewrites expressions and programs, and keeps which of the adapter's definitions they rest on."""

    def __init__(self, words: OwnWords) -> None:
        self._words = words
        self._used: dict[str, str] = {}

    def expression(self, text: str) -> str:
        """Rewrite an expression.

        Raises:
            UnwritableError: it uses a name whose entry is not written out.
        """
        return ast.unparse(self._rewritten(ast.parse(text, mode="eval")))

    def program(self, definition: ast.FunctionDef) -> list[str]:
        """Rewrite a program, which then takes neither `torch` nor a device that it does not use.

        Raises:
            UnwritableError: as `expression`.
        """
        made = copy.deepcopy(definition)
        made.args.args = made.args.args[1:]
        made.body = [self._rewritten(statement) for statement in made.body]
        used = {node.id for node in ast.walk(ast.Module(made.body, [])) if isinstance(node, ast.Name)}
        made.args.kwonlyargs = [one for one in made.args.kwonlyargs if one.arg in used]
        made.args.kw_defaults = made.args.kw_defaults[: len(made.args.kwonlyargs)]
        return ast.unparse(ast.fix_missing_locations(made)).splitlines()

    @staticmethod
    def check(lines: list[str]) -> None:
        """See that a program uses no name that nothing in it defines: it would end like one that shows its failure.

        Raises:
            UnwritableError: it does.
        """
        table = symtable.symtable("\n".join(lines), "reproducer", "exec")
        known = {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}
        if missing := sorted(_free(table) - known - _BUILTINS):
            raise UnwritableError(f"nothing in it defines {', '.join(missing)}")

    def definitions(self, lines: list[str], setup: tuple[str, ...] = ()) -> list[str]:
        """Give the statements that lines rest on: imports, what sets the library up, what the adapter's module defines, in its order."""
        needed = _names("\n".join([*setup, *lines, *self._used.values()])) & set(self._words.definitions)
        while (
            more := {*_names("\n".join(self._words.definitions[one] for one in needed))}
            & {*self._words.definitions} - needed
        ):
            needed |= more
        found = [text for name, text in self._words.definitions.items() if name in needed]
        found += self._used.values()
        imports = [text for text in dict.fromkeys(found) if text.startswith(("import ", "from "))]
        others = [text for text in dict.fromkeys(found) if text not in imports]
        return [*imports, *setup, *(line for text in others for line in text.splitlines())]

    # --- syntax ---

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Refuse the namespace where it is passed on."""
        if node.id == "torch":
            raise UnwritableError("the program hands PyTorch's namespace on")
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Put the text of an entry in the place of a call of a function or method."""
        match node.func:
            case ast.Attribute(value=ast.Name(id="torch"), attr=name):
                return self._applied(f"torch.{name}", None, node)
            case ast.Attribute(value=value, attr=name) if not _is_module(value) and f".{name}" in NAMES:
                return self._applied(f".{name}", self.visit(value), node)
            case ast.Name(id="getattr" | "hasattr" | "setattr"):
                raise UnwritableError("the program looks a name up while it runs")
        return self._inside(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Put the text of an entry in the place of a property, and the library's dtype in that of PyTorch's."""
        if isinstance(node.value, ast.Name) and node.value.id == "torch":
            if node.attr not in self._words.dtypes:
                raise UnwritableError(f"torch.{node.attr} is no dtype that the adapter spells")
            return _expression(self._words.dtypes[node.attr])
        if _is_module(node.value) or f".{node.attr}" not in NAMES:
            return self._inside(node)
        if not isinstance(node.ctx, ast.Load):
            raise UnwritableError(f"the program sets .{node.attr}")
        call = ast.Call(node, [], [])
        return self._applied(f".{node.attr}", self.visit(node.value), call)

    # --- entries ---

    def _rewritten(self, node: Any) -> Any:
        return ast.fix_missing_locations(self.visit(copy.deepcopy(node)))

    def _inside(self, node: ast.expr) -> ast.expr:
        self.generic_visit(node)
        return node

    def _applied(self, name: str, target: ast.expr | None, node: ast.Call) -> ast.expr:
        text = self._words.entries.get(name)
        if text is None:
            raise UnwritableError(f"what stands behind {name} is not written out in the adapter's tables")
        args = [self.visit(one) for one in node.args]
        keywords = {one.arg: self.visit(one.value) for one in node.keywords if one.arg is not None}
        if len(keywords) < len(node.keywords):
            raise UnwritableError("the program spreads out arguments that are named")
        for parameter in parameters(NAMES[name])[len(args) :]:
            if parameter not in keywords:
                break
            args.append(keywords.pop(parameter))
        args = args if target is None else [target, *args]
        entry = _expression(text)
        if isinstance(entry, ast.Lambda) and (body := inlined(entry, args, keywords)) is not None:
            return body
        if not isinstance(entry, (ast.Name, ast.Attribute)):
            own = f"_{name.lstrip('.').replace('.', '_')}"
            self._used[own] = f"{own} = {text}"
            entry = ast.Name(own, ast.Load())
        return ast.Call(entry, args, [ast.keyword(key, value) for key, value in keywords.items()])


def inlined(function: ast.Lambda, args: list[ast.expr], keywords: Mapping[str, ast.expr]) -> ast.expr | None:
    """Put arguments into the body of a lambda; None where that would run something twice or confuse names."""
    taken = _bound(function, args, keywords)
    inner = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr)
    if taken is None or any(isinstance(node, inner) for node in ast.walk(function.body)):
        return None
    names = [node.id for node in ast.walk(function.body) if isinstance(node, ast.Name)]
    simple = (ast.Name, ast.Constant)
    for name, value in taken.items():
        if isinstance(value, ast.expr) and not isinstance(value, simple) and names.count(name) > 1:
            return None
    try:
        body: ast.expr = _Substitution(taken).visit(copy.deepcopy(function.body))
    except UnwritableError:
        return None
    return body


_Taken = dict[str, "ast.expr | dict[str, ast.expr]"]


def _bound(function: ast.Lambda, args: list[ast.expr], keywords: Mapping[str, ast.expr]) -> _Taken | None:
    """Give what each parameter gets; None where the call does not fit."""
    takes, left, named = function.args, list(args), dict(keywords)
    if any(isinstance(one, ast.Starred) for one in args):
        return None
    defaults = dict(zip([one.arg for one in takes.args][::-1], takes.defaults[::-1], strict=False))
    defaults |= {
        one.arg: value for one, value in zip(takes.kwonlyargs, takes.kw_defaults, strict=True) if value is not None
    }
    taken: _Taken = {}
    for one in takes.args:
        value = left.pop(0) if left else named.pop(one.arg, defaults.get(one.arg))
        if value is None:
            return None
        taken[one.arg] = value
    for one in takes.kwonlyargs:
        value = named.pop(one.arg, defaults.get(one.arg))
        if value is None:
            return None
        taken[one.arg] = value
    if takes.vararg is not None:
        taken[takes.vararg.arg] = ast.Tuple(left, ast.Load())
        left = []
    if takes.kwarg is not None:
        taken[takes.kwarg.arg] = named
        named = {}
    return None if left or named else taken


class _Substitution(ast.NodeTransformer):
    """Substitutes arguments for parameters."""

    def __init__(self, taken: _Taken) -> None:
        self._taken = taken

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._taken.get(node.id, node)
        if isinstance(value, dict):
            raise UnwritableError("named arguments are used as a value")
        return copy.deepcopy(value)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        keywords: list[ast.keyword] = []
        for one in node.keywords:
            spread = self._taken.get(one.value.id) if one.arg is None and isinstance(one.value, ast.Name) else None
            if isinstance(spread, dict):
                keywords += [ast.keyword(name, value) for name, value in spread.items()]
            else:
                keywords.append(ast.keyword(one.arg, self.visit(one.value)))
        args = [part for one in node.args for part in _spread(self.visit(one))]
        function = self.visit(node.func)
        if isinstance(function, ast.Name) and function.id == "sizes" and (shape := _shape(args)) is not None:
            return shape
        return ast.Call(function, args, keywords)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test: ast.expr = self.visit(node.test)
        body: ast.expr = self.visit(node.body)
        other: ast.expr = self.visit(node.orelse)
        match test:
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as sign], comparators=[ast.Constant(value=None)]):
                if isinstance(left, (ast.Constant, ast.Tuple, ast.List)):
                    is_none = isinstance(left, ast.Constant) and left.value is None
                    return body if is_none is isinstance(sign, ast.Is) else other
        return ast.IfExp(test, body, other)


def _spread(one: ast.expr) -> Iterator[ast.expr]:
    if isinstance(one, ast.Starred) and isinstance(one.value, ast.Tuple):
        yield from one.value.elts
    else:
        yield one


def _shape(args: list[ast.expr]) -> ast.expr | None:
    """Give what `sizes` makes of arguments, where that can be read off them."""
    match args:
        case [ast.Tuple(elts=[(ast.Tuple() | ast.List()) as shape])]:
            return shape
        case [ast.Tuple(elts=[ast.Constant() | ast.UnaryOp(operand=ast.Constant())]) as shape]:
            return shape
        case [ast.Tuple(elts=elements) as shape] if len(elements) != 1:
            return shape
    return None


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _is_module(value: ast.expr) -> bool:
    """Say whether something is a module's name: programs import NumPy, `copy` and `math` alone."""
    return isinstance(value, ast.Name) and value.id in ("numpy", "np", "copy", "math")


def _free(table: symtable.SymbolTable) -> set[str]:
    """Give the names that a text and its functions look up in its module."""
    own = {one.get_name() for one in table.get_symbols() if one.is_global() or table.get_type() == "module"}
    return own.union(*map(_free, table.get_children()))


def _names(text: str) -> set[str]:
    """Give the names that a text uses and that are neither builtins nor a program's own."""
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return used - _BUILTINS - {*DEVICE_NAMES}
