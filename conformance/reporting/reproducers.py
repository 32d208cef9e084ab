"""The text of a reproducer: a program of its own that shows one failure, and uses nothing of ours.

It ends with exit code 1 while the fault stands, and with 0 where the library does what is right.
"""

from __future__ import annotations

import ast
import contextlib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.observation import Allowed
from conformance.program import (
    ArrayInput,
    NumpyScalarInput,
    Step,
    TensorInput,
    array_of_bits,
    decode_plain,
    numbers_of_bits,
)
from conformance.reporting.rewriting import Rewriter, UnwritableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.backends.protocol import Device, OwnWords, Spelling
    from conformance.documents import Case
    from conformance.observation import Difference, Expectation, Expected
    from conformance.program import Argument, Base, Inputs

MOST_LINES = 20
_HEADER_WIDTH = 200
_PATTERN = 9
_COUNTED_FROM = 32
# Bytes of an element of a half type.
_HALF = 2
_BUILTIN = (
    "RuntimeError",
    "IndexError",
    "ValueError",
    "TypeError",
    "NotImplementedError",
    "AttributeError",
    "KeyError",
)


@dataclass(frozen=True)
class Failing:
    """A failing case, and all that its reproducer says.

    Attributes:
        clause: its id.
        sentence: the rule.
        source: where the rule comes from.
        place: in the documents.
        tested: the library, its version, and what else may matter.
        case: what runs.
        right: what is right.
        difference: the first; None where the process ended.
        returned: how many things the program returned.
        device: where it runs.
        other: what `other_device` is.
        seconds: that a case which ends its process may take.
        seed: of the library's random numbers.
    """

    clause: str
    sentence: str
    source: str
    place: str
    tested: str
    case: Case
    right: Expectation
    difference: Difference | None
    device: Device
    other: Device
    seconds: float = 60.0
    seed: int = 0


def text(failing: Failing, spelling: Spelling | None) -> str:
    """Write a reproducer: in the library's own words where they are known, or else by its adapter.

    Raises:
        UnwritableError: it can't be written.
    """
    if spelling is None:
        raise UnwritableError("the backend does not tell how a program of its own imports it (Backend.spelling)")
    if spelling.own is not None:
        with contextlib.suppress(UnwritableError):
            return _written(_OwnText(failing, spelling, Rewriter(spelling.own), spelling.own))
    return _written(_Text(failing, spelling))


def _written(made: _Text) -> str:
    failing = made.failing
    found = made.lines(guarded=True)
    if len(found) > MOST_LINES:
        found = made.lines(guarded=False)
    raised = failing.difference is None or failing.difference.what == "outcome"
    if len(found) > MOST_LINES and raised and failing.right.raises is None:
        found = made.lines(guarded=False, called=True)
    return "\n".join(found) + "\n"


