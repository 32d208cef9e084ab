"""Tables of the printed form: numbers of every kind, ranks, layouts, lines, summaries and options."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import (
    Base,
    Inputs,
    PlainInput,
    Step,
    TensorInput,
    bits_of_array,
    decode_plain,
    encode_plain,
)
from conformance.reference import printer
from conformance.reference.tensor import dense
from conformance.strategies.covering import pairwise
from conformance.strategies.layouts import LAYOUTS, fitting
from conformance.strategies.rows import Row
from conformance.strategies.tables.making import inputs_of
from conformance.strategies.values import elements, generator, subnormal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.strategies.layouts import Layout

INF, NAN = float("inf"), float("nan")
INTEGERS = tuple(name for name in DTYPES if kind_of(name) == "integer")
FLOATS = tuple(name for name in DTYPES if kind_of(name) == "float")
COMPLEX = tuple(name for name in DTYPES if kind_of(name) == "complex")

# Floats on each side of every choice that the printed form makes. None lies within rounding of a limit, and all are
# exact in every dtype that holds them (float16 holds none beyond 65504).
FLOAT_CLASSES: dict[str, tuple[float, ...]] = {
    "whole": (1.0, 2.0, 3.0),
    "whole of several widths": (1.0, -20.0, 300.0),
    "whole up to a span of 1000": (1.0, 1000.0, 7.0),
    "whole beyond a span of 1000": (1.0, 1024.0, 7.0),
    "one fraction": (1.0, 2.0, 2.5),
    "fractions": (0.5, -1.25, 12.0, 3.875),
    "rounded digits": (0.1, 1 / 3, 2 / 3, 0.7),
    "tie of the last digit": (0.03125, 0.09375, 0.15625),
    "rounds up to the next width": (9.99999, 0.5, 0.25),
    "span of 1000": (0.5, 500.0, 3.0),
    "span beyond 1000": (0.5, 512.0, 3.0),
    "smallest without exponents": (2.0**-13, 2.0**-12),
    "too small": (2.0**-14, 2.0**-12),
    "too small beside zero": (2.0**-14, 0.0, -(2.0**-14)),
    "largest without exponents": (100000000.0, 90000000.0),
    "too large": (100663296.0, 90000000.0),
    "three digits of exponent": (1e100, 1e-100),
    "zeros": (0.0, 0.0),
    "both zeros": (0.0, -0.0, 0.0),
    "zero first": (0.0, 1.5, 2.0),
    "negative zero among whole": (1.0, -0.0, 2.0),
    "negative zero among fractions": (-0.0, 0.5, 1.0),
    "negative zero with exponents": (-0.0, 0.5, 1024.0),
    "inf alone": (INF,),
    "infinities and zero": (INF, -INF, 0.0),
    "inf first": (INF, 1.0, 2.0),
    "-inf in the middle": (1.5, -INF, 2.0),
    "inf last, with exponents": (1024.0, 0.5, INF),
    "nan alone": (NAN,),
    "nan first": (NAN, 1.0, 2.0),
    "nan in the middle": (1.5, NAN, -2.0),
    "nan last, with exponents": (1024.0, 0.5, NAN),
    "nan, inf and whole": (NAN, INF, -INF, 100.0, -0.0),
}
# The least exponent range in which a class is what it says.
_NEEDS_RANGE = {
    "largest without exponents": ("bfloat16", "float32", "float64"),
    "too large": ("bfloat16", "float32", "float64"),
    "three digits of exponent": ("float64",),
}
SHAPES: tuple[tuple[int, ...], ...] = (
    (),
    (1,),
    (3,),
    (5,),
    (2, 3),
    (3, 1),
    (1, 1, 4),
    (2, 2, 3),
    (2, 1, 2, 3),
    (1, 2, 1, 2, 2),
)


def tensor(values: Any, dtype: str) -> Base:
    """Make a base of an array of numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        array = np.asarray(values).astype(numpy_dtype(dtype))
    return Base(dtype, array.shape, bits_of_array(array))


