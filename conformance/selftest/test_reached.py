"""What a case reached is told from what the backend's tensors report."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from conformance import catalogue, conditions
from conformance.backends.pytorch import TorchBackend
from conformance.selftest.support import judged

BACKEND = TorchBackend()


@pytest.mark.parametrize(
    ("shape", "strides", "offset", "layout"),
    [
        ((2, 3), (3, 1), 0, "dense"),
        ((2, 3), (3, 1), 4, "offset"),
        ((3, 2), (1, 3), 0, "permuted"),
        ((3, 2), (1, 3), 5, "permuted"),
        ((2, 3), (6, 2), 0, "stepped"),
        ((2, 3), (0, 1), 0, "expanded"),
        ((3,), (-1,), 2, "reversed"),
        ((1, 3), (77, 1), 0, "dense"),
        ((), (), 0, "dense"),
        ((), (), 3, "offset"),
        ((0, 3), (1, 1), 0, "dense"),
    ],
)
def test_layouts_have_names(shape: tuple[int, ...], strides: tuple[int, ...], offset: int, layout: str) -> None:
    """The strides of dimensions of size 1 and of empty tensors mean nothing."""
    assert conditions.layout_of(shape, strides, offset) == layout


@pytest.mark.parametrize(
    ("values", "dtype", "classes"),
    [
        ([1.0, np.nan], "float32", {"nan"}),
        ([np.inf, -0.0], "float16", {"inf", "-0.0"}),
        ([1e-40], "float32", {"subnormal"}),
        ([np.finfo("float64").max], "float64", {"largest"}),
        ([255], "uint8", {"largest"}),
        ([0], "uint8", set()),
        ([-(2**63)], "int64", {"largest", "above 2^24", "above 2^53"}),
        ([2**24 + 1], "int32", {"above 2^24"}),
        ([True], "bool", set()),
        ([1 + 0j, complex(0, float("nan"))], "complex64", {"nan"}),
    ],
)
def test_values_have_names(values: list[complex], dtype: str, classes: set[str]) -> None:
    """Particular values are told by their bits."""
    from conformance.program import bits_of_array

    assert set(conditions.value_classes(bits_of_array(np.array(values, dtype)), dtype)) == classes


def test_a_line_counts_what_its_cases_reached() -> None:
    """Coverage is counted by condition and class, in the suite's order."""
    (line,) = judged(BACKEND, "shapes.view-sizes").values()

    assert {"dense", "offset", "permuted", "stepped", "expanded"} <= set(line.coverage["layout"])
    assert sum(line.coverage["dtype"].values()) == sum(line.cases.values())


def test_a_class_that_was_meant_and_not_reached_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clause that declares what it reaches, and does not, proves nothing."""
    clause = catalogue.find("shapes.view-sizes")
    assert _verdict(clause, "layout: permuted", monkeypatch) == "pass"
    assert _verdict(clause, "operand: NumPy array", monkeypatch) == "error"


def _verdict(clause: catalogue.Clause, wanted: str, monkeypatch: pytest.MonkeyPatch) -> str:
    changed = dataclasses.replace(clause, reaches=(wanted,))
    monkeypatch.setattr(catalogue, "select", lambda *_: [changed])
    (line,) = judged(BACKEND, clause.id).values()
    return str(line.verdict)
