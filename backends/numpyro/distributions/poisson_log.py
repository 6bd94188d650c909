"""The Poisson by the logarithm of its rate."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy import special
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample


class PoissonLog(dist.Poisson):
    """Poisson(exp(log_rate)), exact where exp(log_rate) underflows, or is 0."""

    arg_constraints = {"log_rate": constraints.real}
    pytree_data_fields = ("log_rate", "rate")

    def __init__(self, log_rate, *, validate_args=None):
        self.log_rate = log_rate
        super().__init__(jnp.exp(log_rate), validate_args=validate_args)

    @validate_sample
    def log_prob(self, value):
        log_rates = jnp.where(value == 0, 0.0, value * self.log_rate)
        # XLA's gammaln(1) is -9e-16, too far from 0 for a hurdle before a small rate
        log_orders = jnp.where(value < 2, 0.0, special.gammaln(value + 1.0))
        return log_rates - jnp.exp(self.log_rate) - log_orders
