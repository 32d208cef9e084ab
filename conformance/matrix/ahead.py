"""What is done once, before a trial's process is forked, so that each need not do it again."""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
from typing import TYPE_CHECKING

from conformance.backends.reference import ReferenceBackend
from conformance.matrix import trial
from conformance.runner.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.matrix.forks import Ended
    from conformance.matrix.trial import Trial
    from conformance.runner.plan import PlannedLine
    from conformance.runner.settings import Settings

_met: set[str] = set()


def import_what_was_imported(ended: Ended[Trial]) -> None:
    """Import what a trial had to: PyTorch leaves modules, of seconds, to its first calls, and the next trial makes them too."""
    told = [name for one in trial.read(ended.told) if isinstance(one, trial.Imported) for name in one.modules]
    new = [name for name in told if name not in sys.modules and name not in _met]
    _met.update(new)
    for name in new:
        # Some are made under a name by which nobody can import them.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if new:
        _share()


def prepare(lines: Iterable[PlannedLine], settings: Settings) -> Prepared:
    """Make the cases of lines, and what is right for them, once for all children that are forked from now on."""
    unique = {line.key: line for line in lines}
    prepared = Prepared(unique.values(), settings, ReferenceBackend().device("cpu"))
    _share()
    return prepared


def _share() -> None:
    """Keep what is there now out of the collections of the children, which would copy its memory."""
    gc.freeze()
