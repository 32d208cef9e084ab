"""Programs and their inputs: what a case runs, as plain data that can be stored, sent and shown.

A program is the text of one function `def name(torch, x, ..., *, device)`. It uses no global name but builtins,
imports NumPy inside itself, carries no annotations, prints nothing, and passes `device` on wherever it creates.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import symtable
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from conformance.dtypes import DTYPES, numpy_dtype

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

# Calls that make a tensor from nothing: without `device` they would make it on the default device instead.
CREATORS = frozenset({
    "arange", "empty", "eye", "full", "linspace", "logspace", "ones", "rand", "randint", "randn", "randperm",
    "scalar_tensor", "tensor", "zeros",
})  # fmt: skip
# What a program may not call: it would reach outside itself, or be lost under a compiler.
FORBIDDEN = frozenset({
    "breakpoint", "compile", "eval", "exec", "exit", "globals", "input", "locals", "open", "print", "quit", "vars",
    "__import__",
})  # fmt: skip
DEVICE_NAMES = ("device", "other_device")


class ProgramError(ValueError):
    """A text that is no program: the message says which rule it breaks."""


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The source text of one function, checked by `checked`."""

    source: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.definition.name

    @property
    def definition(self) -> ast.FunctionDef:
        """The function's syntax tree."""
        return _definition(self.source)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of its arguments after `torch`, in order."""
        return tuple(argument.arg for argument in self.definition.args.args[1:])

    @property
    def wants_other_device(self) -> bool:
        """Whether it takes `other_device` beside `device`."""
        return any(argument.arg == "other_device" for argument in self.definition.args.kwonlyargs)

    def function(self) -> Callable[..., Any]:
        """Compile the text; tracebacks and debuggers show its lines."""
        return _compiled(self.source)


@lru_cache(maxsize=4096)
def _definition(source: str) -> ast.FunctionDef:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ProgramError(f"a program must be valid Python: {error.msg} in line {error.lineno}") from error
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        raise ProgramError("a program must be exactly one function")
    return tree.body[0]


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Callable[..., Any]:
    name = _definition(source).name
    filename = f"<program {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    # Annotations of the future must not reach it, and it has no module whose names it could use.
    namespace: dict[str, Any] = {"__builtins__": builtins, "__name__": "program"}
    exec(compile(source, filename, "exec", dont_inherit=True), namespace)  # noqa: S102 - running the program is the point
    function: Callable[..., Any] = namespace[name]
    return function


def checked(source: str) -> Program:
    """Make a program of `source`, or say which rule it breaks.

    Raises:
        ProgramError: the text is no program.
    """
    program = Program(_plain(source))
    for complaint in complaints(program):
        raise ProgramError(complaint)
    return program


def from_function(function: Callable[..., Any]) -> Program | None:
    """Make a program of a function's own text, without decorators and docstring; None if no statement is left.

    Its rules are not looked at: see `complaints`.

    Raises:
        ProgramError: the function has no text of its own.
    """
    code = inspect.unwrap(function).__code__
    definition = _definitions(code.co_filename).get(code.co_firstlineno)
    if definition is None:
        raise ProgramError("a program must be exactly one function")
    body = definition.body[1:] if ast.get_docstring(definition) is not None else definition.body
    if not body:
        return None
    lines = linecache.getlines(code.co_filename)
    header = lines[definition.lineno - 1 : definition.body[0].lineno - 1]
    return Program(_plain("".join([*header, *lines[body[0].lineno - 1 : definition.end_lineno]])))


def _plain(source: str) -> str:
    return textwrap.dedent(source).strip("\n") + "\n"


@lru_cache(maxsize=64)
def _definitions(filename: str) -> dict[int, ast.FunctionDef]:
    """Give the functions of a file by the line where each begins, its decorators included; a file is parsed once."""
    found = list(_functions(ast.parse("".join(linecache.getlines(filename))).body))
    return {min([node.lineno, *(one.lineno for one in node.decorator_list)]): node for node in found}


def _functions(statements: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """Give the functions among statements, and within these; expressions hold none that has a name."""
    for one in statements:
        if isinstance(one, ast.FunctionDef):
            yield one
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            yield from _functions(getattr(one, name, []))


def complaints(program: Program) -> Iterator[str]:
    """Say which rules of programs a text breaks, a sentence each.

    Raises:
        ProgramError: it is not one function at all.
    """
    yield from (f"program {program.name!r} {broken}" for broken in _broken_rules(program))


def _broken_rules(program: Program) -> Iterator[str]:
    yield from _signature_complaints(program.definition)
    yield from _global_complaints(program)
    for node in ast.walk(program.definition):
        yield from _node_complaints(node)


def _signature_complaints(definition: ast.FunctionDef) -> Iterator[str]:
    arguments = definition.args
    if definition.decorator_list:
        yield "must have no decorator"
    if not arguments.args or arguments.args[0].arg != "torch":
        yield "must take `torch` as its first argument"
    if tuple(argument.arg for argument in arguments.kwonlyargs) not in {DEVICE_NAMES[:1], DEVICE_NAMES}:
        yield "must take `device` (and after it, if it needs one, `other_device`) as its only keyword argument"
    if arguments.posonlyargs or arguments.vararg or arguments.kwarg or arguments.defaults or any(arguments.kw_defaults):
        yield "must take plain arguments without defaults"
    if any(argument.annotation for argument in [*arguments.args, *arguments.kwonlyargs]) or definition.returns:
        yield "must carry no annotations"


def _global_complaints(program: Program) -> Iterator[str]:
    for table in _scopes(symtable.symtable(program.source, program.name, "exec").get_children()):
        for symbol in table.get_symbols():
            if symbol.is_global() and not hasattr(builtins, symbol.get_name()):
                yield f"must use no global name but builtins, and uses {symbol.get_name()!r}"


def _scopes(tables: list[symtable.SymbolTable]) -> Iterator[symtable.SymbolTable]:
    for table in tables:
        yield table
        yield from _scopes(table.get_children())


def _node_complaints(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.AnnAssign():
            yield "must carry no annotations"
        case ast.Yield() | ast.YieldFrom() | ast.Await():
            yield "must not yield or await"
        case ast.Import(names=names) if any(alias.name.split(".")[0] != "numpy" for alias in names):
            yield "must import nothing but NumPy"
        case ast.ImportFrom():
            yield "must import nothing but NumPy, as a module"
        case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN:
            yield f"must not call {name}()"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr=name), keywords=keywords):
            if name in CREATORS and not any(keyword.arg == "device" for keyword in keywords):
                yield f"must pass `device` to torch.{name}()"
        case _:
            pass


# --- inputs --------------------------------------------------------------------------------------------------


class Base(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dense storage from which arguments are made: `bits` are its elements, row by row, little-endian (base64 where stored as text)."""

    dtype: str
    shape: tuple[int, ...]
    bits: bytes
    device: Literal["device", "other_device"] = "device"

    def array(self) -> np.ndarray[Any, Any]:
        """Give a fresh array of the base's shape and dtype."""
        return array_of_bits(self.bits, self.dtype, self.shape)


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One documented view operation: a method's name (`index` for `x[...]`) and its arguments as plain data."""

    op: str
    args: tuple[Any, ...] = ()


class TensorInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="tensor"):
    """A base seen through a chain of view operations; several arguments may share one base.

    `requires_grad` is set last, so that the argument is a leaf whatever its layout.
    """

    base: str
    view: tuple[Step, ...] = ()
    requires_grad: bool = False


class ArrayInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="array"):
    """A NumPy array: a buffer of bytes with a dtype (byte order included), shape, strides and offset in bytes."""

    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    bits: bytes
    offset: int = 0
    writable: bool = True

    def array(self) -> np.ndarray[Any, Any]:
        """Give a fresh array over a fresh buffer."""
        import numpy as np

        buffer = bytearray(self.bits)
        array: np.ndarray[Any, Any] = np.ndarray(
            self.shape, np.dtype(self.dtype), buffer=buffer, offset=self.offset, strides=self.strides
        )
        array.flags.writeable = self.writable
        return array


class NumpyScalarInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="numpy-scalar"):
    """A NumPy scalar of a dtype."""

    dtype: str
    bits: bytes

    def scalar(self) -> Any:
        """Give the scalar."""
        return array_of_bits(self.bits, self.dtype, ())[()]


class PlainInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="plain"):
    """A plain value, as `encode_plain` stores it."""

    value: Any


Argument = TensorInput | ArrayInput | NumpyScalarInput | PlainInput


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a program is given beside `torch` and `device`; made anew for each run."""

    bases: dict[str, Base] = {}
    arguments: dict[str, Argument] = {}


def bits_of_array(array: np.ndarray[Any, Any]) -> bytes:
    """Give an array's elements, row by row, little-endian."""
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    return array.tobytes()


