"""Maps from all of Euclidean space onto supports."""

from __future__ import annotations

import math
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import biject_to, constraints


class Bijection(Protocol):
    """What is asked of a map from unconstrained to constrained values."""

    def __call__(self, position: jax.Array) -> jax.Array:
        """The constrained value."""
        ...

    def _inverse(self, value: jax.Array) -> jax.Array: ...

    def log_abs_det_jacobian(self, position: jax.Array, value: jax.Array) -> jax.Array:
        """The log volume change, summed over the event."""
        ...

    def inverse_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the unconstrained array."""
        ...


class ToSphere:
    """`u / |u|`: not one to one, so the length gets a density, exp(-|u|^2 / 2) up to a constant.

    With it, a density with respect to area on the sphere keeps its meaning.
    """

    def __call__(self, position: jax.Array) -> jax.Array:
        """The point of the sphere in the direction of `position`."""
        length: jax.Array = jnp.linalg.norm(position, axis=-1, keepdims=True)
        return position / length

    def _inverse(self, value: jax.Array) -> jax.Array:
        return value

    def log_abs_det_jacobian(self, position: jax.Array, value: jax.Array) -> jax.Array:
        """The log density that the length is given."""
        return -0.5 * jnp.sum(position**2, axis=-1)

    def inverse_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """That of the value."""
        return shape


def lowest_log(position: jax.Array) -> float:
    """The least log probability whose probability still can be divided by: -637 in double.

    A count over such a probability is a number, as the slope of its logarithm has to be.
    """
    return 0.9 * math.log(float(np.finfo(position.dtype).tiny))


class ToSimplex:
    """Stick breaking on the log scale: no entry underflows to 0, and the last one does not cancel.

    With u_k = x_k - log(K - 1 - k), for k from 0, log y_k = log s(u_k) + sum_{j<k} log s(-u_j),
    where s is `inv_logit`; (0, ..., 0) goes to (1/K, ..., 1/K).
    """

    def __call__(self, position: jax.Array) -> jax.Array:
        """Probabilities, at least exp(-637) each in double precision."""
        left = jnp.cumsum(jax.nn.log_sigmoid(-self._balanced(position)), axis=-1)
        none = jnp.zeros((*position.shape[:-1], 1), position.dtype)
        share = jnp.concatenate([jax.nn.log_sigmoid(self._balanced(position)), none], axis=-1)
        log = share + jnp.concatenate([none, left], axis=-1)
        return jnp.exp(jnp.maximum(log, lowest_log(position)))

    def _inverse(self, value: jax.Array) -> jax.Array:
        left = jnp.cumsum(value[..., ::-1], axis=-1)[..., ::-1][..., 1:]
        tiny = np.finfo(value.dtype).tiny
        x = jnp.log(jnp.maximum(value[..., :-1], tiny)) - jnp.log(jnp.maximum(left, tiny))
        return x + self._offset(x.shape[-1])

    def log_abs_det_jacobian(self, position: jax.Array, value: jax.Array) -> jax.Array:
        """sum_k log s(u_k) + (K - 1 - k) log s(-u_k)."""
        balanced, size = self._balanced(position), position.shape[-1]
        rest = (size - jnp.arange(size)) * jax.nn.log_sigmoid(-balanced)
        return jnp.sum(jax.nn.log_sigmoid(balanced) + rest, axis=-1)

    def inverse_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """One coordinate less than there are probabilities."""
        return (*shape[:-1], shape[-1] - 1)

    def _offset(self, size: int) -> jax.Array:
        return jnp.log(size - jnp.arange(size))

    def _balanced(self, position: jax.Array) -> jax.Array:
        return position - self._offset(position.shape[-1])


class ToUnitInterval:
    """`inv_logit`, kept off 0 and 1 by as little as can be told apart."""

    def __call__(self, position: jax.Array) -> jax.Array:
        """The probability; at least exp(-637) in double precision."""
        position = jnp.maximum(position, lowest_log(position))
        return jnp.minimum(jax.nn.sigmoid(position), 1 - np.finfo(position.dtype).eps)

    def _inverse(self, value: jax.Array) -> jax.Array:
        tiny, eps = np.finfo(value.dtype).tiny, np.finfo(value.dtype).eps
        value = jnp.clip(value, tiny, 1 - eps)
        return jnp.log(value) - jnp.log1p(-value)

    def log_abs_det_jacobian(self, position: jax.Array, value: jax.Array) -> jax.Array:
        """log s(x) + log s(-x), s being `inv_logit`."""
        return -jax.nn.softplus(position) - jax.nn.softplus(-position)

    def inverse_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """That of the value."""
        return shape


def bijection(support: Any) -> Bijection:
    """The map onto a NumPyro constraint; `NotImplementedError` if there is none."""
    if support is constraints.sphere:
        return ToSphere()
    if support is constraints.simplex:
        return ToSimplex()
    if support is constraints.unit_interval:
        return ToUnitInterval()
    chosen: Bijection = biject_to(support)
    return chosen
