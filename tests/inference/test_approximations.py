"""Laplace, Pathfinder, importance sampling and k-hat on targets with known answers."""

from dataclasses import replace
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases import densities
from scipy import stats

from gendsl.inference import Site, Target
from gendsl.inference.approximations import (
    FullRank,
    Laplace,
    MeanField,
    Outcome,
    Pathfinder,
    importance,
    importance_bound,
    largest_good_k,
    pareto,
    result,
    smooth,
)
from gendsl.inference.approximations.gaussians import Independent
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.sampling import sample

SIZE = 3
TARGET = densities.correlated(SIZE)
COVARIANCE = np.array([[1.0, 0.9, 0.2], [0.9, 1.5, -0.1], [0.2, -0.1, 4.0]])
PRECISION = np.linalg.inv(COVARIANCE)
LOG_EVIDENCE = 0.5 * (SIZE * np.log(2.0 * np.pi) + np.linalg.slogdet(COVARIANCE)[1])
FALSE_ALARM = 1e-5
FAR = stats.norm.isf(FALSE_ALARM / 2)


def mean_field(correlation: float, num_draws: int = 4000) -> tuple:
    """The best mean-field guide of a normal in two dimensions, judged; and its exact ELBO.

    Along the direction in which it is too narrow, weights have the tail ``1 - narrow / wide``.
    """
    precision = np.linalg.inv(np.array([[1.0, correlation], [correlation, 1.0]]))
    params = Independent(np.zeros(2), -0.5 * np.log(np.diag(precision)))
    approximation = result.judged(
        densities.correlated(2),
        MeanField(2),
        precision,
        params,
        1,
        num_draws=num_draws,
        status=Outcome.OK,
        num_evaluations=0,
        trace=np.zeros(0),
    )
    evidence = np.log(2.0 * np.pi) - 0.5 * np.linalg.slogdet(precision)[1]
    elbo = np.log(2.0 * np.pi) - 0.5 * np.sum(np.log(np.diag(precision)))
    return approximation, precision, elbo, evidence


def test_laplace_is_exact_for_a_normal() -> None:
    found = Laplace(TARGET).fit(PRECISION, 1)
    root = found.params.root
    np.testing.assert_allclose(root @ root.T, COVARIANCE, rtol=1e-9)
    np.testing.assert_allclose(found.params.mean, 0.0, atol=1e-9)
    assert abs(found.details.log_evidence - LOG_EVIDENCE) < 1e-9
    assert abs(found.elbo - LOG_EVIDENCE) < 1e-9
    assert found.pareto_k == -np.inf
    assert found.status == Outcome.OK
    assert not found.is_exact


def test_laplace_by_differences_of_gradients() -> None:
    position = np.array([[0.3, -0.7]])
    found = Laplace(densities.BANANA, has_differences=True).fit(None, 1, position)
    np.testing.assert_allclose(found.params.root, np.diag([1.0, 0.5]), atol=1e-6)


def test_a_mode_that_is_no_maximum_is_said_to_be_none() -> None:
    found = Laplace(densities.HALF_FLAT).fit(None, 1)
    assert found.status & Outcome.NOT_A_MAXIMUM
    assert np.isnan(found.details.log_evidence) and np.isnan(found.elbo)
    np.testing.assert_allclose(np.abs(found.details.bad_directions), [[0.0, 1.0]], atol=1e-12)


def test_a_climb_cut_short_is_not_converged() -> None:
    far = np.array([[300.0, 0.0]])
    found = Laplace(densities.BANANA, max_steps=1).fit(None, 1, far)
    assert found.status & Outcome.NOT_CONVERGED


@pytest.fixture(scope="module")
def paths():
    with jax.enable_x64(True):
        return Pathfinder(TARGET, num_paths=4).fit(PRECISION, 1)


