"""Makes a failing case smaller: fewer elements, dimensions and view operations, plainer values.

The search is our own: greedy, deterministic, over plain data. Hypothesis shrinks the choices of a strategy, and a row of
a table was made by none; to draw rows anew would lose the failing one, and to replay it through a strategy costs ten
times as much a candidate. What is tried here is judged like any case, so whatever the reference refuses to build, or
answers in another way than before, is no candidate.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from conformance.backends.protocol import Device
from conformance.backends.reference import ReferenceBackend
from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import (
    ArrayInput,
    Base,
    Inputs,
    PlainInput,
    Step,
    TensorInput,
    array_of_bits,
    bits_of_array,
)
from conformance.runner import simplifying
from conformance.runner.execution import build
from conformance.strategies.layouts import ALL, LAYOUTS, OVERLAPPING, Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from conformance.documents import Case

    Fails = Callable[[Case], bool]
    Pass = Callable[[Case], Iterator[Case]]

MOST_CANDIDATES = 600
SECONDS = 3.0
# On a busy machine a search may take so many times its processor time, so that it comes as far as on a quiet one.
BUSY = 4
_REFERENCE = ReferenceBackend()
_CPU = Device("cpu", "cpu", "cpu")
# Integers up to this one are as plain as an element can be.
_SMALL = 9
# So many elements are made plain one by one; of more, in halves, quarters, eighths.
_FEW = 32
_EDGES = (127, 128, 255, 2**24 + 1, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1)
_INFINITY, _NAN = float("inf"), float("nan")
# The imaginary unit, as `encode_plain` stores its parts.
_UNIT = [(0.0).hex(), (1.0).hex()]
_PLAIN_DTYPE = {"integer": "int64", "float": "float32", "complex": "complex64"}
# The sizes to which all dimensions are cut at first.
_CAPS = (2, 4)


def shrink(case: Case, fails: Fails, *, seconds: float = SECONDS, most: int = MOST_CANDIDATES) -> Case:
    """Give a smaller case that fails too, or the case itself.

    Args:
        case: that fails, judged by the reference.
        fails: says whether a candidate fails in the same way; one that can't be built or judged does not.
        seconds: of this process's processor time after which no further candidate is tried; nor after `BUSY` times as many
            by the clock.
        most: so many candidates at most.
    """
    search = _Search(case, fails, seconds, most)
    before = None
    while before != case:
        before = case
        for candidates in _PASSES:
            case = search.least(case, candidates)
    # How it reads is worth a run more, however long the search took.
    return search.least(next(filter(fails, simplifying.folded(case)), case), simplifying.fewer_statements)


class _Search:
    """What was tried, and how much may still be."""

    def __init__(self, case: Case, fails: Fails, seconds: float, most: int) -> None:
        self._empty = _empty(case.inputs)
        self._fails = fails
        self._ends = time.process_time() + seconds, time.monotonic() + BUSY * seconds
        self._left = most
        self._tried: set[bytes] = set()

    def least(self, case: Case, candidates: Pass) -> Case:
        """Take the first candidate that fails, as long as there is one."""
        while (smaller := next(filter(self._good, candidates(case)), None)) is not None:
            case = smaller
        return case

    def _good(self, candidate: Case) -> bool:
        key = msgspec.json.encode((candidate.program, candidate.inputs))
        over = time.process_time() > self._ends[0] or time.monotonic() > self._ends[1]
        if key in self._tried or self._left <= 0 or over:
            return False
        self._tried.add(key)
        # For tensors without elements some rules are their own.
        if _empty(candidate.inputs) > self._empty:
            return False
        self._left -= 1
        return self._fails(candidate)


# --- operands: what of a case has elements -------------------------------------------------------------------


@dataclass(frozen=True)
class _Operand:
    """An argument that has elements of its own, or a base that is seen through steps that are left as they are."""

    name: str
    kind: Literal["tensor", "base", "array"]
    values: NDArray[Any]
    layout: Layout

    def put(self, inputs: Inputs, values: NDArray[Any], layout: Layout | None = None) -> Inputs:
        """Give the inputs with other elements in its place."""
        if self.kind == "base":
            return _with_base(inputs, self.name, values)
        argument = inputs.arguments[self.name]
        if isinstance(argument, ArrayInput):
            return _with_argument(inputs, self.name, _array_input(values, argument, dense=layout is not None))
        assert isinstance(argument, TensorInput)  # noqa: S101 - what else has a layout
        old = inputs.bases[argument.base]
        layout = layout or self.layout
        layout = layout if values.ndim >= layout.least and layout.fits(values.shape) else LAYOUTS["dense"]
        base, steps = laid_out(values, old, layout, zeros=_hides_zeros(old, self.values))
        made = msgspec.structs.replace(argument, view=steps)
        return Inputs({**inputs.bases, argument.base: base}, {**inputs.arguments, self.name: made})


def _operands(inputs: Inputs) -> list[_Operand]:
    found = [_of_base(inputs, name) for name in inputs.bases]
    dense = LAYOUTS["dense"]
    for name, argument in inputs.arguments.items():
        if isinstance(argument, ArrayInput):
            found.append(_Operand(name, "array", argument.array(), dense))
    return found


def _of_base(inputs: Inputs, name: str) -> _Operand:
    base = inputs.bases[name]
    users = [
        (one, argument)
        for one, argument in inputs.arguments.items()
        if isinstance(argument, TensorInput) and argument.base == name
    ]
    if len(users) == 1:
        user, argument = users[0]
        values = _seen(base, argument.view)
        if values is not None and (layout := _layout(base.shape, values.shape, argument.view)) is not None:
            return _Operand(user, "tensor", values, layout)
    return _Operand(name, "base", base.array(), LAYOUTS["dense"])


def _uses(argument: Any, base: str) -> bool:
    return isinstance(argument, TensorInput) and argument.base == base


def _seen(base: Base, steps: tuple[Step, ...]) -> NDArray[Any] | None:
    """Give the elements that are seen through steps; None where the reference does not allow them."""
    try:
        built = build(_REFERENCE, Inputs({"b": base}, {"x": TensorInput("b", steps)}), _CPU, _CPU)
    except Exception:  # noqa: BLE001 - such a case is no candidate, whatever is wrong with it
        return None
    seen = built.arguments_before["x"]
    return array_of_bits(seen.bits or b"", base.dtype, seen.shape or ())


def _layout(base: tuple[int, ...], shape: tuple[int, ...], steps: tuple[Step, ...]) -> Layout | None:
    known = (one for one in {**ALL, **OVERLAPPING}.values() if len(shape) >= one.least and one.fits(shape))
    return next((one for one in known if one.base(shape) == base and one.steps(shape) == steps), None)


def _hides_zeros(base: Base, shown: NDArray[Any]) -> bool:
    """Say whether what an argument does not show of its base is nothing but zeros."""
    whole = base.array()
    hidden = whole.size - shown.size
    # A signalling NaN is invalid to compare.
    with np.errstate(invalid="ignore"):
        return hidden > 0 and int((whole == 0).sum()) - int((shown == 0).sum()) == hidden


def laid_out(values: NDArray[Any], like: Base, layout: Layout, *, zeros: bool = False) -> tuple[Base, tuple[Step, ...]]:
    """Give a base of the dtype and device of another, and the steps through which it is seen as these values.

    What is not shown is made of zeros, or of what differs from all that is shown.
    """
    shape, steps = layout.base(values.shape), layout.steps(values.shape)
    numel = math.prod(shape)
    places = _seen(Base("int64", shape, bits_of_array(np.arange(numel).reshape(shape))), steps)
    # What the argument does not show differs from what it shows, so that whoever reads it is seen.
    with np.errstate(invalid="ignore"):
        filler = 0 if zeros else next((one for one in (9, 5, 7, 0) if one not in values.ravel()), 9)
    elements = np.full(numel, filler).astype(values.dtype)
    if places is not None:
        elements[places.ravel()] = values.ravel()
    return Base(like.dtype, shape, bits_of_array(elements.reshape(shape)), like.device), steps


def _empty(inputs: Inputs) -> int:
    """Count the tensors without elements; those that can't be built are none."""
    tensors = [one for one in inputs.arguments.values() if isinstance(one, TensorInput)]
    seen = [_seen(inputs.bases[one.base], one.view) for one in tensors]
    return sum(values is not None and not values.size for values in seen)


