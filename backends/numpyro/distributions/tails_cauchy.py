"""The tails of the Cauchy and the half Cauchy."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.Cauchy)
def log_tails_cauchy(base, x):
    z = (x - base.loc) / base.scale
    return jnp.log(jnp.arctan2(1.0, -z) / jnp.pi), jnp.log(jnp.arctan2(1.0, z) / jnp.pi)


@log_tails.register(dist.HalfCauchy)
def log_tails_half_cauchy(base, x):
    z = x / base.scale
    return jnp.log(jnp.arctan(z) * 2.0 / jnp.pi), jnp.log(jnp.arctan2(1.0, z) * 2.0 / jnp.pi)
