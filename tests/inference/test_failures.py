"""A target that can't be computed everywhere: such proposals are rejected and counted."""

import jax.numpy as jnp
import numpy as np

from gendsl.inference.nuts import Nuts
from gendsl.inference.run import run
from gendsl.inference.sampler import NutsSampler
from gendsl.inference.target import Target

EDGE = 0.5


def prior(_, position):
    return -0.5 * jnp.sum(position**2)


def failing(_, position):
    """Nothing to add below the edge; above it, the sign of a failure."""
    return jnp.where(position[0] > EDGE, jnp.finfo(position.dtype).min, 0.0)


def impossible(_, position):
    """The same with a density of 0, which is no failure."""
    return jnp.where(position[0] > EDGE, -jnp.inf, 0.0)


def chains_of(likelihood):
    sampler = NutsSampler(Nuts(Target(prior, likelihood, 2)), num_warmup=200)
    return run(sampler, None, seed=1, num_chains=2, num_draws=300)


def test_failures_are_rejected_counted_and_end_nothing():
    chains = chains_of(failing)
    assert chains.draws.shape == (2, 300, 2)
    assert (chains.draws[..., 0] <= EDGE).all()
    assert chains.has_failed.sum() > 0
    assert chains.warmup_failures > 0
    assert chains.num_evaluations > chains.num_gradients.sum()
    assert chains.is_divergent[chains.has_failed].all()
    assert not chains.is_non_finite[chains.has_failed].any()


def test_starts_are_looked_for_where_the_target_can_be_computed():
    """Of 40 chains some draw their first start above the edge."""
    sampler = NutsSampler(Nuts(Target(prior, failing, 2)), num_warmup=0)
    chains = run(sampler, None, seed=2, num_chains=40, num_draws=0)
    assert (np.asarray(chains.carry.chains.state.position)[:, 0] <= EDGE).all()


def test_a_density_of_zero_is_no_failure():
    chains = chains_of(impossible)
    assert not chains.has_failed.any()
    assert chains.is_non_finite.any()
