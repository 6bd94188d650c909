"""Exact p-values of ranks, of their distribution function and of their spread, and bands."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gendsl.results import ecdf
from gendsl.results.rank_spread import spread_p_value


def test_the_p_value_is_exact_where_all_samples_can_be_listed() -> None:
    """Three ranks from 0 to 3: 64 samples, of which each has a p-value that counts the others."""
    samples = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)
    p_values = np.array([ecdf.p_value(sample, 3) for sample in samples])
    for p in np.unique(p_values):
        assert np.mean(p_values <= p + 1e-9) == pytest.approx(p, abs=1e-9)


def test_the_p_value_of_the_spread_is_exact_too() -> None:
    samples = np.stack(np.meshgrid(*[np.arange(5)] * 4), axis=-1).reshape(-1, 4)
    # scores of ranks 0..4: floor(20 |2 r - 4| / 5)^2
    sums = np.array([256, 64, 0, 64, 256])[samples].sum(axis=1)
    for sample, own in zip(samples[::7], sums[::7], strict=True):
        exact = min(1.0, 2 * min(np.mean(sums <= own), np.mean(sums >= own)))
        assert spread_p_value(sample, 4) == pytest.approx(exact, abs=1e-9)
    assert spread_p_value(np.repeat([0, 99], 200), 99) <= 1e-12


@pytest.mark.statistical
def test_p_values_hold_their_rate_and_bands_theirs() -> None:
    """The binomial limits are those of 1 in 10,000."""
    rng, count, rate = np.random.default_rng(0), 500, 0.05
    limits = ecdf.bands(60, 19, rate)
    samples = [rng.integers(0, 20, 60) for _ in range(count)]
    rejected = sum(ecdf.p_value(sample, 19) <= rate for sample in samples)
    shares = np.array([ecdf.distribution(sample, 19) for sample in samples])
    outside = ((shares < limits.lower) | (shares > limits.upper)).any(axis=1).sum()
    assert max(rejected, outside) <= stats.binom.ppf(1 - 1e-4, count, rate)


def test_bands_and_p_values_agree() -> None:
    rng, limits = np.random.default_rng(1), ecdf.bands(50, 9, 0.1)
    for _ in range(50):
        ranks = rng.binomial(9, rng.uniform(0.35, 0.65), 50)
        share = ecdf.distribution(ranks, 9)
        is_outside = bool(((share < limits.lower) | (share > limits.upper)).any())
        assert is_outside == (ecdf.p_value(ranks, 9) <= 0.1)


def test_extremes_and_misuse() -> None:
    assert ecdf.p_value(np.zeros(100, int), 99) < 1e-10
    assert ecdf.p_value(np.array([4]), 9) > 0.5
    with pytest.raises(ValueError, match="from 0 to 9"):
        ecdf.p_value(np.array([10]), 9)
    with pytest.raises(ValueError, match="rate"):
        ecdf.bands(10, 9, 1.0)


def test_holm_steps_up() -> None:
    adjusted = ecdf.holm(np.array([0.01, 0.04, 0.03, 0.5]))
    np.testing.assert_allclose(adjusted, [0.04, 0.09, 0.09, 0.5])
