"""Writes PyTorch's printed form of a tensor.

Source: PyTorch's reference of torch.set_printoptions (precision, threshold, edgeitems, linewidth, sci_mode and the
profiles); where it leaves the choice to "the framework", the form that PyTorch has kept since its version 1.6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PREFIX = "tensor("
# Numbers that span more than this, or reach beyond these, are written with exponents.
_SPAN, _LARGEST, _SMALLEST = 1000.0, 1.0e8, 1.0e-4


class OpenFormError(Exception):
    """The rules leave open how something is printed: it is not judged."""


@dataclass(frozen=True)
class Options:
    """What torch.set_printoptions sets, with its defaults.

    Attributes:
        precision: digits behind the point.
        threshold: a tensor of more elements is summarised.
        edgeitems: items that a summary shows at the beginning and the end of each dimension.
        linewidth: characters on a line.
        sci_mode: whether exponents are written; None leaves it to the values.
    """

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}


class State:
    """The options that hold now, for every tensor."""

    def __init__(self) -> None:
        self.options = Options()


state = State()


def set_options(*, profile: str | None = None, sci_mode: bool | None = None, **given: float | None) -> None:
    """Change the options that hold: those of a profile first, then those that are given.

    An option that is not given stays as it is, but for `sci_mode`, which is then left to the values.
    """
    start = PROFILES[profile] if profile is not None else state.options
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    state.options = replace(start, **changes, sci_mode=sci_mode)


@dataclass(frozen=True)
class Style:
    """How all numbers of one tensor (of a complex one: all real or all imaginary parts) are written.

    Attributes:
        form: as `format` takes it.
        whole: every one is a whole number and has a point behind it, but for inf and nan.
        width: of the widest.
    """

    form: str = ""
    whole: bool = False
    width: int = 1

    def write(self, number: float) -> str:
        """Write a number, filled up with spaces before it."""
        point = "." if self.whole and math.isfinite(number) else ""
        return (format(number, self.form) + point).rjust(self.width)


def style_of(numbers: list[Any], options: Options, *, floats: bool) -> Style:
    """Choose the style of numbers; of floats, zeros, infinities and NaNs have no say in it."""
    telling = [number for number in numbers if number and math.isfinite(number)] if floats else numbers
    style = _float_form(telling, options) if floats else Style()
    return replace(style, width=max((len(style.write(number)) for number in telling), default=1))


def _float_form(telling: list[float], options: Options) -> Style:
    whole = all(number.is_integer() for number in telling)
    if telling and (_far_apart(telling) if options.sci_mode is None else options.sci_mode):
        return Style(f".{options.precision}e")
    return Style(".0f", whole=True) if whole else Style(f".{options.precision}f")


def _far_apart(telling: list[float]) -> bool:
    sizes = [abs(number) for number in telling]
    largest, smallest = max(sizes), min(sizes)
    return largest / smallest > _SPAN or largest > _LARGEST or smallest < _SMALLEST


def python_numbers(array: NDArray[Any]) -> NDArray[Any]:
    """Give an array whose elements NumPy turns into Python numbers: a half type's become floats of the same value."""
    return array if array.dtype.kind in "biufc" else array.astype(np.float64)


def write(
    array: NDArray[Any],
    dtype: str,
    options: Options,
    *,
    device: str = "cpu",
    history: str = "",
    default_float: str = "float32",
) -> str:
    """Write a tensor.

    Args:
        array: its elements.
        dtype: its name.
        options: as torch.set_printoptions sets them.
        device: where it lies; the CPU is left out.
        history: `requires_grad=True` or `grad_fn=<...>`, if it has one.
        default_float: the default float dtype, which is left out.
    """
    text = "[]"
    if array.size:
        summarised = array.size > options.threshold
        if summarised and options.edgeitems < 1:
            raise OpenFormError("a summary without any item is shown nowhere")
        cut = [summarised and size > 2 * options.edgeitems for size in array.shape]
        text = _Writer(python_numbers(_edges(array, cut, options.edgeitems)), cut, options).text()
    suffixes = [f"device='{device}'"] if device != "cpu" else []
    suffixes += [*_size_and_dtype(array, dtype, default_float), *([history] if history else [])]
    return with_suffixes(PREFIX + text, suffixes, options.linewidth)


