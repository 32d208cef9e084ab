"""A device that puts work off: a call on XLA only notes what is to be done, and one more step has the device do it.

What nobody holds when that step comes is never done. So what is timed is a call and the step, with the result held between
them, on a clock that waits until the device is idle.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from conformance.backends import xla

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.benchmark.records import Mode

# What each figure of such a device holds beside the product itself.
NOTE = (
    "a call is a product and the step that has XLA run it (torch_xla.sync(), or reading the result), so tracing it, looking up "
    "its program and starting that are in every figure, and are most of it at small sizes; compiling is in a first call at most"
)
# The setting of torch_xla under which float32 products are timed, which is one of PyTorch's names too.
_PRECISION = "highest"
_ONE_PRECISION = (
    "XLA does not follow torch.set_float32_matmul_precision, and keeps what it compiled under the first of its own "
    f"settings, so float32 products are timed there under {_PRECISION} alone"
)
# Modes that can't be timed there. A product waits for its operands, however long they are on their way.
UNTIMED: dict[Mode, str] = {
    "transfers pinned": "PyTorch pins no memory for XLA",
    "transfers alone": "XLA moves operands while the program goes on, and nothing but a product of them waits for that",
}
SUMS_UNKNOWN = "XLA does not say in which dtype it adds up products of {dtype}, and as float32 sums {wrong}"
NO_COPY = "XLA leaves a copy of memory to memory out"


def is_lazy(device: str) -> bool:
    """Say whether a device puts work off."""
    return device.partition(":")[0] == xla.NAME


def notes(devices: Iterable[str]) -> dict[str, str]:
    """Give what is to be said of the figures of each device that puts work off."""
    return {device: NOTE for device in devices if is_lazy(device)}


def step_of(device: str) -> Callable[[], Any]:
    """Give what has a device begin all that was put off.

    Raises:
        LookupError: torch_xla has no such step for it.
    """
    package = importlib.import_module(xla.PACKAGE)
    own = str(package.device())
    if device not in (own, xla.NAME):
        raise LookupError(f"torch_xla.sync() runs what was put off on {own} alone, so nothing on {device} can be timed")
    step: Callable[[], Any] = package.sync
    return step


def wait_of(device: str) -> Callable[[], Any]:
    """Give what returns when a device has done all that it began.

    Raises:
        LookupError: nothing begins there.
    """
    step_of(device)
    wait: Callable[[], Any] = importlib.import_module(f"{xla.PACKAGE}.core.xla_model").wait_device_ops
    return wait


def stepping(call: Callable[[], Any], step: Callable[[], Any]) -> Callable[[], Any]:
    """Give a call with the step after it, which finds the result held."""

    def whole() -> Any:
        result = call()
        step()
        return result

    return whole


def set_precision(precision: str) -> None:
    """Have float32 products be what the bounds take them for: on TPUs they are products of bfloat16 unless told otherwise.

    Args:
        precision: of a case; empty for other dtypes.

    Raises:
        LookupError: they can't be had, or can't be known, to be so.
    """
    if not precision:
        return
    if precision != _PRECISION:
        raise LookupError(_ONE_PRECISION)
    try:
        backends = importlib.import_module(f"{xla.PACKAGE}.backends")
    except ImportError as error:
        raise LookupError("this torch_xla has no setting for the precision of float32 products") from error
    # Once and for all: what was compiled under another setting would be run under this one.
    if backends.get_mat_mul_precision() != _PRECISION:
        backends.set_mat_mul_precision(_PRECISION)