def _with_base(inputs: Inputs, name: str, values: NDArray[Any]) -> Inputs:
    base = inputs.bases[name]
    made = Base(base.dtype, values.shape, bits_of_array(values), base.device)
    return Inputs({**inputs.bases, name: made}, inputs.arguments)


def _with_argument(inputs: Inputs, name: str, argument: Any) -> Inputs:
    return Inputs(inputs.bases, {**inputs.arguments, name: argument})


def _array_input(values: NDArray[Any], argument: ArrayInput, *, dense: bool) -> ArrayInput:
    """Give an array of these values; unless it is to be dense, with the strides that they have, over no more than their bytes."""
    plain = np.dtype(argument.dtype)
    if dense or not values.size or values.base is None:
        made = np.ascontiguousarray(values.astype(plain)).reshape(values.shape)
        return ArrayInput(argument.dtype, made.shape, made.strides, made.tobytes(), 0, argument.writable)
    reach = [(size - 1) * stride for size, stride in zip(values.shape, values.strides, strict=True)]
    low, high = sum(min(one, 0) for one in reach), sum(max(one, 0) for one in reach) + values.itemsize
    start = values.__array_interface__["data"][0] + low
    whole = np.ndarray((high - low,), np.uint8, buffer=_memory(values), offset=start - _address(values))
    return ArrayInput(argument.dtype, values.shape, values.strides, whole.tobytes(), -low, argument.writable)


