"""Tables of casts: every pair of dtypes, values at which rounding turns, layouts, spellings."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import Inputs, PlainInput, TensorInput
from conformance.reference.functions import NAMED_CASTS
from conformance.strategies.covering import pairwise
from conformance.strategies.layouts import ALL, OVERLAPPING, reading
from conformance.strategies.rows import Row
from conformance.strategies.values import base, base_of, edges, elements, generator, near_the_smallest, subnormal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from conformance.program import Argument, Base, Step

from conformance.strategies.tables.making import inputs_of

_BITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
_FLOATS = tuple(_BITS)
_NAMES = {dtype: name for name, dtype in NAMED_CASTS.items()}


def _cast_inputs(made: Base, target: str, steps: tuple[Step, ...] = (), **plain: Any) -> Inputs:
    arguments: dict[str, Argument] = {"x": TensorInput("x", steps), "dtype": PlainInput({"dtype": target})}
    return Inputs({"x": made}, {**arguments, **{name: PlainInput(value) for name, value in plain.items()}})


def _judged(source: str, target: str) -> bool:
    """Leave complex to bool to a clause of its own."""
    return (kind_of(source), target) != ("complex", "bool")


def casts(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes but complex to bool, from random bits and edges."""
    for source, target in product(DTYPES, DTYPES):
        if _judged(source, target):
            yield _cast_row(source, target, seed)


def complex_to_bool(profile: str, seed: int) -> Iterator[Row]:
    """Complex numbers of which either part, both or none is zero."""
    for source in ("complex64", "complex128"):
        yield _cast_row(source, "bool", seed)


def _cast_row(source: str, target: str, seed: int) -> Row:
    label = f"{source} to {target}"
    values = elements(source, 67, generator(seed, label))
    if kind_of(source) != "complex":
        values = np.concatenate([edges(source), values])
    return Row(label, _cast_inputs(base_of(source, values.shape, values), target))


def truncations(profile: str, seed: int) -> Iterator[Row]:
    """Floats between integers, of either sign, within the range of each integer dtype."""
    for source, target in product(_FLOATS, ("uint8", "int8", "int16", "int32", "int64")):
        limits = np.iinfo(target)
        # Where the source holds no fractions, there is nothing to truncate.
        top = min(limits.max, 2 ** (_BITS[source] - 2))
        random = generator(seed, f"{source} to {target}")
        large = np.floor(random.uniform(0, top, 20)) + random.choice([0.25, 0.5, 0.75], 20)
        near = np.array([0.5, 1.5, 2.5, 0.75, 1.25, 0.0, 3.0])
        values = np.concatenate([near, large])
        if limits.min < 0:
            values = np.concatenate([values, -values])
        values = values.astype(numpy_dtype(source)).astype(np.float64)
        inside = values[(np.trunc(values) >= limits.min) & (np.trunc(values) <= limits.max)]
        yield Row(f"{source} to {target}", _cast_inputs(base_of(source, inside.shape, inside), target))


def roundings(profile: str, seed: int) -> Iterator[Row]:
    """Numbers halfway between two of the narrower dtype, just beside, and beyond its range: all of them finite."""
    pairs = [(source, target) for source, target in product(_FLOATS, _FLOATS) if source != target]
    pairs += [(source, target) for source, target in product(("int16", "int32", "int64"), _FLOATS)]
    for source, target in pairs:
        label = f"{source} to {target}"
        values = halfway(source, target, generator(seed, label))
        yield Row(label, _cast_inputs(base_of(source, values.shape, values), target))
    for source, target in product((*DETOURS, "complex128"), (*_FLOATS, "complex64", "complex128")):
        label = f"{source} to {target}, beside a middle"
        values = beside_middles(source, target, generator(seed, label))
        if len(values):
            yield Row(label, _cast_inputs(base_of(source, values.shape, values), target))


# The dtypes from which a cast may round, with the bits that hold their integers or their fractions.
DETOURS = {"int16": 15, "int32": 31, "int64": 63, "float32": 24, "float64": 53}
_PARTS = {"complex64": "float32", "complex128": "float64"}


