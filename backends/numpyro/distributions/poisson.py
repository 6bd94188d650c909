"""The Poisson, whose rate may be zero."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy import special
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log_or_impossible import log_or_impossible


class Poisson(dist.Poisson):
    """NumPyro's; at rate 0 it is certain of 0, where the slope of NumPyro's is NaN."""

    @validate_sample
    def log_prob(self, value):
        rate = jnp.asarray(self.rate, float)
        log_rates = jnp.where(value == 0, 0.0, value * log_or_impossible(rate))
        # XLA's gammaln(1) is -9e-16, too far from 0 for a hurdle before a small rate
        log_orders = jnp.where(value < 2, 0.0, special.gammaln(value + 1.0))
        return log_rates - log_orders - rate
