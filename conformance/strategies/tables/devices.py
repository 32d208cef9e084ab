"""Tables of tensors that are moved between two devices, copied across, and mixed.

A row names each tensor's device as `device`, the one that is tested, or `other_device`, the CPU.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import cycle, product
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import ArrayInput, Base, Inputs, PlainInput, Step, TensorInput, bits_of_array, encode_plain
from conformance.reference.promotion import Operand, UnknownResultError, category, result_type
from conformance.strategies.covering import pairwise
from conformance.strategies.layouts import LAYOUTS, fitting
from conformance.strategies.rows import Row
from conformance.strategies.tables.making import factor
from conformance.strategies.values import base, elements, generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.strategies.layouts import Layout

Where = Literal["device", "other_device"]
BOTH: tuple[Where, Where] = ("device", "other_device")

# Sizes on both sides of the thresholds at which transfers change their way, 0-d and empty ones included.
MOVED_SHAPES: tuple[tuple[int, ...], ...] = (
    (), (1,), (0,), (7,), (17,), (3, 5), (1, 7), (5, 1), (2, 3, 4), (2, 0, 3), (2, 1, 3, 2), (33, 31), (1025,), (32769,),
    (65537,), (257, 129),
)  # fmt: skip
SMALL_SHAPES = MOVED_SHAPES[:12]
FEW_SHAPES: tuple[tuple[int, ...], ...] = ((), (0,), (1,), (3, 5), (2, 3, 3, 2))


def bits(dtype: str, shape: tuple[int, ...], random: np.random.Generator, where: Where = "device") -> Base:
    """Give a base of random bit patterns and edges; a complex number's parts are those of its float dtype."""
    number = math.prod(shape)
    if kind_of(dtype) == "complex":
        part = "float32" if dtype == "complex64" else "float64"
        values = elements(part, 2 * number, random).view(numpy_dtype(dtype))
    else:
        values = elements(dtype, number, random)
    return Base(dtype, shape, bits_of_array(values.reshape(shape)), where)


def placed(made: Base, where: Where) -> Base:
    """Put a base on a device."""
    return msgspec.structs.replace(made, device=where)


def _row(label: str, bases: dict[str, Base], steps: dict[str, tuple[Step, ...]] | None = None, **plain: Any) -> Row:
    """Make a row of tensors over their bases, and plain values; a device may lack each of their dtypes."""
    tensors = {name: TensorInput(name, (steps or {}).get(name, ())) for name in bases}
    values = {name: PlainInput(encode_plain(value)) for name, value in plain.items() if name != "dtype"}
    named = {name: PlainInput({"dtype": value}) for name, value in plain.items() if name == "dtype"}
    dtypes = [*(one.dtype for one in bases.values()), *(str(value.value["dtype"]) for value in named.values())]
    return Row(label, Inputs(bases, {**tensors, **values, **named}), needs=tuple(dict.fromkeys(dtypes)))


def _with_twin(row: Row, bases: dict[str, Base]) -> Row:
    """Give a row its legal twin: the same with other bases."""
    return Row(row.label, row.inputs, Inputs(bases, row.inputs.arguments), row.needs)


# --- one tensor ---


def of_every_dtype(profile: str, seed: int) -> Iterator[Row]:
    """A tensor of every dtype, of small whole numbers, in turn in every layout."""
    layouts = cycle(LAYOUTS.values())
    for dtype, shape in product(DTYPES, ((), (3, 5), (2, 0, 3))):
        layout = next(one for one in layouts if one.least <= len(shape))
        label = f"{dtype} {list(shape)} {layout.name}"
        made, steps = factor(dtype, shape, layout, generator(seed, label))
        yield _row(label, {"x": made}, {"x": steps})


def of_every_dtype_with_cpu(profile: str, seed: int) -> Iterator[Row]:
    """A tensor of every dtype that NumPy has; the twin lies on the CPU."""
    for row in of_every_dtype(profile, seed):
        made = row.inputs.bases["x"]
        if made.dtype != "bfloat16":
            yield _with_twin(row, {"x": placed(made, "other_device")})


MADE_OF: tuple[Any, ...] = (3, [0, 1, 2], [[1, 2, 3], [4, 5, 6]], [], [[True, False]], [0.5, 1.5], 2.5)


def made(profile: str, seed: int) -> Iterator[Row]:
    """Nested lists of numbers that every dtype holds, or every float dtype."""
    for dtype, data in product(DTYPES, MADE_OF):
        if "." in str(data) and kind_of(dtype) not in ("float", "complex"):
            continue
        yield _row(f"{dtype} of {data}", {}, data=data, dtype=dtype)


