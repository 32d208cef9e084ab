"""Two devices of one kind, where few machines have them: the clauses on them, rehearsed on the reference, healthy and broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance import catalogue
from conformance.backends.protocol import Device
from conformance.faults.planting import Fault, FaultyReference
from conformance.reference.tensor import Tensor
from conformance.runner import plan
from conformance.runner.settings import Settings
from conformance.runner.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reporting.results import ClauseLine

MOVES, MIXED = "devices.moves-between-two-of-a-kind", "devices.mixed-of-a-kind"
SETTINGS = Settings(select=(MOVES, MIXED), devices=("pair",))


class Pair(FaultyReference):
    """The reference on two devices of one kind, of which one may be missing."""

    def __init__(self, *, peer: str = "pair:1") -> None:
        super().__init__()
        self._peer = peer

    def device(self, name: str) -> Device:
        """Give either, or the CPU."""
        if name == "cpu":
            return super().device(name)
        text = "pair:0" if name == "pair" else name
        return Device(name, "pair", text, peer=self._peer if text == "pair:0" else "pair:0")


def _judged(backend: Pair) -> dict[str, ClauseLine]:
    made = plan.of(backend, SETTINGS)
    worker = Worker(SETTINGS, made, backend=backend)
    planned = plan.lines(made, catalogue.select(SETTINGS.select, "general"))
    return {line.clause.id: worker.run(line, line.key) for line in planned}


def test_two_sound_devices_of_a_kind_pass() -> None:
    """Each clause that needs two is judged there, whole."""
    lines = _judged(Pair())

    assert {line.id: line.verdict for line in lines.values()} == dict.fromkeys((MOVES, MIXED), "pass")
    assert not any(line.partial for line in lines.values())


def test_one_alone_is_not_run() -> None:
    """The lines say why."""
    lines = _judged(Pair(peer="")).values()

    assert {(line.verdict, line.reason) for line in lines} == {
        ("not-run", "there is one pair device here, and no other")
    }


def _short(healthy: Any, source: Tensor, made: Tensor, device: str) -> Tensor:
    """Lose the first element on the way from one device to the other."""
    result: Tensor = healthy(source, made, device)
    if "cpu" not in (source.device, device) and result.numel():
        result.array().flat[0] = 0
    return result


def _index_forgotten(healthy: Any, tensor: Tensor, asked: Any, dtype: str | None, device: str | None) -> Any:
    """Take the first device for any of its kind."""
    kind, place = healthy(tensor, asked, dtype, device)
    return kind, type(place)("pair:0") if place.type == "pair" else place


def _unchecked(healthy: Any, *operands: Any) -> str:
    """Look at the kinds of devices alone."""
    kinds = {one.device.type for one in operands if isinstance(one, Tensor)}
    text: str = healthy(*operands) if len(kinds) > 1 else operands[0].device
    return text


def _zero_dim_unchecked(healthy: Any, *operands: Any) -> str:
    """Let any 0-d tensor meet a tensor with dimensions."""
    ranked = [one for one in operands if isinstance(one, Tensor) and one.ndim]
    text: str = healthy(*(ranked or operands))
    return text


@pytest.mark.parametrize(
    ("target", "function", "caught"),
    [
        ("devices.moved", _short, MOVES),
        ("devices.asked_for", _index_forgotten, MOVES),
        ("devices.one_device", _unchecked, MIXED),
        ("devices.elementwise_device", _unchecked, MIXED),
        ("devices.elementwise_device", _zero_dim_unchecked, MIXED),
    ],
)
def test_each_clause_on_two_of_a_kind_catches_what_breaks_it(
    target: str, function: Callable[..., Any], caught: str
) -> None:
    """A fault between two devices of one kind fails the clause whose rule it breaks."""
    fault = Fault(
        id=function.__name__,
        sentence=function.__doc__ or "",
        topic="reference_devices",
        targets=(f"conformance.reference.{target}",),
        function=function,
        shows="value",
        clauses=(caught,),
    )
    with fault.planted():
        assert _judged(Pair())[caught].verdict == "fail"


def test_every_clause_on_two_of_a_kind_is_here() -> None:
    """No clause that needs two devices goes without a fault that it was seen to catch."""
    assert {clause.id for clause in catalogue.load() if clause.peers} == {MOVES, MIXED}
