"""What is mutated, and its mutants: each a module with one thing changed, as a well-kept tool changes it.

The operators are those of Cosmic Ray (`pip install 'tensor-conformance[mutants]'`), used as a library: it lists where an
operator applies in a text and applies it there. Where a change can't matter, no mutant is made.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Subject:
    """A module that is mutated.

    Attributes:
        module: its path in the project.
        tests: the selftest's files that are nearest to it, which are run first.
        clauses: globs on the clauses that are nearest to it.
    """

    module: str
    tests: tuple[str, ...]
    clauses: tuple[str, ...] = ()


def _reference(name: str, tests: str, clauses: str = "") -> Subject:
    return Subject(f"conformance/reference/{name}.py", tuple(tests.split()), tuple(clauses.split()))


SUBJECTS = (
    _reference("arithmetic", "test_reference", "arithmetic.* promotion.*"),
    _reference("autograd", "test_reference_gradients", "gradients.*"),
    _reference("bounds", "test_bounds test_reference_dense", "products.* reductions.*"),
    _reference("casts", "test_reference", "promotion.* numpy-bridge.*"),
    _reference("creation", "test_reference_making", "ranks.* promotion.*"),
    _reference("devices", "test_reference_devices", "devices.*"),
    _reference("functions", "test_reference_dense test_reference", "arithmetic.*"),
    _reference("joining", "test_reference_dense", "shapes.*"),
    _reference("namespace", "test_reference test_reference_views test_reference_devices", "arithmetic.*"),
    _reference("numpy_bridge", "test_reference_making", "numpy-bridge.*"),
    _reference("printed", "test_printed", "printing.*"),
    _reference("printer", "test_reference_printer", "printing.*"),
    _reference("products", "test_reference_dense", "products.*"),
    _reference("promotion", "test_reference", "promotion.*"),
    _reference("reading", "test_reference_making", "ranks.* indexing.*"),
    _reference("reductions", "test_reference_dense", "reductions.*"),
    _reference("sizes", "test_reference_making", "shapes.* ranks.*"),
    _reference("strict", "test_strict test_programs"),
    _reference("tensor", "test_reference_views test_reference", "indexing.* shapes.* aliasing.*"),
    # What a case needs decides whether it is judged at all.
    _reference("tracing", "test_backends", "aliasing.*"),
    Subject("conformance/judge.py", ("test_verdicts", "test_documents")),
    Subject("conformance/observation.py", ("test_comparison", "test_observation")),
    Subject("conformance/runner/clauses.py", ("test_verdicts", "test_waivers")),
    Subject("conformance/runner/needs.py", ("test_backends",)),
    Subject("conformance/runner/oracle.py", ("test_verdicts",)),
    Subject("conformance/waivers.py", ("test_waivers", "test_verdicts")),
)

# Operators of which no mutant says anything: `==` and `is` agree on what Python interns, which no rule speaks of.
IDENTITY = ("Eq_Is", "NotEq_IsNot", "Is_Eq", "IsNot_NotEq")
# Operators of which no mutant says more than `!=` in the place of `==` where one side is a name (`"bool"`): names are
# told apart and have no order, so that the first or the last of a few makes an equal program or another by chance.
ORDER = ("Eq_Lt", "Eq_LtE", "Eq_Gt", "Eq_GtE")


@dataclass(frozen=True)
class Site:
    """Where an operator applies: its n-th place in a module, and what tells it from other places.

    Attributes:
        module: its path in the project.
        operator: that applies.
        occurrence: of how many places before it.
        name: the line, the column, and how many such places of such a line came before: another line of the module may
            change without changing it.
    """

    module: str
    operator: str
    occurrence: int
    name: str

    def lot(self, seed: int) -> bytes:
        """Give the lot that it draws, the same for as long as its own line stays."""
        return hashlib.sha256(f"{seed} {self.module} {self.operator} {self.name}".encode()).digest()


@dataclass(frozen=True)
class Mutant:
    """A module with one thing changed.

    Attributes:
        module: its path in the project.
        operator: that changed it.
        number: of the first line that differs.
        line: that line.
        becomes: what stands in its place, on one line; nothing where it was taken out.
        text: the whole module.
    """

    module: str
    operator: str
    number: int
    line: str
    becomes: str
    text: str

    def __str__(self) -> str:
        return f"{self.module}:{self.number} {self.operator}: {self.line}  ->  {self.becomes or '(taken out)'}"


class Idle:
    """The parts of a text in which a change can't matter: annotations, docstrings, what the type checker alone reads.

    With `from __future__ import annotations`, which every module has, an annotation is not evaluated; that import itself,
    and a type that a name stands for, are of the same kind.
    """

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines()
        tree = ast.parse(source)
        self._parts = [self._ends(node) for node in _idle_nodes(tree)]
        # Outer ones come first.
        self._comparisons = [
            (self._ends(node), _is_of_names(node)) for node in ast.walk(tree) if isinstance(node, ast.Compare)
        ]

    def _ends(self, node: ast.AST) -> tuple[tuple[int, int], tuple[int, int]]:
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        return (
            (first, self._characters(first, getattr(node, "col_offset", 0))),
            (last, self._characters(last, getattr(node, "end_col_offset", 0))),
        )

    def _characters(self, line: int, column: int) -> int:
        """Count the characters before a column, which Python's own parser gives in bytes."""
        return len(self._lines[line - 1].encode()[:column].decode())

    def holds(self, line: int, column: int) -> bool:
        """Say whether a place lies in such a part."""
        return any(start <= (line, column) < end for start, end in self._parts)

    def compares_names(self, line: int, column: int) -> bool:
        """Say whether a place lies in a comparison with a name, and in no other one within that."""
        around = [of_names for (start, end), of_names in self._comparisons if start <= (line, column) < end]
        return bool(around) and around[-1]


