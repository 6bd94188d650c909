"""Joint supports: order statistics, sums to zero, and what is left unnormalised."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from distribution_cases.judging import agrees, follows
from numpyro.distributions import constraints
from scipy import stats

from gendsl.backends.numpyro.distributions.ordered import Ordered, PositiveOrdered
from gendsl.backends.numpyro.distributions.restricted import Restricted
from gendsl.backends.numpyro.distributions.sum_to_zero import SumToZero


def test_ordered_has_mass_one_and_ordered_draws() -> None:
    built = Ordered(dist.Normal(0.3, 1.5).expand([4, 2]).to_event(1))
    assert (built.batch_shape, built.event_shape) == ((4,), (2,))
    draws = np.asarray(built.sample(jax.random.key(0), (20_000,)))
    assert np.all(np.diff(draws, axis=-1) >= 0)

    class Greatest:
        def cdf(self, x: np.ndarray) -> np.ndarray:
            return stats.norm(0.3, 1.5).cdf(x) ** 2

    assert follows(draws[:, 0, 1], Greatest(), is_discrete=False)
    assert not follows(draws[:, 0, 1], stats.norm(0.3, 1.5), is_discrete=False)
    x = np.array([-0.4, 0.9])
    assert agrees(
        built.log_prob(jnp.asarray(x)),
        np.full(4, np.log(2) + stats.norm(0.3, 1.5).logpdf(x).sum()),
    )
    unordered = dist.Normal(0.3, 1.5).expand([4, 2]).to_event(1)
    assert not agrees(unordered.log_prob(x), np.asarray(built.log_prob(x)))


def test_positive_ordered_is_on_its_support() -> None:
    built = PositiveOrdered(dist.Exponential(1.0).expand([3]).to_event(1))
    draws = built.sample(jax.random.key(1), (100,))
    assert np.all(built.support(draws))
    assert np.isfinite(built.log_prob(draws)).all()


def test_sum_to_zero_is_the_conditional_gaussian() -> None:
    loc, scale = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.5, 2.0])
    built = SumToZero(dist.Normal(loc, scale).to_event(1))
    # orthonormal coordinates of the plane, where the density is an ordinary one
    basis = np.linalg.svd(np.ones((1, 3)))[2][1:]
    covariance = np.linalg.inv(basis @ np.diag(scale**-2.0) @ basis.T)
    mean = covariance @ basis @ (loc / scale**2)
    points = np.random.default_rng(0).normal(size=(5, 2))
    reference = stats.multivariate_normal(mean, covariance)
    assert agrees(built.log_prob(jnp.asarray(points @ basis)), reference.logpdf(points), 1e-10)
    draws = np.asarray(built.sample(jax.random.key(0), (20_000,)))
    assert np.abs(draws.sum(-1)).max() < 1e-9
    spread = np.sqrt(covariance[0, 0])
    assert follows(draws @ basis[0], stats.norm(mean[0], spread), is_discrete=False)
    assert not follows(1.1 * (draws @ basis[0]), stats.norm(mean[0], spread), is_discrete=False)


def test_sum_to_zero_of_equal_gaussians_is_numpyros() -> None:
    ours = SumToZero(dist.Normal(0.0, 1.7).expand([4]).to_event(1))
    x = jnp.array([0.3, -1.2, 0.5, 0.4])
    theirs = dist.ZeroSumNormal(1.7, (4,))
    assert float(ours.log_prob(x)) == pytest.approx(float(theirs.log_prob(x)), rel=1e-9)


def test_restricted_says_that_it_cannot_be_drawn() -> None:
    built = Restricted(dist.Normal(0.0, 1.0).expand([3]).to_event(1), constraints.simplex)
    assert not built.can_sample
    assert built.support is constraints.simplex
    x = np.array([0.2, 0.3, 0.5])
    assert agrees(built.log_prob(jnp.asarray(x)), stats.norm.logpdf(x).sum())
