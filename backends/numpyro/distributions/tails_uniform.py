"""The tails of the uniform and the log-uniform."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.Uniform)
def log_tails_uniform(base, x):
    log_width = jnp.log(base.high - base.low)
    return jnp.log(x - base.low) - log_width, jnp.log(base.high - x) - log_width


@log_tails.register(dist.LogUniform)
def log_tails_log_uniform(base, x):
    log_width = jnp.log(jnp.log(base.high / base.low))
    below, above = jnp.log(x / base.low), jnp.log(base.high / x)
    return jnp.log(below) - log_width, jnp.log(above) - log_width
