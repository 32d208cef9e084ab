"""What was seen of a program's run, free of the backend, and the one comparison with what is right.

Everything here is plain data (msgspec structs): it can be stored, sent to another process, compared and shown.
"""

from __future__ import annotations

import ast
import math
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from conformance.dtypes import Kind, kind_of
from conformance.program import array_of_bits, decode_plain, numbers_of_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

SeenKind = Literal[
    "tensor", "array", "bool", "int", "float", "complex", "str", "none",
    "size", "dtype", "device", "type", "tuple", "list", "other",
]  # fmt: skip

# Longer texts are cut: a library may put megabytes into a message.
TEXT_LIMIT = 20_000
SHOWN_ELEMENTS = 40


class Allowed(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What else is right for the elements of a result, as the reference tells it.

    Attributes:
        also: further elements, as `Seen.bits`: each element may be that of any of them.
        free: a bool for each element: whether it may be anything.
        bound: a float64 for each element: how far it may lie from the right one, in absolute value.
    """

    also: tuple[bytes, ...] = ()
    free: bytes | None = None
    bound: bytes | None = None


class Seen(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One returned thing: what it is, and of that everything that was read.

    Attributes:
        kind: what it is, free of the library that made it; `other` for what no program should return.
        shape: sizes of a tensor, an array or a size.
        dtype: name of the dtype of a tensor or an array, or of a dtype itself.
        bits: the elements, row by row, little-endian (base64 where stored as text).
        strides: in elements, where asked.
        offset: of the first element in its storage, in elements, where the backend tells it.
        device: of a tensor (`cpu`, `cuda:0`), or of a device itself.
        requires_grad: of a tensor.
        value: a Python value, as `encode_plain` stores it; the qualified name of a type.
        items: of a tuple or a list.
        text: `str(value)`, where printing is the point.
        unreadable: why the rest could not be read.
        allowed: of a result of the reference, what else is right.
    """

    kind: SeenKind
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    bits: bytes | None = None
    strides: tuple[int, ...] | None = None
    offset: int | None = None
    device: str | None = None
    requires_grad: bool | None = None
    value: Any = None
    items: tuple[Seen, ...] | None = None
    text: str | None = None
    unreadable: str | None = None
    allowed: Allowed | None = None


class Raised(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exception: its type's name, the names of its bases, its text."""

    type: str
    bases: tuple[str, ...]
    text: str


class Warned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A warning: its category's name, the names of its bases, its text."""

    category: str
    bases: tuple[str, ...]
    text: str


class ArgumentSeen(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An argument or a base after the run: whether its values, shape or dtype changed, and the `.grad` of a leaf."""

    changed: bool
    grad: Seen | None = None


class Observation(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """All that was seen after a program returned or raised.

    Attributes:
        returned: the returned things, in order (one that is no tuple counts as a tuple of one).
        raised: the exception, if it raised.
        where: the step that raised: `inputs` (building them), `program`, or `observer` (reading the results).
        warnings: of the program alone.
        stdout: of the program alone.
        arguments: by name, after the run.
        bases: by name, after the run.
        state: global state that was left changed, as sentences ("left default dtype float64").
    """

    returned: tuple[Seen, ...] = ()
    raised: Raised | None = None
    where: Literal["inputs", "program", "observer"] = "program"
    warnings: tuple[Warned, ...] = ()
    stdout: str = ""
    arguments: dict[str, ArgumentSeen] = {}
    bases: dict[str, ArgumentSeen] = {}
    state: tuple[str, ...] = ()


class Expected(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is right for one returned thing; a field that is None leaves that freedom.

    Attributes:
        kind: see `Seen`.
        shape: exact sizes.
        dtype: exact name.
        dtype_kind: any dtype of this kind is right.
        values: numbers as they are printed, row by row: `1.` and `7` mean exactly that, `0.3333` any value that
            rounds to it (half a unit of the last digit), `True`, `inf`, `nan` themselves.
        bits: exact elements, as `Seen.bits`; NaNs are equal whatever their sign and payload.
        allowed: what else is right for these elements.
        strides: exact, but for dimensions of size 1 and empty tensors, where they mean nothing.
        literal: a Python value as its literal, its type included; for a type its qualified name.
        value: an exact Python value, as `encode_plain` stores it: NaN, infinities and signed zeros are told apart.
        items: of a tuple or a list.
        device: exact name.
        requires_grad: whether it carries a gradient's history.
        text: exact printed form.
    """

    kind: SeenKind | None = None
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    dtype_kind: Kind | None = None
    values: tuple[str, ...] | None = None
    bits: bytes | None = None
    allowed: Allowed | None = None
    strides: tuple[int, ...] | None = None
    literal: str | None = None
    value: Any = None
    items: tuple[Expected, ...] | None = None
    device: str | None = None
    requires_grad: bool | None = None
    text: str | None = None
    text_is_cut: bool = False


class Expectation(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is right for a whole run.

    Attributes:
        returned: one for each returned thing; None where the clause says nothing of what is returned.
        raises: the documented type of the exception, if the program must raise; subclasses are right too.
        raises_words: stable words of its text.
        may_refuse: the type of an exception that is right too, if it leaves everything as it was.
        warns: the category of a warning that must be given.
        warns_words: stable words of its text.
        writes: arguments and bases that the program may change.
        grads: of arguments that collect a gradient, what is right for it; None where there must be none.
    """

    returned: tuple[Expected, ...] | None = None
    raises: str | None = None
    raises_words: tuple[str, ...] = ()
    may_refuse: str | None = None
    warns: str | None = None
    warns_words: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    grads: dict[str, Expected | None] = {}


class Difference(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One way in which an observation is not what is right.

    Attributes:
        where: which returned thing, argument or step ("returned value 2").
        what: the property that differs ("shape", "dtype", "value", "printed form", "exception", ...).
        expected: what is right, for a reader.
        got: what was seen, for a reader.
        index: of the first differing element.
    """

    where: str
    what: str
    expected: str
    got: str
    index: tuple[int, ...] | None = None

    def __str__(self) -> str:
        """Say it in one line."""
        at = f" at index {list(self.index)}" if self.index is not None else ""
        return f"{self.where}: {self.what}{at}: expected {self.expected}, got {self.got}"


def legible(text: str) -> str:
    """Make of a library's text one that can be stored: of bounded length, lone surrogates by their code."""
    return text[:TEXT_LIMIT].encode("utf-8", errors="backslashreplace").decode("utf-8")


def differences(expected: Expectation, seen: Observation) -> list[Difference]:
    """Compare a run with what is right; an empty list means that it is right."""
    if expected.may_refuse is not None and seen.raised is not None:
        # Then nothing may have been written.
        expected = Expectation(raises=expected.may_refuse)
    found = list(_outcome_differences(expected, seen))
    if not found and expected.returned is not None and seen.raised is None:
        found += _returned_differences(expected.returned, seen.returned)
    if not found and seen.raised is None:
        found += _gradient_differences(expected, seen)
    found += _warning_differences(expected, seen)
    found += _argument_differences(expected, seen)
    found += [Difference("after the program", "global state", "as it was before", trace) for trace in seen.state]
    return found


def _outcome_differences(expected: Expectation, seen: Observation) -> Iterator[Difference]:
    step = {"inputs": "building the inputs", "program": "the program", "observer": "reading the results"}[seen.where]
    if seen.raised is None:
        if expected.raises is not None:
            yield Difference(step, "outcome", f"a {expected.raises}", f"returned {describe_all(seen.returned)}")
        return
    got = f"{seen.raised.type}: {seen.raised.text}"
    if expected.raises is None or seen.where != "program":
        yield Difference(step, "outcome", "no exception", got)
    elif expected.raises not in (seen.raised.type, *seen.raised.bases):
        yield Difference(step, "exception", f"a {expected.raises}", got)
    else:
        yield from _word_differences(step, "exception's text", expected.raises_words, seen.raised.text)


def _word_differences(where: str, what: str, words: tuple[str, ...], text: str) -> Iterator[Difference]:
    for word in words:
        if word not in text:
            yield Difference(where, what, f"the words {word!r}", repr(text))


def _warning_differences(expected: Expectation, seen: Observation) -> Iterator[Difference]:
    if expected.warns is None:
        return
    given = [warned for warned in seen.warnings if expected.warns in (warned.category, *warned.bases)]
    if not given:
        others = ", ".join(warned.category for warned in seen.warnings) or "none"
        yield Difference("the program", "warning", f"a {expected.warns}", others)
    elif not any(all(word in warned.text for word in expected.warns_words) for warned in given):
        texts = " | ".join(repr(warned.text) for warned in given)
        yield Difference("the program", "warning's text", f"the words {' '.join(expected.warns_words)!r}", texts)


def _argument_differences(expected: Expectation, seen: Observation) -> Iterator[Difference]:
    for kind, group in (("argument", seen.arguments), ("base", seen.bases)):
        for name, argument in group.items():
            if argument.changed and name not in expected.writes:
                yield Difference(f"{kind} {name}", "operand", "unchanged", "changed by the program")


def _gradient_differences(expected: Expectation, seen: Observation) -> Iterator[Difference]:
    """Compare what the leaves have collected; whether the memory is shared, and how it is laid out, is free."""
    for name, right in expected.grads.items():
        argument = seen.arguments.get(name)
        got = argument.grad if argument is not None else None
        where = f"argument {name}'s gradient"
        if right is not None and got is not None:
            yield from _value_differences(where, right, got)
        elif got is not None:
            yield Difference(where, "gradient", "None", describe(got))
        elif right is not None:
            yield Difference(where, "gradient", f"a tensor of {right.dtype}, shape {_show(right.shape)}", "None")


def _returned_differences(expected: tuple[Expected, ...], seen: tuple[Seen, ...]) -> Iterator[Difference]:
    if len(expected) != len(seen):
        yield Difference("returned values", "number", str(len(expected)), str(len(seen)))
        return
    for position, (right, got) in enumerate(zip(expected, seen, strict=True), 1):
        where = f"returned value {position}" if len(expected) > 1 else "returned value"
        yield from _value_differences(where, right, got)


def _value_differences(where: str, right: Expected, got: Seen) -> Iterator[Difference]:
    if right.kind is not None and right.kind != got.kind:
        yield Difference(where, "kind", _a(right.kind), describe(got))
        return
    if got.unreadable is not None:
        yield Difference(where, "outcome", "a value that can be read", got.unreadable)
        return
    for what in ("shape", "dtype", "device", "requires_grad"):
        wanted, actual = getattr(right, what), getattr(got, what)
        if wanted is not None and wanted != actual:
            yield Difference(where, what, _show(wanted), _show(actual))
    if right.dtype_kind is not None and right.dtype is None and kind_of(got.dtype or "") != right.dtype_kind:
        yield Difference(where, "dtype", f"a dtype of kind {right.dtype_kind}", str(got.dtype))
    yield from _content_differences(where, right, got)


def _content_differences(where: str, right: Expected, got: Seen) -> Iterator[Difference]:
    same_shape = right.shape == got.shape
    if right.literal is not None:
        yield from _literal_differences(where, right.literal, got)
    if right.value is not None and right.value != got.value:
        yield Difference(where, "value", describe(Seen(got.kind, value=right.value)), describe(got))
    if right.items is not None:
        yield from _item_differences(where, right.items, got.items or ())
    if right.values is not None and same_shape:
        yield from _element_differences(where, right.values, got)
    if right.bits is not None and same_shape and right.dtype == got.dtype:
        yield from _bit_differences(where, right, got)
    if right.strides is not None and same_shape:
        yield from _stride_differences(where, right.strides, got)
    if right.text is not None:
        yield from _text_differences(where, right, got)


def _literal_differences(where: str, literal: str, got: Seen) -> Iterator[Difference]:
    if got.kind == "type":
        same = got.value == literal
    else:
        wanted = ast.literal_eval(literal)
        actual = decode_plain(got.value, str)
        same = type(wanted) is type(actual) and wanted == actual
    if not same:
        yield Difference(where, "value", literal, describe(got))


def _item_differences(where: str, right: tuple[Expected, ...], got: tuple[Seen, ...]) -> Iterator[Difference]:
    """Compare tuples and lists item by item, down to the first that differs."""
    if len(right) != len(got):
        yield Difference(where, "number of items", str(len(right)), str(len(got)))
        return
    for place, (one, other) in enumerate(zip(right, got, strict=True)):
        if found := list(_value_differences(f"{where}[{place}]", one, other)):
            yield from found
            return


def _text_differences(where: str, right: Expected, got: Seen) -> Iterator[Difference]:
    text = got.text or ""
    wanted = right.text or ""
    # Where a row is cut, PyTorch prints two spaces before the dots; the examples of its reference show one.
    if not (text.startswith(wanted) if right.text_is_cut else text in (wanted, wanted.replace(",  ...,", ", ...,"))):
        yield Difference(where, "printed form", wanted, text)


def _element_differences(where: str, values: tuple[str, ...], got: Seen) -> Iterator[Difference]:
    shape = got.shape or ()
    read = elements(got)
    if len(read) != len(values):  # of a dtype that nobody knows here
        yield Difference(
            where, "value", ", ".join(values[:SHOWN_ELEMENTS]), f"elements of {got.dtype}, which is unknown"
        )
        return
    for index, wanted, actual in zip(product(*map(range, shape)), values, read, strict=True):
        if not allows(wanted, actual):
            yield Difference(where, "value", wanted, repr(actual), index)
            return


def _bit_differences(where: str, right: Expected, got: Seen) -> Iterator[Difference]:
    if right.bits == got.bits:
        return
    import numpy as np

    wanted, actual = _array(right), _array(got)
    wrong = ~_right_elements(right, wanted, actual)
    if wrong.any():
        index = tuple(int(part) for part in np.unravel_index(int(np.argmax(wrong)), wrong.shape))
        number = f" ({int(wrong.sum())} of {wrong.size} elements differ)" if wrong.sum() > 1 else ""
        yield Difference(where, "value", _exact(wanted[index]), _exact(actual[index]) + number, index)


def _right_elements(right: Expected, wanted: Any, actual: Any) -> Any:
    """Say of each element whether it is one that is right."""
    import numpy as np

    allowed = right.allowed or Allowed()
    shape, dtype = right.shape or (), right.dtype or ""
    good = _same_elements(wanted, actual)
    for bits in allowed.also:
        good |= _same_elements(array_of_bits(bits, dtype, shape), actual)
    if allowed.free is not None:
        good |= array_of_bits(allowed.free, "bool", shape)
    if allowed.bound is not None:
        with np.errstate(all="ignore"):
            good |= np.abs(actual - wanted) <= array_of_bits(allowed.bound, "float64", shape)
    return good


def differs(before: Seen, after: Seen) -> bool:
    """Say whether a thing was changed; another sign or payload of a NaN is no change."""
    if before == after:
        return False
    if kind_of(before.dtype or "") not in ("float", "complex") or before.bits is None or after.bits is None:
        return True
    if msgspec.structs.replace(before, bits=None) != msgspec.structs.replace(after, bits=None):
        return True
    return not bool(_same_elements(_array(before), _array(after)).all())


def _same_elements(one: Any, other: Any) -> Any:
    """Say of each element whether both are equal bit for bit, or both NaN; of complex numbers, part by part."""
    import numpy as np

    if one.dtype.kind == "c":
        same: Any = _same_elements(one.real, other.real) & _same_elements(one.imag, other.imag)
        return same
    unsigned = f"u{one.dtype.itemsize}"
    equal = np.ascontiguousarray(one).view(unsigned) == np.ascontiguousarray(other).view(unsigned)
    equal = equal.reshape(one.shape)
    if one.dtype.kind in "biu":
        return equal
    with np.errstate(invalid="ignore"):  # an older ml_dtypes tells of a NaN that it finds
        return equal | (np.isnan(one) & np.isnan(other))


def _array(seen: Seen | Expected) -> Any:
    return array_of_bits(seen.bits or b"", seen.dtype or "", seen.shape or ())


def _exact(element: Any) -> str:
    """Show an element, a float with the bits that decimals may hide."""
    text = str(element)
    return f"{text} (0x{element.tobytes()[::-1].hex()})" if element.dtype.kind not in "biu" else text


def _stride_differences(where: str, strides: tuple[int, ...], got: Seen) -> Iterator[Difference]:
    shape = got.shape or ()
    if 0 in shape:
        return
    wanted, actual = (
        [stride for size, stride in zip(shape, one, strict=True) if size != 1] for one in (strides, got.strides or ())
    )
    if wanted != actual:
        yield Difference(where, "strides", _show(strides), _show(got.strides))


def expected_of(seen: Seen, *, strides: bool) -> Expected:
    """Make of what the reference returned what is right; strides only where they are asked for."""
    if seen.kind in ("tensor", "array"):
        return Expected(
            seen.kind, seen.shape, seen.dtype, bits=seen.bits, allowed=seen.allowed, device=seen.device,
            strides=seen.strides if strides else None, requires_grad=seen.requires_grad,
        )  # fmt: skip
    if seen.kind in ("size", "dtype", "device", "none"):
        return Expected(seen.kind, shape=seen.shape, dtype=seen.dtype, device=seen.device)
    items = tuple(expected_of(item, strides=strides) for item in seen.items) if seen.items is not None else None
    return Expected(seen.kind, value=seen.value, items=items)


def expected_text_of(seen: Seen) -> Expected:
    """Make of what the reference returned what is right for its printed form; its values have other clauses."""
    return Expected(text=seen.text)


def allows(printed: str, value: Any) -> bool:
    """Say whether `value` is one that is printed as `printed`.

    `1.` and `7` stand for themselves alone, since PyTorch prints a float without digits behind the point only where
    every element is a whole number; `0.3333` and `1.2000e-05` for all that lies within half a unit of the last digit.
    """
    if isinstance(value, complex):
        return False
    if printed in ("True", "False"):
        return value is (printed == "True")
    if isinstance(value, bool):
        return False
    if printed == "nan":
        return math.isnan(value)
    if math.isnan(value) or math.isinf(value) or printed in ("inf", "-inf"):
        return repr(value) == printed
    wanted = Decimal(printed)
    if wanted.is_zero() and value == 0 and isinstance(value, float):
        return wanted.is_signed() == (math.copysign(1.0, value) < 0)
    return abs(Fraction(value) - Fraction(wanted)) <= _half_unit(printed, wanted)


def _half_unit(printed: str, wanted: Decimal) -> Fraction:
    mantissa = printed.lower().partition("e")[0]
    exponent = wanted.as_tuple().exponent
    if mantissa.partition(".")[2] == "" or not isinstance(exponent, int):
        return Fraction(0)
    return Fraction(10) ** exponent / 2


def elements(seen: Seen) -> list[Any]:
    """Give the elements of a tensor or an array as Python numbers, row by row; a half type's as floats."""
    if seen.bits is None or seen.dtype is None or seen.shape is None:
        return []
    try:
        return numbers_of_bits(seen.bits, seen.dtype, seen.shape)
    except (TypeError, ValueError):  # an array of what is no number, such as texts
        return []


def describe(seen: Seen) -> str:
    """Describe one returned thing for a reader."""
    if seen.unreadable is not None:
        return f"{_a(seen.kind)} that can't be read ({seen.unreadable})"
    match seen.kind:
        case "tensor" | "array":
            return f"{_a(seen.kind)} of {seen.dtype}, shape {_show(seen.shape)}: {_show_elements(seen)}"
        case "size":
            return f"the size {_show(seen.shape)}"
        case "dtype":
            return f"the dtype {seen.dtype}"
        case "device":
            return f"the device {seen.device}"
        case "type" | "other":
            return f"{'the type' if seen.kind == 'type' else 'an object of type'} {seen.value}"
        case "tuple" | "list":
            return f"a {seen.kind} of {describe_all(seen.items or ())}"
        case "none":
            return "None"
        case _:
            return f"the {seen.kind} {decode_plain(seen.value, str)!r}"


def describe_all(things: tuple[Seen, ...]) -> str:
    """Describe several returned things for a reader."""
    return "; ".join(describe(thing) for thing in things) or "nothing"


def _show_elements(seen: Seen) -> str:
    values = elements(seen)
    shown = ", ".join(map(str, values[:SHOWN_ELEMENTS]))
    return f"[{shown}{', ...' if len(values) > SHOWN_ELEMENTS else ''}]"


def _show(value: Any) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aio' else 'a'} {kind}"
