"""View operations that a shape takes, chains of them, and bases in every layout on which they start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.program import Base, Inputs, PlainInput, Step, TensorInput, decode_plain, encode_plain
from conformance.reference.tensor import Tensor, dense
from conformance.strategies.layouts import LAYOUTS, Layout, fitting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Slices of one dimension: each a different rule of where it begins, ends and steps.
SLICES = (
    slice(1, None), slice(None, -1), slice(None, None, 2), slice(1, None, 2), slice(-2, None), slice(1, 2),
    slice(-100, 100), slice(5, 9), slice(None, None, 3),
)  # fmt: skip
# One that begins later, and one that steps.
FEW_SLICES = (slice(1, None), slice(None, None, 2))
# All dtypes whose elements have a width or a kind of their own.
VIEW_DTYPES = ("int64", "uint8", "float32", "bool", "float16", "complex64", "bfloat16", "int16", "float64")
FULL = slice(None)


def step(op: str, *args: Any) -> Step:
    """Make a view operation of plain arguments."""
    return Step(op, tuple(encode_plain(one) for one in args))


def after(tensor: Tensor, one: Step) -> Tensor:
    """Give the view that an operation gives of a tensor of the reference."""
    args = [decode_plain(part, str) for part in one.args]
    result: Tensor = tensor[args[0]] if one.op == "index" else getattr(tensor, one.op)(*args)
    return result


def numbered(shape: tuple[int, ...], steps: Sequence[Step]) -> Tensor:
    """Give a tensor whose elements are their places in the base, seen through view operations."""
    tensor = dense(np.arange(prod(shape)).reshape(shape), "int64")
    for one in steps:
        tensor = after(tensor, one)
    return tensor


def overlaps(tensor: Tensor) -> bool:
    """Say whether two elements share memory: then nothing may be written."""
    return 0 not in tensor.shape and any(
        stride == 0 and size > 1 for size, stride in zip(tensor.shape, tensor.strides, strict=True)
    )


def steps_of(shape: tuple[int, ...], slices: tuple[slice, ...]) -> Iterator[Step]:
    """Give view operations that a tensor of a shape takes, whatever its strides, but `view`."""
    rank = len(shape)
    yield step("index", ...)
    yield step("index", None)
    yield step("index", (..., None))
    yield step("unsqueeze", 0)
    yield step("unsqueeze", -1)
    yield step("squeeze")
    yield step("detach")
    yield step("permute", tuple(range(rank))[::-1])
    yield step("expand", (2, *shape))
    for dim in range(rank):
        yield from _steps_of_dim(shape, dim, slices)
    if rank <= 2:  # noqa: PLR2004 - a matrix
        yield step("t")
    if rank:
        yield step("unsqueeze", 1)
        yield step("permute", tuple(range(-1, rank - 1)))
        yield step("transpose", 0, -1)
        yield step("index", (slice(None), None, ..., None))
        yield step("index", (..., slice(None, None, 2), None))
    if rank > 1:
        yield step("transpose", -2, -1)
        yield step("index", (slice(1, None), ..., slice(None, -1)))
        yield step("index", (*[FULL] * (rank - 1), None, slice(1, None)))
    if rank > 2:  # noqa: PLR2004 - then these differ from those before
        yield step("transpose", 1, 0)
        yield step("index", (0, ..., -1) if shape[0] and shape[-1] else (FULL, ..., FULL))
    if rank > 3 and 0 not in shape:  # noqa: PLR2004 - of fewer dimensions, the slices of one and of two do this
        # What is left is cut off from its neighbours along each dimension: no two can be walked as one.
        yield step("index", tuple(slice(0, max(size - 1, 1)) for size in shape))


def _steps_of_dim(shape: tuple[int, ...], dim: int, slices: tuple[slice, ...]) -> Iterator[Step]:
    size = shape[dim]
    before = (FULL,) * dim
    for part in slices:
        yield step("index", (*before, part) if dim else part)
    if size:
        yield step("index", (*before, size - 1) if dim else size - 1)
        yield step("index", (*before, -size, ...))
    yield step("squeeze", dim - len(shape))
    if size == 1:
        yield step("squeeze", dim)
        yield step("expand", (*shape[:dim], 3, *shape[dim + 1 :]))


def view_shapes(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Give other shapes of the same number of elements."""
    number = prod(shape)
    yield (-1,)
    yield (number, 1)
    yield (1, *shape, 1)
    for factor in (2, 3):
        if number and number % factor == 0:
            yield (factor, number // factor)
            yield (number // factor, factor)
    if len(shape) > 1:
        yield (*shape[:-2], shape[-2] * shape[-1])
        yield (shape[0] * shape[1], *shape[2:])
    if number == 1:
        yield ()


@lru_cache(maxsize=4096)
def all_steps(shape: tuple[int, ...], *, few: bool = False) -> tuple[Step, ...]:
    """Give the view operations that a tensor of a shape takes, the `view`s included, some of which strides may not allow."""
    views = [step("view", *sizes) if sizes else step("view", sizes) for sizes in view_shapes(shape)]
    return tuple({shown(one): one for one in (*steps_of(shape, FEW_SLICES if few else SLICES), *views)}.values())


def next_steps(tensor: Tensor, *, few: bool = False) -> Iterator[tuple[Step, Tensor]]:
    """Give the view operations that a tensor takes, each with the view that it gives."""
    for one in all_steps(tensor.shape, few=few):
        try:
            yield one, after(tensor, one)
        except RuntimeError:  # a view that the strides do not allow
            continue


@dataclass(frozen=True)
class Chain:
    """A base of a shape, seen in a layout (the steps of `before`) and through a chain of view operations.

    Attributes:
        shape: that the layout shows.
        layout: in which the chain begins.
        steps: the chain.
        tensor: what the chain shows, numbered by places in the base.
    """

    shape: tuple[int, ...]
    layout: Layout
    steps: tuple[Step, ...]
    tensor: Tensor

    @property
    def label(self) -> str:
        """Its name in a table."""
        return f"{list(self.shape)} {self.layout.name}: {self.text}"

    @property
    def text(self) -> str:
        """Its steps, for a label."""
        return " ".join(shown(one) for one in self.steps)

    @property
    def may_be_written(self) -> bool:
        """Whether no two of its elements share memory."""
        return not overlaps(self.tensor)


def shown(one: Step) -> str:
    """Show a view operation in a label."""
    args = [decode_plain(part, str) for part in one.args]
    if one.op != "index":
        return f"{one.op}({', '.join(map(str, args))})"
    return key_text(args[0])


def key_text(key: Any) -> str:
    """Show a key as it is written between brackets."""
    return f"[{', '.join(_part_text(part) for part in key) if isinstance(key, tuple) else _part_text(key)}]"


def _part_text(part: Any) -> str:
    if isinstance(part, slice):
        start, stop, stride = ("" if one is None else str(one) for one in (part.start, part.stop, part.step))
        return f"{start}:{stop}" + (f":{stride}" if stride else "")
    return "..." if part is ... else str(part)


def chain_of(shape: tuple[int, ...], layout: Layout, steps: tuple[Step, ...]) -> Chain:
    """Make a chain.

    Raises:
        RuntimeError: a step is refused.
    """
    return Chain(shape, layout, steps, numbered(layout.base(shape), (*layout.steps(shape), *steps)))


@lru_cache(maxsize=4)
def single_chains(shapes: tuple[tuple[int, ...], ...]) -> tuple[Chain, ...]:
    """Give each view operation that each shape takes; the layouts take turns."""
    found = []
    for shape in shapes:
        layouts = fitting(shape)
        for number, (one, _) in enumerate(next_steps(numbered(shape, ()))):
            for turn in range(len(layouts)):
                try:
                    chain = chain_of(shape, layouts[(number + turn) % len(layouts)], (one,))
                except RuntimeError:  # a view that this layout does not allow: the next one may
                    continue
                found.append(chain)
                break
    return tuple(found)


@lru_cache(maxsize=4)
def crossed_chains(shapes: tuple[tuple[int, ...], ...]) -> tuple[Chain, ...]:
    """Give each view operation that each shape takes, in every layout."""
    return tuple(
        Chain(shape, layout, (one,), seen)
        for shape in shapes
        for layout in fitting(shape)
        for one, seen in next_steps(numbered(layout.base(shape), layout.steps(shape)), few=True)
    )


@lru_cache(maxsize=4)
def double_chains(shape: tuple[int, ...], run: int = 4) -> tuple[Chain, ...]:
    """Give each pair of view operations, one after the other; every so many chains the layout is another one."""
    layouts = fitting(shape)
    found: list[Chain] = []
    for first, seen in next_steps(numbered(shape, ()), few=True):
        for second, last in next_steps(seen, few=True):
            try:
                chain = chain_of(shape, layouts[(len(found) // run) % len(layouts)], (first, second))
            except RuntimeError:  # a view that the layout does not allow
                chain = Chain(shape, LAYOUTS["dense"], (first, second), last)
            found.append(chain)
    return tuple(found)


def random_chains(
    shapes: Sequence[tuple[int, ...]], number: int, random: np.random.Generator, lengths: Sequence[int] = (2, 3, 4, 7)
) -> Iterator[Chain]:
    """Give random chains, four for each shape and layout that is drawn."""
    for turn in range(number):
        if turn % 4 == 0:
            shape = shapes[int(random.integers(len(shapes)))]
            layouts = fitting(shape)
            layout = layouts[int(random.integers(len(layouts)))]
        tensor = numbered(layout.base(shape), layout.steps(shape))
        steps: list[Step] = []
        for _ in range(int(random.choice(lengths))):
            one, tensor = _any_step(tensor, random)
            steps.append(one)
        yield Chain(shape, layout, tuple(steps), tensor)


def groups(chains: Iterable[Chain], size: int) -> Iterator[tuple[Chain, ...]]:
    """Give chains that begin with the same shape in the same layout together, so many at a time."""
    waiting: dict[tuple[tuple[int, ...], str], list[Chain]] = {}
    for chain in chains:
        found = waiting.setdefault((chain.shape, chain.layout.name), [])
        found.append(chain)
        if len(found) == size:
            yield tuple(found)
            found.clear()
    yield from (tuple(found) for found in waiting.values() if found)


def _any_step(tensor: Tensor, random: np.random.Generator) -> tuple[Step, Tensor]:
    choices = all_steps(tensor.shape)
    while True:
        one = choices[int(random.integers(len(choices)))]
        try:
            return one, after(tensor, one)
        except RuntimeError:  # a view that the strides do not allow
            continue


def with_views(made: Base, before: tuple[Step, ...], views: dict[str, tuple[Step, ...]], **plain: Any) -> Inputs:
    """Give a base, `x` that shows it, views of `x` by name, and plain values."""
    arguments = {
        "base": TensorInput("base"),
        "x": TensorInput("base", before),
        **{name: TensorInput("base", (*before, *steps)) for name, steps in views.items()},
    }
    return Inputs({"base": made}, {**arguments, **{n: PlainInput(encode_plain(v)) for n, v in plain.items()}})
