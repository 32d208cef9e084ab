"""Tables of views that share memory: chains of view operations, and what is written through them, when and how."""

from __future__ import annotations

from itertools import cycle, product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of
from conformance.program import Inputs, TensorInput, decode_plain
from conformance.strategies.covering import is_single, pairwise
from conformance.strategies.layouts import LAYOUTS, fitting, reading
from conformance.strategies.rows import Row
from conformance.strategies.tables.making import factor, inputs_of, laid_out, product_needs
from conformance.strategies.tables.steps import (
    VIEW_DTYPES,
    Chain,
    after,
    chain_of,
    crossed_chains,
    double_chains,
    groups,
    numbered,
    overlaps,
    random_chains,
    single_chains,
    step,
    with_views,
)
from conformance.strategies.values import base_of, generator, subnormal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SHAPES: tuple[tuple[int, ...], ...] = (
    (), (1,), (6,), (3, 4), (1, 3), (1, 1), (0, 3), (2, 3, 4), (2, 1, 3), (3, 2, 2, 2), (2, 1, 3, 1, 2), (2, 2, 3, 1, 2, 2),
)  # fmt: skip
PAIRED = (2, 1, 3)
# Shapes of which each view operation is seen in every layout.
CROSSED = ((6,), (3, 4), (2, 3, 2))
# Written in each way in layouts in which no two of its dimensions can be walked as one.
DEEP: tuple[tuple[int, ...], ...] = ((2, 2, 3, 2, 2), (5, 4, 5, 4, 5))
APART = ("block", "middle stepped")
# Past the sizes at which libraries change their way of copying.
LARGE: tuple[tuple[tuple[int, ...], tuple[Any, ...]], ...] = (
    ((1025,), (slice(1, None),)), ((2050,), (slice(None, None, 2),)), ((32769,), (slice(1, None, 2),)),
    ((65538,), (slice(None, None, 2),)), ((33, 1025), (slice(None), slice(1, None))), ((129, 257), (..., slice(None, -1))),
    ((17, 31, 65), (slice(1, None), ..., slice(None, None, 3))), ((31, 33), (0,)), ((33, 31), (slice(None), 5)),
    ((5, 4, 5, 4, 5), (slice(1, None),) * 5), ((9, 7, 9, 8, 9), (slice(None, -1),) * 5),
)  # fmt: skip
NUMBERS = (77, 5, 0, 3)
# So many random chains are enough to reach every step and layout once.
FEW_CHAINS = 24


def _number(dtype: str, random: np.random.Generator) -> Any:
    """Give a number that every dtype of its kind holds; of a bool either."""
    return bool(random.integers(2)) if dtype == "bool" else int(random.choice(NUMBERS))


def _numbers(dtype: str) -> list[Any]:
    """Give numbers to write one after the other, each another one than before."""
    return [True, False, True, False] if dtype == "bool" else [11, 12, 13, 14]


def _chains(seed: int, label: str, pairs: Iterable[Chain], drawn: int, singles: int = 1) -> Iterator[Chain]:
    """Give each single step (or one in `singles`), pairs, and random longer chains, each once; a few of these in `smoke`."""
    drawn = min(drawn, FEW_CHAINS) if is_single() else drawn
    alone = (chain for number, chain in enumerate(single_chains(SHAPES)) if (number + seed) % singles == 0)
    seen = set()
    for chain in (*alone, *pairs, *random_chains(SHAPES, drawn, generator(seed, label))):
        if chain.label not in seen:
            seen.add(chain.label)
            yield chain


def _large() -> Iterator[Chain]:
    """Give steps over large tensors."""
    for shape, key in LARGE:
        yield chain_of(shape, LAYOUTS["dense"], (step("index", key),))
        if len(shape) > 1:
            yield chain_of(shape, LAYOUTS["dense"], (step("transpose", 0, -1),))


