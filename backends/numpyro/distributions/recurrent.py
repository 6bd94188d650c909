"""A series that refers to its own past."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints


class Recurrent(dist.Distribution):
    """A series along `axis`: `starts` draw its first positions, `step` each later one.

    `step(x[t - 1], ..., x[t - lags], *inputs[t])` is the distribution of x[t]. The starts have the
    positions on their first batch axis, and so do the inputs, from the first step on. Where the
    first positions are numbers, `before`, not draws, the series begins after them. The density of
    all steps is evaluated at once; only drawing runs one after the other.
    """

    pytree_data_fields = ("starts", "inputs", "before")
    pytree_aux_fields = ("step", "lags", "axis")

    def __init__(
        self, starts, step, length, *, lags=1, inputs=(), before=None, axis=0, validate_args=None
    ):
        self.starts, self.step, self.inputs = tuple(starts), step, tuple(inputs)
        self.before, self.lags, self.axis = before, lags, axis
        first = [start.batch_shape for start in self.starts] or [jnp.shape(before)]
        self.head = sum(shape[0] for shape in first)
        self.rest = first[0][1:]
        count = length if before is None else length - self.head
        super().__init__(
            (), (*self.rest[:axis], count, *self.rest[axis:]), validate_args=validate_args
        )

    @property
    def support(self):
        if self.starts:
            return constraints.independent(self.starts[0].support, len(self.event_shape))
        past = [self.before[-k] for k in range(1, self.lags + 1)]
        step = self.step(*past, *(rows[0] for rows in self.inputs))
        return constraints.independent(step.support, len(self.event_shape))

    def log_prob_by_position(self, value):
        """The log density of each entry given its past."""
        value = jnp.moveaxis(value, self.axis, 0)
        head, place = [], 0
        for start in self.starts:
            stop = place + start.batch_shape[0]
            head.append(start.log_prob(value[place:stop]))
            place = stop
        whole = value if self.before is None else jnp.concatenate([self.before, value])
        past = [whole[self.head - k : len(whole) - k] for k in range(1, self.lags + 1)]

        def log_density(now, past, inputs):
            return jnp.broadcast_to(self.step(*past, *inputs).log_prob(now), self.rest)

        tail = jax.vmap(log_density)(whole[self.head :], past, self.inputs)
        return jnp.moveaxis(jnp.concatenate([*head, tail]), 0, self.axis)

    def log_prob(self, value):
        return self.log_prob_by_position(value).sum()

    def sample_unknown(self, key, value, is_known):
        """A draw of the entries that are not known, each given its past."""
        value = jnp.moveaxis(value, self.axis, 0)
        is_known = jnp.moveaxis(jnp.broadcast_to(is_known, self.event_shape), self.axis, 0)
        key_start, key_steps = jax.random.split(key)
        if self.starts:
            keys = jax.random.split(key_start, len(self.starts))
            drawn = jnp.concatenate([s.sample(k) for s, k in zip(self.starts, keys, strict=True)])
            value = value.astype(drawn.dtype)
            first = jnp.where(is_known[: self.head], value[: self.head], drawn)
            value, is_known = value[self.head :], is_known[self.head :]
        else:
            first = self.before

        def draw(past, now):
            key, value, is_known, inputs = now
            new = self.step(*past, *inputs).expand(self.rest).sample(key)
            new = jnp.where(is_known, value, new).astype(first.dtype)
            return (new, *past)[: self.lags], new

        past = tuple(first[self.head - k] for k in range(1, self.lags + 1))
        steps = jax.random.split(key_steps, len(value))
        _, later = lax.scan(draw, past, (steps, value, is_known, self.inputs))
        series = jnp.concatenate([first, later]) if self.starts else later
        return jnp.moveaxis(series, 0, self.axis)

    def sample(self, key, sample_shape=()):
        def draw(key):
            nothing = jnp.zeros(self.event_shape)
            return self.sample_unknown(key, nothing, jnp.zeros(self.event_shape, bool))

        for size in reversed(sample_shape):
            draw = (lambda one, n: lambda key: jax.vmap(one)(jax.random.split(key, n)))(draw, size)
        return draw(key)
