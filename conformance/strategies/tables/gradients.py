"""Tables of gradients: leaves, operands and incoming gradients of every dtype and layout, on values that stay exact.

Leaves and gradients hold small whole numbers, divisors are powers of two, and means are over 2**k elements: so sums and
products of them are exact in every dtype that a row uses, in any order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import cycle, permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import (
    Argument,
    Base,
    Inputs,
    PlainInput,
    TensorInput,
    bits_of_array,
    decode_plain,
    encode_plain,
)
from conformance.reference.promotion import Operand as Promoted
from conformance.reference.promotion import UnknownResultError, number_dtype, result_type
from conformance.reference.tensor import dense
from conformance.strategies.covering import pairwise
from conformance.strategies.layouts import ALL, LAYOUTS, fitting
from conformance.strategies.rows import Row
from conformance.strategies.tables import sharing
from conformance.strategies.tables.making import factor, product_needs
from conformance.strategies.tables.reading import encoded
from conformance.strategies.values import generator

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOATS = ("float32", "float64", "bfloat16", "float16", "complex64", "complex128")
WIDE = ("float32", "float64", "complex64", "complex128")
HALF = ("float16", "bfloat16")
# More terms of a sum than these are not exact in bfloat16.
MOST_HALF_TERMS = 33
OPERATIONS = ("add", "sub", "mul", "div")
# The layouts that every shape of some dimensions can have, and two further ones, by the shape.
PLACES = tuple(range(len(LAYOUTS) + 2))
# Of an incoming gradient beside two other layouts: dense, transposed, with an offset, one element seen several times, a further one.
FEW_PLACES = (0, 1, 4, 7, 9)
# One number that is not finite, in the incoming gradient or in an operand: what lies beside it must not notice.
SPECIAL = (None, ("gradient", "inf"), ("gradient", "nan"), ("x", "inf"), ("y", "nan"))

FACTORS: tuple[float, ...] = (-2, -1, 1, 2)
UNITS: tuple[float, ...] = (-1, 1)
LARGER = (-5, -3, -2, -1, 1, 2, 3)
# A seed of this one tells whose values an operand holds; complex ones are turned by a power of i.
_TURNS = (1, 1j, -1, -1j)


@dataclass(frozen=True)
class Operand:
    """A tensor argument: dtype, shape, layout, the numbers from which its elements are drawn, whether it is a leaf, and a number at one place."""

    dtype: str
    shape: tuple[int, ...]
    layout: str = "dense"
    values: tuple[float, ...] = FACTORS
    leaf: bool = True
    special: str | None = None

    def base(self, random: np.random.Generator) -> Base:
        """Give the base of random elements that it is seen in."""
        shape = ALL[self.layout].base(self.shape)
        drawn = random.choice(self.values, shape)
        if self.special is not None and drawn.size:
            drawn = drawn.astype(np.float64)
            drawn.reshape(-1)[random.integers(drawn.size)] = float(self.special)
        if kind_of(self.dtype) == "complex":
            drawn = drawn * random.choice(_TURNS, shape)
        if self.dtype in ("bool", "uint8"):
            drawn = np.abs(drawn)
        return Base(self.dtype, shape, bits_of_array(np.asarray(drawn).astype(numpy_dtype(self.dtype))))


def _inputs(operands: dict[str, Operand], random: np.random.Generator, **plain: Any) -> Inputs:
    bases = {name: one.base(random) for name, one in operands.items()}
    tensors = {
        name: TensorInput(name, ALL[one.layout].steps(one.shape), requires_grad=one.leaf)
        for name, one in operands.items()
    }
    return Inputs(bases, {**tensors, **{name: PlainInput(_encoded(value)) for name, value in plain.items()}})


def _encoded(value: Any) -> Any:
    """Encode a plain value; the name of a dtype stands for it."""
    return {"dtype": value} if isinstance(value, str) and value in DTYPES else encode_plain(value)


def _row(label: str, seed: int, operands: dict[str, Operand], needs: tuple[str, ...] = (), **plain: Any) -> Row:
    return Row(label, _inputs(operands, generator(seed, label), **plain), needs=needs)


def _refused(label: str, seed: int, refused: dict[str, Any], legal: dict[str, Any]) -> Row:
    """Make a row that is refused, and its legal twin: operands and plain values by name."""

    def made(chosen: dict[str, Any]) -> Inputs:
        tensors = {name: one for name, one in chosen.items() if isinstance(one, Operand)}
        plain = {name: one for name, one in chosen.items() if not isinstance(one, Operand)}
        return _inputs(tensors, generator(seed, label), **plain)

    return Row(label, made(refused), made(legal))


# Whole numbers times this have as many digits as a dtype holds beside their sums, so that a step in a narrower dtype shows.
_FINE = {"float32": 2.0**-12, "complex64": 2.0**-12, "float64": 2.0**-30, "complex128": 2.0**-30}
# Of more elements, sums may round.
MOST_FINE = 600


def _fine(values: tuple[float, ...], dtype: str, shape: tuple[int, ...]) -> tuple[float, ...]:
    """Give numbers with more digits, of which sums over a shape are exact in a dtype."""
    return tuple(value * (1 + _FINE.get(dtype, 0)) for value in values) if math.prod(shape) < MOST_FINE else values


def _fits(layout: str, shape: tuple[int, ...]) -> bool:
    return len(shape) >= LAYOUTS[layout].least


def _layouts(shape: tuple[int, ...]) -> list[str]:
    return [name for name in LAYOUTS if _fits(name, shape)]


def _promoted(*operands: Operand) -> str | None:
    """Give the dtype of a result, or None where the suite does not know it."""
    try:
        return result_type([Promoted(one.dtype, "dimensioned" if one.shape else "zero-dim") for one in operands])
    except UnknownResultError:
        return None


# --- arithmetic ---

BROADCASTS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((3, 4), (3, 4)), ((3, 1), (1, 4)), ((2, 3), (3,)), ((3,), (2, 3)), ((1,), (5,)), ((4, 1, 3), (2, 1)), ((2, 3), ()),
    ((), (4,)), ((), ()), ((1, 1), (3, 2)), ((2, 1, 1, 3), (4, 1, 1)), ((1,), ()), ((0, 3), (1, 3)),
    ((2, 3), (1, 1, 1)), ((17,), (17,)), ((33, 1), (33, 5)), ((1,), (1, 1)), ((5, 1, 2), (5, 3, 2)),
    ((2, 1, 2, 1, 2), (3, 1, 3, 1)), ((1, 2, 1, 2, 1, 3), (2, 2, 1, 2, 1)),
)  # fmt: skip
LARGE: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((1025,), (1025,)), ((1025,), ()), ((40, 30, 1), (1, 33)), ((33000,), (33000,)), ((), (33000,)), ((129, 256), (256,)),
    ((129, 256), (129, 1)),
)  # fmt: skip
LEAVES = ("both", "left", "right")


def _broadcast(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(np.broadcast_shapes(*shapes))


def _laid(number: int, shape: tuple[int, ...]) -> str:
    """Give the layout of a number, counted through those that fit a shape: plans that need no check are cheap."""
    if number < len(LAYOUTS):
        known = _layouts(shape)
        return known[number % len(known)]
    further = [one.name for one in fitting(shape) if one.name not in LAYOUTS]
    return further[(number + sum(shape)) % len(further)] if further else "dense"


def _arithmetic_row(
    seed: int,
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    operation: str,
    dtypes: tuple[str, str],
    layouts: tuple[str, str, str] = ("dense", "dense", "dense"),
    leaves: str = "both",
    values: tuple[float, ...] = FACTORS,
    incoming: tuple[float, ...] | None = None,
    special: tuple[str, str] | None = None,
    **plain: Any,
) -> Row:
    result = _promoted(*(Operand(dtype, shape) for dtype, shape in zip(dtypes, shapes, strict=True)))
    exact = UNITS if any(dtype in HALF for dtype in dtypes) else FACTORS
    if dtypes[0] == dtypes[1] and values == FACTORS:
        exact = _fine(exact, dtypes[0], _broadcast(shapes))
    operands = {
        "x": Operand(dtypes[0], shapes[0], layouts[0], values, leaves != "right" and dtypes[0] in FLOATS),
        "y": Operand(dtypes[1], shapes[1], layouts[1], values, leaves != "left" and dtypes[1] in FLOATS),
        "gradient": Operand(result or "float32", _broadcast(shapes), layouts[2], incoming or exact, leaf=False),
    }
    if special is not None and all(dtype in FLOATS[:4] for dtype in dtypes):
        operands[special[0]] = replace(operands[special[0]], special=special[1])
        plain_special = f", {special[1]} in {special[0]}"
    else:
        plain_special = ""
    laid = f" ({', '.join(layouts)})" if set(layouts) != {"dense"} else ""
    extra = "".join(f", {value}" for value in plain.values()) + (f", of size {values[-1]}" if values != FACTORS else "")
    label = (
        f"{dtypes[0]} {list(shapes[0])} {operation} {dtypes[1]} {list(shapes[1])}{laid}, {leaves}{extra}{plain_special}"
    )
    return _row(label, seed, operands, operation=operation, **plain)


def _planned_row(seed: int, one: dict[str, Any], layouts: tuple[str, str, str]) -> Row:
    """Give the row of a plan's combination, both operands of its dtype."""
    names = {name: one[name] for name in ("special", "spelling")}
    return _arithmetic_row(
        seed, one["shapes"], one["operation"], (one["dtype"], one["dtype"]), layouts, one["leaves"], **names
    )


