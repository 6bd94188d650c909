"""Where the latent sites stand in a position, which serves all backends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

Shape = tuple[int, ...]

JOINT = "the joint program"
"""Among the arrays of a program that sums discrete latents out, those of the program that does not;
no argument's name has blanks."""

PLACE = "the place about which networks are linear"
"""Among the arrays of a program, the weights there by name, not numbers where the drawn ones stand
for them. Its networks are as written where there are none."""


@dataclass(frozen=True, slots=True)
class SiteSlice:
    """A latent site: coordinates `start` to `stop` of the position, and its constrained shape.

    `shape` is that of the values, `free_shape` that of the coordinates. A site that `is_auxiliary`
    was made by the compiler for `of`, which is the name to show.
    """

    name: str
    start: int
    stop: int
    shape: Shape
    free_shape: Shape
    is_auxiliary: bool
    of: str


def one_after_the_other(
    sites: Iterable[tuple[str, Shape, Shape]], latents: Mapping[str, str]
) -> tuple[SiteSlice, ...]:
    """The slices of sites given by name, shape and free shape; `latents` has the names to show."""
    found: list[SiteSlice] = []
    start = 0
    for name, shape, free in sites:
        stop, shown = start + prod(free), latents[name]
        found.append(SiteSlice(name, start, stop, shape, free, shown != name, shown))
        start = stop
    return tuple(found)
