"""Distances with their Monte Carlo error, over measurement sets of their own."""

from collections.abc import Sequence
from functools import partial
from math import sqrt
from typing import Any, NamedTuple

import jax
import numpy as np

from gendsl.inference.matching.distance import Distance
from gendsl.inference.matching.tuning import Functions


class Estimate(NamedTuple):
    """A number and its standard error."""

    value: float
    error: float


SETS = 32
"""Measurement sets that an estimate is a mean over."""

DRAWS = 512
"""Functions of each kind at a set."""


def estimated(
    functions: Functions, given: Any, distance: Distance, scales: Sequence[np.ndarray], *, seed: int
) -> tuple[Estimate, ...]:
    """Return the distance from the process of the prior with each of ``scales``, and of itself.

    The last, of the process from other draws of its own, is not 0, as there are but so many. Sets,
    draws and directions are the same for all of them. An error is that of the mean over the sets,
    by the delta method where the distance is a root.
    """
    found = np.empty((SETS, len(scales) + 1))
    for i in range(SETS):
        key_draw, key_measure = jax.random.split(jax.random.fold_in(jax.random.key(seed), i))
        drawn = [
            tuple(map(np.asarray, _drawn(functions, key_draw, given, each))) for each in scales
        ]
        _, process, other = drawn[0]
        firsts = (*(tuned for tuned, _, _ in drawn), other)
        found[i] = [distance.measured(key_measure, first, process) for first in firsts]
    return tuple(_estimate(each, distance.power) for each in found.T)


def _estimate(values: np.ndarray, power: int) -> Estimate:
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1)) / sqrt(len(values))
    if power == 1:
        return Estimate(mean, error)
    root = sqrt(mean)
    return Estimate(root, error / (2 * root) if root else 0.0)


@partial(jax.jit, static_argnums=0)
def _drawn(
    functions: Functions, key: jax.Array, given: Any, scales: Any
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Of the prior, of the process, and of the process again."""
    key_points, key_pairs = jax.random.split(key)
    points = functions.points(key_points, given)
    tuned, process = functions.pairs(key_pairs, given, scales, points, 2 * DRAWS)
    return tuned[:DRAWS], process[:DRAWS], process[DRAWS:]