def _share(seed: int, part: int, parts: int, run: int = 1) -> list[Chain]:
    """Give one run of pairs of steps in `parts`, others with another seed; none in `smoke`."""
    if is_single():
        return []
    return [chain for number, chain in enumerate(double_chains(PAIRED)) if (number // run + seed + part) % parts == 0]


def _dtypes(seed: int) -> Iterator[str]:
    turn = seed % len(VIEW_DTYPES)
    return cycle(VIEW_DTYPES[turn:] + VIEW_DTYPES[:turn])


NAMES = ("view", "other", "third", "fourth", "fifth", "sixth")


def _grouped(group: Sequence[Chain], dtype: str, random: np.random.Generator, views: int, **plain: Any) -> Inputs:
    """Give the base of chains that begin alike, `x` in their layout, and so many views; the last one fills the places left."""
    made, before = laid_out(dtype, group[0].shape, group[0].layout, random)
    filled = [*group, *[group[-1]] * views][:views]
    return with_views(made, before, {name: one.steps for name, one in zip(NAMES, filled, strict=False)}, **plain)


def _group_label(group: Sequence[Chain]) -> str:
    return f"{group[0].label}{''.join(f'; {one.text}' for one in group[1:])}"


def view_chains(profile: str, seed: int) -> Iterator[Row]:
    """Chains of view operations: each one and each pair, and random ones of up to four, over every layout and dtype."""
    pairs = () if is_single() else (*crossed_chains(CROSSED), *double_chains(PAIRED))
    chains = _chains(seed, "chains", pairs, 120)
    for group, dtype in zip(groups(chains, 6), _dtypes(seed), strict=False):
        label = _group_label(group)
        yield Row(label, _grouped(group, dtype, generator(seed, label), 6))


def _shown_place(chain: Chain, random: np.random.Generator) -> tuple[int, ...] | None:
    """Give the index in `x` of an element that the chain shows, or of another where it shows none."""
    places = chain.tensor.array().ravel()
    base = numbered(chain.layout.base(chain.shape), chain.layout.steps(chain.shape)).array()
    if not base.size:
        return None
    wanted = places[int(random.integers(places.size))] if places.size else base.ravel()[0]
    return tuple(int(part) for part in np.argwhere(base == wanted)[0])


# Ways to write a number: by assignment or method, in place and as `out`, and past the count of writes.
NUMBER_WAYS = ("assign", "fill_", ".data", "augmented", "detach", "out")


def base_writes(profile: str, seed: int) -> Iterator[Row]:
    """Chains of views, with a write to an element of the base that the last of them shows, or to a part that it lies in."""
    chains = _chains(seed, "base writes", _share(seed, 0, 3, 3), 120)
    for number, (group, dtype) in enumerate(zip(groups(chains, 4), _dtypes(seed), strict=False)):
        label = _group_label(group)
        random = generator(seed, label)
        index = _shown_place(group[-1], random)
        if index is not None and group[0].layout.name != "expanded":
            # One element, or with fewer indices the row or block that it lies in, or all.
            index = index[: (number + seed) % (len(index) + 2)]
            way = NUMBER_WAYS[(number // 3 + seed) % len(NUMBER_WAYS)]
            plain = {"index": index, "number": _number(dtype, random), "way": way}
            yield Row(label, _grouped(group, dtype, random, 4, **plain))


def view_writes(profile: str, seed: int) -> Iterator[Row]:
    """Pairs of chains of views over one base, with a number for the first, whose elements share no memory."""
    chains = (*_chains(seed, "view writes", _share(seed, 1, 4, 2), 120, 2), *_large())
    for place, (group, dtype) in enumerate(zip(groups(chains, 2), _dtypes(seed), strict=False)):
        label = _group_label(group)
        random = generator(seed, label)
        if group[0].may_be_written:
            way = NUMBER_WAYS[(place + seed) % len(NUMBER_WAYS)]
            yield Row(label, _grouped(group, dtype, random, 2, number=_number(dtype, random), way=way))


WAYS = (
    "assign", "copy_", "add_", "imul", "isub", "iadd number", "out of itself", "out of others", "copy_ flagged", "mul_ number",
)  # fmt: skip


def _broadcast_sources(shape: tuple[int, ...], random: np.random.Generator) -> tuple[int, ...]:
    """Give a shape that broadcasts to another: its own, with sizes of 1, or with leading ones left out."""
    kind = int(random.integers(4))
    if kind == 0:
        return tuple(1 if random.integers(2) else size for size in shape)
    return shape[int(random.integers(len(shape) + 1)) :] if kind == 1 else shape


def tensor_writes(profile: str, seed: int) -> Iterator[Row]:
    """Every way to write a tensor (assigned, copied, in place, as `out`) into every layout, and through chains of views."""
    dtypes = _dtypes(seed)
    for shape in (*CROSSED, *DEEP):
        for number, (layout, way) in enumerate(product(fitting(shape), WAYS)):
            deep = layout.name in APART and (shape == DEEP[0] or (number + seed) % 2)
            chosen = deep if shape in DEEP else layout.name != "expanded"
            if chosen:
                yield _tensor_write(chain_of(shape, layout, ()), next(dtypes), way, seed)
    drawn = (*_chains(seed, "tensor writes", _share(seed, 2, 24), 100, 4), *_large())
    for chain, dtype, way in zip((one for one in drawn if one.may_be_written), dtypes, cycle(WAYS), strict=False):
        yield _tensor_write(chain, dtype, way, seed)


def _tensor_write(chain: Chain, dtype: str, way: str, seed: int) -> Row:
    label = f"{chain.label} {way}"
    random = generator(seed, label)
    chosen = "add_" if (way == "isub" and dtype == "bool") or ("mul" in way and "complex" in dtype) else way
    chosen = "assign" if chosen == "out of others" and "complex" in dtype else chosen
    shape = chain.tensor.shape if "out" in way else _broadcast_sources(chain.tensor.shape, random)
    places = reading(shape)
    # Every dtype holds what uint8 and bool hold here.
    other = ("uint8", "bool", dtype, dtype)[int(random.integers(4))] if "copy_" in way or way == "assign" else dtype
    source, steps = factor(other, shape, places[int(random.integers(len(places)))], random)
    made, before = factor(dtype, chain.shape, chain.layout, random)
    given = with_views(made, before, {"view": chain.steps}, way=chosen)
    bases = {**given.bases, "source": source}
    return Row(label, Inputs(bases, {**given.arguments, "source": TensorInput("source", steps)}))


def _in_program(chain: Chain) -> list[tuple[str, list[Any]]]:
    """Give a chain as plain data for a program that makes the views itself."""
    return [(one.op, [decode_plain(part, str) for part in one.args]) for one in chain.steps]


def alternating_writes(profile: str, seed: int) -> Iterator[Row]:
    """Pairs of chains over one base, for writes that go back and forth between the base and its views."""
    random = generator(seed, "alternating")
    chains = [chain for chain in _chains(seed, "alternating", _share(seed, 1, 24), 80, 7) if chain.may_be_written]
    for chain, dtype in zip(chains, _dtypes(seed), strict=False):
        if chain.tensor.numel() and chain.layout.name != "expanded":
            index = _shown_place(chain, random)
            (other,) = random_chains((chain.shape,), 1, random, (1, 2))
            if overlaps(other.tensor):
                other = chain
            made, before = laid_out(dtype, chain.shape, chain.layout, random)
            views = {"view": chain.steps, "other": _fitting_steps(chain, other)}
            plain = {"index": index, "numbers": _numbers(dtype)}
            yield Row(chain.label, with_views(made, before, views, **plain))


def _fitting_steps(chain: Chain, other: Chain) -> tuple[Any, ...]:
    """Give the steps of another chain where the layout of the first allows them, else none."""
    try:
        tensor = chain_of(chain.shape, chain.layout, other.steps).tensor
    except RuntimeError:
        return ()
    return () if overlaps(tensor) else other.steps


def views_between_writes(profile: str, seed: int) -> Iterator[Row]:
    """Chains of views that the program makes itself, before and after a write."""
    random = generator(seed, "between")
    chains = [chain for chain in _chains(seed, "between", _share(seed, 3, 24), 80, 7) if chain.may_be_written]
    for chain, dtype in zip(chains, _dtypes(seed), strict=False):
        index = _shown_place(chain, random)
        if index is not None and chain.layout.name != "expanded":
            plain = {"steps": _in_program(chain), "index": index, "numbers": _numbers(dtype)}
            made, before = laid_out(dtype, chain.shape, chain.layout, random)
            yield Row(chain.label, with_views(made, before, {}, **plain))


COPIES = (
    "clone", "torch.clone", "sum", "cat", "clone, view", "reshape of a clone", "cast", "number", "factor", "to, by position",
)  # fmt: skip


def copies(profile: str, seed: int) -> Iterator[Row]:
    """Chains of views, and every operation whose result is a copy."""
    chains = [chain for chain in (*_chains(seed, "copies", (), 80, 5), *_large()) if chain.may_be_written]
    for chain, dtype, way in zip(chains, _dtypes(seed), cycle(COPIES), strict=False):
        random = generator(seed, chain.label)
        if chain.layout.name != "expanded":
            chosen = "clone" if way == "cat" and not chain.tensor.ndim else way
            plain = {"way": chosen, "number": _number(dtype, random)}
            made, before = factor(dtype, chain.shape, chain.layout, random)
            yield Row(f"{chain.label} {way}", with_views(made, before, {"view": chain.steps}, **plain))


def outliving(profile: str, seed: int) -> Iterator[Row]:
    """Chains of views that the program makes itself of a tensor that nobody else holds, small ones and large."""
    drawn = (*_chains(seed, "outliving", (), 60, 8), *_large())
    for chain, dtype in zip((one for one in drawn if _is_seen_in_a_copy(one)), _dtypes(seed), strict=False):
        made, before = laid_out(dtype, chain.shape, chain.layout, generator(seed, chain.label))
        yield Row(chain.label, with_views(made, before, {}, steps=_in_program(chain)))


def _is_seen_in_a_copy(chain: Chain) -> bool:
    """Say whether a copy of what a chain begins with, whose strides are others, can be seen through its steps too."""
    copy = numbered(chain.layout.base(chain.shape), chain.layout.steps(chain.shape)).clone()
    try:
        for one in chain.steps:
            copy = after(copy, one)
    except RuntimeError:
        return False
    return True


def subnormals(profile: str, seed: int) -> Iterator[Row]:
    """Subnormal floats of every dtype in every layout, few of them and many."""
    for dtype, shape in product(("float16", "bfloat16", "float32", "float64"), ((3, 4), (33, 65))):
        for number, layout in enumerate(fitting(shape)):
            # Of the large ones, every other layout.
            if layout.name != "expanded" and (shape == (3, 4) or (number + seed) % 2):
                label = f"{dtype} {list(shape)} {layout.name}"
                whole = layout.base(shape)
                made = base_of(dtype, whole, subnormal(dtype, prod(whole), generator(seed, label)))
                yield Row(label, with_views(made, layout.steps(shape), {}))


CALLS = (
    "cat", "sums", "mul", "div", "products", "mean", "argmax", "to", "clone", "__getitem__", "__repr__", "in place", "assign", "out",
)  # fmt: skip
# Other names of a tensor's memory, through which it is written between two calls.
BEHIND = ("base", "itself", "view", "detach", ".data", "transposed", "row")


def calls_in_turn(profile: str, seed: int) -> Iterator[Row]:
    """Two tensors of the same sizes and dtype in different layouts, one after the other and back, and the first through each of its names."""
    axes = {
        "operation": CALLS, "way": BEHIND, "dtype": ("float32", "int64", "float64", "bfloat16", "complex64", "int8"),
        "shape": ((4, 4), (2, 3, 3), (16, 16)), "x": tuple(LAYOUTS), "y": tuple(LAYOUTS), "dim": (0, -1),
    }  # fmt: skip
    # Elements that are one in memory are written through the base alone.
    for number, row in enumerate(pairwise(axes, lambda one: one["x"] != "expanded" or one["way"] == "base")):
        operation, dtype = row["operation"], row["dtype"]
        if (operation == "mean" and kind_of(dtype) == "integer") or (operation == "argmax" and dtype == "complex64"):
            operation = "cat"
        label = f"{number}: {operation} {dtype} {list(row['shape'])} over {row['dim']}, {row['x']}, {row['y']}, {row['way']}"
        random = generator(seed, label)
        made = {name: factor(dtype, row["shape"], LAYOUTS[row[name]], random) for name in "xy"}
        tensors = {"base": TensorInput("x"), **{name: TensorInput(name, steps) for name, (_, steps) in made.items()}}
        args = {"mul": (2,), "div": (2,), "__getitem__": ((..., slice(1, None)),)}.get(operation, ())
        args = (row["dim"],) if operation in ("cat", "mean", "argmax") else args
        plain = inputs_of({}, operation=operation, args=args, way=row["way"])
        needs = product_needs(dtype) if operation == "products" else ()
        yield Row(
            label, Inputs({name: one for name, (one, _) in made.items()}, {**tensors, **plain.arguments}), needs=needs
        )


def contiguous(profile: str, seed: int) -> Iterator[Row]:
    """Chains of views, dense and not, with a number to write."""
    drawn = (*_chains(seed, "contiguous", _share(seed, 5, 32), 60, 8), *_large())
    chains = [chain for chain in drawn if chain.may_be_written]
    for chain, dtype in zip(chains, _dtypes(seed), strict=False):
        random = generator(seed, chain.label)
        if chain.layout.name != "expanded":
            yield Row(chain.label, _grouped((chain,), dtype, random, 1, number=_number(dtype, random)))


def expanded_reads(profile: str, seed: int) -> Iterator[Row]:
    """Tensors that are expanded, with a write to the base, and an operation that reads them."""
    shapes = (
        ((3, 1), (3, 4)),
        ((1,), (5,)),
        ((1, 3), (4, 3)),
        ((), (3,)),
        ((2, 1, 3), (2, 4, 3)),
        ((1, 1), (33, 31)),
        ((3,), (2, 4, 3)),
        ((), (2, 3)),
    )
    for (shape, sizes), dtype in product(shapes, ("int64", "float32", "bool", "bfloat16", "uint8")):
        label = f"{dtype} {list(shape)} as {list(sizes)}"
        random = generator(seed, label)
        made, _ = factor(dtype, shape, LAYOUTS["dense"], random)
        plain = {"number": _number(dtype, random), "sizes": sizes}
        yield Row(label, inputs_of({"x": made}, **plain))
