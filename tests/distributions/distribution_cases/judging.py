"""When draws follow a distribution, and when two densities agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FALSE_ALARM = 1e-3
"""The chance that one of all draws tests fails by accident, over the whole folder."""

MOST_TESTS = 200
"""More checks of draws than the folder has: Bonferroni's divisor."""


def p_value(draws: NDArray[Any], marginal: Any, is_discrete: bool) -> float:
    """Kolmogorov-Smirnov for reals, chi-square over pooled values for integers."""
    draws = np.asarray(draws).ravel()
    if not is_discrete:
        return float(stats.kstest(draws, marginal.cdf).pvalue)
    values = np.arange(draws.min() - 1, draws.max() + 1)
    edges = np.concatenate([[-np.inf], values, [np.inf]])
    cdf = np.concatenate([[0.0], marginal.cdf(values), [1.0]])
    expected = np.diff(cdf) * draws.size
    seen = np.histogram(draws, edges + 0.5)[0]
    pooled_expected, pooled_seen = _pool(expected, seen.astype(float))
    if pooled_expected.size < 2:
        return 1.0 if pooled_seen.sum() == draws.size else 0.0
    statistic = float(((pooled_seen - pooled_expected) ** 2 / pooled_expected).sum())
    return float(stats.chi2(pooled_expected.size - 1).sf(statistic))


def _pool(expected: NDArray[Any], seen: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Neighbouring cells joined until each expects ten."""
    pools: list[list[float]] = [[0.0, 0.0]]
    for want, have in zip(expected, seen, strict=True):
        if pools[-1][0] >= 10.0:
            pools.append([0.0, 0.0])
        pools[-1][0] += want
        pools[-1][1] += have
    if len(pools) > 1 and pools[-1][0] < 10.0:
        last = pools.pop()
        pools[-1][0] += last[0]
        pools[-1][1] += last[1]
    table = np.array(pools)
    return table[:, 0], table[:, 1]


def follows(draws: NDArray[Any], marginal: Any, is_discrete: bool) -> bool:
    """Whether independent draws could come from it, at the folder's false-alarm rate."""
    return p_value(draws, marginal, is_discrete) > FALSE_ALARM / MOST_TESTS


def agrees(ours: Any, reference: Any, relative: float = 1e-9) -> bool:
    """Whether log densities are equal to `relative` of the larger of 1 and their size."""
    ours, reference = np.asarray(ours), np.asarray(reference)
    close = np.abs(ours - reference) <= relative * np.maximum(1.0, np.abs(reference))
    return bool(ours.shape == reference.shape and np.all(close))
