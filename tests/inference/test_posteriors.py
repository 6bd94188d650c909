"""Whole runs against known posteriors, and broken kernels that the same judgement rejects."""

import numpy as np
import pytest
from inference_cases import broken, densities
from inference_cases.judging import FALSE_ALARM, worst_mean

from gendsl.inference import Nuts, NutsSampler, run

pytestmark = pytest.mark.statistical


def _normal_p_value(kernel: type[Nuts]) -> float:
    data = {"mean": np.array([0.0]), "sd": np.array([1.0])}
    sampler = NutsSampler(kernel(densities.normal(1)), 300)
    draws = run(sampler, data, seed=1, num_draws=5000).draws
    statistics = np.concatenate([draws, draws**2, draws**4 / 10.0], axis=-1)
    return worst_mean(statistics, np.array([0.0, 1.0, 0.3]))


def _correlated_p_value(kernel: type[Nuts]) -> float:
    size = 10
    gap = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    sd = np.geomspace(0.01, 100.0, size)
    covariance = 0.9**gap * np.outer(sd, sd)
    sampler = NutsSampler(kernel(densities.correlated(size)), 500)
    draws = run(sampler, np.linalg.inv(covariance), seed=2, num_draws=4000).draws / sd
    products = draws[..., 1:] * draws[..., :-1]
    truth = np.concatenate([np.zeros(size), np.ones(size), np.full(size - 1, 0.9)])
    return worst_mean(np.concatenate([draws, draws**2, products], axis=-1), truth)


def _schools_p_value(kernel: type[Nuts]) -> float:
    # Long steps, as with short ones a missing acceptance hardly shows.
    sampler = NutsSampler(kernel(densities.SCHOOLS), 500, target_acceptance=0.6)
    draws = run(sampler, densities.SCHOOLS_DATA, seed=3, num_draws=10_000).draws[..., :2]
    columns = [draws[..., 0], draws[..., 0] ** 2, draws[..., 1], draws[..., 1] ** 2]
    return worst_mean(np.stack(columns, axis=-1), densities.schools_moments())


_CASES = [_normal_p_value, _correlated_p_value, _schools_p_value]
_BROKEN = [
    (_normal_p_value, broken.NoAcceptance),
    (_normal_p_value, broken.AlwaysLastLeaf),
    (_normal_p_value, broken.SmallMomentum),
    (_correlated_p_value, broken.AlwaysLastLeaf),
    (_correlated_p_value, broken.SmallMomentum),
    (_schools_p_value, broken.NoAcceptance),
    (_schools_p_value, broken.SmallMomentum),
]


@pytest.mark.parametrize("p_value", _CASES)
def test_posterior_is_right(p_value) -> None:
    assert p_value(Nuts) > FALSE_ALARM


@pytest.mark.parametrize(("p_value", "kernel"), _BROKEN)
def test_broken_kernels_are_caught(p_value, kernel: type[Nuts]) -> None:
    assert p_value(kernel) < FALSE_ALARM