# So many ones, a half type holds their sum, and adding up in it comes to a stop before.
_MANY_TERMS = {"bfloat16": 300, "float16": 4100}
# Powers of two whose squares a dtype does not hold, while each gradient of two of them is in its range.
_EXTREMES = {
    "float16": (2.0**9, 2.0**-13),
    "bfloat16": (2.0**80, 2.0**-80),
    "float32": (2.0**80, 2.0**-80),
    "float64": (2.0**600, 2.0**-600),
}


def arithmetic(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of operation, dtype, layouts, spelling, broadcasting and which operand is a leaf; sizes past thresholds; plain calls whole."""
    plan = pairwise({
        "shapes": BROADCASTS, "operation": OPERATIONS, "dtype": FLOATS, "x": PLACES, "y": PLACES, "gradient": PLACES,
        "leaves": LEAVES, "spelling": ("operator", "function", "method"), "special": (None,),
    })  # fmt: skip
    plan += pairwise({
        "shapes": BROADCASTS[::3], "operation": OPERATIONS, "dtype": FLOATS, "x": FEW_PLACES, "y": FEW_PLACES, "gradient": FEW_PLACES,
        "leaves": LEAVES, "spelling": ("keywords", "alias", "scaled", "operator"), "special": SPECIAL,
    })  # fmt: skip
    for one in plan:
        left, right = one["shapes"]
        layouts = _laid(one["x"], left), _laid(one["y"], right), _laid(one["gradient"], _broadcast(one["shapes"]))
        yield _planned_row(seed, one, layouts)
    for operation, dtype, spelling in product(OPERATIONS, FLOATS, ("operator", "function", "method")):
        plain = ((2, 3), (2, 3)), operation, (dtype, dtype), ("dense", "dense", "dense")
        yield _arithmetic_row(seed, *plain, "both", spelling=spelling)
    for (dtype, sizes), operation in product(_EXTREMES.items(), ("mul", "div")):
        for size in sizes:
            yield _arithmetic_row(
                seed, ((3, 4), (3, 4)), operation, (dtype, dtype), values=(-size, size), spelling="operator"
            )
    for (dtype, terms), form in product(_MANY_TERMS.items(), ("all", "rows", "columns")):
        broadcast = {"all": ((terms,), ()), "rows": ((3, terms), (3, 1)), "columns": ((2,), (terms, 2))}[form]
        for operation in ("add", "mul"):
            yield _arithmetic_row(
                seed, broadcast, operation, (dtype, dtype), values=(1,), incoming=(1,), spelling="operator"
            )
    for number, shapes in enumerate(LARGE):
        for operation, dtype in (("mul", "float32"), (("add", "sub", "div")[number % 3], WIDE[number % 4])):
            yield _arithmetic_row(seed, shapes, operation, (dtype, dtype), spelling="operator")


def mixed_dtypes(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes of which one has gradients, with dimensions and without."""
    shapes = cycle((((2, 3), (2, 3)), ((3,), ()), ((), (3,)), ((2, 1), (3,))))
    operations = cycle(OPERATIONS)
    for left, right in product(DTYPES, DTYPES):
        if left == right or not {left, right} & set(FLOATS):
            continue
        shape, operation = next(shapes), next(operations)
        operands = Operand(left, shape[0]), Operand(right, shape[1])
        if _promoted(*operands) is None or kind_of(_promoted(*operands) or "") not in ("float", "complex"):
            shape = ((2, 3), (2, 3))
            if _promoted(*(Operand(dtype, (2, 3)) for dtype in (left, right))) is None:
                continue
        if "bool" in (left, right) and operation == "sub":
            operation = "mul"
        if right == "bool" and operation == "div":
            operation = "add"
        yield _arithmetic_row(seed, shape, operation, (left, right), spelling="operator")


def mixed_losses(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes that have gradients or of which one has, with targets in every layout and of size 1."""
    layouts = cycle(LAYOUTS)
    shapes = cycle((((4, 2), (4, 2)), ((4, 2), (2,)), ((4, 2), (4, 1)), ((4,), ()), ((2, 1), (1, 4)), ((8,), (8,))))
    for left, right in product((*FLOATS[:4], "int32"), (*FLOATS[:4], "int64")):
        if not {left, right} & set(FLOATS):
            continue
        (first, second), layout = next(shapes), next(layouts)
        operands = {
            "x": Operand(left, first, layout if _fits(layout, first) else "dense", UNITS, left in FLOATS),
            "y": Operand(right, second, layout if _fits(layout, second) else "dense", UNITS, right in FLOATS),
        }
        yield _row(f"{left} {list(first)} {right} {list(second)} ({layout})", seed, operands)


NUMBERS = (True, 2, -4, 0.5, 2j, 0, 1, -1.0, 0.0, float("inf"))
DEFAULTS = (None, "float64", "float32", "bfloat16", "float16")
NUMBERS_BY = ("operator", "method", "function")


def numbers(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtype, kind of Python number, operation with its side, shape, default dtype and spelling."""
    sides = tuple(product(OPERATIONS, (False, True)))
    axes = {
        "number": NUMBERS, "side": sides, "dtype": FLOATS, "shape": ((2, 3), (), (4,), (1,), (0,), (17,), (2, 1, 2, 1, 2)),
        "default": DEFAULTS, "spelling": NUMBERS_BY,
    }  # fmt: skip
    plan = pairwise(axes)
    # What a default dtype changes, it changes of the dtype that is meant by most programs.
    plan += [
        {"number": number, "side": side, "dtype": "float32", "shape": shape, "default": default, "spelling": "operator"}
        for side, (number, shape, default) in product(sides, ((0.5, (), "float64"), (2, (2,), "bfloat16")))
    ]
    for one in plan:
        number, (operation, reflected), dtype, shape = one["number"], one["side"], one["dtype"], one["shape"]
        if operation == "sub" and isinstance(number, bool):
            continue
        if kind_of(dtype) == "complex" and (number in (0, float("inf"))):
            # What a complex number over zero or times infinity is, is open.
            number = 4
        default = None if isinstance(number, complex) else one["default"]
        spelling = "operator" if reflected else one["spelling"]
        try:
            kind = number_dtype(number)
            result = result_type([Promoted(dtype, "dimensioned" if shape else "zero-dim"), Promoted(kind, "number")])
        except UnknownResultError:
            continue
        fine = _fine(FACTORS, dtype, shape)
        operands = {"x": Operand(dtype, shape), "gradient": Operand(result, shape, values=fine, leaf=False)}
        label = (
            f"{dtype} {list(shape)} {operation} {number!r}{' reflected' if reflected else ''}, {spelling}, {default}"
        )
        plain = {"number": number, "operation": operation, "reflected": reflected, "spelling": spelling}
        yield _row(label, seed, operands, **plain, default=default)


IN_PLACE: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 4), (3, 1)), ((3, 4), ()), ((2, 3, 2), (1, 3, 1)), ((), ()), ((17,), (1,)),
    ((2, 0), (2, 1)), ((1, 4), (4,)), ((2, 1, 2, 1, 3), (1, 2, 1, 1)),
)  # fmt: skip


