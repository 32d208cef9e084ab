"""Hooks that a pytest plugin may implement to follow a run of the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reporting.results import ClauseLine
    from conformance.runner.plan import Plan


def pytest_conformance_plan(plan: Plan, lines: int) -> None:
    """Tell what the backend and its devices turned out to be, and how many lines are planned."""


def pytest_conformance_line(line: ClauseLine) -> None:
    """Tell the verdict of a clause on a device."""


def pytest_conformance_usage_problem(message: str) -> None:
    """Tell of wrong input that ends the run before it begins."""
