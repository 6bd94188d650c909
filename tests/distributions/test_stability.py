"""Our own classes where the textbook formula loses its digits."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from distribution_cases.judging import agrees
from scipy import special, stats

from gendsl.backends.numpyro.distributions.beta_binomial import BetaBinomial
from gendsl.backends.numpyro.distributions.ex_gaussian import ExGaussian
from gendsl.backends.numpyro.distributions.hurdle import Hurdle
from gendsl.backends.numpyro.distributions.log_rising import log_beta
from gendsl.backends.numpyro.distributions.mixture import Mixture
from gendsl.backends.numpyro.distributions.negative_binomial import NegativeBinomial
from gendsl.backends.numpyro.distributions.ordered_logistic import OrderedLogistic
from gendsl.backends.numpyro.distributions.skew_normal import SkewNormal
from gendsl.backends.numpyro.distributions.zero_inflated import ZeroInflated


def test_ordered_logistic_far_from_its_cutpoints() -> None:
    def log_probs(eta: Any) -> Any:
        return OrderedLogistic(eta, jnp.array([0.0, 1.0])).log_prob(jnp.arange(3))

    assert agrees(log_probs(90.0), np.array([-90.0, -90.0 + np.log(np.e - 1), 0.0]), 1e-12)
    assert agrees(jax.jacrev(log_probs)(90.0), np.array([-1.0, -1.0, 0.0]), 1e-12)


@pytest.mark.parametrize("is_double", [False, True])
def test_negative_binomial_becomes_poisson(is_double: bool) -> None:
    jax.config.update("jax_enable_x64", is_double)
    k = np.array([0, 1, 5, 30])
    ours = NegativeBinomial(4.0, 1e12).log_prob(jnp.asarray(k))
    assert agrees(ours, stats.poisson.logpmf(k, 4.0), 1e-9 if is_double else 1e-4)


def test_beta_binomial_becomes_binomial() -> None:
    k = np.arange(11)
    ours = BetaBinomial(10, 3e11, 7e11).log_prob(jnp.asarray(k))
    assert agrees(ours, stats.binom.logpmf(k, 10, 0.3), 1e-8)


def test_log_beta() -> None:
    a, b = np.array([12.0, 0.3, 1e6, 5.0]), np.array([1.0, 0.2, 3.0, 5.0])
    reference = special.betaln(a, b)
    reference[2] = np.log(2.0) - np.log(a[2] + np.arange(3)).sum()  # SciPy's is off by 1e-10
    assert agrees(log_beta(jnp.asarray(a), jnp.asarray(b)), reference, 1e-13)


def test_skew_and_ex_gaussian_tails() -> None:
    skew = SkewNormal(0.0, 1.0, 4.0).log_prob(-20.0)
    assert agrees(skew, np.log(2) + stats.norm.logpdf(20.0) + special.log_ndtr(-80.0), 1e-10)
    # with a quick exponential it is the Gaussian
    assert agrees(ExGaussian(0.0, 1.0, 1e8).log_prob(1.0), stats.norm.logpdf(1.0), 1e-7)
    assert agrees(ExGaussian(0.0, 1.0, 0.5).log_prob(300.0), np.log(0.5) + 0.125 - 150.0, 1e-12)


@pytest.mark.parametrize("make", [ZeroInflated, Hurdle])
@pytest.mark.parametrize("value", [0, 3, 900])
def test_count_combinators_have_finite_gradients(make: Any, value: int) -> None:
    def log_prob(gate: Any, rate: Any) -> Any:
        return make(gate, dist.Poisson(rate)).log_prob(value)

    for gate, rate in ((0.5, 1.0), (1e-12, 800.0), (0.5, 1e-9)):
        assert np.all(np.isfinite(jax.grad(log_prob, (0, 1))(gate, rate)))


@pytest.mark.parametrize("value", [-1.0, 0.5, 1.5])
def test_mixture_gradients_are_finite_where_a_component_has_no_mass(value: float) -> None:
    def log_prob(weight: Any, shape: Any, high: Any) -> Any:
        weights = jnp.array([1.0 - weight, weight, 0.0])
        parts = [dist.Normal(0.0, 1.0), dist.Gamma(shape, 1.0), dist.Uniform(0.0, high)]
        return Mixture(weights, parts).log_prob(value)

    assert np.all(np.isfinite(jax.grad(log_prob, (0, 1, 2))(0.3, 2.0, 1.0)))
    only_gaussian = np.log(0.7) + stats.norm.logpdf(-1.0)
    assert agrees(log_prob(0.3, 2.0, 1.0) if value < 0 else only_gaussian, only_gaussian)


def test_mixture_of_vectors() -> None:
    components = dist.MultivariateNormal(jnp.array([[0.0, 0.0], [3.0, 1.0]]), jnp.eye(2))
    built = Mixture(jnp.array([0.25, 0.75]), components)
    assert (built.batch_shape, built.event_shape) == ((), (2,))
    x = np.array([1.0, 0.5])
    parts = [stats.multivariate_normal(m).logpdf(x) for m in ([0.0, 0.0], [3.0, 1.0])]
    assert agrees(built.log_prob(x), special.logsumexp(parts, b=[0.25, 0.75]))
    assert built.sample(jax.random.key(0), (7,)).shape == (7, 2)
    assert agrees(built.mean, np.array([2.25, 0.75]))
