"""Where Metropolis-Hastings kernels get their proposals from."""

from typing import Any, Protocol, TypeVar

import jax

from gendsl.inference.randomness import Draws

Params = TypeVar("Params", contravariant=True)


class Proposal(Protocol[Params]):
    """A distribution over vectors given where the chain stands; hashable, as kernels are.

    A constant that depends on neither of the two may be missing from its log density.
    """

    def draw(self, data: Any, params: Params, draws: Draws, given: jax.Array) -> jax.Array:
        """Return a draw where the chain is at ``given`` [dim]."""

    def log_density(
        self, data: Any, params: Params, drawn: jax.Array, given: jax.Array
    ) -> jax.Array:
        """Return the log density of drawing ``drawn`` at ``given``."""


class Marginal(Protocol[Params]):
    """A distribution over positions [dim], wherever the chain stands; hashable, as kernels are."""

    def draw(self, data: Any, params: Params, draws: Draws, like: jax.Array) -> jax.Array:
        """Return a draw of the shape and dtype of ``like`` [dim], and of nothing else of it."""

    def log_density(self, data: Any, params: Params, position: jax.Array) -> jax.Array:
        """Return the log density at ``position`` [dim]; a constant may be missing."""
