"""Points of highest evidence: the evidence in closed form, and its slope by differences."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference.approximations import Laplace, NothingFoundError, Outcome, tuned_laplace
from gendsl.inference.approximations.tuned_laplace import _at
from gendsl.inference.target import Data, Site, Target

_RNG = np.random.default_rng(3)
ROWS, FEATURES = 12, 2
X = _RNG.normal(size=(ROWS, FEATURES))
Y = X @ np.array([1.0, -0.5]) + 0.3 * _RNG.normal(size=ROWS)
SIGMA = 0.4
LOG_TWO_PI = np.log(2.0 * np.pi)
SITES = (Site("scale", 0, 1), Site("weights", 1, 3))
NAMES = frozenset({"weights"})


def _log_prior(data: Data, position: jax.Array) -> jax.Array:
    """Weights of scale exp(s), and a standard normal prior of s."""
    weights, log_scale = position[1:], position[0]
    standard = weights * jnp.exp(-log_scale)
    log_density = -0.5 * jnp.sum(standard**2) - FEATURES * log_scale - 0.5 * log_scale**2
    return log_density - 0.5 * (FEATURES + 1) * LOG_TWO_PI


def _normal(data: Data, position: jax.Array) -> jax.Array:
    residual = (Y - X @ position[1:]) / SIGMA
    return jnp.sum(-0.5 * residual**2 - np.log(SIGMA) - 0.5 * LOG_TWO_PI)


def _logistic(data: Data, position: jax.Array) -> jax.Array:
    return jnp.sum(jax.nn.log_sigmoid(jnp.where(Y > 0, 1.0, -1.0) * (X @ position[1:])))


def _log_evidence(log_scale: float) -> float:
    spread = np.exp(2.0 * log_scale) * X @ X.T + SIGMA**2 * np.eye(ROWS)
    log_det = np.linalg.slogdet(spread)[1]
    marginal = -0.5 * (Y @ np.linalg.solve(spread, Y) + log_det + ROWS * LOG_TWO_PI)
    return float(marginal - 0.5 * log_scale**2 - 0.5 * LOG_TWO_PI)


def _slope_of_evidence(log_scale: float) -> float:
    step = 1e-5
    return (_log_evidence(log_scale + step) - _log_evidence(log_scale - step)) / (2.0 * step)


@pytest.mark.slow
def test_the_points_have_the_most_evidence() -> None:
    """Of a linear model Laplace's evidence is the evidence: its best scale is found."""
    target = Target(_log_prior, _normal, FEATURES + 1, SITES)
    found = tuned_laplace(Laplace(target, 1), NAMES, None, 1, num_check_draws=100)
    scale = float(found.details.mode[0])
    assert found.status is Outcome.OK
    assert found.details.log_evidence == pytest.approx(_log_evidence(scale), abs=1e-9)
    assert abs(_slope_of_evidence(scale)) < 1e-4
    # At the joint mode, where `laplace(weights)` has it, the scale is another.
    assert abs(_slope_of_evidence(float(Laplace(target, 1).highest(None, 1)[0]))) > 1e-2


@pytest.mark.slow
def test_the_slope_follows_the_mode() -> None:
    """Where the curvature depends on the mode, central differences agree; without they do not."""
    target = Target(_log_prior, _logistic, FEATURES + 1, SITES)
    laplace = Laplace(target, 1)

    def at(log_scale: float) -> tuple[float, float]:
        found = _at(laplace, NAMES, None, np.array([log_scale, 0.1, 0.1]))
        assert found is not None
        return found.value, float(found.slope[0])

    step = 1e-4
    differences = (at(0.2 + step)[0] - at(0.2 - step)[0]) / (2.0 * step)
    assert at(0.2)[1] == pytest.approx(differences, abs=1e-6)


@pytest.mark.slow
def test_without_a_normal_there_is_nothing() -> None:
    saddle = Target(lambda d, z: -jnp.sum(z[:1] ** 2), lambda d, z: z[1] ** 2 - z[1] ** 2, 3, SITES)
    with pytest.raises(NothingFoundError, match="curvature"):
        tuned_laplace(Laplace(saddle, 1), NAMES, None, 1)
