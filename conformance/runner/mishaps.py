"""What befalls a device in mid-run and says nothing of a rule: memory runs short, or the device is gone.

Neither is taken on an exception's word. Memory is short where the device can't hold a tensor that any case would fit
into many times over; a library that asks for too much while there is room fails. A device that can't be used any more is
gone only where a fresh process can't use it either; else a case has left it unusable, which is that case's failure.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from conformance.reporting.results import ClauseLine  # noqa: TC001 - msgspec resolves field types at run time

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.backends.protocol import Backend, Device
    from conformance.observation import Observation
    from conformance.reporting.results import Failure

# The largest inputs of one case are 4 MiB (`arithmetic.sizes`, in each profile), so a device with as much room as this
# is not too small for any.
ROOM_BYTES = 64 * 2**20


class OutOfMemoryError(Exception):
    """A case that can't be judged, since a device has no memory left: the message is the reason."""


class IfGone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds if a device that a process can't use any more turns out to be gone.

    Attributes:
        sentence: what happened, at which clause.
        line: of that clause.
    """

    sentence: str
    line: ClauseLine


@dataclass(frozen=True)
class Loss:
    """A device that a process can't use any more.

    Attributes:
        sentence: what happened, at which clause.
        failure: of the case after which it was so; None where the clause's cases had all been judged.
    """

    sentence: str
    failure: Failure | None


def tells_of_memory(backend: Backend, error: BaseException) -> bool:
    """Say whether an exception says that memory ran out, in its library's words."""
    try:
        return backend.is_out_of_memory(error)
    except Exception:  # noqa: BLE001 - an adapter that can't say so says no
        return False


def with_room(
    backend: Backend, devices: tuple[Device, ...], run: Callable[[], tuple[Observation, BaseException | None]]
) -> tuple[Observation, BaseException | None]:
    """Run a case, once more where memory ran out for a moment.

    Raises:
        OutOfMemoryError: a device has no memory left, so nothing can be judged.
    """
    observation, error = run()
    told = error or next((RuntimeError(one.unreadable) for one in observation.returned if one.unreadable), None)
    if told is not None and tells_of_memory(backend, told):
        # An exception holds the frames that it passed, and these hold tensors.
        del error, told
        check_room(backend, *devices)
        observation, error = run()
    return observation, error


def check_room(backend: Backend, *devices: Device) -> None:
    """See that devices have room for any case.

    Raises:
        OutOfMemoryError: one has not.
    """
    # What the failed case held is given back first.
    gc.collect()
    for device in devices:
        try:
            backend.force(backend.make_tensor(np.zeros(ROOM_BYTES, dtype=np.uint8), "uint8", device))
        except Exception as error:
            if tells_of_memory(backend, error):
                raise OutOfMemoryError(f"out of memory on {device.text}") from error


def why_unusable(backend: Backend, device: Device) -> str:
    """Say why this process can't use a device any more; empty if it can. The CPU always can be used."""
    if device.type == "cpu":
        return ""
    try:
        again = backend.device(device.name)
    except Exception as error:  # noqa: BLE001 - whatever a library says of a device that is gone
        return f"{type(error).__name__}: {error}"
    return "" if again.here else again.reason
