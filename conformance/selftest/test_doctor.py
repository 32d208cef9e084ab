"""`conformance doctor`: what is here and what is not; and a run with devices that are not."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
import torch
from click.testing import CliRunner

from conformance.backends import absence
from conformance.cli import main
from conformance.doctor import child, examination, record, screen, traps
from conformance.selftest.support import command

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.doctor.record import Record

CPU = record.DeviceFacts("cpu", here=True)
FACTS = record.TorchFacts("2.13.0+cpu", "CPU", "abc", 1.0, 1, "AVX2", {})


def _record(**changes: Any) -> Record:
    machine = record.Machine("3.11.2", "CPython", "Linux-6-x86_64", 2, {})
    plain = record.Record(1, "0.1.0", machine, {}, FACTS, (CPU,), record.WaiverFacts(9, 3, ()), (), "", 0)
    return msgspec.structs.replace(plain, **changes)


def _shown(one: Record, capsys: pytest.CaptureFixture[str]) -> str:
    screen.show(one)
    return capsys.readouterr().out


# --- the command ---


def test_this_machine_fits_a_screen(tmp_path: Path) -> None:
    """A run can be made here: exit 0, at most 24 lines of 100 columns, PyTorch's version, build and devices."""
    ran = command("doctor", folder=tmp_path)

    lines = ran.out.splitlines()
    assert ran.code == 0, ran.out + ran.err
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert torch.__version__ in ran.out
    assert torch.version.git_version[:12] in ran.out
    assert lines[-1] == "ready     a run can be made: conformance run"
    assert "\x1b" not in ran.out


def test_the_record_keeps_its_schema(tmp_path: Path) -> None:
    """`--json` gives what `conformance schema doctor` describes, with what PyTorch itself says."""
    ran = command("doctor", "--json", folder=tmp_path, ATEN_CPU_CAPABILITY="default")
    schema = json.loads(CliRunner().invoke(main, ["schema", "doctor"]).output)
    found = json.loads(ran.out)

    jsonschema.Draft202012Validator(schema).validate(found)
    assert (ran.code, found["exit_code"], found["problem"]) == (0, 0, "")
    assert found["torch"]["version"] == torch.__version__
    assert found["machine"]["variables"]["ATEN_CPU_CAPABILITY"] == "default"
    assert any("ATEN_CPU_CAPABILITY" in trap for trap in found["traps"])
    assert next(one["name"] for one in found["devices"] if one["here"]) == "cpu"
    assert {"cuda", "xpu", "mps", "xla"} <= {one["name"].partition(":")[0] for one in found["devices"]}
    assert all(bool(one["reason"]) is not one["here"] for one in found["devices"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "raise ImportError('libtorch.so: not found')",
            "torch can't be imported (ImportError: libtorch.so: not found)",
        ),
        ("import os; os.abort()", "importing torch ends its process with signal SIGABRT"),
        ("import time; time.sleep(1000)", "importing torch hangs for more than 8 s"),
    ],
    ids=["raises", "aborts", "hangs"],
)
def test_a_torch_that_can_not_be_imported_is_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    """Whatever importing PyTorch does, the screen is there and ends with one sentence, exit 1 as `conformance run`."""
    (tmp_path / "torch.py").write_text(text + "\n")
    ran = command("doctor", "--timeout", "8", folder=tmp_path)

    assert (ran.code, ran.err) == (1, "")
    assert f"no run    {words}" in " ".join(ran.out.split()).replace("no run ", "no run    ")
    assert ran.out.startswith("suite     tensor-conformance")


def test_no_torch_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyTorch the screen says how it is installed, exit 2 as `conformance run`."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    done = CliRunner().invoke(main, ["doctor"])

    assert done.exit_code == 2, done.output
    assert "no run    torch is not installed: pip install 'tensor-conformance[torch]'" in done.output


def test_damaged_files_of_the_suite_are_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite's own damage is told before anything else is looked at."""
    from conformance.documents import FixtureError

    def damaged() -> None:
        raise FixtureError("fixtures/documents/section1.toml is damaged")

    monkeypatch.setattr("conformance.catalogue.load", damaged)

    assert CliRunner().invoke(main, ["doctor"]).exit_code == 3


# --- devices that are not here ---