class _Text:
    """Writes one reproducer."""

    def __init__(self, failing: Failing, spelling: Spelling) -> None:
        self.failing = failing
        self._spelling = spelling
        self._case = failing.case
        self._difference = failing.difference

    def lines(self, *, guarded: bool, called: bool = False) -> list[str]:
        """Give its lines.

        Args:
            guarded: tell an exception where a value is right in a line of its own.
            called: do no more than call the program, which ends with 1 by its exception.
        """
        check = [self._call_read()] if called else self._check(guarded=guarded)
        program = [] if self._refused() else self._program()
        if self._spelling.prepare:
            program.append(self._spelling.prepare.format(name=self._case.program.name))
        body = [*self._inputs(), *program, *check]
        imports = ["import numpy"] if any("numpy." in line for line in body) else []
        written = "\n".join(body)
        if names := [name for name in ("inf", "nan") if _uses_name(written, name)]:
            imports.insert(0, f"from math import {', '.join(names)}")
        seeded = [f"torch.manual_seed({self.failing.seed})"] if _draws(self._case.program.definition) else []
        known = dict.fromkeys((*self.failing.device.setup, *self.failing.other.setup))
        return self._whole([*self._header(), *self._alone(), *imports, *self._imports(body), *known, *seeded, *body])

    def _whole(self, lines: list[str]) -> list[str]:
        """Give the lines, if they can be run as they are."""
        return lines

    def _imports(self, body: list[str]) -> list[str]:  # noqa: ARG002 - of its own words a library needs what is used
        return list(self._spelling.imports)

    def _program(self) -> list[str]:
        return self._case.program.source.rstrip().splitlines()

    def _said(self, expression: str) -> str:
        """Give an expression as it is written here."""
        return expression

    def _header(self) -> Iterator[str]:
        failing = self.failing
        for line in (
            f"{failing.clause}: {failing.sentence}",
            f"Found by the case {self._case.id}. Source: {failing.source or 'the documents'} ({failing.place}).",
            failing.tested,
        ):
            legible = "".join(one if one.isprintable() else " " for one in line)
            yield f"# {legible}"[:_HEADER_WIDTH]

    def _alone(self) -> list[str]:
        if self._difference is not None:
            return []
        seconds = f"{self.failing.seconds:g}"
        return [
            "import subprocess, sys",
            'if "alone" not in sys.argv:  # the fault ends its process, or never comes to an end',
            f'    print("expected: exit status 0 within {seconds} s")',
            f'    ended = subprocess.run([sys.executable, __file__, "alone"], timeout={seconds}).returncode',
            '    print("got:      exit status", ended)',
            "    raise SystemExit(ended != 0)",
        ]

    # --- inputs ---

    def _inputs(self) -> Iterator[str]:
        inputs = self._case.inputs
        named: dict[str, str] = {}
        for name in self._bases_with_a_name():
            named[name] = self._name_of_base(name)
            yield f"{named[name]} = {self._said(self._tensor(inputs.bases[name]))}"
        for name in self._case.program.arguments:
            if name not in named.values():
                yield f"{name} = {self._said(self._argument(inputs.arguments[name], inputs, named))}"
                argument = inputs.arguments[name]
                if isinstance(argument, ArrayInput) and not argument.writable:
                    yield f"{name}.setflags(write=False)"

    def _bases_with_a_name(self) -> list[str]:
        """Give the bases that several arguments share, or that must be looked at afterwards."""
        users = [one.base for one in self._case.inputs.arguments.values() if isinstance(one, TensorInput)]
        looked_at = self._difference.where.removeprefix("base ") if self._difference is not None else ""
        return [name for name in self._case.inputs.bases if users.count(name) > 1 or name == looked_at]

    def _name_of_base(self, base: str) -> str:
        for name, argument in self._case.inputs.arguments.items():
            if (
                isinstance(argument, TensorInput)
                and argument.base == base
                and not argument.view
                and not argument.requires_grad
            ):
                return name
        free = base.replace(" ", "_").replace("-", "_")
        return free if free not in self._case.inputs.arguments else f"base_of_{free}"

    def _argument(self, argument: Argument, inputs: Inputs, named: dict[str, str]) -> str:
        match argument:
            case TensorInput():
                own = argument.base in named
                start = named[argument.base] if own else self._tensor(inputs.bases[argument.base])
                leaf = self._spelling.leaf if argument.requires_grad else ""
                cut = ".detach()" if leaf and (own or argument.view) else ""
                return f"{start}{''.join(map(_step, argument.view))}{cut}{leaf}"
            case ArrayInput():
                return _array(argument)
            case NumpyScalarInput():
                return f"numpy.{argument.dtype}({_number(argument.scalar())})"
            case _:
                return plain_text(argument.value)

    def _tensor(self, base: Base) -> str:
        where = self.failing.device if base.device == "device" else self.failing.other
        device = f", device={where.text!r}" if where.type != "cpu" or base.device == "other_device" else ""
        template, array = self._spelling.tensor, base.array()
        counted = _counted(array, base.dtype)
        if counted is not None and template == type(self._spelling).tensor_by_default():
            return f"{counted}{f'.to({where.text!r})' if device else ''}"
        if not array.size and array.ndim > 1:
            return f"torch.zeros({array.shape}, dtype=torch.{base.dtype}{device})"
        if (odd := _odd_bits(array)) is not None:
            whole = template.format(
                values=_nested(list(map(str, odd.ravel())), array.shape), dtype=odd.dtype.name, device=device
            )
            return f"{whole}.view(torch.{base.dtype})"
        values = _nested([_number(one) for one in array.ravel()], array.shape)
        return template.format(values=values, dtype=base.dtype, device=device)

    # --- the check ---

    def _call(self) -> str:
        program = self._case.program
        others = f", other_device={self.failing.other.text!r}" if program.wants_other_device else ""
        arguments = ", ".join(("torch", *program.arguments))
        return f"{program.name}({arguments}, device={self.failing.device.text!r}{others})"

    def _may_be_lazy(self) -> bool:
        """Say whether an error may come as late as something is read: of a device that a package of its own brings."""
        return bool(self.failing.device.setup)

    def _read(self, result: str) -> str:
        """Give the line that reads a result and all operands, as the suite does."""
        return f"str({', '.join((result, *self._case.program.arguments)).join('()')})"

    def _call_read(self) -> str:
        return self._read(self._call()) if self._may_be_lazy() else self._call()

    def _refused(self) -> str:
        """Give the one expression that must raise, where a program is no more than that."""
        if self._difference is None or self._difference.what != "outcome" or self.failing.right.raises is None:
            return ""
        if self._spelling.prepare:
            return ""
        match self._case.program.definition.body:
            case [ast.Return(value=ast.expr() as value)] if not _uses_devices(value):
                return self._said(ast.unparse(value))
        return ""

    def _check(self, *, guarded: bool) -> list[str]:
        difference = self._difference
        right = self.failing.right
        if difference is None and right.raises is None:
            return self._returned(0, guarded=False) if right.returned else [self._call()]
        if difference is not None and difference.what in ("global state", "operand"):
            return self._unchanged(self._watched(difference))
        if right.raises is not None:
            return self._raises(right.raises, right.raises_words)
        assert difference is not None  # noqa: S101 - told apart above
        if difference.what in ("warning", "warning's text") and right.warns is not None:
            return self._warns(right.warns, right.warns_words)
        if difference.where == "returned values":
            call = f"result = {self._call()}"
            return [call, "got = len(result) if type(result) is tuple else 1", f"right = {difference.expected}", *_SAID]
        if difference.where.endswith(_GRADIENT):
            return self._gradient(difference.where.removesuffix(_GRADIENT).removeprefix("argument "))
        return self._returned(_place(difference.where), guarded=guarded and difference.what == "outcome")

    def _raises(self, name: str, words: tuple[str, ...]) -> list[str]:
        known = f"isinstance(error, {name})"
        if name not in _BUILTIN:
            known = f"{name!r} in [one.__name__ for one in type(error).__mro__]"
        if words:
            known += f" and all(word in str(error) for word in {list(words)!r})"
        right = f"{'an' if name[0] in 'AEIO' else 'a'} {name}" + (f" with {', '.join(words)}" if words else "")
        told = [f'print("expected:", {right!r}, "\\ngot:     ", got)', "raise SystemExit(not ok)"]
        if self._refused():
            told = [f"raise SystemExit(0 if ok else {f'expected: {right}'!r} + f'\\ngot:      {{got}}')"]
        return [
            "try:",
            f"    got, ok = {self._refused() or self._call()}, False",
            "except BaseException as error:",
            f'    got, ok = f"{{type(error).__name__}}: {{error}}", {known}',
            *told,
        ]

    def _warns(self, name: str, words: tuple[str, ...]) -> list[str]:
        return [
            "import warnings",
            "with warnings.catch_warnings(record=True) as caught:",
            '    warnings.simplefilter("always")',
            f"    {self._call()}",
            "got = [(type(one.message).__name__, str(one.message)) for one in caught]",
            f"ok = any(kind == {name!r} and all(word in text for word in {list(words)!r}) for kind, text in got)",
            f'print("expected:", {f"a {name}"!r}, {list(words)!r}, "\\ngot:     ", got)',
            "raise SystemExit(not ok)",
        ]

    def _state(self, trace: str) -> str:
        for name, expression in self._spelling.state.items():
            if trace.startswith(f"left {name} "):
                return expression
        raise UnwritableError(f"the backend does not tell how a program reads what was {trace!r}")

    def _watched(self, difference: Difference) -> str:
        """Give the expression of what must not change."""
        if difference.what == "global state":
            return self._state(difference.got)
        kind, _, name = difference.where.partition(" ")
        return _shown(self._name_of_base(name) if kind == "base" else name)

    def _unchanged(self, expression: str) -> list[str]:
        call = [self._call()]
        if self.failing.right.raises is not None:
            call = ["try:", f"    {call[0]}", "except BaseException as error:", "    print(repr(error))"]
        return [f"right = str({expression})", *call, f"got = str({expression})", *_SAID]

    def _returned(self, place: int, *, guarded: bool) -> list[str]:
        returned = self.failing.right.returned
        if returned is None or place >= len(returned):
            return self._no_exception()
        what = self._difference.what if self._difference is not None else ""
        right, path = returned[place], _path(self._difference.where if self._difference is not None else "")
        if not _is_plain(right) or what == "kind":
            right = _item(right, path)
        else:
            path = ()
        forms = _returned_forms(self._case.program.definition)
        index = f"[{place}]" if len(returned) > 1 or forms == {ast.Tuple} else ""
        inner = "".join(f"[{number}]" for number in path)
        alone = "result[0] if type(result) is tuple else result"
        unwrapped = [f"result = ({alone}){inner}" if inner else f"result = {alone}"]
        unwrapped = [] if index or forms <= _NO_TUPLES else unwrapped
        part = f"{index}{'' if unwrapped else inner}"
        call = [f"result = {self._call()}{part}"]
        if what == "outcome" and self._may_be_lazy():
            call = [f"result = {self._call()}", self._read("result"), *([f"result = result{part}"] if part else [])]
        if guarded:
            call = [
                "try:",
                *(f"    {line}" for line in call),
                "except BaseException as error:",
                '    raise SystemExit(f"expected: no exception\\ngot:      {type(error).__name__}: {error}")',
            ]
        return [*call, *unwrapped, *self._value_check(right, what)]

    def _gradient(self, name: str) -> list[str]:
        """Give the lines that look at what a leaf has collected."""
        right = self.failing.right.grads.get(name)
        call = [self._call(), f"result = {name}.grad"]
        if right is None:
            return [
                *call,
                "got, right = result, None",
                'print("expected:", right, "\\ngot:     ", got)',
                "raise SystemExit(got is not None)",
            ]
        what = self._difference.what if self._difference is not None else ""
        return [*call, *self._value_check(right, "kind" if what == "gradient" else what)]

    def _value_check(self, right: Expected, what: str) -> list[str]:
        """Give the lines that compare `result` with what is right."""
        return self._kind_check(right.kind) if what == "kind" and right.kind is not None else _value_check(right, what)

    def _kind_check(self, kind: str) -> list[str]:
        return [f"got, right = type(result).__name__, {_TYPE_NAMES.get(kind, kind)!r}", *_SAID]

    def _no_exception(self) -> list[str]:
        return [
            "try:",
            f"    {self._call_read()}",
            "except BaseException as error:",
            '    raise SystemExit(f"expected: no exception\\ngot:      {type(error).__name__}: {error}")',
        ]


