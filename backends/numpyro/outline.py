"""A program at given sizes, as far as it is known without NumPyro.

Importing NumPyro and tracing a program take longer than most runs of what is compiled. Where the
executables and the places of the latent sites are on disk, neither is needed: an outline has what
is asked of a program then, and makes the `Structure` for whatever else is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import jax

from gendsl.backends.places import SiteSlice
from gendsl.backends.roles import Roles
from gendsl.executables import identity_of, remembered

if TYPE_CHECKING:
    from types import ModuleType

    from gendsl.backends.numpyro.inputs import Arrays
    from gendsl.backends.numpyro.structure import Structure


class Outline:
    """One program at given sizes; one object for all data of these shapes.

    Where discrete latents are summed out, `joint` is the program in which they are sites.
    """

    def __init__(
        self,
        text: str,
        load: Callable[[], ModuleType],
        roles: Roles,
        static: Mapping[str, int],
        arrays: Arrays,
        joint: Outline | None = None,
    ) -> None:
        self.roles = roles
        self.static = dict(static)
        self.joint = joint
        self._text = text
        self._load = load
        self._arrays = jax.tree.map(_shape_of, arrays)

    @cached_property
    def identity(self) -> str | None:
        """What decides the functions: the generated text, what it is for, and the sizes."""
        parts = (self._text, self.roles, self.static, str(self._arrays), self.joint)
        written = identity_of(parts)
        return None if written is None else sha256(written.encode()).hexdigest()

    @cached_property
    def structure(self) -> Structure:
        """The functions, made when they are first needed."""
        from gendsl.backends.numpyro.structure import Structure

        joint = None if self.joint is None else self.joint.structure
        return Structure(self._load(), self.roles, self.static, self._arrays, joint)

    def settle(self) -> None:
        """Find the latent sites.

        Raises:
            CannotInfer: if one has no map onto its support.
        """
        _ = self._layout

    @property
    def sites(self) -> tuple[SiteSlice, ...]:
        """The latent sites in the order of their coordinates."""
        return self._layout[0]

    @property
    def discrete_names(self) -> frozenset[str]:
        """The discrete latents: sites, and series in the place of their pieces."""
        return self._layout[1]

    @property
    def size(self) -> int:
        """How many coordinates a position has."""
        return self.sites[-1].stop if self.sites else 0

    def log_prior(self, data: Arrays, position: jax.Array) -> jax.Array:
        """See `Structure.log_prior`."""
        return self.structure.log_prior(data, position)

    def log_likelihood(self, data: Arrays, position: jax.Array) -> jax.Array:
        """See `Structure.log_likelihood`."""
        return self.structure.log_likelihood(data, position)

    def log_density_about(self, data: Arrays, place: jax.Array, position: jax.Array) -> jax.Array:
        """See `Structure.log_density_about`."""
        return self.structure.log_density_about(data, place, position)

    @cached_property
    def _layout(self) -> tuple[tuple[SiteSlice, ...], frozenset[str]]:
        found = remembered("layout", self.identity, self._find_layout)
        sites = (
            SiteSlice(name, start, stop, tuple(shape), tuple(free), is_auxiliary, of)
            for name, start, stop, shape, free, is_auxiliary, of in found["sites"]
        )
        return tuple(sites), frozenset(found["discrete"])

    def _find_layout(self) -> dict[str, Any]:
        structure = self.structure
        return {
            "sites": [list(astuple(site)) for site in structure.sites],
            "discrete": sorted(structure.discrete_names),
        }


def _shape_of(array: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape, array.dtype)