def in_place(profile: str, seed: int) -> Iterator[Row]:
    """Every operation that writes into its left operand, over dtypes, broadcasting, layouts and either spelling."""
    plan = pairwise({
        "shapes": IN_PLACE, "operation": OPERATIONS, "dtype": FLOATS, "y": PLACES, "gradient": FEW_PLACES, "leaves": LEAVES,
        "spelling": ("operator", "method", "scaled"), "special": SPECIAL,
    })  # fmt: skip
    for one in plan:
        target, other = one["shapes"]
        layouts = "dense", _laid(one["y"], other), _laid(one["gradient"], target)
        yield _planned_row(seed, one, layouts)
    pairs = (("float64", "float32"), ("float32", "float64"), ("float32", "int64"), ("complex64", "float32"))
    for number, (dtypes, operation) in enumerate(product((*pairs, ("float32", "bfloat16")), OPERATIONS)):
        shapes = IN_PLACE[number % 4]
        row = _arithmetic_row(seed, shapes, operation, dtypes, spelling="operator")
        gradient = Operand(dtypes[0], shapes[0], leaf=False)
        made = _inputs({"gradient": gradient}, generator(seed, row.label))
        bases = {**row.inputs.bases, **made.bases}
        yield Row(row.label, Inputs(bases, {**row.inputs.arguments, **made.arguments}))


# --- products, means, cat, casts ---

PRODUCTS: tuple[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 3), (3, 4), (2, 4)), ((1, 3), (3, 1), (1, 1)), ((5, 1), (1, 7), (5, 7)), ((3,), (3,), ()), ((3,), (3, 2), (2,)),
    ((2, 3), (3,), (2,)), ((17, 8), (8, 9), (17, 9)), ((2, 2, 3), (3, 4), (2, 2, 4)), ((2, 2, 3), (2, 3, 4), (2, 2, 4)),
    ((3, 1, 2, 3), (2, 3, 2), (3, 2, 2, 2)), ((2, 3), (4, 3, 1), (4, 2, 1)), ((2, 0), (0, 3), (2, 3)),
    ((0, 3), (3, 2), (0, 2)), ((3,), (2, 3, 2), (2, 2)), ((2, 4, 3), (3,), (2, 4)), ((4, 4), (4, 4), (4, 4)),
    ((1, 2, 3), (5, 3, 2), (5, 2, 2)), ((2, 1, 2, 2, 3), (3, 1, 3, 2), (2, 3, 2, 2, 2)), ((3, 2, 2), (2, 3), (3, 2, 3)),
)  # fmt: skip


def products(profile: str, seed: int) -> Iterator[Row]:
    """Vectors, matrices and batches of every dtype, in every layout on either side and of the incoming gradient."""
    # Which of the layouts that fit is counted over a plan of its own, since few fit a vector.
    plan = pairwise(
        {"shapes": PRODUCTS, "dtype": FLOATS, "leaves": LEAVES, "spelling": ("operator", "function", "method", "mm")}
    )
    plan += pairwise({"shapes": PRODUCTS[::2], "dtype": FLOATS[:4], "leaves": LEAVES, "special": SPECIAL[1:]})
    places = cycle(pairwise({"x": PLACES, "y": PLACES, "gradient": PLACES}))
    for one in plan:
        chosen = next(places)
        laid = {
            name: _laid(chosen[name], shape) for name, shape in zip(("x", "y", "gradient"), one["shapes"], strict=True)
        }
        yield _product_row(seed, {**one, **laid})
    for number, shapes in enumerate((((64, 33), (33, 65), (64, 65)), ((2, 16500), (16500, 2), (2, 2)))):
        for dtype in WIDE[number % 2 :: 2]:
            chosen = dict.fromkeys(("x", "y", "gradient"), "dense")
            yield _product_row(seed, {"shapes": shapes, "dtype": dtype, "leaves": "both", **chosen})


def _product_row(seed: int, one: dict[str, Any]) -> Row:
    left, right, result = one["shapes"]
    dtype, leaves = one["dtype"], one["leaves"]
    operands = {
        "x": Operand(dtype, left, one["x"], FACTORS, leaves != "right"),
        "y": Operand(dtype, right, one["y"], FACTORS, leaves != "left"),
        "gradient": Operand(dtype, result, one["gradient"], _fine(FACTORS, dtype, result), leaf=False),
    }
    matrices = len(left) == len(right) == 2  # noqa: PLR2004 - a matrix has two
    label = f"{dtype} {list(left)} @ {list(right)} ({one['x']}, {one['y']}, {one['gradient']}), {leaves}"
    if one.get("special") is not None:
        name, number = one["special"]
        operands[name] = replace(operands[name], special=number)
        label += f", {number} in {name}"
    spelling = one.get("spelling") or ("operator", "function", "method")[len(label) % 3]
    spelling = "operator" if spelling == "mm" and not matrices else spelling
    needs = product_needs(dtype)
    return _row(f"{label}, {spelling}", seed, operands, needs, spelling=spelling)


MEANS: tuple[tuple[tuple[int, ...], Any], ...] = (
    ((4, 2), None), ((4, 2), 0), ((4, 2), 1), ((4, 2), -1), ((2, 4, 8), (0, 2)), ((2, 4, 8), (-1, -3)), ((2, 4, 8), 1), ((), None),
    ((1,), 0), ((1, 4), 0), ((3, 1), 1), ((16,), None), ((2, 0, 4), 0), ((3, 4, 5), 1), ((4, 1, 2), (0, 1)), ((1,), None),
    ((32, 3), 0), ((3, 32), 1), ((4, 2), (0, 1)), ((2, 1, 2, 2, 4), (1, -1)), ((2, 2, 1, 2, 1, 2), (0, -4, 5)), ((2, 4, 8), [2, 0]),
)  # fmt: skip


