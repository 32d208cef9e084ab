"""Asks the reference what is right for a case: the same program, run there, observed in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.backends.reference import ReferenceBackend
from conformance.observation import Expectation, expected_of
from conformance.runner.execution import execute

if TYPE_CHECKING:
    from conformance.backends.protocol import Device
    from conformance.documents import Case

REFERENCE = ReferenceBackend()
# What the reference may raise because a rule says so; anything else is a defect of the reference.
REFUSALS = (RuntimeError, IndexError, ValueError, TypeError)


class OracleError(Exception):
    """The reference can't say what is right: the suite is broken."""


def expectation(case: Case, device: Device, other: Device) -> Expectation:
    """Say what is right for a case on a device.

    Raises:
        OracleError: the reference itself breaks, or refuses a case that has no twin.
    """
    seen, error = execute(REFERENCE, case.program, case.inputs, device, other=other)
    if error is not None:
        if seen.where != "program" or type(error) not in REFUSALS:
            raise OracleError(f"the reference breaks on {case.id!r}: {type(error).__name__}: {error}") from error
        if case.twin_inputs is None:
            raise OracleError(f"the reference refuses {case.id!r}, which has no twin: {error}") from error
        return Expectation(raises=type(error).__name__)
    changed = [name for group in (seen.arguments, seen.bases) for name, one in group.items() if one.changed]
    returned = tuple(expected_of(one, strides=case.strides) for one in seen.returned)
    return Expectation(returned=returned, writes=tuple(dict.fromkeys(changed)))
