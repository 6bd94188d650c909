"""The metric of low rank: its products, what it is estimated as, and what it saves."""

import numpy as np
import pytest
from inference_cases import densities

from gendsl.inference import Nuts, NutsSampler, low_rank_metric, metric, run
from gendsl.inference.low_rank_metric import LowRank


def _spiked(size: int, variances: tuple[float, ...]) -> np.ndarray:
    """Return a covariance with large variances along directions of no axis, in unequal units."""
    generator = np.random.default_rng(19)
    directions = np.linalg.qr(generator.normal(size=(size, len(variances))))[0]
    inner = np.eye(size) + (directions * np.asarray(variances)) @ directions.T
    units = np.geomspace(0.1, 10.0, size)
    return inner * np.outer(units, units)


def _observed(covariance: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return draws, their gradients, and the diagonal estimate from both."""
    size = len(covariance)
    draws = np.random.default_rng(20).multivariate_normal(np.full(size, 3.0), covariance, count)
    gradients = -(draws - 3.0) @ np.linalg.inv(covariance)
    moments = metric.empty(draws[0])
    for draw, gradient in zip(draws, gradients, strict=True):
        moments = metric.observe(moments, draw, gradient, draw.sum())
    return draws, gradients, metric.estimate_scale(moments, np.ones(size))


def _spread_of(root: np.ndarray, covariance: np.ndarray) -> float:
    """Return the ratio of the largest to the smallest variance in whitened coordinates."""
    whitened = np.linalg.svd(np.linalg.solve(root, np.linalg.cholesky(covariance)))[1]
    return float((whitened[0] / whitened[-1]) ** 2)


def test_products_are_those_of_the_matrix() -> None:
    generator = np.random.default_rng(21)
    vectors = np.linalg.qr(generator.normal(size=(7, 3)))[0]
    root = LowRank(generator.uniform(0.5, 2.0, 7), vectors, np.array([3.0, -0.5, 0.0]))
    rows = generator.normal(size=(4, 7))
    np.testing.assert_allclose(root.spread(rows), rows @ root.dense().T)
    np.testing.assert_allclose(root.whiten(rows[0]), root.dense().T @ rows[0])
    np.testing.assert_allclose(root.unspread(root.spread(rows[1])), rows[1])


def test_the_estimate_finds_the_strong_directions() -> None:
    covariance = _spiked(40, (1000.0, 300.0, 30.0))
    draws, gradients, diagonal = _observed(covariance, 200)
    assert _spread_of(np.diag(diagonal), covariance) > 1000
    root = low_rank_metric.estimate(draws, gradients, diagonal, 8)
    assert root.vectors.shape == (40, 8)
    is_used = np.asarray(root.excess) != 0
    used = np.asarray(root.vectors)[:, is_used]
    np.testing.assert_allclose(used.T @ used, np.eye(np.sum(is_used)), atol=1e-9)
    assert _spread_of(root.dense(), covariance) < 5
    few = low_rank_metric.estimate(draws, gradients, diagonal, 2)
    assert 20 < _spread_of(few.dense(), covariance) < 100


def test_the_diagonal_is_estimated_beside_the_correction(monkeypatch: pytest.MonkeyPatch) -> None:
    covariance = _spiked(40, (1000.0, 300.0, 30.0))
    seen = _observed(covariance, 200)
    monkeypatch.setattr(low_rank_metric, "_ROUNDS", 0)
    assert _spread_of(low_rank_metric.estimate(*seen, 8).dense(), covariance) > 20


def test_independent_normals_need_no_correction() -> None:
    covariance = np.diag(np.geomspace(1e-3, 1e3, 30))
    draws, gradients, diagonal = _observed(covariance, 60)
    root = low_rank_metric.estimate(draws, gradients, diagonal, 8)
    assert not np.any(root.excess)
    np.testing.assert_allclose(root.diagonal, np.sqrt(np.diagonal(covariance)), rtol=0.1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_estimate_survives_what_breaks_factorisations(dtype: type) -> None:
    draws = np.random.default_rng(22).standard_normal((30, 5)).astype(dtype)
    diagonal = np.array([1.0, 2.0, 1.0, 0.5, 1.0], dtype)
    for count in (0, 1, 2, 30):
        for bad in (np.nan, np.inf, 1e30, 0.0):
            gradients = -draws.copy()
            gradients[3, 1] = bad
            gradients[:, 2] = dtype(bad)
            root = low_rank_metric.estimate(draws[:count], gradients[:count], diagonal, 3)
            assert all(np.all(np.isfinite(part)) for part in root)
            assert {part.dtype for part in root} == {np.dtype(dtype)}
            assert np.all(np.asarray(root.diagonal) > 0)
            assert np.all(np.asarray(root.excess) > -1)


def test_the_latest_draws_are_kept() -> None:
    empty = low_rank_metric.none_seen(np.zeros((100, 2)))
    assert empty.shape == (100, 4, 2)
    drawn = np.arange(1400.0).reshape(100, 7, 2)
    at_once = low_rank_metric.seen(empty, drawn)
    in_two = low_rank_metric.seen(low_rank_metric.seen(empty, drawn[:, :5]), drawn[:, 5:])
    np.testing.assert_array_equal(at_once, drawn[:, 3:])
    np.testing.assert_array_equal(in_two, at_once)
    few = low_rank_metric.seen(empty, drawn[:, :1])
    assert np.all(np.isnan(few[:, :3])) and np.array_equal(few[:, 3:], drawn[:, :1])


def test_it_takes_short_trajectories_in_many_dimensions() -> None:
    size = 30
    covariance = _spiked(size, (1000.0, 300.0, 30.0))
    precision = np.linalg.inv(covariance)
    kernel = Nuts(densities.correlated(size))
    sampler = NutsSampler(kernel, 160, metric="low_rank", rank=8)
    chains = run(sampler, precision, seed=1, num_chains=2, num_draws=50)
    assert isinstance(chains.scale, LowRank)
    assert _spread_of(chains.scale.dense(), covariance) < 8
    assert chains.num_gradients.mean() <= 8
