"""Reads PyTorch's printed form: as values, dtype and shape for those who print otherwise, and as text off the CPU.

The rules are those of PyTorch's reference for `torch.set_printoptions` and of its printed tensors: the dtype is left
out where it is bool, int64, or the default float dtype; the device where it is the CPU.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.observation import Expected
from conformance.reference import printer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.dtypes import Kind

_NUMBER = re.compile(r"True|False|nan|-?inf|[-+]?\d+(?:\.\d*)?(?:e[-+]\d+)?")
_SUFFIXES = re.compile(
    r"""(?:,\s*device='(?P<device>[^']+)')?
        (?:,\s*size=\((?P<size>[\d, ]*)\))?
        (?:,\s*dtype=torch\.(?P<dtype>\w+))?
        (?:,\s*(?:grad_fn=<(?P<grad_fn>\w+)>|(?P<requires_grad>requires_grad=True)))?$""",
    re.VERBOSE,
)
_SIZE = re.compile(r"torch\.Size\(\[([\d, ]*)\]\)")
_DEVICE = re.compile(r"(?:cpu|[a-z]+:\d+)")


class PrintedError(ValueError):
    """A text that this reader does not understand."""


def read(text: str, default_dtypes: Mapping[Kind, str]) -> Expected:
    """Read a printed value.

    Args:
        text: what `print` showed.
        default_dtypes: the dtype that the library gives each kind where none is asked for. A printed form without a
            dtype stands for that one; where the library names none, any dtype of the kind is right.

    Returns:
        What is right, of kind, shape, dtype and values to the printed precision.

    Raises:
        PrintedError: the text is none of PyTorch's printed forms.
    """
    if text.startswith("tensor("):
        return _read_tensor(text, default_dtypes)
    if text.startswith("["):
        return _read_array(text, default_dtypes)
    if match := _SIZE.fullmatch(text):
        return Expected(kind="size", shape=_ints(match[1]))
    if text.startswith("torch."):
        return Expected(kind="dtype", dtype=text.removeprefix("torch."))
    if match := re.fullmatch(r"<class '([\w.]+)'>", text):
        return Expected(kind="type", literal=match[1])
    if _DEVICE.fullmatch(text):
        return Expected(kind="device", device=text)
    return _read_plain(text)


def _read_plain(text: str) -> Expected:
    if text == "None":
        return Expected(kind="none")
    if text in ("True", "False"):
        return Expected(kind="bool", literal=text)
    if re.fullmatch(r"-?\d+", text):
        return Expected(kind="int", literal=text)
    if re.fullmatch(r"-?\d+\.\d*(?:e[-+]?\d+)?", text):
        return Expected(kind="float", literal=text)
    if re.fullmatch(r"'[^']*'", text):
        return Expected(kind="str", literal=text)
    raise PrintedError(f"not a printed form that is known: {text!r}")


def _read_tensor(text: str, default_dtypes: Mapping[Kind, str]) -> Expected:
    if not text.endswith(")"):
        raise PrintedError(f"the printed tensor has no end: {text!r}")
    body = text.removeprefix("tensor(").removesuffix(")")
    suffixes = _SUFFIXES.search(body)
    if suffixes is None:  # pragma: no cover - the pattern matches the empty end of any text
        raise PrintedError(f"the printed tensor's suffixes are unknown: {text!r}")
    nested = _nested(body[: suffixes.start()])
    values = tuple(_leaves(nested))
    kind = _kind_of_values(values)
    shape = _ints(suffixes["size"]) if suffixes["size"] is not None else _shape(nested)
    return Expected(
        kind="tensor",
        shape=shape,
        dtype=suffixes["dtype"] or default_dtypes.get(kind),
        dtype_kind=kind if suffixes["dtype"] is None else None,
        values=values,
        device=suffixes["device"],
        requires_grad=bool(suffixes["grad_fn"] or suffixes["requires_grad"]),
    )


def _read_array(text: str, default_dtypes: Mapping[Kind, str]) -> Expected:
    nested = _nested(re.sub(r"(?<=[\d.\]])\s+(?=[-\d\[])", ", ", text))
    values = tuple(_leaves(nested))
    kind = _kind_of_values(values)
    return Expected(kind="array", shape=_shape(nested), dtype=default_dtypes.get(kind), dtype_kind=kind, values=values)


def _nested(text: str) -> Any:
    """Turn `[[1., 2.], [3., 4.]]` into nested lists of the numbers' texts."""
    if not _well_formed(text):
        raise PrintedError(f"not nested brackets of numbers: {text!r}")
    stack: list[list[Any]] = [[]]
    for part in re.findall(r"\[|\]|[^\s,\[\]]+", text):
        if part == "[":
            stack.append([])
        elif part == "]":
            closed = stack.pop()
            stack[-1].append(closed)
        else:
            stack[-1].append(part)
    return stack[0][0]


def _well_formed(text: str) -> bool:
    """Say whether the text is one number, or brackets that hold numbers or brackets of one kind."""
    previous, reduced = "", re.sub(r"\s+", " ", text.strip())
    if _NUMBER.fullmatch(reduced):
        return True
    reduced = re.sub(rf"\[ ?(?:(?:{_NUMBER.pattern})(?:, ?|(?= ?\])))* ?\]", "#", reduced)
    while reduced != previous:
        previous, reduced = reduced, re.sub(r"\[#(?:, ?#)*\]", "#", reduced)
    return reduced == "#"


def _leaves(nested: Any) -> list[str]:
    if isinstance(nested, str):
        return [nested]
    return [leaf for item in nested for leaf in _leaves(item)]


def _shape(nested: Any) -> tuple[int, ...]:
    if isinstance(nested, str):
        return ()
    shapes = {_shape(item) for item in nested}
    if len(shapes) > 1:
        raise PrintedError("the printed rows differ in length")
    return (len(nested), *(shapes.pop() if shapes else ()))


def _kind_of_values(values: tuple[str, ...]) -> Kind:
    if values and all(value in ("True", "False") for value in values):
        return "bool"
    if values and all(re.fullmatch(r"[-+]?\d+", value) for value in values):
        return "integer"
    return "float"


def _ints(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.replace(",", " ").split())


def on_device(text: str, device: str) -> str:
    """Give the printed form of the same tensor on another device than the CPU: `device='cuda:0'` is its first suffix.

    A suffix that would reach beyond the line's width starts a new line under the numbers.
    """
    if not text.startswith("tensor(") or device == "cpu":
        return text
    body = text.removeprefix("tensor(").removesuffix(")")
    suffixes = _SUFFIXES.search(body)
    start = suffixes.start() if suffixes else len(body)
    later = [part for part in re.split(r",\s+(?=[a-z_]+=)", body[start:]) if part]
    suffixes_there = [f"device='{device}'", *later]
    return printer.with_suffixes(printer.PREFIX + body[:start], suffixes_there, printer.Options().linewidth)


def with_exact_dtype(expected: Expected, dtype: str) -> Expected:
    """Give the same with the dtype pinned."""
    return msgspec.structs.replace(expected, dtype=dtype, dtype_kind=None)
