"""How well the draws of a fit predict values that it has not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import norm, t

import gendsl

Array = NDArray[np.float64]


def draws_of(fit: gendsl.Fit, name: str) -> Array:
    """Draws [draw, ...] of a quantity, chains one after the other."""
    group = fit.posterior if name in fit.posterior else fit["posterior_predictive"]
    values = np.asarray(group[name].transpose("chain", "draw", ...).values, np.float64)
    return values.reshape(-1, *values.shape[2:])


def rmse(mean: Array, y: Any) -> float:
    """The root mean square of y [row] less the mean over draws of `mean` [draw, row]."""
    return float(np.sqrt(np.mean(np.square(mean.mean(axis=0) - y))))


def nll(fit: gendsl.Fit, mean: Array, spread: Array, y: Any) -> float:
    """Minus the mean over rows of log p(y), p(y) being the mean over draws of the density.

    That is Normal(mean, spread), or StudentT(nu, mean, spread) where the fit has a `nu`; both are
    [draw, row], and a spread of all rows may be [draw].
    """
    spread = spread if spread.ndim == 2 else spread[:, None]
    if "nu" in fit.posterior:
        logs = t.logpdf(y, draws_of(fit, "nu")[:, None], mean, spread)
    else:
        logs = norm.logpdf(y, mean, spread)
    return float(-np.mean(logsumexp(logs, axis=0) - np.log(len(logs))))
