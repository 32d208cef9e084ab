"""Tells a broken adapter from a broken library, before any clause runs: what it makes must come back as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from conformance.backends.declaration import reason
from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import bits_of_array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.backends.protocol import Backend, Device


class HandshakeError(Exception):
    """An adapter can't give back what it makes: the message says of which dtype, and where to look."""


def check(backend: Backend, device: Device) -> None:
    """See that a tensor of each dtype that is not declared away is read back as it was made.

    Raises:
        HandshakeError: one is not.
    """
    lacks = {**backend.lacks, **device.lacks}
    for dtype in DTYPES:
        if reason(dtype, lacks):
            continue
        for complaint in _complaints(backend, device, dtype):
            raise HandshakeError(
                f"the adapter of {backend.name!r} is broken: a tensor of {dtype} and shape [2, 3] on {device.text} {complaint}; "
                f"look at its make_tensor and at what reads tensors, or declare that it lacks {dtype!r}"
            )


def _complaints(backend: Backend, device: Device, dtype: str) -> Iterator[str]:
    numbers = [[True, False, True], [False, False, True]] if kind_of(dtype) == "bool" else [[0, 1, 2], [3, 4, 5]]
    array = np.array(numbers).astype(numpy_dtype(dtype))
    try:
        seen = backend.see(backend.make_tensor(array.copy(), dtype, device))
    except Exception as error:  # noqa: BLE001 - an adapter may raise anything
        yield f"can't be made or read: {type(error).__name__}: {error}"
        return
    if seen.unreadable is not None:
        yield f"can't be read: {seen.unreadable}"
    elif seen.kind != "tensor":
        yield f"is read back as no tensor but a thing of kind {seen.kind!r}"
    elif (seen.dtype, seen.shape) != (dtype, (2, 3)):
        yield f"is read back as one of {seen.dtype} and shape {list(seen.shape or ())}"
    elif seen.bits != bits_of_array(array):
        yield "is read back with other elements"
