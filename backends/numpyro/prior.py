"""A draw of the latents from their prior, as a position."""

from __future__ import annotations

from typing import Any

import jax

from gendsl.backends.numpyro.bijections import bijection
from gendsl.backends.numpyro.visit import Keys, Values, Visitor, sampled


class PriorDraw(Visitor):
    """Draws every latent site and keeps its coordinates; what is scored plays no part."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self.keys = keys
        self.positions: Values = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """A draw from the site's distribution."""
        value = sampled(name, fn, self.keys.next())
        self.scanned(name, fn, value)
        return value

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """A draw at a step."""
        assert key is not None
        return sampled(name, fn, key)

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Keep the coordinates."""
        if not fn.is_discrete:
            self.positions[name] = bijection(fn.support)._inverse(values)

    def key_of_scan(self) -> jax.Array | None:
        """The next key."""
        return self.keys.next()
