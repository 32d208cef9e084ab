"""The command: wrong input is one sentence, and exit codes mean what `--help` says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from click.testing import CliRunner

from conformance import catalogue
from conformance.cli import main
from conformance.reporting import results
from conformance.runner.command import exit_code, unmet_requirements
from conformance.selftest.support import PRODUCT, SELECT, TOY, command, run_toy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--backend", "nosuch"], "unknown backend 'nosuch'; built in: torch"),
        (["--backend", "nosuch:thing"], "no module named 'nosuch'"),
        (["--backend", f"{TOY}:nosuch"], "has no attribute 'nosuch'"),
        (["--backend", f"{TOY}:PLACE_COUNT.x"], "has no attribute"),
        (["--backend", "json:decoder"], "neither a conformance Backend nor a torch-shaped namespace"),
        (["--backend", f"{TOY}:Toy", "--device", "warp"], "unknown device 'warp'"),
        (["--device", "warp"], "unknown device 'warp'"),
        (["--device", "meta"], "holds no values"),
        (["--import", "nosuch"], "no module named 'nosuch'"),
        (["--select", "nosuch"], "'nosuch' matches no clause"),
        (["--select", "gradients.non-leaf-warning"], "add --level wording"),
        (["--require", "nosuch"], "--require 'nosuch' matches no clause"),
        (["--baseline", "nosuch.jsonl"], "the baseline can't be used: nosuch.jsonl can't be read"),
        (["--report", "/proc/nosuch"], "the report folder /proc/nosuch can't be written"),
        (["--", "--nosuch"], "--nosuch"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_input_is_one_sentence_and_exit_code_2(arguments: list[str], words: str, tmp_path: Path) -> None:
    """Wrong input ends with exit code 2 and one sentence that names it."""
    ran = command("run", *arguments, folder=tmp_path)

    assert ran.code == 2, ran.out + ran.err
    assert words in ran.err
    assert len(ran.err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--level", "nosuch"], ["--profile", "x"], ["-n", "0"], ["--timeout", "0"]])
def test_a_value_that_an_option_can_not_have_is_exit_code_2(arguments: list[str]) -> None:
    """An option's wrong value is told by the command line itself."""
    assert CliRunner().invoke(main, ["run", *arguments]).exit_code == 2


def test_a_device_that_is_not_here_is_not_run(tmp_path: Path) -> None:
    """A known device that is not here has `not-run` lines with the reason found there, exit code 4."""
    ran = command("run", "--device", "cuda", folder=tmp_path)

    assert ran.code == 4
    assert {line.verdict for line in ran.lines.values()} == {"not-run"}
    assert {line.device for line in ran.lines.values()} == {"cuda"}
    assert "was built without CUDA" in ran.out


def test_a_required_device_that_is_not_here_is_a_failure(tmp_path: Path) -> None:
    """`--require-device` makes its absence exit code 1, with the reason."""
    ran = command("run", "--require-device", "cuda", "--select", "ranks.item", folder=tmp_path)

    assert ran.code == 1
    assert "the device cuda is required" in ran.out


def test_a_required_clause_that_is_not_run_is_a_failure(tmp_path: Path) -> None:
    """`--require` makes a clause that is not `pass` a failure."""
    ran = run_toy("Toy", tmp_path, "--device", "cpu", "--require", "devices.product-*")

    assert ran.code == 1
    assert "devices.product-on-the-device on cuda is required, and is not-run" in ran.out


def test_a_baseline_counts_only_what_passed_there(tmp_path: Path) -> None:
    """With `--baseline` a failure counts only where the clause passed before."""
    healthy, broken = run_toy("Toy", tmp_path / "a"), run_toy("exits", tmp_path / "b")
    before_healthy = ("--baseline", str(healthy.report / "results.jsonl"))
    before_broken = ("--baseline", str(broken.report / "results.jsonl"))

    assert run_toy("exits", tmp_path / "c", *before_healthy).code == 1
    again = run_toy("exits", tmp_path / "d", *before_broken)
    assert again.code == 0
    assert "does not count" in again.out


