"""Flows fitted to densities and to draws."""

import jax
import numpy as np
import pytest
from inference_cases.flowing import (
    BANANA,
    BANANA_LOG_EVIDENCE,
    RIGHT_SHARE,
    TWO_MODES,
    banana_draws,
)

from gendsl.inference.approximations import FullRank, Outcome, Variational
from gendsl.inference.flows import (
    AnnealedImportance,
    CouplingFlow,
    MaximumLikelihood,
    likelihood,
    reverse_kl,
)

_FLOW = CouplingFlow(2, num_layers=4, width=16, num_bins=6)
_BANANA_MEAN = -BANANA_LOG_EVIDENCE - 1.0
"""Of the log density of draws of the banana."""


@pytest.mark.slow
@pytest.mark.statistical
def test_reverse_divergence_bends_the_flow_to_the_target() -> None:
    """A normal can't. The bound of 0.15 is thirty standard errors of the ELBO."""
    fitted = reverse_kl(BANANA, _FLOW, None, seed=1, num_steps=3000)
    assert BANANA_LOG_EVIDENCE - fitted.elbo + 4 * fitted.elbo_mcse > 0.0
    assert BANANA_LOG_EVIDENCE - fitted.elbo < 0.15
    assert fitted.pareto_k < 0.7 and not fitted.status & Outcome.HEAVY_TAILS
    assert not fitted.is_exact
    normal = Variational(BANANA, FullRank(2)).fit(None, seed=1)
    assert BANANA_LOG_EVIDENCE - normal.elbo > 0.5


@pytest.mark.slow
@pytest.mark.statistical
def test_maximum_likelihood_finds_the_density_of_draws() -> None:
    """The mean over 400 held-out draws has a standard error of 0.05; 4 of them are allowed."""
    draws = banana_draws(np.random.default_rng(2), 2000)
    learner = MaximumLikelihood(_FLOW, num_steps=1500)
    fitted = learner.fit(draws, seed=1)
    assert abs(fitted.held_out - _BANANA_MEAN) < 0.2
    normal = np.log(2 * np.pi) + 1.0 + 0.5 * np.linalg.slogdet(np.cov(draws.T))[1]
    assert fitted.held_out > 0.3 - normal
    assert 0 < fitted.num_steps <= 1500
    compiled = likelihood._climb._cache_size()
    again = MaximumLikelihood(CouplingFlow(2, num_layers=4, width=16, num_bins=6), num_steps=60)
    other = again.fit(banana_draws(np.random.default_rng(3), 2000), seed=5, theta=fitted.theta)
    assert likelihood._climb._cache_size() == compiled
    assert other.num_steps == 100  # fifty at a time


def test_shares_say_what_counts_and_what_is_held_out() -> None:
    generator = np.random.default_rng(4)
    draws = np.concatenate([generator.normal(5.0, 0.1, (100, 2)), generator.normal(size=(100, 2))])
    shares = np.repeat([0.0, 1.0], 100)
    theta = likelihood.first_theta(_FLOW, 0, draws, shares)
    np.testing.assert_allclose(theta.affine.mean, draws[100:].mean(axis=0), atol=1e-12)
    root = np.asarray(theta.affine.root)
    np.testing.assert_allclose(root @ root.T, np.cov(draws[100:].T, bias=True), rtol=1e-4)
    learner = MaximumLikelihood(_FLOW)
    for wrong, message in (
        ((draws[:, :1], None), "must have shape"),
        ((draws, shares[:5]), "must be 200 numbers"),
        ((draws, -shares), "must be 200 numbers"),
        ((np.where(draws > 6, draws, np.nan), None), "not finite"),
        ((draws[:3], None), "too few"),
    ):
        with pytest.raises(ValueError, match=message):
            learner.fit(wrong[0], seed=1, shares=wrong[1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        MaximumLikelihood(_FLOW, share_held_out=1.0)
    with pytest.raises(ValueError, match="positive"):
        MaximumLikelihood(_FLOW, num_steps=0)


@pytest.mark.slow
@pytest.mark.statistical
def test_annealed_importance_finds_both_modes_and_the_evidence() -> None:
    """Where the reverse divergence keeps one. The bounds are four standard errors wide."""
    method = AnnealedImportance(TWO_MODES, _FLOW, num_particles=512, num_rounds=2)
    fitted = method.fit(None, 3)
    right = np.mean(fitted.draw(1, 4000)[:, 0] > 0)
    assert abs(right - RIGHT_SHARE) < 0.1
    assert abs(fitted.log_evidence) < 0.2
    last, error = fitted.trace[-1]
    assert abs(last) < 4 * error + 0.05
    assert not fitted.is_exact
    jax.tree.map(lambda leaf: np.testing.assert_array_equal(np.isfinite(leaf), True), fitted.params)
    with pytest.raises(ValueError, match="multiple of 4"):
        AnnealedImportance(TWO_MODES, _FLOW, num_particles=6)
    with pytest.raises(ValueError, match="positive"):
        AnnealedImportance(TWO_MODES, _FLOW, num_rounds=0)
