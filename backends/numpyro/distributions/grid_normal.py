"""The Gaussian matrix whose covariance is that of rows times that of columns, and noise."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints

from gendsl.backends.numpyro.distributions.grid_density import grid_log_density


class GridNormal(dist.Distribution):
    """vec(Y) ~ N(vec(loc), first x second + scale^2 I), x the Kronecker product: Saatci (2011)."""

    arg_constraints = {}
    support = constraints.independent(constraints.real, 2)
    pytree_data_fields = ("loc", "first", "second", "scale")

    def __init__(self, loc, first, second, scale, *, validate_args=None):
        self.first, self.second, self.scale = first, second, scale
        shape = (first.shape[-1], second.shape[-1])
        self.loc = jnp.broadcast_to(loc, shape)
        super().__init__((), shape, validate_args=validate_args)

    def log_prob(self, value):
        return grid_log_density(value - self.loc, self.first, self.second, self.scale**2)

    def sample(self, key, sample_shape=()):
        a, left = jnp.linalg.eigh(self.first)
        b, right = jnp.linalg.eigh(self.second)
        white = jax.random.normal(key, (*sample_shape, *self.event_shape))
        spread = jnp.sqrt(a[:, None] * b + self.scale**2)
        return self.loc + left @ (spread * white) @ right.T
