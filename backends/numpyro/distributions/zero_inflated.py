"""Extra zeros, on the log scale."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log1m_or_impossible import log1m_or_impossible
from gendsl.backends.numpyro.distributions.log_or_impossible import log_or_impossible


class ZeroInflated(dist.Distribution):
    """Zero with probability `gate`, else a draw from `base`."""

    arg_constraints = {"gate": constraints.unit_interval}
    pytree_data_fields = ("gate", "base")

    def __init__(self, gate, base, *, validate_args=None):
        self.gate, self.base = gate, base
        shape = lax.broadcast_shapes(jnp.shape(gate), base.batch_shape)
        super().__init__(batch_shape=shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return self.base.support

    def sample(self, key, sample_shape=()):
        key_gate, key_base = jax.random.split(key)
        shape = sample_shape + self.batch_shape
        draw = self.base.expand(self.batch_shape).sample(key_base, sample_shape)
        return jnp.where(jax.random.bernoulli(key_gate, self.gate, shape), 0, draw)

    @validate_sample
    def log_prob(self, value):
        log_counted = log1m_or_impossible(self.gate) + self.base.log_prob(value)
        log_gate = log_or_impossible(self.gate)
        at_zero = jnp.where(value == 0, log_counted, log_gate)
        return jnp.where(value == 0, jnp.logaddexp(log_gate, at_zero), log_counted)

    @property
    def mean(self):
        return (1.0 - self.gate) * self.base.mean

    @property
    def variance(self):
        base = self.base
        return (1.0 - self.gate) * (base.variance + self.gate * base.mean**2)