def _is_of_names(node: ast.Compare) -> bool:
    sides = (node.left, *node.comparators)
    return any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)


def _idle_nodes(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.ImportFrom(module="__future__"):
                yield node
            case ast.Expr(value=ast.Constant(value=str())):
                yield node
            case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation):
                yield annotation
            case ast.FunctionDef(returns=ast.expr() as returns):
                yield returns
            case ast.Assign(value=ast.BinOp(op=ast.BitOr()) as value) if _names_types(value):
                yield value


def _names_types(node: ast.expr) -> bool:
    """Say whether an expression is a union of types: names of classes, which begin with a capital, and None."""
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _names_types(left) and _names_types(right)
        case ast.Subscript(value=value):
            return _names_types(value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name[0].isupper() and not name.isupper()
        case ast.Constant(value=value):
            return value is None
    return False


def sites(module: str, source: str) -> list[Site]:
    """Give each place of a module where an operator applies and a change can matter."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    idle = Idle(source)
    nodes, lines = list(ast_nodes(get_ast(source))), source.splitlines()
    found: list[Site] = []
    for name in operator_names():
        kind = get_operator(name)
        if kind.arguments() or name.endswith(IDENTITY):
            continue
        operator, names = kind(), _Names()
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        found += [
            Site(module, name.rpartition("/")[2], occurrence, names(lines[line - 1], column))
            for occurrence, ((line, column), _) in enumerate(places)
            if not idle.holds(line, column) and not (name.endswith(ORDER) and idle.compares_names(line, column))
        ]
    return found


class _Names:
    """Names places of lines, and those of equal lines apart."""

    def __init__(self) -> None:
        self._met: Counter[tuple[str, int]] = Counter()

    def __call__(self, line: str, column: int) -> str:
        place = (line.strip(), column)
        self._met[place] += 1
        return f"{place} {self._met[place]}"


def mutated(site: Site, source: str) -> Mutant | None:
    """Apply an operator at its place; None where nothing comes of it: no other program, or none at all."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    text: str | None = mutate_code(source, get_operator(f"core/{site.operator}")(), site.occurrence)
    return of_texts(site.module, site.operator, source, text) if text is not None else None


def of_texts(module: str, operator: str, source: str, text: str) -> Mutant | None:
    """Make a mutant of a module's text and of the changed one; None where that is no other program, or none at all."""
    try:
        with warnings.catch_warnings(action="ignore", category=SyntaxWarning):
            same = ast.dump(ast.parse(text)) == ast.dump(ast.parse(source))
            compile(text, module, "exec")
    except SyntaxError:
        return None
    if same:
        return None
    before, after = source.splitlines(), text.splitlines()
    start = _shared(before, after)
    end = min(_shared(before[::-1], after[::-1]), len(before) - start - 1, len(after) - start)
    # Blank lines before a decorator go with it.
    start += next(place for place, line in enumerate(before[start:]) if line.strip())
    becomes = " ".join(line.strip() for line in after[start : len(after) - end])
    return Mutant(module, operator, start + 1, before[start].strip(), becomes, text)


def _shared(one: Iterable[str], other: Iterable[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def drawn(sources: Mapping[str, str], number: int, seed: int) -> tuple[list[Mutant], int]:
    """Draw so many mutants, each with the same chance, from all modules together; and say how many places there are."""
    every = [site for module, source in sources.items() for site in sites(module, source)]
    found: list[Mutant] = []
    for site in sorted(every, key=lambda one: one.lot(seed)):
        if len(found) == number:
            break
        if (mutant := mutated(site, sources[site.module])) is not None:
            found.append(mutant)
    return found, len(every)
