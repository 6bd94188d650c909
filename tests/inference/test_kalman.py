"""A latent series' posterior against the exact smoother of a Gaussian state space."""

import numpy as np
import pytest
from inference_cases.judging import FALSE_ALARM, worst_mean

import gendsl

TIMES = 12
MODEL = """model level {{
  dim time : ordered
  data y[time] : real
  data q : real > 0
  level[time = first] ~ Normal(0, 2)
  level[time] ~ Normal(0.9 * level[time - 1], q) as {form}
  y[time] ~ Normal(level, 0.8)
}}
"""


def smoother(y: np.ndarray, q: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the levels given all of y.

    Forwards the Kalman filter, backwards the Rauch-Tung-Striebel recursion (1965), which gives
    neighbours' covariances too.
    """
    size = len(y)
    mean, variance = np.zeros(size), np.zeros(size)
    ahead_mean, ahead_variance = 0.0, 4.0
    for t in range(size):
        gain = ahead_variance / (ahead_variance + 0.64)
        mean[t] = ahead_mean + gain * (y[t] - ahead_mean)
        variance[t] = (1 - gain) * ahead_variance
        ahead_mean, ahead_variance = 0.9 * mean[t], 0.81 * variance[t] + q**2
    both = np.diag(variance)
    for t in range(size - 2, -1, -1):
        ahead = 0.81 * variance[t] + q**2
        back = 0.9 * variance[t] / ahead
        mean[t] += back * (mean[t + 1] - 0.9 * mean[t])
        both[t, t] = variance[t] + back**2 * (both[t + 1, t + 1] - ahead)
        both[t, t + 1 :] = both[t + 1 :, t] = back * both[t + 1, t + 1 :]
    return mean, both


@pytest.fixture(scope="module")
def y() -> np.ndarray:
    random = np.random.default_rng(3)
    return np.cumsum(random.normal(size=TIMES)) + 0.8 * random.normal(size=TIMES)


@pytest.mark.sweep(2)
@pytest.mark.parametrize("form", ["centred", "non_centred"])
def test_the_posterior_of_a_level_is_the_smoothers(form: str, y: np.ndarray) -> None:
    """Means, variances and neighbours' covariances; a smoother of another q is told apart.

    False alarm: `FALSE_ALARM`, shared among the statistics.
    """
    model = gendsl.compile(MODEL.format(form=form))
    fit = model.infer({"y": y, "q": 0.7}, chains=2, warmup=500, draws=2000, seed=5)
    draws = np.asarray(fit["posterior"]["level"])
    assert judged(draws, *smoother(y, 0.7)) > FALSE_ALARM
    assert judged(draws, *smoother(y, 0.9)) < FALSE_ALARM  # the broken twin


def judged(draws: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> float:
    """The smallest adjusted p-value of first and second moments."""
    centred = draws - mean
    statistics = np.concatenate([draws, centred**2, centred[..., 1:] * centred[..., :-1]], axis=-1)
    truth = np.concatenate([mean, np.diag(covariance), np.diag(covariance, 1)])
    return worst_mean(statistics, truth)
