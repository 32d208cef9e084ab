"""The campaign: a healthy library is accused under no seed, setting or order.

`python -m conformance.selftest.campaign [--runs 50] [--profile standard] [--backend torch]` runs the suite that often,
each time with another seed, on 1 and 2 threads, with each vector capability that PyTorch can be told to use, in natural
and in shuffled order, and tells of every line that is neither passed nor accounted for. Exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import cycle, product
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.reporting import results
from conformance.runner.settings import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = ("1", "2")
# What `ATEN_CPU_CAPABILITY` may say; `default` is the plain code without vectors.
CAPABILITIES = ("default", "avx2", "avx512")
ORDERS = ("natural", "shuffled")
ACCOUNTED = {"pass", "waived", "not-run", "unsupported"}

Setting = tuple[str, str, str]


def settings() -> list[Setting]:
    """Give every combination of threads, capability and order."""
    return list(product(THREADS, CAPABILITIES, ORDERS))


def run(setting: Setting, seed: int, backend: str, profile: str, folder: Path) -> results.Results:
    """Run the suite once and give its results."""
    threads, capability, order = setting
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "ATEN_CPU_CAPABILITY": capability}
    command = [sys.executable, "-m", "conformance", "run", "--backend", backend, "--profile", profile]
    command += ["--level", "wording", "--seed", str(seed), "--report", str(folder)]
    command += ["--shuffle"] if order == "shuffled" else []
    subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return results.read(folder / results.FILE_NAME)


def accusations(found: results.Results) -> Iterator[str]:
    """Say of each line that is neither passed nor accounted for what was wrong; and whether the run ended."""
    if found.footer is None or not found.footer.complete:
        yield "the run did not end"
    for line in found.lines:
        if line.verdict not in ACCOUNTED:
            failure = line.failure
            case = f"{failure.case}: {failure.message}" if failure is not None else ""
            yield f"{line.verdict}: {line.id} on {line.device}: {case}"


def main() -> int:
    """Run the campaign, telling each run as it ends."""
    parser = argparse.ArgumentParser(prog="python -m conformance.selftest.campaign", description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--first", type=int, default=1000, help="the first seed")
    parser.add_argument("--profile", default="standard", choices=PROFILES)
    parser.add_argument("--backend", default="torch")
    options = parser.parse_args()
    counted: Counter[str] = Counter()
    accused = 0
    with tempfile.TemporaryDirectory() as folder:
        turns = zip(range(options.first, options.first + options.runs), cycle(settings()), strict=False)
        for seed, setting in turns:
            found = run(setting, seed, options.backend, options.profile, Path(folder))
            told = list(accusations(found))
            accused += bool(told)
            counted.update(
                f"{name}={value or 'default'}"
                for name, value in zip(("threads", "capability", "order"), setting, strict=True)
            )
            cases = sum(sum(line.cases.values()) for line in found.lines)
            click.echo(
                f"seed {seed}, {' '.join(part or 'default' for part in setting)}: {cases} cases, {len(told)} accusations"
            )
            for sentence in told:
                click.echo(f"  {sentence}")
    click.echo(
        f"{options.runs} runs, {accused} with accusations; {', '.join(f'{name}: {n}' for name, n in sorted(counted.items()))}"
    )
    return 1 if accused else 0


if __name__ == "__main__":
    sys.exit(main())
