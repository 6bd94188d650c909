"""Gradients of the objectives have the mean that quadrature and autodiff give.

In one dimension every objective is an integral over q's noise, so its gradient is exact to rounding
by Gauss-Hermite quadrature. A call of the judge rejects a right gradient with probability 1e-5.
"""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from gendsl.inference import Target
from gendsl.inference.approximations import ChiSquared, Iwae, MeanField, ReverseKl
from gendsl.inference.approximations.gaussians import Independent
from gendsl.inference.approximations.objectives import slope
from gendsl.inference.randomness import Stream

pytestmark = pytest.mark.statistical

FALSE_ALARM = 1e-5
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
PARAMS = Independent(np.array([0.4]), np.array([-0.2]))


def _prior(data, position):
    return -0.5 * position[0] ** 2


def _likelihood(data, position):
    return 0.8 * jnp.tanh(position[0]) + 0.3 * jnp.cos(position[0])


TARGET = Target(_prior, _likelihood, 1)
GUIDE = MeanField(1)


def log_weights(params: Independent) -> jax.Array:
    """At the nodes, with the parameters everywhere where they are."""
    positions = params.mean + jnp.exp(params.log_scale) * NODES[:, None]
    log_p = jax.vmap(partial(TARGET.log_density, None))(positions)
    return log_p - jax.vmap(GUIDE.log_density, (None, 0))(params, positions)


def elbo(params):
    return jnp.sum(WEIGHTS * log_weights(params))


def bound_of_two(params):
    one = log_weights(params)
    return jnp.sum(jnp.outer(WEIGHTS, WEIGHTS) * jnp.logaddexp(one[:, None], one)) - jnp.log(2.0)


def cubo(params):
    return -0.5 * jnp.log(jnp.sum(WEIGHTS * jnp.exp(2.0 * log_weights(params))))


def forward(params):
    one = log_weights(params)
    weights = WEIGHTS * jnp.exp(one)
    fixed = jax.lax.stop_gradient(weights / jnp.sum(weights))  # draws of p do not move with q
    at = jax.lax.stop_gradient(params.mean + jnp.exp(params.log_scale) * NODES[:, None])
    return jnp.sum(fixed * jax.vmap(GUIDE.log_density, (None, 0))(params, at))


@partial(jax.jit, static_argnames=("guide", "objective", "count"))
def slopes(guide, objective, count: int):
    def one(number):
        draws = Stream(jnp.array([5, 6], jnp.uint32), number)
        return slope(TARGET, guide, objective, None, PARAMS, draws)

    return jax.vmap(one)(jnp.arange(count, dtype=jnp.uint32))


def p_value(objective, count: int, function, guide=GUIDE) -> float:
    exact = jax.grad(function)(PARAMS)
    found = slopes(guide, objective, count).gradient
    pairs = zip(jax.tree.leaves(found), jax.tree.leaves(exact), strict=True)
    return 2 * min(float(stats.ttest_1samp(rows, true).pvalue[0]) for rows, true in pairs)


# The forward divergences are biased by one part in their draws, a tenth of the standard error.
CASES = [
    (ReverseKl(4), 20_000, elbo),
    (Iwae(2, 3), 20_000, bound_of_two),  # unequal, so that the axes can not change places
    (ChiSquared(2, 4000), 50, cubo),
    (ChiSquared(1, 4000), 50, forward),
]


@pytest.mark.parametrize(("objective", "count", "function"), CASES)
def test_gradient_is_unbiased(objective, count: int, function) -> None:
    assert p_value(objective, count, function) > FALSE_ALARM


@pytest.mark.parametrize(
    ("objective", "function"), [(ReverseKl(4), elbo), (Iwae(2, 2), bound_of_two)]
)
def test_value_is_unbiased(objective, function) -> None:
    values = np.asarray(slopes(GUIDE, objective, 20_000).value)
    assert stats.ttest_1samp(values, float(function(PARAMS))).pvalue > FALSE_ALARM


@dataclass(frozen=True)
class WeightsNotSquared(Iwae):
    """Gives draws their weights, where the doubly reparameterised gradient has the squares."""

    def shares(self, log_weights):
        return jnp.sqrt(Iwae.shares(self, log_weights) / self.num_groups)


@dataclass(frozen=True)
class WeightsNotNormalised(ChiSquared):
    """Uses the weights as they are."""

    def shares(self, log_weights):
        return jnp.exp(self.order * log_weights) / self.num_draws


@dataclass(frozen=True)
class NoEntropy(MeanField):
    """Leaves the entropy out."""

    def log_density(self, params, position):
        return 0.0 * MeanField.log_density(self, params, position)


@pytest.mark.parametrize(
    ("objective", "count", "function", "guide"),
    [
        (WeightsNotSquared(2, 2), 20_000, bound_of_two, GUIDE),
        (WeightsNotNormalised(2, 4000), 50, cubo, GUIDE),
        (ReverseKl(4), 20_000, elbo, NoEntropy(1)),
        (ReverseKl(4), 20_000, bound_of_two, GUIDE),
    ],
)
def test_a_wrong_gradient_is_caught(objective, count: int, function, guide) -> None:
    assert p_value(objective, count, function, guide) < FALSE_ALARM


def test_gradients_have_no_noise_at_the_target() -> None:
    normal = Target(_prior, lambda data, position: 0.0 * position[0], 1)
    params = Independent(np.zeros(1), np.zeros(1))
    draws = Stream(np.array([5, 6], np.uint32), np.uint32(0))
    for objective in (ReverseKl(4), Iwae(2, 2), ChiSquared(2, 8), ChiSquared(1, 8)):
        found = jax.jit(partial(slope, normal, GUIDE, objective, None))(params, draws).gradient
        np.testing.assert_allclose(found, jax.tree.map(np.zeros_like, params), atol=1e-12)
