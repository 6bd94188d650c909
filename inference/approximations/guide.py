"""What every approximation is made of: a density that can be drawn from and evaluated.

A guide is a frozen dataclass that says how parameters, any pytree, make a density over the flat
position; equal guides share their compiled programs. It serves the approximations here, importance
sampling, and as the proposal of a kernel.
"""

from typing import Any, Protocol

import jax

from gendsl.inference.randomness import Draws


class Guide(Protocol):
    """A family of densities q over positions [dim], indexed by parameters."""

    @property
    def size(self) -> int:
        """Number of coordinates, ``dim``."""

    def draw(self, draws: Draws, params: Any, count: int) -> tuple[jax.Array, jax.Array]:
        """Return independent positions [count, dim] and their ``log q`` [count].

        The draws of a :class:`Trainable` are differentiable in ``params``.
        """

    def log_density(self, params: Any, position: jax.Array) -> jax.Array:
        """Return the normalised ``log q`` (scalar) at ``position`` [dim]."""


class Trainable(Guide, Protocol):
    """A guide whose parameters can be fit by gradients."""

    def start(self, draws: Draws, position: jax.Array, scale: jax.Array) -> Any:
        """Return parameters of about the normal at ``position`` [dim] with sd ``scale`` (scalar).

        No parameter may stand where its gradient vanishes by symmetry.
        """