def test_the_documented_run_of_torch(tmp_path: Path) -> None:
    """On PyTorch all documented clauses pass, those for an accelerator are not run, the errata are shown, exit 0."""
    ran = command("run", "--level", "documented", folder=tmp_path)

    here = [line for line in ran.lines.values() if line.device == "cpu"]
    assert ran.code == 0, ran.out + ran.err
    assert {line.verdict for line in here} == {"pass"}
    assert len(here) == sum(clause.on != "accelerator" for clause in catalogue.select((), "documented"))
    assert "5 In [12], line 1: printed torch.int64; right torch.int32. torch.int is int32." in ran.out
    assert (ran.report / "junit.xml").exists()
    assert (ran.report / "summary.md").exists()


def test_pytest_arguments_reach_workers_and_children(tmp_path: Path) -> None:
    """What follows `--` goes to pytest: `-k` chooses lines, and a plugin named with `-p` is loaded in every process."""
    (tmp_path / "witness.py").write_text(
        "import os, pathlib\n"
        "def pytest_configure(config):\n"
        "    kind = getattr(config, 'workerinput', None) and 'worker' or config.option.conformance_child or 'controller'\n"
        "    pathlib.Path('seen-' + kind.partition('[')[0]).touch()\n"
    )
    ran = run_toy("exits", tmp_path, "--", "-p", "witness", "-k", "product-on-the-device")

    assert {path.name for path in tmp_path.glob("seen-*")} == {
        "seen-controller", "seen-probe", "seen-worker", "seen-devices.product-on-the-device",
    }  # fmt: skip
    assert set(ran.lines) == {PRODUCT}


def test_the_controller_imports_no_torch(tmp_path: Path) -> None:
    """The process that steers a run imports no library under test."""
    (tmp_path / "witness.py").write_text(
        "import sys, pathlib\n"
        "def pytest_unconfigure(config):\n"
        "    if not hasattr(config, 'workerinput'):\n"
        "        pathlib.Path('imported').write_text(str('torch' in sys.modules))\n"
    )
    ran = command("run", "--select", "ranks.item", "--", "-p", "witness", folder=tmp_path)

    assert ran.code == 0
    assert (tmp_path / "imported").read_text() == "False"


def test_a_backend_in_the_current_folder_is_found(tmp_path: Path) -> None:
    """A file in the folder where the command runs can be named as module:attribute."""
    (tmp_path / "adapter.py").write_text("from conformance.selftest.toy import Toy as library\n")
    ran = command("run", "--backend", "adapter:library", *SELECT, folder=tmp_path)

    assert ran.code == 0, ran.out + ran.err


def test_what_a_foreign_repository_configures_has_no_say(tmp_path: Path) -> None:
    """A pytest configuration, PYTEST_ADDOPTS and a conftest of the current folder change no verdict."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --nosuch\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not for you')\n")
    ran = command("run", "--backend", f"{TOY}:Toy", *SELECT, folder=tmp_path, PYTEST_ADDOPTS="--nosuch")

    assert ran.code == 0, ran.out + ran.err


def test_nothing_chosen_is_exit_code_4(tmp_path: Path) -> None:
    """A run in which nothing was judged is no success."""
    assert run_toy("Toy", tmp_path, "--", "-k", "nosuch").code == 4


def test_the_summary_goes_to_the_job(tmp_path: Path) -> None:
    """Where GitHub names a file for a job's summary, the summary is appended there."""
    step = tmp_path / "step.md"
    arguments = ("run", "--backend", f"{TOY}:Toy", *SELECT)
    command(*arguments, folder=tmp_path, GITHUB_STEP_SUMMARY=str(step))

    assert "7 of 7 lines" in step.read_text()


