"""``independence(T)``: proposals that do not look at where the chain stands.

    ratio = p(z') q(z) / (p(z) q(z')).

It mixes as well as ``q`` covers the target, and gets stuck for long where ``p / q`` is large: mix
it with a local kernel.

Source: Tierney (1994), "Markov chains for exploring posterior distributions", section 2.3.3.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gendsl.inference.combinators.correct import Correct, correct
from gendsl.inference.combinators.proposal import Marginal
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target
from gendsl.inference.transport import Transport
from gendsl.inference.whitening import spread


@dataclass(frozen=True, slots=True)
class _Anywhere:
    """A marginal as a proposal."""

    marginal: Marginal[Any]

    def draw(self, data: Data, params: Any, draws: Draws, given: jax.Array) -> jax.Array:
        return self.marginal.draw(data, params, draws, given)

    def log_density(self, data: Data, params: Any, drawn: jax.Array, given: jax.Array) -> jax.Array:
        return self.marginal.log_density(data, params, drawn)


class Location(NamedTuple):
    """Of a normal: its ``mean`` [dim], and standard deviations [dim] or a Cholesky factor."""

    mean: jax.Array
    root: jax.Array


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal distribution; its parameters are a :class:`Location`."""

    def draw(self, data: Data, params: Location, draws: Draws, like: jax.Array) -> jax.Array:
        """Return a draw [dim]."""
        return params.mean + spread(params.root, draws.normals(len(like), like.dtype))

    def log_density(self, data: Data, params: Location, position: jax.Array) -> jax.Array:
        """Return the log density, without its constant."""
        gap = position - params.mean
        if params.root.ndim == 1:
            return -0.5 * jnp.sum((gap / params.root) ** 2)
        noise = jax.scipy.linalg.solve_triangular(params.root, gap, lower=True)
        return -0.5 * jnp.sum(noise**2)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a transport makes of a standard normal; its parameters are the transport's."""

    transport: Transport[Any]

    def draw(self, data: Data, params: Any, draws: Draws, like: jax.Array) -> jax.Array:
        """Return a draw [dim]."""
        return self.transport.push(params, draws.normals(len(like), like.dtype))[0]

    def log_density(self, data: Data, params: Any, position: jax.Array) -> jax.Array:
        """Return the log density, without its constant."""
        noise, log_det = self.transport.pull(params, position)
        return -0.5 * jnp.sum(noise * noise) + log_det


def independence(target: Target, marginal: Marginal[Any], params: Any = ()) -> Correct:
    """Return Metropolis-Hastings with proposals from ``marginal``.

    ``params`` are the marginal's, or an :class:`Adaptation` that learns them.
    """
    return correct(target, _Anywhere(marginal), params)
