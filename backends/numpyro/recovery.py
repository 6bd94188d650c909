"""Runs with latents given: the posteriors of discrete ones, and what follows from all."""

from __future__ import annotations

from typing import Any

import jax

from gendsl.backends.numpyro.latents import Latents
from gendsl.backends.numpyro.visit import Values, Visitor
from gendsl.backends.roles import Roles


class Summation(Visitor):
    """Keeps, by site, the distributions that sum discrete latents out, at given other latents."""

    def __init__(self, latents: Latents) -> None:
        super().__init__()
        self.latents = latents
        self.groups: dict[str, Any] = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The latent's value."""
        return self.latents.value(name, fn)

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The latent's value at a step."""
        return self.latents.at(name, fn, index)

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """Keep the distribution if it sums something out."""
        found = summed_in(fn)
        if found is not None:
            self.groups[name] = found


class Completion(Visitor):
    """A run of the joint program with every latent given, for the quantities that it saves."""

    def __init__(self, latents: Latents, roles: Roles) -> None:
        super().__init__()
        self.latents = latents
        self.roles = roles
        self.values: Values = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The latent's value."""
        value = self.latents.value(name, fn)
        self.scanned(name, fn, value)
        return value

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The latent's value at a step."""
        return self.latents.at(name, fn, index)

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Keep a latent's value."""
        self.values[name] = values


class Scoring(Completion):
    """The log density of what is observed, with every latent given."""

    def __init__(self, latents: Latents, roles: Roles) -> None:
        super().__init__(latents, roles)
        self.likelihoods: Values = {}

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """Keep the observation's log density."""
        self.likelihoods[name] = fn.log_prob(value)


def summed_in(fn: Any) -> Any:
    """The distribution that sums discrete latents out, inside what NumPyro wraps around it."""
    while fn is not None and not hasattr(fn, "most_probable"):
        fn = getattr(fn, "base_dist", None)
    return fn
