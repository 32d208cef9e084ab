"""Breakages of the project itself: each is planted in a copy of it, where the named tests must notice.

They are the ways in which a suite comes to prove nothing, and stays green.
"""

from __future__ import annotations

from dataclasses import dataclass

_FAULTS = "conformance/selftest/test_general_clauses.py::test_a_fault_is_caught_by_the_clauses_that_are_meant_to"


@dataclass(frozen=True)
class Breakage:
    """An edit, and the tests that fail on it.

    Attributes:
        sentence: what is broken.
        file: where, from the project's root.
        old: the text there, found once.
        new: what stands in its place.
        noticed_by: tests, as pytest names them, each of which fails: among others, the quickest.
    """

    sentence: str
    file: str
    old: str
    new: str
    noticed_by: tuple[str, ...]


BREAKAGES: dict[str, Breakage] = {
    "judge-without-its-assertion": Breakage(
        "The comparison says nothing of an operand that the program changed.",
        "conformance/observation.py",
        "if argument.changed and name not in expected.writes:",
        "if False:",
        ("conformance/selftest/test_comparison.py",),
    ),
    "comparison-that-returns": Breakage(
        "Where bits differ, the comparison returns before it has told so.",
        "conformance/observation.py",
        "    if right.bits == got.bits:\n        return\n",
        "    if right.bits != got.bits:\n        return\n",
        (f"{_FAULTS}[int8-saturates]",),
    ),
    "contiguous-tensors-only": Breakage(
        "The generators lay every operand out densely.",
        "conformance/strategies/layouts.py",
        "    fits: Callable[[tuple[int, ...]], bool] = lambda _: True\n",
        "    fits: Callable[[tuple[int, ...]], bool] = lambda _: True\n\n"
        "    def __post_init__(self):\n"
        "        vars(self).update(base=lambda shape: shape, steps=lambda _: ())\n",
        (f"{_FAULTS}[lists-ignore-strides]",),
    ),
    "clause-that-skips-itself": Breakage(
        "A clause says that it is none for the CPU, so that it is not run there.",
        "conformance/suite/shapes.py",
        '@clause("shapes.cat", level="general",',
        '@clause("shapes.cat", level="general", on="accelerator",',
        (f"{_FAULTS}[concat-ignores-its-dim]",),
    ),
    "clause-without-cases": Breakage(
        "A table ends before its first row.",
        "conformance/strategies/tables/joining.py",
        "    number = seed\n    for (shapes, dim), dtypes in product(JOINED, JOINED_DTYPES):",
        "    number = seed\n    for (shapes, dim), dtypes in []:\n        yield\n    return\n"
        "    for (shapes, dim), dtypes in product(JOINED, JOINED_DTYPES):",
        (f"{_FAULTS}[concat-ignores-its-dim]",),
    ),
    "tolerance-times-1000": Breakage(
        "Every derived bound is a thousand times as wide.",
        "conformance/reference/bounds.py",
        "bound = (relative * magnitudes + rounding) * (1 + 4 * unit(dtype))",
        "bound = 1000 * (relative * magnitudes + rounding) * (1 + 4 * unit(dtype))",
        (f"{_FAULTS}[half-means-add-up-in-half]",),
    ),
    "reference-of-zeros": Breakage(
        "The reference gives zeros as the result of every operation on two operands.",
        "conformance/reference/arithmetic.py",
        "    first, *also = _results(operation, sides, dtype)\n",
        "    first, *also = [0 * one for one in _results(operation, sides, dtype)]\n",
        ("conformance/selftest/test_reference.py",),
    ),
}
