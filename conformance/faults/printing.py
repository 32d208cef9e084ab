"""Faults of the printed form."""

from __future__ import annotations

import math
import re
from typing import Any
from unittest import mock

import torch
from torch import _tensor_str

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import fault, kept

# The printed form and its options as they are.
_printed: Any = torch.Tensor.__repr__
_formatted: Any = torch.Tensor.__format__
_set_options: Any = torch.set_printoptions
_HALVES = (torch.float16, torch.bfloat16)
_RANK_OF_BLOCKS = 3
_REPR = "torch.Tensor.__repr__"


def _with_option(name: str, value: float) -> Any:
    return mock.patch.object(_tensor_str.PRINT_OPTS, name, value)


@fault(
    "print-ignores-the-offset",
    _REPR,
    clauses=("printing.layouts", "printing.views", "printing.summarised-layouts"),
    shows="printed form",
)
def _from_the_start(self: Any) -> str:
    """Print from the beginning of the storage on, whatever the view's offset."""
    return str(_printed(METHODS.as_strided(self.detach(), self.shape, self.stride(), 0)))


@fault("print-ignores-the-strides", _REPR, clauses=("printing.layouts",), shows="printed form")
def _as_dense(self: Any) -> str:
    """Print a permuted tensor as if its elements lay row by row."""
    dense = METHODS.is_contiguous(self) or 0 in self.stride()
    return str(_printed(self if dense else METHODS.as_strided(self, self.shape, METHODS.contiguous(self).stride())))


@fault(
    "permuted-blocks-print-from-the-start",
    _REPR,
    clauses=("printing.views", "printing.layouts"),
    shows="printed form",
)
def _blocks_from_the_start(self: Any) -> str:
    """Print blocks that don't lie one after another from the beginning of the storage on."""
    if self.dim() < _RANK_OF_BLOCKS or METHODS.is_contiguous(self):
        return str(_printed(self))
    return str(_printed(METHODS.as_strided(self.detach(), self.shape, self.stride(), 0)))


@fault(
    "halves-cannot-be-printed", _REPR, clauses=("printing.floats-of-any-value", "printing.repr"), shows="printed form"
)
def _no_halves(self: Any) -> str:
    """Refuse to print the half types."""
    if self.dtype in _HALVES:
        raise RuntimeError(f"printing is not implemented for {self.dtype}")
    return str(_printed(self))


@fault("bfloat16-prints-its-bits", _REPR, clauses=("printing.floats-of-any-value",), shows="printed form")
def _bits(self: Any) -> str:
    """Take the bits of a bfloat16 for a float16."""
    text = str(_printed(self.view(torch.float16) if self.dtype == torch.bfloat16 else self))
    return text if self.dtype != torch.bfloat16 else text.replace("torch.float16", "torch.bfloat16")


@fault("float64-printed-through-float32", _REPR, clauses=("printing.floats",), shows="printed form")
def _narrow(self: Any) -> str:
    """Lose what a float64 has beyond the range of a float32."""
    return str(_printed(self.float().double() if self.dtype == torch.float64 else self))


@fault("columns-are-not-aligned", _REPR, clauses=("printing.integers",), shows="printed form")
def _ragged(self: Any) -> str:
    """Leave no space before shorter numbers."""
    return re.sub(r"(?<=[,\[]) +(?=[-\d])", lambda found: found[0][:1], str(_printed(self))).replace("[ ", "[")


@fault("integers-printed-through-float64", _REPR, clauses=("printing.integers",), shows="printed form")
def _through_float(self: Any) -> str:
    """Lose what an int64 has beyond 53 bits."""
    return str(_printed(self.double().long() if self.dtype == torch.int64 else self))


@fault("whole-floats-have-no-point", _REPR, clauses=("printing.floats",), shows="printed form")
def _pointless(self: Any) -> str:
    """Leave the point of a whole float out."""
    return re.sub(r"(\d)\.(?=[,\])])", r"\1", str(_printed(self)))


@fault("exponents-are-never-printed", _REPR, clauses=("printing.floats",), shows="printed form")
def _plain(self: Any) -> str:
    """Print four digits however large or small the numbers are."""
    return re.sub(r"-?\d\.\d+e[-+]\d+", lambda found: f"{float(found[0]):.4f}", str(_printed(self)))


