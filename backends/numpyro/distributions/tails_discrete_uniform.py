"""The tails of the discrete uniform."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.DiscreteUniform)
def log_tails_discrete_uniform(base, x):
    log_count = jnp.log(base.high - base.low + 1.0)
    return jnp.log(x - base.low + 1.0) - log_count, jnp.log(1.0 * base.high - x) - log_count
