"""The density that a program has given its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gendsl.backends.numpyro.inputs import Arrays
from gendsl.backends.numpyro.structure import SiteSlice, Structure


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """A structure and the arrays for it; the functions take the arrays again, as `data`.

    Two densities of one program whose data have the same shapes share their `structure`, and so
    everything that was compiled for it: `a.log_prior == b.log_prior`.
    """

    structure: Structure
    data: Arrays

    @property
    def size(self) -> int:
        """How many coordinates a position has."""
        return self.structure.size

    @property
    def sites(self) -> tuple[SiteSlice, ...]:
        """The latent sites in the order of their coordinates."""
        return self.structure.sites

    def __getattr__(self, name: str) -> Any:
        """The structure's functions: `log_prior`, `constrain`, `simulate`, ..."""
        return getattr(self.structure, name)


def key_of(static: Mapping[str, int], arrays: Arrays) -> tuple[Any, ...]:
    """What two data sets share when one structure serves both."""
    import jax

    leaves, tree = jax.tree.flatten(arrays)
    shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
    return (tuple(sorted(static.items())), tree, shapes)
