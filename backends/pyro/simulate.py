"""Draws from the joint distribution, and replicated data at a position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gendsl.backends.failures import CannotSimulate
from gendsl.backends.given import Arrays
from gendsl.backends.pyro.bijections import bijection
from gendsl.backends.pyro.latents import Latents
from gendsl.backends.pyro.visit import Keys, Values, Visitor, is_discrete, mask_of, sampled
from gendsl.backends.roles import Observation, Roles
from gendsl.ir.bound import missing_site

Observations = Sequence[tuple[Observation, Any]]
"""Sites that score data, each with the data's tensor."""


class PriorDraw(Visitor):
    """Draws every latent site and keeps its coordinates; what is scored plays no part."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self.keys = keys
        self.positions: Values = {}

    def draw(self, name: str, fn: Any) -> Tensor:
        """A draw from the site's distribution."""
        value = sampled(name, fn, self.keys.next())
        if not is_discrete(fn):
            self.positions[name] = bijection(fn.support).inverse(value)
        return value

    def step(self, name: str, fn: Any, place: int, count: int) -> Tensor:
        """A draw at a step, its coordinates after those of the steps before."""
        value = sampled(name, fn, self.keys.next())
        if not is_discrete(fn):
            row = bijection(fn.support).inverse(value)[None]
            before = self.positions.get(name, row[:0])
            self.positions[name] = torch.cat([before, row])
        return value


class Simulation(Visitor):
    """Draws every site."""

    def __init__(self, keys: Keys, roles: Roles) -> None:
        super().__init__()
        self.keys = keys
        self.roles = roles
        self.drawn: Values = {}
        self.replicates: dict[str, tuple[Tensor, Any]] = {}

    def draw(self, name: str, fn: Any) -> Tensor:
        """A draw from the site's distribution."""
        self.drawn[name] = sampled(name, fn, self.keys.next())
        return self.drawn[name]

    def scanned(self, name: str, values: Tensor) -> None:
        """Keep the draws of all steps."""
        self.drawn[name] = values

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """A draw of data that stand in the program; what is scored otherwise can't be drawn."""
        if name in self.roles.solves:
            return
        if name not in self.roles.observations:
            raise CannotSimulate(name, "it scores an expression, which no draw satisfies")
        self.replicates[name] = (sampled(name, fn, self.keys.next()), mask_of(fn))

    def outcome(self, observations: Observations, data: Arrays) -> Values:
        """Everything that has a name in the source."""
        hidden = self.roles.hidden
        shown = {n: v for n, v in self.drawn.items() if n not in hidden} | self.derived
        scored = [(o, v) for o, v in observations if o.site in self.replicates]
        completed = {o.data: complete(o.data, v, data, self.drawn, self.roles) for o, v in scored}
        return shown | replicated(self.replicates, scored, completed, self.roles)


class Replication(Visitor):
    """Keeps the latents, and draws data and predictions anew.

    The run goes on with the data themselves: what is computed from them is that of the data.
    """

    def __init__(self, keys: Keys, latents: Latents, roles: Roles) -> None:
        super().__init__()
        self.keys = keys
        self.latents = latents
        self.roles = roles
        self.drawn: Values = {}
        self.imputed: Values = {}
        self.replicates: dict[str, tuple[Tensor, Any]] = {}

    def draw(self, name: str, fn: Any) -> Tensor:
        """The latent's value, or a draw of what is predicted."""
        if name in self.roles.latents:
            value = self.latents.value(name, fn)
            if name in self.roles.imputed:
                self.imputed[name] = value
            return value
        self.drawn[name] = sampled(name, fn, self.keys.next())
        return self.drawn[name]

    def step(self, name: str, fn: Any, place: int, count: int) -> Tensor:
        """The latent's value at a step, or a draw of what is predicted."""
        if name in self.roles.latents:
            return self.latents.at(name, fn, place)
        return sampled(name, fn, self.keys.next())

    def scanned(self, name: str, values: Tensor) -> None:
        """Keep what was predicted step by step."""
        if name not in self.roles.hidden and name not in self.roles.latents:
            self.drawn[name] = values

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """A replicate of the observation."""
        if name in self.roles.observations:
            self.replicates[name] = (sampled(name, fn, self.keys.next()), mask_of(fn))

    def outcome(self, observations: Observations, data: Arrays) -> Values:
        """Replicated data, predicted sites and predicted equations."""
        derived = {n: v for n, v in self.derived.items() if n in self.roles.predictions}
        drawn = {n: v for n, v in self.drawn.items() if n not in self.roles.hidden}
        completed = {
            o.data: complete(o.data, v, data, self.imputed, self.roles) for o, v in observations
        }
        return {**drawn, **derived} | replicated(
            self.replicates, observations, completed, self.roles
        )


def complete(
    data: str, array: Any, arguments: Arrays, imputed: Mapping[str, Tensor], roles: Roles
) -> Tensor:
    """Data with inferred values in the places of missing entries; NaN where none are inferred."""
    values = torch.as_tensor(array)
    gaps, known = roles.gaps.get(data), roles.known.get(data)
    if gaps in arguments:
        whole = values.clone()
        whole[arguments[gaps]] = imputed[missing_site(data)].to(values.dtype)
        return whole
    return torch.where(arguments[known], values, torch.nan) if known in arguments else values


def replicated(
    replicates: Mapping[str, tuple[Tensor, Any]],
    observations: Observations,
    completed: Values,
    roles: Roles,
) -> Values:
    """Replicates put where their statements hold; other entries keep those of `completed`."""
    result: Values = {}
    for observation, _ in observations:
        draw, mask = replicates[observation.site]
        whole = result.get(observation.data, completed[observation.data])
        place = roles.part(observation, tuple(whole.shape))
        if observation.has_condition and isinstance(mask, Tensor):
            is_scored = mask.reshape(mask.shape + (1,) * (draw.dim() - mask.dim()))
            draw = torch.where(is_scored, draw, whole[place])
        elif observation.has_condition and not mask:
            draw = whole[place]
        if draw.shape != whole.shape:
            whole = whole.to(whole.dtype if whole.is_floating_point() else draw.dtype, copy=True)
            whole[place] = draw.to(whole.dtype)
            draw = whole
        result[observation.data] = draw
    return result
