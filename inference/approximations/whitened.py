"""A target in the coordinates of a normal: where the two agree it is a standard normal.

    z = mean + A u,   A A^T the normal's covariance,

so that one step size suits every direction, whatever the units of the quantities.
"""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gendsl.inference.approximations.guide import Guide
from gendsl.inference.approximations.path_mixture import Factored, log_volume, place, unplace
from gendsl.inference.randomness import Draws


@dataclass(frozen=True, slots=True)
class Whitening:
    """``z = place(normal, u)``; a :class:`gendsl.inference.transport.Transport`."""

    def push(self, theta: Factored, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.transport.Transport`."""
        return place(theta, position), log_volume(theta)

    def pull(self, theta: Factored, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.transport.Transport`."""
        return unplace(theta, position), -log_volume(theta)


class Placed(NamedTuple):
    """Parameters ``inner`` of a guide in the coordinates of the normal ``chart``."""

    chart: Factored
    inner: object


@dataclass(frozen=True, slots=True)
class PlacedGuide:
    """The density of ``z`` where that of ``u`` is ``guide``'s.

    A :class:`gendsl.inference.approximations.guide.Guide`.
    """

    guide: Guide

    @property
    def size(self) -> int:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        return self.guide.size

    def draw(self, draws: Draws, params: Placed, count: int) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        inner, log_q = self.guide.draw(draws, params.inner, count)
        positions = jax.vmap(place, (None, 0))(params.chart, inner)
        return positions, log_q - log_volume(params.chart)

    def log_density(self, params: Placed, position: jax.Array) -> jax.Array:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        inner = unplace(params.chart, position)
        return self.guide.log_density(params.inner, inner) - log_volume(params.chart)


def unit(mean: jax.Array, scale: jax.Array, rank: int) -> Factored:
    """Return the normal of independent coordinates, ``mean`` and ``scale`` [dim].

    ``rank`` is the number of columns that its factors have, for the sake of their shapes.
    """
    nothing = jnp.zeros((len(mean), rank), mean.dtype)
    return Factored(mean, scale, nothing, jnp.eye(rank, dtype=mean.dtype))
