"""What an independently written density is made of, and where its points are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

Values = dict[str, Any]
Data = Mapping[str, Any]
Draw = Callable[[Generator], Any]


@dataclass(frozen=True, slots=True)
class Independent:
    """A log density up to a constant, and how each of its quantities is dispersed.

    `log_density` takes the data under the database's names and the values under the library's;
    the entries of a `beta` that the library names one by one are told by its catalogue.
    `tolerance` is relative: wider where a density says why, as for a differential equation.
    A density that `is_solved` has a differential equation, solved to a relative 1e-12 or exactly.
    """

    posteriors: tuple[str, ...]
    draws: Mapping[str, Draw]
    log_density: Callable[[Data, Values], float]
    tolerance: float = 1e-12
    is_solved: bool = False

    def point(self, rng: Generator) -> Values:
        """A random point inside the support."""
        return {name: np.asarray(draw(rng)) for name, draw in self.draws.items()}


def density(
    *posteriors: str,
    tolerance: float = 1e-12,
    is_solved: bool = False,
    **draws: Draw,
) -> Callable[[Callable[[Data, Values], float]], Independent]:
    """Makes a function of data and values the density of these posteriors."""

    def made(function: Callable[[Data, Values], float]) -> Independent:
        return Independent(posteriors, draws, function, tolerance, is_solved)

    return made


# --- where points are drawn ------------------------------------------------------------------


def around(mean: Any, sd: Any, shape: tuple[int, ...] | None = None) -> Draw:
    """Normal draws."""
    return lambda rng: rng.normal(mean, sd, shape)


def near(centre: Any, spread: float = 0.3, shape: tuple[int, ...] | None = None) -> Draw:
    """Positive draws, whose logarithm has this spread."""
    return lambda rng: centre * np.exp(rng.normal(0, spread, shape or np.shape(centre)))


def between(low: float, high: float, shape: tuple[int, ...] | None = None) -> Draw:
    """Uniform draws."""
    return lambda rng: rng.uniform(low, high, shape)


def rising(centres: Any, sd: float) -> Draw:
    """Normal draws, sorted."""
    return lambda rng: np.sort(rng.normal(centres, sd))


def shares(size: int, *rows: int) -> Draw:
    """Simplexes."""
    return lambda rng: rng.dirichlet(np.full(size, 2.0), rows or None)


def summing_to_zero(size: int) -> Draw:
    """Normal draws less their mean."""

    def draw(rng: Generator) -> Any:
        x = rng.normal(0, 1, size)
        return x - x.mean()

    return draw
