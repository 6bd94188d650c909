"""Runs with latents given: the posteriors of discrete ones, and what follows from all."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gendsl.backends.pyro.latents import Latents
from gendsl.backends.pyro.visit import Values, Visitor


class Summation(Visitor):
    """Keeps, by site, the distributions that sum discrete latents out, at given other latents."""

    def __init__(self, latents: Latents) -> None:
        super().__init__()
        self.latents = latents
        self.groups: dict[str, Any] = {}

    def draw(self, name: str, fn: Any) -> Tensor:
        """The latent's value."""
        return self.latents.value(name, fn)

    def step(self, name: str, fn: Any, place: int, count: int) -> Tensor:
        """The latent's value at a step."""
        return self.latents.at(name, fn, place)

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """Keep the distribution if it sums something out."""
        found = summed_in(fn)
        if found is not None:
            self.groups[name] = found


class Completion(Visitor):
    """A run of the joint program with every latent given, for the quantities that it saves."""

    def __init__(self, latents: Latents) -> None:
        super().__init__()
        self.latents = latents
        self.values: Values = {}

    def draw(self, name: str, fn: Any) -> Tensor:
        """The latent's value."""
        self.values[name] = self.latents.value(name, fn)
        return self.values[name]

    def step(self, name: str, fn: Any, place: int, count: int) -> Tensor:
        """The latent's value at a step."""
        return self.latents.at(name, fn, place)

    def scanned(self, name: str, values: Tensor) -> None:
        """Keep the values of all steps."""
        self.values[name] = values


class Scoring(Completion):
    """The log density of what is observed, with every latent given."""

    def __init__(self, latents: Latents) -> None:
        super().__init__(latents)
        self.likelihoods: Values = {}

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """Keep the observation's log density."""
        self.likelihoods[name] = fn.log_prob(value)


def summed_in(fn: Any) -> Any:
    """The distribution that sums discrete latents out, inside what Pyro wraps around it."""
    while fn is not None and not hasattr(fn, "most_probable"):
        fn = getattr(fn, "base_dist", None)
    return fn
