"""Tables of NumPy arrays and scalars, and of tensors that are shown to NumPy."""

from __future__ import annotations

import math
from itertools import cycle, product
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import Argument, ArrayInput, Base, Inputs, PlainInput, TensorInput, bits_of_array, encode_plain
from conformance.reference.promotion import promote_types
from conformance.strategies.covering import pairwise
from conformance.strategies.layouts import fitting
from conformance.strategies.rows import Row
from conformance.strategies.tables.creation import scalar_input
from conformance.strategies.tables.indexing import fits as writable_as
from conformance.strategies.tables.making import factor, inputs_of, product_needs
from conformance.strategies.tables.reading import any_elements, filled, seen_through
from conformance.strategies.values import base, generator, subnormal, telling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

# The dtypes that both libraries have.
COMMON = tuple(name for name in DTYPES if name != "bfloat16")
SHAPES: tuple[tuple[int, ...], ...] = (
    (), (1,), (5,), (2, 3), (2, 3, 4), (1, 3), (3, 1), (0,), (2, 0), (2, 0, 3), (17,), (1025,), (1, 1, 1), (2, 3, 1, 2, 2, 2),
)  # fmt: skip

# How an array lies in a larger one: the larger one's shape from its own, and how it is seen there.
Lying = tuple["Callable[[tuple[int, ...]], tuple[int, ...]]", "Callable[[NDArray[Any]], NDArray[Any]]", int]
ARRAYS: dict[str, Lying] = {
    "C order": (lambda shape: shape, lambda array: array, 0),
    "Fortran order": (lambda shape: shape[::-1], lambda array: array.T, 2),
    "axes exchanged": (lambda shape: (*shape[:-2], shape[-1], shape[-2]), lambda array: array.swapaxes(-1, -2), 2),
    "every second": (lambda shape: (*shape[:-1], 2 * shape[-1]), lambda array: array[..., ::2], 1),
    "every third row": (lambda shape: (3 * shape[0], *shape[1:]), lambda array: array[1::3], 1),
    "rows from the third": (lambda shape: (shape[0] + 2, *shape[1:]), lambda array: array[2:], 1),
    "middle columns": (lambda shape: (*shape[:-1], shape[-1] + 3), lambda array: array[..., 1:-2], 1),
    "selected": (lambda shape: (3, *shape), lambda array: array[1, ...], 0),
    "last axis selected": (lambda shape: (*shape, 2), lambda array: array[..., 1], 0),
    "cut along each axis": (
        lambda shape: tuple(size + 2 for size in shape), lambda array: array[(slice(1, -1),) * array.ndim], 1,
    ),
}  # fmt: skip
DENSE: Lying = ARRAYS["C order"]


def array_input(
    dtype: str, shape: tuple[int, ...], lying: Lying, random: np.random.Generator, *, writable: bool = True
) -> ArrayInput:
    """Give an array of a dtype and shape that lies so in a larger one of random elements."""
    larger, see, _ = lying
    whole = any_elements(dtype, int(np.prod(larger(shape))), random).reshape(larger(shape))
    return _as_input(see(whole), whole, writable=writable)


def _as_input(array: NDArray[Any], whole: NDArray[Any], *, writable: bool = True) -> ArrayInput:
    offset = array.__array_interface__["data"][0] - whole.__array_interface__["data"][0] if array.size else 0
    return ArrayInput(whole.dtype.str, array.shape, array.strides, bits_of_array(whole), offset, writable)


def _rows(seed: int, *, writable: bool = True) -> Iterator[Row]:
    axes = {"shape": SHAPES, "lying": tuple(ARRAYS), "dtype": COMMON}
    for chosen in pairwise(axes, lambda row: len(row["shape"]) >= ARRAYS[row["lying"]][2]):
        label = f"{chosen['dtype']} {list(chosen['shape'])} {chosen['lying']}"
        lying, random = ARRAYS[chosen["lying"]], generator(seed, label)
        given = array_input(chosen["dtype"], chosen["shape"], lying, random, writable=writable)
        yield Row(label, Inputs({}, {"a": given}))


def arrays(profile: str, seed: int) -> Iterator[Row]:
    """Every pair of dtype, shape and way to lie in memory."""
    yield from _rows(seed)


