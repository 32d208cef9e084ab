"""Tables of what tensors are made of: numbers, lists, sizes, bounds, seeds."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import cycle, permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import Base, Inputs, NumpyScalarInput, PlainInput, TensorInput, bits_of_array, encode_plain
from conformance.reference.promotion import promote_types
from conformance.strategies.layouts import fitting
from conformance.strategies.rows import Row
from conformance.strategies.tables.making import inputs_of
from conformance.strategies.tables.reading import encoded, filled, seen_through
from conformance.strategies.values import base_of, edges, elements, generator, large, telling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_INF, _NAN = float("inf"), float("nan")
DATA: tuple[Any, ...] = (
    True, False, 0, 3, -7, 2.5, 0.1, -0.0, _NAN, _INF, 1e40, 1 + 2j, 0.1j, 2**24 + 1, 2**31, 2**53 + 1, 2**63 - 1,
    -(2**63),
    [True, False], [1, 2], [1, 2.5], [2.5, 1], [True, 2], [2, True], [True, 2.5], [True, 1 + 2j], [1, 2 + 3j],
    [2.5, 1j], [1j, True], [0.1, 1e-8, 65504.0, 16777217.0], [_NAN, _INF, -_INF, -0.0], [1e40, -1e40, 3.4e38],
    [2**31 - 1, 2**31, -(2**31) - 1], [2**24 + 1, 2**53 + 1, -(2**53) - 1], [2**63 - 1, -(2**63)], [2**24 + 1, 0.5],
    [2**31, True], [[2**53 + 1]], [], (), [[]], [[], []], [[[]], [[]]], [[1, 2], [3, 4]], [[1, 2], [3, 4.5]],
    [[True], [1], [0.5]], ((1, 2), (3, 4)), [(1, 2), [3, 4]], ([0.5], (1,)), (7,), [[[1], [2]], [[3], [4]]],
    [[[[[1, 2]]]]], [[[[[[[1], [2.5]]]]]]], [[[1.5, 2], [3, 4]], [[5, 6], [7, True]]], [0, -1, 255, 256, 65536],
    [1] * 1024 + [2.5], [True] * 32 + [2], [[0.5] * 17] * 3, [True, False] * 17, list(range(33)), [1] * 31 + [1j],
)  # fmt: skip


# How two numbers stand in a list: which comes first, how far the odd one is, how deep they are nested.
FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "pair": lambda x, y: [x, y], "odd one last": lambda x, y: [x, x, x, y], "odd one in the middle": lambda x, y: [x, y, x],
    "tuple": lambda x, y: (x, x, y), "rows": lambda x, y: [[x], [y]], "square": lambda x, y: [[x, y], [y, x]],
    "deep": lambda x, y: [[[x, x], [x, y]]], "tuples in a list": lambda x, y: [(x, x), (y, x)], "far": lambda x, y: [x] * 64 + [y],
}  # fmt: skip
# Numbers of each of Python's kinds that no lower kind holds.
KINDS: dict[str, tuple[Any, ...]] = {
    "bool": (True, False), "int": (2, -7, 2**24 + 1), "float": (0.5, -2.75, 1e-3), "complex": (1 + 2j, -0.5j),
}  # fmt: skip


def _short(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 80 else f"{text[:60]}... ({len(text)} characters)"  # noqa: PLR2004 - a line


def inferred(profile: str, seed: int) -> Iterator[Row]:
    """Numbers, and lists and tuples of them, of one kind and mixed; then random ones."""
    for data in DATA:
        yield encoded(_short(data), data=data)
    for length in (1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 1025):
        for kind in ("bool", "int64", "float64"):
            values = elements(kind, length, generator(seed, f"{kind} {length}")).tolist()
            yield encoded(f"{length} random {kind}", data=values)
    for number, ((one, other), (form, listed)) in enumerate(product(permutations(KINDS, 2), FORMS.items())):
        first, second = (KINDS[kind][(number + seed) % len(KINDS[kind])] for kind in (one, other))
        yield encoded(f"{one} and {other}, {form}", data=listed(first, second))


def unplaced(profile: str, seed: int) -> Iterator[Row]:
    """Numbers, lists and sizes for every function that makes tensors, some with a dtype, none with a device."""
    for number, data in enumerate(DATA):
        yield encoded(f"tensor {_short(data)}", way="tensor", arguments=(data,), dtype=None)
        if number % 4 == seed % 4:
            yield encoded(f"as_tensor {_short(data)}", way="as_tensor", arguments=(data,), dtype=None)
    for number, ((one, other), (form, listed)) in enumerate(product(permutations(KINDS, 2), FORMS.items())):
        if number % 3 == seed % 3:
            first, second = (KINDS[kind][(number + seed) % len(KINDS[kind])] for kind in (one, other))
            yield encoded(
                f"tensor {one} and {other}, {form}", way="tensor", arguments=(listed(first, second),), dtype=None
            )
    for number, dtype in enumerate((None, *DTYPES)):
        size = SIZES[(number + seed) % len(SIZES)]
        for way, given in (
            ("zeros", (size,)),
            ("ones", size or ((),)),
            ("empty", (list(size),)),
            ("full", (size, 1)),
            ("tensor", ([0, 1, 1],)),
        ):
            yield encoded(f"{way} {list(size)} {dtype}", way=way, arguments=given, dtype=dtype)
    for one in BOUNDS[::2]:
        yield encoded(f"arange {list(one)}", way="arange", arguments=one, dtype=None)


def asked_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype asked for, of numbers that it holds, or rounds to, or truncates."""
    for dtype in DTYPES:
        kind = kind_of(dtype)
        data: list[Any] = [[True, False, True], [0, 1, 2, 100], [[1, 0], [0, 1]], 1, True, [], [0.5, 0.0, 1.0], 0.75]
        data += [[0.0, -0.0, 2.75, 100.9], (1, 2.75, True)]
        if kind == "integer":
            data += [edges(dtype).tolist()] if dtype != "uint8" else [[0, 1, 127, 128, 255]]
        if kind in ("float", "complex"):
            data += [[0.1, -0.1, 1 / 3, 65504.0, 1e5, 1e39, _NAN, _INF, -_INF], [2**24 + 1, 2**53 + 1, 2**63 - 1, -3]]
            wide = elements("float64", 17, generator(seed, f"{dtype} floats")).tolist()
            data += [wide if kind == "float" else [math.remainder(one, 64) for one in wide if math.isfinite(one)]]
        if kind in ("complex", "bool"):
            data += [[1 + 2j, 0j, 0.1j], [1, 1.5, 2j]]
        for one in data:
            yield encoded(f"{_short(one)} as {dtype}", data=one, dtype=dtype)