class _OwnText(_Text):
    """Writes one in the library's own words."""

    def __init__(self, failing: Failing, spelling: Spelling, rewriter: Rewriter, words: OwnWords) -> None:
        super().__init__(failing, spelling)
        self._rewriter = rewriter
        self._words = words

    def _imports(self, body: list[str]) -> list[str]:
        if any("torch" in line for line in body):
            raise UnwritableError("PyTorch's namespace is left in it")
        return self._rewriter.definitions(body, self._words.setup)

    def _whole(self, lines: list[str]) -> list[str]:
        self._rewriter.check(lines)
        return lines

    def _program(self) -> list[str]:
        return self._rewriter.program(self._case.program.definition)

    def _said(self, expression: str) -> str:
        return self._rewriter.expression(expression)

    def _call(self) -> str:
        taken = ast.parse("\n".join(self._program())).body[0].args  # type: ignore[attr-defined]
        devices = {"device": self.failing.device.text, "other_device": self.failing.other.text}
        named = [f"{one.arg}={devices[one.arg]!r}" for one in taken.kwonlyargs]
        return f"{self._case.program.name}({', '.join((*self._case.program.arguments, *named))})"

    def _tensor(self, base: Base) -> str:
        array = base.array()
        if base.device != "device" or base.dtype not in self._words.dtypes or _odd_bits(array) is not None:
            raise UnwritableError("its operand can't be written in the library's own words")
        if not array.size and array.ndim > 1:
            return f"torch.zeros({array.shape}, dtype=torch.{base.dtype})"
        values = _nested([_number(one) for one in array.ravel()], array.shape)
        return self._words.tensor.format(values=values, dtype=self._words.dtypes[base.dtype])

    def _value_check(self, right: Expected, what: str) -> list[str]:
        if what in _ADAPTED:
            raise UnwritableError(f"the {what} of a tensor is read by its adapter")
        return super()._value_check(right, what)

    def _kind_check(self, kind: str) -> list[str]:
        if kind == "tensor":
            return [f"got = type(result).__name__, isinstance(result, {self._words.kind})", *_ITS_KIND]
        if kind in ("dtype", "device"):
            raise UnwritableError(f"a {kind} of the library's own is told by its adapter alone")
        return super()._kind_check("tuple" if kind == "size" else kind)


