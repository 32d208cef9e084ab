"""Cases that run in turn in one process apart: what is asked of it, what it tells, and the loop that answers.

Each line of the one pipe asks, and each line of the other tells. The process imports the library once, runs each case
that is asked for, and adds up a known sum after it. Whoever asks replaces the process when it ends, hangs, or can't add
any more, so that a case which spoils a device is told, and the next one has a sound device.
"""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

import msgspec

from conformance.backends.protocol import Device  # noqa: TC001 - msgspec resolves field types at run time
from conformance.documents import Case  # noqa: TC001
from conformance.observation import Observation, Seen
from conformance.runner import mishaps
from conformance.runner.canary import Canary
from conformance.runner.execution import Reading, describe_exception, execute
from conformance.runner.plan import load_backend

if TYPE_CHECKING:
    from conformance.backends.protocol import Backend
    from conformance.runner.execution import Built
    from conformance.runner.settings import Settings
    from conformance.runner.watchdog import Watchdog

# How the task of such a process begins; the numbers of the two pipes follow.
TASK = "turns:"


class BrokenTurnError(Exception):
    """The suite itself broke in the process apart: the message is the trace from there."""


class Look(msgspec.Struct, frozen=True, tag=True):
    """Asks why a device can't be used."""

    device: Device


class Turn(msgspec.Struct, frozen=True, tag=True):
    """Asks for a case to be run and observed.

    Attributes:
        case: what runs.
        device: where.
        other: what its program gets as the other device.
        text: whether printed forms are wanted.
        seed: for the backend's random numbers.
        seconds: that it may take.
        reading: how tensors are read.
    """

    case: Case
    device: Device
    other: Device
    text: bool
    seed: int
    seconds: float
    reading: Reading = "each"


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Tells that the library is imported, or why it can't be."""

    why_not: str = ""


class Looked(msgspec.Struct, frozen=True, tag=True):
    """Tells why a device can't be used; empty if it can."""

    why_not: str = ""


class Told(msgspec.Struct, frozen=True, tag=True):
    """Tells what came of a case.

    Attributes:
        observation: what was seen.
        arguments: what they were before it ran.
        short: that a device has no memory left, so that nothing can be judged.
        amiss: what is wrong with a known sum after it; empty if nothing is.
        broken: the trace of the suite's own error.
    """

    observation: Observation = Observation()
    arguments: dict[str, Seen] = {}
    short: str = ""
    amiss: str = ""
    broken: str = ""


Ask = Look | Turn
Tell = Ready | Looked | Told


def serve(settings: Settings, watchdog: Watchdog, asks: int, tells: int) -> None:
    """Import the library, and answer until nothing more is asked.

    Args:
        settings: of the run.
        watchdog: ends the process where a case, or the import, hangs.
        asks: the pipe that asks.
        tells: the pipe that tells.
    """
    with watchdog.armed(settings.import_timeout):
        ready, backend = _ready(settings)
    _tell(tells, ready)
    if backend is None:
        return
    own = _Turns(settings, watchdog, backend)
    with os.fdopen(asks, "rb") as lines:
        for line in lines:
            _tell(tells, own.answer(msgspec.json.decode(line, type=Ask)))


def _ready(settings: Settings) -> tuple[Ready, Backend | None]:
    try:
        return Ready(), load_backend(settings)
    except Exception as error:  # noqa: BLE001 - it was importable a moment ago
        return Ready(f"the backend can't be imported there: {type(error).__name__}: {error}"), None


def _tell(tells: int, what: Tell) -> None:
    rest = msgspec.json.encode(what) + b"\n"
    while rest:
        rest = rest[os.write(tells, rest) :]


class _Turns:
    """Answers what is asked, one after the other."""

    def __init__(self, settings: Settings, watchdog: Watchdog, backend: Backend) -> None:
        self._settings = settings
        self._watchdog = watchdog
        self._backend = backend
        self._canaries: dict[tuple[str, str], Canary] = {}

    def answer(self, ask: Ask) -> Tell:
        """Look at a device, or run a case."""
        if isinstance(ask, Look):
            with self._watchdog.armed(self._settings.import_timeout):
                return Looked(mishaps.why_unusable(self._backend, ask.device))
        canary = self._canary(ask)
        with self._watchdog.armed(ask.seconds):
            told = self._run(ask)
            return msgspec.structs.replace(told, amiss=canary.amiss()) if not told.short else told

    def _canary(self, turn: Turn) -> Canary:
        """Give the known sums on the devices of a turn, which are first worked out before its case."""
        places = turn.device.name, turn.other.name
        if places not in self._canaries:
            with self._watchdog.armed(self._settings.import_timeout):
                # A device may need a package of its own.
                mishaps.why_unusable(self._backend, turn.device)
                self._canaries[places] = Canary(self._backend, turn.device, turn.other)
        return self._canaries[places]

    def _run(self, turn: Turn) -> Told:
        arguments: dict[str, Seen] = {}

        def note(built: Built) -> None:
            arguments.update(built.arguments_before)

        try:
            observation, _ = mishaps.with_room(
                self._backend,
                (turn.device, turn.other),
                lambda: execute(
                    self._backend,
                    turn.case.program,
                    turn.case.inputs,
                    turn.device,
                    other=turn.other,
                    text=turn.text,
                    sets=turn.case.sets,
                    seed=turn.seed,
                    watch=note,
                    reading=turn.reading,
                ),
            )
        except mishaps.OutOfMemoryError as short:
            return Told(short=str(short))
        except Exception as error:  # noqa: BLE001 - whatever breaks here is the suite's own
            raised = describe_exception(error)
            return Told(broken=f"{raised.type if raised else ''}: {''.join(traceback.format_exception(error))}")
        return Told(observation, arguments)