def beside_middles(source: str, target: str, random: np.random.Generator) -> NDArray[Any]:
    """Give numbers just beside the middle of two of the target's, by less than the last place of each dtype that lies between.

    Whoever casts by way of such a dtype rounds to the middle first, and from there to the even side instead of the near
    one. None where no dtype lies between.
    """
    part, place = _PARTS.get(source, source), _BITS[_PARTS.get(target, target)]
    between = [bits for name, bits in _BITS.items() if place + 1 < bits < DETOURS[part] and name != part]
    found: list[float] = []
    for bits in between:
        for _ in range(12):
            odd = 2 * int(random.integers(2 ** (place - 1), 2**place)) + 1
            # Beyond `bits` and one more bit, the last one is below half of the last place of the dtype between.
            length = int(random.integers(bits + 2, DETOURS[part] + 1)) if bits + 2 <= DETOURS[part] else 0
            if not length:
                continue
            middle, sign = odd << (length - place - 1), int(random.choice([-1, 1]))
            beside = middle + int(random.choice([-1, 1]))
            # A float is scaled to the size of one, so that every dtype has it in range.
            found.append(sign * beside if kind_of(part) == "integer" else sign * math.ldexp(beside, -length))
    values = np.array(found, dtype=object if kind_of(part) == "integer" else np.float64).astype(numpy_dtype(part))
    return values - 1j * values[::-1] if part != source else values


def halfway(source: str, target: str, random: np.random.Generator) -> NDArray[Any]:
    """Give odd multiples of half a unit in the last place of the target, and their neighbours in the source."""
    bits = _BITS[target]
    odd = 2 * random.integers(2 ** (bits - 1), 2**bits - 1, 24) + 1
    if kind_of(source) == "integer":
        limit = np.iinfo(source).max
        scale = [2 ** int(n) for n in random.integers(0, 10, 24)]
        exact = [int(one) * two + step for one, two in zip(odd, scale, strict=True) for step in (-1, 0, 1)]
        within = [one for one in exact if one <= limit] or [int(n) for n in random.integers(0, limit, 24)]
        return np.array([*within, *(-one for one in within)], dtype=source)
    exponents = random.integers(-6, 4, 24)
    middle = np.ldexp(odd.astype(np.float64), exponents - bits).astype(numpy_dtype(source))
    words = middle.view(f"i{middle.dtype.itemsize}")
    around = np.concatenate([middle, (words + 1).view(middle.dtype), (words - 1).view(middle.dtype)])
    ends = np.array([65504.0, 65519.0, 65520.0, 65536.0, 3.38e38, 3.4e38, 1.0e39, 1e300]).astype(np.float64)
    with np.errstate(over="ignore"):
        held = ends.astype(numpy_dtype(source))
    # A library that looks for infinities before it converts must not be told by them.
    finite = held[np.isfinite(held.astype(np.float64))]
    return np.concatenate([around, -around, finite, -finite])