def means(profile: str, seed: int) -> Iterator[Row]:
    """Means over all, one and several dimensions, kept or not, of leaves and incoming gradients in every layout."""
    plan = pairwise({
        "mean": MEANS, "dtype": FLOATS, "keepdim": (False, True), "by_name": (False, True), "typed": (False, True),
        "special": (None, "inf", "nan"),
    })  # fmt: skip
    places = cycle((*PLACES, 0))
    for one in plan:
        shape, dim = one["mean"]
        layout = _laid(next(places), shape)
        named = (
            range(len(shape)) if dim is None else {n % len(shape) for n in ((dim,) if isinstance(dim, int) else dim)}
        )
        keepdim = one["keepdim"] and dim is not None
        result = tuple(1 if n in named else size for n, size in enumerate(shape) if keepdim or n not in named)
        label = f"{one['dtype']} {list(shape)} ({layout}) over {dim}{', kept' if keepdim else ''}{', by name' if one['by_name'] else ''}"
        dtype, special = one["dtype"], one["special"]
        real = kind_of(dtype) == "float"
        typed = {"float32": "float64", "complex64": "complex128"}.get(dtype, "float32" if real else dtype)
        random = generator(seed, f"{label} layout")
        laid = str(random.choice(_layouts(result)))
        operands = {
            "x": Operand(dtype, shape, layout),
            "gradient": Operand(
                typed if one["typed"] else dtype,
                result,
                laid,
                FACTORS if one["typed"] else _fine(FACTORS, dtype, result),
                leaf=False,
                special=special if real else None,
            ),
        }
        label += f"{', typed' if one['typed'] else ''}{f', {special}' if real and special else ''}"
        plain = {"dim": dim, "keepdim": keepdim, "by_name": one["by_name"], "dtype": typed if one["typed"] else None}
        yield _row(label, seed, operands, **plain)
    wide = {"x": Operand("float32", (256, 256)), "gradient": Operand("float32", (), leaf=False)}
    yield _row("float32 of 65536 elements", seed, wide, dim=None, keepdim=False, by_name=False, dtype=None)


JOINED: tuple[tuple[tuple[tuple[int, ...], ...], int], ...] = (
    (((2, 3), (2, 3)), 0), (((2, 3), (4, 3)), 0), (((2, 3), (2, 1)), 1), (((2, 3), (2, 1)), -1), (((3,), (1,)), 0),
    (((2, 3), (0, 3)), 0), (((0,), (2, 3)), 1), (((2, 1, 3), (2, 4, 3)), -2), (((1, 1), (1, 1)), 1), (((33, 2), (1, 2)), 0),
    (((2, 1, 1, 2, 3), (2, 1, 2, 2, 3)), -3),
)  # fmt: skip
# So many operands: those are two, the first again, and both in turn up to more than a kernel may be given at once.
OPERANDS = (2, 3, 9, 31, 65)
JOINED_DTYPES = (
    ("float32", "float32"), ("float32", "float64"), ("bfloat16", "float16"), ("complex64", "float32"), ("float64", "int32"),
    ("float16", "float16"), ("bool", "float32"), ("bfloat16", "bfloat16"), ("complex128", "complex64"),
)  # fmt: skip


def in_one_memory(profile: str, seed: int) -> Iterator[Row]:
    """Two parts of one leaf, which share elements, with each operation of two operands."""
    kinds = (
        ("add", sharing.broadcasts, 9),
        ("mul", sharing.broadcasts, 8),
        ("matmul", sharing.multiplies, 7),
        ("cat", sharing.joins, 7),
    )
    for operation, fits, every in kinds:
        for text, layout, first, second, _ in sharing.reads(seed, every, fits):
            dtype = ("float32", "float64")[len(text) % 2]
            label = f"{text}, {dtype} {operation}"
            made, before = factor(dtype, sharing.SQUARE, layout, generator(seed, label))
            steps = [
                [(one.op, [decode_plain(part, str) for part in one.args]) for one in part] for part in (first, second)
            ]
            plain = {"first": steps[0], "second": steps[1], "operation": operation}
            arguments: dict[str, Argument] = {name: PlainInput(encode_plain(value)) for name, value in plain.items()}
            yield Row(label, Inputs({"x": made}, {"x": TensorInput("x", before, requires_grad=True), **arguments}))


def joined(profile: str, seed: int) -> Iterator[Row]:
    """Two tensors in turn, up to many operands, along every dim, of one dtype and of several, in every layout."""
    plan = pairwise({
        "shapes": JOINED, "dtypes": JOINED_DTYPES, "x": PLACES, "y": PLACES, "gradient": FEW_PLACES, "number": OPERANDS, "by_name": (False, True),
        "special": (None, "inf", "nan"),
    })  # fmt: skip
    # Few operands first: of the rows that fail it is the first that is shown.
    for one in sorted(plan, key=lambda one: int(one["number"])):
        (left, right), dim = one["shapes"]
        number = one["number"]
        parts = ([left, right] * number)[:number]
        shaped = [part for part in parts if part != (0,)]
        whole = list(shaped[0])
        whole[dim] = sum(part[dim] for part in shaped)
        dtypes = one["dtypes"]
        result = _promoted(*(Operand(dtype, (1,)) for dtype in dtypes)) or "float32"
        operands = {
            name: Operand(dtype, shape, _laid(one[name], shape), FACTORS, dtype in FLOATS)
            for name, dtype, shape in zip("xy", dtypes, (left, right), strict=True)
        }
        special = one["special"] if kind_of(result) == "float" else None
        values = _fine(FACTORS, result, tuple(whole)) if dtypes[0] == dtypes[1] else FACTORS
        operands["gradient"] = Operand(
            result, tuple(whole), _laid(one["gradient"], tuple(whole)), values, leaf=False, special=special
        )
        laid = f"({', '.join(operand.layout for operand in operands.values())})"
        label = f"{' '.join(dtypes)} of {list(left)} {list(right)} along {dim} {laid}, {number} of them"
        label += f"{', by name' if one['by_name'] else ''}{f', {special}' if special else ''}"
        yield _row(label, seed, operands, dim=dim, number=number, by_name=one["by_name"])


# Ways to ask for a dtype.
CAST_BY = ("to", "type", "name", "keyword", "other tensor", "device and dtype", "copy", "written")
_BITS = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53, "complex64": 24, "complex128": 53}


def _rounding_values(source: str, target: str) -> tuple[float, ...]:
    """Give numbers that a dtype holds exactly and another may round: up, down, and to even from the middle.

    They have two bits more than the other dtype holds, so that it is the same whether they are rounded once or through float32.
    """
    step = 2.0 ** -(_BITS[source] + 1)
    return tuple(1 + number * step for number in range(8)) if _BITS[target] > _BITS[source] + 1 else FACTORS


