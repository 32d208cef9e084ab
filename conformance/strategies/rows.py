"""A row of a table: one set of inputs for a clause's program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.program import Inputs, Program


@dataclass(frozen=True)
class Row:
    """One set of inputs.

    Attributes:
        label: unique in its table, and the same in every run.
        inputs: what the program is given.
        twin: the nearest inputs that are legal, for a row that the reference may refuse.
        needs: what a device may lack by its own documentation (`integer-matmul`, `half-matmul`, `bfloat16-matmul`, `generator`,
            `non-blocking-to-the-cpu`).
        program: its own, where each row of a table has one.
        may_refuse: whether a RuntimeError that changes nothing is right too, since no rule says that the call is legal.
    """

    label: str
    inputs: Inputs
    twin: Inputs | None = None
    needs: tuple[str, ...] = ()
    program: Program | None = None
    may_refuse: bool = False


# Gives the rows of a profile; every random value in them comes from the seed.
Table = Callable[[str, int], Iterator[Row]]
