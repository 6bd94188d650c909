"""Dual averaging, the metric and the windows, each alone."""

import jax
import numpy as np
import pytest

from gendsl.inference import dual_averaging, metric
from gendsl.inference.warmup import windows


def test_dual_averaging_finds_the_wanted_acceptance_rate() -> None:
    generator = np.random.default_rng(5)
    state = dual_averaging.start(np.float64(np.log(100.0)))
    update = jax.jit(dual_averaging.update)
    for _ in range(2000):
        rate = np.exp(-np.exp(state.log_step)) * generator.uniform(0.8, 1.0)
        state = update(state, rate, 0.6)
    step = float(np.exp(state.log_average))
    assert abs(0.9 * np.exp(-step) - 0.6) < 0.02


def _observed(draws: np.ndarray, gradients: np.ndarray) -> metric.Moments:
    moments = metric.empty(draws[0])
    for draw, gradient in zip(draws, gradients, strict=True):
        moments = metric.observe(moments, draw, gradient)
    return moments


def test_moments_pool_to_those_of_all_draws() -> None:
    generator = np.random.default_rng(6)
    draws, gradients = generator.normal(5.0, 2.0, (2, 3, 40, 4))
    each = [_observed(draws[chain], gradients[chain]) for chain in range(3)]
    stacked = metric.Moments(*(np.stack(field) for field in zip(*each, strict=True)))
    pooled = metric.pool(stacked)
    everything = draws.reshape(-1, 4)
    np.testing.assert_allclose(pooled.num_draws, 120)
    np.testing.assert_allclose(pooled.draw_mean, everything.mean(0))
    np.testing.assert_allclose(pooled.draw_spread / 120, everything.var(0))
    np.testing.assert_allclose(pooled.gradient_spread / 120, gradients.reshape(-1, 4).var(0))


def test_moments_are_a_monoid() -> None:
    generator = np.random.default_rng(7)
    one, two, three = (_observed(*generator.normal(size=(2, n, 3))) for n in (1, 5, 9))
    nothing = metric.empty(np.zeros(3))
    left = metric.combine(metric.combine(one, two), three)
    right = metric.combine(one, metric.combine(two, three))
    for a, b in zip(left, right, strict=True):
        np.testing.assert_allclose(a, b)
    for neutral in (metric.combine(nothing, two), metric.combine(two, nothing)):
        for a, b in zip(neutral, two, strict=True):
            np.testing.assert_allclose(a, b)


def test_scale_is_right_at_once_for_independent_normals() -> None:
    sd = np.array([1e-3, 1.0, 500.0])
    draws = sd * np.random.default_rng(8).standard_normal((30, 3))
    scale = metric.estimate_scale(_observed(draws, -draws / sd**2), sd)
    np.testing.assert_allclose(scale, sd)
    shrunk = metric.estimate_scale(_observed(draws, -draws / sd**2), np.ones(3))
    np.testing.assert_allclose(np.log(shrunk), np.log(sd) * 30 / 31)


def test_scale_keeps_coordinates_that_never_vary() -> None:
    draws = np.random.default_rng(9).standard_normal((30, 3))
    draws[:, 1] = 4.0
    gradients = -draws
    gradients[:, 2] = 0.0
    before = np.array([1.0, 2.0, 3.0])
    scale = metric.estimate_scale(_observed(draws, gradients), before)
    np.testing.assert_allclose(scale[1:], before[1:])
    guess = metric.scale_from_gradients(np.array([[4.0, 0.0, np.inf]]))
    np.testing.assert_allclose(guess, [0.5, 1.0, 1.0])


@pytest.mark.parametrize("num_warmup", [0, 1, 5, 19, 20, 21, 50, 149, 150, 200, 1000, 5000])
def test_windows_cover_the_warmup(num_warmup: int) -> None:
    plan = windows(num_warmup)
    stops = [window.stop for window in plan]
    assert stops == sorted(set(stops))
    assert (stops[-1] if stops else 0) == num_warmup
    assert any(window.is_learning for window in plan) == (num_warmup >= 20)
    if plan:
        assert not plan[-1].is_learning


def test_windows_of_a_thousand_are_those_of_stan() -> None:
    assert [window.stop for window in windows(1000)] == [75, 100, 150, 250, 450, 950, 1000]
    with pytest.raises(ValueError, match="num_warmup"):
        windows(-1)
