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

from gendsl.inference.adaptation import Adaptation
from gendsl.inference.combinators.fixed import as_adaptation
from gendsl.inference.combinators.proposal import Proposal
from gendsl.inference.local import Place
from gendsl.inference.metropolis import accept, status_of
from gendsl.inference.protocol import Facts, Info
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target

Involution = Callable[[Data, Any, jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
"""``(data, params, position[dim], auxiliary) -> (position, auxiliary)``, its own inverse."""


@dataclass(frozen=True, slots=True)
class Involutive:
    """The kernel of an auxiliary distribution and an involution, with parameters in common."""

    target: Target
    auxiliary: Proposal[Any]
    involution: Involution
    learning: Adaptation

    @property
    def facts(self) -> Facts:
        """Exact and reversible, if the involution is its own inverse (law K5)."""
        return Facts()

    @property
    def adaptation(self) -> Adaptation:
        """The one given."""
        return self.learning

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: Any, draws: Draws, state: Place) -> tuple[Place, Info]:
        """Draw the auxiliary, map, and take the image or stay."""
        for_auxiliary, for_accept = draws.parts(2)
        drawn = self.auxiliary.draw(data, params, for_auxiliary, state.position)
        position, image = self.involution(data, params, state.position, drawn)
        proposed = self.init(data, position)
        there = self.auxiliary.log_density(data, params, drawn, state.position)
        back = self.auxiliary.log_density(data, params, image, position)
        log_ratio = proposed.log_density - state.log_density + back - there
        log_ratio = log_ratio + self.log_determinant(data, params, state.position, drawn)
        after, rate = accept(for_accept, log_ratio, proposed, state)
        return after, Info(rate, jnp.zeros((), jnp.int32), status_of(proposed.log_density))

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
    return Involutive(target, auxiliary, involution, as_adaptation(params))
