"""``correct(proposal)``: an approximate move made exact by Metropolis and Hastings' decision.

    ratio = p(z') q(z | z') / (p(z) q(z' | z)).

Any proposal of which the density can be computed will do: unadjusted Langevin, a Gibbs draw from an
approximate conditional, a draw from a trained network.

Source: Hastings (1970), "Monte Carlo sampling methods using Markov chains and their applications".
"""

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


@dataclass(frozen=True, slots=True)
class Correct:
    """Metropolis-Hastings with ``proposal``, whose parameters ``learning`` sets."""

    target: Target
    proposal: Proposal[Any]
    learning: Adaptation

    @property
    def facts(self) -> Facts:
        """Exact and reversible, for any proposal."""
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
        """Propose, and take it or stay."""
        for_proposal, for_accept = draws.parts(2)
        position = self.proposal.draw(data, params, for_proposal, state.position)
        proposed = self.init(data, position)
        log_ratio = proposed.log_density - state.log_density
        log_ratio = log_ratio + self.correction(data, params, state.position, position)
        after, rate = accept(for_accept, log_ratio, proposed, state)
        return after, Info(rate, jnp.zeros((), jnp.int32), status_of(proposed.log_density))

    def correction(self, data: Data, params: Any, here: jax.Array, there: jax.Array) -> jax.Array:
        """Return the log ratio of proposing back to proposing there."""
        back = self.proposal.log_density(data, params, here, there)
        return back - self.proposal.log_density(data, params, there, here)


def correct(target: Target, proposal: Proposal[Any], params: Any = ()) -> Correct:
    """Return Metropolis-Hastings with ``proposal``.

    ``params`` are the proposal's, or an :class:`Adaptation` that learns them.
    """
    return Correct(target, proposal, as_adaptation(params))
