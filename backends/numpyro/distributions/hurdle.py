"""Zeros from one process, positive counts from another."""
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
from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_or_impossible import log_or_impossible


class Hurdle(dist.Distribution):
    """Zero with probability `gate`, else a draw from `base` given that it is not zero."""

    arg_constraints = {"gate": constraints.unit_interval}
    pytree_data_fields = ("gate", "base")

    def __init__(self, gate, base, *, validate_args=None):
        self.gate, self.base = gate, base
        shape = lax.broadcast_shapes(jnp.shape(gate), base.batch_shape)
        super().__init__(batch_shape=shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return self.base.support

    @property
    def log_positive(self):
        """log P(base > 0); at least that of the smallest number, where the slope is finite yet."""
        tiny = jnp.finfo(jnp.result_type(float)).tiny
        return log1mexp(jnp.minimum(self.base.log_prob(0), -tiny))

    def sample(self, key, sample_shape=()):
        key_gate, key_base, key_again = jax.random.split(key, 3)
        shape = sample_shape + self.batch_shape
        draw = self.base.expand(self.batch_shape).sample(key_base, sample_shape)
        goal = jax.random.uniform(key_again, shape)

        def is_short(state):
            k, mass, _ = state
            return jnp.any((draw == 0) & (mass < goal)) & (k < 1_000_000)

        def add_count(state):
            k, mass, found = state
            found = jnp.where(mass < goal, k, found)
            return k + 1, mass + jnp.exp(self.base.log_prob(k) - self.log_positive), found

        # a zero is drawn again from 1, 2, ..., by inversion
        start = (1, jnp.zeros(shape), jnp.ones(shape, draw.dtype))
        _, _, again = lax.while_loop(is_short, add_count, start)
        positive = jnp.where(draw == 0, again, draw)
        return jnp.where(jax.random.bernoulli(key_gate, self.gate, shape), 0, positive)

    @validate_sample
    def log_prob(self, value):
        positive = jnp.where(value == 0, 1, value)
        log_count = (
            log1m_or_impossible(self.gate) + self.base.log_prob(positive) - self.log_positive
        )
        return jnp.where(value == 0, log_or_impossible(self.gate), log_count)

    @property
    def mean(self):
        return (1.0 - self.gate) * self.base.mean * jnp.exp(-self.log_positive)

    @property
    def variance(self):
        base = self.base
        second = (1.0 - self.gate) * (base.variance + base.mean**2) * jnp.exp(-self.log_positive)
        return second - self.mean**2
