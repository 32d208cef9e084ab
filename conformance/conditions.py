"""What is told apart in the inputs of a case: conditions, and the classes of each in the order of reports."""

from __future__ import annotations

from conformance.dtypes import DTYPES

CONDITIONS: dict[str, tuple[str, ...]] = {
    "layout": ("dense", "offset", "permuted", "stepped", "expanded", "reversed"),
    "dtype": tuple(DTYPES),
    "shape": ("0-d", "empty", "size-1 dim", "vector", "matrix", "rank 3", "rank 4 and more"),
    "size": ("1 to 8", "9 to 32", "33 to 1024", "1025 to 32768", "more than 32768"),
    "values": ("nan", "inf", "-0.0", "subnormal", "largest", "above 2^24", "above 2^53"),
    "operand": ("tensor", "0-d tensor", "number", "NumPy array"),
    # The names of operations and their spellings, as the clauses' tables give them.
    "spelling": (),
}


def in_order(condition: str, names: set[str]) -> list[str]:
    """Give names of classes in the order of reports; those that have no place in it, after the others by name."""
    known = CONDITIONS.get(condition, ())
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))