def spread(values: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Fill a shape with values in turn, the first ones first."""
    return np.resize(np.asarray(values), shape) if shape else np.asarray(values[-1])


def floats(profile: str, seed: int) -> Iterator[Row]:
    """Every class of floats in every float dtype that holds it, as a vector and as each other shape in turn; some negated."""
    for dtype, (name, values) in product(FLOATS, FLOAT_CLASSES.items()):
        if dtype not in _NEEDS_RANGE.get(name, FLOATS):
            continue
        place = (list(FLOAT_CLASSES).index(name) + 3 * FLOATS.index(dtype)) % len(SHAPES)
        for shape in dict.fromkeys(((len(values),), SHAPES[place])):
            yield Row(f"{dtype} {name} {list(shape)}", inputs_of({"x": tensor(spread(values, shape), dtype)}))
        if place % 4 == seed % 4:
            # The form is chosen by magnitude.
            yield Row(f"{dtype} {name} negated", inputs_of({"x": tensor(np.negative(values), dtype)}))


def random_floats(profile: str, seed: int) -> Iterator[Row]:
    """Random bit patterns, and numbers of one magnitude, of every float dtype."""
    for dtype, shape in product(FLOATS, ((5,), (2, 3), (2, 1, 4), ())):
        random = generator(seed, f"{dtype} {shape}")
        number = math.prod(shape)
        patterns = elements(dtype, number, random).reshape(shape)
        near = random.uniform(-9, 9, shape) * 10.0 ** random.integers(-3, 3)
        for name, array in (("any bits", patterns), ("one magnitude", near)):
            yield Row(f"{dtype} {name} {list(shape)}", inputs_of({"x": tensor(array, dtype)}))


def subnormals(profile: str, seed: int) -> Iterator[Row]:
    """Subnormal floats of every dtype, alone, among each other, and beside a number of about one."""
    for dtype, shape in product(FLOATS, ((), (1,), (4,), (2, 3))):
        array = subnormal(dtype, math.prod(shape), generator(seed, f"{dtype} {shape}"))
        yield Row(f"{dtype} {list(shape)}", inputs_of({"x": tensor(array.reshape(shape), dtype)}))
        if array.size > 1:
            array[-1] = 1.25
            yield Row(f"{dtype} {list(shape)} with 1.25", inputs_of({"x": tensor(array.reshape(shape), dtype)}))


def limits(dtype: str) -> tuple[int, ...]:
    """Give whole numbers of an integer dtype of all widths, its extremes among them."""
    facts = np.iinfo(dtype)
    candidates = (0, 7, -3, 42, -100, 2**24 + 1, 2**31 - 1, 2**53 + 1, facts.max, facts.min)
    return tuple(number for number in candidates if facts.min <= number <= facts.max)


def integers(profile: str, seed: int) -> Iterator[Row]:
    """Integers of one width and of several, the extremes of their dtype, and bools, in every shape."""
    for dtype, shape in product(INTEGERS, SHAPES):
        random = generator(seed, f"{dtype} {shape}")
        classes = {
            "digits": random.integers(0, 10, shape),
            "extremes": random.permutation(spread(limits(dtype), shape).reshape(-1)).reshape(shape),
        }
        for name, array in classes.items():
            yield Row(f"{dtype} {name} {list(shape)}", inputs_of({"x": tensor(array, dtype)}))
    for shape in SHAPES:
        for name, flags in (("all", (True,)), ("none", (False,)), ("mixed", (True, False, True))):
            yield Row(f"bool {name} {list(shape)}", inputs_of({"x": tensor(spread(flags, shape), "bool")}))


_PARTS: dict[str, tuple[float, ...]] = {
    "whole": (1.0, 20.0, 3.0),
    "signed": (-1.0, 2.0, -30.0),
    "fractions": (0.5, -1.25, 2.0),
    "exponents": (0.5, 1024.0, -2.0),
    "zeros": (0.0, 0.0, 0.0),
    "negative zero": (-0.0, 1.0, 2.0),
    "inf": (INF, 1.5, -INF),
    "nan": (2.0, NAN, 1.0),
}


def complex_numbers(profile: str, seed: int) -> Iterator[Row]:
    """Every class of real parts beside every class of imaginary parts, and every shape beside each of these."""
    axes = {"real": tuple(_PARTS), "imaginary": tuple(_PARTS), "shape": SHAPES, "dtype": COMPLEX}
    for one in pairwise(axes):
        real, imaginary = (spread(_PARTS[one[part]], one["shape"]) for part in ("real", "imaginary"))
        array = np.empty(one["shape"], one["dtype"])
        array.real, array.imag = real, imaginary
        label = f"{one['dtype']} {one['real']} and {one['imaginary']} {list(one['shape'])}"
        yield Row(label, inputs_of({"x": tensor(array, one["dtype"])}))


RANKS: tuple[tuple[int, ...], ...] = (
    (), (2,), (2, 2), (2, 2, 2), (2, 1, 2, 2), (1, 2, 1, 2, 2), (1, 1, 2, 1, 2, 1), (1, 1, 1, 1), (2, 1, 1), (4, 1, 1, 3),
)  # fmt: skip


def ranks(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of rank 0 to 6, dimensions of size 1 in every place, of every dtype."""
    for dtype, shape in product(DTYPES, RANKS):
        number = math.prod(shape)
        array = generator(seed, f"{dtype} {shape}").integers(0, 90, number).reshape(shape)
        yield Row(f"{dtype} {list(shape)}", inputs_of({"x": tensor(array % 2 if dtype == "bool" else array, dtype)}))


def _uneven(dtype: str, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray[Any, Any]:
    """Give elements of different widths, so that one taken from the wrong place shows in all of the form."""
    low = 0 if dtype in ("bool", "uint8") else -99
    array: np.ndarray[Any, Any] = random.integers(low, 2 if dtype == "bool" else 100, shape)
    kind = kind_of(dtype)
    if kind in ("float", "complex"):
        array = array / random.choice([1, 4], shape)
    return array + 1j * random.integers(-9, 10, shape) if kind == "complex" else array


def layouts(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype in every layout and shape, pair by pair."""
    axes = {"dtype": tuple(DTYPES), "layout": tuple(LAYOUTS), "shape": (*SHAPES, (0, 2))}
    for one in pairwise(axes, lambda row: LAYOUTS[row["layout"]] in fitting(row["shape"])):
        layout, shape = LAYOUTS[one["layout"]], one["shape"]
        label = f"{one['dtype']} {layout.name} {list(shape)}"
        made = tensor(_uneven(one["dtype"], layout.base(shape), generator(seed, label)), one["dtype"])
        yield Row(label, Inputs({"a": made}, {"x": TensorInput("a", layout.steps(shape))}))


_VIEWS: dict[str, tuple[Step, ...]] = {
    "an element": (Step("index", ({"tuple": [1, 2, -1]},)),),
    "an element, then a new dimension": (Step("index", ({"tuple": [1, 2, -1]},)), Step("unsqueeze", (0,))),
    "an element, expanded": (Step("index", ({"tuple": [1, 2, -1]},)), Step("expand", (2, 3))),
    "an index, then an ellipsis and None": (
        Step("index", (1,)), Step("index", ({"tuple": [{"ellipsis": True}, None]},)),
    ),
    "a column": (Step("index", ({"tuple": [{"slice": [None, None, None]}, 1, 2]},)),),
    "a slice of a slice": (Step("index", ({"slice": [1, None, None]},)), Step("index", ({"tuple": [0, {"slice": [1, None, 2]}]},))),
    "a permuted part": (Step("index", ({"tuple": [{"slice": [1, None, None]}]},)), Step("permute", (2, 0, 1))),
    "flattened": (Step("view", (-1,)),),
}  # fmt: skip


def views(profile: str, seed: int) -> Iterator[Row]:
    """Views of views, and 0-d views of single elements, of every dtype."""
    for dtype, (name, steps) in product(DTYPES, _VIEWS.items()):
        label = f"{dtype} {name}"
        made = tensor(_uneven(dtype, (2, 3, 4), generator(seed, label)), dtype)
        yield Row(label, Inputs({"a": made}, {"x": TensorInput("a", steps)}))


# Of each dtype, elements of so many characters with their comma and space, and others that are no wider.
_ITEMS: tuple[tuple[str, Any, int, Any], ...] = (
    ("int64", 1, 3, 2), ("int64", -1234, 7, 5), ("int64", 2**63 - 1, 21, -1), ("uint8", 100, 5, 7), ("bool", False, 7, True),
    ("float32", 1.0, 4, 2.0), ("float32", -0.5, 9, 3.0), ("float64", 2.0**-30, 12, 1.0), ("bfloat16", 20.0, 5, 1.0),
    ("complex64", 1.5 - 2.5j, 16, 1.5 + 1j),
)  # fmt: skip
_WIDTH, _OPENING = 80, 7


def lines(profile: str, seed: int) -> Iterator[Row]:
    """Rows of as many items as a line holds, one less, one more, and twice as many, in tensors of rank 1 to 4; the widest is anywhere."""
    for (dtype, value, width, narrow), rank in product(_ITEMS, (1, 2, 3, 4)):
        fits = (_WIDTH - _OPENING - rank + 1) // width
        for number in sorted({fits - 1, fits, fits + 1, 2 * fits, 2 * fits + 1}):
            # PyTorch counts no closing brackets: whether they may reach beyond the line is not what is judged here.
            if _OPENING + 2 * rank + fits * width - 1 > _WIDTH and number % fits == 0:
                continue
            shape = (*((1, 2, 1)[-rank + 1 :] if rank > 1 else ()), number)
            label = f"{dtype} {value} {list(shape)}"
            array = np.full(shape, narrow)
            array.reshape(-1)[generator(seed, label).integers(array.size)] = value
            yield Row(label, inputs_of({"x": tensor(array, dtype)}))


def suffixes(profile: str, seed: int) -> Iterator[Row]:
    """Rows that leave just enough place for the suffix on their line, or one character too little, in tensors of rank 1 to 3."""
    for dtype, digits, grad in product(DTYPES, (1, 2, 3), (False, True)):
        kind = kind_of(dtype)
        if (grad and kind in ("bool", "integer")) or (kind == "bool" and digits > 1):
            continue
        value = 10 ** (digits - 1)
        width = {"bool": 6, "integer": digits + 2, "float": digits + 3, "complex": 2 * digits + 6}[kind or "bool"]
        suffix = len(f", dtype=torch.{dtype}") * (dtype not in ("bool", "int64", "float32", "complex64"))
        rank = 1 + (list(DTYPES).index(dtype) + digits) % 3
        least = (_WIDTH - _OPENING - suffix - 20 * grad - 2 * (rank - 1)) // width - 1
        for number in range(least, least + 4):
            shape = (*(1,) * (rank - 1), number)
            label = f"{dtype} {value} {list(shape)}{' with gradient' if grad else ''}"
            array = np.full(shape, value * (1 - 1j) if kind == "complex" else value)
            yield Row(label, Inputs({"a": tensor(array, dtype)}, {"x": TensorInput("a", requires_grad=grad)}))


def gradients(profile: str, seed: int) -> Iterator[Row]:
    """Leaves that require gradients: every dtype that has them, in every layout and some shapes, empty ones too."""
    shapes = ((), (3,), (2, 2), (2, 1, 3), (0,), (0, 2))
    axes = {"dtype": (*FLOATS, *COMPLEX), "layout": tuple(LAYOUTS), "shape": shapes}
    for one in pairwise(axes, lambda row: LAYOUTS[row["layout"]] in fitting(row["shape"])):
        layout, shape = LAYOUTS[one["layout"]], one["shape"]
        label = f"{one['dtype']} {layout.name} {list(shape)}"
        made = tensor(_uneven(one["dtype"], layout.base(shape), generator(seed, label)), one["dtype"])
        yield Row(label, Inputs({"a": made}, {"x": TensorInput("a", layout.steps(shape), requires_grad=True)}))


EMPTY: tuple[tuple[int, ...], ...] = ((0,), (0, 3), (3, 0), (0, 0), (2, 0, 3), (1, 1, 0), (0, 1001), (2, 0, 1, 3, 1))


def empty(profile: str, seed: int) -> Iterator[Row]:
    """Tensors without elements of every dtype and rank."""
    for dtype, shape in product(DTYPES, EMPTY):
        yield Row(f"{dtype} {list(shape)}", inputs_of({"x": tensor(np.zeros(shape), dtype)}))


# On both sides of the threshold of 1000 elements, and of the six items that a summary leaves whole.
SUMMARISED: tuple[tuple[int, ...], ...] = (
    (1001,), (1, 1001), (1001, 1), (6, 167), (7, 143), (143, 7), (167, 6), (7, 7, 21), (6, 7, 24), (7, 6, 24),
    (2, 6, 84), (2, 501, 1), (1, 1, 1001), (334, 3, 1), (6, 6, 6, 5), (7, 2, 3, 24), (2, 7, 1, 72), (2, 7, 2, 9, 8),
    (1, 7, 2, 2, 8, 5), (8, 8, 1, 16),
)  # fmt: skip
EDGE_ITEMS = 3


# What stands at one place of a summary, and is wider than all else there, or chooses another form for it.
_ODD: dict[str, tuple[Any, ...]] = {
    "bool": (False,),
    "integer": (100, -1, -100, 2**15 - 1, 2**31 - 1, 2**63 - 1, -(2**63), 10),
    "float": (0.5, 4096.0, -1.0, INF, NAN, -0.0, 2.0**-14, -INF, 1000.0, -100.0),
    "complex": (0.5, 4096.0, -1.0, INF, NAN, -0.0, 2.0**-14, 0.5j, 4096j, -1j, -100j),
}
# Where that is, in a dimension of which a summary shows some items at either end.
_EDGES = (
    "first", "last of the beginning", "first hidden", "middle", "last hidden", "first of the end", "last",
)  # fmt: skip


def _at(edge: str, size: int, items: int) -> int:
    """Give the place of an edge in a dimension of a size, the nearest one that it has."""
    place = (0, items - 1, items, size // 2, size - items - 1, size - items, size - 1)[_EDGES.index(edge)]
    return min(max(place, 0), size - 1)


def _with_one_odd(
    dtype: str, shape: tuple[int, ...], items: int, dim: int, edge: str, random: np.random.Generator
) -> Base:
    """Give small whole numbers or quarters, of which one is odd: at an edge of one dimension, and among those shown of all others."""
    kind = kind_of(dtype) or "bool"
    array: np.ndarray[Any, Any] = random.integers(1, 8, shape)
    if kind in ("float", "complex"):
        array = array / (4 if random.integers(3) == 0 else 1)
    if kind == "complex":
        array = array + 1j * random.integers(1, 8, shape)
    if kind == "bool":
        array = array > 0
    limits = np.iinfo(dtype) if kind == "integer" else None
    fitting = [one for one in _ODD[kind] if limits is None or limits.min <= one <= limits.max]
    odd = fitting[int(random.integers(len(fitting)))]
    place = []
    for number, size in enumerate(shape):
        if number == dim:
            place.append(_at(edge, size, items))
        else:
            shown = [at for at in range(size) if at < items or at >= size - items]
            place.append(shown[int(random.integers(len(shown)))])
    # The other part of a complex number stays finite, whatever this one is.
    array[tuple(place)] = odd if kind != "complex" or isinstance(odd, complex) else complex(odd, 1)
    return tensor(array, dtype)


def summaries(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of a little more than 1000 elements, cut in every dimension of more than six items or in none, with one that is odd at every place about the edges."""
    plan = pairwise({"dtype": tuple(DTYPES), "edge": tuple(_EDGES), "turn": range(6)})
    for number, one in enumerate(plan):
        shape, dtype = SUMMARISED[number % len(SUMMARISED)], one["dtype"]
        cut = [dim for dim, size in enumerate(shape) if size > 2 * EDGE_ITEMS] or [*range(len(shape))]
        dim = cut[one["turn"] % len(cut)]
        label = f"{number}: {dtype} {list(shape)}, {one['edge']} of dim {dim}"
        made = _with_one_odd(dtype, shape, EDGE_ITEMS, dim, one["edge"], generator(seed, label))
        yield Row(label, inputs_of({"x": made}))


def at_the_threshold(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of 999 and 1000 elements, which are printed whole."""
    for dtype, shape in (
        ("int64", (1000,)),
        ("uint8", (999,)),
        ("bool", (10, 100)),
        ("float16", (50, 20)),
        ("int32", (5, 10, 20)),
    ):
        label = f"{dtype} {list(shape)}"
        array = generator(seed, label).integers(0, 2, shape)
        yield Row(label, inputs_of({"x": tensor(array, dtype)}))


def _in_layouts(dtype: str, shape: tuple[int, ...], seed: int, names: Iterable[str] = LAYOUTS) -> Iterator[Row]:
    for layout in fitting(shape):
        if layout.name in names:
            label = f"{dtype} {layout.name} {list(shape)}"
            array = generator(seed, label).integers(0, 50, layout.base(shape))
            yield Row(label, Inputs({"a": tensor(array, dtype)}, {"x": TensorInput("a", layout.steps(shape))}))


def summarised_layouts(profile: str, seed: int) -> Iterator[Row]:
    """Summaries of tensors in every layout, some of them large."""
    for shape in ((1001,), (8, 130), (3, 40, 9)):
        yield from _in_layouts("int64", shape, seed)
    yield from _in_layouts("int8", (33000,), seed, ("dense", "every second"))
    yield from _in_layouts("int8", (33, 1000), seed, ("reversed dims", "expanded", "columns"))


def written(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every dtype that counts, in the layouts that can be written to, and the names that they are written through."""
    axes = {
        "dtype": [name for name in DTYPES if name != "bool"],
        "how": ("itself", "view", "item", "detached", "data", "copy"),
        "shape": ((3,), (2, 3), (3, 1, 2, 2), (9, 130)),
        "layout": [name for name in LAYOUTS if name != "expanded"],
    }
    for one in pairwise(axes, lambda row: LAYOUTS[row["layout"]] in fitting(row["shape"])):
        for row in _in_layouts(one["dtype"], one["shape"], seed, {one["layout"]}):
            how = PlainInput(encode_plain(one["how"]))
            inputs = Inputs(row.inputs.bases, {**row.inputs.arguments, "how": how})
            yield Row(f"{row.label}, {one['how']}", inputs)


def default_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every dtype with each float dtype as the default, some of them long or without elements."""
    axes = {"dtype": tuple(DTYPES), "default": FLOATS, "shape": ((2,), (2, 2), (0, 3), (1001,))}
    for one in pairwise(axes):
        label = f"{one['dtype']} {list(one['shape'])}, {one['default']}"
        made = tensor(_uneven(one["dtype"], one["shape"], generator(seed, label)), one["dtype"])
        inputs = inputs_of({"x": made})
        yield Row(label, Inputs(inputs.bases, {**inputs.arguments, "dtype": PlainInput({"dtype": one["default"]})}))


# One option alone, or several, in a call; the others are left out.
_OPTIONS: tuple[dict[str, Any], ...] = (
    {"precision": 2}, {"precision": 6}, {"precision": 1}, {"threshold": 5}, {"threshold": 11}, {"threshold": 12},
    {"threshold": 5, "edgeitems": 1}, {"threshold": 5, "edgeitems": 2}, {"edgeitems": 2}, {"linewidth": 20}, {"linewidth": 40},
    {"linewidth": 5}, {"linewidth": 200}, {"profile": "short"}, {"profile": "full"}, {"profile": "default"},
    {"profile": "short", "precision": 3}, {"profile": "full", "threshold": 5}, {"profile": "short", "linewidth": 25}, {},
)  # fmt: skip
# Options in pairs, of summaries that have something odd at every place about their edges.
_PAIRED: dict[str, tuple[Any, ...]] = {
    "dtype": tuple(DTYPES),
    "edge": tuple(_EDGES),
    "edgeitems": (None, 1, 2, 4, 5),
    "beyond": (1, 0, 2, 5),
    "rank": (1, 2, 3, 4, 5, 6),
    "threshold": ("passed by one", "reached", "zero", None),
    "precision": (None, 0, 1, 2, 8),
    "linewidth": (None, 10, 30, 120),
    "profile": (None, "short", "full", "default"),
    "layout": tuple(LAYOUTS),
}
# What prints without exponents unless they are asked for, and exponents of two digits.
_PLAIN, _PLAIN_SPAN, _TWO_DIGITS = (1e-4, 1e8), 1000, (1e-99, 1e99)
_OPTION_NAMES = ("precision", "threshold", "edgeitems", "linewidth", "profile", "sci_mode")
_SAMPLES: dict[str, Any] = {
    "whole": np.arange(12.0),
    "fractions": np.arange(12.0).reshape(3, 4) * 1.2345678,
    "exponents": 2.0 ** np.arange(-20, 4, 2).reshape(2, 2, 3),
}


def options(profile: str, seed: int) -> Iterator[Row]:
    """Each option changed alone, several together, and each profile, with options that override it; then all of them in pairs."""
    for number, given in enumerate(_OPTIONS):
        told = ", ".join(f"{option} {value}" for option, value in given.items()) or "none"
        for name, array in list(_SAMPLES.items())[: 2 if number % 2 else 3]:
            dtype = ("float32", "int16")[(number + seed) % 2] if name == "whole" else "float64"
            plain = {option: given.get(option) for option in _OPTION_NAMES}
            yield Row(f"{told}: {dtype} {name}", inputs_of({"x": tensor(array, dtype)}, **plain))
    # From the last axis on, too: then other values of three axes meet.
    plans = pairwise(_PAIRED) + pairwise(dict(reversed(_PAIRED.items())))
    for number, one in enumerate(plans):
        told = ", ".join(str(value) for value in one.values() if value is not None)
        yield _paired(f"{number}: {told}", one, seed)


def _paired(label: str, one: dict[str, Any], seed: int) -> Row:
    """Make a row of options in pairs: one dimension is a little longer than both ends of a summary, the others are short."""
    random = generator(seed, label)
    items = one["edgeitems"] or (printer.PROFILES[one["profile"] or "default"].edgeitems)
    size, rank = 2 * items + one["beyond"], one["rank"]
    dim = int(random.integers(rank))
    # One further dimension may be cut too.
    short = [int(random.choice((1, 2))) for _ in range(rank)]
    if rank > 1 and random.integers(2):
        short[(dim + 1) % rank] = 2 * items + 1
    shape = (*short[:dim], size, *short[dim + 1 :])
    number = math.prod(shape)
    threshold = {"passed by one": number - 1, "reached": number, "zero": 0}.get(one["threshold"])
    made = _with_one_odd(one["dtype"], shape, items, dim, one["edge"], random)
    layout = LAYOUTS[one["layout"]]
    base, steps = _seen(made, layout, shape) if layout in fitting(shape) else (made, ())
    given = {**{name: one.get(name) for name in _OPTION_NAMES}, "threshold": threshold}
    plain = {name: PlainInput(encode_plain(value)) for name, value in given.items()}
    return Row(label, Inputs({"a": base}, {"x": TensorInput("a", steps), **plain}))


def _seen(made: Base, layout: Layout, shape: tuple[int, ...]) -> tuple[Base, tuple[Step, ...]]:
    """Give a base that shows the elements of another through the steps of a layout, and others beside them."""
    steps = layout.steps(shape)
    base = dense(np.full(layout.base(shape), 55).astype(numpy_dtype(made.dtype)), made.dtype)
    shown = base
    for step in steps:
        args = [decode_plain(part, str) for part in step.args]
        shown = shown[args[0]] if step.op == "index" else getattr(shown, step.op)(*args)
    shown.array()[...] = made.array()
    return tensor(base.array(), made.dtype), steps


# Other options beside the wish; with fewer digits, a form that was not asked for may be the wider one in older versions.
_BESIDE: tuple[dict[str, Any], ...] = (
    {}, {"precision": 6}, {"linewidth": 20}, {"profile": "full"}, {"precision": 8, "profile": "default"}, {"threshold": 0, "edgeitems": 5},
)  # fmt: skip


def _wishes(*, aligned: bool) -> Iterator[Row]:
    wishes = product((True, False), FLOATS, FLOAT_CLASSES.items())
    for number, (mode, dtype, (name, values)) in enumerate(wishes):
        halved = dtype in ("float16", "bfloat16") and number % 4
        if halved or dtype not in _NEEDS_RANGE.get(name, FLOATS) or _fills_its_width(mode, values) == aligned:
            continue
        plain = {**dict.fromkeys(_OPTION_NAMES), **_BESIDE[number % len(_BESIDE)], "sci_mode": mode}
        told = ", ".join(f"{option} {value}" for option, value in plain.items() if value is not None)
        yield Row(f"{told}: {dtype} {name}", inputs_of({"x": tensor(list(values), dtype)}, **plain))


def _fills_its_width(mode: bool, values: Sequence[float]) -> bool:  # noqa: FBT001 - an option's value
    """Say whether numbers look the same if spaces fill them up to the width of the form that was not wished for."""
    telling = [abs(value) for value in values if value and math.isfinite(value)]
    if not mode:
        largest, smallest = max(telling, default=1.0), min(telling, default=1.0)
        return largest <= _PLAIN[1] and smallest >= _PLAIN[0] and largest / smallest <= _PLAIN_SPAN
    return len(telling) == len(values) and min(values) > _TWO_DIGITS[0] and max(values) < _TWO_DIGITS[1]


def wished_exponents(profile: str, seed: int) -> Iterator[Row]:
    """Exponents asked for, and ruled out, where each number fills its width."""
    return _wishes(aligned=False)


def aligned_exponents(profile: str, seed: int) -> Iterator[Row]:
    """Exponents asked for, and ruled out, where spaces are left before a number."""
    return _wishes(aligned=True)


# Each profile meets every edge and every dtype among these.
MOST_PROFILED = 36


def profiles(profile: str, seed: int) -> Iterator[Row]:
    """Each profile over options that were all changed before."""
    for name, (sample, array) in product(("default", "short", "full"), _SAMPLES.items()):
        yield Row(f"{name}: {sample}", inputs_of({"x": tensor(array, "float32")}, profile=name))
    plan = pairwise({"profile": tuple(printer.PROFILES), "edge": _EDGES, "dtype": tuple(DTYPES)})
    for number, one in enumerate(plan[:MOST_PROFILED]):
        shape, name = ((1001,), (8, 126), (7, 1, 7, 21))[number % 3], one["profile"]
        label = f"{name}: {one['dtype']} {list(shape)}, {one['edge']}"
        items, dim = printer.PROFILES[name].edgeitems, number % len(shape)
        made = _with_one_odd(one["dtype"], shape, items, dim, one["edge"], generator(seed, label))
        yield Row(label, inputs_of({"x": made}, profile=name))


def spelled(profile: str, seed: int) -> Iterator[Row]:
    """A tensor of every dtype, as a number, a matrix and an empty one."""
    for dtype, shape in product(DTYPES, ((), (2, 3), (0, 2))):
        label = f"{dtype} {list(shape)}"
        yield Row(label, inputs_of({"x": tensor(_uneven(dtype, shape, generator(seed, label)), dtype)}))


_FORMS = {
    "bool": ("", "d", ">7", "b"),
    "integer": ("", "d", "5d", "+d", ",", "x", ".2f", "e", "<6"),
    "float": ("", ".2f", "8.3f", ".0f", "e", ".3e", "g", "+.1f", "%"),
    "complex": ("", ".2f", ".1e"),
}


def forms(profile: str, seed: int) -> Iterator[Row]:
    """Numbers of every dtype with every form that Python's number of that kind takes."""
    for dtype in DTYPES:
        for form in _FORMS[kind_of(dtype) or "bool"]:
            label = f"{dtype} {form!r}"
            array = _uneven(dtype, (3,), generator(seed, label))
            made = tensor(array, dtype)
            view = (Step("index", (1,)),)
            yield Row(label, Inputs({"a": made}, {"x": TensorInput("a", view), **inputs_of({}, form=form).arguments}))


def refused_forms(profile: str, seed: int) -> Iterator[Row]:
    """Tensors with dimensions, which take no form; the twin gives none."""
    for dtype, shape in product(("int64", "float32", "bool"), ((1,), (2, 2), (0,))):
        made = {"x": tensor(_uneven(dtype, shape, generator(seed, dtype)), dtype)}
        yield Row(f"{dtype} {list(shape)} '.2f'", inputs_of(made, form=".2f"), inputs_of(made, form=""))
        yield Row(f"{dtype} {list(shape)} ''", inputs_of(made, form=""))
