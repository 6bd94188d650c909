"""The tails of the Gaussian and its relatives."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy import special

from gendsl.backends.numpyro.distributions.log_ndtr import log_ndtr
from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.Normal)
def log_tails_normal(base, x):
    z = (x - base.loc) / base.scale
    return log_ndtr(z), log_ndtr(-z)


@log_tails.register(dist.LogNormal)
def log_tails_log_normal(base, x):
    z = (jnp.log(x) - base.loc) / base.scale
    return log_ndtr(z), log_ndtr(-z)


@log_tails.register(dist.HalfNormal)
def log_tails_half_normal(base, x):
    z = x / base.scale
    return jnp.log(special.erf(z / jnp.sqrt(2.0))), jnp.log(2.0) + log_ndtr(-z)
