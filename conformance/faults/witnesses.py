"""Witnesses as a person reads them: `fixtures/faults/TOPIC.toml`, with an entry for each fault. See `fixtures/README.md`."""

from __future__ import annotations

import base64
import json
import math
import tomllib
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from conformance.documents import FixtureError, fixtures_folder
from conformance.dtypes import kind_of, numpy_dtype
from conformance.program import (
    Argument,
    ArrayInput,
    Base,
    Inputs,
    NumpyScalarInput,
    PlainInput,
    Program,
    ProgramError,
    Step,
    TensorInput,
    array_of_bits,
    bits_of_array,
    checked,
)

if TYPE_CHECKING:
    from pathlib import Path

# What an observation is looked at for: its values, its printed form, or the words of an error or a warning too.
Reads = Literal["values", "text", "wording"]
# More elements than these are written as they count from 0 or come again and again, or else as what is shorter: a list or bits.
MOST_ELEMENTS = 64
_HEADER = "# Witnesses and grades of the faults of conformance/faults/{topic}.py, written by `python -m conformance.selftest.gathering`.\n"


class Witness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case on which a faulty library differs from the healthy one.

    Attributes:
        clause: whose case it was, before it was made smaller.
        program: what runs.
        inputs: what it is given.
        reads: what is looked at.
        sets: global state that the program may change.
        strides: whether strides are looked at.
    """

    clause: str
    program: Program
    inputs: Inputs
    reads: Reads = "values"
    sets: tuple[str, ...] = ()
    strides: bool = False


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault's entry: its witness, and the share of the plain cases that show it."""

    fault: str
    grade: float
    witness: Witness


