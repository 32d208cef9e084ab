"""results.jsonl and what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec
import pytest

from conformance.observation import Difference
from conformance.reporting import coverage, junit, markdown, results, verdict
from conformance.runner import roots
from conformance.selftest.support import DEVICES, judged
from conformance.selftest.toy import Toy, exits

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<script>alert(1)</script> ]]> | `x` \x1b[31m \u202e \ud800 \x00 ```\n# h"


def _header() -> results.Header:
    facts = results.BackendFacts("toy", "1", "2.13.0")
    return results.Header(
        1, "0.1.0", facts, (), {}, "standard", "general", 0, (), ("conformance",), "2026-01-01T00:00:00", (), {3: "D"}
    )


def _some(hostile: str = "") -> results.Results:
    lines = list(judged(exits(), *DEVICES).values())
    if hostile:
        failing = next(n for n, line in enumerate(lines) if line.failure is not None)
        failure = lines[failing].failure
        assert failure is not None
        broken = msgspec.structs.replace(
            failure, message=hostile, differences=(Difference("r", "v", hostile, hostile),)
        )
        lines[failing] = msgspec.structs.replace(lines[failing], failure=broken, reason=hostile)
    footer = results.Footer(complete=True, totals=results.totals(lines), partial=0, seconds=1.0)
    return results.Results(_header(), tuple(lines), footer)


def _write(path: Path, found: results.Results) -> None:
    writer = results.Writer(path)
    lines: list[results.Line] = [found.header, *found.lines]
    for line in [*lines, found.footer] if found.footer is not None else lines:
        writer.write(line)
    writer.close()


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Header, lines and footer come back whole."""
    path = tmp_path / "results.jsonl"
    found = _some()
    _write(path, found)

    assert results.read(path) == found


@pytest.mark.parametrize("cut", [0, 20], ids=["without its footer", "cut in its footer"])
def test_a_file_without_its_footer_is_partial(cut: int, tmp_path: Path) -> None:
    """A file that was cut off is read up to there, and says that it is partial."""
    path = tmp_path / "results.jsonl"
    found = _some()
    _write(path, found)
    *lines, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines) + last[:cut])
    read = results.read(path)

    assert read.is_partial
    assert read.lines == found.lines


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no results file"),
        (b"hello", "is no results file"),
        (b"hello\n", "is damaged in line 1"),
        (b'{"kind":"footer","complete":true,"totals":{},"partial":0,"seconds":1}\n', "first line is no header"),
        (b'{"kind":"header","schema_version":99}\n', "newer schema"),
        (b"\xff\xfe\n", "is damaged in line 1"),
    ],
)
def test_what_is_no_results_file_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    """A foreign, damaged or newer file is refused with a sentence that says which."""
    path = tmp_path / "results.jsonl"
    path.write_bytes(content)

    with pytest.raises(results.ResultsError, match=words):
        results.read(path)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["pass", "fail", "crash", "error"], "error"),
        (["pass", "fail", "timeout", "crash"], "crash"),
        (["fail", "timeout"], "timeout"),
        (["pass", "waived", "fail"], "fail"),
        (["pass", "waived"], "waived"),
        (["pass", "unsupported", "not-run"], "pass"),
        (["unsupported", "not-run"], "unsupported"),
        (["not-run"], "not-run"),
        ([], "error"),
    ],
)
def test_a_line_takes_the_first_verdict_that_is_present(verdicts: list[results.Verdict], expected: str) -> None:
    """Verdicts have an order, a skip is never a pass, and no case at all is an error."""
    assert results.worst(verdicts) == expected


def test_junit_has_a_case_for_each_line() -> None:
    """JUnit counts lines and failures, and carries clause, level and device as properties."""
    found = _some()
    suite = ET.fromstring(junit.document(found).encode()).find("testsuite")

    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == (str(len(found.lines)), "1", "0")
    names = {element.get("name") for element in suite.iter("property")}
    assert {"clause", "level", "device"} <= names


def test_junit_holds_what_a_backend_says_harmlessly() -> None:
    """Control characters, lone surrogates and markup from a backend leave the XML well-formed."""
    document = junit.document(_some(HOSTILE))

    assert "<script>" not in document
    ET.fromstring(document.encode())


def test_markdown_shows_failures_first() -> None:
    """The summary begins with the verdict, and failures come before all else."""
    text = markdown.summary(_some())

    assert text.index("lines (clause x device) passed") < text.index("### fail: devices.product-on-the-device on toy")
    assert "conformance run --select devices.product-on-the-device --device toy" in text


def test_markdown_holds_what_a_backend_says_harmlessly() -> None:
    """Markup, fences and control characters from a backend stay text."""
    text = markdown.summary(_some(HOSTILE))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "````" in text
    text.encode("utf-8")