def misfits(profile: str, seed: int) -> Iterator[Row]:
    """Data that no tensor can be made of, and data beside it that one can."""
    data: tuple[Any, ...] = (
        [1, [2, 3]], [[1], 2], [[1, [2]], [3, 4]], [0, "1"], "1", None, [None], ["a", "b"], [[1, 2], "ab"], [1, None],
        2**63, [2**63], 2**64, -(2**63) - 1, [0, -(2**63) - 1], [[2**200]],
        [1, 2], [[1], [2]], 2**63 - 1, [-(2**63)], 0, [],
    )  # fmt: skip
    for one in data:
        yield encoded(_short(one), data=one)


def ragged(profile: str, seed: int) -> Iterator[Row]:
    """Lists side by side that differ in length, at each depth; the twin's are of one length."""
    legal = encoded("", data=[[1, 2], [3, 4]]).inputs
    data: tuple[Any, ...] = (
        [[1, 2], [3]], [[1], [2, 3]], [[1, 2], []], [[[1, 2]], [[3]]], [[[1], [2]], [[3]]], ((1, 2), (3, 4, 5)),
        [[1, 2], (3,)], [[1.5]] * 31 + [[1.5, 2.5]], [[True, False], [True]], [[0, 1], [2, 3], [4]],
    )  # fmt: skip
    uneven = (one for shape in ((3, 2), (2, 2, 2), (2, 1, 2, 2), (2, 3, 1)) for one in _uneven(shape))
    for number, one in enumerate((*data, *uneven)):
        row = encoded(f"{number}: {_short(one)}", data=one)
        yield Row(row.label, row.inputs, legal)


def _uneven(shape: tuple[int, ...]) -> Iterator[list[Any]]:
    """Give nested lists of a shape, each time with another of the inner lists, of which there are several, longer or shorter by one."""
    for depth in range(1, len(shape)):
        if math.prod(shape[:depth]) == 1:
            continue
        for path, longer in product(np.ndindex(*shape[:depth]), (True, False)):
            data: list[Any] = np.ones(shape).tolist()
            inner = data
            for place in path:
                inner = inner[place]
            if longer:
                inner.append(inner[-1])
            elif len(inner) > 1:
                inner.pop()
            else:
                continue
            yield data


