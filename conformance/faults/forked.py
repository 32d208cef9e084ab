"""Steps that may end their process, or never come to an end, in children of this one."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import resource
import select
import signal
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NO, _YES = b"n", b"y"


def outcomes(step: Callable[[int], bool], number: int, seconds: float) -> Iterator[bool | None]:
    """Run the steps 0, 1, ... in a child and give what each says; None where it ended its child, or took too long.

    Args:
        step: what is run, with its number.
        number: of steps.
        seconds: that a step may take.
    """
    begun = 0
    while begun < number:
        with _child(step, begun, number) as answers:
            while begun < number:
                answer = _answer(answers, seconds)
                begun += 1
                yield {_NO: False, _YES: True}.get(answer)
                if answer not in (_NO, _YES):
                    break


def _answer(answers: int, seconds: float) -> bytes:
    """Wait for a child's next word; none comes where it has ended, or is too slow."""
    ready, _, _ = select.select([answers], [], [], seconds)
    return os.read(answers, 1) if ready else b""


@contextlib.contextmanager
def _child(step: Callable[[int], bool], begin: int, end: int) -> Iterator[int]:
    """Fork, run the steps there, and give the pipe of its answers; it is ended with the block."""
    answers, told = os.pipe()
    with warnings.catch_warnings():
        # Newer Pythons warn of forking beside threads; the child runs nothing of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        _work(step, range(begin, end), told)
    os.close(told)
    try:
        yield answers
    finally:
        os.close(answers)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _work(step: Callable[[int], bool], numbers: range, told: int) -> None:
    """Run the steps and end the process; whatever is raised ends it too."""
    try:
        faulthandler.disable()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        for number in numbers:
            os.write(told, _YES if step(number) else _NO)
    finally:
        os._exit(0)