def test_markdown_keeps_its_size_limit() -> None:
    """A run with endless texts makes a summary that GitHub takes, and says what it left out."""
    found = _some("x" * 200_000)

    assert len(markdown.summary(found)) <= markdown.SIZE_LIMIT + 200
    assert "left out" in markdown.summary(found)


@pytest.mark.parametrize(
    "trace",
    [
        (
            'Timeout (0:00:03)!\nThread 1:\n  File "a.py", line 1 in f\n\nThread 2:\n  File "toy.py", line 2 in loop\n'
            '  File "<program p>", line 2 in p\n  File "ours.py", line 3 in run\n'
        ),
        (
            'Fatal Python error: Aborted\n\nThread 1:\n  File "a.py", line 1 in f\n\nCurrent thread 2:\n'
            '  File "toy.py", line 2 in loop\n  File "<program p>", line 2 in p\n  File "ours.py", line 3 in run\n'
        ),
    ],
    ids=["timeout", "crash"],
)
def test_a_stack_is_shown_down_to_the_program(trace: str) -> None:
    """Of a stack, the reader sees what ended it and the frames of the library; not other threads, nor the runner's."""
    shown = verdict.relevant(trace)

    assert shown.startswith(trace.partition("\n")[0])
    assert "toy.py" in shown
    assert "<program p>" in shown
    assert "a.py" not in shown
    assert "ours.py" not in shown


def test_a_stack_without_a_program_is_shown_whole() -> None:
    """A stack from an import has no program, and is shown as it is."""
    assert verdict.relevant("Fatal Python error: Aborted\n\nCurrent thread:\n  File x").endswith("File x")


def test_a_healthy_toy_has_no_failure() -> None:
    """What the reports above show as failing is the planted fault alone."""
    assert all(line.verdict == "pass" for line in judged(Toy(), *DEVICES).values())


def _three_failing() -> results.Results:
    """Give results in which a root fails, and through it one line and, through that, another."""
    failure = results.Failure("c", "judge", "wrong", called="p", rerun="again")
    names = {"a.root": (), "a.middle": ("a.root",), "a.leaf": ("a.middle",), "a.other": ()}
    lines = [
        results.ClauseLine(
            name, "cpu", "fail", "general", 3, "3 In [1]", name, "0.1.0", needs, {"fail": 1}, 0.0, failure=failure
        )
        for name, needs in names.items()
    ]
    footer = results.Footer(
        complete=True, totals=results.totals(lines), partial=0, seconds=1.0, blocked_by=roots.blocked(lines)
    )
    return results.Results(_header(), tuple(lines), footer)


def test_a_failing_line_is_told_under_its_root() -> None:
    """What fails through a failing prerequisite is folded under the root, down a chain, and nothing else is."""
    found = _three_failing()
    told = {line.id: through for line, through in verdict.failing(found)}

    assert told == {"a.root": ["a.leaf[cpu]", "a.middle[cpu]"], "a.other": []}
    text = markdown.summary(found)
    assert "### fail: a.root" in text
    assert "### fail: a.middle" not in text
    assert "2 more fail through it" in text


def test_a_prerequisite_that_passes_blocks_nothing() -> None:
    """A line is under no root where what it requires passed, or failed on another device."""
    found = _three_failing()
    passed = [msgspec.structs.replace(one, verdict="pass") if one.id == "a.root" else one for one in found.lines]
    elsewhere = [msgspec.structs.replace(one, device="xpu") if one.id == "a.root" else one for one in found.lines]

    assert roots.blocked(passed) == {"a.leaf[cpu]": ("a.middle",)}
    assert roots.blocked(elsewhere) == {"a.leaf[cpu]": ("a.middle",)}


def test_coverage_is_a_grid_of_clauses_and_classes() -> None:
    """Each condition has a grid with the suite's order of classes, a point for none, and totals."""
    found = _three_failing()
    reached: tuple[dict[str, dict[str, int]], ...] = (
        {"dtype": {"bool": 2, "float32": 1}},
        {"dtype": {"bool": 1, "int8": 4}},
        {},
        {},
    )
    lines = tuple(msgspec.structs.replace(one, coverage=what) for one, what in zip(found.lines, reached, strict=True))
    grid = coverage.grid(results.Results(found.header, lines, found.footer)).splitlines()

    assert grid[0].split() == ["dtype", "bool", "int8", "float32"]
    assert grid[1].split() == ["a.middle[cpu]", "1", "4", "."]
    assert grid[2].split() == ["a.root[cpu]", "2", ".", "1"]
    assert grid[3].split() == ["all", "3", "4", "1"]
    assert grid[-1].startswith("4 cases of 4 lines")
