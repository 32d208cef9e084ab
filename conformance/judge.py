"""Turns what the documents record into what is right for a run: the recorded output, read two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from conformance.observation import Expectation, Expected
from conformance.reference import printed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.backends.protocol import Device
    from conformance.catalogue import Reading
    from conformance.documents import Case, Output
    from conformance.dtypes import Kind


def expectation(case: Case, reads: Reading, default_dtypes: Mapping[Kind, str], device: Device) -> Expectation:
    """Say what is right for a case on a device.

    Args:
        case: the golden case.
        reads: `values`: kind, shape, dtype and values of what is returned, where it lies, the exception or warning, and
            that operands are unchanged. `text`: the printed form alone. `wording`: the stable words of an exception
            or warning alone.
        default_dtypes: see `Backend`.
        device: where it runs.
    """
    if reads == "text":
        return Expectation(returned=tuple(_as_text(output, device) for output in case.outputs), writes=case.writes)
    return Expectation(
        returned=None
        if reads == "wording" or case.raises
        else tuple(_as_values(output, default_dtypes, device) for output in case.outputs),
        raises=case.raises,
        raises_words=tuple(_named(word, device) for word in case.raises_words) if reads == "wording" else (),
        warns=case.warns,
        warns_words=case.warns_words if reads == "wording" else (),
        writes=case.writes,
    )


def _as_text(output: Output, device: Device) -> Expected:
    if not output.printed:
        return Expected()
    text = _named(output.text, device)
    if output.cut:
        # What was cut off holds the device.
        return Expected(text=text, text_is_cut=True)
    return Expected(text=printed.on_device(text, output.device or device.text))


def _as_values(output: Output, default_dtypes: Mapping[Kind, str], device: Device) -> Expected:
    if output.cut:
        return Expected()
    right = printed.read(_named(output.text, device), default_dtypes)
    if right.kind == "tensor":
        right = msgspec.structs.replace(right, device=output.device or device.text)
    return printed.with_exact_dtype(right, output.dtype) if output.dtype is not None else right


def _named(text: str, device: Device) -> str:
    return text.replace("{device}", device.text).replace("{type}", device.type)