# How `to` is called, and what follows by position: the flags non_blocking and copy, and before them a dtype that is left out.
SAME_PLACE: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("device", ()), ("torch.device", ()), ("device=", ()), ("dtype", ()), ("device, dtype", ()), ("device=, dtype=", ()), ("tensor", ()),
    ("non_blocking", ()), ("copy=False", ()), ("cpu", ()), ("device", (None,)), ("torch.device", (None, True)), ("device", (None, True, False)),
    ("dtype", (True,)), ("dtype", (False, False)), ("device, dtype", (True,)), ("device, dtype", (False, False)), ("tensor", (True, False)),
)  # fmt: skip
_BY_POSITION: tuple[tuple[bool, bool], ...] = ((False, True), (True, True))
# How a copy is asked for: by position behind each form, and by name, alone or with a memory format.
COPY_FORMS: tuple[tuple[str, Any], ...] = (
    *product(("device, positions", "dtype, positions", "device, dtype, positions", "tensor, positions"), _BY_POSITION),
    *product(("device", "dtype", "tensor"), ("named", "preserved", "contiguous")),
)


def _fits(row: dict[str, Any]) -> bool:
    """Say whether a shape can have a layout."""
    return bool(LAYOUTS[row["layout"]].least <= len(row["shape"]))


def same_place(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of layout, shape, spelling and dtype, of which every other one has its turn."""
    dtypes = tuple(DTYPES)[seed % 2 :: 2]
    axes = {"spelling": SAME_PLACE, "layout": tuple(LAYOUTS), "shape": FEW_SHAPES, "dtype": dtypes}
    for row in pairwise(axes, _fits):
        spelling, flags = row["spelling"]
        yield _moved_row(row, "device", seed, spelling=spelling, flags=flags)


def _moved_row(row: dict[str, Any], where: Where, seed: int, **plain: Any) -> Row:
    layout: Layout = LAYOUTS[row["layout"]]
    label = ", ".join(str(list(part) if isinstance(part, tuple) else part) for part in row.values())
    tensor = bits(row["dtype"], layout.base(row["shape"]), generator(seed, label), where)
    return _row(label, {"x": tensor}, {"x": layout.steps(row["shape"])}, **plain)


def copies(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of layout, shape, spelling, side that is written, and dtype, of which every other one has its turn."""
    axes = {
        "spelling": COPY_FORMS,
        "layout": tuple(LAYOUTS)[:-1],
        "shape": FEW_SHAPES,
        "written": ("copy", "original"),
        "dtype": tuple(DTYPES)[seed % 2 :: 2],
    }
    for row in pairwise(axes, _fits):
        spelling, flags = row["spelling"]
        yield _moved_row(row, "device", seed, spelling=spelling, flags=flags, written=row["written"])


# The shape of an array, and its strides and offset in elements of a buffer of 64.
ARRAY_LAYOUTS: dict[str, tuple[tuple[int, ...], tuple[int, ...], int]] = {
    "dense": ((3, 5), (5, 1), 0),
    "transposed": ((3, 5), (1, 3), 0),
    "every second": ((3, 5), (20, 2), 0),
    "offset": ((7,), (1,), 9),
    "columns": ((4, 3), (8, 1), 2),
    "0-d": ((), (), 5),
    "empty": ((0, 3), (3, 1), 0),
}


def arrays(profile: str, seed: int) -> Iterator[Row]:
    """NumPy arrays of every dtype that both libraries have, in every layout."""
    for dtype, (name, (shape, strides, offset)) in product(DTYPES, ARRAY_LAYOUTS.items()):
        if dtype == "bfloat16":
            continue
        size = DTYPES[dtype].itemsize
        label = f"{dtype} {name}"
        buffer = bits(dtype, (64,), generator(seed, label)).bits
        array = ArrayInput(dtype, shape, tuple(stride * size for stride in strides), buffer, offset * size)
        yield Row(label, Inputs({}, {"array": array}), needs=(dtype,))


# --- moves ---


def moves(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtype, layout, size, spelling and side from which it starts."""
    axes = {
        "shape": MOVED_SHAPES,
        "dtype": tuple(DTYPES),
        "layout": tuple(LAYOUTS),
        "spelling": ("device", "by name", "device=", "device, dtype", "tensor", "copy=True", "non_blocking"),
        "start": BOTH,
    }
    for row in pairwise(axes, _fits):
        yield _moved_row(row, row["start"], seed, spelling=row["spelling"], start=row["start"])


DENSE_ORDERS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 3), (1, 0)), ((3, 5), (0, 1)), ((2, 3, 4), (2, 0, 1)), ((2, 3, 4), (0, 2, 1)), ((2, 3, 4), (2, 1, 0)),
    ((2, 3, 4, 5), (0, 2, 3, 1)), ((2, 3, 4, 5), (3, 1, 0, 2)), ((2, 1, 3), (2, 1, 0)), ((33, 1025), (1, 0)), ((5,), (0,)),
)  # fmt: skip


def dense_moves(profile: str, seed: int) -> Iterator[Row]:
    """Permuted tensors, some of them behind an offset, from the CPU."""
    dtypes = cycle(DTYPES)
    for (shape, order), start in product(DENSE_ORDERS, (None, 1)):
        dtype = next(dtypes)
        label = f"{dtype} {list(shape)} as {list(order)}{' behind an offset' if start else ''}"
        own = (2, *shape) if start else shape
        first = (Step("index", (start,)),) if start else ()
        tensor = bits(dtype, own, generator(seed, label), "other_device")
        yield _row(label, {"x": tensor}, {"x": (*first, Step("permute", order))})


def other_moves(profile: str, seed: int) -> Iterator[Row]:
    """Tensors with gaps or repeated elements, from the CPU."""
    axes = {
        "layout": ("every second", "columns", "expanded"),
        "shape": ((7,), (3, 5), (2, 3, 4), (2, 3, 4, 5), (33, 31)),
        "dtype": tuple(DTYPES),
        "exchanged": (False, True),
    }
    for row in pairwise(axes, lambda one: len(one["shape"]) > 1 or not one["exchanged"]):
        layout = LAYOUTS[row["layout"]]
        label = f"{row['dtype']} {list(row['shape'])} {row['layout']}{', transposed' if row['exchanged'] else ''}"
        tensor = bits(row["dtype"], layout.base(row["shape"]), generator(seed, label), "other_device")
        last = (Step("transpose", (0, -1)),) if row["exchanged"] else ()
        yield _row(label, {"x": tensor}, {"x": (*layout.steps(row["shape"]), *last)})


def casts(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes but complex to bool, with every spelling, layout and side from which it starts in turn."""
    turns = cycle(product(("positions", "keywords", "tensor"), BOTH))
    layouts = cycle(fitting((5, 3)))
    for source, target in product(DTYPES, DTYPES):
        if (kind_of(source), target) == ("complex", "bool"):
            continue
        (spelling, start), layout = next(turns), next(layouts)
        label = f"{source} to {target}, {spelling}, from the {start}, {layout.name}"
        tensor = placed(base(source, layout.base((5, 3)), generator(seed, label)), start)
        yield _row(label, {"x": tensor}, {"x": layout.steps((5, 3))}, dtype=target, spelling=spelling)


def copies_across(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtype, layout, shape, side from which it starts and side that is written, of small whole numbers."""
    axes = {
        "dtype": tuple(DTYPES),
        "shape": SMALL_SHAPES,
        "layout": tuple(LAYOUTS)[:-1],
        "start": BOTH,
        "written": ("moved", "original"),
    }
    for row in pairwise(axes, _fits):
        layout = LAYOUTS[row["layout"]]
        label = ", ".join(str(list(part) if isinstance(part, tuple) else part) for part in row.values())
        tensor, steps = factor(row["dtype"], row["shape"], layout, generator(seed, label))
        yield _row(label, {"x": placed(tensor, row["start"])}, {"x": steps}, written=row["written"])


COPIED_SHAPES: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((3, 5), (3, 5)), ((3, 5), (5,)), ((3, 5), (3, 1)), ((3, 5), ()), ((), ()), ((7,), (1,)), ((2, 3, 4), (3, 1)), ((0, 3), (3,)),
    ((1025,), (1025,)),
)  # fmt: skip


def copied_across(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes, both ways, with shapes that are broadcast, layouts and spelling in turn; small whole numbers."""
    turns = cycle(product(COPIED_SHAPES, ("copy_", "index", "copy_ non_blocking")))
    for (target, source), to in product(product(DTYPES, DTYPES), BOTH):
        if (kind_of(source), target) == ("complex", "bool"):
            continue
        shapes, spelling = next(turns)
        label = f"{source} {list(shapes[1])} into {target} {list(shapes[0])} on the {to}, {spelling}"
        random = generator(seed, label)
        others = [[one for one in fitting(shape) if one.name != "expanded"] for shape in shapes]
        layouts = [some[int(random.integers(len(some)))] for some in others]
        bases = {
            name: placed(base(dtype, layout.base(shape), random, small=True), where)
            for name, dtype, layout, shape, where in zip(
                "xy", (target, source), layouts, shapes, (to, BOTH[to == "device"]), strict=True
            )
        }
        steps = {name: layout.steps(shape) for name, layout, shape in zip("xy", layouts, shapes, strict=True)}
        yield _row(label, bases, steps, spelling=spelling)


# --- mixed operands ---

NAMES = ("add", "sub", "mul", "div")
SIGNS = dict(zip("+-*/", NAMES, strict=True))
ELEMENTWISE = (*SIGNS, *NAMES, *(f".{name}" for name in NAMES))
REFLECTED = (".__radd__", ".__rsub__", ".__rmul__", ".__rtruediv__")
IN_PLACE = (*(f"{sign}=" for sign in SIGNS), *(f".{name}_" for name in NAMES))
PRODUCTS = ("@", "matmul", ".matmul", "mm", ".mm")


def _name(operation: str) -> str:
    plain = operation.strip("._=")
    return SIGNS.get(plain, plain)


def _result(operation: str, x: tuple[str, bool], y: tuple[str, bool]) -> str | None:
    """Give the dtype of an operation of operands that are (dtype, whether they have dimensions); None for one that is not judged."""
    if _name(operation) == "sub" and "bool" in (x[0], y[0]):
        return None
    try:
        result = result_type([Operand(dtype, "dimensioned" if ranked else "zero-dim") for dtype, ranked in (x, y)])
    except UnknownResultError:
        return None
    return "float32" if _name(operation) == "div" and category(result) < category("float32") else result


def zero_dim_mixes(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtypes, operation, shape and side on which the 0-d operand of the CPU stands; in place it is on the right."""
    axes = {
        "x": tuple(DTYPES),
        "y": tuple(DTYPES),
        "operation": (*ELEMENTWISE, *IN_PLACE),
        "shape": ((6,), (2, 3), (), (0, 3), (1,), (1025,)),
        "cpu": ("x", "y"),
    }

    def allowed(row: dict[str, Any]) -> bool:
        shapes = _zero_dim_shapes(row)
        result = _result(row["operation"], (row["x"], bool(shapes["x"])), (row["y"], bool(shapes["y"])))
        if result is None or row["operation"] not in IN_PLACE:
            return result is not None
        return row["cpu"] == "y" and category(result) <= category(row["x"])

    for row in pairwise(axes, allowed):
        label = ", ".join(map(str, row.values()))
        random, shapes = generator(seed, label), _zero_dim_shapes(row)
        # Written in place, a NaN may come out with other bits where the operation changes nothing: there is none then.
        small = "complex" in (kind_of(row["x"]), kind_of(row["y"]))
        whole = {"x": small or row["operation"] in IN_PLACE, "y": small}
        bases = {
            name: placed(base(row[name], shapes[name], random, small=whole[name]), BOTH[name == row["cpu"]])
            for name in "xy"
        }
        yield _row(label, bases, operation=row["operation"])


def _zero_dim_shapes(row: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: () if name == row["cpu"] else row["shape"] for name in "xy"}


# Shapes of the two operands, and on which side the CPU's may stand: a 0-d operand of the CPU is refused only as a target.
_Mix = tuple[tuple[int, ...], tuple[int, ...], str]
MIXED_SHAPES: tuple[_Mix, ...] = (
    ((2, 3), (2, 3), "xy"), ((1,), (1,), "xy"), ((3,), (1,), "xy"), ((2, 3), (1, 1), "xy"), ((3,), (), "x"), ((2, 1), (3,), "xy"),
    ((), (3,), "y"), ((0,), (0,), "xy"), ((33, 31), (33, 31), "xy"),
)  # fmt: skip
MIXED_IN_PLACE: tuple[_Mix, ...] = (
    ((2, 3), (2, 3), "xy"), ((1,), (1,), "xy"), ((3,), (1,), "xy"), ((3,), (), "x"), ((), (), "x"), ((0,), (0,), "xy"),
)  # fmt: skip
MIXED_PRODUCTS: tuple[_Mix, ...] = (
    ((2, 3), (3, 2), "xy"), ((1, 1), (1, 1), "xy"), ((2, 0), (0, 2), "xy"), ((17, 33), (33, 9), "xy"),
)  # fmt: skip
RANKED_PRODUCTS: dict[str, _Mix] = {"dot": ((3,), (3,), "xy"), "mv": ((2, 3), (3,), "xy")}
MORE_PRODUCTS: tuple[_Mix, ...] = (
    ((3,), (3,), "xy"),
    ((2, 3), (3,), "xy"),
    ((3,), (3, 2), "xy"),
    ((2, 2, 3), (3, 2), "xy"),
)
MIXED_DTYPES = (
    ("float32", "float32"), ("int64", "int64"), ("float32", "int64"), ("uint8", "uint8"), ("float16", "float32"),
    ("complex64", "complex64"), ("float64", "float64"),
)  # fmt: skip
FLOATS = (("float32", "float32"), ("complex64", "complex64"), ("float64", "float64"))


def _mixed_row(operation: str, mix: _Mix, dtypes: tuple[str, str], cpu: str, seed: int) -> Row:
    """Give a row whose operand `cpu` lies on the other device, and whose twin's operands lie on the device."""
    shapes = mix[:2]
    label = f"{operation} {dtypes[0]} {list(shapes[0])} with {dtypes[1]} {list(shapes[1])}, {cpu} on the other device"
    random = generator(seed, label)
    twin = {
        name: base(dtype, shape, random, small=True) for name, dtype, shape in zip("xy", dtypes, shapes, strict=True)
    }
    twin["z"] = base("float32", (1,), random, small=True)
    row = _row(label, {**twin, cpu: placed(twin[cpu], "other_device")}, operation=operation, dim=0)
    return _with_twin(row, twin)


def _mixed(
    operations: tuple[str, ...], mixes: tuple[_Mix, ...], dtypes: tuple[tuple[str, str], ...], seed: int
) -> Iterator[Row]:
    """Every operation with every shape of its operands, each of them on the wrong device; the dtypes take turns."""
    turns = cycle(dtypes)
    for operation, mix in product(operations, mixes):
        for cpu in mix[2]:
            yield _mixed_row(operation, mix, next(turns), cpu, seed)


def mixed_elementwise(profile: str, seed: int) -> Iterator[Row]:
    """Every elementwise operation as an operator, a function, a method, and reflected."""
    yield from _mixed((*ELEMENTWISE, *REFLECTED), MIXED_SHAPES, MIXED_DTYPES, seed)


def mixed_in_place(profile: str, seed: int) -> Iterator[Row]:
    """Every operation in place, as an operator and as a method."""
    yield from _mixed(IN_PLACE, MIXED_IN_PLACE, FLOATS, seed)


def mixed_products(profile: str, seed: int) -> Iterator[Row]:
    """Every matrix product in every spelling: matrices, vectors and batches."""
    yield from _mixed(PRODUCTS, MIXED_PRODUCTS, FLOATS, seed)
    yield from _mixed(PRODUCTS[:3], MORE_PRODUCTS, FLOATS, seed)
    for name, mix in RANKED_PRODUCTS.items():
        yield from _mixed((name, f".{name}"), (mix,), FLOATS, seed)
    # Reflected, the operands change places: these shapes can be multiplied either way round.
    yield from _mixed((".__rmatmul__",), MIXED_PRODUCTS[:3], FLOATS, seed)


def mixed_cats(profile: str, seed: int) -> Iterator[Row]:
    """Three tensors of which one lies elsewhere, along the first and the last dimension."""
    for operation, dim in product(("cat", "stack"), (0, -1)):
        yield from _mixed_cats(operation, dim, seed)


def _mixed_cats(operation: str, dim: int, seed: int) -> Iterator[Row]:
    """Three tensors of which one, or all but one, lie on the other device: at each place."""
    turns = cycle((*MIXED_DTYPES, ("bool", "int32")))
    for shape, odd, alone in product(((2, 3), (1,), (0, 3)), "xyz", BOTH):
        dtypes = next(turns)
        label = f"{operation} along {dim}: {dtypes[0]} and {dtypes[1]} {list(shape)}, {odd} alone on the {alone}"
        random = generator(seed, label)
        twin = {name: base(dtypes[name == "y"], shape, random, small=True) for name in "xyz"}
        rest = BOTH[alone == "device"]
        bases = {name: placed(one, alone if name == odd else rest) for name, one in twin.items()}
        yield _with_twin(_row(label, bases, operation=operation, dim=dim), twin)


# How an index tensor reads and writes.
READ_BY_INDEX, WRITTEN_BY_INDEX = ("x[y]", "x[..., y]", "x[y] += 1"), ("x[y] = 1", "x[y] = z")
# Index tensors into dimensions of size 3: their dtype and what they hold.
_INDICES: tuple[tuple[str, Any], ...] = (
    ("int64", [2, 0]), ("int64", [1]), ("int64", [[0, -1], [2, 1]]), ("int64", []), ("bool", [True, False, True]), ("bool", [False] * 3),
    ("int64", [0, 0, 2, 1, 0, 2, 2]),
)  # fmt: skip
_INDEXED = ("float32", "int64", "bool", "bfloat16", "complex128", "float64", "uint8", "float16")


def _indexed_row(operation: str, index: tuple[str, Any], dtype: str, shape: tuple[int, ...], seed: int) -> Row:
    """Give a row of a tensor and an index into it, all on the device; z is one element to write."""
    label = f"{operation} of {dtype} {list(shape)} at {index[0]} {index[1]}"
    random = generator(seed, label)
    values = np.array(index[1], dtype=numpy_dtype(index[0]))
    bases = {
        "x": base(dtype, shape, random, small=True),
        "y": Base(index[0], values.shape, bits_of_array(values)),
        "z": base(dtype, (1,), random, small=True),
    }
    return _row(label, bases, operation=operation, dim=0)


def _by_index(operations: tuple[str, ...], seed: int) -> Iterator[Row]:
    dtypes = cycle(_INDEXED)
    for operation, index, shape in product(operations, _INDICES, ((3,), (3, 3), (3, 2, 3))):
        dtype = next(dtypes)
        yield _indexed_row(operation, index, "float32" if dtype == "bool" and "+=" in operation else dtype, shape, seed)


def cpu_indices(profile: str, seed: int) -> Iterator[Row]:
    """Every way to read and write by an index tensor of the CPU, of ints in any shape and of bools."""
    for row in _by_index((*READ_BY_INDEX, *WRITTEN_BY_INDEX), seed):
        yield Row(row.label, _with_bases(row, y="other_device"), needs=row.needs)


def mixed_indices(profile: str, seed: int) -> Iterator[Row]:
    """Every way to read by an index tensor of the device from a tensor of the CPU; all of the twin lies on the device."""
    for row in _by_index(READ_BY_INDEX, seed):
        elsewhere = _with_bases(row, x="other_device", z="other_device")
        yield Row(row.label, elsewhere, row.inputs, row.needs)


def mixed_index_writes(profile: str, seed: int) -> Iterator[Row]:
    """Every way to write by one; PyTorch's kernels bring the index over, and its reference does not say that they do."""
    for row in _by_index(WRITTEN_BY_INDEX, seed):
        elsewhere = _with_bases(row, x="other_device", z="other_device")
        yield Row(row.label, elsewhere, needs=row.needs, may_refuse=True)


def _with_bases(row: Row, **places: Where) -> Inputs:
    """Put bases of a row, by name, on devices."""
    bases = row.inputs.bases
    return Inputs(
        {**bases, **{name: placed(bases[name], where) for name, where in places.items()}}, row.inputs.arguments
    )


# Operations that write into what `out=` names, with the shapes of both operands and of that.
_OUT: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = (
    *((f"{name} out", shape, shape) for name in NAMES for shape in ((2, 3), (1,), (), (0, 3))),
    ("mm out", (3, 3), (3, 3)), ("matmul out", (3, 3), (3, 3)), ("mm out", (1, 1), (1, 1)), ("mean out", (3, 4), (4,)), ("mean out", (4,), ()),
    ("cat out", (2, 3), (4, 3)), ("cat out", (1,), (2,)),
)  # fmt: skip
# What of operands and target lies on the other device, where an operand with dimensions is there, and where none is.
_ELSEWHERE = ("z", "xy", "x", "y", "xz", "yz")


def _elsewhere(operation: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    if operation == "mean out":
        return ("z", "xy")
    # A 0-d operand of the CPU may meet tensors of the device.
    return _ELSEWHERE if shape else ("z",)


def mixed_out(profile: str, seed: int) -> Iterator[Row]:
    """Every operation with a target that lies elsewhere than its operands, or one of them, the target with room or empty."""
    dtypes = cycle(FLOATS)
    for (operation, shape, room), empty in product(_OUT, (False, True)):
        for cpu in _elsewhere(operation, shape):
            yield _out_row(operation, next(dtypes)[0], shape, (0,) if empty else room, cpu, seed)


def _out_row(
    operation: str, dtype: str, shape: tuple[int, ...], room: tuple[int, ...], elsewhere: str, seed: int
) -> Row:
    """Give a row of an operation with `out=`, of whose tensors some lie elsewhere, and whose twin's lie on the device."""
    label = f"{operation} {dtype} {list(shape)} into {list(room)}, {elsewhere} on the other device"
    random = generator(seed, label)
    shapes = {"x": shape, "y": shape, "z": room}
    twin = {name: base(dtype, one, random, small=True) for name, one in shapes.items()}
    bases = {name: placed(one, "other_device") if name in elsewhere else one for name, one in twin.items()}
    return _with_twin(_row(label, bases, operation=operation, dim=0), twin)


def mixed_named(profile: str, seed: int) -> Iterator[Row]:
    """Every operation as a function, a method and an operator, and with `out=`, each of the tensors on the wrong device."""
    dtypes = ("float32", "float32")
    square, operators = ((3, 3), (3, 3), "xy"), ("add", "sub", "mul", "truediv")
    spelt = (*NAMES, *(f".{name}" for name in NAMES), *(f".{name}_" for name in NAMES), *PRODUCTS[1:], ".__matmul__")
    named = {
        **dict.fromkeys(spelt, square),
        **{f".__{way}{name}__": square for name in operators for way in ("", "i")},
        "dot": RANKED_PRODUCTS["dot"],
    }
    for (operation, shapes), cpu in product(named.items(), "xy"):
        yield _mixed_row(operation, shapes, dtypes, cpu, seed)
    for operation in ("cat", "stack"):
        yield from _mixed_cats(operation, 0, seed)
    for operation, shape, room in _OUT:
        # Each operation with the first of its shapes.
        if shape and shape != (1,):
            yield from (_out_row(operation, "float32", shape, room, cpu, seed) for cpu in _elsewhere(operation, shape))


def mixed_indices_named(profile: str, seed: int) -> Iterator[Row]:
    """What is refused of index tensors; only where the tensor lies on the other device is there a refusal at all."""
    for row in mixed_indices(profile, seed):
        yield Row(row.label, row.inputs, needs=row.needs)


def mixed_then_more(profile: str, seed: int) -> Iterator[Row]:
    """Everything that is refused on operands of two devices."""
    for table in (mixed_elementwise, mixed_in_place, mixed_products, mixed_cats, mixed_indices, mixed_out):
        yield from table(profile, seed)


# --- precision ---


def precise_products(profile: str, seed: int) -> Iterator[Row]:
    """Square matrices whose numbers need all bits of their dtype, or few, in each precision and in the one that is set."""
    settings = (None, "highest", "high", "medium")
    for dtype, precision, size in product(("float32", "complex64", "float64"), settings, (1, 3, 17, 64, 129)):
        for small in (False, True):
            label = f"{dtype} {size} x {size}, {'few bits' if small else 'all bits'}, {precision or 'as it is'}"
            random = generator(seed, label)
            bases = {name: _factors(dtype, size, random, small=small) for name in "xy"}
            yield _row(label, bases, precision=precision)


def _factors(dtype: str, size: int, random: np.random.Generator, *, small: bool) -> Base:
    """Give a matrix of small whole numbers, or of numbers between -1 and 1."""
    if small:
        return base(dtype, (size, size), random, small=True)
    parts = random.uniform(-1, 1, (2, size, size))
    values = (parts[0] + 1j * parts[1] if kind_of(dtype) == "complex" else parts[0]).astype(numpy_dtype(dtype))
    return Base(dtype, (size, size), bits_of_array(values))


# --- more ways to move ---

# How `cuda()`, or `to` elsewhere, is called.
CUDA_FORMS = (
    "nothing",
    "type",
    "name",
    "torch.device",
    "torch.device of the index",
    "device=",
    "index",
    "non_blocking",
    "positions",
)


def spelt_moves(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of spelling, layout, shape, dtype and side from which it starts."""
    axes = {
        "spelling": CUDA_FORMS,
        "layout": tuple(LAYOUTS),
        "shape": FEW_SHAPES,
        "dtype": tuple(DTYPES),
        "start": BOTH,
    }
    for row in pairwise(axes, _fits):
        yield _moved_row(row, row["start"], seed, spelling=row["spelling"])


def non_blocking_moves(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of spelling, layout, size, dtype and side from which it starts; sizes up to a quarter of a million elements."""
    axes = {
        "spelling": ("to", "device, dtype", "tensor", "copy_", "named", "several"),
        "shape": (*MOVED_SHAPES, (513, 511)),
        "layout": tuple(LAYOUTS)[:-1],
        "dtype": tuple(DTYPES),
        "start": BOTH,
    }
    for row in pairwise(axes, _fits):
        made_row = _moved_row(row, row["start"], seed, spelling=row["spelling"])
        # A new tensor on the CPU that is written while the program goes on lies in memory of its own kind.
        pinned = row["spelling"] == "several" or (row["start"] == "device" and row["spelling"] != "copy_")
        yield replace(made_row, needs=(*made_row.needs, "non-blocking-to-the-cpu")) if pinned else made_row


def on_two_of_a_kind(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of spelling, layout, shape, dtype and side from which it starts."""
    axes = {
        "spelling": (
            "device",
            "torch.device",
            "device=",
            "device, dtype",
            "tensor",
            "copy_",
            "index",
            "by way of the CPU",
        ),
        "layout": tuple(LAYOUTS)[:-1],
        "shape": SMALL_SHAPES,
        "dtype": tuple(DTYPES),
        "start": BOTH,
    }
    for row in pairwise(axes, _fits):
        yield _moved_row(row, row["start"], seed, spelling=row["spelling"])


def mixed_of_a_kind(profile: str, seed: int) -> Iterator[Row]:
    """What is refused on a device and the CPU, with two devices of one kind; a 0-d tensor of either is refused too."""
    yield from mixed_then_more(profile, seed)
    for operation, side in product((*ELEMENTWISE, *IN_PLACE), "xy"):
        shapes: _Mix = ((), (3,), side) if side == "x" else ((3,), (), side)
        if side == "y" or operation not in IN_PLACE:
            yield _mixed_row(operation, shapes, ("float32", "float32"), side, seed)


# --- gradients ---

FLOAT_DTYPES = ("float32", "float64", "float16", "bfloat16", "complex64")


def _leaf(row: Row, *names: str) -> Row:
    """Have arguments of a row collect a gradient."""
    arguments = {
        name: msgspec.structs.replace(one, requires_grad=True)
        if name in names and isinstance(one, TensorInput)
        else one
        for name, one in row.inputs.arguments.items()
    }
    twin = msgspec.structs.replace(row.twin, arguments=arguments) if row.twin is not None else None
    return Row(row.label, Inputs(row.inputs.bases, arguments), twin, row.needs)


def gradients_across(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of spelling, dtype, layout, shape, and side from which it starts; small whole numbers."""
    axes = {
        "spelling": ("to", "by name", "round trip", "dtype", "copy=True", "copy_", "index"),
        "layout": tuple(LAYOUTS),
        "dtype": FLOAT_DTYPES,
        "shape": ((), (1,), (7,), (3, 5), (2, 3, 4), (2, 0, 3), (1025,)),
        "start": BOTH,
    }
    for row in pairwise(axes, _fits):
        label = ", ".join(map(str, row.values()))
        random, shape, layout = generator(seed, label), row["shape"], LAYOUTS[row["layout"]]
        there: Where = BOTH[row["start"] == "device"]
        dtype = row["dtype"]
        other = (
            {"complex64": "complex64", "float64": "float32"}.get(dtype, "float64")
            if row["spelling"] == "dtype"
            else dtype
        )
        x, steps = factor(dtype, shape, layout, random)
        y, weights = (placed(base(other, shape, random, small=True), there) for _ in range(2))
        made_row = _row(
            label, {"x": placed(x, row["start"]), "y": y, "weights": weights}, {"x": steps}, spelling=row["spelling"]
        )  # fmt: skip
        yield _leaf(made_row, "x", "y")


def histories(profile: str, seed: int) -> Iterator[Row]:
    """Two tensors on the CPU, of which the first collects a gradient, in every float dtype and layout."""
    layouts = cycle(LAYOUTS.values())
    for dtype, shape in product(FLOAT_DTYPES, ((3, 5), (4,), ())):
        layout = next(one for one in layouts if one.least <= len(shape))
        label = f"{dtype} {list(shape)} {layout.name}"
        made, steps = factor(dtype, shape, layout, generator(seed, label))
        tensor = placed(made, "other_device")
        yield _leaf(_row(label, {"x": tensor, "y": tensor}, {"x": steps, "y": steps}), "x")


def gradients_elsewhere(profile: str, seed: int) -> Iterator[Row]:
    """Gradients with dimensions on the wrong side; the twin's lies where the tensor does. A 0-d one may be moved."""
    for dtype, shape, where in product(("float32", "float64"), ((1,), (3, 5), (0,)), BOTH):
        label = f"{dtype} {list(shape)} on the {where}"
        random = generator(seed, label)
        x, weights = (placed(base(dtype, shape, random, small=True), where) for _ in range(2))
        row = _row(label, {"x": x, "weights": placed(weights, BOTH[where == "device"])})
        yield _leaf(_with_twin(row, {"x": x, "weights": weights}), "x")
