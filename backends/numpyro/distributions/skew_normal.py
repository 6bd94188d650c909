"""The skew normal."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log_ndtr import log_ndtr


class SkewNormal(dist.Distribution):
    """Azzalini's skew normal: skew 0 is the Gaussian."""

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "skew": constraints.real,
    }
    reparametrized_params = ["loc", "scale", "skew"]
    support = constraints.real

    def __init__(self, loc, scale, skew, *, validate_args=None):
        self.loc, self.scale, self.skew = loc, scale, skew
        batch_shape = lax.broadcast_shapes(jnp.shape(loc), jnp.shape(scale), jnp.shape(skew))
        super().__init__(batch_shape=batch_shape, validate_args=validate_args)

    @property
    def delta(self):
        return self.skew / jnp.sqrt(1.0 + self.skew**2)

    def sample(self, key, sample_shape=()):
        u, v = jax.random.normal(key, (2, *sample_shape, *self.batch_shape))
        z = self.delta * jnp.abs(u) + jnp.sqrt(1.0 - self.delta**2) * v
        return self.loc + self.scale * z

    @validate_sample
    def log_prob(self, value):
        z = (value - self.loc) / self.scale
        log_normal = dist.Normal(self.loc, self.scale).log_prob(value)
        return jnp.log(2.0) + log_normal + log_ndtr(self.skew * z)

    @property
    def mean(self):
        mean = self.loc + self.scale * self.delta * jnp.sqrt(2.0 / jnp.pi)
        return jnp.broadcast_to(mean, self.batch_shape)

    @property
    def variance(self):
        variance = self.scale**2 * (1.0 - 2.0 * self.delta**2 / jnp.pi)
        return jnp.broadcast_to(variance, self.batch_shape)
