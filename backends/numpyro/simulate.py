"""Draws from the joint distribution, and replicated data at a position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.backends.failures import CannotSimulate
from gendsl.backends.numpyro.inputs import Arrays
from gendsl.backends.numpyro.latents import Latents
from gendsl.backends.numpyro.visit import Keys, Values, Visitor, mask_of, sampled
from gendsl.backends.roles import Observation, Roles
from gendsl.ir.bound import missing_site

Observations = Sequence[tuple[Observation, Any]]
"""Sites that score data, each with the data's array."""


class Simulation(Visitor):
    """Draws every site."""

    def __init__(self, keys: Keys, roles: Roles) -> None:
        super().__init__()
        self.keys = keys
        self.roles = roles
        self.drawn: Values = {}
        self.replicates: dict[str, tuple[jax.Array, Any]] = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """A draw from the site's distribution."""
        self.drawn[name] = sampled(name, fn, self.keys.next())
        return self.drawn[name]

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """A draw at a step."""
        assert key is not None
        return sampled(name, fn, key)

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Keep the draws of all steps."""
        self.drawn[name] = values

    def key_of_scan(self) -> jax.Array | None:
        """The next key."""
        return self.keys.next()

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
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
        self.replicates: dict[str, tuple[jax.Array, Any]] = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The latent's value, or a draw of what is predicted."""
        if name in self.roles.latents:
            value = self.latents.value(name, fn)
            if name in self.roles.imputed:
                self.imputed[name] = value
            return value
        self.drawn[name] = sampled(name, fn, self.keys.next())
        return self.drawn[name]

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The latent's value at a step, or a draw of what is predicted."""
        if name in self.roles.latents:
            return self.latents.at(name, fn, index)
        assert key is not None
        return sampled(name, fn, key)

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Keep what was predicted step by step."""
        if name not in self.roles.hidden and name not in self.roles.latents:
            self.drawn[name] = values

    def key_of_scan(self) -> jax.Array | None:
        """The next key."""
        return self.keys.next()

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """A replicate of the observation."""
        if name in self.roles.observations:
            draw = sampled(name, fn, self.keys.next())
            self.replicates[name] = (draw, mask_of(fn))

    def outcome(self, observations: Observations, data: Arrays) -> Values:
        """Replicated data, predicted sites and predicted equations."""
        derived = {n: v for n, v in self.derived.items() if n in self.roles.predictions}
        drawn = {n: v for n, v in self.drawn.items() if n not in self.roles.hidden}
        completed = {
            o.data: complete(o.data, v, data, self.imputed, self.roles) for o, v in observations
        }
        replicates = replicated(self.replicates, observations, completed, self.roles)
        return {**drawn, **derived, **replicates}


def complete(data: str, array: Any, arguments: Arrays, imputed: Values, roles: Roles) -> jax.Array:
    """Data with inferred values in the places of missing entries; NaN where none are inferred."""
    values = jnp.asarray(array)
    gaps, known = roles.gaps.get(data), roles.known.get(data)
    if gaps in arguments:
        drawn = jnp.asarray(imputed[missing_site(data)]).astype(values.dtype)
        return values.at[arguments[gaps]].set(drawn)
    return jnp.where(arguments[known], values, jnp.nan) if known in arguments else values


def replicated(
    replicates: dict[str, tuple[jax.Array, Any]],
    observations: Observations,
    completed: Values,
    roles: Roles,
) -> Values:
    """Replicates put where their statements hold; other entries keep those of `completed`."""
    result: Values = {}
    for observation, _ in observations:
        draw, mask = replicates[observation.site]
        place = roles.part(observation, jnp.shape(completed[observation.data]))
        whole = jnp.asarray(result.get(observation.data, completed[observation.data]))
        if observation.has_condition:
            shape = jnp.shape(mask) + (1,) * (jnp.ndim(draw) - jnp.ndim(mask))
            is_scored = jnp.reshape(jnp.asarray(mask), shape) if jnp.ndim(mask) else mask
            draw = jnp.where(is_scored, draw, whole[place])
        if draw.shape == jnp.shape(whole):
            result[observation.data] = draw
        else:
            dtype = whole.dtype if jnp.issubdtype(whole.dtype, jnp.floating) else draw.dtype
            result[observation.data] = whole.astype(dtype).at[place].set(draw)
    return result
