"""The scoreboard: backends side by side, scored over all clauses that apply, and only where they can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest

from conformance.backends.protocol import Device
from conformance.problems import UsageProblem
from conformance.reporting import results, scoreboard
from conformance.reporting.results import BackendFacts, ClauseLine, Footer, Header
from conformance.selftest.support import command

if TYPE_CHECKING:
    from pathlib import Path

CPU, GPU = Device("cpu", "cpu", "cpu"), Device("cuda", "cuda", "cuda:0", hardware="A <b>|GPU")


def _line(clause: str, verdict: str, device: str = "cpu", **more: Any) -> ClauseLine:
    fields: dict[str, Any] = {"cases": {verdict: 1}, "seconds": 0.1, **more}
    return ClauseLine(clause, device, verdict, "general", 4, "4 In [1]", "A rule.", "0.1.0", (), **fields)  # type: ignore[arg-type]


def _file(
    path: Path,
    name: str,
    *lines: ClauseLine,
    footer: dict[str, Any] | None = None,
    notes: dict[str, str] | None = None,
    **more: Any,
) -> Path:
    head: dict[str, Any] = {
        "schema_version": results.SCHEMA_VERSION, "suite": "0.1.0", "backend": BackendFacts(name, "1.0", "2.13.0", notes or {}),
        "devices": (CPU,), "environment": {}, "profile": "smoke", "level": "general", "seed": 0, "select": (), "command": (),
        "started": "2026-01-01T00:00:00+00:00", "errata": (), "sections": {4: "Arithmetic"}, **more,
    }  # fmt: skip
    end = Footer(**{"complete": True, "totals": {}, "partial": 0, "seconds": 1.0, **(footer or {})})
    path.write_bytes(b"\n".join(map(msgspec.json.encode, (Header(**head), *lines, end))) + b"\n")
    return path


def test_a_score_counts_all_clauses_that_apply(tmp_path: Path) -> None:
    """What is unsupported, or was not run, counts as not passed; a column is sorted by its score, and says what it left out."""
    good = _file(tmp_path / "a", "good", _line("a.b", "pass"), _line("a.c", "fail"))
    poor = _file(
        tmp_path / "b", "poor", _line("a.b", "pass", partial=True, cases={"pass": 1, "not-run": 7}), _line("a.c", "unsupported"),
        _line("a.d", "unsupported"), _line("a.e", "not-run", "cuda"),
    )  # fmt: skip
    board = scoreboard.of_files([poor, good])
    text = scoreboard.as_markdown(board)

    assert [(one.backend, one.passed, one.partial, one.lines, one.left_out) for one in board.columns] == [
        ("poor", 0, 1, 3, 7),
        ("good", 1, 0, 2, 0),
    ]
    assert [(row.id, row.verdicts) for row in board.rows] == [
        ("a.b", ("partial", "pass")),
        ("a.c", ("unsupported", "fail")),
        ("a.d", ("unsupported", "")),
    ]
    assert text.index("| good 1.0 on cpu | 50.0 % of 2 |") < text.index("| poor 1.0 on cpu | 33.3 % of 3 |")


def test_a_failure_is_told_under_its_root(tmp_path: Path) -> None:
    """Whoever reads the table sees what to mend first."""
    path = _file(
        tmp_path / "a", "one", _line("a.b", "fail"), _line("a.c", "fail"), footer={"blocked_by": {"a.c[cpu]": ("a.b",)}}
    )
    text = scoreboard.as_markdown(scoreboard.of_files([path]))

    assert "| `a.b` | **fail** |" in text
    assert "| `a.c` | fail, through `a.b` |" in text


def test_each_device_that_was_here_is_a_column(tmp_path: Path) -> None:
    """Named as it names itself, whatever it calls itself."""
    path = _file(tmp_path / "a", "one", _line("a.b", "pass"), _line("a.b", "fail", "cuda"), devices=(CPU, GPU))
    board = scoreboard.of_files([path])

    assert [one.device for one in board.columns] == ["cpu", "cuda"]
    assert "one 1.0 on cuda (A \\<b\\>\\|GPU)" in scoreboard.as_markdown(board)


def test_what_an_adapter_does_is_told(tmp_path: Path) -> None:
    """A reader sees whether an adapter helped."""
    path = _file(tmp_path / "a", "one", _line("a.b", "pass"), notes={".view": "asks for a view"})

    assert "| `.view` | asks for a view |" in scoreboard.as_markdown(scoreboard.of_files([path]))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"profile": "standard"}, "the profile is 'smoke' and 'standard'"),
        ({"suite": "0.2.0"}, "the suite's version is '0.1.0' and '0.2.0'"),
        ({"level": "wording"}, "the level is"),
        ({"select": ("a.*",)}, "the clauses were chosen by"),
        ({"footer": {"complete": False}}, "did not reach its end"),
    ],
)
def test_runs_that_say_different_things_are_not_put_side_by_side(
    more: dict[str, Any], words: str, tmp_path: Path
) -> None:
    """One sentence says what differs."""
    first = _file(tmp_path / "a", "one", _line("a.b", "pass"))
    other = _file(tmp_path / "b", "two", _line("a.b", "pass"), **more)

    with pytest.raises(UsageProblem, match=words):
        scoreboard.of_files([first, other])


def test_a_column_is_there_once(tmp_path: Path) -> None:
    """The same backend, version and device twice would be counted twice."""
    path = _file(tmp_path / "a", "one", _line("a.b", "pass"))

    with pytest.raises(UsageProblem, match=r"one 1\.0 cpu is there twice"):
        scoreboard.of_files([path, path])


def test_the_command_writes_the_table_and_its_data(tmp_path: Path) -> None:
    """By its schema; without a folder it prints; what is no results file is one sentence."""
    path = _file(tmp_path / "a.jsonl", "one", _line("a.b", "pass"))
    printed = command("scoreboard", str(path), folder=tmp_path)
    wrote = command("scoreboard", str(path), "--to", "board", folder=tmp_path)
    (tmp_path / "nothing").write_text("{}")
    refused = command("scoreboard", "nothing", folder=tmp_path)

    assert (printed.code, wrote.code, refused.code) == (0, 0, 2)
    assert (tmp_path / "board" / "scoreboard.md").read_text() == printed.out.removesuffix("\n")
    found = msgspec.json.decode((tmp_path / "board" / "scoreboard.json").read_bytes())
    jsonschema.Draft202012Validator(scoreboard.schema()).validate(found)
    assert refused.err.count("\n") == 1