XLA = {
    "raises": ("raise RuntimeError('undefined symbol: f')", "torch_xla can't be imported (RuntimeError: undefined symbol: f)"),
    "has no runtime": ("__version__ = '2.13'", "torch_xla 2.13 has no runtime here (NotImplementedError: "),
    "aborts": ("import os; os.abort()", "looking for xla ends its process with signal SIGABRT"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), XLA.values(), ids=XLA)
def test_an_xla_that_does_not_work_costs_its_own_lines_alone(text: str, words: str, tmp_path: Path) -> None:
    """A torch_xla that can't be imported, has no runtime or ends its process is one sentence; the CPU is judged, exit 0."""
    (tmp_path / "torch_xla.py").write_text(text + "\n")
    ran = command("run", "--device", "cpu", "--device", "xla", "--select", "ranks.item", folder=tmp_path)

    assert ran.code == 0, ran.out + ran.err
    assert ran.lines["ranks.item[cpu]"].verdict == "pass"
    assert ran.lines["ranks.item[xla]"].verdict == "not-run"
    assert ran.lines["ranks.item[xla]"].reason.startswith(f"no xla device: {words}")


@pytest.mark.parametrize(("text", "words"), XLA.values(), ids=XLA)
def test_the_doctor_tells_why_there_is_no_xla(text: str, words: str, tmp_path: Path) -> None:
    """The same sentences, and a run can be made all the same."""
    (tmp_path / "torch_xla.py").write_text(text + "\n")
    ran = command("doctor", folder=tmp_path)

    assert ran.code == 0, ran.out + ran.err
    assert f"xla: no xla device: {words}" in " ".join(ran.out.split())


def test_devices_that_are_not_here_leave_the_cpu_judged(tmp_path: Path) -> None:
    """`--device cuda` on a CPU build and `--device xla` without torch_xla are a sentence each beside the CPU's results."""
    asked = [part for name in ("cpu", "cuda", "xla") for part in ("--device", name)]
    ran = command("run", *asked, "--select", "ranks.item", folder=tmp_path)

    assert ran.code == 0, ran.out + ran.err
    assert {one.device: (one.verdict, one.reason) for one in ran.lines.values()} == {
        "cpu": ("pass", ""),
        "cuda": ("not-run", f"no CUDA device: torch {torch.__version__} was built without CUDA"),
        "xla": ("not-run", "no xla device: torch_xla is not installed (its version must be torch's own)"),
    }


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            RuntimeError("Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU"),
            "but RuntimeError: Found no NVIDIA driver on your system",
        ),
        (
            RuntimeError("The NVIDIA driver on your system is too old (found version 11040). Please update"),
            "but RuntimeError: The NVIDIA driver on your system is too old (found version 11040)",
        ),
        (RuntimeError("No CUDA GPUs are available"), "but RuntimeError: No CUDA GPUs are available"),
        (None, "but it found no driver or no GPU"),
    ],
    ids=["no driver", "old driver", "no GPU", "says nothing"],
)
def test_why_a_cuda_build_has_no_device(error: Exception | None, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In PyTorch's own words, with the variable that may hide devices."""

    def start() -> None:
        if error is not None:
            raise error

    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", start)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")

    assert absence.of_kind("cuda") == (
        f"no CUDA device: torch {torch.__version__} was built with CUDA, {words}; CUDA_VISIBLE_DEVICES is ''"
    )


def test_nothing_is_said_of_a_kind_that_may_be_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyTorch says that CUDA is available, and for kinds that it can't tell of, a tensor must be made."""
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)

    assert absence.of_kind("cuda") == ""
    assert absence.of_kind("npu") == ""


# --- the screen ---


def test_devices_that_are_alike_share_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """Eight GPUs of one kind take one row, with their own name and driver."""
    facts = {"memory": "79.6 GiB", "driver": "550.54 for CUDA up to 12.4"}
    gpus = [record.DeviceFacts(f"cuda:{n}", here=True, model="NVIDIA H100", facts=facts) for n in range(8)]
    out = _shown(_record(devices=(CPU, *gpus)), capsys)

    assert "here      cuda:0 to cuda:7: NVIDIA H100, memory 79.6 GiB, driver 550.54 for CUDA up to 12.4" in out
    assert len(out.splitlines()) <= 24


