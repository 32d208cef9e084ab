"""Makes the program of a failing case shorter: fewer returned values and statements, plain arguments written into it."""

from __future__ import annotations

import ast
import copy
import operator
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.program import Inputs, PlainInput, ProgramError, TensorInput, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.documents import Case


class _UnknownError(Exception):
    """An expression whose value is not known before the program runs."""


# --- fewer statements ----------------------------------------------------------------------------------------


def fewer_statements(case: Case) -> Iterator[Case]:
    """Give the case with fewer returned values, then without runs of statements, long ones first, then without one of a block."""
    definition = case.program.definition
    last = definition.body[-1]
    named = {node.id for one in definition.body for node in ast.walk(one) if isinstance(node, ast.Name)}
    if not named.issuperset(case.program.arguments):
        yield from _rebuilt(case, definition.body)
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple):
        parts = last.value.elts
        kept = [[one] for one in parts] if len(parts) > 1 else []
        kept += [parts[:place] + parts[place + 1 :] for place in range(len(parts)) if len(parts) > 2]  # noqa: PLR2004 - of two, one is left
        for fewer in kept:
            value = fewer[0] if len(fewer) == 1 else ast.Tuple(fewer, ast.Load())
            yield from _rebuilt(case, [*definition.body[:-1], ast.Return(value)])
    number = len(definition.body) - 1
    length = number
    while length:
        for start in range(number - length, -1, -1):
            yield from _rebuilt(case, definition.body[:start] + definition.body[start + length :])
        length = length // 2 if length > 2 else length - 1  # noqa: PLR2004 - one by one at the end
    for left in _inner_left_out(definition.body):
        yield from _rebuilt(case, left)


