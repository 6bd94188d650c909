"""Whether ranks are uniform: exact p-values and simultaneous bands of their distribution function.

Of N ranks in 0..L the count below k, R_k, is Binomial(N, k / (L + 1)). What is tested is the most
extreme of these counts,

    gamma = min_k 2 min(P(Bin <= R_k), P(Bin >= R_k)),

and its p-value is one minus the probability that a uniform sample has every count strictly inside
the limits that gamma sets. That probability is exact: the counts are those of independent Poisson
increments given that they add up to N, so that it takes one convolution for each k.

Source: Säilynoja, Bürkner & Vehtari (2022), "Graphical test for discrete uniformity and its
applications in goodness-of-fit evaluation and multiple sample comparison", sections 2.1-2.3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Ranks = NDArray[np.int64]

MOST_POINTS = 100
"""Of the distribution function that are looked at; more cost time and hardly add power."""
_TIE = 1e-9
_HALVINGS = 40


class Bands(NamedTuple):
    """Limits [point] between which all of a uniform sample's distribution function is, and where.

    The function at `points` is the share of ranks below `(L + 1) points`.
    """

    points: Values
    lower: Values
    upper: Values


def p_value(ranks: Ranks, num_draws: int) -> float:
    """Return the probability that uniform ranks in 0..`num_draws` are as extreme as these [N].

    Raises:
        ValueError: if there are no ranks, or one is out of range.
    """
    ranks = np.asarray(ranks)
    if not ranks.size or ranks.min() < 0 or ranks.max() > num_draws:
        raise ValueError(f"ranks must be whole numbers from 0 to {num_draws}")
    total, cuts = len(ranks), _cuts(num_draws)
    below, above = _tails(total, cuts, num_draws)
    counts = counts_below(ranks, cuts)
    each = np.arange(len(cuts))
    extreme = 2.0 * float(np.minimum(below[each, counts], above[each, counts]).min())
    return _outside(extreme * (1 + _TIE), below, above, cuts / (num_draws + 1))


def bands(total: int, num_draws: int, rate: float) -> Bands:
    """Return the bands that hold all of `total` uniform ranks with probability `1 - rate` or more.

    Raises:
        ValueError: if `rate` is not between 0 and 1.
    """
    if not 0.0 < rate < 1.0:
        raise ValueError(f"rate must lie between 0 and 1, got {rate}")
    cuts = _cuts(num_draws)
    points = cuts / (num_draws + 1)
    below, above = _tails(total, cuts, num_draws)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if _outside(middle, below, above, points) <= rate:
            low = middle
        else:
            high = middle
    least, most = _limits(low, below, above)
    return Bands(points, least / total, most / total)


def counts_below(ranks: Ranks, cuts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many ranks are below each cut."""
    return np.searchsorted(np.sort(ranks), cuts, side="left")


def distribution(ranks: Ranks, num_draws: int) -> Values:
    """Return the distribution function of ranks at the points of their bands."""
    return counts_below(ranks, _cuts(num_draws)) / len(ranks)


def holm(p_values: Values) -> Values:
    """Return Holm's adjusted p-values: at most `rate` of them reject all that is true, or fewer.

    The i-th smallest of n becomes the largest of (n - j + 1) p_j for j up to i, at most 1.
    Source: Holm (1979), "A simple sequentially rejective multiple test procedure".
    """
    p_values = np.asarray(p_values, np.float64)
    order = np.argsort(p_values)
    stepped = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def _cuts(num_draws: int) -> NDArray[np.int64]:
    """The k at which the distribution function is looked at, from 1 to L."""
    wanted = min(num_draws, MOST_POINTS)
    return np.unique(np.linspace(1, num_draws, wanted).round().astype(np.int64))


def _tails(total: int, cuts: NDArray[np.int64], num_draws: int) -> tuple[Values, Values]:
    """P(Bin <= r) and P(Bin >= r) [cut, r] for r from 0 to `total`."""
    from scipy.stats import binom

    law = binom(total, (cuts / (num_draws + 1))[:, None])
    counts = np.arange(total + 1)
    return law.cdf(counts), law.sf(counts - 1)


def _limits(gamma: float, below: Values, above: Values) -> tuple[Values, Values]:
    """The least and the most count [cut] whose tails are both above `gamma / 2`."""
    least = (2.0 * below <= gamma).sum(axis=1)
    most = above.shape[1] - 1 - (2.0 * above <= gamma).sum(axis=1)
    return least, most


def _outside(gamma: float, below: Values, above: Values, points: Values) -> float:
    """The probability that some count of a uniform sample is not inside the limits of `gamma`."""
    from scipy.stats import poisson

    total = below.shape[1] - 1
    least, most = _limits(gamma, below, above)
    if (least > most).any():
        return 1.0
    start, mass = 0, np.ones(1)
    steps = np.diff(points, prepend=0.0)
    kernels = {step: poisson.pmf(np.arange(total + 1), total * step) for step in set(steps)}
    for step, low, high in zip(steps, least, most, strict=True):
        spread = np.convolve(mass, kernels[step][: high - start + 1])
        inside = spread[max(low - start, 0) : high - start + 1]
        start, mass = max(low, start), inside
    left = total - np.arange(start, start + len(mass))
    reached = float(mass @ poisson.pmf(left, total * (1.0 - points[-1])))
    return min(1.0, max(0.0, 1.0 - reached / float(poisson.pmf(total, total))))
