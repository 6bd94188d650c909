"""The absolute value of a zero-centred Student t."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample


class HalfStudentT(dist.Distribution):
    """|X| for X ~ StudentT(df, 0, scale)."""

    arg_constraints = {"df": constraints.positive, "scale": constraints.positive}
    reparametrized_params = ["df", "scale"]
    support = constraints.positive

    def __init__(self, df, scale, *, validate_args=None):
        self.df, self.scale = df, scale
        shape = lax.broadcast_shapes(jnp.shape(df), jnp.shape(scale))
        super().__init__(batch_shape=shape, validate_args=validate_args)

    def sample(self, key, sample_shape=()):
        return self.scale * jnp.abs(jax.random.t(key, self.df, sample_shape + self.batch_shape))

    @validate_sample
    def log_prob(self, value):
        return jnp.log(2.0) + dist.StudentT(self.df, 0.0, self.scale).log_prob(value)

    @property
    def mean(self):
        """Infinite for df <= 1."""
        df = jnp.where(self.df > 1.0, self.df, 2.0)
        log_ratio = special.gammaln((df + 1.0) / 2.0) - special.gammaln(df / 2.0)
        mean = 2.0 * self.scale * jnp.sqrt(df / jnp.pi) * jnp.exp(log_ratio) / (df - 1.0)
        return jnp.where(self.df > 1.0, mean, jnp.inf)

    @property
    def variance(self):
        """Infinite for df <= 2."""
        df = jnp.where(self.df > 2.0, self.df, 3.0)
        variance = self.scale**2 * df / (df - 2.0) - self.mean**2
        return jnp.where(self.df > 2.0, variance, jnp.inf)
