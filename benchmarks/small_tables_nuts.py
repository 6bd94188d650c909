"""NUTS on the priors of `small_tables.py`: the texts of the networks, with rows to predict.

The models of `pfns/tables` say how they are drawn from, and what they predict of other rows, `Z`:
`chance_new` of a class, `mean_new` and `spread_new` of a number.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from predicted import draws_of
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import logistic
from small_tables_data import Array, Part
from small_tables_methods import Method, standardised
from small_tables_scores import Classes, Numbers

import gendsl


def nuts_of_classes(text: Path) -> Method:
    """The model of classes: the mean over draws of the probabilities."""

    def predict(part: Part, seed: int) -> Classes:
        found = draws_of(_fit(text, part, part.targets.astype(int), seed), "chance_new")
        chances = found.mean(axis=0)[:, : int(part.targets.max()) + 1]
        return Classes(chances / chances.sum(axis=1, keepdims=True))

    return predict


def nuts_of_numbers(text: Path) -> Method:
    """The model of numbers: the mean over draws of the density Logistic(mean, spread)."""

    def predict(part: Part, seed: int) -> Numbers:
        y, centre, scale = standardised(part.targets)
        fit = _fit(text, part, y, seed)
        mean, spread = draws_of(fit, "mean_new"), draws_of(fit, "spread_new")[:, None]
        logs = logistic.logpdf((part.new_targets - centre) / scale, mean, spread)
        low, high = (centre + scale * quantile(share, mean, spread) for share in (0.05, 0.95))
        log_density = logsumexp(logs, axis=0) - np.log(len(logs)) - np.log(scale)
        return Numbers(centre + scale * mean.mean(axis=0), log_density, low, high)

    return predict


def quantile(share: float, mean: Array, spread: Array) -> Array:
    """The quantile [row] of the mixture over draws of Logistic(mean, spread), [draw, row]."""
    ends = logistic.ppf(share, mean, spread)
    found = []
    for row, (low, high) in enumerate(zip(ends.min(axis=0), ends.max(axis=0), strict=True)):

        def gap(at: float, row: int = row) -> float:
            return float(logistic.cdf(at, mean[:, row], spread[:, 0]).mean()) - share

        found.append(brentq(gap, low - 1e-9, high + 1e-9))
    return np.array(found)


@cache
def _model(text: Path) -> gendsl.Model:
    return gendsl.compile(text)


def _fit(text: Path, part: Part, targets: Array, seed: int) -> gendsl.Fit:
    given = {"X": part.components, "y": targets, "Z": part.new_components}
    return _model(text).infer(given, seed=seed)
