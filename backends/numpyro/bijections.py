"""Maps from all of Euclidean space onto supports."""

from __future__ import annotations

from typing import Any, Protocol

import jax
import jax.numpy as jnp
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


def bijection(support: Any) -> Bijection:
    """The map onto a NumPyro constraint; `NotImplementedError` if there is none."""
    if support is constraints.sphere:
        return ToSphere()
    chosen: Bijection = biject_to(support)
    return chosen
