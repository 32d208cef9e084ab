"""Makes a failing program smaller: fewer statements, fewer names, plainer statements, plainer inputs.

Whatever is tried must still be determined by the rules: the strict reference runs it. So what is left is no less a
fault than what was found.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import TYPE_CHECKING

import msgspec

from conformance.program import Inputs, Program, TensorInput
from conformance.reference.strict import is_determined
from conformance.strategies.programs import NAMES, elements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.documents import Case
    from conformance.program import Base

# A candidate costs a run on the strict reference, on the reference, and on the library.
MOST_RUNS = 600
# What a statement may become, in order: a plainer one of its sort.
PLAIN_WRITES = ("{0}[0] = 7", "{0}[...] = 7", "{0} += 1", "{0}[0] += 1", "{0}.add_(1)", "{0}.mul_(2)")
PLAIN_VALUES = ("{0}[0]", "{0}[1:]", "{0}[...]", "{0}.view(-1)", "{0}.t()", "{0}.clone()", "{0} + 1")
PLAIN_SHAPES: tuple[tuple[int, ...], ...] = ((2,), (1,), (), (2, 2), (4,))
PLAIN_DTYPES = ("int64", "float32")


@dataclass(frozen=True)
class _Form:
    """A program taken apart: what it is given, its statements, and the names that it returns."""

    inputs: Inputs
    statements: tuple[str, ...]
    returned: tuple[str, ...]

    def used(self) -> set[str]:
        """The names in it."""
        return _names("\n".join((*self.statements, *self.returned)))

    def case(self, case: Case) -> Case:
        """Put it together, without arguments and bases that it does not use."""
        used = self.used()
        arguments = {name: one for name, one in self.inputs.arguments.items() if name in used}
        bases = {one.base for one in arguments.values() if isinstance(one, TensorInput)}
        inputs = Inputs({name: one for name, one in self.inputs.bases.items() if name in bases}, arguments)
        lines = (*self.statements, f"return {', '.join(self.returned)}")
        body = "".join(f"    {line}\n" for line in lines)
        source = f"def {case.program.name}({', '.join(('torch', *arguments))}, *, device):\n{body}"
        return msgspec.structs.replace(case, program=Program(source), inputs=inputs)


def determined(case: Case) -> bool:
    """Say whether the rules leave no freedom in what a case gives."""
    return is_determined(case.program, case.inputs)


def shrink_program(case: Case, fails: Callable[[Case], bool], most: int = MOST_RUNS) -> Case:
    """Give a smaller case that fails too; the case itself where there is none, or it is no plain list of statements."""
    form = _taken_apart(case)
    if form is None or not determined(case):
        return case
    left = most
    tried: set[tuple[str, ...]] = set()

    def good(candidate: _Form) -> bool:
        nonlocal left
        made = candidate.case(case)
        key = (made.program.source, repr(made.inputs))
        if key in tried or left <= 0:
            return False
        tried.add(key)
        if not determined(made):
            return False
        left -= 1
        return fails(made)

    before = None
    while before != form:
        before = form
        for smaller in (_fewer_returned, _fewer_statements, _merged_names, _plainer_statements, _plainer_inputs):
            form = _least(form, smaller, good)
    renamed = _renamed(form).case(case)
    return renamed if determined(renamed) and fails(renamed) else form.case(case)


def _least(form: _Form, smaller: Callable[[_Form], Iterator[_Form]], good: Callable[[_Form], bool]) -> _Form:
    """Take the first smaller form that is good, as long as there is one."""
    while (better := next(filter(good, smaller(form)), None)) is not None:
        form = better
    return form


def _taken_apart(case: Case) -> _Form | None:
    """Take a program apart, if it is plain statements that end in the return of names."""
    *body, last = case.program.definition.body
    simple = all(isinstance(one, (ast.Assign, ast.AugAssign, ast.Expr)) for one in body)
    if not simple or not isinstance(last, ast.Return) or last.value is None:
        return None
    returned = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    return _Form(case.inputs, tuple(map(ast.unparse, body)), tuple(map(ast.unparse, returned)))


def _names(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _fewer_returned(form: _Form) -> Iterator[_Form]:
    if len(form.returned) > 1:
        yield from (replace(form, returned=(one,)) for one in form.returned)
        for place in range(len(form.returned)):
            yield replace(form, returned=form.returned[:place] + form.returned[place + 1 :])


def _fewer_statements(form: _Form) -> Iterator[_Form]:
    """Leave out runs of statements, long ones first; what they named is not returned either."""
    number = len(form.statements)
    length = number
    while length:
        for start in range(number - length, -1, -1):
            yield from _without(form, form.statements[:start] + form.statements[start + length :])
        length = length // 2 if length > 2 else length - 1  # noqa: PLR2004 - one by one at the end


def _without(form: _Form, statements: tuple[str, ...]) -> Iterator[_Form]:
    named = {target for line in statements for target in _named(line)} | set(form.inputs.arguments)
    returned = tuple(one for one in form.returned if _names(one) <= named)
    if returned:
        yield replace(form, statements=statements, returned=returned)


def _named(line: str) -> set[str]:
    (statement,) = ast.parse(line).body
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


class _Renamed(ast.NodeTransformer):
    """Puts one name for another, where it is read."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Rename."""
        same = node.id != self._old or isinstance(node.ctx, ast.Store)
        return node if same else ast.Name(self._new, node.ctx)


