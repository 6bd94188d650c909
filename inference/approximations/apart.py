"""A position in two parts, so that what is computed from one of them is computed once.

Densities that read a position site by site, each by one slice, can't tell it from an array. Where
the values of some sites are mapped over, as arrays those of all sites would be.
"""

from dataclasses import dataclass
from functools import partial

import jax


@partial(jax.tree_util.register_dataclass, data_fields=("whole", "values"), meta_fields=("places",))
@dataclass(frozen=True, slots=True)
class Apart:
    """``whole`` [dim] with ``values`` [k] at ``places``: whole sites, in order."""

    whole: jax.Array
    places: tuple[int, ...]
    values: jax.Array

    def __getitem__(self, stretch: slice) -> jax.Array:
        """Return the coordinates of one site.

        Raises:
            ValueError: if they are not all in one part.
        """
        start, stop = stretch.start, stretch.stop
        inside = [place for place in self.places if start <= place < stop]
        if not inside:
            return self.whole[start:stop]
        if inside != list(range(start, stop)):
            raise ValueError(f"coordinates {start} to {stop} are not all in one part")
        first = self.places.index(start)
        return self.values[first : first + stop - start]
