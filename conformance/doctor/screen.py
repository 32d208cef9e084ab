"""What a person sees of the doctor's record: one screen."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from rich.console import Console

from conformance.reporting.terminal import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.record import DeviceFacts, Record

WIDTH = 100
LABEL = 10
STYLES = {"here": "green", "not here": "dim", "trap": "yellow", "run": "bold green", "no run": "bold red"}
_GIT_CHARACTERS = 12


def show(record: Record) -> None:
    """Show a record on standard output."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    for label, text, style in rows(record):
        wrapped = textwrap.fill(text, WIDTH, initial_indent=f"{label:<{LABEL}}", subsequent_indent=" " * LABEL)
        told = shown(wrapped)
        told.stylize(STYLES.get(style, ""))
        console.print(told)


def rows(record: Record) -> Iterator[tuple[str, str, str]]:
    """Give the rows of the screen: a label, a text, and how it looks."""
    machine = record.machine
    yield "suite", f"tensor-conformance {record.suite}", ""
    yield "Python", f"{machine.python} ({machine.implementation}) on {machine.platform}", ""
    others = {name: version for name, version in record.packages.items() if name not in ("torch", "torch_xla")}
    yield "packages", ", ".join(f"{name} {version or 'is not installed'}" for name, version in others.items()), ""
    yield from _torch(record)
    for one in _grouped(record.devices):
        yield _device(one)
    if record.waivers is not None:
        known = f"{record.waivers.here} of {record.waivers.known} known faults of PyTorch concern what is here"
        yield "waivers", f"{known} (fixtures/waivers/torch.toml)", ""
        if record.waivers.expired:
            yield "trap", f"waivers that must be looked at again: {', '.join(record.waivers.expired)}", "trap"
    for sentence in record.traps:
        yield "trap", sentence, "trap"
    if record.problem:
        yield "no run", f"{record.problem}; conformance run ends with exit code {record.exit_code}", "no run"
    else:
        yield "ready", "a run can be made: conformance run", "run"


def _torch(record: Record) -> Iterator[tuple[str, str, str]]:
    torch, machine = record.torch, record.machine
    variables = ", ".join(f"{name}={value}" for name, value in machine.variables.items()) or "none that matters"
    if torch is None:
        yield "cores", f"{machine.cores}; variables: {variables}", ""
        return
    git = torch.git[:_GIT_CHARACTERS]
    yield "torch", f"{torch.version}: a {torch.build} build of git {git}, imported in {torch.seconds:g} s", ""
    yield "CPU", f"{torch.threads} threads on {machine.cores} cores, capability {torch.capability}", ""
    yield "settings", ", ".join(f"{name} {value}" for name, value in torch.settings.items()), ""
    yield "variables", variables, ""


def _grouped(devices: tuple[DeviceFacts, ...]) -> list[list[DeviceFacts]]:
    """Put devices of one kind that say the same of themselves together."""
    groups: dict[object, list[DeviceFacts]] = {}
    for one in devices:
        key = (one.name.partition(":")[0], one.here, one.reason, one.model, *one.facts.items())
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def _device(alike: list[DeviceFacts]) -> tuple[str, str, str]:
    one = alike[0]
    if not one.here:
        return "not here", f"{one.name}: {one.reason}", "not here"
    number = f"{alike[0].name} to {alike[-1].name}" if len(alike) > 1 else one.name
    facts = [one.model, *(f"{name} {value}" for name, value in one.facts.items())]
    lacks = f"lacks {', '.join(one.lacks)}" if one.lacks else ""
    told = ", ".join(filter(None, [*facts, lacks]))
    return "here", f"{number}: {told}" if told else number, "here"
