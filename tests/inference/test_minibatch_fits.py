"""Fits by minibatches on a normal model: climbs, weight averaging, variational inference."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from gendsl.inference.approximations import MeanField, Swag, Variational, ascend
from gendsl.inference.minibatch import Part, Rows
from gendsl.inference.randomness import chain_words
from gendsl.inference.stochastic_scale import distances
from gendsl.inference.target import Target

FALSE_ALARM = 1e-4
ROWS, BATCH, SD = 60, 6, 3.0
VALUES = np.random.default_rng(5).normal(1.0, SD, ROWS)
PRECISION = 1.0 + ROWS / SD**2
MEAN = VALUES.sum() / SD**2 / PRECISION


def _prior(data: Any, z: jax.Array) -> jax.Array:
    return -0.5 * jnp.sum(z**2)


def _likelihood(data: Any, z: jax.Array) -> jax.Array:
    return -0.5 * jnp.sum((data - z) ** 2) / SD**2


def _of_members(data: Any, z: jax.Array) -> jax.Array:
    members, values = data
    return ROWS / BATCH * _likelihood(jnp.asarray(values)[members], z)


def _unscaled(data: Any, z: jax.Array) -> jax.Array:
    """A twin: the members stand for themselves alone."""
    return BATCH / ROWS * _of_members(data, z)


WHOLE = Target(_prior, _likelihood, 1)
DATA = (VALUES, VALUES)


def _rows(likelihood: Any = _of_members) -> Rows:
    return Rows(WHOLE, Part(Target(_prior, likelihood, 1), ROWS, BATCH))


def _variance_of_gradients() -> float:
    """Of an estimate with one row from each of six stretches of ten."""
    stretches = VALUES.reshape(BATCH, ROWS // BATCH)
    return float(np.sum((ROWS / BATCH / SD**2) ** 2 * stretches.var(axis=1)))


def test_climbs_end_at_optima() -> None:
    """Of the posterior and of the likelihood; far from one is said to be far."""
    starts = np.array([[-3.0], [4.0]])
    words = jnp.asarray(chain_words(1, 1)[0])
    rows = Rows(WHOLE)
    found = ascend(rows, DATA, starts, 1, num_steps=400, rate=0.1)
    np.testing.assert_allclose(found.positions, MEAN, atol=1e-3)
    likely = ascend(rows.of_likelihood, DATA, starts, 1, num_steps=400, rate=0.1)
    np.testing.assert_allclose(likely.positions, VALUES.mean(), atol=1e-3)
    apart = distances(rows, DATA, np.array([[MEAN], [MEAN + 2.0 * PRECISION**-0.5]]), words)
    np.testing.assert_allclose(apart, [0.0, 2.0], atol=1e-6)


@pytest.mark.slow
def test_weight_averaging_wanders_as_its_steps_say() -> None:
    """The variance of snapshots is that of the linear recursion; with steps twice as long it isn't.

    Snapshots are four relaxations apart, so nearly independent: the error of the variance of n is
    its own times the root of 2 (1 + r^2) / (1 - r^2) / n, r being their correlation.
    """
    found = Swag(_rows(), 20, 1500, 500).fit(DATA, 1, np.array([0.0]), num_check_draws=64)
    seen, step, count = found.details
    noise = _variance_of_gradients() / PRECISION

    def p_of(step: float) -> float:
        kept = 1.0 - 0.5 * step
        wanted = 0.25 * step**2 * noise / (1.0 - kept**2) / PRECISION
        square = kept ** (2 * count)
        error = wanted * np.sqrt(2.0 * (1.0 + square) / (1.0 - square) / len(seen))
        return float(2.0 * norm.sf(abs(seen.var() - wanted) / error))

    assert p_of(step) > FALSE_ALARM > p_of(2.0 * step)
    assert step == pytest.approx(4.0 / noise, rel=0.8)
    spread = np.exp(2.0 * np.asarray(found.params.log_scale)) + np.sum(
        np.asarray(found.params.loadings) ** 2, axis=1
    )
    last = seen[-20:] - seen.mean(axis=0)
    by_hand = 0.5 * seen.var(axis=0, ddof=1) + 0.5 * np.mean(last**2, axis=0)
    np.testing.assert_allclose(spread, by_hand, rtol=1e-10)


@pytest.mark.slow
def test_variational_inference_by_minibatches() -> None:
    """Within a tenth of a standard deviation, the twin's normal is twice as wide or more."""

    def fitted(rows: Rows) -> tuple[float, float]:
        method = Variational(WHOLE, MeanField(1), window=200, max_windows=6, part=rows.part)
        found = method.fit(VALUES, 1, num_check_draws=64, part_data=VALUES)
        return float(found.params.mean[0]), float(np.exp(found.params.log_scale[0]))

    mean, sd = fitted(_rows())
    assert abs(mean - MEAN) < 0.1 * PRECISION**-0.5
    assert sd == pytest.approx(PRECISION**-0.5, rel=0.1)
    assert fitted(_rows(_unscaled))[1] > 2.0 * PRECISION**-0.5