def converted(profile: str, seed: int) -> Iterator[Row]:
    """Arrays of every dtype with every dtype that is asked for, but a real one of a complex array."""
    ways = cycle(ARRAYS.values())
    for dtype, target in product(COMMON, DTYPES):
        if kind_of(dtype) == "complex" and kind_of(target) != "complex":
            continue
        label = f"{dtype} as {target}"
        given = array_input(dtype, (4, 9), next(ways), generator(seed, label))
        yield Row(label, Inputs({}, {"a": given, "dtype": PlainInput({"dtype": target})}))


def read_only(profile: str, seed: int) -> Iterator[Row]:
    """Arrays that can't be written, of every dtype."""
    for dtype, lying in zip(COMMON, cycle(ARRAYS.values()), strict=False):
        shape = (2, 3)
        label = f"{dtype} read-only {list(shape)}"
        given = array_input(dtype, shape, lying, generator(seed, label), writable=False)
        yield Row(label, Inputs({}, {"a": given}))


_EVERY = slice(None)
# Keys and orders through which a program takes a part of an array of shape (4, 6), or (n,).
PARTS: tuple[tuple[tuple[int, ...], Any, tuple[int, ...]], ...] = (
    ((4, 6), ..., (0, 1)), ((4, 6), ..., (1, 0)), ((4, 6), slice(1, 3), (0, 1)), ((4, 6), (_EVERY, slice(2, 5)), (0, 1)),
    ((4, 6), (slice(None, None, 2), slice(1, None, 3)), (1, 0)), ((4, 6), (1, _EVERY), (0,)), ((4, 6), (_EVERY, 2), (0,)),
    ((4, 6), (..., -1, None), (1, 0)), ((4, 6), (3, slice(4, 4)), (0,)), ((1, 6), (0, slice(None, None, 5)), (0,)),
    ((7,), ..., (0,)), ((8,), slice(1, None), (0,)), ((17,), slice(None, None, 2), (0,)), ((1025,), slice(1, None), (0,)),
    ((32769,), ..., (0,)), ((33, 1025), (_EVERY, slice(3, None)), (1, 0)), ((2, 3, 4), (_EVERY, 1), (1, 0)),
    ((2, 3, 4), ..., (2, 0, 1)), ((1,), ..., (0,)),
)  # fmt: skip


def parts(profile: str, seed: int) -> Iterator[Row]:
    """Arrays, and the part of each that a program takes; dtypes in turn, each of them met."""
    dtypes = cycle(COMMON)
    for shape, key, order in PARTS:
        # Three dtypes to a part: 19 parts meet each dtype about five times.
        for dtype in (next(dtypes), next(dtypes), next(dtypes)):
            label = f"{dtype} {list(shape)} [{key!r}] order {list(order)}"
            given = array_input(dtype, shape, DENSE, generator(seed, label))
            plain = {"key": PlainInput(encode_plain(key)), "order": PlainInput(encode_plain(order))}
            yield Row(label, Inputs({}, {"a": given, **plain}))


def backwards(profile: str, seed: int) -> Iterator[Row]:
    """Arrays with a negative stride; the twin walks the same axis forwards."""
    keys: tuple[tuple[tuple[int, ...], tuple[Any, ...], tuple[Any, ...]], ...] = (
        ((5,), (slice(None, None, -1),), (_EVERY,)),
        ((2, 3), (slice(None, None, -1),), (_EVERY,)),
        ((2, 3), (_EVERY, slice(None, None, -1)), (_EVERY, _EVERY)),
        ((2, 6), (_EVERY, slice(None, None, -2)), (_EVERY, slice(None, None, 2))),
        ((4, 3), (slice(None, None, -1), slice(None, None, -1)), (_EVERY, _EVERY)),
        ((17,), (slice(-2, None, -3),), (slice(1, None, 3),)),
        # A dimension of size 1 that is walked backwards has a negative stride too.
        ((1, 3), (slice(None, None, -1),), (_EVERY,)),
        ((2, 3, 2), (_EVERY, slice(None, None, -1)), (_EVERY, _EVERY)),
    )
    for (shape, key, forwards), dtype in product(keys, ("float32", "int64", "bool", "complex64")):
        label = f"{dtype} {list(shape)} {key!r}"
        whole = any_elements(dtype, math.prod(shape), generator(seed, label)).reshape(shape)
        given, legal = (Inputs({}, {"a": _as_input(whole[one], whole)}) for one in (key, forwards))
        yield Row(label, given, legal)


