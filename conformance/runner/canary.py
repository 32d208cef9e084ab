"""The canary: a known sum on a device and one on the CPU, after each case that may have spoilt either.

A backend that skips a device check may read or write memory that is not its own. Often nothing is seen of that in the
case itself, but everything that follows is wrong or raises; the case that did it must fail, and not the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from conformance.program import bits_of_array, numbers_of_bits
from conformance.runner import interrupts

if TYPE_CHECKING:
    from conformance.backends.protocol import Backend, Device

TERMS = np.array([[1, 2], [3, 4]], dtype=np.float32)
RIGHT = bits_of_array(TERMS + TERMS)


class Canary:
    """Adds on some devices, and says what is amiss.

    A library that can't add in the first place is told so by the clauses on addition: there the canary keeps silent.

    Args:
        backend: who is tested.
        devices: where to add.
    """

    def __init__(self, backend: Backend, *devices: Device) -> None:
        self._backend = backend
        self._devices = [device for device in devices if not _amiss(backend, device)]

    def amiss(self) -> str:
        """Say what is wrong with the sum on one of the devices where it was right at first; empty if nothing is."""
        return next(filter(None, (_amiss(self._backend, device) for device in self._devices)), "")


def _amiss(backend: Backend, device: Device) -> str:
    try:
        terms = backend.make_tensor(TERMS, "float32", device)
        total = terms + terms
        backend.force(total)
        seen = backend.see(total)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and interrupts.received():
            raise
        return f"adding on {device.text} raises {type(error).__name__}: {error}"
    if seen.bits is None:
        return f"the sum on {device.text} can't be read: {seen.unreadable}"
    if seen.bits == RIGHT and seen.dtype == "float32" and seen.device in (None, device.text):
        return ""
    got = numbers_of_bits(seen.bits, seen.dtype or "", seen.shape or ())
    return f"the sum on {device.text} is {got} of {seen.dtype} on {seen.device}"
