"""The newest figures of the whole matrix, written into a README between the marks that hold their place."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

from conformance.matrix.choice import torch_is_here
from conformance.problems import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conformance.matrix.record import Matrix

FAULTS, INNOCENTS = "faults", "innocents"


class Readme:
    """A file whose marked blocks are to hold figures: `<!-- NAME: begin -->`, what is replaced, `<!-- NAME: end -->`.

    Args:
        path: the file.
        names: of the blocks.

    Raises:
        UsageProblem: it can't be read, or has not one such block each.
    """

    def __init__(self, path: Path, names: Iterable[str]) -> None:
        self._path = path.resolve()
        self._names = tuple(names)
        for name in self._names:
            self._parts(self._read(), name)

    def write(self, matrix: Matrix) -> None:
        """Put the figures of a matrix into its blocks; the file is whole at every moment.

        Raises:
            UsageProblem: it can't be written, or its blocks are gone.
        """
        text = self._read()
        for name in self._names:
            before, after = self._parts(text, name)
            text = f"{before}\n{_BLOCKS[name](matrix)}\n{after}"
        unfinished = self._path.with_name(f".{self._path.name}.part")
        try:
            unfinished.write_bytes(text.encode())
            shutil.copymode(self._path, unfinished)
            unfinished.replace(self._path)
        except OSError as error:
            raise UsageProblem(f"{self._path} can't be written: {error.strerror}") from error

    def _read(self) -> str:
        try:
            return self._path.read_bytes().decode()
        except OSError as error:
            raise UsageProblem(f"{self._path} can't be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageProblem(f"{self._path} is no UTF-8 text") from error

    def _parts(self, text: str, name: str) -> tuple[str, str]:
        """Give what stands before a block's content and after it, the marks among it."""
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        if text.count(begin) != 1 or text.count(end) != 1 or end not in rest:
            raise UsageProblem(f"{self._path} needs one block `{begin}` ... `{end}`, each mark on a line of its own")
        return before + begin, end + after


def check_whole(*, everything: bool) -> None:
    """Check that what is asked for gives figures of the whole.

    Args:
        everything: nothing is left out by choice.

    Raises:
        UsageProblem: it doesn't.
    """
    if not everything:
        raise UsageProblem("--readme takes a whole measurement: leave --select, --topic and --sample out")
    if not torch_is_here():
        raise UsageProblem("--readme takes a whole measurement: install PyTorch, in which most faults are planted")


def unfinished(matrix: Matrix) -> str:
    """Say why a matrix gives no figures of the whole, though all was chosen; empty where it does."""
    if matrix.interrupted_by is not None:
        return f"the measurement was stopped by {matrix.interrupted_by}"
    broke = any(one.broke for one in matrix.faults) or any(one.broke for one in matrix.innocents)
    return "the suite itself broke" if broke or matrix.broke else ""


def faults(matrix: Matrix) -> str:
    """Tell what became of the faults."""
    caught = sum(one.caught for one in matrix.faults)
    golden = sum(one.seen_by_golden is True for one in matrix.faults)
    grades = Counter(one.difficulty for one in matrix.faults)
    return (
        f"{caught} of {len(matrix.faults)} faults are caught, {golden} of them by the documents' own cases too; "
        f"{grades['easy']} are easy to find (more than half of plain calls show them), {grades['middle']} middling and "
        f"{grades['hard']} hard (less than one plain call in a hundred). "
        f"{len(matrix.guarding_nothing)} of {matrix.clauses} clauses guard nothing. {_measured(matrix)}"
    )


def innocents(matrix: Matrix) -> str:
    """Tell what became of the innocents."""
    accused = sum(bool(one.accused_by) for one in matrix.innocents)
    runs = sum(one.runs for one in matrix.innocents)
    return f"{accused} of {len(matrix.innocents)} innocents are accused in {runs} runs. {_measured(matrix)}"


def _measured(matrix: Matrix) -> str:
    day, *_ = matrix.started.partition("T")
    return f"(PyTorch {matrix.library}, {day}, {matrix.seconds:.0f} s, {matrix.workers} at a time.)"


_BLOCKS = {FAULTS: faults, INNOCENTS: innocents}
