"""A draw from the joint distribution with the coordinates of some latents."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import jax

from gendsl.backends.numpyro.bijections import bijection
from gendsl.backends.numpyro.density import Density
from gendsl.backends.numpyro.simulate import Simulation
from gendsl.backends.numpyro.visit import Keys, Values
from gendsl.backends.roles import Roles


class _WithCoordinates(Simulation):
    """Draws every site, and keeps where these lie on the scale without constraints."""

    def __init__(self, keys: Keys, roles: Roles, names: Set[str]) -> None:
        super().__init__(keys, roles)
        self.names = names
        self.coordinates: Values = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """A draw, its coordinates kept if they are wanted."""
        value = super().draw(name, fn)
        if name in self.names:
            self.coordinates[name] = bijection(fn.support)._inverse(value)
        return value


def simulate_with_coordinates(
    density: Density, key: jax.Array, names: Set[str]
) -> tuple[Values, Values]:
    """One draw of everything, and the coordinates of the latents of these names.

    Raises:
        CannotSimulate: if a prior is improper, or an expression is scored.
    """
    structure = density.structure
    visitor = _WithCoordinates(Keys(key), structure.roles, names)
    structure._run(visitor, density.data, predict=True)
    return visitor.outcome((), density.data), visitor.coordinates


class _FromCoordinates(Simulation):
    """Draws every site, but for those whose coordinates are given: these are where they say."""

    def __init__(self, keys: Keys, roles: Roles, coordinates: Values) -> None:
        super().__init__(keys, roles)
        self.coordinates = coordinates

    def draw(self, name: str, fn: Any) -> jax.Array:
        """A draw, or the value of the coordinates."""
        if name in self.coordinates:
            self.drawn[name] = bijection(fn.support)(self.coordinates[name])
            return self.drawn[name]
        return super().draw(name, fn)


def simulate_from_coordinates(density: Density, key: jax.Array, coordinates: Values) -> Values:
    """Values of everything, where latents have these coordinates on the scale without constraints.

    Raises:
        CannotSimulate: if a prior is improper, or an expression is scored.
    """
    structure = density.structure
    visitor = _FromCoordinates(Keys(key), structure.roles, coordinates)
    structure._run(visitor, density.data, predict=True)
    return visitor.outcome((), density.data)