def _edges(array: NDArray[Any], cut: list[bool], items: int) -> NDArray[Any]:
    """Give the elements that a summary shows: the first and last items of each dimension that is cut."""
    if not any(cut):
        return array
    kept = [
        [*range(items), *range(size - items, size)] if short else range(size)
        for size, short in zip(array.shape, cut, strict=True)
    ]
    shown: NDArray[Any] = array[np.ix_(*kept)]
    return shown


def _size_and_dtype(array: NDArray[Any], dtype: str, default_float: str) -> Iterator[str]:
    """Give what the numbers alone don't tell: the size where there are none, and the dtype where it isn't the default.

    With no number there, only the default float dtype goes without saying.
    """
    if array.size == 0 and array.ndim != 1:
        yield f"size={tuple(array.shape)}"
    silent = {default_float}
    if array.size:
        silent |= {"bool", "int64", "complex128" if default_float == "float64" else "complex64"}
    if dtype not in silent:
        yield f"dtype=torch.{dtype}"


class _Writer:
    """Writes the numbers of a tensor in nested brackets.

    Args:
        array: the elements that are shown.
        cut: of each dimension, whether items were left out in its middle.
        options: of printing.
    """

    def __init__(self, array: NDArray[Any], cut: list[bool], options: Options) -> None:
        self._rows = array.tolist()
        self._cut = cut
        self._options = options
        kind = array.dtype.kind
        parts = (array.real, array.imag) if kind == "c" else (array,)
        self._styles = [style_of(part.ravel().tolist(), options, floats=kind in "fc") for part in parts]
        # An imaginary part brings its `j`; its sign stands in the place of a space.
        self._width = sum(style.width for style in self._styles) + len(parts) - 1

    def text(self) -> str:
        """Give the text."""
        return self._nested(self._rows, 0)

    def _nested(self, rows: Any, depth: int) -> str:
        below = len(self._cut) - depth
        if below == 0:
            return self._number(rows)
        parts = [self._nested(row, depth + 1) for row in rows]
        if self._cut[depth]:
            parts.insert(self._options.edgeitems, " ..." if below == 1 else "...")
        indent = " " * (len(PREFIX) + depth + 1)
        if below > 1:
            return f"[{(',' + chr(10) * (below - 1) + indent).join(parts)}]"
        return f"[{(',' + chr(10) + indent).join(self._lines(parts, len(indent) - 1))}]"

    def _lines(self, parts: list[str], indent: int) -> Iterator[str]:
        """Break the items of a row into lines; each item counts with its comma and a space."""
        number = max(1, (self._options.linewidth - indent) // (self._width + 2))
        for start in range(0, len(parts), number):
            yield ", ".join(parts[start : start + number])

    def _number(self, number: Any) -> str:
        if len(self._styles) == 1:
            return self._styles[0].write(number)
        real, imaginary = (
            style.write(part) for style, part in zip(self._styles, (number.real, number.imag), strict=True)
        )
        imaginary = imaginary.lstrip()
        return f"{real}{'' if imaginary.startswith('-') else '+'}{imaginary}j"


def with_suffixes(numbers: str, suffixes: list[str], width: int) -> str:
    """Put suffixes behind the numbers, and the closing parenthesis; `numbers` begins with the opening one.

    A suffix that would reach beyond the line's width starts a new line under the numbers.
    """
    parts = [numbers]
    taken = len(numbers) - numbers.rfind("\n") + 1  # PyTorch counts the closing parenthesis and a comma in
    for suffix in suffixes:
        if taken + len(suffix) + 2 > width:
            parts.append(",\n" + " " * len(PREFIX) + suffix)
            taken = len(PREFIX) + len(suffix)
        else:
            parts.append(", " + suffix)
            taken += len(suffix) + 2
    return "".join(parts) + ")"
