"""What a head is: a family of distributions of one target, with numbers that a network gives."""

from collections.abc import Callable
from typing import Protocol

import jax
import numpy as np

Normals = Callable[[tuple[int, ...]], jax.Array]
"""``shape -> independent standard normals``, float32, that new weights are made of."""


class Head(Protocol):
    """A family of distributions of a target.

    ``outputs`` [..., output] are what a network gives; zeros make about the marginal distribution
    under the prior. ``reference`` [any] is what was found from draws of the prior and is not
    trained. Targets are in the units of :meth:`units`. All shapes broadcast.
    """

    @property
    def num_outputs(self) -> int:
        """How many numbers make a distribution."""

    @property
    def num_inputs(self) -> int:
        """How many numbers tell a network of a target that is known."""

    def units(self, y: np.ndarray) -> tuple[float, float]:
        """Return where targets are centred and in which unit they are measured, given draws [n]."""

    def reference(self, y: np.ndarray) -> np.ndarray:
        """Return what to keep of draws [n] of the target under the prior."""

    def encode(self, y: jax.Array) -> jax.Array:
        """Return ``y`` [...] as a network reads it [..., input]."""

    def log_density(self, reference: jax.Array, outputs: jax.Array, y: jax.Array) -> jax.Array:
        """Return the log density, or the log probability, at ``y`` [...]."""

    def cdf(self, reference: jax.Array, outputs: jax.Array, y: jax.Array) -> jax.Array:
        """Return the probability of values up to ``y`` [...]."""

    def mean(self, reference: jax.Array, outputs: jax.Array) -> jax.Array:
        """Return the mean [...]."""

    def variance(self, reference: jax.Array, outputs: jax.Array) -> jax.Array:
        """Return the variance [...]."""

    def quantile(self, reference: jax.Array, outputs: jax.Array, share: jax.Array) -> jax.Array:
        """Return the value [...] below which the ``share`` [...] lies, in (0, 1)."""

    def sample(self, reference: jax.Array, outputs: jax.Array, key: jax.Array) -> jax.Array:
        """Return one draw [...] from each distribution."""
