"""What noisy times allow to be said: medians with bootstrap intervals, and whether two settings differ.

The bootstrap is that of percentiles: Efron, Tibshirani, An Introduction to the Bootstrap, chapter 13. It draws from a fixed
seed, so that one file is always read in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from conformance.benchmark.records import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Verdict = Literal["faster", "same", "slower", "inconclusive"]

DRAWS = 2000
# What figures show, and what a verdict rests on.
SHOWN_LEVEL, VERDICT_LEVEL = 0.95, 0.99
# Two settings whose times differ by less than this factor are called the same.
MARGIN = 1.05


def interval(samples: Sequence[float], level: float = SHOWN_LEVEL) -> Interval:
    """Give the median of samples and the interval in which it lies with a probability of `level`.

    Raises:
        ValueError: there are none.
    """
    if not len(samples):
        raise ValueError("no samples, no median")
    medians = _medians(np.asarray(samples, dtype=np.float64), np.random.default_rng(0))
    return _around(float(np.median(samples)), medians, level)


def ratio(first: Sequence[float], second: Sequence[float], level: float = SHOWN_LEVEL) -> Interval:
    """Give the ratio of two medians, second over first, of samples that were taken independently.

    Raises:
        ValueError: there are none of one.
    """
    if not len(first) or not len(second):
        raise ValueError("no samples, no ratio")
    random = np.random.default_rng(0)
    above, below = (_medians(np.asarray(one, dtype=np.float64), random) for one in (second, first))
    return _around(float(np.median(second) / np.median(first)), above / below, level)


def paired_ratio(first: Sequence[float], second: Sequence[float], level: float = VERDICT_LEVEL) -> Interval:
    """Give the median of ratios of samples that were taken side by side, second over first.

    What both of a pair meet, a slower clock or another program, is in neither's favour.

    Raises:
        ValueError: there are none, or not as many of each.
    """
    ratios = [two / one for one, two in zip(first, second, strict=True)]
    return interval(ratios, level)


def verdict(found: Interval, noise: Interval) -> Verdict:
    """Say what a ratio of times allows to be said of the second setting.

    Args:
        found: the ratio, second over first, with its interval of `VERDICT_LEVEL`.
        noise: of the first setting against itself, taken in the same way; what it spans is no difference.
    """
    margin = max(MARGIN, noise.high, 1 / noise.low)
    if found.low > margin:
        return "slower"
    if found.high < 1 / margin:
        return "faster"
    return "same" if found.low >= 1 / MARGIN and found.high <= MARGIN else "inconclusive"


def _medians(samples: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    drawn: NDArray[np.float64] = np.median(random.choice(samples, (DRAWS, len(samples))), axis=1)
    return drawn


def _around(middle: float, drawn: NDArray[np.float64], level: float) -> Interval:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(middle, float(low), float(high))
