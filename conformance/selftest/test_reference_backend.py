"""The reference as a backend: without torch, judged by the documents' own outputs, and never by itself."""

from __future__ import annotations

import subprocess
import sys

from conformance import catalogue
from conformance.backends.reference import ReferenceBackend
from conformance.faults import planting
from conformance.runner import oracle
from conformance.selftest.support import judged


def test_the_reference_keeps_every_documented_clause() -> None:
    """Each golden case holds on the reference, and no case that it would judge itself counts."""
    lines = judged(ReferenceBackend())
    verdicts = {line.id: line.verdict for line in lines.values()}

    assert set(verdicts.values()) == {"pass", "not-run"}
    assert all(line.verdict == "pass" for line in lines.values() if line.level == "documented" and line.device == "cpu")
    assert verdicts["promotion.tensors"] == "not-run"


def test_a_fault_in_the_reference_never_reaches_the_judge() -> None:
    """With a fault planted, what is right stays what it was, though the backend with the fault gives something else."""
    fault = planting.by_id("fractions-print-one-digit-less")
    case = next(iter(catalogue.find(fault.clauses[0]).all_cases("smoke", 0)))
    cpu = oracle.REFERENCE.device("cpu")
    right = oracle.expectation(case, cpu, cpu, text=True)
    with fault.planted():
        lines = judged(fault.backend(), *fault.clauses, profile="smoke")
        assert oracle.expectation(case, cpu, cpu, text=True) == right
        assert not oracle.is_judge(fault.backend())

    assert {line.verdict for line in lines.values()} == {"fail"}


def test_the_reference_imports_no_torch() -> None:
    """Whoever checks PyTorch does so without PyTorch's help."""
    code = (
        "import sys; from conformance.backends import registry; registry.find('reference');"
        "from conformance import catalogue; catalogue.load(); sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
