"""A distribution seen through a detector with limits."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax

from gendsl.backends.numpyro.distributions.log_tails import log_tails_anywhere


class Censored(dist.Distribution):
    """`base` clipped to [lower, upper]: a value at a bound carries the mass beyond it.

    The bounds may differ by row; an infinite bound is none.
    """

    pytree_data_fields = ("base", "lower", "upper")

    def __init__(self, base, lower=-jnp.inf, upper=jnp.inf, *, validate_args=None):
        self.base, self.lower, self.upper = base, lower, upper
        shape = lax.broadcast_shapes(base.batch_shape, jnp.shape(lower), jnp.shape(upper))
        super().__init__(batch_shape=shape, validate_args=validate_args)

    @property
    def support(self):
        return self.base.support

    def sample(self, key, sample_shape=()):
        draw = self.base.expand(self.batch_shape).sample(key, sample_shape)
        return jnp.clip(draw, self.lower, self.upper).astype(draw.dtype)

    def log_prob(self, value):
        is_low, is_high = value <= self.lower, value >= self.upper
        value = jnp.broadcast_to(value, lax.broadcast_shapes(jnp.shape(value), self.batch_shape))
        seen = jnp.where(is_low | is_high, self.base.support.feasible_like(value), value)
        at_most = jnp.where(is_low, self.lower, seen)
        # P(X >= upper), so from just below it where X is an integer
        above = jnp.ceil(self.upper) - 1 if self.base.is_discrete else self.upper
        log_below, _ = log_tails_anywhere(self.base, at_most)
        _, log_above = log_tails_anywhere(self.base, jnp.where(is_high, above, seen))
        log_seen = self.base.log_prob(seen)
        return jnp.where(is_low, log_below, jnp.where(is_high, log_above, log_seen))
