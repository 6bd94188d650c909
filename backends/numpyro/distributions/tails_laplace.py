"""The tails of the Laplace, symmetric or not."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.Laplace)
def log_tails_laplace(base, x):
    return log_laplace_tails((x - base.loc) / base.scale, 0.5, 2.0)


@log_tails.register(dist.AsymmetricLaplaceQuantile)
def log_tails_asymmetric_laplace(base, x):
    return log_laplace_tails((x - base.loc) / base.scale, base.quantile, 1.0)


def log_laplace_tails(z, q, speed):
    """The tails of two exponentials that meet at 0, with mass q below it."""
    left = jnp.log(q) + speed * (1.0 - q) * jnp.minimum(z, 0.0)
    right = jnp.log1p(-q) - speed * q * jnp.maximum(z, 0.0)
    return jnp.where(z < 0, left, log1mexp(right)), jnp.where(z < 0, log1mexp(left), right)
