"""Pareto-smoothed importance weights and k-hat, the shape of their tail.

The largest weights are replaced by the quantiles of a generalised Pareto distribution fit to them.
Its shape k says how many moments the weights have, and so whether averages under them settle:
estimates from S draws can be relied on up to ``min(1 - 1 / log10 S, 0.7)``.

Source: Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed importance sampling",
algorithm 1 and eq. 13. The smoothing is that of arviz-stats.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_SMALLEST_SPREAD = 1e-6
_NEARLY_EQUAL = float(np.log(1.25))
_ROUNDING = 64.0
_FEWEST = 25
_NEXT_TO_NOTHING = 745.0
"""Below the largest log weight, where an exponential is 0."""


class Smoothed(NamedTuple):
    """Importance weights after smoothing.

    Attributes:
        log_weights: [draw]; their exponentials sum to 1.
        log_evidence: log of the mean of the weights before they were normalised.
        pareto_k: k-hat; ``-inf`` where the weights are all the same, or of 25 or more none exceeds
            their mean by a quarter; ``inf`` where none is positive, or too few to tell: fewer than
            25 draws, or no more positive ones than the tail has, ``min(S / 5, 3 sqrt(S))``.
    """

    log_weights: NDArray[np.float64]
    log_evidence: float
    pareto_k: float


def smooth(log_p: np.ndarray, log_q: np.ndarray) -> Smoothed:
    """Smooth the weights ``p / q`` of draws from ``q``; both logs are [draw].

    A draw at which ``log_p`` is not a number has no weight. Weights that agree to rounding have no
    tail to fit; nor have those of which none is large, since a fit sees the shape of a tail and not
    how little it matters: where weights differ by a hundredth it may well say 1.3.
    """
    with np.errstate(invalid="ignore"):
        raw = np.asarray(log_p, np.float64) - np.asarray(log_q, np.float64)
    raw = np.where(np.isnan(raw), -np.inf, raw)
    if not np.isfinite(raw.max(initial=-np.inf)):
        return Smoothed(np.full(len(raw), -np.log(max(len(raw), 1))), -np.inf, np.inf)
    magnitude = float(np.max(np.abs(np.concatenate([log_p, log_q])[np.isfinite(np.r_[raw, raw])])))
    noise = _ROUNDING * float(np.finfo(np.asarray(log_p).dtype).eps) * magnitude
    if raw.max() - raw.min() <= max(_SMALLEST_SPREAD, noise):
        return _normalised(raw, -np.inf)
    # The tail is a fifth of the draws, of many less, and a fit takes five, all with a weight.
    tail = min(len(raw) / 5.0, 3.0 * len(raw) ** 0.5)
    if len(raw) < _FEWEST or np.isfinite(raw).sum() <= tail:
        return _normalised(raw, np.inf)
    if raw.max() - (np.logaddexp.reduce(raw) - np.log(len(raw))) <= _NEARLY_EQUAL:
        return _normalised(raw, -np.inf)
    from arviz_stats.base import array_stats

    try:
        with np.errstate(all="ignore"):
            # It takes the weights' negative logs, and normalises.
            # No weight is a very small one to it: an infinite log makes everything no number.
            is_possible = np.isfinite(raw)
            lowest = min(raw[is_possible].min(), raw.max() - _NEXT_TO_NOTHING)
            floored = np.where(is_possible, raw, lowest)
            log_weights, pareto_k = array_stats.psislw(-floored, r_eff=1.0, axis=-1)
    except ValueError:  # The largest weights are all the same: there is no tail to smooth.
        return _normalised(raw, -np.inf)
    log_weights = np.asarray(log_weights, np.float64)
    if not np.isfinite(pareto_k) or np.isnan(log_weights).any():
        return _normalised(raw, np.inf)
    log_weights = np.where(is_possible, log_weights, -np.inf)
    # The smallest weight is never smoothed, so it tells what was divided by.
    smallest = int(np.argmin(np.where(np.isfinite(raw), raw, np.inf)))
    log_sum = raw[smallest] - log_weights[smallest]
    return Smoothed(log_weights, float(log_sum - np.log(len(raw))), float(pareto_k))


def largest_good_k(num_draws: int) -> float:
    """Return the largest k-hat at which averages over ``num_draws`` can be relied on."""
    return float(min(1.0 - 1.0 / np.log10(num_draws), 0.7)) if num_draws > 1 else 0.0


def _normalised(raw: NDArray[np.float64], pareto_k: float) -> Smoothed:
    log_sum = float(np.logaddexp.reduce(raw))
    return Smoothed(raw - log_sum, log_sum - float(np.log(len(raw))), pareto_k)