def test_listing_explaining_and_schemas_need_no_run() -> None:
    """The catalogue, a clause's explanation and the schemas are printed; the JSON keeps its schema."""
    runner = CliRunner()
    listed = json.loads(runner.invoke(main, ["list", "clauses", "--json"]).output)
    schema = json.loads(runner.invoke(main, ["schema", "catalogue"]).output)
    explained = runner.invoke(main, ["explain", "promotion.int-with-float"]).output

    jsonschema.Draft202012Validator(schema).validate(listed)
    assert len(listed) == len(catalogue.load())
    assert "x + y" in explained
    assert "5 In [12]" in explained
    assert "tensor([7.])" in explained


def test_a_defect_of_the_suite_is_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of the suite's own code is told as one, never as a failing clause or as wrong input."""
    monkeypatch.setattr("conformance.catalogue.find", lambda _: dict[str, str]()["defect"])
    done = CliRunner().invoke(main, ["explain", "ranks.item"])

    assert done.exit_code == 3
    assert "the suite itself broke: KeyError: 'defect'" in done.output


def test_an_unknown_clause_names_the_nearest() -> None:
    """`explain` of a misspelt clause says which are near."""
    done = CliRunner().invoke(main, ["explain", "promotion.int-with-flaot"])

    assert done.exit_code == 2
    assert "promotion.int-with-float" in done.output


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["list", "--help"]])
def test_help_shows_examples_or_commands(arguments: list[str]) -> None:
    """Each command explains itself."""
    done = CliRunner().invoke(main, arguments)

    assert done.exit_code == 0
    assert "Usage:" in done.output
    assert "conformance run" in done.output or "Commands:" in done.output


def _results(*verdicts: results.Verdict, footer: bool = True, **changes: Any) -> results.Results:
    header = results.Header(
        1, "0", results.BackendFacts("toy", "1", "2"), (), {}, "standard", "general", 0, (), (), "now", (), {}
    )
    lines = tuple(
        results.ClauseLine(f"a.b{n}", "cpu", verdict, "general", 1, "1 prose", "S.", "0", (), {verdict: 1}, 0.0)
        for n, verdict in enumerate(verdicts)
    )
    end = results.Footer(complete=True, totals={}, partial=0, seconds=0.0, **changes)
    return results.Results(header, lines, end if footer else None)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (_results("pass", "not-run"), 0),
        (_results("pass", "waived"), 0),
        (_results("pass", "fail"), 1),
        (_results("crash"), 1),
        (_results("timeout"), 1),
        (_results("error", "fail"), 3),
        (_results("not-run", "unsupported"), 4),
        (_results(), 4),
        (_results("pass", footer=False), 3),
        (_results("fail", interrupted_by="SIGINT"), 130),
        (_results("pass", interrupted_by="SIGTERM"), 143),
    ],
)
def test_exit_codes_have_fixed_meanings(found: results.Results, code: int) -> None:
    """Exit codes follow from the verdicts, in the order that `--help` gives, and never count."""
    assert exit_code(found, 0, [], None) == code


def test_an_unmet_requirement_outranks_nothing_run() -> None:
    """A required clause that is not run is exit code 1, not 4."""
    found = _results("not-run")
    unmet = unmet_requirements(found, ("all",), ())

    assert unmet == ["a.b0 on cpu is required, and is not-run"]
    assert exit_code(found, 0, unmet, None) == 1


def test_a_clause_with_a_table_is_explained() -> None:
    """`explain` shows such a clause's program, how many cases it has, and one of them."""
    explained = CliRunner().invoke(main, ["explain", "promotion.casts"]).output

    assert "x.to(dtype), x.type(dtype)" in explained
    assert "in each of 142 cases" in explained
    assert "bool to bool" in explained


def test_list_coverage_shows_what_was_reached(tmp_path: Path) -> None:
    """`conformance list coverage` reads a results file, and refuses what is none."""
    run_toy("Toy", tmp_path / "a")
    shown = command("list", "coverage", str(tmp_path / "a" / "out" / "results.jsonl"), folder=tmp_path)
    absent = command("list", "coverage", "absent.jsonl", folder=tmp_path)

    assert shown.code == 0
    assert "devices.product-on-the-device[toy]" in shown.out
    assert absent.code == 2
    assert absent.err == "conformance: absent.jsonl can't be read: No such file or directory\n"
