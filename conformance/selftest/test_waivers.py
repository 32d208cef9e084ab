"""Waivers: only the case that meets all of one is waived, and one that says too little is refused."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import torch

from conformance import waivers
from conformance.backends.pytorch import TorchBackend
from conformance.faults import planting
from conformance.observation import Difference
from conformance.selftest.support import command, judged
from conformance.waivers import Waiver, Wrong

if TYPE_CHECKING:
    from pathlib import Path

BACKEND = TorchBackend()
CLAUSE = "reductions.integers-have-no-mean"
WAIVER = Waiver(
    id="ints-have-a-mean",
    clause=CLAUSE,
    reason="int32 tensors have a mean",
    breaks="torch.mean: the input must be floating point or complex",
    link="planted",
    expires=dt.date(2999, 1, 1),
    reproducer="torch.tensor([1]).mean()",
    versions=">=1.13",
    wrong=(Wrong(what="outcome", got="returned*"),),
)
DIFFERENCE = Difference("the program", "outcome", "a RuntimeError", "returned a tensor")


def _with(monkeypatch: pytest.MonkeyPatch, *found: Waiver) -> None:
    monkeypatch.setattr(waivers, "of_backend", lambda name: found if name == "torch" else ())


def _line(seed: int = 0) -> Any:
    (line,) = judged(BACKEND, CLAUSE, seed=seed).values()
    return line


def test_a_failing_case_that_meets_a_waiver_is_waived(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clause all of whose failing cases are the known fault is waived, and names the waiver."""
    _with(monkeypatch, WAIVER)
    with planting.by_id("integers-have-a-mean").planted():
        line = _line()

    assert (line.verdict, line.waivers) == ("waived", ("ints-have-a-mean",))


def test_the_other_cases_of_a_waived_clause_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case outside the waiver's condition still fails the clause."""
    _with(monkeypatch, msgspec.structs.replace(WAIVER, when={"dtype": ("int32",)}))
    with planting.by_id("integers-have-a-mean").planted():
        line = _line()

    assert line.verdict == "fail"
    assert 0 < line.cases["waived"] == sum(line.cases.values()) - line.cases["fail"]


def test_a_waiver_that_no_case_met_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiver whose fault is gone must go too; under --select nothing is said."""
    _with(monkeypatch, WAIVER)
    from conformance import catalogue
    from conformance.runner import plan
    from conformance.runner.settings import Settings
    from conformance.runner.worker import Worker

    settings = Settings(level="general")
    made = plan.of(BACKEND, settings)
    (planned,) = (line for line in plan.lines(made, [catalogue.find(CLAUSE)]) if line.device.type == "cpu")
    whole = Worker(settings, made, backend=BACKEND).run(planned, planned.key)

    assert whole.verdict == "error"
    assert whole.failure is not None
    assert "the fault is gone" in whole.failure.message
    assert _line().verdict == "pass"


def test_an_expired_waiver_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its day somebody must look again."""
    _with(monkeypatch, msgspec.structs.replace(WAIVER, expires=dt.date(2020, 1, 1)))
    line = _line()

    assert line.verdict == "error"
    assert "has expired" in line.failure.message


@pytest.mark.parametrize(
    ("when", "versions", "wrong", "meets"),
    [
        ({}, ">=1.13", "outcome", True),
        ({"dtype": ("int*",)}, ">=1.13", "outcome", True),
        ({"dtype": ("float*",)}, ">=1.13", "outcome", False),
        ({"layout": ("dense",), "dtype": ("int32",)}, ">=1.13", "outcome", True),
        ({"case": ("int32*",)}, ">=1.13", "outcome", True),
        ({"case": ("int8*",)}, ">=1.13", "outcome", False),
        ({}, "<1", "outcome", False),
        ({}, ">=1.13", "value", False),
    ],
)
def test_a_waiver_is_met_by_all_of_it(when: Any, versions: str, wrong: str, *, meets: bool) -> None:
    """Condition, version range and wrong observation must all fit."""
    one = msgspec.structs.replace(WAIVER, when=when, versions=versions, wrong=(Wrong(wrong),))
    classes = {"dtype": {"int32"}, "layout": {"dense"}}

    assert (
        one.applies(CLAUSE, "cpu", torch.__version__, "2.13.0") and one.meets("int32 x", classes, (DIFFERENCE,))
    ) is meets


