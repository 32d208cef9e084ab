"""What tables are made of: elements of every class, places in one memory, lists that are not even."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from conformance.conditions import value_classes
from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import bits_of_array, decode_plain
from conformance.strategies.tables import creation, sharing
from conformance.strategies.values import elements, generator, is_subnormal, moderate

SQUARE = np.arange(16).reshape(4, 4)
PARTS = (
    SQUARE, SQUARE.T, SQUARE[1:3], SQUARE[0:2], SQUARE[:, 1], SQUARE[1], SQUARE[0:1], SQUARE[::2], SQUARE[2:], SQUARE[0, 0],
)  # fmt: skip


@pytest.mark.parametrize("dtype", [name for name in DTYPES if kind_of(name) == "float"])
def test_floats_are_of_every_class_but_subnormal(dtype: str) -> None:
    """Among many there are NaN, infinities, -0.0 and the largest, about a third lie from 1/2 to 2, and none is subnormal."""
    made = elements(dtype, 3000, generator(1, dtype))
    middling = moderate(dtype, 3000, generator(2, dtype)).astype(np.float64)
    with np.errstate(invalid="ignore"):
        sizes = np.abs(made.astype(np.float64))

    assert made.dtype == numpy_dtype(dtype)
    assert {"nan", "inf", "-0.0"} <= set(value_classes(bits_of_array(made), dtype))
    assert not is_subnormal(made).any()
    assert ((sizes >= 1 / 2) & (sizes < 2)).mean() > 1 / 3
    assert ((np.abs(middling) >= 1 / 2) & (np.abs(middling) < 2)).all()
    assert {True, False} == set((middling < 0).tolist())
    # bfloat16 has 256 of either sign there, the others more.
    assert len(set(middling.tolist())) > 256


@pytest.mark.parametrize("dtype", [name for name in DTYPES if kind_of(name) == "integer"])
def test_integers_reach_their_limits(dtype: str) -> None:
    """Among many there are both limits of the dtype."""
    made = elements(dtype, 3000, generator(1, dtype))

    assert {made.min(), made.max()} == {np.iinfo(dtype).min, np.iinfo(dtype).max}


def _read(target: Any, source: Any) -> list[tuple[int, int]] | None:
    """Give for each element that is written the one that is read for it, by plain broadcasting."""
    try:
        pairs = np.broadcast_arrays(target, np.broadcast_to(source, target.shape))
    except ValueError:
        return None
    return list(zip(pairs[0].ravel().tolist(), pairs[1].ravel().tolist(), strict=True))


@pytest.mark.parametrize(("target", "source"), list(product(PARTS, repeat=2)))
def test_how_two_parts_of_one_memory_lie(target: Any, source: Any) -> None:
    """What may be copied, changed and refused follows from which element is read for which, told by plain sets."""
    read = _read(target, source)
    written = set(target.ravel().tolist())
    both = [] if read is None else [(to, of) for to, of in read if of in written]
    crossed = [] if read is None else [(to, of) for to, of in read if to != of and of in written]
    kept = [] if read is None else [(to, of) for to, of in read if to in {one for _, one in read}]

    assert sharing.may_be_copied(target, source) == (read is not None and all(to == of for to, of in kept))
    assert sharing.may_be_changed(target, source) == (read is not None and not crossed)
    assert sharing.overlaps_partly(target, source) == (
        read is not None and bool(both) and any(to != of for to, of in read)
    )


def test_uneven_lists_are_uneven() -> None:
    """NumPy takes none of them for an array."""
    rows = list(creation.ragged("standard", 0))

    assert len(rows) > 40
    for row in rows:
        data: Any = row.inputs.arguments["data"]
        with pytest.raises(ValueError, match="inhomogeneous"):
            np.array(decode_plain(data.value, str), dtype=np.float64)