# What a library calls otherwise than PyTorch, or not at all.
_ADAPTED = ("device", "requires_grad", "strides")
_ITS_KIND = ['print("expected: a tensor\\ngot:     ", got[0])', "raise SystemExit(not got[1])"]
_SAID = ['print("expected:", right, "\\ngot:     ", got)', "raise SystemExit(got != right)"]
_DTYPE = "str(result.dtype).split('.')[-1]"
_GRADIENT = "'s gradient"
# What a program returns in such an expression is no tuple of the program's own.
_NO_TUPLES = {ast.Attribute, ast.BinOp, ast.Subscript, ast.Compare, ast.List, ast.ListComp, ast.JoinedStr, ast.Constant}
_TYPE_NAMES = {"tensor": "Tensor", "array": "ndarray", "none": "NoneType", "size": "Size"}


def _returned_forms(definition: ast.FunctionDef) -> set[type[ast.expr]]:
    """Give the kinds of expressions that a program returns; a call by what is called."""
    values = [node.value for node in ast.walk(definition) if isinstance(node, ast.Return) and node.value is not None]
    return {type(value.func) if isinstance(value, ast.Call) else type(value) for value in values}


def _draws(definition: ast.FunctionDef) -> bool:
    """Say whether a program draws random numbers, and does not seed them itself."""
    names = {node.attr for node in ast.walk(definition) if isinstance(node, ast.Attribute)}
    return any(name.startswith("rand") for name in names) and "manual_seed" not in names