def rows_of_casts(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes, and from there back and on to the widest: numbers of which the first cast loses something."""
    for source, between in product(DTYPES, DTYPES):
        if source == between or not _judged(source, between):
            continue
        for target in dict.fromkeys((source, "complex128")):
            label = f"{source} to {between} to {target}"
            values = _losing(source, between, generator(seed, label)).astype(numpy_dtype(source))
            if kind_of(source) == "complex":
                values = values - 1j * values[::-1]
            given = _cast_inputs(
                base_of(source, values.shape, values),
                target,
                between={"dtype": between},
                names=[_NAMES[between], _NAMES[target]],
            )
            yield Row(label, given)


def _losing(source: str, between: str, random: np.random.Generator) -> NDArray[Any]:
    """Give numbers of which a cast loses something in one way only: each cast of them, and the one back, is determined."""
    narrow, wide = (_PARTS.get(one, one) for one in (between, source))
    if kind_of(narrow) == "float" and kind_of(wide) == "float":
        # By way of float32 or not, these are rounded to a half type once.
        exact = "float32" if (wide, narrow) in (("float64", "float16"), ("float64", "bfloat16")) else wide
        return halfway(exact, narrow, random).astype(np.float64)
    if kind_of(narrow) == "float" and kind_of(wide) == "integer":
        # Rounded up these are still in range of both, and float32 holds them.
        limit = min(np.iinfo(wide).max // 2, 2**24, int(float(ml_dtypes.finfo(numpy_dtype(narrow)).max) / 2))
        integers = np.array([3, 5, 127, 255, 257, 259, 513, 2047, 2049, 2051, 4099, 8195, 2**24 - 1], dtype=np.int64)
        within = np.concatenate([integers[integers <= limit], random.integers(0, limit, 20)])
        return within if wide == "uint8" else np.concatenate([within, -within])
    if kind_of(wide) == "float":
        fractions = np.concatenate([[0.0, 0.5, 0.75, 1.0, 1.5, 2.5, 3.0, 7.25], random.integers(0, 120, 20) + 0.5])
        return fractions if narrow == "uint8" else np.concatenate([fractions, -fractions])
    return np.concatenate([edges(wide), elements(wide, 20, random)])


def truths(profile: str, seed: int) -> Iterator[Row]:
    """What is zero, and what is not, in every dtype with real elements: NaN is not, nor is what is almost zero."""
    for source in (*_FLOATS, "uint8", "int8", "int16", "int32", "int64", "bool"):
        if source in _FLOATS:
            held = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1e-7, -1e-7, 0.25, -0.5, 1.0, 256.0, 2.0])
        else:
            limits = np.iinfo(source) if source != "bool" else None
            held = np.array([0, 1, *((2, 16, limits.max, limits.min, 0) if limits else ())])
        yield Row(source, _cast_inputs(base_of(source, held.shape, held), "bool"))


def cast_spellings(profile: str, seed: int) -> Iterator[Row]:
    """Every spelling of a cast, with every pair of dtypes in pairs, of every layout and shape."""
    axes = {
        "source": tuple(DTYPES), "target": tuple(DTYPES),
        "layout": tuple(dict.fromkeys((*ALL, *OVERLAPPING))),
        "shape": ((2, 3, 4), (7,), (3, 1), (), (0,), (2, 0), (1, 5), (33,), (4, 3, 1), (1025,), (2, 3, 1, 2, 2, 2)),
    }  # fmt: skip
    large: list[dict[str, Any]] = [
        {"source": source, "target": target, "layout": layout, "shape": shape}
        for source, target in (("float32", "int16"), ("int64", "float32"), ("uint8", "bfloat16"), ("float16", "float64"), ("bool", "int8"))
        for shape, layout in (((65537,), "offset"), ((33, 1025), "last two exchanged"), ((4097,), "every second"))
    ]  # fmt: skip
    for number, row in enumerate(pairwise(axes) + large):
        if not _judged(row["source"], row["target"]):
            continue
        options = {layout.name: layout for layout in reading(row["shape"])}
        layout = options.get(row["layout"]) or list(options.values())[number % len(options)]
        label = f"{number}: {row['source']} to {row['target']}, {layout.name}, {list(row['shape'])}"
        random = generator(seed, label)
        made = base(row["source"], layout.base(row["shape"]), random)
        like = base(row["target"], (1,), random)
        plain = {"name": PlainInput(_NAMES[row["target"]])}
        inputs = _cast_inputs(made, row["target"], layout.steps(row["shape"]))
        yield Row(
            label,
            Inputs({**inputs.bases, "like": like}, {**inputs.arguments, "like": TensorInput("like"), **plain}),
        )


def same_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype, which a tensor has already."""
    for dtype, shape in product(DTYPES, ((6,), (), (2, 3))):
        made = inputs_of({"x": base(dtype, shape, generator(seed, dtype), small=True)}, name=_NAMES[dtype])
        yield Row(f"{dtype} {list(shape)}", made)


def copies(profile: str, seed: int) -> Iterator[Row]:
    """Casts to the same and to other dtypes, whose results are written to."""
    for source, target in product(DTYPES, DTYPES):
        if _judged(source, target):
            label = f"{source} to {target}"
            yield Row(label, _cast_inputs(base(source, (5,), generator(seed, label), small=True), target))


def subnormals(profile: str, seed: int) -> Iterator[Row]:
    """Subnormal floats of every dtype, cast to every other: of a wider dtype they are normal numbers; and what is subnormal there alone."""
    for source, target in product(_FLOATS, DTYPES):
        if source == target:
            continue
        random = generator(seed, f"{source} to {target}")
        values = subnormal(source, 40, random)
        if target in _FLOATS and _BITS[source] > _BITS[target]:
            near = near_the_smallest(target, 40, random).astype(np.float64).astype(numpy_dtype(source))
            values = np.concatenate([values, near])
        yield Row(f"{source} to {target}", _cast_inputs(base_of(source, values.shape, values), target))