def test_traps_and_expired_waivers_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Each has its row; a long one is wrapped, and control characters are shown by their code."""
    out = _shown(_record(traps=("x\x1b[31m " * 30,), waivers=record.WaiverFacts(9, 3, ("old-one",))), capsys)

    assert "trap      waivers that must be looked at again: old-one" in out
    assert "\\u001b" in out
    assert max(map(len, out.splitlines())) <= 100 + 5 * 30


@pytest.mark.parametrize(
    ("packages", "variables", "words"),
    [
        ({"torch": "1.13.0a0", "numpy": "2.0.1"}, {}, "built for NumPy 1"),
        ({"torch": "1.13.0a0", "numpy": "1.24.2"}, {}, "no float16 matrices"),
        ({}, {"XLA_USE_BF16": "1"}, "XLA_USE_BF16"),
    ],
)
def test_traps_of_versions_and_variables(
    packages: dict[str, str | None], variables: dict[str, str], words: str
) -> None:
    """A trap is met where its versions and variables are."""
    assert any(words in sentence for sentence in traps.met(packages, variables))


@pytest.mark.parametrize(
    ("packages", "variables"),
    [
        ({"torch": "2.13.0+cpu", "numpy": "2.4.6"}, {}),
        ({"torch": "2.3.0", "numpy": "2.0.0"}, {}),
        ({"torch": None, "numpy": "2.4.6"}, {}),
        ({"torch": "of my own", "numpy": "2.4.6"}, {}),
        ({"torch": "2.13.0"}, {"XLA_USE_BF16": "0", "PYTORCH_ENABLE_MPS_FALLBACK": "0"}),
    ],
)
def test_no_trap_where_there_is_none(packages: dict[str, str | None], variables: dict[str, str]) -> None:
    """Versions outside a range, an absent package, one without a number, and a variable of another value meet none."""
    assert traps.met(packages, variables) == ()


# --- what looks ---


def test_a_look_that_ends_keeps_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where looking for a later device ends the process, a run can be made, and the sentence is among the traps."""
    ended = record.ProblemFacts("looking for devices after cpu ends its process with signal SIGABRT")
    monkeypatch.setattr(examination, "_asked", lambda *_: [FACTS, CPU, ended])
    found = examination.examine(1)

    assert found.exit_code == 0
    assert found.traps[0] == ended.sentence


def test_the_driver_is_read_where_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """NVIDIA's own version and the newest CUDA that it takes."""
    path = tmp_path / "version"
    path.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n")
    monkeypatch.setattr(child, "NVIDIA_DRIVER", path)
    build = SimpleNamespace(_C=SimpleNamespace(_cuda_getDriverVersion=lambda: 12040))

    assert child.driver(build) == "550.54.15 for CUDA up to 12.4"
    monkeypatch.setattr(child, "NVIDIA_DRIVER", tmp_path / "absent")
    assert child.driver(build) == "for CUDA up to 12.4"


def test_what_stands_behind_xla_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An XLA device runs on a CPU too, so its runtime is named: by torch_xla, or, where that can't say so, by the variable."""
    device = SimpleNamespace(here=True, text="xla:0", reason="", lacks={})
    looked = SimpleNamespace(device=lambda _: device)
    monkeypatch.setitem(sys.modules, "torch_xla", SimpleNamespace(__version__="2.9.0"))
    monkeypatch.setitem(sys.modules, "torch_xla.runtime", SimpleNamespace(device_type=lambda: "CPU"))
    (found,) = child.devices(torch, looked, "xla")

    assert found.facts == {"torch_xla": "2.9.0", "runtime": "CPU"}
    monkeypatch.setitem(sys.modules, "torch_xla.runtime", None)
    monkeypatch.setenv("PJRT_DEVICE", "TPU")
    (found,) = child.devices(torch, looked, "xla")
    assert found.facts["runtime"] == "TPU"


def test_each_gpu_says_its_own_name() -> None:
    """Where there are several, each has its number, its name, its memory and its capability."""
    properties = SimpleNamespace(name="NVIDIA T4", total_memory=15 * 2**30, major=7, minor=5)
    cuda = SimpleNamespace(device_count=lambda: 2, get_device_properties=lambda _: properties)
    looked = SimpleNamespace(device=lambda name: SimpleNamespace(here=True, text=name, reason="", lacks={"x": "No x."}))
    found = list(child.devices(SimpleNamespace(cuda=cuda, _C=SimpleNamespace()), looked, "cuda"))

    assert [one.name for one in found] == ["cuda:0", "cuda:1"]
    assert {one.model for one in found} == {"NVIDIA T4"}
    assert {(one.facts["memory"], one.facts["capability"]) for one in found} == {("15.0 GiB", "7.5")}
    assert found[0].lacks == {"x": "No x."}