@pytest.mark.statistical
def test_pathfinder_finds_a_normal(paths) -> None:
    assert paths.status == Outcome.OK
    assert paths.elbo <= LOG_EVIDENCE + FAR * paths.elbo_mcse
    assert paths.elbo > LOG_EVIDENCE - 0.1
    found = importance(TARGET, PRECISION, paths, seed=2)
    mean, error = found.expectation(found.position)
    assert np.all(np.abs(mean) < FAR * error)
    products = found.position[:, :, None] * found.position[:, None]
    mean, error = found.expectation(products)
    assert np.all(np.abs(mean - COVARIANCE) < FAR * error)


@pytest.mark.statistical
def test_draws_without_their_weights_are_not_the_targets() -> None:
    approximation, precision, _, _ = mean_field(0.6)
    found = importance(densities.correlated(2), precision, approximation, seed=2)
    product = found.position[:, 0] * found.position[:, 1]
    mean, error = found.expectation(product)
    assert abs(mean - 0.6) < FAR * error
    flat = found._replace(log_weights=np.full(4000, -np.log(4000.0)))
    mean, error = flat.expectation(product)
    assert abs(mean - 0.6) > FAR * error


def test_paths_are_those_of_their_starts_and_climb(paths) -> None:
    num_steps, best, ends, _ = paths.details
    np.testing.assert_allclose(ends, 0.0, atol=1e-5)
    for elbos, steps, chosen in zip(paths.trace, num_steps, best, strict=True):
        assert np.all(np.isfinite(elbos[:steps])) and np.all(elbos[steps:] == -np.inf)
        assert chosen == np.argmax(elbos)


def test_a_density_that_is_nowhere_has_no_approximation() -> None:
    with pytest.raises(ValueError, match="start"):
        Pathfinder(densities.NOWHERE).fit(None, 1)


def test_a_region_without_numbers_is_in_the_status() -> None:
    found = Pathfinder(densities.CLIFF, num_paths=2).fit(None, 1)
    assert found.status & Outcome.NON_FINITE
    # Where it is a number the density is a normal's.
    assert abs(found.log_evidence - np.log(np.sqrt(2 * np.pi) * stats.norm.cdf(1.0))) < 0.2


@pytest.mark.statistical
def test_the_bound_is_below_the_evidence_and_tightens() -> None:
    approximation, precision, elbo, evidence = mean_field(0.8)
    assert abs(approximation.elbo - elbo) < FAR * approximation.elbo_mcse
    guide, params = approximation.guide, approximation.params
    words = words_for(1, Purpose.CHECK)
    target = densities.correlated(2)
    _, log_q, log_p = sample(target, guide, precision, params, words, 20_000)
    bounds = [importance_bound(log_p - log_q, size) for size in (1, 4, 16)]
    for (low, low_error), (high, high_error) in pairwise(bounds):
        assert high - low > FAR * np.hypot(low_error, high_error)
    value, error = bounds[-1]
    assert value < evidence + FAR * error


@pytest.mark.parametrize("correlation", [0.95, 0.99])
def test_k_hat_is_large_where_the_guide_is_too_narrow(correlation: float) -> None:
    approximation, _, _, _ = mean_field(correlation)
    shape = 1.0 - (1.0 - correlation**2) / (1.0 + correlation)
    assert abs(approximation.pareto_k - shape) < 0.35
    assert approximation.status & Outcome.HEAVY_TAILS


def test_k_hat_is_small_where_the_guide_is_good() -> None:
    approximation, _, _, _ = mean_field(0.3)
    assert approximation.pareto_k < 0.5
    assert approximation.status == Outcome.OK


@pytest.mark.statistical
@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_k_hat_is_the_shape_of_the_tail(shape: float) -> None:
    # Over 200 seeds the estimate has a standard deviation of at most 0.11: five of them.
    weights = stats.genpareto(shape).rvs(4000, random_state=np.random.default_rng(7))
    found = smooth(np.log(weights), np.zeros(4000))
    assert abs(found.pareto_k - shape) < 0.55 * max(shape, 0.5)
    assert abs(np.exp(found.log_weights).sum() - 1.0) < 1e-12