def _inner_left_out(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Give statements without one of those in their blocks, the last ones first; of a block one is left."""
    for place, statement in reversed(list(enumerate(body))):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(statement, name, [])
            fewer = [block[:at] + block[at + 1 :] for at in reversed(range(len(block))) if len(block) > 1]
            for left in (*fewer, *_inner_left_out(block)):
                changed = copy.copy(statement)
                setattr(changed, name, left)
                yield [*body[:place], changed, *body[place + 1 :]]


def _rebuilt(case: Case, body: list[ast.stmt]) -> Iterator[Case]:
    """Put a body into the program, without arguments that it does not use; nothing if that is no program."""
    used = {node.id for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name)}
    arguments = {name: one for name, one in case.inputs.arguments.items() if name in used}
    bases = {one.base for one in arguments.values() if isinstance(one, TensorInput)}
    inputs = Inputs({name: one for name, one in case.inputs.bases.items() if name in bases}, arguments)
    definition = copy.copy(case.program.definition)
    definition.body = body
    definition.args = copy.copy(definition.args)
    definition.args.args = [one for one in definition.args.args if one.arg == "torch" or one.arg in arguments]
    try:
        program = checked(ast.unparse(ast.fix_missing_locations(definition)))
    except ProgramError:
        return
    yield msgspec.structs.replace(case, program=program, inputs=inputs)


# --- plain arguments written into the program ----------------------------------------------------------------


def folded(case: Case) -> Iterator[Case]:
    """Give the case with its plain arguments written into its program, and without the branches that are not taken.

    First with loops over what is known written out, and with names for no more than another name put aside; where
    that changes something, then without.
    """
    plain = {name: one.value for name, one in case.inputs.arguments.items() if isinstance(one, PlainInput)}
    stored = _stored(case.program.definition)
    known = {name: literal(value) for name, value in plain.items() if name not in stored}
    once = {name for name in stored if stored.count(name) == 1 and name not in case.inputs.arguments}
    before = case
    for folder in (_Folder(dict(known), once), _Folder(dict(known), set())):
        body: list[ast.stmt] = []
        for statement in copy.deepcopy(case.program.definition).body:
            body += folder.statements(statement)
            if isinstance(body[-1] if body else None, (ast.Return, ast.Raise)):
                break
        for made in _rebuilt(case, body):
            if made.program != before.program and made.program.source != _plainly(case):
                yield made
                before = made


def _plainly(case: Case) -> str:
    """Give the text of a program as it is written anew, with nothing folded."""
    return ast.unparse(case.program.definition) + "\n"


def _stored(definition: ast.FunctionDef) -> list[str]:
    return [
        node.id for node in ast.walk(definition) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    ]


def literal(stored: Any) -> ast.expr:
    """Give the expression of a plain value, as `encode_plain` stores it; a dtype is `torch`'s."""
    match stored:
        case list():
            return ast.List([literal(one) for one in stored], ast.Load())
        case {"tuple": items}:
            return ast.Tuple([literal(one) for one in items], ast.Load())
        case {"int": text}:
            return _parsed(text)
        case {"float": text}:
            return _parsed(number_text(float.fromhex(text)))
        case {"complex": [real, imaginary]}:
            return _parsed(complex_text(complex(float.fromhex(real), float.fromhex(imaginary))))
        case {"slice": parts}:
            return ast.Call(ast.Name("slice", ast.Load()), [literal(one) for one in parts], [])
        case {"ellipsis": True}:
            return ast.Constant(...)
        case {"dtype": name}:
            return _parsed(f"torch.{name}")
        case _:
            return _parsed(repr(stored))


def number_text(value: float) -> str:
    """Write a float as an expression of builtins."""
    return repr(value) if abs(value) < float("inf") else f"float({str(value)!r})"


def complex_text(value: complex) -> str:
    """Write a complex number as an expression of builtins, its signed zeros and infinities included."""
    return f"complex({number_text(value.real)}, {number_text(value.imag)})"


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Folder(ast.NodeTransformer):
    """Puts expressions for names, and works out what is then known.

    Args:
        known: the expressions of names; grows.
        once: names that are given once in the program: where it is another name that they stand for, they go.
    """

    def __init__(self, known: dict[str, ast.expr], once: set[str]) -> None:
        self._known = known
        self._once = once

    def statements(self, statement: ast.stmt) -> list[ast.stmt]:
        """Fold one statement; of one that depends on what is known, its branch alone."""
        made = self.visit(statement)
        return made if isinstance(made, list) else [] if made is None else [made]

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [kept for one in statements for kept in self.statements(one)]

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Put the expression of a known name."""
        return copy.deepcopy(self._known.get(node.id, node)) if isinstance(node.ctx, ast.Load) else node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """Leave its own arguments alone."""
        own = {one.arg for one in node.args.args}
        known = {name: value for name, value in self._known.items() if name not in own}
        node.body = _Folder(known, set()).visit(node.body)
        return node

    def visit_If(self, node: ast.If) -> Any:
        """Keep the branch that is taken."""
        test = self.visit(copy.deepcopy(node.test))
        try:
            taken = node.body if _value(test) else node.orelse
        except _UnknownError:
            node.test, node.body, node.orelse = test, self._block(node.body) or [ast.Pass()], self._block(node.orelse)
            return node
        return self._block(taken)

    def visit_Assign(self, node: ast.Assign) -> Any:
        """Let go of names that stand for another name or a table, alone or several at once."""
        self.generic_visit(node)
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(values):
                pairs = list(zip(names, values, strict=True))
                left = [(name, value) for name, value in pairs if not self._goes(name, value)]
                return _assigned(left) if len(left) < len(pairs) else node
            case ast.Assign(targets=[name], value=value) if self._goes(name, value):
                return []
        return node

    def _goes(self, name: ast.expr, value: ast.expr) -> bool:
        goes = isinstance(name, ast.Name) and name.id in self._once and (_is_name(value) or _is_table(value))
        if goes:
            self._known[name.id] = value  # type: ignore[attr-defined]
        return goes

    def visit_For(self, node: ast.For) -> Any:
        """Write a loop over what is known out, if it is short."""
        items = self.visit(copy.deepcopy(node.iter))
        written = self._written_out(node, items) if self._once and isinstance(items, (ast.List, ast.Tuple)) else None
        if written is not None:
            return written
        node.iter, node.body = items, self._block(node.body) or [ast.Pass()]
        return node

    def _written_out(self, node: ast.For, items: ast.List | ast.Tuple) -> list[ast.stmt] | None:
        spread = [part for one in items.elts for part in (one.value.elts if _is_spread(one) else [one])]  # type: ignore[attr-defined]
        names = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
        written: list[ast.stmt] = []
        for item in spread:
            values = item.elts if isinstance(node.target, ast.Tuple) and isinstance(item, ast.Tuple) else [item]
            if len(values) != len(names) or not all(isinstance(name, ast.Name) for name in names):
                return None
            self._known.update({name.id: one for name, one in zip(names, values, strict=True)})  # type: ignore[attr-defined]
            body = self._block(copy.deepcopy(node.body))
            ends = [place for place, one in enumerate(body) if isinstance(one, ast.Continue)]
            written += body[: ends[0]] if ends else body
        inner = [one for statement in written for one in ast.walk(statement)]
        if (
            node.orelse
            or len(written) > _MOST_WRITTEN
            or any(isinstance(one, (ast.Continue, ast.Break)) for one in inner)
        ):
            return None
        return written

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        """Keep the side that is taken, and one of two that are the same."""
        try:
            return self.visit(node.body if _value(self.visit(copy.deepcopy(node.test))) else node.orelse)
        except _UnknownError:
            self.generic_visit(node)
        acts = any(isinstance(one, ast.Call) for one in ast.walk(node.test))
        return node.body if not acts and ast.dump(node.body) == ast.dump(node.orelse) else node

    def visit_ListComp(self, node: ast.ListComp) -> Any:
        """Write `[f(n) for n in (0, 1)]` as `[f(0), f(1)]`."""
        match node.generators:
            case [ast.comprehension(target=ast.Name(id=name), iter=items, ifs=[], is_async=0)] if self._once:
                items = self.visit(items)
                if isinstance(items, (ast.List, ast.Tuple)) and not any(map(_is_spread, items.elts)):
                    each = [_Folder({**self._known, name: one}, self._once) for one in items.elts]
                    return ast.List([one.visit(copy.deepcopy(node.elt)) for one in each], ast.Load())
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        """Join texts."""
        self.generic_visit(node)
        try:
            joined = _value(node)
        except _UnknownError:
            return node
        return ast.Constant(joined) if isinstance(joined, str) else node

    def visit_Call(self, node: ast.Call) -> Any:
        """Write `getattr(x, "add")` as `x.add`, and `f(*(1, 2))` as `f(1, 2)`."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str() as name)]) if (
                name.isidentifier()
            ):
                return ast.Attribute(owner, name, ast.Load())
            case ast.Call(func=ast.Lambda(args=given, body=body), args=values, keywords=[]) if len(given.args) == len(
                values
            ) and all(map(_is_name, values)):
                return _Folder({one.arg: value for one, value in zip(given.args, values, strict=True)}, set()).visit(
                    body
                )
        spread = [one.value.elts if _is_spread(one) else [one] for one in node.args]  # type: ignore[attr-defined]
        node.args = [argument for part in spread for argument in part]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """Write `x[slice(1, None)]` as `x[1:]`, and take of a list what a known slice takes."""
        self.generic_visit(node)
        node.slice = _as_key(node.slice)
        if isinstance(node.value, ast.Dict) and isinstance(node.ctx, ast.Load):
            return _looked_up(node, node.value)
        if isinstance(node.value, (ast.List, ast.Tuple)) and isinstance(node.ctx, ast.Load):
            return _taken(node, node.value)
        return node


