"""Independent Gaussians, given that they sum to zero."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints


class SumToZero(dist.Distribution):
    """Independent Gaussians on the last axis of `base`, given that their sum is 0.

    The density is with respect to area on the hyperplane. The normaliser is the density at 0 of
    the distance to it, sum(x) / sqrt(K) ~ Normal(sum(mean) / sqrt(K), sqrt(sum(variance) / K)).
    """

    pytree_data_fields = ("base",)
    support = constraints.zero_sum(1)

    def __init__(self, base, *, validate_args=None):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    def sample(self, key, sample_shape=()):
        draw = self.base.sample(key, sample_shape)
        share = self.base.variance / self.base.variance.sum(-1, keepdims=True)
        return draw - share * draw.sum(-1, keepdims=True)

    def log_prob(self, value):
        size = self.event_shape[-1]
        loc = self.base.mean.sum(-1) / jnp.sqrt(size)
        scale = jnp.sqrt(self.base.variance.sum(-1) / size)
        return self.base.log_prob(value) - dist.Normal(loc, scale).log_prob(0.0)
