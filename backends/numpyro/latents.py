"""Where latent sites have their values from: a position's coordinates, or values as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import jax.numpy as jnp

from gendsl.backends.emit.scope import Piece
from gendsl.backends.failures import CannotInfer
from gendsl.backends.numpyro.bijections import bijection


class Latents(Protocol):
    """What a run asks for the value of a latent site."""

    def value(self, name: str, fn: Any) -> jax.Array:
        """The value of a site whose distribution is `fn`."""
        ...

    def at(self, name: str, fn: Any, index: jax.Array) -> jax.Array:
        """Its value at one step of a scan, where its distribution is `fn`."""
        ...


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Values are the images of coordinates under the bijection of the site's support."""

    read: Callable[[str], jax.Array]

    def value(self, name: str, fn: Any) -> jax.Array:
        """The image of the site's coordinates."""
        return bijection(fn.support)(self.read(name))

    def at(self, name: str, fn: Any, index: jax.Array) -> jax.Array:
        """The image of the coordinates of one step."""
        return bijection(fn.support)(self.read(name)[index])


@dataclass(frozen=True, slots=True)
class Known:
    """Values by name; a site that is a piece of a series takes its part of the series' values."""

    values: Mapping[str, jax.Array]
    pieces: Mapping[str, Piece]

    def value(self, name: str, fn: Any) -> jax.Array:
        """The known value.

        Raises:
            CannotInfer: if it is not known.
        """
        if name in self.values:
            return jnp.asarray(self.values[name])
        if 0 in fn.shape():
            return jnp.zeros(fn.shape(), int if fn.is_discrete else float)
        piece = self.pieces.get(name)
        if piece is None or piece.of not in self.values:
            raise CannotInfer(name, "it is discrete" if fn.is_discrete else "no value is given")
        return part_of(jnp.asarray(self.values[piece.of]), piece)

    def at(self, name: str, fn: Any, index: jax.Array) -> jax.Array:
        """The known value at a step."""
        return self.value(name, fn)[index]


def part_of(series: jax.Array, piece: Piece) -> jax.Array:
    """The entries of a series that one of its sites holds, with the axes of that site."""
    part = jnp.moveaxis(series, piece.axis, 0)[piece.start : piece.stop]
    return part if piece.is_leading else jnp.moveaxis(part, 0, piece.axis)