def _place(where: str) -> int:
    last = where.partition("[")[0].rpartition(" ")[2]
    return int(last) - 1 if last.isdigit() else 0


def _path(where: str) -> tuple[int, ...]:
    """Give the places of an item in the lists and tuples of a returned value."""
    return tuple(int(part.rstrip("]")) for part in where.split("[")[1:])


def _item(right: Expected, path: tuple[int, ...]) -> Expected:
    for number in path:
        right = (right.items or ())[number]
    return right


def _is_plain(right: Expected) -> bool:
    """Say whether a value is a Python value, or a list or tuple of such: its `repr` tells all of it."""
    if right.items is not None:
        return all(map(_is_plain, right.items))
    return (
        right.kind in ("bool", "int", "float", "complex", "str", "none")
        and right.literal is None
        and right.text is None
    )


def _plain(right: Expected) -> Any:
    """Give a plain value itself."""
    if right.items is not None:
        items = map(_plain, right.items)
        return tuple(items) if right.kind == "tuple" else list(items)
    return decode_plain(right.value, str)


def _shown(name: str) -> str:
    return f"({name}.shape, {name}.dtype, {name}.tolist())"


def _value_check(right: Expected, what: str) -> list[str]:
    """Give the lines that compare `result` with what is right, which is of the right kind."""
    if right.text is not None:
        return _text_check(right.text, cut=right.text_is_cut)
    if what == "number of items":
        return [f"got, right = len(result), {len(right.items or ())}", *_SAID]
    if right.kind in ("tensor", "array"):
        return _elements_check(right, what)
    return _python_check(right)


