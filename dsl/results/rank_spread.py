"""Whether ranks are spread as uniform ones are: exact p-values.

A posterior that is a little too narrow puts a few ranks too many at both ends, to which the
distribution function as a whole is not very sensitive: of 100 fits with posteriors a fifth too
narrow, its test rejects a third of the time at a rate of 0.01. That of the sum

    S = sum_i floor(20 |2 r_i - L| / (L + 1))^2

over N ranks r_i in 0..L does so two thirds of the time. For uniform ranks its distribution is the
N-fold convolution of that of one score, taken by Fourier transform.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_LEVELS = 20
_LEAST = 1e-12
"""Below it, a Fourier transform's tails are rounding."""


def spread_p_value(ranks: NDArray[np.int64], num_draws: int) -> float:
    """Return the probability that uniform ranks in 0..`num_draws` are as spread, or as little.

    2 min(P(S <= s), P(S >= s)), at most 1.
    """
    scores = _scores(num_draws)[np.asarray(ranks)]
    mass = _sums(len(scores), num_draws)
    found = int(scores.sum())
    tail = min(float(mass[: found + 1].sum()), float(mass[found:].sum()))
    return min(1.0, max(2.0 * tail, _LEAST))


def _scores(num_draws: int) -> NDArray[np.int64]:
    """The score of each rank."""
    away = np.abs(2 * np.arange(num_draws + 1) - num_draws)
    return np.asarray(np.square(_LEVELS * away // (num_draws + 1)))


@lru_cache(maxsize=4)
def _sums(count: int, num_draws: int) -> NDArray[np.float64]:
    """The probability of each sum of `count` scores."""
    one = np.bincount(_scores(num_draws)) / (num_draws + 1)
    size = count * (len(one) - 1) + 1
    padded = 1 << (size - 1).bit_length()
    mass = np.fft.irfft(np.fft.rfft(one, padded) ** count, padded)[:size]
    return np.maximum(mass, 0.0)
