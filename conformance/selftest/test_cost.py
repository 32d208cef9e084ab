"""The benchmark of the suite's own cost measures what it says; no test asserts a time."""

from __future__ import annotations

import sys

from conformance.benchmark import cost, transfers
from conformance.reporting import results
from conformance.runner.settings import Settings
from conformance.selftest.support import DEVICES, judged
from conformance.selftest.toy import Toy


def _found() -> results.Results:
    lines = tuple(judged(Toy(), *DEVICES).values())
    facts = results.BackendFacts("toy", "1", "2.13.0")
    header = results.Header(1, "0", facts, (), {}, "standard", "general", 0, (), (), "2026-01-01T00:00:00", (), {})
    return results.Results(header, lines, None)


def test_the_cost_of_a_command_is_that_of_its_processes() -> None:
    """A process that computes costs more than one that does nothing."""
    idle = cost.measured(sys.executable, "-c", "pass")
    busy = cost.measured(sys.executable, "-c", "for _ in range(5_000_000): pass")

    assert busy.cpu > idle.cpu > 0


def test_the_dearest_clauses_come_first_and_all_are_summed() -> None:
    """Each line has a clause's seconds, cases and cost a case; the last is the sum."""
    found = _found()
    *clauses, total = cost.dearest(found)

    assert [line.split()[0] for line in clauses] == [
        line.id for line in sorted(found.lines, key=lambda line: -line.seconds)
    ]
    assert total.split()[0] == "all"
    assert f"{sum(sum(line.cases.values()) for line in found.lines)} cases" in total


def test_growth_counts_a_quarter_a_half_and_all() -> None:
    """Each share is run, and its cases are counted."""
    lines = tuple(judged(Toy(), *DEVICES).values())
    table = "shapes.permute-orders"
    some = next(line for line in lines if line.cases)
    import msgspec

    found = msgspec.structs.replace(_found(), lines=(msgspec.structs.replace(some, id=table, cases={"pass": 14}),))
    shares = [int(line.split(":")[1].split()[0]) for line in cost.growth("torch", "standard", found)]

    assert shares[0] < shares[1] < shares[2]


def test_transfers_are_counted_where_they_happen() -> None:
    """On a device, tensors made and read there; on the CPU, all of them: its clause moves as many there as it does here."""
    settings = Settings(backend="conformance.selftest.toy:Toy", select=("devices.new-tensor-is-not-cuda", *DEVICES))
    there, here = transfers.moved("toy", settings), transfers.moved("cpu", settings)

    # Two operands made, seen before and after, and a product seen.
    assert there["devices.product-on-the-device"] == 7
    assert here.keys() == {"devices.new-tensor-is-not-cuda"}
    assert "devices.new-tensor-is-not-cuda" not in there
    assert list(transfers.told("toy", {"a": 3, "b": 1}, {"a": 2})) == [
        "whole runs: 4 transfers on toy, 2 tensors made or read on the CPU (2.00 times as many)",
        "the 1 clauses that both have: 3 transfers on toy, 2 tensors made or read on the CPU (1.50 times as many)",
    ]
