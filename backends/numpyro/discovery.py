"""The latent sites of a program: their shapes, and where they lie in a flat position."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from gendsl.backends.failures import CannotInfer
from gendsl.backends.numpyro.bijections import bijection
from gendsl.backends.numpyro.visit import Visitor
from gendsl.backends.places import SiteSlice, one_after_the_other
from gendsl.backends.roles import Roles


class Discovery(Visitor):
    """Finds the latent sites and their shapes, at the image of 0 (no draw is needed).

    Discrete ones have no coordinates: their values are given, or summed over.
    """

    def __init__(self, roles: Roles) -> None:
        super().__init__()
        self.roles = roles
        self.found: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
        self.discrete: list[str] = []

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The image of 0 under the site's bijection."""
        if name not in self.roles.latents:
            return jnp.zeros(fn.shape(), int if fn.is_discrete else float)
        return self._image(name, fn, is_new=True)

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The image of 0 at a step; `scanned` sees them all."""
        return self._image(name, fn, is_new=False)

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Take note of a latent inside a scan."""
        if name in self.roles.latents:
            self._image(name, fn, is_new=True)

    def _image(self, name: str, fn: Any, is_new: bool) -> jax.Array:
        shape = tuple(fn.shape())
        if fn.is_discrete:
            if is_new and 0 not in shape:
                self.discrete.append(name)
            return jnp.zeros(shape, int)
        try:
            transform = bijection(fn.support)
        except NotImplementedError as error:
            raise CannotInfer(name, f"no map onto its support, {fn.support}, is known") from error
        free = tuple(transform.inverse_shape(shape))
        if is_new:
            self.found.append((name, shape, free))
        return transform(jnp.zeros(free))

    def slices(self) -> tuple[SiteSlice, ...]:
        """The continuous sites, one after the other along the position."""
        return one_after_the_other(self.found, self.roles.latents)