def _memory(values: NDArray[Any]) -> Any:
    base: Any = values
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    return base.obj if isinstance(base, memoryview) else base


def _address(values: NDArray[Any]) -> int:
    return int(np.frombuffer(_memory(values), dtype=np.uint8).__array_interface__["data"][0])


# --- passes: each gives simpler cases, the simplest first ----------------------------------------------------


def _with(case: Case, inputs: Inputs) -> Case:
    return msgspec.structs.replace(case, inputs=inputs)


def _all_at_once(case: Case) -> Iterator[Case]:
    """Cut all dimensions to a few elements, lay all operands down densely, count their elements from 1."""
    operands = _operands(case.inputs)
    for cap, dense, counted in product((*_CAPS, None), (True, False), (True, False)):
        inputs = _clamped(case.inputs, cap) if cap else case.inputs
        for one in operands:
            values = one.values[tuple(slice(cap) for _ in one.values.shape)]
            inputs = one.put(inputs, _pattern(values) if counted else values, LAYOUTS["dense"] if dense else None)
        if inputs != case.inputs and (cap is None or _numel(inputs) <= _numel(case.inputs)):
            yield _with(case, inputs)


def _numel(inputs: Inputs) -> int:
    return sum(one.values.size for one in _operands(inputs))


def _clamped(inputs: Inputs, size: int) -> Inputs:
    """Let indices of several dimensions stay within dimensions of a size."""
    arguments = dict(inputs.arguments)
    for name, argument in inputs.arguments.items():
        if isinstance(argument, PlainInput) and isinstance(argument.value, dict) and "tuple" in argument.value:
            parts = [min(part, size - 1) if type(part) is int else part for part in argument.value["tuple"]]
            arguments[name] = PlainInput({"tuple": parts})
    return Inputs(inputs.bases, arguments)


def _fewer_elements(case: Case) -> Iterator[Case]:
    """Cut dimensions: those that go together by their place or size at once, then one by one."""
    operands = _operands(case.inputs)
    yield from _halved(case, operands)
    for group in _groups(operands):
        size = operands[group[0][0]].values.shape[group[0][1]]
        for part in _parts(size):
            inputs = case.inputs
            for place, one in enumerate(operands):
                cut = tuple(part if (place, dim) in group else slice(None) for dim in range(one.values.ndim))
                if part in cut:
                    inputs = one.put(inputs, one.values[cut])
            yield from (_with(case, one) for one in _following(case.inputs, inputs))
            for followed in (_shapes_following(operands, inputs), _views_following(case.inputs, inputs)):
                if followed != inputs:
                    yield _with(case, followed)


