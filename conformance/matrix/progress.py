"""How far a measurement is: a live line on a terminal, one line elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.matrix.measuring import Watcher

if TYPE_CHECKING:
    from typing import TextIO


class Shown(Watcher):
    """Shows it on a stream; without a thread of its own, since this process forks.

    Args:
        stream: standard error.
        first: what is said where the stream is no terminal.
    """

    def __init__(self, stream: TextIO, first: str) -> None:
        self._console = Console(file=stream, highlight=False, soft_wrap=True)
        self._first = first
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            auto_refresh=False,
            disable=not self._console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("beginning", total=None)

    def __enter__(self) -> Self:
        """Begin."""
        if not self._console.is_terminal:
            self._console.print(self._first)
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Take the live line away."""
        self._bar.stop()

    def phase(self, name: str, total: int) -> None:
        """Show that a phase begins."""
        self._bar.reset(self._task, description=name, total=total)

    def step(self) -> None:
        """Show one step more."""
        self._bar.advance(self._task)

    def say(self, line: str) -> None:
        """Say something that stays."""
        self._console.print(line, markup=False)

    def tick(self) -> None:
        """Bring the live line up to date."""
        self._bar.refresh()
