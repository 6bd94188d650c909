"""The exponentially modified Gaussian."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log_ndtr import log_ndtr, log_scaled_ndtr


class ExGaussian(dist.Distribution):
    """Normal(loc, scale) plus an independent Exponential(rate)."""

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "rate": constraints.positive,
    }
    reparametrized_params = ["loc", "scale", "rate"]
    support = constraints.real

    def __init__(self, loc, scale, rate, *, validate_args=None):
        self.loc, self.scale, self.rate = loc, scale, rate
        shape = lax.broadcast_shapes(jnp.shape(loc), jnp.shape(scale), jnp.shape(rate))
        super().__init__(batch_shape=shape, validate_args=validate_args)

    def sample(self, key, sample_shape=()):
        key_normal, key_exponential = jax.random.split(key)
        shape = sample_shape + self.batch_shape
        normal = self.loc + self.scale * jax.random.normal(key_normal, shape)
        return normal + jax.random.exponential(key_exponential, shape) / self.rate

    @validate_sample
    def log_prob(self, value):
        z = (value - self.loc) / self.scale
        v = self.rate * self.scale
        # log Phi(z - v) + v^2 / 2 - v z, whose terms cancel where z < v
        left = jnp.where(z < v, z - v, -1.0)
        right = jnp.where(z < v, 1.0, z - v)
        log_left = log_scaled_ndtr(left) - z**2 / 2
        log_right = log_ndtr(right) + v * (v / 2 - z)
        return jnp.log(self.rate) + jnp.where(z < v, log_left, log_right)

    @property
    def mean(self):
        return jnp.broadcast_to(self.loc + 1.0 / self.rate, self.batch_shape)

    @property
    def variance(self):
        return jnp.broadcast_to(self.scale**2 + 1.0 / self.rate**2, self.batch_shape)
