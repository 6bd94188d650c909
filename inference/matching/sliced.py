"""Sliced Wasserstein distance: that of projections on a line, in the mean over directions.

    SW(f, g)^2 = E_theta W_2^2(theta' f, theta' g),   theta uniform on the unit sphere.

On a line the optimal transport of two samples of one size takes the order statistics of one to
those of the other, so that the distance is a mean of squared differences after sorting: no critic
is trained, and its gradient is that of the sample itself. It is zero only where the distributions
are equal, as the lines determine a distribution (Cramér & Wold 1936).

Source: Bonneel, Rabin, Peyré & Pfister (2015), "Sliced and Radon Wasserstein barycenters of
measures", Definition 1.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.matching.distance import Draw


@dataclass(frozen=True)
class SlicedWasserstein:
    """The distance in ``projections`` random directions a step; see the module."""

    projections: int = 64

    @property
    def power(self) -> int:
        """Its square is what is estimated."""
        return 2

    def start(self, key: jax.Array, num_points: int) -> Any:
        """Nothing is learnt."""
        return ()

    def improve(self, state: Any, key: jax.Array, draw: Draw) -> Any:
        """Nothing is learnt."""
        return state

    def loss(self, state: Any, key: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
        """Return the mean of squared differences of sorted projections."""
        normals = jax.random.normal(key, (first.shape[-1], self.projections), first.dtype)
        directions = normals / jnp.linalg.norm(normals, axis=0)
        gap = jnp.sort(first @ directions, axis=0) - jnp.sort(second @ directions, axis=0)
        return jnp.mean(gap**2)

    def measured(self, key: jax.Array, first: np.ndarray, second: np.ndarray) -> float:
        """Return the squared distance."""
        return float(self.loss((), key, jnp.asarray(first), jnp.asarray(second)))