def _python_check(right: Expected) -> list[str]:
    """Give the lines that compare what is neither a tensor nor an array."""
    if right.literal is not None:
        return _literal_check(right)
    if _is_plain(right) and right.kind != "none":
        return [f"got, right = repr(result), {repr(_plain(right))!r}", *_SAID]
    match right.kind:
        case "size":
            return [f"got, right = tuple(result), {right.shape}", *_SAID]
        case "dtype":
            return [f"got, right = str(result).split('.')[-1], {right.dtype!r}", *_SAID]
        case "device":
            return [f"got, right = str(result), {right.device!r}", *_SAID]
        case "none":
            return ["got, right = result, None", *_SAID]
        case None:
            return []
    raise UnwritableError(f"no line was thought of that compares a {right.kind}")


def _text_check(text: str, *, cut: bool) -> list[str]:
    compared = "got.startswith(right)" if cut else "got == right"
    if ",  ...," in text:  # one space before the dots is right too
        compared = "got in (right, right.replace(',  ...,', ', ...,'))"
    said = ['print("expected:", repr(right), "\\ngot:     ", repr(got))', f"raise SystemExit(not {compared})"]
    return ["got = str(result)", f"right = {text!r}", *said]


def _literal_check(right: Expected) -> list[str]:
    if right.kind == "type":
        name = 'f"{result.__module__}.{result.__qualname__}".removeprefix("builtins.")'
        return [f"got, right = {name}, {right.literal!r}", *_SAID]
    value = ast.literal_eval(right.literal or "None")
    return [f"got, right = (type(result).__name__, repr(result)), {(type(value).__name__, repr(value))!r}", *_SAID]


def _elements_check(right: Expected, what: str) -> list[str]:
    """Compare shape, dtype and elements, and what else differs: as one text where each element has one that is right."""
    facts = [("tuple(result.shape)", str(right.shape))] if right.shape is not None else []
    if right.dtype is not None:
        facts.append((_DTYPE, right.dtype))
    elif what == "dtype":
        known = [name for name in DTYPES if kind_of(name) == right.dtype_kind]
        return [f"got, right = {_DTYPE}, {known}", _SAID[0], "raise SystemExit(got not in right)"]
    if what == "device" or (right.device not in (None, "cpu") and right.kind == "tensor"):
        facts.append(("result.device", str(right.device)))
    if what == "requires_grad":
        facts.append(("result.requires_grad", str(right.requires_grad)))
    if what == "strides":
        facts += [_strides(right)]
    choices = _choices(right)
    if choices is not None and all(one is not None and len(one) == 1 and isinstance(one[0], str) for one in choices):
        facts.append(("result.tolist()", _nested([str(one[0]) for one in choices if one], right.shape or ())))
        choices = None
    got = " ".join(f"{{{expression}}}" for expression, _ in facts)
    wanted = " ".join(value for _, value in facts)
    if choices is None:
        return [f'got = f"{got}"', f"right = {wanted!r}", *_SAID]
    fits = "any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r)"
    return [
        f'facts, got = f"{got}", result.reshape(-1).tolist()',
        f"right = [{', '.join(map(_choice, choices))}]  # texts, (value, bound), or None for anything",
        f"ok = facts == {wanted!r} and all(r is None or {fits} for g, r in zip(got, right))",
        f'print("expected:", {wanted!r}, right, "\\ngot:     ", facts, got)',
        "raise SystemExit(not ok)",
    ]


def _strides(right: Expected) -> tuple[str, str]:
    wanted = [stride for size, stride in zip(right.shape or (), right.strides or (), strict=True) if size != 1]
    if right.kind == "array":
        return "[s // result.itemsize for n, s in zip(result.shape, result.strides) if n != 1]", str(wanted)
    return "[s for n, s in zip(result.shape, result.stride()) if n != 1]", str(wanted)


Choice = list[str | tuple[Any, float]] | None


