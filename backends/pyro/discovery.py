"""The latent sites of a program: their shapes, and where they lie in a flat position."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gendsl.backends.failures import CannotInfer
from gendsl.backends.places import SiteSlice, one_after_the_other
from gendsl.backends.pyro.bijections import bijection
from gendsl.backends.pyro.visit import Visitor, is_discrete, shape_of
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

    def draw(self, name: str, fn: Any) -> Tensor:
        """The image of 0 under the site's bijection."""
        return self._image(name, fn, ())

    def step(self, name: str, fn: Any, place: int, count: int) -> Tensor:
        """The image of 0 at a step; the first one stands for all."""
        return self._image(name, fn, (count,) if place == 0 else None)

    def _image(self, name: str, fn: Any, steps: tuple[int, ...] | None) -> Tensor:
        """The image, noted with a leading axis of steps, if at all."""
        shape = shape_of(fn)
        if is_discrete(fn):
            if steps is not None and name in self.roles.latents and 0 not in shape:
                self.discrete.append(name)
            return torch.zeros(shape, dtype=torch.int64)
        if name not in self.roles.latents:
            return torch.zeros(shape)
        try:
            onto = bijection(fn.support)
        except NotImplementedError as error:
            raise CannotInfer(name, f"no map onto its support, {fn.support}, is known") from error
        free = tuple(onto.inverse_shape(shape))
        if steps is not None:
            self.found.append((name, (*steps, *shape), (*steps, *free)))
        return onto(torch.zeros(free))

    def slices(self) -> tuple[SiteSlice, ...]:
        """The continuous sites, one after the other along the position."""
        return one_after_the_other(self.found, self.roles.latents)
