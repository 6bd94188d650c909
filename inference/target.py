"""The density a sampler is asked to draw from, as plain functions of a flat vector."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

Data = Any
"""A pytree of arrays, given when the sampler runs: new data of the same shapes compile nothing."""

LogDensity = Callable[[Data, jax.Array], jax.Array]


class Site(NamedTuple):
    """Where one named quantity lives inside the flat position.

    Attributes:
        name: as the user wrote it.
        start: index of its first coordinate.
        stop: one past its last coordinate.
    """

    name: str
    start: int
    stop: int


def has_failed(log_density: jax.Array) -> jax.Array:
    """Return whether a target says that it could not be computed: by the lowest number."""
    is_lowest: jax.Array = log_density == np.finfo(log_density.dtype).min
    return is_lowest


class Target(NamedTuple):
    """A log density over a flat unconstrained position, split so that tempering can scale one part.

    The Jacobian of the constraining transform belongs to ``log_prior``. Two targets made of the
    same functions and sites are equal and share their compiled programs.

    Attributes:
        log_prior: ``(data, position[dim]) -> scalar``.
        log_likelihood: ``(data, position[dim]) -> scalar``; the lowest number of its precision
            where it could not be computed, as where an integrator gave up.
        size: number of coordinates, ``dim``.
        sites: names and slices, static; empty when nothing needs naming.
    """

    log_prior: LogDensity
    log_likelihood: LogDensity
    size: int
    sites: tuple[Site, ...] = ()

    def log_density(self, data: Data, position: jax.Array) -> jax.Array:
        """Return ``log p(data, position)`` up to a constant; ``position`` has shape [dim]."""
        return self.log_prior(data, position) + self.log_likelihood(data, position)

    def site_of(self, coordinate: int) -> str:
        """Return the name of the site that holds ``coordinate``, or ``position[coordinate]``."""
        for site in self.sites:
            if site.start <= coordinate < site.stop:
                return site.name
        return f"position[{coordinate}]"