def test_weights_of_which_none_is_large_have_no_tail() -> None:
    """The same tail, of shape 1.5: on top of weights of 1 it is a thousandth, or all there is."""
    tail = stats.genpareto(1.5).ppf((np.arange(2000) + 0.5) / 2000)
    near = smooth(np.log(1.0 + 0.2 * tail / tail.max()), np.zeros(2000))
    assert near.pareto_k == -np.inf
    np.testing.assert_allclose(near.log_evidence, np.log(np.mean(1.0 + 0.2 * tail / tail.max())))
    assert smooth(np.log(1.0 + tail), np.zeros(2000)).pareto_k > 1.0


def test_smoothing_keeps_what_is_no_tail() -> None:
    log_p = np.random.default_rng(8).standard_normal(1000)
    found = smooth(log_p, np.zeros(1000))
    kept = np.argsort(log_p)[:700]
    evidence = found.log_weights[kept] + np.log(1000.0) + found.log_evidence
    np.testing.assert_allclose(evidence, log_p[kept], atol=1e-12)
    assert abs(found.log_evidence - np.log(np.mean(np.exp(log_p)))) < 0.05


def test_equal_and_absent_weights() -> None:
    same = smooth(np.full(100, 3.0) + 1e-13 * np.arange(100), np.zeros(100))
    assert same.pareto_k == -np.inf and abs(same.log_evidence - 3.0) < 1e-9
    assert smooth(np.arange(24.0), np.zeros(24)).pareto_k == np.inf  # too few to tell
    none = smooth(np.array([-np.inf, np.nan]), np.zeros(2))
    assert none.pareto_k == np.inf and none.log_evidence == -np.inf
    some = smooth(np.array([0.0, -np.inf, np.nan, 0.0]), np.zeros(4))
    np.testing.assert_allclose(np.exp(some.log_weights), [0.5, 0.0, 0.0, 0.5])
    assert largest_good_k(100) == 0.5 and largest_good_k(10**6) == 0.7
    assert pareto.largest_good_k(1) == 0.0


@pytest.mark.statistical
def test_resampling_follows_the_weights() -> None:
    approximation, precision, _, _ = mean_field(0.6)
    target = densities.correlated(2)
    found = importance(target, precision, approximation, seed=3, num_draws=4)
    log_weights = np.log(np.array([0.8, 0.15, 0.05, 0.0]) + 1e-300)
    found = found._replace(log_weights=log_weights, position=np.arange(4.0)[:, None])
    drawn = found.resample(5000)[:, 0]
    counts = np.array([np.sum(drawn == i) for i in range(4)])
    assert counts[3] == 0
    assert stats.chisquare(counts[:3], 5000 * np.array([0.8, 0.15, 0.05])).pvalue > FALSE_ALARM
    firsts = np.array(
        [found._replace(seed=seed).resample(1, is_replaced=False)[0, 0] for seed in range(2000)]
    )
    counts = np.array([np.sum(firsts == i) for i in range(3)])
    assert stats.chisquare(counts, 2000 * np.array([0.8, 0.15, 0.05])).pvalue > FALSE_ALARM
    once = found.resample(4, is_replaced=False)[:, 0]
    assert sorted(once) == [0.0, 1.0, 2.0, 3.0]
    weightless = found._replace(log_weights=np.array([0.0, -np.inf, -np.inf, -np.inf]))
    with pytest.raises(ValueError, match="only 1"):
        weightless.resample(2, is_replaced=False)


def test_draws_do_not_depend_on_how_many_there_are() -> None:
    approximation, _, _, _ = mean_field(0.6)
    many = approximation.draw(4, 600)
    np.testing.assert_array_equal(many[:10], approximation.draw(4, 10))
    assert not np.any(np.isin(many[:256, 0], many[256:, 0]))
    assert not np.any(np.isin(many, approximation.draw(5, 600)))


