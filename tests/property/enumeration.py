"""The sum over all joint states of discrete sites, one state after the other."""

import inspect
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.infer.util import log_density

from gendsl.backends.load import load
from gendsl.backends.numpyro import source_of
from gendsl.ir.program import Program

Sites = Mapping[str, tuple[tuple[int, ...], int, int]]
"""Shape, least value and number of values of each discrete site."""


def density_of(text: str, arguments: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """The log density of a generated program as NumPyro has it, at values of its latents."""
    model = load(text).model
    known = inspect.signature(model).parameters
    given = {name: value for name, value in arguments.items() if name in known}
    return log_density(model, (), given, dict(values))[0]


@dataclass(frozen=True)
class Enumeration:
    """All joint states of the discrete sites of a joint program."""

    program: Program
    arguments: Mapping[str, Any]
    values: Mapping[str, Any]
    sites: Sites

    @cached_property
    def cells(self) -> list[tuple[str, int]]:
        """Each entry of each site."""
        return [(n, i) for n, (shape, _, _) in self.sites.items() for i in range(_size(shape))]

    @cached_property
    def states(self) -> np.ndarray:
        """By joint state, the position of each cell."""
        return np.array(list(itertools.product(*(range(self.sites[n][2]) for n, _ in self.cells))))

    def values_at(self, row: Any) -> dict[str, Any]:
        """The values of the sites at one joint state."""
        found, place = {}, 0
        for name, (shape, least, _) in self.sites.items():
            found[name] = (row[place : place + _size(shape)] + least).reshape(shape)
            place += _size(shape)
        return found

    @cached_property
    def log_densities(self) -> np.ndarray:
        """The joint log density at each joint state."""

        text = source_of(self.program)

        def one(row: Any) -> Any:
            return density_of(text, self.arguments, {**self.values, **self.values_at(row)})

        return np.asarray(jax.jit(jax.vmap(one))(jnp.asarray(self.states)))

    @property
    def log_sum(self) -> float:
        """The logarithm of the sum of the joint densities."""
        return float(np.logaddexp.reduce(self.log_densities))

    def probabilities(self, name: str) -> np.ndarray:
        """P(site = state) by entry and state."""
        weights = np.exp(self.log_densities - self.log_sum)
        shape, _, count = self.sites[name]
        columns = [j for j, (n, _) in enumerate(self.cells) if n == name]
        found = np.array(
            [[weights[self.states[:, j] == s].sum() for s in range(count)] for j in columns]
        )
        return found.reshape(*shape, count)


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))
