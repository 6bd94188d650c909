"""Draws of data that their own past enters, the same for every backend: only arrays are its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gendsl.backends.given import Arrays
from gendsl.backends.roles import Observation, Roles

Run = Callable[[Arrays], dict[str, Any]]
"""What a run gives by name, with these arguments in place of the data's."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """How a program of these `roles` draws data.

    `settled` gives the arrays that a draw gives back unchanged, from those to start with. `where`
    takes entries of one array or of another, by a mask.
    """

    roles: Roles
    settled: Callable[[Run, Arrays], Arrays]
    where: Callable[[Any, Any, Any], Any]

    def simulated(self, run: Run, given: Arrays) -> dict[str, Any]:
        """What a run gives that draws all data but those which its arguments can't leave out."""
        lagged = self._lagged(given)
        if not lagged:
            return run({})
        start = {name: given[name] for name in lagged}
        return run(self.settled(lambda arrays: _renamed(run(arrays), lagged), start))

    def replicated(
        self, run: Run, data: Arrays, is_known: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """What a run with the data gives, replicates whose past is their own in place of others.

        Data named in `is_known` keep their entries where it is true; then all that follows from
        them is of what was drawn.
        """
        is_known = is_known or {}
        lagged = self._lagged(data, is_known)
        if not lagged:
            return run({})
        start = {name: data[name] for name in lagged}
        kept = {a: is_known[name] for a, name in lagged.items() if name in is_known}

        def drawn(arrays: Arrays) -> Arrays:
            new = _renamed(run(arrays), lagged)
            return new | {a: self.where(mask, start[a], new[a]) for a, mask in kept.items()}

        again = run(self.settled(drawn, start))
        if kept:
            return again
        observed = {observation.data for observation, _ in self.observations(data)}
        return {name: again[name] if name in observed else v for name, v in run({}).items()}

    def unmasked(self, data: Arrays) -> Arrays:
        """The data, with missing entries that are scored around to be drawn as others are."""
        masks = set(self.roles.known.values())
        return {name: array for name, array in data.items() if name not in masks}

    def observations(self, data: Arrays) -> list[tuple[Observation, Any]]:
        """The sites that score data which are there, with these."""
        return [
            (observation, data[observation.argument])
            for observation in self.roles.observations.values()
            if observation.argument in data
        ]

    def _lagged(self, data: Arrays, is_known: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Data that are read before all of them are drawn, by the names of their arguments."""
        read = {*self.roles.lagged, *(is_known or {})}
        found = (observation for observation, _ in self.observations(data))
        return {o.argument: o.data for o in found if o.data in read}


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> Arrays:
    """Values under the names of the arguments that take them."""
    return {argument: values[name] for argument, name in names.items()}
