"""A density that is zero outside its support."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist


def log_prob_within(base, value):
    """log density of `base`, -inf outside its support, which NumPyro's classes do not check."""
    if base.event_dim > 0:
        return base.log_prob(value)
    value = jnp.broadcast_to(value, jnp.broadcast_shapes(jnp.shape(value), base.batch_shape))
    is_inside = base.support(value)
    inside = jnp.where(is_inside, value, base.support.feasible_like(value))
    return jnp.where(is_inside, base.log_prob(inside), -jnp.inf)


class WithinSupport(dist.Distribution):
    """`base`, with density zero outside its support: for data whose bounds are being inferred."""

    pytree_data_fields = ("base",)

    def __init__(self, base, *, validate_args=None):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    @property
    def support(self):
        return self.base.support

    def sample(self, key, sample_shape=()):
        return self.base.sample(key, sample_shape)

    def log_prob(self, value):
        return log_prob_within(self.base, value)

    @property
    def mean(self):
        return self.base.mean

    @property
    def variance(self):
        return self.base.variance