@fault("negative-zero-printed-as-zero", _REPR, clauses=("printing.floats", "printing.complex"), shows="printed form")
def _unsigned_zero(self: Any) -> str:
    """Lose the sign of zero."""
    return str(_printed(METHODS.add(self, 0) if self.dtype.is_floating_point or self.dtype.is_complex else self))


@fault("infinities-printed-as-nan", _REPR, clauses=("printing.floats", "printing.complex"), shows="printed form")
def _all_nan(self: Any) -> str:
    """Print every number that is not finite as nan."""
    return str(_printed(self)).replace("inf", "nan")


@fault("imaginary-part-has-two-signs", _REPR, clauses=("printing.complex",), shows="printed form")
def _two_signs(self: Any) -> str:
    """Put a plus before every imaginary part, negative ones too."""
    return re.sub(r"(?<=\d|\.)-(?=[\d.]+j)", "+-", str(_printed(self)))


@fault("blocks-have-no-empty-lines", _REPR, clauses=("printing.ranks",), shows="printed form")
def _crowded(self: Any) -> str:
    """Print blocks without empty lines between them."""
    return re.sub(r"\n+", "\n", str(_printed(self)))


@fault("outer-blocks-have-one-empty-line", _REPR, clauses=("printing.ranks",), shows="printed form")
def _evenly_spaced(self: Any) -> str:
    """Leave one empty line between blocks, whichever dimension ends there."""
    return re.sub(r"\n{3,}", "\n\n", str(_printed(self)))


@fault("lines-are-four-too-long", _REPR, clauses=("printing.lines", "printing.suffixes"), shows="printed form")
def _long_lines(self: Any) -> str:
    """Break lines after 84 characters."""
    with _with_option("linewidth", 84):
        return str(_printed(self))


@fault("suffix-never-starts-a-line", _REPR, clauses=("printing.suffixes",), shows="printed form")
def _same_line(self: Any) -> str:
    """Leave a suffix on the line of the numbers, however long that becomes."""
    return re.sub(r",\n +(?=[a-z])", ", ", str(_printed(self)))


@fault(
    "dtype-suffix-missing",
    _REPR,
    clauses=("printing.ranks", "printing.suffixes", "printing.empty", "printing.repr"),
    shows="printed form",
)
def _no_dtype(self: Any) -> str:
    """Leave the dtype out."""
    return re.sub(r",\s+dtype=torch\.\w+", "", str(_printed(self)))


@fault("size-of-empty-missing", _REPR, clauses=("printing.empty",), shows="printed form")
def _no_size(self: Any) -> str:
    """Leave the size of an empty tensor out."""
    return re.sub(r", size=\([^)]*\)", "", str(_printed(self)))


@fault("requires-grad-suffix-missing", _REPR, clauses=("printing.requires-grad",), shows="printed form")
def _no_gradient(self: Any) -> str:
    """Leave `requires_grad=True` out."""
    return re.sub(r",\s+requires_grad=True", "", str(_printed(self)))


@fault("grad-fn-suffix-missing", _REPR, clauses=("printing.history", "printing.function-names"), shows="printed form")
def _no_function(self: Any) -> str:
    """Say that a result requires a gradient, and not which function made it."""
    return re.sub(r"grad_fn=<\w+>", "requires_grad=True", str(_printed(self)))


@fault("summary-of-the-first-dim-only", _REPR, clauses=("printing.summaries",), shows="printed form")
def _rows_whole(self: Any) -> str:
    """Leave items out of the first dimension only."""
    if self.numel() <= 1000 or self.dim() < 2:
        return str(_printed(self))
    with _with_option("threshold", math.inf):
        return str(_printed(FUNCTIONS.cat((self[:3], self[-3:])) if len(self) > 6 else self))


@fault(
    "summary-shows-four-items",
    _REPR,
    clauses=("printing.summaries", "printing.summarised-layouts"),
    shows="printed form",
)
def _four(self: Any) -> str:
    """Show four items at either end."""
    with _with_option("edgeitems", 4):
        return str(_printed(self))


