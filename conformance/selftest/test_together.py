"""What a case leaves on a device is read in one transfer, and a wrong reading of that kind accuses nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from conformance.backends.protocol import Device
from conformance.reference.namespace import ReferenceTensor
from conformance.runner.clauses import run_clause
from conformance.selftest.test_verdicts import Counter, Toy, clause, context, program, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.observation import Seen

APART = Device("cpu", "cpu", "cpu", together=True)
WRITES = program("x[0] = 5", "return x * 2")


class Fetching(Toy):
    """A library whose tensors can be read together, and which counts how they are read.

    Args:
        wrong: whether a sum is wrong.
        garble: whether what is brought is wrong, or raises what it gives.
    """

    def __init__(
        self, wrong: Callable[[Any], bool] | None = None, garble: Callable[[Any], bool] = lambda _: False
    ) -> None:
        super().__init__(wrong)
        self._garble = garble
        self.fetched: list[int] = []
        self.by_itself = 0

    def fetch(self, values: Iterable[Any]) -> list[tuple[Any, Any]]:
        """Bring copies."""
        there: list[Any] = [one for one in values if isinstance(one, ReferenceTensor)]
        self.fetched.append(len(there))
        return [(one, one.detach() + 1 if self._garble(one) else one.detach().clone()) for one in there]

    def see_own(self, value: Any) -> Seen | None:
        """Read a tensor, its elements from what stands in for it."""
        seen, other = super().see_own(value), self.stand_in(value)
        if seen is None or seen.kind != "tensor":
            return seen
        if other is None:
            self.by_itself += 1
            return seen
        through = super().see_own(other)
        assert through is not None
        return msgspec.structs.replace(seen, bits=through.bits)


def test_a_case_that_passes_is_one_transfer() -> None:
    """The result, the argument and its base are brought together at the end; before the program nothing is read."""
    library = Fetching()
    line = run_clause(clause(rows(1.0, 2.0)), context(backend=library, device=APART))

    assert (line.verdict, line.cases) == ("pass", {"pass": 2})
    assert (library.fetched, library.by_itself) == ([3, 3], 0)


def test_where_tensors_are_not_read_together_each_is_read_by_itself() -> None:
    """As on a device that does not say that they can be."""
    library = Fetching()

    assert run_clause(clause(rows(1.0)), context(backend=library)).verdict == "pass"
    assert library.fetched == []
    assert library.by_itself > 0


def test_a_wrong_library_is_failed_by_what_is_read_of_each_tensor() -> None:
    """The case is run again with each read by itself, which is what is told, and so are all after it."""
    library = Fetching(lambda one: one.item() == 2.0)
    line = run_clause(clause(rows(1.0, 2.0, 3.0)), context(backend=library, device=APART))

    assert (line.verdict, line.cases) == ("fail", {"pass": 2, "fail": 1})
    assert line.failure is not None
    assert (line.failure.case, line.failure.reproduced) == ("2.0", "3/3")
    assert len(library.fetched) == 2


def test_a_wrong_transfer_accuses_nobody() -> None:
    """Where each tensor by itself is right, and together they are wrong each time."""
    library = Fetching(garble=lambda _: True)
    line = run_clause(clause(rows(1.0, 2.0)), context(backend=library, device=APART))

    assert (line.verdict, line.cases) == ("pass", {"pass": 2})
    assert len(library.fetched) == 3


def test_a_library_that_is_wrong_once_is_not_taken_for_a_wrong_transfer() -> None:
    """Its failure stands, with how often it was seen."""
    line = run_clause(clause(rows(1.0)), context(backend=Fetching(Counter(1)), device=APART))

    assert line.failure is not None
    assert (line.verdict, line.failure.reproduced) == ("fail", "1/3")


class Unready(Fetching):
    """A library whose sums are right only if somebody has read their operand: it has put off what makes that."""

    def __init__(self) -> None:
        super().__init__(lambda one: id(one) not in self.ready)
        self.ready: dict[int, Any] = {}

    def see_own(self, value: Any) -> Seen | None:
        """Note what is read itself."""
        if self.stand_in(value) is None:
            self.ready[id(value)] = value
        return super().see_own(value)


def test_a_library_that_is_right_only_where_operands_were_read_before_is_failed() -> None:
    """No reading of the suite's own may be what makes it right: the transfer is blamed only where each result by itself is right."""
    line = run_clause(clause(rows(1.0, 2.0)), context(backend=Unready(), device=APART))

    assert line.failure is not None
    assert (line.verdict, line.cases, line.failure.reproduced) == ("fail", {"fail": 2}, "3/3")


def test_a_transfer_that_raises_is_made_for_each_tensor() -> None:
    """Nothing is lost, and nobody accused."""

    def broken(_: Any) -> bool:
        raise RuntimeError("no pinned memory")

    library = Fetching(garble=broken)

    assert run_clause(clause(rows(1.0)), context(backend=library, device=APART)).verdict == "pass"
    assert library.by_itself == 3


def test_a_write_is_seen_though_its_target_was_not_read_before() -> None:
    """What an argument was is known from the host: a write that the rule has is right, and one that it has not is wrong."""
    right = run_clause(clause(rows([1.0, 2.0]), WRITES), context(backend=Fetching(), device=APART))
    writing = Fetching(lambda one: one.fill_(7.0) is not None)
    sums = clause(rows([1.0, 2.0]), program("torch.add(x, 1)", "return 1"))
    wrong = run_clause(sums, context(backend=writing, device=APART))

    assert (right.verdict, wrong.verdict) == ("pass", "fail")
    assert wrong.failure is not None
    assert wrong.failure.message.startswith("argument x")
