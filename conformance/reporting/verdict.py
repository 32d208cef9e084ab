"""What every report says in the same words: the verdict of a run in one line, and the order of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reporting.results import PRECEDENCE, totals

if TYPE_CHECKING:
    from conformance.reporting.results import ClauseLine, Results


def headline(results: Results) -> str:
    """Say how many of all lines passed, and what became of the others."""
    counted = totals(list(results.lines))
    failing = sum(counted.get(verdict, 0) for verdict in ("fail", "crash", "timeout"))
    parts = [f"{counted.get('pass', 0)} of {len(results.lines)} lines (clause x device) passed", f"{failing} failing"]
    parts.append(f"{sum(line.partial for line in results.lines)} partial")
    parts += [f"{counted.get(verdict, 0)} {verdict}" for verdict in ("unsupported", "waived", "not-run")]
    if errors := counted.get("error", 0):
        parts.append(f"{errors} error")
    return ", ".join(parts)


def ordered(results: Results) -> list[ClauseLine]:
    """Give the lines worst verdict first, then by section and id."""
    return sorted(results.lines, key=lambda line: (PRECEDENCE.index(line.verdict), line.section, line.id, line.device))


def relevant(trace: str) -> str:
    """Give of a process's stack what concerns the program: its first line, and the frames down to the program's own.

    A stack in which no program appears is given whole.
    """
    head, *stacks = trace.split("\n\n") if "\n\n" in trace else trace.split("\n", 1)
    for stack in [head, *stacks]:
        frames, found, _ = stack.partition('File "<program ')
        if found:
            rest = stack[len(frames) :].partition("\n")[0]
            first = head.partition("\n")[0]
            own = frames if frames.startswith(first) else f"{first}\n{frames}"
            return own + rest
    return trace
