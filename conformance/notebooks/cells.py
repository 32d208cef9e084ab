"""What the cells of `colab.ipynb` call: each function gives a page that the notebook shows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance import __version__
from conformance.notebooks.devices import Found
from conformance.reporting import accelerators, markdown, results
from conformance.runner.command import BROKEN, USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.backends.protocol import Device

COMMAND = (sys.executable, "-m", "conformance")
# The benchmark's profiles by those of the suite.
BENCHMARK_PROFILES = {"smoke": "smoke", "standard": "standard", "deep": "full"}


class CellError(Exception):
    """What ends a cell, in one sentence."""

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone: IPython asks an exception for this before it shows a traceback."""
        return [str(self)]


@dataclass(frozen=True)
class Page:
    """Markdown that a notebook shows where it is a cell's last value."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text


@dataclass(frozen=True)
class Runtime:
    """What the notebook runs on: the device that is judged, and why it is no accelerator."""

    device: Device
    reason: str = ""

    def report(self, folder: Path | str) -> Path:
        """Give the folder of this device's reports, named as the hardware names itself."""
        named = self.device.hardware or self.device.text
        return Path(folder) / re.sub(r"[^a-z0-9]+", "-", named.lower()).strip("-")

    def _repr_markdown_(self) -> str:
        if self.reason:
            return (
                f"This runtime has no accelerator ({markdown.safe(self.reason)}), so the CPU is judged. To judge another, "
                "choose it under *Runtime*, *Change runtime type*, and run all cells again."
            )
        return f"This runtime has {markdown.safe(self.device.text)} ({markdown.safe(self.device.hardware or 'it has no other name')})."


def runtime() -> Runtime:
    """Find the runtime's accelerator, or the CPU where there is none.

    Raises:
        CellError: PyTorch is not installed, or can't be imported.
    """
    done = _ended([sys.executable, "-m", "conformance.notebooks.devices"])
    if done.returncode:
        raise CellError(f"The devices of this runtime can't be told: {_last(done.stderr)}")
    # The last line: what is imported may have said something before.
    return chosen(msgspec.json.decode(_last(done.stdout), type=Found))


def chosen(found: Found) -> Runtime:
    """Choose the device to be judged: the first accelerator. XLA on a CPU is none."""
    for device in found.devices:
        if device.type != "cpu" and device.hardware.lower() != "cpu":
            return Runtime(device)
    return Runtime(found.devices[0], found.no_accelerator or "only XLA on the CPU")


def judge(
    on: Runtime,
    folder: Path | str,
    *,
    profile: str = "standard",
    select: Sequence[str] = (),
    command: Sequence[str] = COMMAND,
) -> Page:
    """Run the suite on the runtime's device and show its summary.

    Args:
        on: the runtime.
        folder: where the reports of all runtimes are kept, each in a folder of its own.
        profile: smoke, standard or deep.
        select: globs of clause ids; none for all.
        command: how `conformance` is called.

    Raises:
        CellError: wrong input, the suite itself broke, or the cell was interrupted.
    """
    report = on.report(folder)
    arguments = ["run", "--device", on.device.name, "--profile", profile, "--report", str(report)]
    for pattern in select:
        arguments += ["--select", pattern]
    done = _ended([*command, *arguments])
    if done.returncode in (USAGE, BROKEN):
        raise CellError(_last(done.stderr).removeprefix("conformance: "))
    if done.returncode < 0 or done.returncode > signal.NSIG:
        raise CellError(f"The run was stopped; what it measured until then is in {report / results.FILE_NAME}.")
    return Page((report / "summary.md").read_text(encoding="utf-8"))


def benchmark(on: Runtime, folder: Path | str, *, profile: str = "standard", command: Sequence[str] = COMMAND) -> Page:
    """Time matmul on the runtime's device and on its CPU where the installed suite can, and show what it says.

    Args:
        on: the runtime.
        folder: as of `judge`.
        profile: as of `judge`; the stage calls `deep` full.
        command: how `conformance` is called.

    Raises:
        CellError: the stage fails, or the cell was interrupted.
    """
    if _ended([*command, "bench", "--help"]).returncode:
        return Page(
            f"Not run: the suite that is installed here ({__version__}) has no benchmark stage (`conformance bench`)."
        )
    report = on.report(folder) / accelerators.BENCHMARK_FOLDER
    devices = [part for name in dict.fromkeys(("cpu", on.device.name)) for part in ("--device", name)]
    arguments = [*devices, "--profile", BENCHMARK_PROFILES[profile], "--report", str(report)]
    done = _ended([*command, "bench", *arguments])
    if done.returncode == USAGE:
        return Page(f"Not run: {_last(done.stderr).removeprefix('conformance: ')}")
    if done.returncode:
        raise CellError(f"The benchmark ended with {done.returncode}: {_last(done.stderr or done.stdout)}")
    return Page(markdown.fenced(done.stdout))


def table(folder: Path | str) -> Page:
    """Show the documents' accelerators, each with what was run on it.

    Args:
        folder: as of `judge`: every results.jsonl below it is read.

    Raises:
        CellError: a file there is no results file.
    """
    try:
        return Page(accelerators.table(Path(folder)))
    except results.ResultsError as error:
        raise CellError(str(error)) from error


def _ended(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; an interrupt of the cell is passed on, so that it keeps what it measured."""
    with subprocess.Popen(  # noqa: S603 - this package's own command
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "NO_COLOR": "1"},
        # A group of its own: some kernels interrupt their whole group, and a second interrupt would cut the report off.
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _last(text: str) -> str:
    """Give the last line of what a command said."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