def _choices(right: Expected) -> list[Choice] | None:
    """Give for each element what is right: texts of its Python value, or values with a bound; None for anything."""
    if right.values is not None:
        return [[_printed(one)] for one in right.values]
    if right.bits is None or right.dtype is None or right.shape is None:
        return None
    allowed = right.allowed or Allowed()
    columns = [numbers_of_bits(bits, right.dtype, right.shape) for bits in (right.bits, *allowed.also)]
    found: list[Choice] = [list(dict.fromkeys(map(str, row))) for row in zip(*columns, strict=True)]
    if allowed.bound is not None:
        bounds = array_of_bits(allowed.bound, "float64", right.shape).ravel().tolist()
        for place, (value, bound) in enumerate(zip(columns[0], bounds, strict=True)):
            one = found[place]
            if one is not None and not np.isnan(value) and (bound or value == 0):
                zeros: Choice = list(dict.fromkeys([*one, *_zeros(value)]))
                found[place] = [*one[1:], (value, bound)] if bound else zeros
    if allowed.free is not None:
        free = array_of_bits(allowed.free, "bool", right.shape).ravel().tolist()
        found = [None if anything else one for one, anything in zip(found, free, strict=True)]
    return found


def _zeros(value: Any) -> list[str]:
    if isinstance(value, complex):
        return [str(complex(real, imaginary)) for real in (0.0, -0.0) for imaginary in (0.0, -0.0)]
    return ["0.0", "-0.0"]


def _printed(one: str) -> str | tuple[Any, float]:
    """Give what is right for an element that is printed so: `1.` and `7` themselves, `0.3333` to half its last digit."""
    if one in ("True", "False", "nan", "inf", "-inf"):
        return one
    if "." not in one:
        return one if "e" not in one.lower() else (float(one), 0.0)
    mantissa = one.lower().partition("e")[0]
    if mantissa.endswith(".") or Decimal(one).is_zero():
        return repr(float(one))
    exponent = Decimal(one).as_tuple().exponent
    return (float(one), float(Decimal(10) ** int(exponent) / 2))


def _choice(one: Choice) -> str:
    if one is None:
        return "None"
    parts = [repr(part) if isinstance(part, str) else f"({_python(part[0])}, {_float(part[1])})" for part in one]
    return f"[{', '.join(parts)}]"


# --- numbers -------------------------------------------------------------------------------------------------


def _uses_name(written: str, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(ast.parse(written)))


def _float(value: float) -> str:
    return repr(float(value))


def _python(value: Any) -> str:
    if isinstance(value, complex):
        return f"complex({_float(value.real)}, {_float(value.imag)})"
    return _float(value) if isinstance(value, float) else repr(value)


def _number(element: Any) -> str:
    """Write an element as a decimal that gives back its very bits."""
    if element.dtype.kind in "biu":
        return str(element.item())
    if element.dtype.kind == "c":
        if element.imag == 0 and not np.signbit(element.imag) and element.real == element.real:
            return _number(element.real)
        return f"complex({_number(element.real)}, {_number(element.imag)})"
    exact, short = float(element), float(str(element))
    # A library may round a decimal once, or through float32: the short form is one that both ways give back.
    with np.errstate(over="ignore"):
        ways = [np.asarray(way) for way in ((short,) if element.dtype.itemsize > _HALF else (short, np.float32(short)))]
        same = all(way.astype(element.dtype) == element for way in ways)
    return _float(short if same else exact)