class _Text(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An entry as its file holds it."""

    fault: str
    grade: float
    clause: str
    program: str
    inputs: dict[str, Any] = {}
    reads: Reads = "values"
    sets: tuple[str, ...] = ()
    strides: bool = False


class _TensorText(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A tensor as its file holds it: elements of its own, or the name of the input whose memory it shares.

    Attributes:
        dtype: of its elements.
        shape: where `values` does not tell.
        values: nested lists, or `"counted"` for 0, 1, 2, ...; a complex number is a pair.
        repeat: so many elements, which come again and again.
        bits: their base64.
        base: the input that has the elements.
        device: where it lies.
        view: a chain of view operations, each a list of its name and arguments.
        requires_grad: whether it is a leaf.
    """

    dtype: str | None = None
    shape: tuple[int, ...] | None = None
    values: Any = None
    repeat: Any = None
    bits: bytes | None = None
    base: str | None = None
    device: Literal["device", "other_device"] = "device"
    view: tuple[tuple[Any, ...], ...] = ()
    requires_grad: bool = False


class _ArrayText(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A NumPy array as its file holds it: dtype with byte order, shape, strides and offset in bytes, and its buffer.

    Where `values` are given they are its elements in their order in the buffer; `elements` says how many `repeat` makes.
    """

    array: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    values: Any = None
    repeat: Any = None
    elements: int = 0
    bits: bytes | None = None
    offset: int = 0
    writable: bool = True


def path_of(topic: str) -> Path:
    """Give the file of a topic."""
    return fixtures_folder() / "faults" / f"{topic}.toml"


def read(topic: str) -> dict[str, Entry]:
    """Give a topic's entries by fault; none where there is no file.

    Raises:
        FixtureError: the file is damaged, or a fault has two entries.
    """
    path = path_of(topic)
    if not path.exists():
        return {}
    found: dict[str, Entry] = {}
    try:
        for one in tomllib.loads(path.read_text(encoding="utf-8")).get("witness", []):
            entry = _entry(msgspec.convert(one, _Text))
            if entry.fault in found:
                raise ValueError(f"the fault {entry.fault!r} has two entries")  # noqa: TRY301 - told with the file's name
            found[entry.fault] = entry
    except (OSError, ValueError, msgspec.ValidationError) as error:
        detail = str(error).splitlines()[0]
        raise FixtureError(f"fixtures/faults/{path.name} is damaged ({detail}); restore it or reinstall") from error
    return found


def text(topic: str, entries: dict[str, Entry]) -> str:
    """Write a topic's file."""
    return "\n".join([_HEADER.format(topic=topic), *map(_entry_text, entries.values())])


def _entry(form: _Text) -> Entry:
    program = checked(form.program)
    inputs = _inputs(form.inputs)
    if set(program.arguments) != set(inputs.arguments):
        raise ProgramError(f"witness of {form.fault!r}: its inputs are not the program's arguments")
    return Entry(form.fault, form.grade, Witness(form.clause, program, inputs, form.reads, form.sets, form.strides))


# --- reading inputs ------------------------------------------------------------------------------------------


def _inputs(data: dict[str, Any]) -> Inputs:
    bases: dict[str, Base] = {}
    arguments: dict[str, Argument] = {}
    for name, value in data.items():
        match value:
            case {"array": _}:
                arguments[name] = _array(msgspec.convert(value, _ArrayText))
            case {"scalar": dtype}:
                arguments[name] = NumpyScalarInput(dtype, _bits(msgspec.convert(value["of"], _TensorText), dtype)[0])
            case {"plain": plain}:
                arguments[name] = PlainInput(_with_none(plain))
            case {"dtype": _} | {"base": _}:
                form = msgspec.convert(value, _TensorText)
                if form.base is None:
                    bits, shape = _bits(form, form.dtype or "")
                    bases[name] = Base(form.dtype or "", shape, bits, form.device)
                steps = tuple(Step(op, tuple(_with_none(args))) for op, *args in form.view)
                arguments[name] = TensorInput(form.base or name, steps, form.requires_grad)
            case _:
                arguments[name] = PlainInput(_plain(value))
    return Inputs(bases, arguments)


def _plain(value: Any) -> Any:
    """Store a value that needs no form: a float is stored by its bits."""
    return {"float": value.hex()} if isinstance(value, float) else value


def _array(form: _ArrayText) -> ArrayInput:
    if form.bits is not None:
        bits = form.bits
    else:
        count = (form.elements,) if form.repeat is not None else None
        elements = _TensorText(shape=count, values=form.values, repeat=form.repeat)
        bits = _bits(elements, np.dtype(form.array).name, form.array)[0]
    return ArrayInput(form.array, form.shape, form.strides, bits, form.offset, form.writable)


def _bits(form: _TensorText, dtype: str, kind: str | None = None) -> tuple[bytes, tuple[int, ...]]:
    """Give the elements of a form, and their shape."""
    if form.bits is not None:
        return form.bits, form.shape or ()
    made = np.dtype(kind) if kind is not None else numpy_dtype(dtype)
    values: Any = form.values
    if form.repeat is not None:
        values = np.resize(_numbers(form.repeat, dtype), form.shape or ())
    elif values == "counted":
        values = np.arange(math.prod(form.shape or ())).reshape(form.shape or ())
    elif values is None:
        raise ProgramError("a tensor needs values, repeat, bits or a base")
    else:
        values = _numbers(values, dtype)
    array = np.ascontiguousarray(values, made).reshape(values.shape if form.shape is None else form.shape)
    return _raw(array) if kind is not None else bits_of_array(array), tuple(array.shape)


def _raw(array: Any) -> bytes:
    """Give an array's memory, in its own byte order."""
    raw: bytes = array.tobytes()
    return raw


def _numbers(values: Any, dtype: str) -> Any:
    if kind_of(dtype) != "complex":
        return np.array(values, numpy_dtype(dtype))
    parts = np.array(values, np.float32 if dtype == "complex64" else np.float64)
    if not parts.size:
        return np.zeros(0, numpy_dtype(dtype))
    return np.ascontiguousarray(parts).view(numpy_dtype(dtype))[..., 0]


def _with_none(value: Any) -> Any:
    """Put None where a file, which knows none, says `{none = true}`."""
    match value:
        case {"none": True}:
            return None
        case dict():
            return {key: _with_none(one) for key, one in value.items()}
        case list() | tuple():
            return [_with_none(one) for one in value]
    return value


def _without_none(value: Any) -> Any:
    match value:
        case None:
            return {"none": True}
        case dict():
            return {key: _without_none(one) for key, one in value.items()}
        case list() | tuple():
            return [_without_none(one) for one in value]
    return value


# --- writing -------------------------------------------------------------------------------------------------


def _entry_text(entry: Entry) -> str:
    witness = entry.witness
    lines = [
        "[[witness]]",
        f"fault = {_toml(entry.fault)}",
        f"clause = {_toml(witness.clause)}",
        f"grade = {_toml(entry.grade)}",
    ]
    lines += [f"reads = {_toml(witness.reads)}"] if witness.reads != "values" else []
    lines += [f"sets = {_toml(list(witness.sets))}"] if witness.sets else []
    lines += ["strides = true"] if witness.strides else []
    lines += [f"inputs.{name} = {_toml(form)}" for name, form in _forms(witness.inputs).items()]
    return "\n".join([*lines, f"program = '''\n{witness.program.source}'''\n"])


def _forms(inputs: Inputs) -> dict[str, Any]:
    """Give the short form of each input; a base goes by the name of the first argument that shows it."""
    owners: dict[str, str] = {}
    forms: dict[str, Any] = {}
    for name, one in inputs.arguments.items():
        match one:
            case TensorInput():
                base = owners.setdefault(one.base, name)
                forms[name] = _tensor_form(one, inputs.bases[one.base] if base == name else None, base)
            case ArrayInput():
                forms[name] = _array_form(one)
            case NumpyScalarInput():
                forms[name] = {"scalar": one.dtype, "of": _elements_form(one.bits, one.dtype, ())}
            case _:
                forms[name] = _plain_form(one.value)
    return forms


def canonical(inputs: Inputs) -> Inputs:
    """Give inputs as they are read again: bases by the names of the arguments that show them."""
    return _inputs(_forms(inputs))


def _plain_form(value: Any) -> Any:
    match value:
        case {"float": text} if math.isfinite(float.fromhex(text)):
            return float.fromhex(text)
        case bool() | int() | str():
            return value
    return {"plain": _without_none(value)}


def _tensor_form(argument: TensorInput, own: Base | None, base: str) -> dict[str, Any]:
    form: dict[str, Any] = {"base": base}
    if own is not None:
        form = {"dtype": own.dtype, **_elements_form(own.bits, own.dtype, own.shape)}
        form |= {"device": own.device} if own.device != "device" else {}
    form |= {"view": [[step.op, *_without_none(step.args)] for step in argument.view]} if argument.view else {}
    return form | ({"requires_grad": True} if argument.requires_grad else {})


def _array_form(one: ArrayInput) -> dict[str, Any]:
    form: dict[str, Any] = {"array": one.dtype, "shape": list(one.shape), "strides": list(one.strides)}
    form |= {"offset": one.offset} if one.offset else {}
    form |= {"writable": False} if not one.writable else {}
    kind = np.dtype(one.dtype)
    buffer = np.frombuffer(one.bits, kind)
    short: dict[str, Any] = {"values": _listed(buffer[:MOST_ELEMENTS], kind.name)}
    if buffer.size > MOST_ELEMENTS:
        short = {"elements": buffer.size, "repeat": _listed(buffer[: _period(buffer)], kind.name)}
    exact = buffer.size > 0 and _array(msgspec.convert(form | short, _ArrayText)).bits == one.bits
    return form | (short if exact else {"bits": _text(one.bits)})


def _period(array: Any) -> int:
    """Give the least number of elements after which they come again; the most that are written where there is none."""
    raw = np.ascontiguousarray(array).ravel()
    words = raw.view(np.uint8).reshape(raw.size, -1)
    return next((one for one in range(1, MOST_ELEMENTS) if (words[one:] == words[:-one]).all()), MOST_ELEMENTS)


def _elements_form(bits: bytes, dtype: str, shape: tuple[int, ...]) -> dict[str, Any]:
    """Say elements as plainly as they can be said without a change of bits."""
    array = array_of_bits(bits, dtype, shape)
    candidates: list[dict[str, Any]] = []
    if array.size == 0:
        candidates.append({"shape": list(shape), "values": []})
    elif array.size <= MOST_ELEMENTS:
        candidates.append({"values": _listed(array, dtype)})
    else:
        candidates.append({"shape": list(shape), "values": "counted"})
        candidates.append({"shape": list(shape), "repeat": _listed(array.ravel()[: _period(array)], dtype)})
    if len(_toml(listed := _listed(array, dtype))) <= len(_text(bits)):
        candidates.append({"values": listed})
    for form in candidates:
        if _bits(msgspec.convert(form, _TensorText), dtype) == (bits, shape):
            return form
    return {"shape": list(shape), "bits": _text(bits)}


def _text(bits: bytes) -> str:
    """Give bits as a file holds them."""
    return base64.b64encode(bits).decode("ascii")


def _listed(array: Any, dtype: str) -> Any:
    """Give nested lists of Python numbers; of short floats, those that people write."""
    array = np.asarray(array)
    if array.ndim:
        return [_listed(one, dtype) for one in array]
    element = array[()]
    match kind_of(dtype):
        case "complex":
            return [
                _listed(part, "float32" if dtype == "complex64" else "float64") for part in (element.real, element.imag)
            ]
        case "float":
            return float(str(element))
        case "bool":
            return bool(element)
    return int(element)


def _toml(value: Any) -> str:
    """Write a value in one line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case dict():
            return "{ " + ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case int() | float():
            return repr(value)
    raise TypeError(f"no TOML for a {type(value).__name__}")


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)
