"""What tuning asks of a distance between two distributions, given draws of both."""

from collections.abc import Callable
from typing import Any, Protocol

import jax
import numpy as np

Draw = Callable[[jax.Array], tuple[jax.Array, jax.Array]]
"""Of a key, values [draw, point] of two random functions at the same points."""


class Distance(Protocol):
    """A distance, and a state that is learnt on the way; both a pytree and hashable by its fields.

    ``power`` is that of the distance of which ``measured`` is an estimate: 2 for a squared one.
    """

    @property
    def power(self) -> int: ...

    def start(self, key: jax.Array, num_points: int) -> Any:
        """Return the state before anything is learnt."""

    def improve(self, state: Any, key: jax.Array, draw: Draw) -> Any:
        """Return a better state for the functions that ``draw`` draws."""

    def loss(self, state: Any, key: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
        """Return what a step reduces, of draws [draw, point]."""

    def measured(self, key: jax.Array, first: np.ndarray, second: np.ndarray) -> float:
        """Return an estimate of the distance to its ``power``, of draws [draw, point]."""
