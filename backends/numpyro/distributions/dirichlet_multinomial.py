"""The Dirichlet-multinomial, precise up to the multinomial limit."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log_rising import log_rising
from gendsl.backends.numpyro.distributions.multinomial import sample_multinomial


class DirichletMultinomial(dist.Distribution):
    """Multinomial(n, p) with p ~ Dirichlet(concentration)."""

    arg_constraints = {
        "n": constraints.nonnegative_integer,
        "concentration": constraints.independent(constraints.positive, 1),
    }

    def __init__(self, n, concentration, *, validate_args=None):
        self.n, self.concentration = n, concentration
        shape = jnp.shape(concentration)
        batch_shape = lax.broadcast_shapes(jnp.shape(n), shape[:-1])
        super().__init__(batch_shape, shape[-1:], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self):
        return constraints.multinomial(self.n)

    def sample(self, key, sample_shape=()):
        key_p, key_counts = jax.random.split(key)
        p = jax.random.dirichlet(key_p, self.concentration, sample_shape + self.batch_shape)
        return sample_multinomial(key_counts, self.n, p)

    @validate_sample
    def log_prob(self, value):
        log_each = log_rising(self.concentration, value) - log_rising(1.0, value)
        log_total = log_rising(self.concentration.sum(-1), self.n) - log_rising(1.0, self.n)
        return log_each.sum(-1) - log_total

    @property
    def mean(self):
        share = self.concentration / self.concentration.sum(-1, keepdims=True)
        return jnp.broadcast_to(self.n, self.batch_shape)[..., None] * share

    @property
    def variance(self):
        n = jnp.broadcast_to(self.n, self.batch_shape)[..., None]
        total = self.concentration.sum(-1, keepdims=True)
        share = self.concentration / total
        return n * share * (1.0 - share) * (n + total) / (1.0 + total)
