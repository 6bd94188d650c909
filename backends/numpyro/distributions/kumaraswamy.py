"""The Kumaraswamy, precise near 0 and 1."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_rising import log_beta


class Kumaraswamy(dist.Distribution):
    """On (0, 1), with CDF 1 - (1 - x^a)^b."""

    arg_constraints = {"a": constraints.positive, "b": constraints.positive}
    reparametrized_params = ["a", "b"]
    support = constraints.unit_interval

    def __init__(self, a, b, *, validate_args=None):
        self.a, self.b = a, b
        shape = lax.broadcast_shapes(jnp.shape(a), jnp.shape(b))
        super().__init__(batch_shape=shape, validate_args=validate_args)

    def sample(self, key, sample_shape=()):
        log_survival = -jax.random.exponential(key, sample_shape + self.batch_shape)
        return jnp.exp(log1mexp(log_survival / self.b) / self.a)

    @validate_sample
    def log_prob(self, value):
        log_x = jnp.log(value)
        rest = (self.a - 1.0) * log_x + (self.b - 1.0) * log1mexp(self.a * log_x)
        return jnp.log(self.a) + jnp.log(self.b) + rest

    @property
    def mean(self):
        return self.b * jnp.exp(log_beta(1.0 + 1.0 / self.a, self.b))

    @property
    def variance(self):
        return self.b * jnp.exp(log_beta(1.0 + 2.0 / self.a, self.b)) - self.mean**2
