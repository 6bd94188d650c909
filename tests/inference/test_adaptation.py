"""Step sizes, the metric and the windows, each alone."""

import jax
import numpy as np
import pytest

from gendsl.inference import dense_metric, metric, robbins_monro
from gendsl.inference.warmup import windows


def test_stochastic_approximation_finds_the_wanted_acceptance_rate() -> None:
    generator = np.random.default_rng(5)
    state = robbins_monro.start(np.float64(np.log(100.0)))
    update = jax.jit(robbins_monro.update)
    for count in (300, 1500):
        for _ in range(count):
            rate = 1.0 * (generator.uniform() < np.exp(-np.exp(state.log_step)))
            state = update(state, rate, 0.6)
        state = robbins_monro.restart(state.log_average)
    # The average of 1500 decisions has a standard error of 0.5 / sqrt(1500) = 0.013.
    assert abs(np.exp(-np.exp(state.log_average)) - 0.6) < 0.05


def _observed(
    draws: np.ndarray, gradients: np.ndarray, *, is_dense: bool = False
) -> metric.Moments:
    moments = metric.empty(draws[0], is_dense=is_dense)
    for draw, gradient in zip(draws, gradients, strict=True):
        moments = metric.observe(moments, draw, gradient, draw.sum())
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
    np.testing.assert_allclose(pooled.log_density_mean, everything.sum(1).mean())
    some = metric.pool(stacked, {1})
    np.testing.assert_allclose(some.draw_mean, draws[[0, 2]].reshape(-1, 4).mean(0))


def test_dense_moments_pool_to_those_of_all_draws() -> None:
    draws, gradients = np.random.default_rng(6).normal(5.0, 2.0, (2, 3, 40, 4))
    each = [_observed(draws[chain], gradients[chain], is_dense=True) for chain in range(3)]
    pooled = metric.pool(metric.Moments(*(np.stack(field) for field in zip(*each, strict=True))))
    for spread, rows in ((pooled.draw_spread, draws), (pooled.gradient_spread, gradients)):
        np.testing.assert_allclose(spread / 119, np.cov(rows.reshape(-1, 4).T))
    diagonal = metric.diagonal(pooled)
    np.testing.assert_allclose(diagonal.draw_spread / 120, draws.reshape(-1, 4).var(0))


@pytest.mark.parametrize("is_dense", [False, True])
def test_moments_are_a_monoid(*, is_dense: bool) -> None:
    generator = np.random.default_rng(7)
    one, two, three = (
        _observed(*generator.normal(size=(2, n, 3)), is_dense=is_dense) for n in (1, 5, 9)
    )
    nothing = metric.empty(np.zeros(3), is_dense=is_dense)
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


def _covariance(size: int) -> np.ndarray:
    gap = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    sd = np.geomspace(0.01, 100.0, size)
    return 0.9**gap * np.outer(sd, sd)


def _root(draws: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    before = np.eye(draws.shape[1])
    return dense_metric.estimate_root(_observed(draws, gradients, is_dense=True), before)


def test_dense_estimate_is_right_for_a_correlated_normal() -> None:
    size = 6
    covariance = _covariance(size)
    generator = np.random.default_rng(10)
    # Far from typical: a spread half of what it should be, and elsewhere.
    draws = 3.0 + 0.5 * generator.multivariate_normal(np.zeros(size), covariance, 3000)
    root = _root(draws, -draws @ np.linalg.inv(covariance))
    np.testing.assert_array_equal(root, np.tril(root))
    whitened = np.linalg.solve(root, np.linalg.cholesky(covariance))
    np.testing.assert_allclose(np.linalg.svd(whitened)[1], 1.0, atol=0.05)


def test_dense_estimate_solves_its_equation() -> None:
    generator = np.random.default_rng(16)
    draws, gradients = generator.standard_normal((2, 4000, 3)) @ generator.normal(size=(2, 3, 3))
    root = _root(draws, gradients)
    inverse = root @ root.T
    left = inverse @ np.cov(gradients.T) @ inverse
    np.testing.assert_allclose(left, np.cov(draws.T), rtol=0.1, atol=0.02)


def test_dense_estimate_from_few_draws_stays_near_the_diagonal_one() -> None:
    size = 20
    covariance = _covariance(size)
    draws = np.random.default_rng(17).multivariate_normal(np.zeros(size), covariance, 12)
    gradients = -draws @ np.linalg.inv(covariance)
    for count in (1, 2, 4, 12):
        root = _root(draws[:count], gradients[:count])
        assert np.all(np.isfinite(root))
        assert np.all(np.diagonal(root) > 0)
        few = _observed(draws[:count], gradients[:count])
        diagonal = metric.estimate_scale(few, np.ones(size))
        relative = np.linalg.svd(root / diagonal[:, None])[1]
        directions = np.sum(np.abs(relative - 1.0) > 1e-6)
        assert directions <= 2 * (count - 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dense_estimate_survives_what_breaks_factorisations(dtype: type) -> None:
    generator = np.random.default_rng(18)
    draws = generator.standard_normal((30, 4)).astype(dtype)
    twice = draws[:, [0, 1, 2, 2]]
    for bad in (np.nan, np.inf, 1e30, 0.0):
        gradients = -draws.copy()
        gradients[3, 1] = bad
        gradients[:, 2] = dtype(bad)
        for rows in (draws, twice):
            with np.errstate(all="ignore"):
                moments = _observed(rows, gradients, is_dense=True)
            root = dense_metric.estimate_root(moments, np.eye(4, dtype=dtype))
            assert root.dtype == dtype
            assert np.all(np.isfinite(root))
            assert np.all(np.diagonal(root) > 0)


@pytest.mark.parametrize("num_warmup", [0, 1, 5, 19, 20, 21, 50, 149, 150, 200, 1000, 5000])
def test_windows_cover_the_warmup(num_warmup: int) -> None:
    plan = windows(num_warmup)
    stops = [window.stop for window in plan]
    assert stops == sorted(set(stops))
    assert (stops[-1] if stops else 0) == num_warmup
    assert any(window.is_learning for window in plan) == (num_warmup >= 20)
    if plan:
        assert not plan[-1].is_learning


@pytest.mark.parametrize("num_warmup", [20, 100, 200, 333, 334, 1000])
def test_windows_leave_a_share_for_the_step_size(num_warmup: int) -> None:
    plan = windows(num_warmup, 0.15)
    last = plan[-1].stop - plan[-2].stop
    assert last == max(50, int(0.15 * num_warmup)) if num_warmup > 150 else int(0.15 * num_warmup)
    assert [window.is_learning for window in plan] == [True] * (len(plan) - 1) + [False]


def test_windows_of_a_thousand_are_those_of_stan_after_the_early_ones() -> None:
    stops = [window.stop for window in windows(1000)]
    assert stops == [10, 20, 40, 75, 100, 150, 250, 450, 950, 1000]
    with pytest.raises(ValueError, match="num_warmup"):
        windows(-1)
