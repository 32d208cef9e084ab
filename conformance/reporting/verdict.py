"""What every report says in the same words: the verdict of a run in one line, and the order of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reporting.results import FAILING, PRECEDENCE, totals

if TYPE_CHECKING:
    from conformance.reporting.results import ClauseLine, Failure, Results


def headline(results: Results) -> str:
    """Say how many of all lines passed, and what became of the others."""
    counted = totals(list(results.lines))
    broken = sum(counted.get(verdict, 0) for verdict in FAILING)
    partial = sum(line.partial for line in results.lines)
    passed = f"{counted.get('pass', 0)} of {len(results.lines)} lines (clause x device) passed"
    parts = [f"{passed} ({partial} of them in part)" if partial else passed, f"{broken} failing"]
    parts += [f"{counted.get(verdict, 0)} {verdict}" for verdict in ("unsupported", "waived", "not-run")]
    if errors := counted.get("error", 0):
        parts.append(f"{errors} error")
    return ", ".join(parts)


def ordered(results: Results) -> list[ClauseLine]:
    """Give the lines worst verdict first, then by section and id."""
    return sorted(results.lines, key=lambda line: (PRECEDENCE.index(line.verdict), line.section, line.id, line.device))


def key(line: ClauseLine) -> str:
    """Give the name of a line: its clause and device."""
    return f"{line.id}[{line.device}]"


def failing(results: Results) -> list[tuple[ClauseLine, list[str]]]:
    """Give the failing lines that stand for themselves, each with the names of those that fail through it.

    A line whose prerequisite fails is told under that root, the first of them if there are several.
    """
    blocked = results.footer.blocked_by if results.footer is not None else {}
    broken = [line for line in ordered(results) if line.verdict in FAILING or line.verdict == "error"]
    known = {key(line) for line in broken}
    through: dict[str, list[str]] = {}
    own: list[ClauseLine] = []
    for line in broken:
        roots = [f"{root}[{line.device}]" for root in blocked.get(key(line), ())]
        root = next((one for one in roots if one in known and one != key(line)), None)
        if root is None:
            own.append(line)
        else:
            through.setdefault(root, []).append(key(line))
    return [(line, through.get(key(line), [])) for line in own]


def reproduced(failure: Failure) -> str | None:
    """Name a failure's reproducer, or say why there is none."""
    if failure.reproducer is None:
        return None
    if failure.reproducer.file is not None:
        return f"reproducer: {failure.reproducer.file}"
    return f"no reproducer: {failure.reproducer.why}" if failure.reproducer.why else None


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
