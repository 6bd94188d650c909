"""Coverage of predictions, against the share that normal distributions give."""

import numpy as np
import pytest
from scipy.stats import norm

from gendsl.results.predictive_coverage import predictive_coverage


def coverage(draws, observed, **options):
    return predictive_coverage(draws, observed, name="p", observed_name="y", **options)


def test_right_predictions_stay_in_the_band_and_narrow_ones_do_not():
    """Observations and 999 draws of each are of one normal distribution, 4,000 times.

    At each of 5 levels the share leaves a band of 5 standard errors with probability 6e-7. Draws
    of half the spread cover less: 2 Phi(z / 2) - 1 where z is the normal quantile, by which all
    five levels leave the band.
    """
    rng = np.random.default_rng(1)
    observed = rng.normal(2.0, 3.0, size=4000)
    draws = 2.0 + 3.0 * rng.normal(size=(999, 4000))
    narrow = 2.0 + 1.5 * rng.normal(size=(999, 4000))
    right, wrong = coverage(draws, observed), coverage(narrow, observed)
    for level in (0.1, 0.3, 0.5, 0.8, 0.95):
        band = 5 * np.sqrt(level * (1 - level) / 4000)
        assert abs(right.at(level) - level) <= band
        assert abs(wrong.at(level) - level) > band
        of_narrow = 2 * norm.cdf(norm.ppf((1 + level) / 2) / 2) - 1
        assert abs(wrong.at(level) - of_narrow) <= band + 0.01
    assert wrong.error > 0.1 > 0.02 > right.error


def test_counts_have_their_nominal_coverage_too():
    """Half of all draws and observations are 0: ties are broken at random."""
    rng = np.random.default_rng(2)
    observed = rng.poisson(0.7, size=4000)
    found = coverage(rng.poisson(0.7, size=(999, 4000)), observed)
    assert abs(found.at(0.5) - 0.5) <= 5 * np.sqrt(0.25 / 4000)


def test_each_observation_has_its_own_interval_and_gaps_are_left_out():
    draws = np.linspace(-1, 1, 101)[:, None] + np.array([0.0, 10.0, 0.0])
    found = coverage(draws, [0.0, 10.0, np.nan])
    assert found.count == 2
    assert found.at(0.05) == 1.0
    assert found.lower.shape == found.coverage.shape == (99,)
    assert "2 observations" in str(found) and "90% intervals hold 100%" in str(found)
    assert coverage(draws, [50.0, -50.0, np.nan]).at(0.95) == 0.0
    with pytest.raises(ValueError, match="between 0 and 1"):
        found.at(90)
    with pytest.raises(ValueError, match="no observations"):
        coverage(draws, [np.nan] * 3)