def _odd_bits(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """Give the bits of floats as integers, where a NaN is not the common one; else None."""
    if array.dtype.kind in "biuc" or not array.size:
        return None
    bits = np.ascontiguousarray(array).view(f"i{array.dtype.itemsize}")
    common = np.asarray(float("nan")).astype(array.dtype).reshape(1).view(bits.dtype)[0]
    odd = np.isnan(array) & (bits != common)
    return bits if odd.any() else None


def _counted(array: np.ndarray[Any, Any], dtype: str) -> str | None:
    """Write many elements that count from 1, or are all the same, as a call; else None."""
    if array.size <= _COUNTED_FROM or array.dtype.kind in "bc":
        return None
    flat, counted = array.ravel(), np.arange(array.size)
    if (flat == (counted % _PATTERN + 1).astype(numpy_dtype(dtype))).all():
        return f"(torch.arange({array.size}) % {_PATTERN} + 1).to(torch.{dtype}).reshape({array.shape})"
    if (flat == flat[0]).all() and flat[0] == flat[0]:
        return f"torch.full({array.shape}, {_number(flat[0])}, dtype=torch.{dtype})"
    return None


def _counted_array(argument: ArrayInput, array: np.ndarray[Any, Any]) -> str | None:
    """Write a dense array of many elements that count from 1 as a call; else None."""
    dense = array.strides == np.empty(array.shape, array.dtype).strides
    if not dense or array.size <= _COUNTED_FROM or array.dtype.kind == "b":
        return None
    if (array.ravel() != (np.arange(array.size) % _PATTERN + 1).astype(array.dtype)).any():
        return None
    shaped = f".reshape({array.shape})" if array.ndim != 1 else ""
    return f"(numpy.arange({array.size}) % {_PATTERN} + 1).astype({argument.dtype!r}){shaped}"


def _nested(texts: list[str], shape: tuple[int, ...]) -> str:
    """Write elements as nested lists."""
    if not shape:
        return texts[0]
    size = len(texts) // shape[0] if shape[0] else 0
    return f"[{', '.join(_nested(texts[n * size : (n + 1) * size], shape[1:]) for n in range(shape[0]))}]"


def _array(argument: ArrayInput) -> str:
    array = argument.array()
    if (counted := _counted_array(argument, array)) is not None:
        return counted
    # NumPy counts dimensions of size 1 as dense whatever their strides, and a library may not.
    if array.strides == np.empty(array.shape, array.dtype).strides:
        values = _nested([_number(one) for one in array.ravel()], array.shape)
        return (
            f"numpy.array({values}, dtype={argument.dtype!r}).reshape({array.shape})"
            if not array.size
            else f"numpy.array({values}, dtype={argument.dtype!r})"
        )
    held = argument.bits
    buffer = f"bytearray.fromhex({held.hex()!r})"
    if len(held) % array.itemsize == 0:
        flat = np.frombuffer(held, np.dtype(argument.dtype))
        buffer = f"numpy.array([{', '.join(map(_number, flat))}], dtype={argument.dtype!r})"
    return f"numpy.ndarray({argument.shape}, {argument.dtype!r}, {buffer}, {argument.offset}, {argument.strides})"


# --- plain values and view operations ------------------------------------------------------------------------


def plain_text(stored: Any) -> str:
    """Write a plain value, as `encode_plain` stores it."""
    match stored:
        case {"int": text}:
            return str(text)
        case {"float": text}:
            return _float(float.fromhex(text))
        case {"complex": [real, imaginary]}:
            return _python(complex(float.fromhex(real), float.fromhex(imaginary)))
        case {"slice": parts}:
            return f"slice({', '.join(map(plain_text, parts))})"
        case {"tuple": items}:
            return (
                f"({''.join(f'{plain_text(one)}, ' for one in items).rstrip(' ')})"
                if len(items) == 1
                else f"({', '.join(map(plain_text, items))})"
            )
        case list():
            return f"[{', '.join(map(plain_text, stored))}]"
        case {"ellipsis": True}:
            return "..."
        case {"dtype": name}:
            return f"torch.{name}"
    return repr(stored)


def _step(step: Step) -> str:
    if step.op != "index":
        return f".{step.op}({', '.join(map(plain_text, step.args))})"
    key = step.args[0]
    parts = key["tuple"] if isinstance(key, dict) and key.get("tuple") else [key]
    comma = "," if parts is not key and len(parts) == 1 and isinstance(key, dict) and "tuple" in key else ""
    return f"[{', '.join(map(_key, parts))}{comma}]"


def _key(part: Any) -> str:
    match part:
        case {"slice": [start, stop, step]}:
            shown = ["" if one is None else plain_text(one) for one in (start, stop)]
            return ":".join(shown) + (f":{plain_text(step)}" if step is not None else "")
    return plain_text(part)


def _uses_devices(expression: ast.expr) -> bool:
    """Say whether an expression names the devices that a program is given."""
    return any(isinstance(one, ast.Name) and one.id in ("device", "other_device") for one in ast.walk(expression))
