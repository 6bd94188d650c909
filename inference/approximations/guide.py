"""What every approximation is made of: a density that can be drawn from and evaluated.

A guide is a frozen dataclass that says how parameters, any pytree, make a density over the flat
position; equal guides share their compiled programs. It serves the approximations here, importance
sampling, and as the proposal of a kernel.
"""

from typing import Any, Protocol, runtime_checkable

import jax

from gendsl.inference.approximations.path_mixture import Factored
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


@runtime_checkable
class Placeable(Trainable, Protocol):
    """A guide that stays in its family when its coordinates are stretched.

    A chart is a normal, whose standard coordinates are ``u`` where those of the target are ``z``.
    """

    def around(self, normal: Factored, draws: Draws) -> tuple[Factored, Any]:
        """Return the chart to train in, and parameters there that are about ``normal``.

        ``draws`` are for what ``normal`` leaves open.
        """

    def placed(self, chart: Factored, params: Any) -> Any:
        """Return the parameters for ``z`` of the guide that has ``params`` for ``u``."""

    def strides(self) -> Any:
        """Return how long a step of each parameter is beside the others, shaped as they are.

        A draw is moved by all parameters of a row together, so each of many takes a shorter step.
        """
