"""Finite mixtures, of one family or of several."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special

from gendsl.backends.numpyro.distributions.within_support import log_prob_within


class Mixture(dist.Distribution):
    """Draws from component k with probability `weights[..., k]`.

    `component` is one distribution whose last batch axis is k, or a list of distributions, of which
    the first has the widest support.
    """

    pytree_data_fields = ("weights", "component")

    def __init__(self, weights, component, *, validate_args=None):
        self.weights, self.component = weights, component
        parts = component if isinstance(component, list | tuple) else [component]
        shapes = (
            [p.batch_shape for p in parts] if parts is component else [component.batch_shape[:-1]]
        )
        batch_shape = lax.broadcast_shapes(jnp.shape(weights)[:-1], *shapes)
        super().__init__(batch_shape, parts[0].event_shape, validate_args=validate_args)

    @property
    def is_list(self):
        return isinstance(self.component, list | tuple)

    @property
    def support(self):
        return self.component[0].support if self.is_list else self.component.support

    def component_log_probs(self, value):
        """The log density of each component, on the last axis."""
        if self.is_list:
            shape = jnp.broadcast_shapes(jnp.shape(value), self.batch_shape + self.event_shape)
            value = jnp.broadcast_to(value, shape)
            return jnp.stack([log_prob_within(c, value) for c in self.component], axis=-1)
        return log_prob_within(self.component, jnp.expand_dims(value, -1 - self.event_dim))

    def log_prob(self, value):
        return special.logsumexp(self.component_log_probs(value), axis=-1, b=self.weights)

    def component_stack(self, evaluate):
        """evaluate(component), each component on the axis before the event."""
        axis = -1 - self.event_dim
        if self.is_list:
            shape = self.batch_shape
            return jnp.stack([evaluate(c.expand(shape)) for c in self.component], axis=axis)
        return evaluate(self.component.expand(self.batch_shape + jnp.shape(self.weights)[-1:]))

    def sample(self, key, sample_shape=()):
        key_choice, key_draw = jax.random.split(key)
        shape = sample_shape + self.batch_shape
        chosen = jax.random.categorical(key_choice, jnp.log(self.weights), shape=shape)
        draws = self.component_stack(lambda c: c.sample(key_draw, sample_shape))
        axis = -1 - self.event_dim
        index = jnp.expand_dims(chosen, tuple(range(axis, 0)))
        return jnp.take_along_axis(draws, index, axis=axis).squeeze(axis)

    @property
    def mean(self):
        weights = jnp.expand_dims(self.weights, tuple(range(-self.event_dim, 0)))
        return (weights * self.component_stack(lambda c: c.mean)).sum(-1 - self.event_dim)

    @property
    def variance(self):
        weights = jnp.expand_dims(self.weights, tuple(range(-self.event_dim, 0)))
        second = self.component_stack(lambda c: c.variance + c.mean**2)
        return (weights * second).sum(-1 - self.event_dim) - self.mean**2