def test_a_second_difference_is_not_waived() -> None:
    """A case that is wrong in another way too is no known fault."""
    other = Difference("argument x", "operand", "unchanged", "changed by the program")

    assert WAIVER.meets("x", {}, (DIFFERENCE,))
    assert not WAIVER.meets("x", {}, (DIFFERENCE, other))
    assert not WAIVER.meets("x", {}, ())


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"reason": " "}, "has no reason"),
        ({"breaks": ""}, "has no breaks"),
        ({"reproducer": ""}, "has no reproducer"),
        ({"wrong": ()}, "names no wrong observation"),
        ({"when": {"weather": ("rain",)}}, "the condition 'weather', which does not exist"),
        ({"clause": "no.such"}, "the clause 'no.such', which does not exist"),
        ({"also": (CLAUSE, "no.such")}, "the clause 'no.such', which does not exist"),
    ],
)
def test_an_incomplete_waiver_is_refused(changed: dict[str, Any], complaint: str) -> None:
    """Each thing that a waiver must say is missed where it is left out."""
    found = waivers.complaints((msgspec.structs.replace(WAIVER, **changed),), {CLAUSE})

    assert len(found) == 1
    assert complaint in found[0]


def test_an_id_is_used_once() -> None:
    """Two waivers of one file differ in their ids."""
    assert "used twice" in waivers.complaints((WAIVER, WAIVER))[0]


# --- a user's own file ---


def _proposed(folder: Path) -> Path:
    """Have a run of NumPy propose waivers."""
    path = folder / "mine.toml"
    ran = command(*_NUMPY, "--write-waivers", str(path), folder=folder / "first")
    assert ran.code == 1, ran.err
    return path


_NUMPY = ("run", "--backend", "numpy", "--profile", "smoke", "--select", "shapes.squeeze-dims")


def test_a_run_proposes_waivers_that_a_person_completes(tmp_path: Path) -> None:
    """As it is proposed the file is refused in one sentence; completed, it waives the clause's failing cases and no other."""
    path = _proposed(tmp_path)
    refused = command(*_NUMPY, "--waivers", str(path), folder=tmp_path / "second")

    assert refused.code == 2
    assert "still says FILL IN in its reason" in refused.err

    path.write_text(path.read_text(encoding="utf-8").replace("FILL IN", "told"), encoding="utf-8")
    ran = command(*_NUMPY, "--waivers", str(path), folder=tmp_path / "third")
    line = ran.lines["shapes.squeeze-dims[cpu]"]

    assert (ran.code, line.verdict) == (0, "waived")
    assert line.waivers == ("shapes-squeeze-dims-cpu",)
    assert line.cases["pass"] > 0


def test_proposals_are_written_to_a_new_file(tmp_path: Path) -> None:
    """What somebody has completed is not lost."""
    path = tmp_path / "mine.toml"
    path.write_text("kept")
    ran = command(*_NUMPY, "--write-waivers", str(path), folder=tmp_path)

    assert (ran.code, path.read_text()) == (2, "kept")
    assert "is there already" in ran.err


def test_where_proposals_can_not_go_is_told_before_the_run(tmp_path: Path) -> None:
    """Nobody waits for a run to learn that a folder is missing."""
    ran = command(*_NUMPY, "--write-waivers", "nowhere/mine.toml", folder=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert "there is no folder nowhere" in ran.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[waiver]", "can't be used"),
        ('[[waiver]]\nid = "a"\n', "can't be used: Object missing required field"),
        (None, "can't be used: "),
    ],
)
def test_a_file_that_is_no_file_of_waivers_is_refused(text: str | None, words: str, tmp_path: Path) -> None:
    """Before anything is run, in one sentence."""
    path = tmp_path / "mine.toml"
    if text is not None:
        path.write_text(text)
    ran = command(*_NUMPY, "--waivers", str(path), folder=tmp_path)

    assert ran.code == 2
    assert words in ran.err


def test_a_file_of_waivers_names_clauses_that_exist(tmp_path: Path) -> None:
    """A clause's id that no clause has waives nothing, so it is told."""
    path = _proposed(tmp_path)
    text = (
        path.read_text(encoding="utf-8").replace("FILL IN", "told").replace('"shapes.squeeze-dims"', '"shapes.sqeeze"')
    )
    path.write_text(text, encoding="utf-8")
    ran = command(*_NUMPY, "--waivers", str(path), folder=tmp_path)

    assert ran.code == 2
    assert "names the clause 'shapes.sqeeze', which does not exist" in ran.err
