"""``involutive(q, f)``: an auxiliary draw and an involution, the widest Metropolis-Hastings.

Draw ``v ~ q(v | z)``, map ``(z', v') = f(z, v)`` with ``f(f(z, v)) = (z, v)``, and take ``z'`` with
probability

    min(1, p(z') q(v' | z') / (p(z) q(v | z)) |det d(z', v') / d(z, v)|).

The log determinant is automatic differentiation's, so no formula of it can be wrong; it costs the
cube of ``dim`` and the auxiliary's size together.

Sources: Green (1995), "Reversible jump Markov chain Monte Carlo computation and Bayesian model
determination"; Neklyudov, Welling, Egorov & Vetrov (2020), "Involutive MCMC", algorithm 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.inference.combinators.fixed import as_adaptation
from gendsl.inference.combinators.hastings import Hastings
from gendsl.inference.combinators.proposal import Proposal
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target

Involution = Callable[[Data, Any, jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
"""``(data, params, position[dim], auxiliary) -> (position, auxiliary)``, its own inverse."""


@dataclass(frozen=True, slots=True)
class Involutive(Hastings):
    """The kernel of an auxiliary distribution and an involution, with parameters in common.

    It is exact and reversible if the involution is its own inverse (law K5).
    """

    auxiliary: Proposal[Any]
    involution: Involution

    def propose(
        self, data: Data, params: Any, draws: Draws, position: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """See :class:`Hastings`: draw the auxiliary, and map."""
        drawn = self.auxiliary.draw(data, params, draws, position)
        proposed, image = self.involution(data, params, position, drawn)
        there = self.auxiliary.log_density(data, params, drawn, position)
        back = self.auxiliary.log_density(data, params, image, proposed)
        return proposed, back - there + self.log_determinant(data, params, position, drawn)

    def log_determinant(
        self, data: Data, params: Any, position: jax.Array, auxiliary: jax.Array
    ) -> jax.Array:
        """Return the log of the absolute determinant of the involution's Jacobian."""
        size = len(position)

        def flat(both: jax.Array) -> jax.Array:
            return jnp.concatenate(self.involution(data, params, both[:size], both[size:]))

        jacobian = jax.jacfwd(flat)(jnp.concatenate([position, auxiliary]))
        log_det: jax.Array = jnp.linalg.slogdet(jacobian)[1]
        return log_det

    def deviation(
        self, data: Data, params: Any, position: jax.Array, auxiliary: jax.Array
    ) -> jax.Array:
        """Return by how much the involution done twice misses where it began, at the most.

        Check it at a few points: the kernel keeps its target if it is 0 but for rounding.
        """
        back = self.involution(data, params, *self.involution(data, params, position, auxiliary))
        gaps = [back[0] - position, back[1] - auxiliary]
        return jnp.max(jnp.abs(jnp.concatenate(gaps)))


def involutive(
    target: Target, auxiliary: Proposal[Any], involution: Involution, params: Any = ()
) -> Involutive:
    """Return the kernel of ``auxiliary`` and ``involution``.

    ``params`` are those of both, or an :class:`Adaptation` that learns them.
    """
    return Involutive(target, as_adaptation(params), auxiliary, involution)
