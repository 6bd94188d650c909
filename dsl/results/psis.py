"""Leave-one-out predictive densities from the draws of one posterior.

p(y_i | y without i) is the mean of p(y_i | theta) over the posterior without y_i, whose draws are
those of the whole posterior with weights 1 / p(y_i | theta); the largest weights are smoothed by a
generalised Pareto distribution, the shape k of which says whether that can work.

Source: Vehtari, Gelman & Gabry (2017), "Practical Bayesian model evaluation using leave-one-out
cross-validation and WAIC"; Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed
importance sampling". The smoothing is that of arviz-stats.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gendsl.results import convergence

Values = NDArray[np.float64]


def psis_loo(log_likelihood: Values) -> tuple[Values, Values]:
    """Of log likelihoods [chain, draw, observation], log p(y_i | y without i) and k."""
    from arviz_stats.base import array_stats

    rows = np.ascontiguousarray(log_likelihood.reshape(-1, log_likelihood.shape[-1]).T)
    efficiency = relative_efficiency(log_likelihood)
    elpd, pareto_k = np.empty(len(rows)), np.empty(len(rows))
    for i, row in enumerate(rows):
        try:
            with np.errstate(all="ignore"):
                log_weights, pareto_k[i] = array_stats.psislw(row, r_eff=efficiency, axis=-1)
        except ValueError:  # The largest weights are all the same: there is no tail to smooth.
            log_weights, pareto_k[i] = -row - log_sum_exp(-row), -np.inf
        elpd[i] = log_sum_exp(np.asarray(log_weights) + row)
    return elpd, pareto_k


def log_mean_density(log_likelihood: Values) -> Values:
    """Of log likelihoods [..., observation] over draws, log of the mean density by observation."""
    rows = log_likelihood.reshape(-1, log_likelihood.shape[-1]).T
    return np.asarray(log_sum_exp(rows) - np.log(rows.shape[1]))


def relative_efficiency(log_likelihood: Values) -> float:
    """Effective draws of the observations' densities over draws, averaged over observations."""
    chains, draws, _ = log_likelihood.shape
    density = np.exp(log_likelihood - log_likelihood.max(axis=(0, 1)))
    error = convergence.mcse_mean(density)
    spread = density.reshape(chains * draws, -1).std(axis=0, ddof=1)
    with np.errstate(all="ignore"):
        found = np.square(spread / error) / (chains * draws)
    usable = found[np.isfinite(found)]
    return float(np.mean(usable)) if len(usable) else 1.0


def good_k(num_draws: int) -> float:
    """The largest shape at which the estimate can be trusted (Vehtari et al. 2024, eq. 13)."""
    return float(min(1.0 - 1.0 / np.log10(num_draws), 0.7)) if num_draws > 1 else 0.7


def log_sum_exp(rows: Values) -> Values:
    """Log of the sum of exponentials along the last axis."""
    largest = rows.max(axis=-1, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(rows - largest).sum(axis=-1)) + largest[..., 0])
