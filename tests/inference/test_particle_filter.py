"""Particle methods on a Gaussian series, against Kalman's filter.

False alarms: `FALSE_ALARM` each, divided among a test's statistics.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases.judging import FALSE_ALARM, worst_mean
from inference_cases.series import LEVEL, LEVEL_GUIDE, LEVEL_ROWS, kalman, level_posterior
from scipy import stats

from gendsl.inference import Site
from gendsl.inference.chain_sampler import ChainSampler
from gendsl.inference.kernels import RandomWalk
from gendsl.inference.populations import (
    Guide,
    ParticleFilter,
    Pmmh,
    Smc2,
    filter_target,
    pgibbs,
    run_smc,
    run_smc2,
    smc,
)
from gendsl.inference.randomness import Stream, chain_words

pytestmark = pytest.mark.statistical

THETA = np.array([0.8])
REPEATS = 4000
SITES = (Site("theta", 0, 1),)


@partial(jax.jit, static_argnums=0)
def _ratios(particle_filter: ParticleFilter, words, truth, rows):
    """Return Z / p(rows | theta) of each repeat."""

    def one(words):
        draws = Stream(words, jnp.uint32(0))
        return jnp.exp(particle_filter.estimate(draws, jnp.asarray(THETA), rows) - truth)

    return jax.vmap(one)(words)


def _estimates(particle_filter: ParticleFilter) -> np.ndarray:
    words = chain_words(4, REPEATS)
    return np.asarray(_ratios(particle_filter, words, kalman(THETA)[0], LEVEL_ROWS))


def test_filters_estimate_the_likelihood_without_bias() -> None:
    """The bootstrap filter, and the guided one, which varies less."""
    plain = _estimates(ParticleFilter(LEVEL, 20))
    guided = _estimates(ParticleFilter(LEVEL, 20, LEVEL_GUIDE))
    assert _t_test(plain, 1.0) > FALSE_ALARM / 2
    assert _t_test(guided, 1.0) > FALSE_ALARM / 2
    assert np.var(guided) < 0.7 * np.var(plain)


def test_a_guide_without_its_weight_is_caught() -> None:
    """It says that it draws as the model does."""
    broken = Guide(
        LEVEL_GUIDE.draw_initial, LEVEL_GUIDE.draw_next, LEVEL.log_initial, LEVEL.log_next
    )
    assert _t_test(_estimates(ParticleFilter(LEVEL, 20, broken)), 1.0) < FALSE_ALARM


def _log_prior(rows, theta):
    return -0.5 * theta[0] ** 2 - 0.5 * jnp.log(2 * jnp.pi)


def _posterior_draws(kernel, size: int, seed: int) -> np.ndarray:
    """Return draws of theta [chain, draw], after warm-up."""
    generator = np.random.default_rng(seed)
    starts = generator.standard_normal((8, size))
    if size == 5:
        starts[:, 1:] = generator.integers(2**16, size=(8, 4))
    sampler = ChainSampler(kernel, 300)
    carry = sampler.init(LEVEL_ROWS, seed, starts)
    carry, _, _ = sampler.chunk(LEVEL_ROWS, carry, 300)
    return sampler.chunk(LEVEL_ROWS, carry, 3000)[1][..., 0]


def _judged(draws: np.ndarray, shift: float = 0.0) -> float:
    """Return the p-value of mean and square against the exact posterior, moved by `shift` sd."""
    mean, sd, _ = level_posterior()
    mean = mean + shift * sd
    truth = np.array([mean, mean**2 + sd**2])
    return worst_mean(np.stack([draws, draws**2], axis=-1), truth)


def test_pmmh_draws_the_posterior() -> None:
    """With eight particles; a posterior a fifth of its width away is told apart."""
    target = filter_target(ParticleFilter(LEVEL, 8), _log_prior, SITES)
    draws = _posterior_draws(Pmmh(target), target.size, 5)
    assert _judged(draws) > FALSE_ALARM
    assert _judged(draws, shift=0.2) < FALSE_ALARM


def test_particle_gibbs_draws_the_posterior() -> None:
    kernel = pgibbs(LEVEL, _log_prior, SITES, LEVEL_ROWS.shape, RandomWalk, 5)
    draws = _posterior_draws(kernel, kernel.target.size, 6)
    assert _judged(draws) > FALSE_ALARM
    assert _judged(draws, shift=0.2) < FALSE_ALARM


@pytest.mark.slow
def test_smc2_has_the_evidence_and_the_posterior() -> None:
    """Of 16 islands, each a draw of its own: means by Student's t; consistent, so not exact."""
    method = Smc2(ParticleFilter(LEVEL, 30), _log_prior, SITES, num_moves=3)
    thetas = np.random.default_rng(8).standard_normal((16 * 256, 1))
    result = run_smc2(method, LEVEL_ROWS, seed=9, prior_thetas=thetas, num_islands=16)
    mean, sd, log_evidence = level_posterior()
    assert not result.is_exact
    assert _t_test(np.exp(result.log_evidences[:, -1] - log_evidence), 1.0) > FALSE_ALARM / 2
    weights = np.exp(result.log_weights).reshape(16, -1)
    weights /= weights.sum(1, keepdims=True)
    means = (weights * result.thetas.reshape(16, -1)).sum(1)
    assert _t_test(means, mean) > FALSE_ALARM / 2
    assert _t_test(means, mean + 0.25 * sd) < FALSE_ALARM
    error = result.standard_error
    assert 0 < error < 0.1 and abs(result.log_evidence - log_evidence) < 5 * error
    # The evidence of every first stretch comes along.
    _, _, short = level_posterior(LEVEL_ROWS[:4])
    assert _t_test(np.exp(result.log_evidences[:, 3] - short), 1.0) > FALSE_ALARM
    assert np.isfinite(result.acceptance_rate).any()


@pytest.mark.slow
def test_smc_of_pmmh_states_is_one_line() -> None:
    """Through temperatures in place of times: particles carry their estimates."""
    target = filter_target(ParticleFilter(LEVEL, 30), _log_prior, SITES)
    generator = np.random.default_rng(10)
    starts = np.hstack(
        [generator.standard_normal((1024, 1)), generator.integers(2**16, size=(1024, 4))]
    )
    result = run_smc(smc(target, Pmmh, num_moves=3), LEVEL_ROWS, seed=11, prior_positions=starts)
    log_evidence = level_posterior()[2]
    assert _t_test(np.exp(result.log_evidences - log_evidence), 1.0) > FALSE_ALARM
    # Forgetting the prior's normalising constant would show.
    assert _t_test(np.exp(result.log_evidences - log_evidence + 0.92), 1.0) < FALSE_ALARM


def _t_test(values: np.ndarray, truth: float) -> float:
    return float(stats.ttest_1samp(values, truth).pvalue)


def test_smc2_says_what_it_can_not_use() -> None:
    method = Smc2(ParticleFilter(LEVEL, 30), _log_prior, SITES, num_moves=3)
    with pytest.raises(ValueError, match="shape"):
        run_smc2(method, LEVEL_ROWS, seed=1, prior_thetas=np.zeros((8, 2)))
    with pytest.raises(ValueError, match="evenly"):
        run_smc2(method, LEVEL_ROWS, seed=1, prior_thetas=np.zeros((9, 1)))
    with pytest.raises(ValueError, match="at least 1"):
        Smc2(ParticleFilter(LEVEL, 30), _log_prior, SITES, num_moves=0)
