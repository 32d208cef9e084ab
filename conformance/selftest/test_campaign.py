"""The campaign visits every setting, and sees an accusation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.selftest import campaign
from conformance.selftest.support import run_toy

if TYPE_CHECKING:
    from pathlib import Path


def test_fifty_runs_visit_each_setting_at_least_eight_times() -> None:
    """Threads, capabilities and orders are spread evenly over the runs."""
    visited = [campaign.settings()[n % len(campaign.settings())] for n in range(50)]

    for position, values in enumerate((campaign.THREADS, campaign.CAPABILITIES, campaign.ORDERS)):
        assert all(sum(one[position] == value for one in visited) >= 8 for value in values)


def test_an_accusation_is_seen(tmp_path: Path) -> None:
    """A broken library is told of, a healthy one is not."""
    broken = run_toy("exits", tmp_path / "broken").results

    assert any("devices.product-on-the-device" in one for one in campaign.accusations(broken))
    assert list(campaign.accusations(run_toy("Toy", tmp_path / "healthy").results)) == []


def test_shuffled_runs_have_another_order_and_the_same_verdicts(tmp_path: Path) -> None:
    """`--shuffle` draws the order of clauses from the seed and changes nothing else."""
    natural, shuffled, again = (
        run_toy("Toy", tmp_path / name, "-n", "1", *more)
        for name, more in (("a", ()), ("b", ("--shuffle", "--seed", "5")), ("c", ("--shuffle", "--seed", "5")))
    )

    assert list(natural.lines) != list(shuffled.lines) == list(again.lines)
    assert {key: line.verdict for key, line in natural.lines.items()} == {
        key: line.verdict for key, line in shuffled.lines.items()
    }
