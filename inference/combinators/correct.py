"""``correct(proposal)``: an approximate move made exact by Metropolis and Hastings' decision.

    ratio = p(z') q(z | z') / (p(z) q(z' | z)).

Any proposal of which the density can be computed will do: unadjusted Langevin, a Gibbs draw from an
approximate conditional, a draw from a trained network.

Source: Hastings (1970), "Monte Carlo sampling methods using Markov chains and their applications".
"""

from dataclasses import dataclass
from typing import Any

import jax

from gendsl.inference.combinators.fixed import as_adaptation
from gendsl.inference.combinators.hastings import Hastings
from gendsl.inference.combinators.proposal import Proposal
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target


@dataclass(frozen=True, slots=True)
class Correct(Hastings):
    """Metropolis-Hastings with ``proposal``, whose parameters ``learning`` sets."""

    proposal: Proposal[Any]

    def propose(
        self, data: Data, params: Any, draws: Draws, position: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """See :class:`Hastings`."""
        proposed = self.proposal.draw(data, params, draws, position)
        return proposed, self.correction(data, params, position, proposed)

    def correction(self, data: Data, params: Any, here: jax.Array, there: jax.Array) -> jax.Array:
        """Return the log ratio of proposing back to proposing there."""
        back = self.proposal.log_density(data, params, here, there)
        return back - self.proposal.log_density(data, params, there, here)


def correct(target: Target, proposal: Proposal[Any], params: Any = ()) -> Correct:
    """Return Metropolis-Hastings with ``proposal``.

    ``params`` are the proposal's, or an :class:`Adaptation` that learns them.
    """
    return Correct(target, as_adaptation(params), proposal)
