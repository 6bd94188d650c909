"""How often intervals of predictions hold what was observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.results.calibration import rank

Values = NDArray[np.float64]

LEVELS = np.arange(1, 100) / 100
"""Nominal coverage at which the observed one is taken."""
SHOWN = (0.5, 0.9)
_BAND = 0.95


@dataclass(frozen=True, slots=True)
class PredictiveCoverage:
    """The calibration curve of predictions: observed coverage of central intervals by nominal.

    Attributes:
        name: of the predicted quantity.
        observed: of the data that it is held against.
        count: of observations.
        levels: [level], nominal coverage.
        coverage: [level], the share of observations inside their own central interval.
        lower: [level], of the central 95% of a binomial share of `count`, if all is right and the
            observations are independent given the predictions.
        upper: [level].
    """

    name: str
    observed: str
    count: int
    levels: Values
    coverage: Values
    lower: Values
    upper: Values

    def at(self, level: float) -> float:
        """Observed coverage of the central intervals of this nominal coverage, to 1%.

        Raises:
            ValueError: if the level is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise ValueError(f"a level is between 0 and 1, got {level}")
        return float(self.coverage[int(np.argmin(np.abs(self.levels - level)))])

    @property
    def error(self) -> float:
        """The mean over the levels of |observed - nominal|: 0 is perfect, 0.5 the worst."""
        return float(np.abs(self.coverage - self.levels).mean())

    def __str__(self) -> str:
        parts = []
        for level in SHOWN:
            place = int(np.argmin(np.abs(self.levels - level)))
            low, high = self.lower[place], self.upper[place]
            parts.append(
                f"{level:.0%} intervals hold {self.coverage[place]:.0%} (expected {low:.0%} to"
                f" {high:.0%})"
            )
        return f"coverage of `{self.observed}` by `{self.name}`, {self.count} observations: " + (
            "; ".join(parts)
        )


def predictive_coverage(
    draws: Any, observed: Any, *, name: str, observed_name: str, seed: int = 0
) -> PredictiveCoverage:
    """Hold draws [draw, observation] against what was observed [observation]; `nan` is left out.

    With u the rank of an observation among its draws, spread over the share of one draw and over
    ties at random, u = (rank + U) / (S + 1), an observation is in the central interval of level p
    where |2 u - 1| <= p; u is uniform if the predictions are right.
    Source: Gneiting, Balabdaoui & Raftery (2007), "Probabilistic forecasts, calibration and
    sharpness", sec. 3.1; Czado, Gneiting & Held (2009), eq. 2, for counts.

    Raises:
        ValueError: if nothing is observed.
    """
    from scipy.stats import binom

    values = np.asarray(observed, np.float64)
    is_there = ~np.isnan(values)
    draws, values = np.asarray(draws, np.float64)[:, is_there], values[is_there]
    count = len(values)
    if not count:
        raise ValueError("there are no observations")
    rng = np.random.default_rng(seed)
    ranks, _ = rank(values, draws, rng)
    u = (ranks + rng.uniform(size=count)) / (len(draws) + 1)
    covered = (np.abs(2 * u - 1)[:, None] <= LEVELS).mean(axis=0)
    low, high = binom.interval(_BAND, count, LEVELS)
    return PredictiveCoverage(
        name, observed_name, count, LEVELS, covered, low / count, high / count
    )
