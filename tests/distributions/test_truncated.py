"""Truncation and censoring: tails on the log scale, normalisation, gradients and draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from distribution_cases.all_cases import CASES
from distribution_cases.case import Case, load_tails
from distribution_cases.judging import agrees, follows
from scipy import integrate, special, stats

from gendsl.backends.numpyro.distributions.censored import Censored
from gendsl.backends.numpyro.distributions.log_gamma_tails import log_gamma_tails
from gendsl.backends.numpyro.distributions.log_tails import log_interval, log_tails
from gendsl.backends.numpyro.distributions.negative_binomial import NegativeBinomial
from gendsl.backends.numpyro.distributions.truncated import Truncated
from gendsl.distributions.table import FAMILIES

WITH_TAILS = [case for case in CASES if case.row.has_cdf]
each_case = pytest.mark.parametrize("case", WITH_TAILS, ids=lambda case: case.label)

for _row in FAMILIES.values():
    load_tails(_row)


@each_case
def test_tails_equal_scipys(case: Case) -> None:
    x = case.values().astype(float)
    cdf = case.marginal(case.arguments).cdf(x)
    keep = (cdf > 1e-6) & (cdf < 1 - 1e-6)
    log_cdf, log_survival = (np.asarray(t) for t in log_tails(case.build(), jnp.asarray(x)))
    assert agrees(log_cdf[keep], np.log(cdf[keep]), 1e-9)
    assert agrees(log_survival[keep], np.log1p(-cdf[keep]), 1e-9)


@pytest.mark.sweep(5)
@pytest.mark.parametrize(
    "case", [c for c in WITH_TAILS if not c.row.is_discrete], ids=lambda case: case.label
)
def test_tails_have_the_density_as_gradient(case: Case) -> None:
    base = case.build()
    x = jnp.asarray(case.values())
    both, slopes = jax.jit(lambda x: jax.jvp(lambda x: log_tails(base, x), (x,), (x * 0 + 1,)))(x)
    for tail, slope, sign in zip(both, slopes, (1.0, -1.0), strict=True):
        reference = sign * np.exp(np.asarray(base.log_prob(x)) - np.asarray(tail))
        assert agrees(slope, reference, 1e-6)


def small_integer_gamma(shape: int, x: float) -> tuple[float, float]:
    """log P and log Q for an integer shape, as sums of Poisson masses."""
    k = np.arange(shape + 4000)
    masses = k * np.log(x) - x - special.gammaln(k + 1.0)
    return (
        float(special.logsumexp(masses[shape:])),
        float(special.logsumexp(masses[:shape])),
    )


def sum_of_binomial(a: int, b: int, x: float) -> float:
    """log I_x(a, b) for integers: P(Binomial(a + b - 1, x) >= a)."""
    j = np.arange(a, a + b)
    n = a + b - 1
    choose = special.gammaln(n + 1.0) - special.gammaln(j + 1.0) - special.gammaln(n - j + 1.0)
    return float(special.logsumexp(choose + j * np.log(x) + (n - j) * np.log1p(-x)))


FAR: dict[str, tuple[Any, float, float, float]] = {
    # the base, low, high (inf for none), and the logarithm of the mass between
    "normal 40": (dist.Normal(0.0, 1.0), 40.0, np.inf, special.log_ndtr(-40.0)),
    "normal 20": (dist.Normal(0.0, 1.0), 20.0, np.inf, special.log_ndtr(-20.0)),
    "normal -13": (dist.Normal(1.0, 2.0), -np.inf, -25.0, special.log_ndtr(-13.0)),
    "normal 30 31": (
        dist.Normal(0.0, 1.0),
        30.0,
        31.0,
        special.log_ndtr(-30.0)
        + np.log1p(-np.exp(special.log_ndtr(-31.0) - special.log_ndtr(-30.0))),
    ),
    "normal middle": (
        dist.Normal(0.0, 1.0),
        -1.0,
        2.0,
        np.log(stats.norm.cdf(2) - stats.norm.cdf(-1)),
    ),
    "log normal": (dist.LogNormal(0.0, 1.0), np.exp(15.0), np.inf, special.log_ndtr(-15.0)),
    "half normal": (dist.HalfNormal(1.0), 25.0, np.inf, np.log(2) + special.log_ndtr(-25.0)),
    "t2 right": (
        dist.StudentT(2.0, 0.0, 1.0),
        1e6,
        np.inf,
        -np.log(np.sqrt(2 + 1e12) * (np.sqrt(2 + 1e12) + 1e6)),
    ),
    "t2 left": (
        dist.StudentT(2.0, 0.0, 1.0),
        -np.inf,
        -1e6,
        -np.log(np.sqrt(2 + 1e12) * (np.sqrt(2 + 1e12) + 1e6)),
    ),
    "cauchy": (dist.Cauchy(0.0, 1.0), 1e8, np.inf, np.log(np.arctan2(1.0, 1e8) / np.pi)),
    "cauchy left": (dist.Cauchy(0.0, 1.0), -np.inf, -1e8, np.log(np.arctan2(1.0, 1e8) / np.pi)),
    "exponential": (dist.Exponential(2.0), 700.0, np.inf, -1400.0),
    "exponential near 0": (dist.Exponential(2.0), 0.0, 1e-12, np.log(-np.expm1(-2e-12))),
    "weibull": (dist.Weibull(2.0, 3.0), 40.0, np.inf, -8000.0),
    "pareto": (dist.Pareto(1.0, 3.0), 1e90, np.inf, -270 * np.log(10.0)),
    "gumbel right": (dist.Gumbel(0.0, 1.0), 60.0, np.inf, -60.0),
    "gumbel left": (dist.Gumbel(0.0, 1.0), -np.inf, -7.0, -np.exp(7.0)),
    "logistic": (dist.Logistic(0.0, 1.0), 800.0, np.inf, -800.0),
    "laplace": (dist.Laplace(0.0, 1.0), 800.0, 801.0, -800.0 + np.log(0.5 * -np.expm1(-1.0))),
    "gamma right": (dist.Gamma(5.0, 1.0), 1500.0, np.inf, small_integer_gamma(5, 1500.0)[1]),
    "gamma left": (dist.Gamma(50.0, 1.0), 0.0, 1e-8, small_integer_gamma(50, 1e-8)[0]),
    "inverse gamma": (
        dist.InverseGamma(5.0, 1.0),
        0.0,
        1 / 1500,
        small_integer_gamma(5, 1500.0)[1],
    ),
    "beta left": (dist.Beta(60.0, 3.0), 0.0, 1e-7, sum_of_binomial(60, 3, 1e-7)),
    "beta right": (dist.Beta(3.0, 60.0), 1 - 2.0**-23, 1.0, sum_of_binomial(60, 3, 2.0**-23)),
    "uniform": (dist.Uniform(0.0, 2.0), 1.5, 1.5000001, np.log((1.5000001 - 1.5) / 2)),
}


@pytest.mark.parametrize("name", FAR)
def test_far_tails_keep_their_precision(name: str) -> None:
    base, low, high, reference = FAR[name]
    assert np.abs(log_interval(base, low, high) / reference - 1.0) < 1e-10
    built = Truncated(
        base, low=low if np.isfinite(low) else None, high=high if np.isfinite(high) else None
    )
    edge = low if np.isfinite(low) else high
    x = (
        (low + high) / 2
        if np.isfinite(low + high)
        else edge + 0.01 * abs(edge) * (1 if edge == low else -1)
    )
    value, slope = jax.jit(jax.value_and_grad(built.log_prob))(x)
    expected = float(base.log_prob(x)) - reference
    assert abs(float(value) - expected) < 1e-10 * max(1.0, abs(reference))
    assert np.isfinite(slope)


@pytest.mark.sweep(4)
@pytest.mark.statistical
@pytest.mark.parametrize(
    "name", ["normal 40", "normal 30 31", "t2 left", "cauchy", "gamma right", "beta right"]
)
def test_draws_of_a_far_tail_follow_it(name: str) -> None:
    base, low, high, _ = FAR[name]
    built = Truncated(base, low if np.isfinite(low) else None, high if np.isfinite(high) else None)

    def draw(key: Any) -> Any:
        draws = built.sample(key, (2000,))
        return draws, built.cdf(draws)

    draws, uniform = (np.asarray(a) for a in jax.jit(draw)(jax.random.key(1)))
    assert np.all((draws >= low) & (draws <= high))
    assert follows(uniform, stats.uniform(), is_discrete=False)
    assert not follows(0.9 * uniform, stats.uniform(), is_discrete=False)


@pytest.mark.sweep(4)
@each_case
def test_a_truncated_density_integrates_to_one(case: Case) -> None:
    frozen = case.marginal(case.arguments)
    low, high = (float(q) for q in np.quantile(case.values(), [0.3, 0.6]))
    base = case.build()
    if case.row.is_discrete:
        built = Truncated(base, low, high)
        values = np.arange(np.ceil(low), np.floor(high) + 1)
        total = np.exp(np.asarray(built.log_prob(jnp.asarray(values)))).sum()
        assert agrees(total, np.asarray(1.0), 1e-10)
    built = Truncated(base, low, high)
    reference = frozen.cdf(np.floor(high) if case.row.is_discrete else high) - frozen.cdf(
        np.ceil(low) - 1 if case.row.is_discrete else low
    )
    x = np.array([np.ceil(low) if case.row.is_discrete else (low + high) / 2])
    expected = case.log_density(x.astype(case.values().dtype), case.arguments) - np.log(reference)
    assert agrees(built.log_prob(jnp.asarray(x)), expected, 1e-8)
    outside = jnp.asarray([low - 1.0, high + 1.0])
    assert np.all(built.log_prob(outside) == -np.inf)
    if case.row.is_discrete:
        inside = np.asarray(jax.jit(lambda key: built.sample(key, (50,)))(jax.random.key(3)))
        assert np.all((inside >= low) & (inside <= high))


MASSES: dict[str, tuple[Callable[..., dist.Distribution], float]] = {
    "normal": (lambda a: dist.Normal(a, 1.3), 0.4),
    "student t": (lambda a: dist.StudentT(a, 0.3, 1.2), 3.7),
    "gamma": (lambda a: dist.Gamma(a, 0.9), 2.2),
    "beta": (lambda a: dist.Beta(a, 1.7), 2.2),
    "poisson": (lambda a: dist.Poisson(a), 2.2),
    "negative binomial": (lambda a: NegativeBinomial(3.0, a), 1.4),
    "binomial": (lambda a: dist.Binomial(9, a), 0.3),
}


@pytest.mark.sweep(2)
@pytest.mark.parametrize("name", MASSES)
def test_gradients_of_the_mass_equal_differences(name: str) -> None:
    make, at = MASSES[name]
    low, high = (0.2, 0.8) if name == "beta" else (1.0, 3.0)
    built = jax.jit(lambda a: log_interval(make(a), low, high))
    h = 1e-6
    reference = (built(at + h) - built(at - h)) / (2 * h)
    assert abs(jax.jit(jax.grad(built))(at) - reference) < 1e-7 * max(1.0, abs(reference))
    if name == "gamma":
        assert np.isfinite(jax.jit(jax.hessian(built))(at))


def test_gradients_flow_into_bounds() -> None:
    def log_prob(low: Any) -> Any:
        return Truncated(dist.Normal(0.0, 1.0), low=low).log_prob(32.0)

    slope = jax.jit(jax.grad(log_prob))(30.0)
    hazard = np.exp(stats.norm.logpdf(30.0) - special.log_ndtr(-30.0))
    assert slope == pytest.approx(hazard, rel=1e-10)


@pytest.mark.parametrize("rate", [1e-9, 300.0])
def test_a_zero_truncated_poisson(rate: float) -> None:
    built = Truncated(dist.Poisson(rate), low=1)
    k = np.arange(1, 8)
    reference = stats.poisson.logpmf(k, rate) - np.log(-np.expm1(-rate))
    assert agrees(built.log_prob(jnp.asarray(k)), reference, 1e-10)
    assert np.all(jax.jit(lambda key: built.sample(key, (200,)))(jax.random.key(0)) >= 1)
    assert built.log_prob(0) == -np.inf
    assert np.isfinite(jax.grad(lambda r: Truncated(dist.Poisson(r), low=1).log_prob(0))(rate))


def test_discrete_draws_follow_the_law() -> None:
    built = Truncated(NegativeBinomial(2.0, 0.7), low=1, high=30)
    draws = np.asarray(jax.jit(lambda key: built.sample(key, (20_000,)))(jax.random.key(5)))
    values = np.arange(1, 31)
    masses = np.exp(np.asarray(built.log_prob(jnp.asarray(values))))
    reference = stats.rv_discrete(values=(values, masses / masses.sum()))
    assert agrees(masses.sum(), np.asarray(1.0))
    assert follows(draws, reference, is_discrete=True)
    assert not follows(np.maximum(draws, 2), reference, is_discrete=True)


def test_batches_of_bounds() -> None:
    low = jnp.array([[0.0], [1.0]])
    built = Truncated(dist.Normal(jnp.zeros(3), 1.0), low=low)
    assert built.batch_shape == (2, 3)
    draws = jax.jit(lambda key: built.sample(key, (7,)))(jax.random.key(0))
    assert draws.shape == (7, 2, 3)
    assert np.all(draws >= low)
    lanes = jax.jit(jax.vmap(lambda low: Truncated(dist.Normal(0.0, 1.0), low).log_prob(1.5)))
    both = jax.jit(built.log_prob)(1.5)
    assert agrees(lanes(low[:, 0]), both[:, 0], 1e-12)
    assert both[1, 2] == pytest.approx(stats.norm.logpdf(1.5) - stats.norm.logsf(1.0))


def test_single_precision_in_the_tail() -> None:
    jax.config.update("jax_enable_x64", False)
    built = Truncated(dist.Normal(0.0, 1.0), low=40.0)
    assert float(built.log_prob(40.1)) == pytest.approx(
        stats.norm.logpdf(40.1) - special.log_ndtr(-40), abs=1e-3
    )
    draws = jax.jit(lambda key: built.sample(key, (500,)))(jax.random.key(0))
    assert draws.dtype == jnp.float32
    assert np.all(draws >= 40.0)
    assert float(draws.mean()) == pytest.approx(40 + 1 / 40, abs=0.01)


def test_negative_binomial_tails_become_those_of_the_poisson() -> None:
    below, above = log_tails(NegativeBinomial(3.0, 1e12), jnp.array([2.0, 10.0]))
    assert agrees(below, stats.poisson.logcdf([2, 10], 3.0), 1e-9)
    assert agrees(above, stats.poisson.logsf([2, 10], 3.0), 1e-9)


def test_incomplete_gamma_against_sums() -> None:
    for shape, x in ((1, 0.1), (3, 3.0), (3, 200.0), (40, 2.0), (40, 41.0), (300, 280.0)):
        ours = np.array(log_gamma_tails(float(shape), x))
        assert agrees(ours, np.array(small_integer_gamma(shape, x)), 1e-11)


def test_censored_counts_include_the_bound() -> None:
    built = Censored(dist.Poisson(3.0), upper=jnp.array([2.0, jnp.inf]))
    at = built.log_prob(jnp.array([2, 2]))
    assert agrees(at, np.array([stats.poisson.logsf(1, 3.0), stats.poisson.logpmf(2, 3.0)]), 1e-10)


def test_a_censored_law_has_mass_one() -> None:
    built = Censored(dist.Gamma(2.0, 1.0), lower=0.5, upper=3.0)
    inside, _ = integrate.quad(lambda x: float(np.exp(stats.gamma(2.0).logpdf(x))), 0.5, 3.0)
    edges = np.exp(np.asarray(built.log_prob(jnp.array([0.5, 3.0])))).sum()
    assert inside + edges == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("value", [-jnp.inf, -3.0, 50.0, jnp.inf])
def test_censored_gradients_are_finite(value: float) -> None:
    def log_prob(loc: Any, scale: Any) -> Any:
        return Censored(dist.Normal(loc, scale), lower=-3.0, upper=50.0).log_prob(value)

    assert np.all(np.isfinite(jax.grad(log_prob, (0, 1))(0.0, 1.0)))
