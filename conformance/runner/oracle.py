"""Asks the reference what is right for a case: the same program, run there, observed in the same way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from conformance.backends.reference import ReferenceBackend
from conformance.dtypes import DTYPES, float_words, kind_of
from conformance.observation import Allowed, Expectation, expected_of, expected_text_of
from conformance.program import TensorInput, array_of_bits, bits_of_array
from conformance.reference import bounds
from conformance.runner.execution import execute
from conformance.strategies.values import is_subnormal

if TYPE_CHECKING:
    from conformance.backends.protocol import Backend, Device
    from conformance.documents import Case
    from conformance.observation import Expected, Observation

REFERENCE = ReferenceBackend()
# What the reference may raise because a rule says so; anything else is a defect of the reference.
REFUSALS = (RuntimeError, IndexError, ValueError, TypeError)


def is_judge(backend: Backend) -> bool:
    """Say whether a backend is the reference itself; one with a fault planted in it is a class of its own."""
    return type(backend) is ReferenceBackend


class OracleError(Exception):
    """The reference can't say what is right: the suite is broken."""


def expectation(case: Case, device: Device, other: Device, *, text: bool = False) -> Expectation:
    """Say what is right for a case on a device: values, or with `text` the printed form alone.

    Raises:
        OracleError: the reference itself breaks, or refuses a case that has no twin.
    """
    with bounds.as_set(device.precision):
        seen, error = execute(REFERENCE, case.program, case.inputs, device, other=other, text=text, sets=case.sets)
    if error is not None:
        if seen.where != "program" or type(error) not in REFUSALS:
            raise OracleError(f"the reference breaks on {case.id!r}: {type(error).__name__}: {error}") from error
        if case.twin_inputs is None:
            raise OracleError(f"the reference refuses {case.id!r}, which has no twin: {error}") from error
        return Expectation(raises=type(error).__name__)
    changed = [name for group in (seen.arguments, seen.bases) for name, one in group.items() if one.changed]
    returned = tuple(expected_text_of(one) if text else expected_of(one, strides=case.strides) for one in seen.returned)
    if not case.subnormals:
        returned = tuple(_flushed_too(one) for one in returned)
    # What NumPy says of its own arithmetic is no UserWarning, so this one is the reference's.
    warned = next((one.category for one in seen.warnings if one.category == "UserWarning"), None)
    return Expectation(
        returned=returned,
        may_refuse="RuntimeError" if case.may_refuse else None,
        writes=tuple(dict.fromkeys(changed)),
        warns=warned,
        grads={} if text else _gradients(case, seen),
    )


def _gradients(case: Case, seen: Observation) -> dict[str, Expected | None]:
    """Say what each leaf among the arguments must have collected."""
    leaves = [name for name, one in case.inputs.arguments.items() if isinstance(one, TensorInput) and one.requires_grad]
    grads = {name: seen.arguments[name].grad for name in leaves}
    return {name: expected_of(one, strides=False) if one is not None else None for name, one in grads.items()}


def refusal(case: Case) -> str:
    """Give the words, without numbers and names of dtypes, with which the reference refuses a case."""
    cpu = REFERENCE.device("cpu")
    seen, _ = execute(REFERENCE, case.program, case.inputs, cpu, sets=case.sets)
    text = seen.raised.text if seen.raised is not None else ""
    return " ".join(word for word in re.findall(r"[A-Za-z0-9']+", text) if word.isalpha() and word not in DTYPES)


def _flushed_too(right: Expected) -> Expected:
    """Let a zero stand for a subnormal result: whole classes of devices flush, and fail the clause on subnormals alone."""
    dtype, shape = right.dtype or "", right.shape or ()
    if right.bits is None or kind_of(dtype) != "float":
        return right
    allowed = right.allowed or Allowed()
    also = [zeros for bits in (right.bits, *allowed.also) for zeros in _flushed(bits, dtype, shape)]
    wider = msgspec.structs.replace(allowed, also=(*allowed.also, *also))
    return msgspec.structs.replace(right, allowed=wider) if also else right


def _flushed(bits: bytes, dtype: str, shape: tuple[int, ...]) -> list[bytes]:
    """Give the elements with zeros for subnormal ones, of their sign and positive; nothing if there is none."""
    own = float_words(dtype)
    magnitude = np.frombuffer(bits, own.one.dtype) & own.magnitude
    if not magnitude[magnitude < own.smallest_normal].any():
        return []
    array = array_of_bits(bits, dtype, shape)
    small = is_subnormal(array)
    signed, positive = array.copy(), array.copy()
    signed[small] = array[small] * 0
    positive[small] = 0
    return [bits_of_array(signed), bits_of_array(positive)]
