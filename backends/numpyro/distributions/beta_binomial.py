"""The beta-binomial, precise up to the binomial limit."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log_rising import log_rising


class BetaBinomial(dist.Distribution):
    """Binomial(n, p) with p ~ Beta(a, b)."""

    arg_constraints = {
        "n": constraints.nonnegative_integer,
        "a": constraints.positive,
        "b": constraints.positive,
    }

    def __init__(self, n, a, b, *, validate_args=None):
        self.n, self.a, self.b = n, a, b
        shape = lax.broadcast_shapes(jnp.shape(n), jnp.shape(a), jnp.shape(b))
        super().__init__(batch_shape=shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(0, self.n)

    def sample(self, key, sample_shape=()):
        key_beta, key_binomial = jax.random.split(key)
        p = jax.random.beta(key_beta, self.a, self.b, sample_shape + self.batch_shape)
        return dist.Binomial(self.n, probs=p).sample(key_binomial)

    @validate_sample
    def log_prob(self, value):
        rest = self.n - value
        log_choose = log_rising(1.0, self.n) - log_rising(1.0, value) - log_rising(1.0, rest)
        log_mass = log_rising(self.a, value) + log_rising(self.b, rest)
        return log_choose + log_mass - log_rising(self.a + self.b, self.n)

    @property
    def mean(self):
        return jnp.broadcast_to(self.n * self.a / (self.a + self.b), self.batch_shape)

    @property
    def variance(self):
        total = self.a + self.b
        variance = self.n * self.a * self.b * (total + self.n) / (total**2 * (total + 1.0))
        return jnp.broadcast_to(variance, self.batch_shape)
