"""The whole suite, rehearsed on a second device in pure Python: healthy, and with faults in it.

This shows that the suite works on a second device and that each clause on devices catches what breaks its rule where a
machine has no accelerator; it says nothing about any real device.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from conformance import catalogue
from conformance.selftest.support import ROOT, command

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.selftest.support import Ran

# The device is registered in child processes alone.
try:
    TORCH = Version(version("torch"))
except PackageNotFoundError:
    pytest.skip("the rehearsal is a device of torch, which is not installed", allow_module_level=True)
from conformance.backends import pytorch
from conformance.backends.rehearsal import LACKS, NOTE

pytestmark = pytest.mark.skipif(Version("2.13") > TORCH, reason="a backend in Python needs torch 2.13")
# What takes the device's checks away one by one, or breaks one of its moves, and the clause that must notice.
SWITCHES = {
    "mixed-products-unchecked": "devices.mixed-products",
    "mixed-cat-unchecked": "devices.mixed-cat",
    "mixed-sums-unchecked": "devices.mixed-elementwise",
    "mixed-dot-unchecked": "devices.mixed-products",
    "stacked-without-a-look": "devices.mixed-cat",
    "device-index-into-the-cpu": "devices.mixed-indices",
    "mm-writes-out-elsewhere": "devices.mixed-out",
    "sums-poisoned-by-a-mixed-product": "devices.mixed-products",
    "float32-products-in-tf32": "devices.products-in-any-precision",
    "cpu-shares-memory": "devices.moved-is-a-copy",
    "is-cuda-lies": "devices.where-a-tensor-lies",
    "moved-tensors-say-the-cpu": "devices.flag-follows-moves",
    "strides-dropped": "devices.moves-keep-strides",
    "history-lost-on-the-way": "devices.gradients-cross",
    "transfers-lose-the-last-element": "devices.moves-keep-bits",
}


@cache
def _judged() -> dict[str, dict[str, Any]]:
    """Judge each fault and each limit in one process, since the device's name is one for a process."""
    done = subprocess.run(
        [sys.executable, "-m", "conformance.selftest.rehearsing"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The whole suite in `smoke`, as its user runs it."""
    return command(
        "run", "--device", "rehearsal", "--profile", "smoke", "--level", "wording", "-n", "1",
        folder=tmp_path_factory.mktemp("smoke"),
    )  # fmt: skip


def test_the_whole_suite_passes_but_for_declared_limits(smoke: Ran) -> None:
    """No line fails, and what is not passed is unsupported for a declared reason."""
    lines = smoke.results.lines
    on_it = {clause.id for clause in catalogue.load() if clause.applies_to("rehearsal")}

    assert smoke.code == 0, smoke.out + smoke.err
    assert {line.device for line in lines} == {"rehearsal"}
    assert {line.id for line in lines} == on_it
    assert {line.verdict for line in lines if not line.reason} <= {"pass", "waived"}
    assert {line.reason for line in lines if line.verdict == "unsupported" or line.partial} <= set(LACKS.values())


def test_every_declared_limit_is_met(smoke: Ran) -> None:
    """A limit that no case meets is stale."""
    met = {line.reason for line in smoke.results.lines}

    assert set(LACKS.values()) <= met


def test_every_declared_limit_is_one() -> None:
    """Each case that needs what the device lacks fails where the limit is not declared: else the limit is gone."""
    found = _judged()["limits"]

    assert set(found) == set(LACKS)
    assert {need: set(verdicts) for need, verdicts in found.items()} == {need: {"fail"} for need in LACKS}


def test_there_is_one_rehearsal_device(tmp_path: Path) -> None:
    """One of another number is not here: nothing is said of it."""
    ran = command("run", "--device", "rehearsal:1", "--select", "ranks.item", "--in-process", folder=tmp_path)

    assert {(line.verdict, line.reason) for line in ran.results.lines} == {
        ("not-run", "there is one rehearsal device, rehearsal:0")
    }


def test_every_report_says_that_it_is_a_rehearsal(smoke: Ran) -> None:
    """The terminal, the summary, the JUnit file and the header of the results say what such a run is no evidence of."""
    assert [device.note for device in smoke.results.header.devices] == [NOTE]
    assert f"note: {NOTE}" in smoke.out
    assert f"**Note:** {NOTE}." in (smoke.report / "summary.md").read_text(encoding="utf-8")
    assert 'name="note"' in (smoke.report / "junit.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("switch", "clause"), SWITCHES.items())
def test_each_switch_is_caught_by_its_clause(switch: str, clause: str) -> None:
    """A check that is taken away, or a move that is broken, fails the clause whose rule it breaks."""
    assert _judged()["faults"][switch][clause] == "fail"


def test_each_fault_of_the_device_is_caught_by_the_clauses_that_are_meant_to() -> None:
    """Each planted fault fails the clauses whose rule it breaks."""
    missed = {name: found for name, found in _judged()["faults"].items() if set(found.values()) != {"fail"}}

    assert missed == {}


def test_each_clause_with_a_table_has_a_fault_on_the_device() -> None:
    """No clause on devices goes without a fault that it was seen to catch; those on two of a kind have theirs elsewhere."""
    caught = {clause for found in _judged()["faults"].values() for clause in found}
    known = [one for one in catalogue.load() if one.table is not None and not one.peers]
    tables = {one.id for one in known if one.id.startswith("devices.")}

    assert tables <= caught


def test_a_run_on_a_device_moves_at_most_twice_as_many_tensors() -> None:
    """The benchmark's bound, counted: of the whole suite in `smoke`, on the device against the CPU."""
    done = subprocess.run(
        [sys.executable, "-m", "conformance.benchmark.transfers", "--device", "rehearsal", "--profile", "smoke"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"whole runs: \d+ transfers on rehearsal, \d+ tensors made or read on the CPU", done.stdout)


@pytest.mark.parametrize(
    ("switch", "clause"),
    [("mixed-cat-unchecked", "devices.mixed-cat"), ("mixed-products-unchecked", "devices.mixed-products")],
)
def test_a_switch_is_a_fault_of_the_command(switch: str, clause: str, tmp_path: Path) -> None:
    """`--fault` plants it on the device where it shows, and its reproducer ends with 1 without the suite's own run."""
    ran = command("run", "--fault", switch, "--select", clause, folder=tmp_path)
    line = ran.lines[f"{clause}[rehearsal]"]

    assert (ran.code, line.verdict) == (1, "fail"), ran.err
    assert line.failure is not None
    # A case's name may begin with anything, as with the sign of an operation.
    assert line.failure.alone == "fails"
    assert line.failure.reproducer is not None
    assert line.failure.reproducer.file == f"reproducers/{clause}.py"


def test_a_switch_shows_on_no_other_device(tmp_path: Path) -> None:
    """Who asks for one on the CPU is told where it shows."""
    ran = command("run", "--fault", "mixed-cat-unchecked", "--device", "cpu", folder=tmp_path)

    assert ran.code == 2
    assert ran.err == "conformance: the fault 'mixed-cat-unchecked' shows on --device rehearsal alone\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("torch.__version__ = '2.12.1+cpu'", "needs PyTorch 2.13 or newer, which has devices in Python; here is 2.12.1+cpu"),
        (
            "import torch.utils.backend_registration as found\ndel found._setup_privateuseone_for_python_backend",
            "gives this process no device 'rehearsal': its experimental interface for devices in Python raises ImportError",
        ),
        ("torch.utils.rename_privateuse1_backend('other')", "raises RuntimeError"),
    ],
    ids=["older", "without the interface", "another device has its place"],
)  # fmt: skip
def test_where_it_can_not_be_one_sentence_says_so(text: str, words: str, tmp_path: Path) -> None:
    """A PyTorch without the interface is told in one sentence, with exit code 2."""
    (tmp_path / "changed.py").write_text(f"import torch\n{text}\n", encoding="utf-8")
    ran = command("run", "--import", "changed", "--device", "rehearsal", folder=tmp_path)

    assert ran.code == 2, ran.out + ran.err
    assert words in ran.err
    assert len(ran.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "count", "peer"),
    [("cuda:0", 2, "cuda:1"), ("cuda:1", 2, "cuda:0"), ("cuda:1", 3, "cuda:2"), ("cuda:0", 1, ""), ("cpu", 2, "")],
)
def test_another_device_of_a_kind_is_named_where_there_is_one(
    name: str, count: int, peer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one in number, as PyTorch counts them."""
    cuda = import_module("torch.cuda")
    monkeypatch.setattr(cuda, "device_count", lambda: count)

    assert pytorch.peer_of(_place(name)) == peer


def _place(name: str) -> Any:
    return import_module("torch").device(name)


def test_precision_is_read_as_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """What CUDA's settings allow at the worst: TF32 by either setting, sums of half types in their own dtype."""
    torch = import_module("torch")
    settings = SimpleNamespace(allow_tf32=False, allow_bf16_reduced_precision_reduction=True)
    monkeypatch.setattr(torch.backends.cuda, "matmul", settings)
    first = pytorch.precision_of(_place("cuda"))
    settings.allow_tf32 = settings.allow_fp16_accumulation = True
    then = pytorch.precision_of(_place("cuda"))
    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "medium")

    assert first == {"float32 products": "highest", "float16 sums": "float32", "bfloat16 sums": "bfloat16"}
    assert then == {"float32 products": "high", "float16 sums": "float16", "bfloat16 sums": "bfloat16"}
    assert pytorch.precision_of(_place("cpu")) == {"float32 products": "medium"}


def test_the_precision_is_in_the_header(smoke: Ran) -> None:
    """Results say in which setting products were judged."""
    assert [device.precision for device in smoke.results.header.devices] == [{"float32 products": "highest"}]