def array_of_bits(bits: bytes, dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Give a fresh writable array of the dtype called `dtype` from its elements' bits."""
    import numpy as np

    return np.frombuffer(bytearray(bits), dtype=numpy_dtype(dtype)).reshape(shape)


def numbers_of_bits(bits: bytes, dtype: str, shape: tuple[int, ...]) -> list[Any]:
    """Give elements as Python numbers, row by row; a half type's as floats."""
    import numpy as np

    array = array_of_bits(bits, dtype, shape)
    if array.dtype.kind not in "biufc":
        with np.errstate(invalid="ignore"):  # a signalling NaN is an element like any other
            array = array.astype("float64")
    numbers: list[Any] = array.ravel().tolist()
    return numbers


def base_of_values(values: Any, dtype: str) -> Base:
    """Make a base of nested lists of numbers."""
    import numpy as np

    if dtype not in DTYPES:
        raise ProgramError(f"unknown dtype {dtype!r}")
    array = np.array(values, dtype=numpy_dtype(dtype))
    return Base(dtype, array.shape, bits_of_array(array))


# JSON readers elsewhere keep 53 bits of an integer.
_WHOLE_IN_JSON = 2**53
_STORED_PLAINLY = frozenset((bool, str, int, float))


def _encoded_int(value: int) -> Any:
    return value if -_WHOLE_IN_JSON < value < _WHOLE_IN_JSON else {"int": str(value)}


# How each type is stored; the first of which a value is an instance counts.
_ENCODED: dict[type, Callable[[Any], Any]] = {
    type(None): lambda value: value,
    bool: lambda value: value,
    str: lambda value: value,
    int: _encoded_int,
    float: lambda value: {"float": value.hex()},
    complex: lambda value: {"complex": [value.real.hex(), value.imag.hex()]},
    slice: lambda value: {"slice": [encode_plain(part) for part in (value.start, value.stop, value.step)]},
    list: lambda value: [encode_plain(item) for item in value],
    tuple: lambda value: {"tuple": [encode_plain(item) for item in value]},
    type(Ellipsis): lambda _: {"ellipsis": True},
}


def encode_plain(value: Any) -> Any:
    """Store a plain value (bool, int, float, complex, str, None, slice, Ellipsis, list, tuple) as JSON can hold it."""
    encoded = _ENCODED.get(type(value))
    if encoded is None:
        encoded = next((one for kind, one in _ENCODED.items() if isinstance(value, kind)), None)
    if encoded is None:
        raise ProgramError(f"{type(value).__name__} is no plain value")
    return encoded(value)


# What the keys of `encode_plain` stand for.
_DECODED: dict[str, Callable[[Any, Callable[[str], Any]], Any]] = {
    "int": lambda text, _: int(text),
    "float": lambda text, _: float.fromhex(text),
    "complex": lambda parts, _: complex(*map(float.fromhex, parts)),
    "slice": lambda parts, dtype: slice(*(decode_plain(part, dtype) for part in parts)),
    "tuple": lambda items, dtype: tuple(decode_plain(item, dtype) for item in items),
    "ellipsis": lambda _, __: Ellipsis,
    "dtype": lambda name, dtype: dtype(name),
}


def _is_list_of(parts: Any, number: int) -> bool:
    return isinstance(parts, (list, tuple)) and len(parts) == number


# What may stand behind each key: another thing was not written by `encode_plain`.
_IS_FORM: dict[str, Callable[[Any], bool]] = {
    "int": lambda parts: isinstance(parts, str),
    "float": lambda parts: isinstance(parts, str),
    "complex": lambda parts: _is_list_of(parts, 2),
    "slice": lambda parts: _is_list_of(parts, 3),
    "tuple": lambda parts: isinstance(parts, (list, tuple)),
    "ellipsis": lambda parts: parts is True,
    "dtype": lambda parts: isinstance(parts, str),
}


def decode_plain(stored: Any, dtype: Callable[[str], Any]) -> Any:
    """Give back what `encode_plain` stored; `dtype` turns the name in `{"dtype": name}` into the library's dtype.

    Raises:
        ProgramError: the data is not what `encode_plain` writes.
    """
    kind = type(stored)
    if stored is None or kind in _STORED_PLAINLY:
        return stored
    if kind is list:
        return [decode_plain(item, dtype) for item in stored]
    if kind is dict and len(stored) == 1:
        ((name, parts),) = stored.items()
        if name in _DECODED and _IS_FORM[name](parts):
            return _DECODED[name](parts, dtype)
    raise ProgramError(f"{stored!r} is no plain value")


def describe_inputs(inputs: Inputs) -> list[str]:
    """Describe each argument in a line, for a reader."""
    return [f"{name} = {_describe(argument, inputs)}" for name, argument in inputs.arguments.items()]


def _describe(argument: Argument, inputs: Inputs) -> str:
    match argument:
        case TensorInput():
            base = inputs.bases[argument.base]
            where = " on the other device" if base.device == "other_device" else ""
            steps = "".join(f" .{step.op}({', '.join(map(str, step.args))})" for step in argument.view)
            leaf = ", requires_grad" if argument.requires_grad else ""
            return f"tensor({_shown(base.array())}, {base.dtype}{leaf}){where}{steps}"
        case ArrayInput():
            return f"array({_shown(argument.array())}, {argument.dtype}, strides {list(argument.strides)})"
        case NumpyScalarInput():
            return f"{argument.dtype}({argument.scalar()})"
        case _:
            return repr(decode_plain(argument.value, str))


def _shown(array: np.ndarray[Any, Any]) -> str:
    text = str(array.tolist())
    return text if len(text) <= 2000 else f"{text[:2000]}..."  # noqa: PLR2004 - a screenful
