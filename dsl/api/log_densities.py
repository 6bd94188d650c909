"""The log density at many positions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.api.inference_drawn import Array
from gendsl.api.inference_posterior import Posterior
from gendsl.api.over_rows import LogDensity, over_rows

_BLOCK, _MOST_NUMBERS = 256, 20_000_000
"""Draws whose log density is computed at a time, and numbers of data that they read together."""


def log_densities_of(posterior: Posterior, positions: Array) -> Array:
    """The log density at positions [draw, dim]; -inf where it could not be computed."""
    found = judged_log_densities(posterior, positions)
    return np.where(found.is_known, found.values, -np.inf)


class Judged(NamedTuple):
    """Log densities [draw], -inf where impossible, and whether they could be computed [draw]."""

    values: Array
    is_known: NDArray[np.bool_]


def judged_log_densities(posterior: Posterior, positions: Array) -> Judged:
    """The log density at positions [draw, dim], as a number only where it is known."""
    import jax

    log_density = over_rows(LogDensity(posterior.target), (None, 0))
    read = sum(np.size(leaf) for leaf in jax.tree.leaves(posterior.data))
    block = max(1, min(_BLOCK, _MOST_NUMBERS // max(read, 1), len(positions)))
    parts = []
    for start in range(0, len(positions), block):
        # The last block is filled up, so that it compiles nothing.
        places = np.minimum(np.arange(start, start + block), len(positions) - 1)
        parts.append(np.asarray(log_density(posterior.data, positions[places])))
    log_densities = np.concatenate(parts)[: len(positions)]
    # The lowest number is how a target says that it could not be computed.
    lowest = np.finfo(log_densities.dtype).min
    return Judged(log_densities, ~np.isnan(log_densities) & (log_densities != lowest))
