"""A variational Bayesian last layer against Bayesian linear regression in closed form."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference.approximations import LastLayer, NothingFoundError, Outcome
from gendsl.inference.approximations.apart import Apart
from gendsl.inference.minibatch import Part, Rows
from gendsl.inference.target import Data, Site, Target

_RNG = np.random.default_rng(3)
ROWS, FEATURES = 12, 3
X = _RNG.normal(size=(ROWS, FEATURES))
Y = X @ np.array([1.0, -0.5, 0.2]) + 0.3 * _RNG.normal(size=ROWS)
SIGMA = 0.4
PRECISION = X.T @ X / SIGMA**2 + np.eye(FEATURES)
COVARIANCE = np.linalg.inv(PRECISION)
MEAN = COVARIANCE @ X.T @ Y / SIGMA**2
LOG_TWO_PI = np.log(2.0 * np.pi)


def _log_evidence(log_scale: float) -> float:
    """Of the features times exp(log_scale), with a standard normal prior of that too."""
    spread = np.exp(2.0 * log_scale) * X @ X.T + SIGMA**2 * np.eye(ROWS)
    quadratic = Y @ np.linalg.solve(spread, Y)
    marginal = -0.5 * (quadratic + np.linalg.slogdet(spread)[1] + ROWS * LOG_TWO_PI)
    return float(marginal - 0.5 * log_scale**2 - 0.5 * LOG_TWO_PI)


def _features(position: jax.Array) -> jax.Array:
    return jnp.exp(position[0:1]) * X


def _log_prior(data: Data, position: jax.Array) -> jax.Array:
    weights, log_scale = position[1:4], position[0:1]
    squares = jnp.sum(weights**2) + jnp.sum(log_scale**2)
    return -0.5 * squares - 0.5 * (FEATURES + 1) * LOG_TWO_PI


def _terms(position: jax.Array) -> jax.Array:
    residual = (Y - _features(position) @ position[1:4]) / SIGMA
    return -0.5 * residual**2 - np.log(SIGMA) - 0.5 * LOG_TWO_PI


def _log_likelihood(data: Data, position: jax.Array) -> jax.Array:
    return jnp.sum(_terms(position))


def _log_likelihood_of_some(data: Data, position: jax.Array) -> jax.Array:
    members, _ = data
    return jnp.sum(_terms(position)[members]) * ROWS / len(members)


SITES = (Site("scale", 0, 1), Site("weights", 1, 4))
TARGET = Target(_log_prior, _log_likelihood, FEATURES + 1, SITES)
OF_SOME = Target(_log_prior, _log_likelihood_of_some, FEATURES + 1, SITES)
NAMES = frozenset({"weights"})


def _extended(method: LastLayer, mean: np.ndarray, root: np.ndarray, scale: float) -> jax.Array:
    return jnp.asarray(method._extended(np.array([scale, *mean]), mean, root))


@pytest.fixture(scope="module")
def method() -> LastLayer:
    return LastLayer(Rows(TARGET, Part(OF_SOME, ROWS, 1)), NAMES, 0, assemble=Apart)


def test_given_the_features_it_is_the_exact_posterior(method: LastLayer) -> None:
    """Mean and covariance to rounding, and the bound is the log evidence: nothing is random."""
    found = method.fit((None, ()), 1, np.zeros(FEATURES + 1), num_check_draws=100)
    mean, root = np.asarray(found.params.mean), np.asarray(found.params.root)
    assert np.abs(mean - MEAN).max() < 1e-10
    assert np.abs(root @ root.T - COVARIANCE).max() < 1e-10
    assert found.elbo == pytest.approx(_log_evidence(0.0), abs=1e-9)


@pytest.mark.parametrize("scale", [0.0, 0.3])
def test_elsewhere_the_bound_is_below_the_evidence_by_the_divergence(
    method: LastLayer, scale: float
) -> None:
    """``B = log Z - KL(q || posterior)``, at a normal that is not the best."""
    mean, root = MEAN + 0.1, np.array([[0.3, 0.0, 0.0], [0.1, 0.2, 0.0], [-0.1, 0.05, 0.4]])
    features = np.exp(scale) * X
    precision = features.T @ features / SIGMA**2 + np.eye(FEATURES)
    best = np.linalg.solve(precision, features.T @ Y / SIGMA**2)
    apart = mean - best
    divergence = 0.5 * (
        np.trace(precision @ root @ root.T)
        + apart @ precision @ apart
        - FEATURES
        - np.linalg.slogdet(precision)[1]
        - 2.0 * np.sum(np.log(np.diag(root)))
    )
    bound = method.bound.whole.log_density(None, _extended(method, mean, root, scale))
    assert divergence > 1.0
    assert float(bound) == pytest.approx(_log_evidence(scale) - divergence, abs=1e-9)


@pytest.mark.slow
def test_minibatches_estimate_the_bound_without_bias(method: LastLayer) -> None:
    """The mean over all batches of one row is the bound, and so of the gradients."""
    rows = method.bound
    assert rows.part is not None
    at = _extended(method, MEAN + 0.1, 0.3 * np.eye(FEATURES), 0.2)
    value_and_slope = jax.jit(jax.value_and_grad(rows.part.target.log_density, 1))
    found = [value_and_slope((jnp.array([row]), ()), at) for row in range(ROWS)]
    whole, slope = jax.value_and_grad(rows.whole.log_density, 1)(None, at)
    assert float(np.mean([value for value, _ in found])) == pytest.approx(float(whole), abs=1e-9)
    assert np.abs(np.mean([g for _, g in found], axis=0) - slope).max() < 1e-9
    assert np.std([float(value) for value, _ in found]) > 0.1


@pytest.mark.slow
def test_the_climb_is_to_the_most_of_the_evidence() -> None:
    method = LastLayer(Rows(TARGET), NAMES, 1000, 0.05)
    found = method.fit((None, ()), 1, np.array([1.0, 0.0, 0.0, 0.0]), num_check_draws=100)
    scales = np.linspace(-1.0, 1.0, 2001)
    best = scales[np.argmax([_log_evidence(scale) for scale in scales])]
    assert found.status is Outcome.OK
    assert found.details.mode[0] == pytest.approx(best, abs=2e-3)


@pytest.mark.slow
def test_a_climb_that_stops_early_says_so() -> None:
    method = LastLayer(Rows(TARGET), NAMES, 1, 1e-6)
    found = method.fit((None, ()), 1, np.array([3.0, 0.0, 0.0, 0.0]), num_check_draws=100)
    assert found.status & Outcome.NOT_CONVERGED


def test_what_has_no_maximum_is_refused() -> None:
    upside_down = Target(lambda d, z: jnp.sum(z**2), lambda d, z: 0.0 * z[0], 2, (Site("w", 0, 2),))
    with pytest.raises(NothingFoundError, match="no maximum"):
        LastLayer(Rows(upside_down), frozenset({"w"}), 1).fit((None, ()), 1, np.zeros(2))
