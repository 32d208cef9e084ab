"""The general clauses: each catches the faults that are meant for it, and accuses nobody who keeps the rule."""

from __future__ import annotations

import pytest

from conformance import catalogue
from conformance.backends.pytorch import TorchBackend
from conformance.faults import planting
from conformance.selftest.support import judged, lines_with, not_passed

BACKEND = TorchBackend()
# Those that end their process are in test_fatal_faults.py.
FAULTS = {fault.id: fault for fault in planting.load() if not fault.is_fatal}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_the_clauses_that_are_meant_to(fault: str) -> None:
    """Each planted fault fails the clauses whose rule it breaks, run alone."""
    meant = FAULTS[fault].clauses
    assert not_passed(lines_with(fault)) == dict.fromkeys(meant, "fail")


def test_each_general_clause_with_a_table_has_a_fault() -> None:
    """No clause goes without a fault that it was seen to catch; those on accelerators have theirs in test_rehearsal.py."""
    meant = {clause for fault in FAULTS.values() for clause in fault.clauses}
    tables = {clause.id for clause in catalogue.load() if clause.table is not None and clause.on != "accelerator"}

    assert tables <= meant


def test_faults_are_taken_out_again() -> None:
    """What a fault replaced is back when it is over."""
    import torch

    before = torch.add
    with FAULTS["int8-saturates"].planted():
        assert torch.add is not before
    assert torch.add is before


def test_flushing_fails_its_own_clause_alone() -> None:
    """A library that takes subnormals for zero fails the clause on subnormals, and no other."""
    with FAULTS["subnormal-results-flushed"].planted():
        assert not_passed(judged(BACKEND)) == {"arithmetic.subnormals": "fail"}


def test_tables_are_the_same_in_every_run() -> None:
    """A table's rows depend on the profile and the seed alone, and their labels are unique."""
    for clause in catalogue.load():
        if clause.table is not None:
            first, again = (list(clause.all_cases("standard", 5)) for _ in range(2))
            assert first == again
            assert len({case.id for case in first}) == len(first)


def test_another_seed_gives_other_values() -> None:
    """The seed reaches the tables."""
    clause = catalogue.find("arithmetic.rounding")

    assert next(clause.all_cases("standard", 1)).inputs != next(clause.all_cases("standard", 2)).inputs


@pytest.mark.parametrize("seed", [101])
def test_healthy_torch_is_not_accused(seed: int) -> None:
    """PyTorch as it is passes every table with other values too."""
    assert not_passed(judged(BACKEND, seed=seed)) == {}