# A loop is written out to so many statements at most.
_MOST_WRITTEN = 12


def _is_name(node: ast.expr) -> bool:
    """Say whether an expression is a name, one of a name's attributes, or a constant."""
    if isinstance(node, ast.Attribute):
        return _is_name(node.value)
    return isinstance(node, (ast.Name, ast.Constant))


def _is_table(node: ast.expr) -> bool:
    return isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys)


def _assigned(pairs: list[tuple[ast.expr, ast.expr]]) -> list[ast.stmt]:
    """Assign what is left of several names that are assigned at once."""
    if len(pairs) <= 1:
        return [ast.Assign([name], value) for name, value in pairs]
    names, values = zip(*pairs, strict=True)
    return [ast.Assign([ast.Tuple(list(names), ast.Store())], ast.Tuple(list(values), ast.Load()))]


def _looked_up(node: ast.Subscript, table: ast.Dict) -> ast.expr:
    try:
        wanted = _value(node.slice)
        found = [value for key, value in zip(table.keys, table.values, strict=True) if key and _value(key) == wanted]
    except _UnknownError:
        return node
    return found[-1] if found else node


def _is_spread(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred) and isinstance(node.value, (ast.Tuple, ast.List))


def _as_key(node: ast.expr) -> ast.expr:
    match node:
        case ast.Tuple(elts=parts) if parts:
            return ast.Tuple([_as_key(one) for one in parts], ast.Load())
        case ast.Call(func=ast.Name(id="slice"), args=[start, stop, step]):
            return ast.Slice(
                *(None if isinstance(one, ast.Constant) and one.value is None else one for one in (start, stop, step))
            )
    return node


def _taken(node: ast.Subscript, whole: ast.List | ast.Tuple) -> ast.expr:
    try:
        if not isinstance(node.slice, ast.Slice):
            one: ast.expr = whole.elts[_value(node.slice)]
            return one
        bounds = [None if one is None else _value(one) for one in (node.slice.lower, node.slice.upper, node.slice.step)]
    except (_UnknownError, IndexError, TypeError):
        return node
    return type(whole)(whole.elts[slice(*bounds)], ast.Load())


_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
}  # fmt: skip


_KINDS: dict[str, type] = {kind.__name__: kind for kind in (bool, int, float, complex, str, tuple, list)}


def _value(node: ast.expr) -> Any:
    """Work out an expression of literals.

    Raises:
        _UnknownError: it is none.
    """
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=parts):
            return tuple(map(_value, parts))
        case ast.List(elts=parts):
            return list(map(_value, parts))
        case ast.Dict(keys=keys) if all(keys):
            return dict.fromkeys(_value(key) for key in keys if key)
        case ast.Call(func=ast.Name(id="len"), args=[ast.Tuple(elts=parts) | ast.List(elts=parts)]):
            return len(parts)
        case ast.Call(func=ast.Name(id="isinstance"), args=[one, ast.Name(id=kind)]) if kind in _KINDS:
            return isinstance(_value(one), _KINDS[kind])
    return _calculated(node)


def _calculated(node: ast.expr) -> Any:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=one):
            return not _value(one)
        case ast.UnaryOp(op=ast.USub(), operand=one):
            return -_value(one)
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(map(_value, parts))
        case ast.BoolOp(values=parts):
            return any(map(_value, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _value(left) + _value(right)
        case ast.Compare(left=left, ops=[comparison], comparators=[right]) if type(comparison) in _COMPARISONS:
            return _COMPARISONS[type(comparison)](_value(left), _value(right))
    raise _UnknownError
