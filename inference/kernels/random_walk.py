"""Random-walk Metropolis: a normal step, taken or not.

    z' = z + e S x,  x ~ N(0, I),  taken with probability min(1, p(z') / p(z)).

Sources: Metropolis et al. (1953), "Equation of state calculations by fast computing machines"; the
acceptance rates to aim at are those of Roberts, Gelman & Gilks (1997), 0.234, and in one dimension
of Gelman, Roberts & Gilks (1996), 0.44, as is the first step size, ``2.38 / sqrt(dim)``.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.local import Params, Place
from gendsl.inference.metropolis import accept, refuse_discrete, status_of
from gendsl.inference.protocol import Facts, Info
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target
from gendsl.inference.whitening import spread


@dataclass(frozen=True, slots=True)
class RandomWalk:
    """Random-walk Metropolis with normal steps.

    Attributes:
        target: what to draw from.
        is_dense: whether warm-up learns a dense covariance of the steps.

    Raises:
        ValueError: if the target has no coordinates, or discrete ones.
    """

    target: Target
    is_dense: bool = False

    def __post_init__(self) -> None:
        refuse_discrete(self.target, "a random walk")

    @property
    def facts(self) -> Facts:
        """Exact, reversible, without gradients."""
        return Facts()

    @property
    def adaptation(self) -> StepAndScale:
        """A step size for an acceptance rate of 0.234, in one dimension 0.44."""
        size = self.target.size
        wanted = 0.44 if size == 1 else 0.234
        return StepAndScale(size, wanted, self.is_dense, False, 2.38 / size**0.5)

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: Params, draws: Draws, state: Place) -> tuple[Place, Info]:
        """Propose a step, and take it or stay."""
        for_proposal, for_accept = draws.parts(2)
        noise = for_proposal.normals(self.target.size, state.position.dtype)
        move = params.step_size * spread(params.scale, noise)
        proposed = self.init(data, state.position + move)
        log_ratio = proposed.log_density - state.log_density
        after, rate = accept(for_accept, log_ratio, proposed, state)
        return after, Info(rate, jnp.zeros((), jnp.int32), status_of(proposed.log_density))
