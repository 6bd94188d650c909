"""How the statistical tests judge draws, each with a stated rate of false alarms.

``FALSE_ALARM`` is the chance that one call rejects a right sampler, divided among its statistics by
Bonferroni's inequality. Seeds are fixed, so a test that passes once always passes.
"""

import numpy as np
from scipy import stats

FALSE_ALARM = 1e-4
_BATCHES = 20


def worst_mean(draws: np.ndarray, truth: np.ndarray) -> float:
    """Return the smallest adjusted p-value that draws [chain, draw, statistic] average to truth.

    The standard error comes from batch means, 20 batches a chain, with Student's distribution.
    """
    num_chains, num_draws, size = draws.shape
    length = num_draws // _BATCHES
    batches = draws[:, : length * _BATCHES].reshape(num_chains * _BATCHES, length, size).mean(1)
    error = batches.std(0, ddof=1) / np.sqrt(len(batches))
    scores = (batches.mean(0) - truth) / error
    return float(np.min(2.0 * stats.t.sf(np.abs(scores), len(batches) - 1)) * size)


def worst_marginal(draws: np.ndarray, exact: np.ndarray) -> float:
    """Return the smallest adjusted p-value of two-sample Kolmogorov-Smirnov tests by column."""
    p_values = [
        stats.ks_2samp(draws[:, i], exact[:, i], method="asymp").pvalue
        for i in range(draws.shape[1])
    ]
    return float(min(p_values) * len(p_values))
