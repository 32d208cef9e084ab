"""Faults that end their process or never come to an end: one clause fails, with a reproducer, and the run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.faults import planting
from conformance.matrix import record
from conformance.reporting import reproducers
from conformance.selftest.support import command, status_of

if TYPE_CHECKING:
    from pathlib import Path

FATAL = {fault.id: fault for fault in planting.load() if fault.is_fatal}
VERDICTS = {"crash": "crash", "hang": "timeout"}
# Each candidate for a smaller case costs a process, and each that hangs this many seconds; a crash's must import torch in time.
SECONDS = {"crash": "30", "hang": "2"}
# One of each depth and kind is run as a user runs it, up to its reproducer; the others are run up to the catch.
SAMPLE = (
    "truth-of-a-complex-number-ends-the-process",
    "sizes-of-nothing-are-sought-for-ever",
    "product-of-an-expanded-batch-ends-the-process",
)


def _status(path: Path, text: str) -> int:
    path.write_text(text)
    return status_of(path)


def _healthy(text: str, attribute: str) -> str:
    """Take the fault out of a reproducer."""
    if FATAL[attribute.replace("_", "-")].depth == "reference":
        return text.replace(
            f"from conformance.faults.planted import {attribute}",
            "from conformance.faults.planting import FaultyReference",
        ).replace(f"{attribute}.library()", "FaultyReference().library()")
    return text.replace(f"from conformance.faults.planted import {attribute} as torch", "import torch")


@pytest.mark.parametrize("fault", SAMPLE)
def test_a_fatal_fault_costs_one_clause(fault: str, tmp_path: Path) -> None:
    """The clause that is meant to catch it has the right verdict, and a short reproducer that ends with 1, and with 0 without the fault."""
    (clause,), attribute = FATAL[fault].clauses, fault.replace("-", "_")
    seconds = SECONDS[FATAL[fault].shows]
    arguments = (
        "--backend",
        f"conformance.faults.planted:{attribute}",
        "--select",
        clause,
        "-n",
        "1",
        "--timeout",
        seconds,
    )
    ran = command("run", *arguments, folder=tmp_path)
    line = ran.lines[f"{clause}[cpu]"]

    assert line.verdict == VERDICTS[FATAL[fault].shows]
    assert line.failure is not None
    assert line.failure.reproducer is not None
    text = line.failure.reproducer.text
    assert 0 < len(text.splitlines()) <= reproducers.MOST_LINES
    assert _status(tmp_path / "broken.py", text) == 1
    assert _status(tmp_path / "healthy.py", _healthy(text, attribute)) == 0


@pytest.mark.parametrize("shows", VERDICTS)
def test_every_other_fatal_fault_is_caught(shows: str, tmp_path: Path) -> None:
    """Each is live, and the clause that is meant to catch it says how it ended: a case that ended the process, or had no end."""
    others = {name: fault for name, fault in FATAL.items() if name not in SAMPLE and fault.shows == shows}
    select = [part for name in others for part in ("--select", name)]
    options = ("--innocents", "none", "-n", "1", "--timeout", SECONDS[shows], "--report", str(tmp_path / "out"))
    ran = command("faults", *select, *options, folder=tmp_path)
    found = record.read(tmp_path / "out/faults.json").faults if ran.code == 0 else ()

    assert found, ran.out + ran.err
    assert {one.id: (one.live, one.caught_by) for one in found} == {
        name: (True, fault.clauses) for name, fault in others.items()
    }
    assert {one.id: [catch.verdict for catch in one.catches] for one in found} == {
        name: [VERDICTS[fault.shows]] for name, fault in others.items()
    }
