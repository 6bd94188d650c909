"""The tails of the Gumbel."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.Gumbel)
def log_tails_gumbel(base, x):
    z = (x - base.loc) / base.scale
    is_far = z > 40.0  # exp(-z) is beyond rounding: log(1 - exp(-exp(-z))) = -z
    log_cdf = -jnp.exp(-z)
    near = jnp.where(is_far, -1.0, log_cdf)
    return log_cdf, jnp.where(is_far, -z, log1mexp(near))