def _halved(case: Case, operands: list[_Operand]) -> Iterator[Case]:
    """Halve the last dimensions of all operands at once: so a base stays as much larger as its view needs it."""
    inputs = case.inputs
    for one in operands:
        if one.values.ndim and one.values.shape[-1] % 2 == 0 and one.values.size:
            inputs = one.put(inputs, one.values[..., : one.values.shape[-1] // 2])
    if inputs != case.inputs:
        yield _with(case, inputs)


def _groups(operands: list[_Operand]) -> list[list[tuple[int, int]]]:
    """Give lists of (operand, dimension) of one size: equal ones counted from the last, all equal ones, single ones."""
    every = [(place, dim) for place, one in enumerate(operands) for dim in range(one.values.ndim)]
    sizes = {(place, dim): operands[place].values.shape[dim] for place, dim in every}
    groups = []
    for place, dim in every:
        same = [other for other in every if sizes[other] == sizes[place, dim]]
        behind = operands[place].values.ndim - dim
        aligned = [(one, at) for one, at in same if operands[one].values.ndim - at == behind]
        groups += [group for group in (aligned, same, [(place, dim)]) if group not in groups]
    return sorted(groups, key=lambda group: -sizes[group[0]])


def _parts(size: int) -> list[slice]:
    """Give the parts that may be left of a dimension, the smallest first.

    A power of two stays one: over so many elements means of small numbers are exact.
    """
    if size <= 1:
        return []
    ends = [slice(1), slice(size - 1, size), slice(2)]
    if size <= _SMALL:
        ends += [slice(one, other + 1, other - one) for one, other in combinations(range(size), 2)]
    if size & (size - 1) == 0:
        return [*ends, slice(size // 2), slice(size // 2, size), slice(0, size, 2)]
    halves = [part for share in _shares(size) for part in (slice(size - size // share), slice(size // share, size))]
    return [*ends, *halves, slice(size - 1), slice(1, size)]


def _shares(size: int) -> list[int]:
    return [2**power for power in range(1, size.bit_length())]


def _following(before: Inputs, after: Inputs) -> Iterator[Inputs]:
    """Give inputs whose bases were cut, and those in which the sizes of view operations and arguments follow."""
    yield after
    for name, base in before.bases.items():
        old, new = base.shape, after.bases[name].shape if name in after.bases else base.shape
        if old != new:
            numel = math.prod(old)
            for sizes in dict.fromkeys(((-1,), new[::-1], (*new, 1), (1, *new))):
                followed = _with_sizes(after, name, numel, sizes)
                if followed != after:
                    yield followed


def _shapes_following(operands: list[_Operand], after: Inputs) -> Inputs:
    """Let plain arguments that spell the shape of an operand, however deep, spell the one that it was cut to."""
    cut = {one.name: one.values.shape for one in _operands(after)}
    shapes = {one.values.shape: cut.get(one.name, one.values.shape) for one in operands if one.values.ndim}
    arguments = {
        name: PlainInput(_respelt(one.value, shapes)) if isinstance(one, PlainInput) else one
        for name, one in after.arguments.items()
    }
    return Inputs(after.bases, arguments)


def _views_following(before: Inputs, after: Inputs) -> Inputs:
    """Cut operands that are as large as what was seen of a base to what is seen of it now."""
    sizes: dict[tuple[int, int], int] = {}
    for argument in before.arguments.values():
        if isinstance(argument, TensorInput) and before.bases[argument.base].shape != after.bases[argument.base].shape:
            old, new = (_seen(one.bases[argument.base], argument.view) for one in (before, after))
            if old is not None and new is not None and old.ndim == new.ndim:
                sizes |= {(old.ndim - dim, size): new.shape[dim] for dim, size in enumerate(old.shape)}
    shapes = {one.name: one.values.shape for one in _operands(before)}
    inputs = after
    for one in _operands(after) if sizes else ():
        shape = one.values.shape
        cut = tuple(slice(sizes.get((len(shape) - dim, size), size)) for dim, size in enumerate(shape))
        # What was cut itself needs to follow nothing.
        if shape == shapes.get(one.name) and one.values[cut].shape != shape:
            inputs = one.put(inputs, one.values[cut])
    return inputs


def _respelt(value: Any, shapes: dict[tuple[int, ...], tuple[int, ...]]) -> Any:
    match value:
        case list():
            whole = all(type(one) is int for one in value)
            return list(shapes.get(tuple(value), value)) if whole else [_respelt(one, shapes) for one in value]
        case {"tuple": parts}:
            return {"tuple": _respelt(parts, shapes)}
    return value


def _with_sizes(inputs: Inputs, base: str, numel: int, sizes: tuple[int, ...]) -> Inputs:
    """Put sizes where those of so many elements stand."""
    arguments: dict[str, Any] = {}
    for name, argument in inputs.arguments.items():
        arguments[name] = argument
        if isinstance(argument, TensorInput) and argument.base == base:
            steps = tuple(
                msgspec.structs.replace(step, args=sizes) if _are_sizes(step.args, numel, step.op) else step
                for step in argument.view
            )
            arguments[name] = msgspec.structs.replace(argument, view=steps)
        elif isinstance(argument, PlainInput) and isinstance(argument.value, dict):
            parts = argument.value.get("tuple")
            if parts and _are_sizes(tuple(parts), numel, "view"):
                arguments[name] = PlainInput({"tuple": list(sizes)})
    return Inputs(inputs.bases, arguments)


def _are_sizes(args: tuple[Any, ...], numel: int, op: str) -> bool:
    whole = all(type(one) is int for one in args)
    return op in ("view", "reshape") and whole and bool(args) and math.prod(args) == numel


def _fewer_dims(case: Case) -> Iterator[Case]:
    """Leave dimensions of size 1 away, in all operands at once and in each, with dims among the arguments following."""
    operands = _operands(case.inputs)
    longest = max((one.values.ndim for one in operands), default=0)
    # Only a case that has a 0-d tensor is left with one: of those some rules are their own.
    least = 0 if any(one.values.ndim == 0 for one in operands) else 1
    choices: list[list[tuple[int, int]]] = []
    for behind in range(longest, 0, -1):
        there = [(n, one.values.ndim - behind) for n, one in enumerate(operands) if one.values.ndim >= behind]
        ones = [(n, at) for n, at in there if operands[n].values.shape[at] == 1 and operands[n].values.ndim > least]
        choices += [ones, *([one] for one in ones)]
    for chosen in [one for one in choices if one]:
        inputs = case.inputs
        for place, dim in chosen:
            one = operands[place]
            values = one.values.reshape(one.values.shape[:dim] + one.values.shape[dim + 1 :])
            if values.ndim < one.layout.least:
                inputs = one.put(inputs, values, LAYOUTS["dense"])
            else:
                inputs = one.put(inputs, values)
        yield _with(case, inputs)
        yield from (_with(case, moved) for moved in _moved(inputs))


def _moved(inputs: Inputs) -> Iterator[Inputs]:
    """Bring each whole number among the arguments nearer to zero by one, and shorten each tuple."""
    for name, argument in inputs.arguments.items():
        if not isinstance(argument, PlainInput):
            continue
        if type(argument.value) is int and argument.value:
            nearer = argument.value - (1 if argument.value > 0 else -1)
            yield _with_argument(inputs, name, PlainInput(nearer))
        if isinstance(argument.value, dict) and len(argument.value.get("tuple", [])) > 1:
            parts = argument.value["tuple"]
            for shorter in (parts[1:], parts[:-1]):
                yield _with_argument(inputs, name, PlainInput({"tuple": shorter}))


def _plainer_layouts(case: Case) -> Iterator[Case]:
    """Give arguments a base of their own, dense first; leave steps away; no gradient, no read-only array."""
    for name, argument in case.inputs.arguments.items():
        if isinstance(argument, TensorInput):
            yield from (_with(case, one) for one in _plainer_views(case.inputs, name, argument))
            if argument.requires_grad:
                yield _with(case, _with_argument(case.inputs, name, _without_grad(argument)))
        elif isinstance(argument, ArrayInput):
            for dtype in dict.fromkeys((argument.dtype, np.dtype(argument.dtype).newbyteorder("=").str)):
                typed = msgspec.structs.replace(argument, dtype=dtype, writable=True)
                yield _with(case, _with_argument(case.inputs, name, _array_input(argument.array(), typed, dense=True)))


def _without_grad(argument: TensorInput) -> TensorInput:
    return msgspec.structs.replace(argument, requires_grad=False)


def _plainer_views(inputs: Inputs, name: str, argument: TensorInput) -> Iterator[Inputs]:
    base = inputs.bases[argument.base]
    values = _seen(base, argument.view)
    if values is None:
        return
    shared = sum(_uses(one, argument.base) for one in inputs.arguments.values()) > 1
    own = f"{name}_base" if shared and f"{name}_base" not in inputs.arguments else argument.base
    now = None if shared else _layout(base.shape, values.shape, argument.view)
    overlaps = any(step.op == "expand" for step in argument.view)
    for layout in LAYOUTS.values():
        if layout is now:
            break
        # What a program writes into must not lie there twice, so none is made to.
        if values.ndim >= layout.least and (overlaps or layout.name not in OVERLAPPING):
            made, steps = laid_out(values, base, layout)
            arguments = {**inputs.arguments, name: msgspec.structs.replace(argument, base=own, view=steps)}
            yield _in_use(Inputs({**inputs.bases, own: made}, arguments))
    if now is None:
        yield from _fewer_steps(inputs, name, argument)


def _zeros_hidden(case: Case) -> Iterator[Case]:
    """Put zeros where a tensor does not show its base: whoever takes truth from there is seen in fewer elements."""
    for one in _operands(case.inputs):
        argument = case.inputs.arguments.get(one.name)
        if one.kind == "tensor" and isinstance(argument, TensorInput) and argument.view:
            base, steps = laid_out(one.values, case.inputs.bases[argument.base], one.layout, zeros=True)
            made = msgspec.structs.replace(argument, view=steps)
            yield _with(
                case,
                Inputs({**case.inputs.bases, argument.base: base}, {**case.inputs.arguments, one.name: made}),
            )


def _fewer_steps(inputs: Inputs, name: str, argument: TensorInput) -> Iterator[Inputs]:
    """Leave steps away: the first ones are done in the base, also for others that show it; then each by itself."""
    base = inputs.bases[argument.base]
    for number in range(len(argument.view), 0, -1):
        values = _seen(base, argument.view[:number])
        if values is not None:
            rest = msgspec.structs.replace(argument, view=argument.view[number:])
            yield _with_base(_with_argument(inputs, name, rest), argument.base, values)
    for number in range(len(argument.view)):
        rest = msgspec.structs.replace(argument, view=argument.view[:number] + argument.view[number + 1 :])
        yield _with_argument(inputs, name, rest)


def _in_use(inputs: Inputs) -> Inputs:
    used = {one.base for one in inputs.arguments.values() if isinstance(one, TensorInput)}
    return Inputs({name: base for name, base in inputs.bases.items() if name in used}, inputs.arguments)


def _plainer_numbers(case: Case) -> Iterator[Case]:
    """Put plainer values for plain arguments, and for those of view operations."""
    for name, argument in case.inputs.arguments.items():
        if isinstance(argument, PlainInput):
            for plainer in _plainer_plain(argument.value):
                yield _with(case, _with_argument(case.inputs, name, PlainInput(plainer)))


def _plainer_plain(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield from [False] if value else []
        case int():
            yield from (one for one in (0, 1, -1, 2, value // 2) if abs(one) < abs(value) or one == -value > 0)
        case {"float": text}:
            number = float.fromhex(text)
            yield from ({"float": one.hex()} for one in _plain_floats(number) if _rank(one) < _rank(number))
        case {"complex": parts} if parts != _UNIT:
            yield {"complex": _UNIT}
        case {"int": _}:
            yield from (0, 1, -1, 2**24 + 1, 2**31)
        case {"tuple": parts}:
            yield from ({"tuple": one} for one in _plainer_parts(parts))
        case {"slice": parts}:
            yield from ({"slice": one} for one in _plainer_bounds(parts))
        case list():
            yield from _plainer_parts(value)


def _plainer_bounds(parts: list[Any]) -> Iterator[list[Any]]:
    for place, part in enumerate(parts):
        for one in [None, *_plainer_plain(part)] if part is not None else []:
            yield [*parts[:place], one, *parts[place + 1 :]]


def _plainer_parts(parts: list[Any]) -> Iterator[list[Any]]:
    for place, part in enumerate(parts):
        if len(parts) > 1:
            yield [*parts[:place], *parts[place + 1 :]]
        for plainer in _plainer_plain(part):
            yield [*parts[:place], plainer, *parts[place + 1 :]]


def _plainer_elements(case: Case) -> Iterator[Case]:
    """Count elements from 1, all, then half, a quarter of them; then make each plainer that is left.

    What is a small whole number already stays, so that the search comes to an end.
    """
    for one in _operands(case.inputs):
        flat, pattern = one.values.ravel(), _pattern(one.values).ravel()
        hard = [place for place, element in enumerate(flat.tolist()) if not _is_small(element)] if flat.size else []
        size = len(hard)
        while size:
            for start in range(0, len(hard), size):
                chosen = hard[start : start + size]
                mixed = flat.copy()
                mixed[chosen] = pattern[chosen]
                yield _with(case, one.put(case.inputs, mixed.reshape(one.values.shape)))
            size = size // 2 if len(hard) // size < _FEW else 0
        if len(hard) <= _FEW:
            yield from _each_plainer(case, one, hard)


def _is_small(element: Any) -> bool:
    if isinstance(element, complex):
        return _is_small(element.real) and _is_small(element.imag)
    number = float(element)
    return 0 <= number <= _SMALL and number == int(number) and math.copysign(1, number) > 0


def _each_plainer(case: Case, one: _Operand, hard: list[int]) -> Iterator[Case]:
    flat = one.values.ravel()
    for place in hard:
        for plainer in _plainer_element(flat[place]):
            mixed = flat.copy()
            mixed[place] = plainer
            yield _with(case, one.put(case.inputs, mixed.reshape(one.values.shape)))


def _plainer_element(element: Any) -> list[Any]:
    """Give plainer elements in the place of one, the plainest first."""
    if element.dtype.kind == "b":
        return [] if element else [True]
    if element.dtype.kind == "c":
        return [] if element in (0, 1) else [1, 0, 1j, -1]
    value = int(element) if element.dtype.kind in "iu" else float(element)
    candidates = _plain_integers(element) if isinstance(value, int) else _plain_floats(value)
    # A NaN with bits of its own is harder to read than the common one.
    odd = element.tobytes() != np.asarray(value).astype(element.dtype).tobytes()
    return [one for one in candidates if _rank(one) < _rank(value) + odd]


def _plain_integers(element: Any) -> list[float]:
    limits = np.iinfo(element.dtype)
    edges = [sign * one for one in _EDGES for sign in (1, -1)]
    return [one for one in (1, 0, 2, -1, *edges) if limits.min <= one <= limits.max]


def _plain_floats(value: float) -> list[float]:
    plain = [1.0, 0.0, 2.0, -1.0, 0.5, 1.5, -0.0, _INFINITY, _NAN]
    if math.isfinite(value):
        plain += [float(round(value)), float(f"{value:.1g}"), float(f"{value:.2g}"), float(f"{value:.4g}")]
    return plain


def _rank(value: float) -> float:
    """Say how hard a number is to read."""
    if not math.isfinite(value):
        return 40
    whole = value == int(value)
    length = len(str(int(value))) if whole else 10 + len(repr(value))
    negative = math.copysign(1, value) < 0
    return 0 if value == 1 else 1 + length + negative / 2 + min(abs(value), 100) / 1000


def _pattern(values: NDArray[Any]) -> NDArray[Any]:
    """Give small whole numbers from 1 on of a shape and dtype."""
    counted = np.arange(values.size) % _SMALL + 1
    counted = counted % 2 if values.dtype.kind == "b" else counted
    return counted.reshape(values.shape).astype(values.dtype)


def _plainer_dtypes(case: Case) -> Iterator[Case]:
    """Put the commonest dtype of its kind for that of bases with small whole numbers, all at once and each."""
    changed = {name: made for name, base in case.inputs.bases.items() if (made := _plain_dtype(base)) is not None}
    if changed:
        yield _with(case, Inputs({**case.inputs.bases, **changed}, case.inputs.arguments))
    for name, made in changed.items() if len(changed) > 1 else ():
        yield _with(case, Inputs({**case.inputs.bases, name: made}, case.inputs.arguments))


def _plain_dtype(base: Base) -> Base | None:
    plain = _PLAIN_DTYPE.get(kind_of(base.dtype) or "")
    if plain is None or plain == base.dtype or base.dtype not in DTYPES:
        return None
    array = base.array()
    with np.errstate(all="ignore"):
        small = np.abs(array.astype(np.complex128)) <= _SMALL
        whole = array == np.round(array.astype(np.complex128))
    if not (small & whole).all():
        return None
    return Base(plain, base.shape, bits_of_array(array.astype(numpy_dtype(plain))), base.device)


_PASSES: tuple[Pass, ...] = (
    _all_at_once,
    simplifying.fewer_statements,
    _fewer_elements,
    _plainer_layouts,
    _fewer_dims,
    _plainer_numbers,
    _plainer_elements,
    _plainer_dtypes,
    _zeros_hidden,
)
