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
from gendsl.backends.roles import Observation

if TYPE_CHECKING:
    from gendsl.backends.pyro.density import Density


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of one density; without gradients."""

    density: Density

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
            return visitor.outcome(self._observations(arrays), arrays)

        lagged = self._lagged(given)
        if not lagged:
            return run({})
        start = {name: given[name] for name in lagged}
        return run(in_sequence(lambda arrays: _renamed(run(arrays), lagged), start))

    @torch.no_grad()
    def replicate(self, key: int, data: Arrays, latents: Latents) -> Values:
        """Replicated data and predictions given the latents.

        Entries that no statement scores keep their data; a missing one has its inferred value, or
        NaN where it is not inferred.
        """

        def run(changed: Arrays) -> Values:
            changed = {**data, **changed}
            visitor = Replication(Keys(key), latents, self.density.roles)
            self.density.run(visitor, self._unmasked(changed), predict=True)
            return visitor.outcome(self._observations(changed), changed)

        return self._replicated_in_sequence(run, data)

    @torch.no_grad()
    def predict(
        self, key: int, data: Arrays, values: Mapping[str, Tensor], is_known: Mapping[str, Any]
    ) -> Values:
        """Data and predictions given latent values, of which some members are known."""

        def run(changed: Arrays) -> Values:
            changed = {**data, **changed}
            visitor = Prediction(Keys(key), self.density.roles, values, is_known)
            self.density.run(visitor, self._unmasked(changed), predict=True)
            return visitor.outcome(self._observations(changed), changed)

        return self._replicated_in_sequence(run, data, is_known)

    def _replicated_in_sequence(
        self,
        run: Callable[[Arrays], Values],
        data: Arrays,
        is_known: Mapping[str, Any] | None = None,
    ) -> Values:
        """What a run with the data gives, replicates whose past is their own in place of others.

        Data named in `is_known` keep their entries where it is true; then all that follows from
        them is of what was drawn.
        """
        lagged = self._lagged(data, is_known or {})
        if not lagged:
            return run({})
        start = {name: data[name] for name in lagged}
        kept = {
            argument: torch.as_tensor(is_known[name])
            for argument, name in lagged.items()
            if is_known and name in is_known
        }

        def drawn(arrays: Arrays) -> Values:
            new = _renamed(run(arrays), lagged)
            return new | {a: torch.where(mask, start[a], new[a]) for a, mask in kept.items()}

        again = run(in_sequence(drawn, start))
        if kept:
            return again
        outcome = run({})
        observed = {observation.data for observation, _ in self._observations(data)}
        return {name: again[name] if name in observed else v for name, v in outcome.items()}

    def _lagged(self, data: Arrays, is_known: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Data that are read before all of them are drawn, by the names of their arguments."""
        roles = self.density.roles
        read = {*roles.lagged, *(is_known or {})}
        return {
            observation.argument: observation.data
            for observation in roles.observations.values()
            if observation.data in read and observation.argument in data
        }

    def _unmasked(self, data: Arrays) -> Arrays:
        """The data, with missing entries that are scored around to be drawn as others are."""
        masks = set(self.density.roles.known.values())
        return {name: array for name, array in data.items() if name not in masks}

    def _observations(self, data: Arrays) -> list[tuple[Observation, Any]]:
        return [
            (observation, data[observation.argument])
            for observation in self.density.roles.observations.values()
            if observation.argument in data
        ]


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


def _settled(values: Tensor) -> Tensor:
    """The values; NaN as a number that no draw is, so that it equals itself."""
    return torch.nan_to_num(values, nan=-1.5e308) if values.is_floating_point() else values


def _renamed(values: Values, names: Mapping[str, str]) -> Values:
    """Values under the names of the arguments that take them."""
    return {argument: values[name] for argument, name in names.items()}
