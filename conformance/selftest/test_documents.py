"""The documents' facts: all are there, each is used, and damage is told in one sentence."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from conformance import catalogue, documents
from conformance.selftest.support import ROOT, command

if TYPE_CHECKING:
    from pathlib import Path


def test_the_documents_have_75_print_calls() -> None:
    """The list of the documents' cells accounts for 75 live print calls."""
    assert sum(cell.prints for cell in documents.printed_cells()) == 75


def test_each_print_call_is_a_golden_output_or_an_erratum() -> None:
    """Each print call is recorded by a golden case or named by an erratum, and none is invented."""
    calls = {(one.section, one.cell, n + 1) for one in documents.printed_cells() for n in range(one.prints)}
    golden = {(case.section, case.cell, out.print) for case in documents.cases().values() for out in case.outputs}
    errata = {call for erratum in documents.errata() for call in erratum.prints}

    assert calls == {call for call in golden if call[2] is not None} | errata


def test_each_print_call_is_judged_by_values_and_by_text() -> None:
    """Each recorded output is judged by a clause on values and by one on the printed form."""
    readings: dict[str, set[str]] = {}
    for clause in catalogue.load():
        for name in clause.case_ids:
            readings.setdefault(name, set()).add(clause.reads)
    printed = {case.id for case in documents.cases().values() if any(out.printed for out in case.outputs)}
    # Flags and types of devices are Python values, and a summary can't be read as values.
    exempt = {"cuda-flags", "device-types", "new-tensor-is-not-cuda", "gradient-of-a-non-leaf"}

    assert {name for name in printed if "text" not in readings[name]} == exempt
    assert {name for name in printed if "values" not in readings[name]} == {"summarised"}


def test_an_output_that_no_cell_prints_names_its_source() -> None:
    """A fact of the prose says where it comes from."""
    unsourced = [
        case.id for case in documents.cases().values() for out in case.outputs if out.print is None and not out.source
    ]

    assert unsourced == []


def test_an_output_that_the_documents_print_otherwise_names_its_erratum() -> None:
    """What is right and what is printed differ only under an erratum that exists."""
    known = {erratum.id for erratum in documents.errata()}
    named = [out.erratum for case in documents.cases().values() for out in case.outputs if out.recorded is not None]

    assert named
    assert set(named) <= known


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("section1.toml", "section = 1\n[[case]]\nid = "),
        ("section1.toml", "section = 1\ntitle = 't'\n[[case]]\nid = 'a'\nprogram = 'x = 1'\n"),
        ("section4.toml", "section = 4\n"),
        ("errata.toml", "erratum = 3\n"),
        ("section2.toml", None),
    ],
)
def test_a_damaged_fixture_is_one_sentence_and_exit_code_3(name: str, damage: str | None, tmp_path: Path) -> None:
    """A damaged data file names itself in one sentence; the suite itself is broken, so the exit code is 3."""
    shutil.copytree(ROOT / "conformance", tmp_path / "conformance")
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    damaged = tmp_path / "fixtures" / "documents" / name
    damaged.unlink() if damage is None else damaged.write_text(damage)
    # `python -m` finds the copy in the current folder first.
    ran = command("run", folder=tmp_path, PYTHONPATH=str(tmp_path))

    assert ran.code == 3
    assert len(ran.err.strip().splitlines()) == 1
    assert name in ran.err
