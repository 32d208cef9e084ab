"""The notebook for Google Colab: it runs as it is shipped, and claims nothing that was not run."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import nbclient
import nbformat
import pytest
import torch

from conformance import cli, notebooks
from conformance.backends import pytorch
from conformance.backends.protocol import Device
from conformance.benchmark import records
from conformance.notebooks import cells
from conformance.notebooks.devices import Found
from conformance.reporting import accelerators, results
from conformance.selftest.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CPU = Device("cpu", "cpu", "cpu")
T4 = Device("cuda", "cuda", "cuda:0", hardware="Tesla T4")
CHOSEN = "ranks.zero-dim*"
# Runs in the place of `conformance`, with its arguments in `argv`.
STAND_IN = "import sys; argv = sys.argv[1:]\n"


def notebook() -> Any:
    """Read the notebook."""
    return nbformat.read(notebooks.path(), as_version=4)


def cell(name: str) -> Any:
    """Give a cell by its id."""
    return next(one for one in notebook().cells if one.id == name)


def install(folder: Path, source: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the cell that installs, with SOURCE set, where this package is not installed."""
    text = f"SOURCE = {source!r}\n{cell('install').source}\nprint(said)"
    return subprocess.run(
        [sys.executable, "-S", "-c", text],  # without site-packages, so that nothing is installed
        cwd=folder,
        env={**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def _stand_in(text: str) -> list[str]:
    return [sys.executable, "-c", STAND_IN + text]


def _write(folder: Path, *devices: Device, verdict: results.Verdict = "pass", complete: bool = True) -> None:
    facts = results.BackendFacts("torch", "2.13.0", "2.13.0")
    header = results.Header(
        1, "0.1.0", facts, devices, {}, "smoke", "general", 0, (), ("conformance",), "2026-01-01T00:00:00", (), {}
    )
    lines = [
        results.ClauseLine("ranks.a", device.name, verdict, "general", 1, "1 prose", "S.", "0", (), {verdict: 1}, 0.1)
        for device in devices
    ]
    writer = results.Writer(folder / results.FILE_NAME)
    footer = results.Footer(complete=complete, totals=results.totals(lines), partial=0, seconds=1.0)
    written: list[results.Line] = [header, *lines, footer]
    for line in written:
        writer.write(line)
    writer.close()


def _rows(folder: Path) -> dict[str, list[str]]:
    """Give the table's rows, the cells after the first by the first."""
    split = [line.strip("| ").split(" | ") for line in accelerators.table(folder).splitlines()[2:]]
    return {first: rest for first, *rest in split}


# --- the file ---


def test_the_notebook_is_valid_and_stores_no_outputs() -> None:
    """It is a notebook of a known version, as it was before any cell ran."""
    found = notebook()
    nbformat.validate(found)
    code = [one for one in found.cells if one.cell_type == "code"]

    assert len(code) == 6
    assert not [one.id for one in code if one.outputs or one.execution_count is not None]


def test_the_readme_links_the_notebook() -> None:
    """The link leads to the file."""
    assert f"]({notebooks.path().relative_to(ROOT).as_posix()})" in (ROOT / "README.md").read_text(encoding="utf-8")


# --- a whole run ---


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The outputs of each cell, by its id, of the notebook run on the CPU with few clauses, and of one that is wrong."""
    folder = tmp_path_factory.mktemp("colab")
    found = notebook()
    at = next(n for n, one in enumerate(found.cells) if "parameters" in one.metadata.get("tags", ()))
    set_up = f"PROFILE, SELECT, REPORTS = 'smoke', ({CHOSEN!r},), {str(folder / 'reports')!r}"
    found.cells.insert(at + 1, nbformat.v4.new_code_cell(set_up))
    wrong = nbformat.v4.new_code_cell("cells.judge(runtime, REPORTS, select=['no-such-*'])", id="wrong")
    wrong.metadata["tags"] = ["raises-exception"]
    found.cells.append(wrong)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "", "JUPYTER_PLATFORM_DIRS": "1"}.items():
            patch.setenv(name, value)
        nbclient.NotebookClient(found, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    return {one.id: one.outputs for one in found.cells if one.cell_type == "code"}


def _shown(outputs: list[Any]) -> str:
    assert [one.output_type for one in outputs] == ["execute_result"]
    data = outputs[0].data
    return str(data.get("text/markdown", data["text/plain"]))


def test_what_is_installed_is_not_installed_again(ran: dict[str, Any]) -> None:
    """Where the suite is installed the cell says so and does nothing."""
    assert "is installed already" in _shown(ran["install"])


def test_without_an_accelerator_the_cpu_is_judged_and_its_report_shown(ran: dict[str, Any]) -> None:
    """The page says why there is no accelerator, and shows the run's summary."""
    assert "no accelerator (no CUDA device" in _shown(ran["runtime"])
    report = _shown(ran["report"])
    assert "## Conformance of torch" in report
    assert ", 0 failing," in report


def test_a_missing_benchmark_stage_is_told(ran: dict[str, Any]) -> None:
    """The cell asks the installed command, and says plainly when it has no such stage."""
    assert ("has no benchmark stage" in _shown(ran["matmul"])) == ("bench" not in cli.main.commands)


def test_the_table_holds_what_was_run_and_no_more(ran: dict[str, Any]) -> None:
    """After a run on the CPU the documents' accelerators are not run, and the CPU has a row of its own."""
    rows = [line.strip("| ").split(" | ") for line in _shown(ran["accelerators"]).splitlines()[2:]]

    assert [row[0] for row in rows] == ["T4", "L4", "A100", "TPU v2-8", "TPU v5e-1", "cpu"]
    assert {word for row in rows[:-1] for word in row[1:]} == {"not run"}
    assert ", 0 failing," in rows[-1][4]


def test_a_wrong_setting_is_told_in_one_sentence(ran: dict[str, Any]) -> None:
    """A cell that can't do what it is asked shows the suite's sentence, and no traceback."""
    (error,) = ran["wrong"]

    assert error.output_type == "error"
    assert error.traceback == [error.evalue]
    assert "'no-such-*'" in error.evalue


# --- installing ---


def test_without_a_source_the_cell_says_what_to_name(tmp_path: Path) -> None:
    """One sentence where SOURCE is empty and nothing is installed."""
    done = install(tmp_path, "")

    assert done.returncode == 1
    assert done.stderr == "Name in SOURCE, in the cell above, the wheel to install: its path or address.\n"


def test_a_source_that_pip_refuses_is_named(tmp_path: Path) -> None:
    """What pip says is shown with the SOURCE."""
    done = install(tmp_path, "./absent-1-py3-none-any.whl", PIP_NO_INDEX="1")

    assert done.returncode == 1
    assert done.stderr.startswith("pip can't install SOURCE = './absent-1-py3-none-any.whl': ")
    assert "No such file" in done.stderr


# --- what the cells call ---


@pytest.mark.parametrize(
    ("devices", "name"),
    [
        ((CPU, T4), "cuda"),
        ((CPU, Device("xla", "xla", "xla:0", hardware="TPU v5 lite")), "xla"),
        ((CPU, Device("xla", "xla", "xla:0", hardware="CPU")), "cpu"),
        ((CPU,), "cpu"),
    ],
)
def test_the_accelerator_is_chosen(devices: tuple[Device, ...], name: str) -> None:
    """The first accelerator is judged, and the CPU, with the reason, only where there is none."""
    chosen = cells.chosen(Found(devices, "no CUDA device: none"))

    assert chosen.device.name == name
    assert bool(chosen.reason) == (name == "cpu")


def test_reports_are_kept_by_the_hardware(tmp_path: Path) -> None:
    """Two accelerators of one kind of device do not overwrite each other's reports."""
    assert cells.Runtime(T4).report(tmp_path) == tmp_path / "tesla-t4"
    assert cells.Runtime(CPU).report(tmp_path) == tmp_path / "cpu"


def test_the_suite_runs_on_the_device_that_was_found(tmp_path: Path) -> None:
    """The command gets device, profile, clauses and report folder; its summary is the page."""
    stand_in = _stand_in(
        "import pathlib; report = pathlib.Path(argv[argv.index('--report') + 1]); report.mkdir()\n"
        "(report / 'summary.md').write_text(' '.join(argv)); sys.exit(1)"
    )
    page = cells.judge(cells.Runtime(T4), tmp_path, profile="smoke", select=["a.*", "b.*"], command=stand_in)

    report = tmp_path / "tesla-t4"
    assert page.text == f"run --device cuda --profile smoke --report {report} --select a.* --select b.*"


def test_an_interrupted_cell_lets_the_run_write_its_end(tmp_path: Path) -> None:
    """An interrupt reaches the run once, which keeps what it measured; the cell then says where."""
    stand_in = _stand_in(
        "import os, pathlib, signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler); os.kill(os.getppid(), signal.SIGINT)\n"
        "try:\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    pathlib.Path('kept').touch(); sys.exit(130)"
    )
    program = (
        # As in a notebook's kernel, whatever this process was started with: one in the background ignores interrupts.
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from conformance.backends.protocol import Device\nfrom conformance.notebooks import cells\n"
        f"cells.judge(cells.Runtime(Device('cpu', 'cpu', 'cpu')), '.', command={stand_in!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert "The run was stopped; what it measured until then is in cpu/results.jsonl." in done.stderr
    assert (tmp_path / "kept").exists()


def test_a_suite_that_has_the_benchmark_stage_is_asked_to_run_it(tmp_path: Path) -> None:
    """Its output is shown, and its reports lie where the table looks for them."""
    stand_in = _stand_in("print('help' if '--help' in argv else ' '.join(argv))")
    page = cells.benchmark(cells.Runtime(T4), tmp_path, profile="deep", command=stand_in)

    report = tmp_path / "tesla-t4" / "matmul"
    assert page.text == f"```\nbench --device cpu --device cuda --profile full --report {report}\n```"


def test_a_benchmark_that_lacks_something_says_what(tmp_path: Path) -> None:
    """What must be installed for it is shown in the page; the rest of the notebook goes on."""
    stand_in = _stand_in("'--help' in argv or (print('conformance: it needs x', file=sys.stderr), sys.exit(2))")

    assert cells.benchmark(cells.Runtime(T4), tmp_path, command=stand_in).text == "Not run: it needs x"


def test_a_benchmark_that_fails_is_told(tmp_path: Path) -> None:
    """Its last sentence and exit code are shown, not an empty page."""
    stand_in = _stand_in("sys.exit(0 if '--help' in argv else 'no memory')")

    with pytest.raises(cells.CellError, match="ended with 1: no memory"):
        cells.benchmark(cells.Runtime(T4), tmp_path, command=stand_in)


def test_devices_that_cannot_be_told_are_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where PyTorch can't be imported its own last words are shown."""
    (tmp_path / "torch.py").write_text("raise RuntimeError('no libtorch')\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")

    with pytest.raises(cells.CellError, match="can't be told: RuntimeError: no libtorch"):
        cells.runtime()


# --- the table ---


def test_a_row_is_filled_from_the_results_of_its_accelerator(tmp_path: Path) -> None:
    """A T4's results fill the T4's row, and no other of the documents' rows."""
    _write(tmp_path / "a", T4)
    rows = _rows(tmp_path)

    assert rows["T4"][:2] == ["Tesla T4", "torch 2.13.0"]
    assert rows["T4"][3].startswith("1 of 1 lines (clause x device) passed")
    assert rows["T4"][4] == "not run"
    assert {word for name in ("L4", "A100", "TPU v2-8", "TPU v5e-1") for word in rows[name]} == {"not run"}


@pytest.mark.parametrize(
    ("hardware", "name"),
    [
        ("NVIDIA L4", "L4"),
        ("NVIDIA L40S", "cuda:0"),
        ("NVIDIA A100-SXM4-40GB", "A100"),
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", "cuda:0"),
        ("TPU v2", "TPU v2-8"),
        ("TPU v5 lite", "TPU v5e-1"),
        ("TPU v5", "cuda:0"),
    ],
)
def test_hardware_is_told_from_its_like(hardware: str, name: str, tmp_path: Path) -> None:
    """Hardware fills the row of its own name; other hardware has a row of its own."""
    _write(tmp_path, msgspec.structs.replace(T4, hardware=hardware))
    rows = _rows(tmp_path)

    assert rows[name][0] == hardware
    assert [one for one, rest in rows.items() if rest[0] != "not run"] == [name]


def test_a_device_that_was_not_here_fills_no_row(tmp_path: Path) -> None:
    """A run that was asked for an accelerator and found none says nothing about it."""
    _write(tmp_path, msgspec.structs.replace(T4, here=False), verdict="not-run")

    assert {word for row in _rows(tmp_path).values() for word in row} == {"not run"}


def test_a_run_that_did_not_end_is_called_partial(tmp_path: Path) -> None:
    """What was measured until then is shown as such."""
    _write(tmp_path, T4, complete=False)

    assert _rows(tmp_path)["T4"][3].startswith("partial run: 1 of 1 lines")


def test_the_benchmarks_best_speed_is_in_the_table(tmp_path: Path) -> None:
    """An empty folder is no measurement; a file tells the best of each dtype, and one that can't be read says so."""
    _write(tmp_path, T4)
    folder = tmp_path / "matmul"
    folder.mkdir()
    assert _rows(tmp_path)["T4"][4] == "not run"

    shape, sure = records.Shape("square", 512, 512, 512), records.Interval(20.0, 19.0, 21.0)
    cases = tuple(
        records.CaseRecord(
            f"case {speed}", T4.text, "float32", "warm", shape, precision="highest", gflops=speed, speedup=sure
        )
        for speed in (100.0, 4000.0)
    )
    machine = records.Machine("a processor", 2, 8, "Linux x86_64", ("Tesla T4",))
    records.write(
        records.Bench(1, "0.1.0", "2.13.0", machine, {T4.text: "Tesla T4"}, {}, "smoke", 0, (), "2026", True, cases),  # noqa: FBT003
        folder / records.FILE_NAME,
    )
    assert _rows(tmp_path)["T4"][4] == "float32 4000 GFLOP/s at 512x512x512, 20 times the CPU"

    (folder / records.FILE_NAME).write_text("{}", encoding="utf-8")
    assert _rows(tmp_path)["T4"][4].startswith("can't be read")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """The table is not made without it in silence."""
    (tmp_path / results.FILE_NAME).write_text("{}\n")

    with pytest.raises(cells.CellError, match=r"results\.jsonl is damaged in line 1"):
        cells.table(tmp_path)


def test_hardware_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device's name comes from its driver; one that can't say it has none, and is judged all the same."""
    hardware = pytorch._hardware  # noqa: SLF001 - no accelerator is needed for this
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"Tesla T4 of {device}")
    assert hardware(torch.device("cuda:0")) == "Tesla T4 of cuda:0"

    monkeypatch.delattr(torch.cuda, "get_device_name")
    assert hardware(torch.device("cuda:0")) == ""

    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: device.absent, raising=False)
    assert hardware(torch.device("cuda:0")) == ""