def _merged_names(form: _Form) -> Iterator[_Form]:
    """Use an earlier name for one that a statement uses."""
    known = list(form.inputs.arguments)
    for place, line in enumerate(form.statements):
        for old in sorted(_names(line) & set(known)):
            for new in known[: known.index(old)]:
                renamed = ast.unparse(_Renamed(old, new).visit(ast.parse(line)))
                yield replace(form, statements=_replaced(form.statements, place, renamed))
        known += sorted(_named(line) - set(known))


def _replaced(statements: tuple[str, ...], place: int, line: str) -> tuple[str, ...]:
    return (*statements[:place], line, *statements[place + 1 :])


def _plainer_statements(form: _Form) -> Iterator[_Form]:
    """Put a plain write for a write, and a plain expression for what is named."""
    for place, line in enumerate(form.statements):
        (name, *_) = sorted(_named(line)) or [""]
        plain = [f"{name} = {one}" for one in PLAIN_VALUES] if name else list(PLAIN_WRITES)
        operands = [one for one in dict.fromkeys(_in_order(line)) if one not in (name, "torch", "device")][:1]
        texts = [text.format(one) for text, one in product(plain, operands)]
        for text in texts[: texts.index(line)] if line in texts else texts:
            yield replace(form, statements=_replaced(form.statements, place, text))


def _in_order(line: str) -> list[str]:
    nodes = [node for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name)]
    return [node.id for node in sorted(nodes, key=lambda node: node.col_offset)]


def _plainer_inputs(form: _Form) -> Iterator[_Form]:
    """Make an argument a view of another, give it a plain base of its own, or leave its view or its dtype out."""
    tensors = {name: one for name, one in form.inputs.arguments.items() if isinstance(one, TensorInput)}
    used = [name for name in tensors if name in form.used()]
    for name, other in permutations(used, 2):
        if tensors[name].base == tensors[other].base:
            arguments = {one: argument for one, argument in form.inputs.arguments.items() if one != name}
            first = f"{name} = {other}[...]"
            yield replace(form, inputs=Inputs(form.inputs.bases, arguments), statements=(first, *form.statements))
    for name in used:
        argument = tensors[name]
        base = form.inputs.bases[argument.base]
        for dtype, shape in product(PLAIN_DTYPES, PLAIN_SHAPES):
            if base == elements(dtype, shape, 0) and not argument.view:
                break
            yield replace(form, inputs=_with(form.inputs, name, argument, elements(dtype, shape, 0)))
        if argument.view:
            yield replace(form, inputs=_with(form.inputs, name, argument, base))
        plain = elements(PLAIN_DTYPES[0], base.shape, 0)
        if base.dtype not in PLAIN_DTYPES:
            yield replace(form, inputs=Inputs({**form.inputs.bases, argument.base: plain}, form.inputs.arguments))


def _with(inputs: Inputs, name: str, argument: TensorInput, base: Base) -> Inputs:
    own = {"x": "p", "y": "q"}.get(name, f"base of {name}")
    arguments = {**inputs.arguments, name: msgspec.structs.replace(argument, base=own, view=())}
    kept = {one.base for other, one in inputs.arguments.items() if isinstance(one, TensorInput) and other != name}
    if own in kept:
        own = f"base of {name}"
        arguments[name] = msgspec.structs.replace(argument, base=own, view=())
    return Inputs({**inputs.bases, own: base}, arguments)


def _renamed(form: _Form) -> _Form:
    """Name what the statements make a, b, c in order."""
    made = list(dict.fromkeys(name for line in form.statements for name in sorted(_named(line))))
    new = dict(zip([one for one in made if one not in form.inputs.arguments], NAMES, strict=False))

    def text(line: str) -> str:
        return ast.unparse(_AllRenamed(new).visit(ast.parse(line)))

    return replace(form, statements=tuple(map(text, form.statements)), returned=tuple(map(text, form.returned)))


class _AllRenamed(ast.NodeTransformer):
    """Puts new names for old ones."""

    def __init__(self, new: dict[str, str]) -> None:
        self._new = new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Rename."""
        return ast.Name(self._new.get(node.id, node.id), node.ctx)