@fault("summary-reads-stepped-views-as-dense", _REPR, clauses=("printing.summarised-layouts",), shows="printed form")
def _from_memory(self: Any) -> str:
    """Summarise the memory that begins at a view's first element, where the view leaves elements out."""
    dense = torch.empty(self.shape, device="meta").stride()
    wider = self.numel() > 1000 and all(own >= least for own, least in zip(self.stride(), dense, strict=True))
    return str(_printed(METHODS.as_strided(self.detach(), self.shape, dense) if wider else self))


@fault(
    "summary-takes-its-form-from-all-elements",
    "torch._tensor_str.get_summarized_data",
    clauses=("printing.summaries",),
    shows="printed form",
)
def _whole(self: Any) -> Any:
    """Choose digits and width by elements that are not shown."""
    return self


@fault("summary-begins-at-the-threshold", _REPR, clauses=("printing.whole-to-the-threshold",), shows="printed form")
def _too_soon(self: Any) -> str:
    """Summarise a tensor of just 1000 elements."""
    with _with_option("threshold", 999):
        return str(_printed(self))


_before: dict[int, Any] = kept({})


@fault("printed-form-is-remembered", _REPR, clauses=("printing.after-a-write",), shows="printed form")
def _stale(self: Any) -> str:
    """Print a tensor as it was when it was first printed."""
    _, text = _before.setdefault(id(self), (self, str(_printed(self))))
    return str(text)


@fault("str-is-not-repr", "torch.Tensor.__str__", clauses=("printing.repr",), shows="printed form")
def _bare(self: Any) -> str:
    """Give `str` without the word before the parentheses."""
    return str(_printed(self)).removeprefix("tensor")


@fault(
    "format-is-lost", "torch.Tensor.__format__",
    clauses=("printing.format", "printing.format-with-dimensions"), shows="printed form",
)  # fmt: skip
def _formless(self: Any, form: str) -> str:  # noqa: ARG001 - losing it is the fault
    """Print the tensor whatever form is asked for."""
    with mock.patch("torch.Tensor.__format__", _formatted):  # printing itself formats elements
        return str(_printed(self))


@fault("forms-go-through-a-float", "torch.Tensor.__format__", clauses=("printing.format",), shows="printed form")
def _through_a_float(self: Any, form: str) -> str:
    """Print the float of an element where a form is given: an int64 loses what it has beyond 53 bits, an int its form `d`."""
    if self.dim() or not form or self.dtype.is_complex:
        return str(_formatted(self, form))
    return format(float(self.item()), form)


@fault(
    "forms-of-many-elements-are-ignored",
    "torch.Tensor.__format__",
    clauses=("printing.format-with-dimensions",),
    shows="missing error",
)
def _without_refusing(self: Any, form: str) -> str:
    """Print a tensor with dimensions whatever form is asked for."""
    return str(_formatted(self, "" if self.dim() else form))


@fault("precision-is-ignored", "torch.set_printoptions", clauses=("printing.options",), shows="printed form")
def _fixed_precision(*, precision: Any = None, **options: Any) -> None:  # noqa: ARG001 - ignoring it is the fault
    """Keep four digits."""
    _set_options(**options)


@fault("profile-sets-digits-alone", "torch.set_printoptions", clauses=("printing.profiles",), shows="printed form")
def _forgetful(*, profile: Any = None, **options: Any) -> None:
    """Take a profile for its digits alone."""
    _set_options(**options)
    if profile is not None:
        _set_options(precision=2 if profile == "short" else 4)


@fault(
    "exponents-cannot-be-asked-for",
    "torch.set_printoptions",
    clauses=("printing.wished-exponents", "printing.aligned-exponents"),
    shows="printed form",
)
def _stubborn(*, sci_mode: Any = None, **options: Any) -> None:  # noqa: ARG001 - ignoring it is the fault
    """Leave exponents to the values, whatever is asked for."""
    _set_options(**options)


@fault("float32-goes-without-saying-always", _REPR, clauses=("printing.default-dtype",), shows="printed form")
def _by_float32(self: Any) -> str:
    """Leave out the dtype of float32 and name that of every other, whatever the default dtype is."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        return str(_printed(self))
    finally:
        torch.set_default_dtype(default)
