"""Exchangeable draws in increasing order."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy import special
from numpyro.distributions import constraints


class Ordered(dist.Distribution):
    """The order statistics of the last event axis of `base`, whose entries are exchangeable.

    The density is K! times that of `base`, where the entries increase.
    """

    pytree_data_fields = ("base",)
    support = constraints.ordered_vector

    def __init__(self, base, *, validate_args=None):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    def sample(self, key, sample_shape=()):
        return jnp.sort(self.base.sample(key, sample_shape), axis=-1)

    def log_prob(self, value):
        return special.gammaln(self.event_shape[-1] + 1.0) + self.base.log_prob(value)


class PositiveOrdered(Ordered):
    """The same for a `base` on the positive half-line."""

    support = constraints.positive_ordered_vector
