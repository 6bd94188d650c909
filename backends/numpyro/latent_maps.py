"""From coordinates to the values of some quantities, by as much of a run as these need.

A run ends where the last of them is known. What comes after, a solver or a likelihood, is neither
traced nor differentiated.
"""

from __future__ import annotations

from collections.abc import Set
from contextlib import suppress
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.backends.numpyro.bijections import bijection
from gendsl.backends.numpyro.density import Density
from gendsl.backends.numpyro.visit import Keys, Values, Visitor, sampled


class _AllFoundError(Exception):
    """Ends a run: every value that was asked for is known."""


class _UntilFound(Visitor):
    """Gives latents their values from coordinates until all of `names` are known."""

    def __init__(self, names: Set[str]) -> None:
        super().__init__()
        self.names = names
        self.found: Values = {}

    def _keep(self, name: str, value: jax.Array) -> jax.Array:
        if name in self.names:
            self.found[name] = jnp.asarray(value)
            if len(self.found) == len(self.names):
                raise _AllFoundError
        return value

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Keep the values of all steps."""
        self._keep(name, values)

    def derive(self, name: str, value: jax.Array) -> jax.Array:
        """Keep a deterministic quantity."""
        return self._keep(name, value)


class _AtPosition(_UntilFound):
    """Reads every latent from a position; discrete ones, which have no coordinates, are 0."""

    def __init__(self, names: Set[str], read: Any) -> None:
        super().__init__(names)
        self.read = read

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The image of the site's coordinates."""
        if fn.is_discrete:
            return jnp.zeros(fn.shape(), int)
        return self._keep(name, bijection(fn.support)(self.read(name)))

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The image of the coordinates of one step."""
        if fn.is_discrete:
            return jnp.zeros(fn.shape(), int)
        return bijection(fn.support)(self.read(name)[index])


class _AtCoordinates(_UntilFound):
    """Reads some latents from coordinates; others are drawn, and nothing is differentiated by."""

    def __init__(self, names: Set[str], keys: Keys, coordinates: Values) -> None:
        super().__init__(names)
        self.keys = keys
        self.coordinates = coordinates

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The image of the coordinates, or a draw."""
        if name in self.coordinates:
            return self._keep(name, bijection(fn.support)(self.coordinates[name]))
        return self._keep(name, jax.lax.stop_gradient(sampled(name, fn, self.keys.next())))

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """A draw at a step."""
        assert key is not None
        return jax.lax.stop_gradient(sampled(name, fn, key))

    def key_of_scan(self) -> jax.Array | None:
        """The next key."""
        return self.keys.next()


def values_at(density: Density, data: Any, position: jax.Array, names: Set[str]) -> Values:
    """Return latents and saved quantities of these names at a position [dim].

    Names that the program does not have are left out.
    """
    structure = density.structure
    visitor = _AtPosition(names, partial(structure.read, position))
    return _run(density, data, visitor)


def values_from(
    density: Density, data: Any, key: jax.Array, coordinates: Values, names: Set[str]
) -> Values:
    """Return quantities of these names where latents have these coordinates, others being drawn."""
    return _run(density, data, _AtCoordinates(names, Keys(key), coordinates))


def _run(density: Density, data: Any, visitor: _UntilFound) -> Values:
    with suppress(_AllFoundError):
        density.structure._run(visitor, data)
    return visitor.found
