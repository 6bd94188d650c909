"""Draws of a program: from the prior, replicated at a position, predicted for new data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from gendsl.backends.given import Arrays
from gendsl.backends.pyro.latents import Latents
from gendsl.backends.pyro.predict import Prediction
from gendsl.backends.pyro.simulate import PriorDraw, Replication, Simulation
from gendsl.backends.pyro.visit import Keys, Values
from gendsl.backends.sequences import Sequences

if TYPE_CHECKING:
    from gendsl.backends.pyro.density import Density


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of one density; without gradients."""

    density: Density

    @property
    def _sequences(self) -> Sequences:
        return Sequences(self.density.roles, in_sequence, _where)

    @torch.no_grad()
    def prior(self, key: int, data: Arrays) -> Tensor:
        """A draw of the latents, as a position."""
        visitor = PriorDraw(Keys(key))
        self.density.run(visitor, data)
        parts = [visitor.positions[site.name].reshape(-1) for site in self.density.sites]
        return torch.cat(parts) if parts else torch.zeros(0, dtype=torch.float64)

    @torch.no_grad()
    def simulate(self, key: int, data: Arrays) -> Values:
        """A draw of everything."""
        roles = self.density.roles
        given = {name: array for name, array in data.items() if name not in roles.droppable}

        def run(changed: Arrays) -> Values:
            arrays = {**given, **changed}
            visitor = Simulation(Keys(key), roles)
            self.density.run(visitor, arrays, predict=True)
            return visitor.outcome(self._sequences.observations(arrays), arrays)

        return self._sequences.simulated(run, given)

    @torch.no_grad()
    def replicate(self, key: int, data: Arrays, latents: Latents) -> Values:
        """Replicated data and predictions given the latents.

        Entries that no statement scores keep their data; a missing one has its inferred value, or
        NaN where it is not inferred.
        """

        def run(changed: Arrays) -> Values:
            changed = {**data, **changed}
            visitor = Replication(Keys(key), latents, self.density.roles)
            self.density.run(visitor, self._sequences.unmasked(changed), predict=True)
            return visitor.outcome(self._sequences.observations(changed), changed)

        return self._sequences.replicated(run, data)

    @torch.no_grad()
    def predict(
        self, key: int, data: Arrays, values: Mapping[str, Tensor], is_known: Mapping[str, Any]
    ) -> Values:
        """Data and predictions given latent values, of which some members are known."""

        def run(changed: Arrays) -> Values:
            changed = {**data, **changed}
            visitor = Prediction(Keys(key), self.density.roles, values, is_known)
            self.density.run(visitor, self._sequences.unmasked(changed), predict=True)
            return visitor.outcome(self._sequences.observations(changed), changed)

        return self._sequences.replicated(run, data, is_known)


def in_sequence(draw: Callable[[Arrays], Values], start: Mapping[str, Tensor]) -> Arrays:
    """The tensors that `draw` gives back unchanged, from `start`; its keys are held fixed.

    An entry depends on entries before it alone, so that each run settles at least one position.
    """
    current: Arrays = dict(start)
    longest = sum(max(array.shape, default=1) for array in current.values())
    for _ in range(longest + 1):
        drawn = draw(current)
        new = {name: drawn[name].to(array.dtype) for name, array in current.items()}
        if all(torch.equal(_settled(new[n]), _settled(current[n])) for n in current):
            break
        current = new
    return current


def _where(mask: Any, one: Tensor, other: Tensor) -> Tensor:
    return torch.where(torch.as_tensor(mask), one, other)


def _settled(values: Tensor) -> Tensor:
    """The values; NaN as a number that no draw is, so that it equals itself."""
    return torch.nan_to_num(values, nan=-1.5e308) if values.is_floating_point() else values