def foreign(profile: str, seed: int) -> Iterator[Row]:
    """Dtypes that PyTorch does not have, to which a program converts; the twin's it has."""
    given = array_input("int64", (3,), DENSE, generator(seed, "foreign"))
    for kind in ("M8[s]", "m8[s]", "U4", "S4", "V8", "O"):
        inputs, legal = (
            Inputs({}, {"a": given, "kind": PlainInput(one)}) for one in (kind, "int32" if kind != "O" else "float64")
        )
        yield Row(kind, inputs, legal)


def unfit(profile: str, seed: int) -> Iterator[Row]:
    """Arrays whose bytes are in the other order or whose strides are no whole elements, and arrays that are right."""
    for dtype, size in (("i4", 4), ("f4", 4), ("i8", 8), ("f8", 8), ("c8", 8), ("f2", 2), ("i2", 2)):
        bits = bits_of_array(np.arange(64, dtype=np.uint8))
        for order, stride in (("<", size), (">", size), ("<", size + size // 2), ("<", 2 * size)):
            given = ArrayInput(f"{order}{dtype}", (3,), (stride,), bits)
            yield Row(f"{order}{dtype} {stride} bytes apart", Inputs({}, {"a": given}))


def no_arrays(profile: str, seed: int) -> Iterator[Row]:
    """Things that are no array; the twin is one."""
    legal = Inputs({}, {"a": array_input("float32", (3,), DENSE, generator(seed, "legal"))})
    for one in ([1, 2], 2.5, None, (1,), "1"):
        yield Row(repr(one), Inputs({}, {"a": PlainInput(encode_plain(one))}), legal)


# Ways to write to a tensor, and to an array; what is read before and after.
TENSOR_WRITES = ("assign", "fill_", "zero_", "copy_", "augmented", "out", "detach", ".data")
ARRAY_WRITES = ("assign", "last element", "out", "transposed")
READS = ("sum", "product", "cat", "mean", "argmax", "cast", "clone", "list", "add", "contiguous", "assign", "__repr__")


def _judged_read(read: str, dtype: str, shape: tuple[int, ...]) -> str:
    """Give a read, or a sum where a dtype or shape has no such read, or one whose result the rules leave open."""
    kind, empty = kind_of(dtype), 0 in shape
    if read in ("product", "cat") and not shape:
        return "sum"
    lacks = {
        "product": kind == "bool",
        "mean": kind != "float" or empty,
        "argmax": kind in ("bool", "complex") or empty,
    }
    return "sum" if lacks.get(read) else read


def _read_args(read: str, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Give what a read is called with: the dims of the left factor that are exchanged, or a number to add."""
    if read == "product":
        return (0, 0) if len(shape) == 1 else (-1, -2)
    return (True,) if read == "add" else ()


def tensors(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every dtype that NumPy has, with every shape and layout, and the base that they show; ways to write, and to read."""
    axes = {
        "shape": SHAPES, "layout": fitting((2, 2, 2)), "dtype": COMMON, "read": READS, "tensor": TENSOR_WRITES, "array": ARRAY_WRITES,
        "through": ("base", "itself"),
    }  # fmt: skip
    for number, chosen in enumerate(pairwise(axes)):
        shape, dtype = chosen["shape"], chosen["dtype"]
        # Few layouts fit a vector: there they take turns. To look whether each fits would make the array dear.
        layouts = fitting(shape)
        layout = chosen["layout"] if chosen["layout"] in layouts else layouts[number % len(layouts)]
        read = _judged_read(chosen["read"], dtype, shape)
        # An array whose elements are one in memory is written as a whole.
        whole = layout.name == "expanded"
        ways = chosen["tensor"], "assign" if whole else chosen["array"], "base" if whole else chosen["through"]
        label = f"{number}: {dtype} {list(shape)} {layout.name}, {read} before and after {ways[0]} through {ways[2]} or {ways[1]}"
        # Sums of complex numbers that are not finite are any.
        summed = kind_of(dtype) == "complex" and not {read, *ways}.isdisjoint(("sum", "add", "augmented", "out"))
        make = factor if read in ("product", "mean") or summed else seen_through
        made, steps = make(dtype, shape, layout, generator(seed, label))
        tensor = {"x": TensorInput("base", steps), "base": TensorInput("base")}
        named = {"tensor": ways[0], "array": ways[1], "through": ways[2], "read": read, "args": _read_args(read, shape)}
        plain = {name: PlainInput(encode_plain(one)) for name, one in named.items()}
        needs = product_needs(dtype) if read == "product" else ()
        yield Row(label, Inputs({"base": made}, {**tensor, **plain}), needs=needs)


def _but(profile: str, seed: int, *names: str) -> Iterator[Row]:
    """Give the rows of tensors without some of their arguments."""
    for row in tensors(profile, seed):
        kept = {name: one for name, one in row.inputs.arguments.items() if name not in names}
        yield Row(row.label, Inputs(row.inputs.bases, kept), needs=row.needs)


def written_tensors(profile: str, seed: int) -> Iterator[Row]:
    """Tensors, their base, and a way to write to it."""
    return _but(profile, seed, "array", "read", "args")


def written_arrays(profile: str, seed: int) -> Iterator[Row]:
    """Tensors, their base, a way to write to an array, and what is read of the tensor before and after."""
    return _but(profile, seed, "tensor", "through")


def plain_tensors(profile: str, seed: int) -> Iterator[Row]:
    """The same tensors, without their base."""
    return _but(profile, seed, "base", "tensor", "array", "through", "read", "args")


def bfloat16(profile: str, seed: int) -> Iterator[Row]:
    """A bfloat16 tensor of some shapes; the twin is float32."""
    shapes: tuple[tuple[int, ...], ...] = ((), (3,), (2, 0))
    for shape in shapes:
        given, legal = (
            inputs_of({"x": filled(dtype, shape, generator(seed, f"{shape}"))}) for dtype in ("bfloat16", "float32")
        )
        yield Row(f"bfloat16 {list(shape)}", given, legal)


def leaves(profile: str, seed: int) -> Iterator[Row]:
    """Tensors that require grad, in every layout; the twin's do not."""
    shape = (2, 3)
    for layout, dtype in product(fitting(shape), ("float16", "float32", "float64", "complex64")):
        label = f"{dtype} {layout.name}"
        made, steps = seen_through(dtype, shape, layout, generator(seed, label))
        given, legal = (
            Inputs({"a": made}, {"x": TensorInput("a", steps, requires_grad=grad)}) for grad in (True, False)
        )
        yield Row(label, given, legal)


def scalars(profile: str, seed: int) -> Iterator[Row]:
    """Two NumPy scalars of every pair of dtypes: of one dtype with any bits, of two each beyond what the other's holds."""
    for one, other in product(COMMON, COMMON):
        if one != other and "bool" in (one, other):
            # Whether a NumPy bool beside a number is one too, no document says.
            continue
        label = f"{one} and {other}"
        random = generator(seed, label)
        common = promote_types(one, other)
        values = any_elements(one, 2, random) if one == other else _telling(one, other, common, random)
        yield Row(label, Inputs({}, {"x": scalar_input(one, values[0]), "y": scalar_input(other, values[1])}))


def _telling(one: str, other: str, common: str, random: np.random.Generator) -> tuple[Any, Any]:
    return telling(one, other, common, random), telling(other, one, common, random)


def tensors_with_scalars(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every real dtype with NumPy's int and float scalars: small numbers whose results are exact."""
    operations = cycle(("add", "sub", "mul", "div"))
    numbers = ("int8", "uint8", "int32", "int64", "float16", "float32", "float64")
    for dtype, shape, number in product(DTYPES, ((6,), (), (17,), (2, 1)), numbers):
        if kind_of(dtype) not in ("integer", "float"):
            continue
        value = 2 if kind_of(number) == "integer" else 0.5
        operation = next(operations)
        label = f"{dtype} {list(shape)} {operation} {number}"
        tensor = base(dtype, shape, generator(seed, label), small=True)
        arguments: dict[str, Argument] = {
            "x": TensorInput("x"),
            "number": scalar_input(number, value),
            "operation": PlainInput(operation),
        }
        yield Row(label, Inputs({"x": tensor}, arguments))


def mixed_lists(profile: str, seed: int) -> Iterator[Row]:
    """Arrays of one axis that stand in a list, in every way that one can lie; then arrays of every two dtypes, of one axis and of two."""
    for dtype, name in product(COMMON, ("C order", "every second", "selected", "rows from the third")):
        label = f"{dtype} {name}"
        random = generator(seed, label)
        made = {part: array_input(dtype, (5,), ARRAYS[name], random) for part in "ab"}
        yield Row(label, Inputs({}, {"a": made["a"], "b": made["b"]}))
    for number, (one, other) in enumerate(product(COMMON, COMMON)):
        if one == other or "bool" in (one, other):
            continue
        shape: tuple[int, ...] = ((2, 1), (1,), (3,), (2, 3))[(number + seed) % 4]
        label = f"{one} with {other} {list(shape)}"
        random, common = generator(seed, label), promote_types(one, other)
        arrays = {}
        for name, dtype, beside in (("a", one, other), ("b", other, one)):
            filled_with = [telling(dtype, beside, common, random) for _ in range(math.prod(shape))]
            whole = np.array(filled_with, dtype=dtype).reshape(shape)
            arrays[name] = _as_input(whole, whole)
        yield Row(label, Inputs({}, dict(arrays)))


def sums(profile: str, seed: int) -> Iterator[Row]:
    """Two tensors of a dtype, in layouts of which the second is transposed."""
    shape = (3, 4)
    for dtype in COMMON:
        if dtype != "bool":
            random = generator(seed, f"sum {dtype}")
            bases = {name: Base(dtype, shape, base(dtype, shape, random, small=True).bits) for name in "xy"}
            yield Row(dtype, inputs_of(bases))


def numpy_kinds(profile: str, seed: int) -> Iterator[Row]:
    """Tensors of every dtype with a dtype of NumPy's that holds all of its elements."""
    for dtype, kind in product(COMMON, ("float64", "complex128")):
        if kind_of(dtype) == "complex" and kind == "float64":
            continue
        label = f"{dtype} as {kind}"
        random = generator(seed, label)
        values = random.integers(0, 2 if dtype == "bool" else 100, (2, 3)).astype(numpy_dtype(dtype))
        yield Row(label, inputs_of({"x": Base(dtype, (2, 3), bits_of_array(values))}, kind=kind))


def defaults(profile: str, seed: int) -> Iterator[Row]:
    """An array and a tensor of every dtype, a NumPy scalar, a number to write, and two dtypes in turn to be the default one."""
    others = cycle(("float64", "bfloat16", "float16"))
    for dtype in COMMON:
        for default in (next(others), next(others)):
            label = f"{dtype} where {default} is the default"
            random = generator(seed, label)
            given = array_input(dtype, (2, 3), DENSE, random)
            number = next(one for one in (1 / 3, 0.1, 2.5, 3, True) if writable_as(one, dtype))
            arguments: dict[str, Argument] = {
                "a": given, "x": TensorInput("x"), "scalar": scalar_input(dtype, any_elements(dtype, 1, random)[0]),
                "number": PlainInput(encode_plain(number)), "default": PlainInput({"dtype": default}),
            }  # fmt: skip
            yield Row(label, Inputs({"x": filled(dtype, (2, 3), random)}, arguments))


def outliving(profile: str, seed: int) -> Iterator[Row]:
    """Arrays and tensors of every dtype, small and large, of which copies are handed over that nobody else holds."""
    for dtype, shape in product(COMMON, ((5,), (2, 3), (1025,), (33, 129))):
        label = f"{dtype} {list(shape)}"
        random = generator(seed, label)
        given = array_input(dtype, shape, DENSE, random)
        yield Row(label, Inputs({"x": filled(dtype, shape, random)}, {"a": given, "x": TensorInput("x")}))


def subnormals(profile: str, seed: int) -> Iterator[Row]:
    """Subnormal floats of the dtypes that both libraries have, as a tensor and as an array in every way that one can lie."""
    for dtype, (name, (larger, see, _)) in product(("float16", "float32", "float64"), ARRAYS.items()):
        label = f"{dtype} {name}"
        shape = larger((2, 3))
        whole = subnormal(dtype, math.prod(shape), generator(seed, label)).reshape(shape)
        bases = {"x": Base(dtype, (2, 3), bits_of_array(np.ascontiguousarray(see(whole))))}
        yield Row(label, Inputs(bases, {"x": TensorInput("x"), "a": _as_input(see(whole), whole)}))
