"""What a person sees of a run: a live line while it goes on, and its verdict at the end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from conformance.reporting.results import FAILING
from conformance.reporting.verdict import failing, headline, ordered, relevant, reproduced

if TYPE_CHECKING:
    from conformance.reporting.results import ClauseLine, Results
    from conformance.runner.plan import Plan

STYLES = {
    "pass": "green", "fail": "bold red", "crash": "bold red", "timeout": "bold red", "error": "bold magenta",
    "waived": "yellow", "unsupported": "yellow", "not-run": "dim",
}  # fmt: skip
SHOWN_CHARACTERS = 4000
TRACE_CHARACTERS = 1500


class Progress:
    """A pytest plugin that shows how far a run is, and notes why one could not begin.

    Args:
        quiet: show nothing, since the screen belongs to a debugger.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.usage_problem = ""
        self.began = False
        # A descriptor of its own: while the run goes on, standard error belongs to its log.
        self._screen = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
        console = Console(file=self._screen)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[last]}"),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("importing the backend", total=None, last="")
        self._failing = 0

    def __enter__(self) -> Self:
        """Start the live line."""
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Take it away."""
        self._bar.stop()
        self._screen.close()

    def pytest_conformance_plan(self, plan: Plan, lines: int) -> None:
        """Say who is tested."""
        self.began = True
        self._bar.update(self._task, description=f"{plan.backend.name} {plan.backend.version}", total=lines)

    def pytest_conformance_line(self, line: ClauseLine) -> None:
        """Count a line."""
        self._failing += line.verdict in FAILING
        last = f"{self._failing} failing" if self._failing else ""
        self._bar.update(self._task, advance=1, last=last)

    def pytest_conformance_usage_problem(self, message: str) -> None:
        """Note why the run could not begin."""
        self.usage_problem = message


def show(results: Results, unmet: list[str], baseline: Results | None) -> None:
    """Show a run's verdict: a table by section, each failing clause, then one line."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    header = results.header
    where = ", ".join(device.text for device in header.devices)
    console.print(Text(f"{header.backend.name} {header.backend.version} on {where}", style="bold"))
    for note in results.notes:
        console.print(Text(f"note: {note}", style="bold yellow"))
    console.print(_table(results))
    for line, through in failing(results):
        _show_failure(console, line)
        if through:
            console.print(shown(f"  {len(through)} more fail through it: {', '.join(through)}"))
    _show_not_run(console, results)
    _show_errata(console, results)
    for sentence in results.false_declarations:
        console.print(Text("warning: ", style="bold yellow") + shown(sentence))
    for sentence in unmet:
        console.print(Text(f"required: {sentence}", style="bold red"))
    if baseline is not None:
        _show_baseline(console, results, baseline)
    if results.is_partial:
        stopped = results.footer.stopped if results.footer is not None else "no end was written"
        console.print(Text(f"partial: {stopped}", style="bold yellow"))
    console.print(Text(headline(results), style="bold"))


def _table(results: Results) -> Table:
    verdicts = [name for name in STYLES if any(line.verdict == name for line in results.lines)]
    table = Table(box=None, pad_edge=False)
    table.add_column("section")
    for name in verdicts:
        table.add_column(name, justify="right", style=STYLES[name])
    for section, title in results.header.sections.items():
        own = [line.verdict for line in results.lines if line.section == section]
        if own:
            table.add_row(f"{section} {title}", *(str(own.count(name) or "") for name in verdicts))  # type: ignore[arg-type]
    return table


def _show_failure(console: Console, line: ClauseLine) -> None:
    console.print()
    console.print(Text(f"{line.verdict}: {line.id} on {line.device}", style=STYLES[line.verdict]))
    console.print(Text(f"  {line.sentence}  ({line.place})"))
    failure = line.failure
    if failure is None:
        return
    for part in failure.called.splitlines():
        console.print(shown(f"    {part}"))
    if not failure.differences:
        console.print(shown(f"  {failure.message}"))
    for difference in failure.differences:
        at = f" at index {list(difference.index)}" if difference.index is not None else ""
        console.print(shown(f"  {difference.where}, {difference.what}{at}:"))
        console.print(shown(_indented("expected", difference.expected)))
        console.print(shown(_indented("got", difference.got)))
    facts = [("reproduced", failure.reproduced), ("alone", failure.alone), ("signal", failure.signal)]
    if told := ", ".join(f"{name}: {fact}" for name, fact in facts if fact):
        console.print(shown(f"  {told}"))
    if failure.trace and line.verdict in ("crash", "timeout", "error"):
        console.print(shown(_indented("trace", relevant(failure.trace)[:TRACE_CHARACTERS])))
    console.print(shown(f"  rerun: {failure.rerun}"))
    if (program := reproduced(failure)) is not None:
        console.print(shown(f"  {program}"))


def _indented(name: str, text: str) -> str:
    first, *rest = text.splitlines() or [""]
    return "\n".join([f"    {name + ':':<10}{first}", *(f"{'':14}{line}" for line in rest)])


def shown(text: str) -> Text:
    """Show a backend's text harmlessly: control characters by their code, and not without end."""
    cut = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
    return Text("".join(one if one.isprintable() or one == "\n" else f"\\u{ord(one):04x}" for one in cut))


def _show_not_run(console: Console, results: Results) -> None:
    reasons: dict[tuple[str, str], int] = {}
    for line in results.lines:
        if line.verdict in ("not-run", "unsupported") or line.partial:
            # A line may have several reasons: each is counted, and told once.
            for one in line.reason.split("; "):
                key = ("partial" if line.partial else line.verdict, f"{line.device}: {one}")
                reasons[key] = reasons.get(key, 0) + 1
    for (verdict, reason), number in sorted(reasons.items(), key=lambda one: (one[0][0], -one[1])):
        console.print(shown(f"{verdict} ({number}): {reason}"))


def _show_errata(console: Console, results: Results) -> None:
    console.print(Text("errata of the documents, for which nobody is failed:"))
    for one in results.header.errata:
        console.print(shown(f"  {one.place}: printed {one.printed}; right {one.right}. {one.why}"))


def _show_baseline(console: Console, results: Results, baseline: Results) -> None:
    before: dict[tuple[str, str], Any] = {(line.id, line.device): line.verdict for line in baseline.lines}
    for line in ordered(results):
        if line.verdict in FAILING:
            old = before.get((line.id, line.device), "absent")
            counts = "counts" if old == "pass" else "does not count"
            console.print(shown(f"baseline: {line.id} on {line.device} was {old} there: its {line.verdict} {counts}"))