def casts(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes that have gradients, there and back, of leaves in every layout, in every spelling, with gradients that are rounded."""
    layouts, spellings = cycle(LAYOUTS), cycle(CAST_BY)
    for turn, source, target in product((0, 1), FLOATS, FLOATS):
        if (kind_of(source), kind_of(target)) == ("complex", "float"):
            continue
        layout, spelling = next(layouts), next(spellings)
        values = _rounding_values(source, target) if turn else FACTORS
        operands = {
            "x": Operand(source, (2, 3), layout),
            "gradient": Operand(target, (2, 3), next(layouts), values, leaf=False),
        }
        label = f"{source} to {target} ({layout}), {spelling}{', rounded' if turn else ''}"
        yield _row(label, seed, operands, dtype=target, spelling=spelling)


# --- views ---

_ALL = slice(None)
# Each as (leaf's shape, name of the method or `index`, its arguments).
FIRST: tuple[tuple[tuple[int, ...], str, Any], ...] = (
    ((2, 3, 4), "permute", (2, 0, 1)), ((2, 3, 4), "permute", (1, 0, 2)), ((2, 3, 4), "transpose", (0, 2)),
    ((2, 3, 4), "transpose", (-1, -2)), ((3, 4), "t", ()), ((3,), "t", ()), ((2, 3, 4), "unsqueeze", (0,)),
    ((2, 3, 4), "unsqueeze", (-1,)), ((2, 3, 4), "view", (6, 4)), ((2, 3, 4), "reshape", (-1,)), ((2, 3, 4), "reshape", (4, 6)),
    ((2, 3, 4), "index", 1), ((2, 3, 4), "index", (_ALL, 1)), ((2, 3, 4), "index", (..., -1)), ((2, 3, 4), "index", (_ALL, slice(None, None, 2))),
    ((2, 3, 4), "index", (slice(1, None), _ALL, slice(1, 3))), ((2, 3, 4), "index", None), ((2, 3, 4), "index", (0, 1, 2)),
    ((2, 3, 4), "index", (_ALL, slice(2, 2))), ((2, 3, 4), "index", slice(5, 9)), ((2, 3, 4), "index", (..., None, 0)),
    ((2, 3, 4), "expand", (5, 2, 3, 4)), ((2, 1, 4), "expand", (2, 3, 4)), ((2, 1, 4), "expand", (5, -1, 3, -1)), ((), "expand", (3,)),
    ((1,), "expand", (17,)), ((2, 1, 4), "squeeze", ()), ((2, 1, 4), "squeeze", (1,)), ((2, 1, 4), "squeeze", (0,)), ((1,), "squeeze", ()),
    ((), "unsqueeze", (0,)), ((), "view", (1, 1)), ((9,), "index", slice(1, None, 3)), ((33,), "index", slice(None, -1)),
    ((0, 3), "t", ()), ((0, 3), "index", (_ALL, slice(None, None, 2))), ((2, 1, 4), "index", (1, 0)), ((4, 4), "index", (-1, slice(1, None))),
    ((2, 3, 4), "clone", ()), ((1, 3), "expand", (4, 3)), ((2, 1, 2, 3, 2), "permute", (4, 2, -5, 3, 1)),
    ((2, 1, 2, 1, 1, 2), "expand", (2, 3, 2, 1, 2, 2)), ((1, 2, 2, 1, 3, 1), "squeeze", ()), ((2, 2, 3, 2, 2), "index", (..., 1, _ALL, slice(1, None))),
    ((2, 1, 3, 2, 2, 2), "reshape", (4, -1)), ((2, 2, 3, 2), "index", (slice(None, None, 2), _ALL, slice(1, None), 0)),
)  # fmt: skip
# A chain's steps as methods, as functions, and with their sizes or dims in one tuple.
VIEWED_BY = ("method", "function", "tuple")
SECOND: tuple[tuple[str, Any], ...] = (
    ("index", 0), ("index", (..., -1)), ("unsqueeze", (-1,)), ("squeeze", ()), ("transpose", (0, -1)), ("reshape", (-1,)),
    ("index", (..., slice(None, None, 2))), ("index", slice(1, None)), ("index", (None, ..., None)),
)  # fmt: skip
Chain = tuple[tuple[str, Any], ...]


def _shown(operand: Operand, chain: Chain) -> tuple[int, ...] | None:
    """Give the shape that a chain of view operations shows, or None where one of them is refused."""
    shape = ALL[operand.layout].base(operand.shape)
    tensor = dense(np.zeros(shape, dtype=np.bool_), "bool")
    steps = [(step.op, step.args) for step in ALL[operand.layout].steps(operand.shape)]
    for name, arguments in steps:
        tensor = tensor[_plain_key(arguments[0])] if name == "index" else getattr(tensor, name)(*arguments)
    for name, arguments in chain:
        try:
            shown = tensor[arguments] if name == "index" else _step(tensor, name, arguments)
        except (RuntimeError, IndexError):
            return None
        tensor = shown
    return tuple(tensor.shape)


def _plain_key(stored: Any) -> Any:
    from conformance.program import decode_plain

    return decode_plain(stored, str)


def _step(tensor: Any, name: str, arguments: Any) -> Any:
    # A reshape of a copy has the same shape as one that copies.
    return tensor.clone().view(*arguments) if name == "reshape" else getattr(tensor, name)(*arguments)


def _chained(chain: Chain) -> str:
    return " ".join(
        f"{name}{arguments!r}" if name == "index" else f"{name}{tuple(arguments)!r}" for name, arguments in chain
    )


def _dims() -> Iterator[tuple[tuple[int, ...], str, tuple[int, ...]]]:
    """Give every order and pair of three dims, and every place of a dim, each counted from either end."""
    ends = tuple(product((0, -3), repeat=3))
    for number, (order, end) in enumerate(product(permutations(range(3)), ends)):
        dims = tuple(dim + start for dim, start in zip(order, end, strict=True))
        # Of equal sizes a wrong order shows in the values alone.
        yield (3, 3, 3) if number % 2 else (2, 3, 4), "permute", dims
    for pair in product(range(-3, 3), repeat=2):
        yield (2, 3, 4), "transpose", pair
    for dim in range(-4, 4):
        yield (2, 3, 4), "unsqueeze", (dim,)
    for dim in range(-3, 3):
        yield (1, 3, 1), "squeeze", (dim,)


def _chains() -> Iterator[tuple[tuple[int, ...], Chain]]:
    for shape, name, arguments in _dims():
        yield shape, ((name, arguments),)
    for number, (shape, name, arguments) in enumerate(FIRST):
        first = (name, arguments)
        yield shape, (first,)
        # A third of the second operations after each: all of them after three neighbours.
        for second in SECOND[number % 3 :: 3]:
            yield shape, (first, second)


def views(profile: str, seed: int) -> Iterator[Row]:
    """Chains of one and two view operations of leaves in every layout, with incoming gradients in every layout."""
    dtypes, spellings, specials = cycle((*FLOATS, "float32")), cycle(VIEWED_BY), cycle((None, None, "inf", None, "nan"))
    for number, (shape, chain) in enumerate(_chains()):
        if profile == "smoke" and len(chain) > 1:
            continue
        dtype = next(dtypes)
        for which in (0, 1) if number % 8 == 0 else (number % 2,):
            spelling, special = next(spellings), next(specials)
            special = special if kind_of(dtype) == "float" else None
            label = f"{dtype} {list(shape)} {_chained(chain)} ({which}), {spelling}{f', {special}' if special else ''}"
            random = generator(seed, f"{label} layouts")
            leaf = Operand(dtype, shape, str(random.choice([one.name for one in fitting(shape)])) if which else "dense")
            shown = _shown(leaf, chain)
            if shown is None:
                leaf = Operand(dtype, shape)
                shown = _shown(leaf, chain)
            if shown is None:
                continue
            laid = str(random.choice([one.name for one in fitting(shown)]))
            gradient = Operand(dtype, shown, laid, _fine(FACTORS, dtype, shown), leaf=False, special=special)
            yield _row(label, seed, {"x": leaf, "gradient": gradient}, steps=list(chain), spelling=spelling)


def single_views(profile: str, seed: int) -> Iterator[Row]:
    """Single view operations, as in `views`."""
    for row in views(profile, seed):
        if len(row.inputs.arguments["steps"].value) == 1:  # type: ignore[union-attr]
            yield row


# What is written through each view of a tensor, as (key or chain, shapes of what is written there), by the tensor's shape.
_OF_A_MATRIX: tuple[tuple[Chain, tuple[tuple[int, ...], ...]], ...] = (
    ((("index", 0),), ((3,), (1,), (), (1, 3), (1, 1))),
    ((("index", (_ALL, 0)),), ((4,), (1,), ())),
    ((("index", (_ALL, slice(1, None))),), ((4, 2), (2,), (4, 1), (1, 2), (1, 1, 2))),
    ((("index", slice(None, None, 2)),), ((2, 3), (1, 3), (2, 1), ())),
    ((("index", (1, 2)),), ((), (1,))),
    ((("index", ...),), ((4, 3), (3,), (4, 1), (1, 1), ())),
    ((("t", ()),), ((3, 4), (4,))),
    ((("t", ()), ("index", 1)), ((4,), (1,))),
    ((("view", (2, 6)), ("index", (1, slice(2, None)))), ((4,), ())),
    ((("unsqueeze", (1,)), ("index", (slice(1, 3), 0))), ((2, 3), (3,))),
    ((("index", (None, ..., slice(2, 2))),), ((1, 4, 0), ())),
    ((("index", slice(-1, None)), ("squeeze", ())), ((3,), (1, 3))),
)  # fmt: skip
_OF_FOUR_DIMS: tuple[tuple[Chain, tuple[tuple[int, ...], ...]], ...] = (
    ((("index", (slice(None, -1), _ALL, slice(1, None), slice(None, None, 2))),), ((1, 2, 2, 2), (2, 1, 1), ())),
    ((("permute", (3, 1, 0, 2)), ("index", (slice(1, None), 0))), ((2, 2, 3), (2, 1))),
)  # fmt: skip
_OF_SIX_DIMS: tuple[tuple[Chain, tuple[tuple[int, ...], ...]], ...] = (
    ((("index", (..., 1, _ALL, slice(None, 1))),), ((2, 1, 2, 2, 1), (1, 2, 1), ())),
)
WRITTEN: tuple[tuple[tuple[int, ...], Chain, tuple[tuple[int, ...], ...]], ...] = tuple(
    (whole, chain, shapes)
    for whole, written in (((4, 3), _OF_A_MATRIX), ((2, 2, 3, 3), _OF_FOUR_DIMS), ((2, 1, 2, 2, 2, 2), _OF_SIX_DIMS))
    for chain, shapes in written
)
HOWS = ("assigned", "add", "sub", "mul", "div", "number", "doubled", "copied", "filled", "zeroed", "scaled")
BROADCAST_TOO_MUCH = {"add", "sub", "mul", "div", "copied", "scaled"}


def writes(profile: str, seed: int) -> Iterator[Row]:
    """Writes through every kind of view: tensors that are broadcast, numbers, every operation in place."""
    dtypes, layouts, starts = cycle(FLOATS), cycle(LAYOUTS), cycle(("history", "history", "none"))
    for number, (size, chain, shapes) in enumerate(WRITTEN):
        whole = _shown(Operand("float32", size), chain)
        for shape, how in product(shapes, HOWS):
            # Leading dimensions of size 1 are dropped by an assignment alone.
            grows = whole is None or len(shape) > len(whole)
            once = how not in ("assigned", "add", "mul")
            # Of the ways that are tried once for each view, every second in turn.
            if once and (HOWS.index(how) + number) % 2:
                continue
            if (grows and how in BROADCAST_TOO_MUCH) or (once and shape != shapes[0]):
                continue
            dtype = next(dtypes)
            start = "history" if how in ("number", "doubled", "filled", "zeroed") else next(starts)
            names = [name for name in (next(layouts), "dense") if _fits(name, shape)]
            # Of which strides a result is, and so whether it can be viewed, is the library's choice.
            laid = "dense" if any(name == "view" for name, _ in chain) else next(layouts)
            operands = {
                "x": Operand(dtype, size, laid),
                "w": Operand(dtype, shape, names[0], FACTORS),
                "gradient": Operand(dtype, size, next(layouts), _fine(FACTORS, dtype, size), leaf=False),
            }
            label = f"{dtype} of {list(size)} ({laid}) {_chained(chain)} {how} {list(shape)}, {start}"
            yield _row(label, seed, operands, steps=list(chain), how=how, start=start)


# --- compositions ---

STEPS = (
    "add", "row", "column", "scalar", "reflected", "mul", "twice", "halved", "matmul", "centred", "mean of rows", "cat", "indexed", "transposed",
    "reshaped", "expanded", "assigned", "view doubled", "in place", "cast", "cloned", "unsqueezed", "sliced and joined",
)  # fmt: skip


PAIRS_OF_HALVES = 40


def compositions(profile: str, seed: int) -> Iterator[Row]:
    """Every step after every step, in programs of four that keep a 4x4 matrix in shape; pairs of steps for half types."""
    random = generator(seed, "steps")
    steps = [str(one) for one in random.permutation(STEPS)]
    walk = [*_every_pair(steps), steps[0]]
    plans = [(dtype, walk[at : at + 4]) for at, dtype in zip(range(0, len(walk) - 1, 3), cycle(WIDE), strict=False)]
    plans += [
        (dtype, [str(one) for one in random.choice(STEPS, 2)]) for dtype in HALF for _ in range(PAIRS_OF_HALVES // 2)
    ]
    layouts = list(LAYOUTS)
    # The first of these hold every step once or twice.
    for number, (dtype, chosen) in enumerate(plans[:24] if profile == "smoke" else plans):
        laid = [str(one) for one in random.choice(layouts, 4)]
        operands = {
            name: Operand(dtype, (4, 4), layout, UNITS, leaf=name != "gradient")
            for name, layout in zip(("x", "y", "w", "gradient"), laid, strict=True)
        }
        needs = product_needs(dtype) if "matmul" in chosen else ()
        yield _row(f"{number}: {dtype} {', '.join(chosen)} ({', '.join(laid)})", seed, operands, needs, steps=chosen)


def _every_pair(steps: list[str]) -> list[str]:
    """Give a circle of steps in which each follows each, itself included, exactly once (a de Bruijn sequence)."""
    circle: list[str] = []
    for place, first in enumerate(steps):
        circle.append(first)
        for second in steps[place + 1 :]:
            circle += [first, second]
    return circle


# --- leaves, histories and their rules ---


def _small(
    dtype: str = "float32", shape: tuple[int, ...] = (4,), *, leaf: bool = True, layout: str = "dense"
) -> Operand:
    return Operand(dtype, shape, layout, FACTORS, leaf)


def leaves(profile: str, seed: int) -> Iterator[Row]:
    """Tensors that require gradients and others of every dtype and rank."""
    for dtype, shape in product(DTYPES, ((4,), (), (0, 2))):
        for leaf in (False, True) if dtype in FLOATS else (False,):
            yield _row(f"{dtype} {list(shape)}{' leaf' if leaf else ''}", seed, {"x": _small(dtype, shape, leaf=leaf)})


MAKING: dict[str, tuple[Any, ...]] = {
    "tensor": ([[1, 2], [3, -2]],), "zeros": (2, 3), "ones": ((4,),), "full": ((2, 2), 3), "empty": (3,), "arange": (5,), "rand": (2, 3),
}  # fmt: skip


def made_as_leaves(profile: str, seed: int) -> Iterator[Row]:
    """Every function that makes tensors, with every float and complex dtype, none named, and two that have no gradients."""
    for (way, arguments), dtype in product(MAKING.items(), (*FLOATS, None, "int64", "bool")):
        if (way in ("arange", "rand") and (dtype or "").startswith(("complex", "bool"))) or (
            way == "rand" and dtype == "int64"
        ):
            continue
        # Without a dtype, whole numbers make integers.
        given = (
            ([1.5, -2.0],)
            if way == "tensor" and dtype is None
            else (0.0, 4.0)
            if way == "arange" and dtype is None
            else arguments
        )
        given = ((2, 2), 1.5) if way == "full" and dtype is None else given
        row, legal = (encoded(f"{way} {dtype}", way=way, arguments=given, dtype=one) for one in (dtype, "float32"))
        yield Row(row.label, row.inputs, legal.inputs)


def leaf_layouts(profile: str, seed: int) -> Iterator[Row]:
    """Leaves of every dtype with gradients, in every layout."""
    for dtype, layout in product(FLOATS, LAYOUTS):
        operands = {"x": _small(dtype, (2, 4), layout=layout), "y": _small(dtype, (2, 4))}
        yield _row(f"{dtype} {layout}", seed, operands)


def real_leaves(profile: str, seed: int) -> Iterator[Row]:
    """Leaves of every floating dtype, in every layout."""
    for dtype, layout in product(FLOATS[:4], LAYOUTS):
        operands = {"x": _small(dtype, (2, 4), layout=layout), "y": _small(dtype, (2, 4))}
        yield _row(f"{dtype} {layout}", seed, operands)


ACCUMULATED = (
    "again",
    "another graph",
    "used twice",
    "set to None",
    "zeroed",
    "assigned",
    "retained",
    "three times",
    "squared",
    "changed in place",
    "many times",
)


def accumulated(profile: str, seed: int) -> Iterator[Row]:
    """Ways to walk back twice into the same leaf, in every layout and dtype."""
    layouts = cycle(LAYOUTS)
    for how, dtype in product(ACCUMULATED, FLOATS):
        layout = next(layouts)
        operands = {
            "x": _small(dtype, (2, 4), layout=layout),
            "y": _small(dtype, (2, 4), layout=next(layouts), leaf=False),
        }
        operands["gradient"] = Operand(dtype, (2, 4), next(layouts), UNITS, leaf=False)
        yield _row(f"{how} {dtype} ({layout})", seed, operands, how=how)


def parts_first(profile: str, seed: int) -> Iterator[Row]:
    """Views of a tensor without a history: a part, or all, is written with a leaf's elements, then the view itself."""
    dtypes = cycle(FLOATS)
    ways = product(
        ("rows", "transposed", "viewed"),
        ("written", "added to", "whole"),
        ("multiplied", "added to", "filled", "numbered"),
    )
    for view, part, how in ways:
        dtype = next(dtypes)
        operands = {name: _small(dtype, (4, 4), leaf=name == "x") for name in ("x", "y", "gradient")}
        label = f"{dtype} {view}, {part}, then {how}"
        yield _row(label, seed, operands, view=view, part=part, how=how)


# How two leaves come into one result, with the result's shape.
TWO_LEAVES = (
    ("plain", (2, 4)),
    ("viewed", (2, 4)),
    ("viewed", (8,)),
    ("viewed", (1, 2, 4)),
    ("transposed", (4, 2)),
    ("joined", (4, 4)),
    ("halves", (1, 4)),
    ("expanded", (3, 2, 4)),
)
AFTERWARDS = ("walked back again", "zeroed", "written", "multiplied")


def two_leaves(profile: str, seed: int) -> Iterator[Row]:
    """Ways in which one gradient comes to two leaves, and what one of them collects or is written afterwards."""
    layouts, dtypes = cycle(LAYOUTS), cycle(FLOATS)
    for (way, shape), then in product(TWO_LEAVES, AFTERWARDS):
        dtype = next(dtypes)
        operands = {"x": _small(dtype, (2, 4)), "y": _small(dtype, (2, 4))}
        layout = next(layouts) if len(shape) > 1 else "offset"
        operands["gradient"] = Operand(dtype, shape, layout, UNITS, leaf=False)
        label = f"{way} as {list(shape)}, {then}, {dtype} ({layout})"
        yield _row(label, seed, operands, way=way, shape=shape, then=then)


NON_LEAVES = ("sum", "product", "view", "index", "clone", "cast", "mean", "cat", "matmul")


def non_leaves(profile: str, seed: int) -> Iterator[Row]:
    """Results of each kind of operation."""
    for how, dtype in product(NON_LEAVES, ("float32", "float64")):
        yield _row(f"{how} {dtype}", seed, {"x": _small(dtype, (4, 4))}, how=how)


def retained(profile: str, seed: int) -> Iterator[Row]:
    """Non-leaves of each kind whose gradient is retained, with leaves in every layout."""
    layouts = cycle(LAYOUTS)
    for how, dtype in product(NON_LEAVES, FLOATS):
        if dtype == "float16" and how == "matmul":
            continue
        yield _row(f"{how} {dtype}", seed, {"x": Operand(dtype, (4, 4), next(layouts), UNITS)}, how=how)


def without_gradient(profile: str, seed: int) -> Iterator[Row]:
    """Results with more or fewer than one element; the twin has one."""
    shapes = ((2,), (0,), (2, 3), (1, 2), (3, 1), (0, 1), (33,), (2, 0), (1,), (1, 1), ())
    for shape in shapes:
        yield _refused(f"float32 {list(shape)}", seed, {"x": _small(shape=shape)}, {"x": _small(shape=())})
    for dtype in FLOATS[1:4]:
        yield _refused(f"{dtype} [2]", seed, {"x": _small(dtype, (2,))}, {"x": _small("float64", ())})


def complex_without_gradient(profile: str, seed: int) -> Iterator[Row]:
    """Complex results of one element; the twin is real."""
    for dtype in FLOATS[4:]:
        yield _refused(f"{dtype} []", seed, {"x": _small(dtype, ())}, {"x": _small("float64", ())})


def gradient_shapes(profile: str, seed: int) -> Iterator[Row]:
    """Incoming gradients of another shape than the result, also of one that could be broadcast to it."""
    for shape, other in (
        ((2, 3), (3, 2)),
        ((2, 3), (3,)),
        ((2, 3), (1, 3)),
        ((3,), ()),
        ((), (1,)),
        ((1,), ()),
        ((2, 3), (6,)),
        ((2, 3), (2, 3)),
    ):
        refused = {"x": _small(shape=shape), "gradient": _small(shape=other, leaf=False)}
        yield _refused(
            f"{list(other)} for {list(shape)}", seed, refused, {**refused, "gradient": _small(shape=shape, leaf=False)}
        )


FREED = ("product", "quotient", "matmul", "square", "shared part", "view of a product")


def freed(profile: str, seed: int) -> Iterator[Row]:
    """Histories that keep operands, walked twice; the twin retains them."""
    for how, dtype in product(FREED, ("float32", "float64", "bfloat16", "complex64")):
        operands = {
            "x": _small(dtype, (2, 2)),
            "y": _small(dtype, (2, 2)),
            "gradient": _small(dtype, (2, 2), leaf=False),
        }
        yield _refused(
            f"{how} {dtype}", seed, {**operands, "how": how, "retain": False}, {**operands, "how": how, "retain": True}
        )


ON_LEAVES = (
    "add",
    "sub",
    "mul",
    "div",
    "add_",
    "sub_",
    "mul_",
    "div_",
    "set item",
    "set slice",
    "view",
    "transposed",
    "slice",
)


def on_leaves(profile: str, seed: int) -> Iterator[Row]:
    """Every way to write into a leaf or a view of one; the twin is no leaf."""
    layouts = cycle(name for name in LAYOUTS if name != "expanded")
    for how, dtype in product(ON_LEAVES, ("float32", "float64", "bfloat16")):
        leaf = _small(dtype, (2, 4), layout=next(layouts))
        plain = Operand(dtype, (2, 4), leaf.layout, FACTORS, leaf=False)
        yield _refused(f"{how} {dtype} ({leaf.layout})", seed, {"x": leaf, "how": how}, {"x": plain, "how": how})


SAVED = (
    "product", "quotient", "divisor", "matmul", "matmul right", "square", "through a view", "of a view", "set item", "detached",
    "copied over", "out of a view", "out of mean", "out of cat",
)  # fmt: skip
# Ways to write that each of several operations has.
_SAVED_BY = (
    *(("in place", operation) for operation in ("add_", "sub_", "mul_", "div_")),
    *(("out", operation) for operation in ("add", "sub", "mul", "div", "matmul")),
)


def saved(profile: str, seed: int) -> Iterator[Row]:
    """Writes to an operand that the history keeps, before walking it; the twin writes to a copy."""
    for (how, operation), dtype in product(
        (*((how, "") for how in SAVED), *_SAVED_BY), ("float32", "float64", "bfloat16")
    ):
        operands = {
            "x": _small(dtype, (2, 2)),
            # What `out=` names must require no gradient.
            "y": _small(dtype, (2, 2), leaf=not how.startswith("out")),
            "gradient": _small(dtype, (2, 2), leaf=False),
        }
        plain = {"how": how, "operation": operation}
        yield _refused(
            f"{how} {operation} {dtype}".replace("  ", " "),
            seed,
            {**operands, **plain, "copied": False},
            {**operands, **plain, "copied": True},
        )


def unsaved(profile: str, seed: int) -> Iterator[Row]:
    """Writes to an operand that no history keeps."""
    for how, dtype in product(
        ("sum", "difference", "mean", "by a number", "result", "view", "cat"), ("float32", "float64", "bfloat16")
    ):
        yield _row(
            f"{how} {dtype}",
            seed,
            {"x": _small(dtype, (2, 4)), "gradient": Operand(dtype, (2, 4), leaf=False)},
            how=how,
        )


def requiring(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every dtype that are to require gradients, by method and attribute; the twin is a float32 tensor."""
    for dtype, how, shape in product(DTYPES, ("method", "attribute"), ((2,), ())):
        refused, legal = (_small(one, shape, leaf=False) for one in (dtype, "float32"))
        yield _refused(f"{dtype} {list(shape)} by {how}", seed, {"x": refused, "how": how}, {"x": legal, "how": how})


NO_HISTORY = ("plain", "detached", "no_grad", "plain sum", "set off", "detached view")


def without_history(profile: str, seed: int) -> Iterator[Row]:
    """Results without a history; the twin has one."""
    for how, dtype in product(NO_HISTORY, ("float32", "float64")):
        refused = {"x": _small(dtype, (), leaf=how not in ("plain", "plain sum")), "how": how}
        yield _refused(f"{how} {dtype}", seed, refused, {"x": _small(dtype, ()), "how": "history"})


MODES = (
    "no_grad",
    "enabled inside",
    "set off",
    "set on inside",
    "decorator",
    "left by an error",
    "twice",
    "in place on a leaf",
)


def modes(profile: str, seed: int) -> Iterator[Row]:
    """Ways to switch recording off and on."""
    for how, dtype in product(MODES, ("float32", "complex64")):
        yield _row(f"{how} {dtype}", seed, {"x": _small(dtype, (2, 2))}, how=how)


def unrecorded(profile: str, seed: int) -> Iterator[Row]:
    """Results of every kind, views among them, of leaves and of tensors with a history."""
    for how, leaf, dtype in product(
        ("copy", "product", "mean", "index", "view", "transposed", "expanded"), (True, False), ("float32", "complex64")
    ):
        yield _row(
            f"{how} of a {'leaf' if leaf else 'result'} {dtype}", seed, {"x": _small(dtype, (2, 2))}, how=how, leaf=leaf
        )


def detached(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every dtype and layout that are detached and written to."""
    for dtype, layout in product(FLOATS, LAYOUTS):
        if layout != "expanded":
            yield _row(f"{dtype} {layout}", seed, {"x": _small(dtype, (2, 3), layout=layout)})


def programs(profile: str, seed: int) -> Iterator[Row]:
    """Values that steer branches and loops: each start takes another path."""
    for dtype, start, times in product(WIDE[:2], (-8.0, -3.0, -1.0, 0.5, 1.0, 3.0, 16.0, 40.0), (0, 1, 3)):
        operands = {"x": Operand(dtype, (), "dense", (start,)), "y": Operand(dtype, (2,), "dense", UNITS)}
        yield _row(f"{dtype} {start} {times} times", seed, operands, times=times, reach=16, beyond=20)
    # More turns than Python takes calls within calls.
    operands = {"x": Operand("float32", (), "dense", (1.0,)), "y": Operand("float32", (2,), "dense", UNITS)}
    yield _row("float32 1.0 1010 times", seed, operands, times=1010, reach=16, beyond=20)


# Few steps, more than some kernels and vectors hold, and of the cheapest more than Python's calls within calls.
LENGTHS: dict[str, tuple[int, ...]] = {
    "sums": (33, 2000), "products": (17, 130), "views": (65, 1001), "indexes": (17, 65), "writes": (65, 1001), "writes into views": (9, 33),
    "casts": (9, 65), "walks": (9, 33), "uses": (9, 33, 258), "joined": (9, 16, 33, 513),
}  # fmt: skip
# What `deep` takes of each besides.
LONGEST = 1001


def histories(profile: str, seed: int) -> Iterator[Row]:
    """Histories of few steps and of some thousand, of each kind of step, and tensors of few users and of some hundred."""
    dtypes = cycle(("float32", "float64"))
    for how, lengths in LENGTHS.items():
        for times in (*lengths, LONGEST) if profile == "deep" and LONGEST not in lengths else lengths:
            dtype = next(dtypes)
            rows = 2 * times * {"uses": 1, "joined": 2}.get(how, 0) or 2
            operands = {
                "x": Operand(dtype, (2, 2), "reversed dims", UNITS),
                "y": Operand(dtype, (2, 2), "dense", UNITS),
                "gradient": Operand(dtype, (rows, 2), "dense", FACTORS, leaf=False),
            }
            yield _row(f"{times} {how}, {dtype}", seed, operands, how=how, times=times)


def training(profile: str, seed: int) -> Iterator[Row]:
    """Weights, inputs and targets of a small linear model, in every layout.

    Inputs of 1 and -1 bound the loss's curvature by 4, so that steps of a quarter never raise it; three are exact.
    """
    for dtype, layout in product(("float32", "float64"), LAYOUTS):
        operands = {
            "w": Operand(dtype, (2, 1), layout if layout != "expanded" else "dense", UNITS),
            "inputs": Operand(dtype, (4, 2), layout, UNITS, leaf=False),
            "targets": Operand(dtype, (4, 1), "dense", (-8, 8), leaf=False),
        }
        yield _row(f"{dtype} {layout}", seed, operands)


REFUSALS = ("no scalar", "no history", "leaf", "saved", "freed", "shape", "sizes", "product", "dtype")


def refusals(profile: str, seed: int) -> Iterator[Row]:
    """Each refusal, followed by what must work."""
    for how, dtype in product(REFUSALS, ("float32", "float64")):
        yield _row(f"{how} {dtype}", seed, {"x": _small(dtype, (2, 2)), "y": _small(dtype, (2, 2))}, how=how)


WAYS_BACK = (
    "keyword", "retained", "first input", "second input", "both inputs", "several", "several by name", "implicit",
    "asked for several", "asked for unused",
)  # fmt: skip


def ways_back(profile: str, seed: int) -> Iterator[Row]:
    """Every way to go back from one result or several, to all leaves or some, in every layout."""
    layouts = cycle(LAYOUTS)
    for how, dtype in product(WAYS_BACK, ("float32", "float64")):
        operands = {
            "x": _small(dtype, (2, 4), layout=next(layouts)),
            "y": _small(dtype, (2, 4), layout=next(layouts)),
            "gradient": Operand(dtype, (2, 4), next(layouts), leaf=False),
        }
        yield _row(f"{how} {dtype}", seed, operands, how=how)


CHANGED_BY = ("no_grad", "detached", "data", "view", "item", "out")


def changed(profile: str, seed: int) -> Iterator[Row]:
    """Operands that are written to between two walks, in every way that is not recorded, for every operation."""
    dtypes, layouts = cycle(("float32", "float64", "bfloat16")), cycle(name for name in LAYOUTS if name != "expanded")
    for operation, how in product(("mul", "div", "matmul", "square", "mean", "cat"), CHANGED_BY):
        operands = {
            "x": Operand(next(dtypes), (2, 2), next(layouts), UNITS),
            "y": Operand("float32", (2, 2), next(layouts), UNITS),
        }
        operands["y"] = replace(operands["y"], dtype=operands["x"].dtype)
        yield _row(f"{operation}, {how}, {operands['x'].dtype}", seed, operands, operation=operation, how=how)


def asked_for(profile: str, seed: int) -> Iterator[Row]:
    """Leaves and non-leaves for which gradients are asked, in every layout."""
    for dtype, layout in product(FLOATS, LAYOUTS):
        operands = {
            "x": _small(dtype, (2, 4), layout=layout),
            "y": _small(dtype, (4,)),
            "gradient": Operand(dtype, (2, 4), layout, leaf=False),
        }
        yield _row(f"{dtype} {layout}", seed, operands)