def test_wrong_use_is_refused() -> None:
    discrete = replace(TARGET, size=2, sites=(Site("x", 0, 1), Site("z", 1, 2, 3)))
    with pytest.raises(ValueError, match="discrete sites: z"):
        Laplace(discrete).fit(None, 1)
    with pytest.raises(ValueError, match="shape"):
        Laplace(TARGET).fit(PRECISION, 1, np.zeros((1, 2)))
    approximation, _, _, _ = mean_field(0.6)
    with pytest.raises(ValueError, match="2 coordinates"):
        importance(TARGET, PRECISION, approximation, seed=1)
    with pytest.raises(ValueError, match="num_draws"):
        approximation.draw(1, 0)
    with pytest.raises(ValueError, match="seed"):
        approximation.draw(-1, 1)
    with pytest.raises(ValueError, match="at least 1"):
        Pathfinder(TARGET, num_paths=0)
    assert FullRank(3) == FullRank(3)


def test_draws_without_density_are_no_tail() -> None:
    """A hundred of 2,000 draws are possible: fewer than the tail that is smoothed."""
    log_p = np.full(2000, -np.inf)
    log_p[:100] = 0.1 * np.random.default_rng(0).normal(size=100)
    found = smooth(log_p, np.zeros(2000))
    assert found.pareto_k == np.inf
    weights = np.exp(found.log_weights)
    np.testing.assert_allclose(weights.sum(), 1.0)
    np.testing.assert_array_equal(weights[100:], 0.0)
    expected = np.logaddexp.reduce(log_p) - np.log(2000)
    np.testing.assert_allclose(found.log_evidence, expected)


def test_some_draws_without_density_leave_the_others_their_weights() -> None:
    generator = np.random.default_rng(0)
    log_p = 0.5 * generator.normal(size=2000)
    possible = smooth(log_p[:1500], np.zeros(1500))
    log_p[1500:] = -np.inf
    found = smooth(log_p, np.zeros(2000))
    assert np.isfinite(found.pareto_k)
    np.testing.assert_array_equal(np.exp(found.log_weights[1500:]), 0.0)
    np.testing.assert_allclose(np.exp(found.log_weights).sum(), 1.0)
    assert abs(found.log_evidence - possible.log_evidence - np.log(0.75)) < 0.01


def _two_modes(data: tuple[float, float, float], position: jax.Array) -> jax.Array:
    """Normals at -data[0] and data[0], the second `data[2]` times as likely; sd `data[1]`."""
    apart, sd, share = data
    below, above = (-0.5 * jnp.sum(((position - at) / sd) ** 2) for at in (-apart, apart))
    return jnp.logaddexp(below, above + jnp.log(share))


def _nothing(data: object, position: jax.Array) -> jax.Array:
    return jnp.zeros((), position.dtype)


def test_laplace_tells_modes_apart() -> None:
    target = Target(_two_modes, _nothing, 2)
    starts = np.array([[-1.0, -1.0], [0.7, 1.2], [-1.0, -0.5], [1.0, 1.0]])
    found = Laplace(target).fit((1.0, 0.1, 2.0), 1, starts)
    assert found.status & Outcome.SEVERAL_MODES
    np.testing.assert_allclose(found.details.peaks, [[1.0, 1.0], [-1.0, -1.0]], atol=1e-6)
    np.testing.assert_allclose(found.details.peak_log_densities, [np.log(2.0), 0.0], atol=1e-6)
    close = Laplace(target).fit((1.0, 0.9, 2.0), 1, starts)
    assert not close.status & Outcome.SEVERAL_MODES and len(close.details.peaks) == 1
    # A climb that is cut short ends at no mode.
    away = np.array([[-0.7, -1.2], [0.7, 1.2]])
    assert len(Laplace(target).fit((1.0, 0.1, 2.0), 1, away).details.peaks) == 2
    cut = Laplace(target, max_steps=1).fit((1.0, 0.1, 2.0), 1, away)
    assert not cut.status & Outcome.SEVERAL_MODES


def test_an_approximation_prints_in_a_line() -> None:
    found = Laplace(TARGET).fit(PRECISION, 1)
    assert repr(found) == (
        f"Approximation(FullRank of 3 coordinates, elbo {found.elbo:.3f}, weights all equal,"
        " status <Outcome.OK: 0>)"
    )
    approximation, _, _, _ = mean_field(0.6)
    assert "MeanField of 2 coordinates" in repr(approximation) and "k-hat 0." in repr(approximation)
    assert len(repr(approximation)) < 150