def zero_dims(profile: str, seed: int) -> Iterator[Row]:
    """Pairs of 0-d tensors of every dtype, alike and mixed, seen where they are and inside a larger base."""
    pairs = [(dtype, dtype) for dtype in DTYPES]
    pairs += [(one, other) for one, other in product(DTYPES, ("int64", "float32", "float64", "bool")) if one != other]
    pairs += [("float16", "bfloat16"), ("uint8", "int8"), ("int8", "int16"), ("complex128", "complex64")]
    for dtypes in pairs:
        label = " and ".join(dtypes)
        random = generator(seed, label)
        common = promote_types(*dtypes)
        bases = {
            name: base_of(dtype, (2,), np.array([telling(dtype, other, common, random) for _ in range(2)]))
            for name, dtype, other in zip("ab", dtypes, dtypes[::-1], strict=True)
        }
        if dtypes[0] == dtypes[1]:
            bases = {name: filled(dtypes[0], (2,), random) for name in "ab"}
        select = seen_through(dtypes[0], (), fitting(())[1], random)[1]
        yield Row(label, Inputs(bases, {"x": TensorInput("a", select), "y": TensorInput("b", select)}))


def of_tensors(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every dtype, in layouts in turn."""
    shapes: tuple[tuple[int, ...], ...] = ((2, 3), (), (17,), (2, 0), (2, 3, 4))
    for place, (dtype, shape) in enumerate(product(DTYPES, shapes)):
        fit = [layout for layout in fitting(shape) if layout.name != "expanded"]
        layout = fit[(place // len(shapes) + 2 * place) % len(fit)]
        label = f"{dtype} {list(shape)} {layout.name}"
        made, steps = seen_through(dtype, shape, layout, generator(seed, label))
        yield Row(label, Inputs({"a": made}, {"x": TensorInput("a", steps)}))


SIZES: tuple[tuple[int, ...], ...] = (
    (), (0,), (3,), (1,), (2, 3), (2, 0, 3), (1, 1), (17,), (1025,), (65537,), (5, 1, 7), (2, 2, 2, 2, 2), (16, 33), (1, 2, 1, 2, 1, 3),
    (7,), (9,), (31,), (65,),
)  # fmt: skip


def sizes(profile: str, seed: int) -> Iterator[Row]:
    """Every shape with every dtype, and with none asked for."""
    for place, shape in enumerate(SIZES):
        for offset in range(4):
            dtype = [None, *DTYPES][(4 * place + offset) % 13]
            yield encoded(f"{list(shape)} {dtype}", sizes=shape, dtype=dtype)


def negative_sizes(profile: str, seed: int) -> Iterator[Row]:
    """Sizes of which one is negative; the twin's is 1."""
    for shape in ((-1,), (2, -1), (-3, 0), (0, -1)):
        row, legal = (encoded(f"{list(one)}", sizes=one) for one in (shape, (1,)))
        yield Row(row.label, row.inputs, legal.inputs)


def fills(profile: str, seed: int) -> Iterator[Row]:
    """Numbers to fill with, with a dtype asked for and without."""
    numbers = (True, False, 3, -7, 2.5, 0.1, -0.0, _NAN, _INF, 1 + 2j, 0, 2**24 + 1, 2**53 + 1, 2**63 - 1, -(2**63))
    sizes = cycle(((), (3,), (2, 67), (0,), (33,), (1,), (2, 1, 2, 1, 2), (1025,), (7,), (1, 2, 1, 2, 2, 2), (16,)))
    for number, shape in ((number, next(sizes)) for number in numbers for _ in range(4)):
        yield encoded(f"{number!r} in {list(shape)}", sizes=shape, number=number, dtype=None)
    shapes = ((5,), (), (2, 67), (1, 3, 19), (131,))
    asked = (True, 3, 2.5, 0.1, -0.0, _NAN, -_INF, 1 + 2j, 2**24 + 1, 2**53 + 1, -7)
    for place, (number, dtype) in enumerate(product(asked, DTYPES)):
        if _takes(dtype, number):
            shape = shapes[(place + place // len(DTYPES) + seed) % len(shapes)]
            yield encoded(f"{number!r} as {dtype}, {list(shape)}", sizes=shape, number=number, dtype=dtype)


def _takes(dtype: str, number: Any) -> bool:
    """Say whether a dtype takes a number: of its own kind or of a lower one, and within an integer dtype's range."""
    kind = kind_of(dtype)
    if isinstance(number, complex):
        return kind == "complex"
    if kind == "float":
        # Whether a number beyond a half type's range is refused or infinite is documented nowhere.
        return not math.isfinite(number) or abs(number) <= large(dtype)
    if isinstance(number, float) or kind == "complex":
        return kind == "complex"
    return kind == "bool" or np.iinfo(dtype).min <= number <= np.iinfo(dtype).max


BOUNDS: tuple[tuple[Any, ...], ...] = (
    (5,), (0,), (1,), (2, 7), (7, 2, -1), (0, 10, 3), (0, 9, 3), (-5, 5, 2), (5, 0, -2), (3, 3), (0.0, 1.0, 0.25),
    (1, 2, 0.5), (2.5,), (1.0, 0.0, -0.25), (0.5, 17.5), (4.0,), (2**53, 2**53 + 5), (2**31 - 2, 2**31 + 3),
    (2**24 - 1, 2**24 + 4), (2**63 - 4, 2**63 - 1), (-(2**63), -(2**63) + 3), (16,), (17,), (33,), (1025,), (65537,),
    (-1, -1026, -1), (0, 2**40, 2**36), (7,), (8,), (9,), (15,), (31,), (65,), (0.0, 9.0), (63, -2, -1), (0.0, 65.0, 0.5),
)  # fmt: skip


def bounds(profile: str, seed: int) -> Iterator[Row]:
    """Bounds and steps, ints and floats; then every dtype over numbers that it holds."""
    for one in BOUNDS:
        yield encoded(f"{list(one)}", bounds=one, dtype=None)
    for dtype, one in product(DTYPES, ((100,), (3, 90, 7), (20, 0, -3), (0.0, 8.0, 0.5))):
        real = kind_of(dtype) in ("integer", "float")
        if real and (kind_of(dtype) == "float" or not isinstance(one[0], float)):
            yield encoded(f"{list(one)} as {dtype}", bounds=one, dtype=dtype)


def wrong_bounds(profile: str, seed: int) -> Iterator[Row]:
    """Steps of 0 and away from the end; the twin's step leads there."""
    for one in ((1, 5, 0), (5, 1), (1, 5, -1), (0.0, 1.0, 0), (0.0, 1.0, -0.5), (5, 1, 2), (-1,)):
        row, legal = (encoded(f"{list(those)}", bounds=those) for those in (one, (1, 5, 1)))
        yield Row(row.label, row.inputs, legal.inputs)


FLOATS = ("float16", "bfloat16", "float32", "float64")


def default_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Each float dtype as the default, with numbers and an integer or bool tensor that meets it."""
    for dtype in FLOATS:
        data: list[Any] = [[1.5, 2], [0.1, 1e-3], [1, 2], [True, False], 2.5, [[1, 0.5]], []]
        numbers: tuple[complex, ...] = (2.5, True, 3, 0.1)
        if dtype in ("float32", "float64"):
            data += [[1 + 2j], [0.1, 1j], 1j]
            numbers = (*numbers, 1 + 2j)
        # Of each two kinds of numbers, in forms by turns.
        pairs = list(product(permutations(KINDS, 2), FORMS.items()))
        start = (FLOATS.index(dtype) + seed) % len(FORMS)
        mixed = [
            listed(KINDS[one][0], KINDS[other][0])
            for place, ((one, other), (_, listed)) in enumerate(pairs)
            if (place + place // len(FORMS)) % len(FORMS) == start and ("complex" not in (one, other) or len(numbers) > len(KINDS))
        ]  # fmt: skip
        for place, one in enumerate(data):
            operand = ("int64", "int32", "uint8", "bool", "int8", "int16")[place % 6]
            label = f"{dtype}, {_short(one)}, {operand}"
            values = generator(seed, label).integers(0, 2 if operand == "bool" else 100, 9).astype(operand)
            bases = {"x": Base(operand, (9,), bits_of_array(values))}
            inputs = inputs_of(
                bases, data=one, mixed=[mixed[place % len(mixed)], mixed[(place + 1) % len(mixed)]], numbers=numbers
            )
            arguments = {**inputs.arguments, "dtype": PlainInput({"dtype": dtype})}
            yield Row(label, Inputs(inputs.bases, arguments))


def all_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Every dtype; the twin is float64."""
    for dtype in DTYPES:
        yield Row(dtype, encoded("", dtype=dtype).inputs, encoded("", dtype="float64").inputs)


def random_sizes(profile: str, seed: int) -> Iterator[Row]:
    """Every shape with every float dtype, and with none asked for; more elements of the half types."""
    for shape, dtype in product((*SIZES[:9], (64, 32, 3)), (None, *FLOATS)):
        yield encoded(f"{list(shape)} {dtype}", sizes=shape, dtype=dtype)
    # Of this many, some would be rounded up to 1 in a half type.
    for dtype in FLOATS[:2]:
        yield encoded(f"[32769] {dtype}", sizes=(32769,), dtype=dtype)


def seeds(profile: str, seed: int) -> Iterator[Row]:
    """Seeds, with sizes on both sides of where random numbers are drawn in blocks."""
    numbers = (0, 1, 42, 2**31, 2**32 + 1, 2**63 - 1, seed % 2**32)
    for place, size in enumerate((1, 8, 15, 16, 17, 33, 1025)):
        for offset, dtype in enumerate(FLOATS):
            number = numbers[(place + offset) % len(numbers)]
            yield encoded(f"{size} {dtype} seed {number}", sizes=(size,), dtype=dtype, seed=number)


def generators(profile: str, seed: int) -> Iterator[Row]:
    """Seeds of generators of their own."""
    return (replace(row, needs=("generator",)) for row in seeds(profile, seed))


def streams(profile: str, seed: int) -> Iterator[Row]:
    """Streams that are long enough for a mean to tell."""
    for dtype, number in product(FLOATS, range(3)):
        yield encoded(f"{dtype} seed {number}", dtype=dtype, seed=seed % 2**31 + number)


NAMES = {
    "FloatTensor": "float32", "DoubleTensor": "float64", "HalfTensor": "float16", "BFloat16Tensor": "bfloat16",
    "ByteTensor": "uint8", "CharTensor": "int8", "ShortTensor": "int16", "IntTensor": "int32", "LongTensor": "int64",
    "BoolTensor": "bool", "Tensor": "float32",
}  # fmt: skip


def legacy_lists(profile: str, seed: int) -> Iterator[Row]:
    """Every legacy constructor with lists of numbers that its dtype holds."""
    for name, dtype in NAMES.items():
        data: list[Any] = [[1, 0, 1], [[1, 0], [0, 1]], [], [True, False], [[[1]]], (1, 0), [1] * 33]
        if kind_of(dtype) == "integer":
            data += [[0, 1, 127, 128, 255]] if dtype == "uint8" else [edges(dtype).tolist()]
        if kind_of(dtype) == "float":
            data += [[0.5, -2.5, 1], [0.1, _NAN, -_INF, -0.0], [2**24 + 1, 3]]
        for one in data:
            yield encoded(f"{name} {_short(one)}", name=name, data=one)


def legacy_defaults(profile: str, seed: int) -> Iterator[Row]:
    """Lists of numbers, with each float dtype as the default."""
    for dtype in FLOATS:
        for data in ([1, 2], [0.1, -2.5, 3], [[True], [False]], [], (2**24 + 1, 0.5)):
            yield encoded(f"{dtype} {_short(data)}", data=data, dtype=dtype)


def legacy_sizes(profile: str, seed: int) -> Iterator[Row]:
    """Every legacy constructor with sizes, and with nothing."""
    shapes: tuple[tuple[int, ...], ...] = ((), (3,), (2, 3), (0,), (2, 0, 3), (1,), (5, 1, 7), (1025,))
    for place, name in enumerate(NAMES):
        for offset in (0, 3, 6):
            shape = shapes[(place + offset) % len(shapes)]
            yield encoded(f"{name} {list(shape)}", name=name, sizes=shape)


def scalar_input(dtype: str, value: Any) -> NumpyScalarInput:
    """Give a NumPy scalar."""
    return NumpyScalarInput(dtype, bits_of_array(np.array(value).astype(numpy_dtype(dtype))))


def legacy_scalars(profile: str, seed: int) -> Iterator[Row]:
    """Legacy constructors with lists of NumPy scalars of every dtype of their kind."""
    for name, dtype in NAMES.items():
        for scalar in DTYPES:
            if scalar != "bfloat16" and kind_of(scalar) == kind_of(dtype):
                inputs = Inputs({}, {"one": scalar_input(scalar, 1), "name": PlainInput(encode_plain(name))})
                yield Row(f"{name} of {scalar}", inputs)


def conversions(profile: str, seed: int) -> Iterator[Row]:
    """Tensors with a dtype that they have, or another, or none."""
    for row in of_tensors(profile, seed):
        for dtype in ("float32", "int64", "complex128", None):
            own = row.label.split()[0]
            if own.startswith("complex") and dtype in ("float32", "int64"):
                continue
            if kind_of(own) == "float" and dtype == "int64":
                continue
            plain = encoded("", dtype=dtype).inputs.arguments
            inputs = Inputs(row.inputs.bases, {**row.inputs.arguments, **plain})
            yield replace(row, label=f"{row.label} as {dtype}", inputs=inputs)
