"""Where latent sites have their values from: a position's coordinates, or values as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from gendsl.backends.emit.scope import Piece
from gendsl.backends.failures import CannotInfer
from gendsl.backends.pyro.bijections import bijection
from gendsl.backends.pyro.visit import is_discrete, shape_of


class Latents(Protocol):
    """What a run asks for the value of a latent site."""

    def value(self, name: str, fn: Any) -> Tensor:
        """The value of a site whose distribution is `fn`."""
        ...

    def at(self, name: str, fn: Any, place: int) -> Tensor:
        """Its value at one step, where its distribution is `fn`."""
        ...


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Values are the images of coordinates under the bijection of the site's support."""

    read: Callable[[str], Tensor]

    def value(self, name: str, fn: Any) -> Tensor:
        """The image of the site's coordinates."""
        return bijection(fn.support)(self.read(name))

    def at(self, name: str, fn: Any, place: int) -> Tensor:
        """The image of the coordinates of one step."""
        return bijection(fn.support)(self.read(name)[place])


@dataclass(frozen=True, slots=True)
class Known:
    """Values by name; a site that is a piece of a series takes its part of the series' values."""

    values: Mapping[str, Tensor]
    pieces: Mapping[str, Piece]

    def value(self, name: str, fn: Any) -> Tensor:
        """The known value.

        Raises:
            CannotInfer: if it is not known.
        """
        if name in self.values:
            return torch.as_tensor(self.values[name])
        if 0 in shape_of(fn):
            return torch.zeros(shape_of(fn), dtype=torch.int64 if is_discrete(fn) else None)
        piece = self.pieces.get(name)
        if piece is None or piece.of not in self.values:
            raise CannotInfer(name, "it is discrete" if is_discrete(fn) else "no value is given")
        return part_of(torch.as_tensor(self.values[piece.of]), piece)

    def at(self, name: str, fn: Any, place: int) -> Tensor:
        """The known value at a step."""
        return self.value(name, fn)[place]


def part_of(series: Tensor, piece: Piece) -> Tensor:
    """The entries of a series that one of its sites holds, with the axes of that site."""
    part = torch.movedim(series, piece.axis, 0)[piece.start : piece.stop]
    return part if piece.is_leading else torch.movedim(part, 0, piece.axis)
