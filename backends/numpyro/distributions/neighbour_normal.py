"""The multivariate Gaussian in which each entry depends on a few of those before it."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints

from gendsl.backends.numpyro.distributions.followed import followed


class NeighbourNormal(dist.Distribution):
    """Each entry normal, with the mean loc + sum_j weights_j (y - loc)[near_j]: Vecchia (1988).

    The neighbours of an entry come before it in `order`; `scale` is the entry's own.
    """

    arg_constraints = {}
    support = constraints.real_vector
    pytree_data_fields = ("loc", "scale", "weights", "near", "order")

    def __init__(self, loc, scale, weights, near, order, *, validate_args=None):
        self.loc, self.scale = jnp.broadcast_arrays(loc, scale)
        self.weights, self.near, self.order = weights, near, order
        super().__init__((), scale.shape, validate_args=validate_args)

    def log_prob(self, value):
        residual = value - self.loc
        moved = jnp.sum(self.weights * residual[..., self.near], -1)
        return dist.Normal(moved, self.scale).log_prob(residual).sum(-1)

    def sample(self, key, sample_shape=()):
        white = jax.random.normal(key, (*sample_shape, *self.event_shape))
        return self.loc + followed(self.scale * white, self.weights, self.near, self.order)
