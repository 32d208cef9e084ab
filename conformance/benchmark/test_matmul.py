"""Times matrix products, each on its device; `conformance bench` tells what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.benchmark.cases import Case
    from conformance.benchmark.stage import Stage


def test_product(item: tuple[Case, int], stage: Stage, benchmark: Any) -> None:
    """A product that is right is timed; what can't be is skipped with the reason."""
    case, number = item
    made = stage.visit(case, number, benchmark)
    if made.not_run.startswith("refused"):
        pytest.fail(f"{case.id}: {made.not_run}")
    if made.not_run:
        pytest.skip(made.not_run)
    if case.mode != "transfers alone":
        benchmark.extra_info["gflops"] = case.shape.operations / min(made.wall) / 1e9


def test_beside_numpy(stage: Stage) -> None:
    """PyTorch and NumPy are measured in turn: float32, one thread."""
    if stage.beside_numpy() is None:
        pytest.skip("no float32 product was timed with one thread")
