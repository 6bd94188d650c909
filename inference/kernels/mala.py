"""The Metropolis-adjusted Langevin algorithm: a normal step with a drift along the gradient.

    z' = z + e S (x + (e/2) S^T g(z)),  x ~ N(0, I).

The step back from ``z'`` to ``z`` needs the noise ``x' = -(x + (e/2) S^T (g(z) + g(z')))``, so the
proposal densities are those of ``x`` and ``x'`` and nothing has to be solved:

    log ratio = log p(z') - log p(z) - |x'|^2 / 2 + |x|^2 / 2.

Sources: Roberts & Tweedie (1996), "Exponential convergence of Langevin distributions and their
discrete approximations"; the acceptance rate to aim at, 0.574, and the order of the step size,
``dim^(-1/6)``, are those of Roberts & Rosenthal (1998).
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.local import Params, State, state_at
from gendsl.inference.metropolis import accept, refuse_discrete, status_of
from gendsl.inference.protocol import Facts, Info
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target
from gendsl.inference.whitening import spread, whiten


@dataclass(frozen=True, slots=True)
class Mala:
    """The Metropolis-adjusted Langevin algorithm.

    Attributes:
        target: what to draw from.
        is_dense: whether warm-up learns a dense metric.

    Raises:
        ValueError: if the target has no coordinates, or discrete ones.
    """

    target: Target
    is_dense: bool = False

    def __post_init__(self) -> None:
        refuse_discrete(self.target, "MALA")

    @property
    def facts(self) -> Facts:
        """Exact, reversible, with gradients."""
        return Facts(has_gradient=True)

    @property
    def adaptation(self) -> StepAndScale:
        """A step size for an acceptance rate of 0.574."""
        size = self.target.size
        return StepAndScale(size, 0.574, self.is_dense, start=size ** (-1 / 6))

    def init(self, data: Data, position: jax.Array) -> State:
        """Return the state at ``position`` [dim]."""
        return state_at(self.target, data, position)

    def refresh(self, data: Data, state: State) -> State:
        """Return ``state`` with gradient and log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: Params, draws: Draws, state: State) -> tuple[State, Info]:
        """Propose a step with drift, and take it or stay."""
        for_proposal, for_accept = draws.parts(2)
        noise = for_proposal.normals(self.target.size, state.position.dtype)
        size, scale = params.step_size, params.scale
        move = noise + 0.5 * size * whiten(scale, state.gradient)
        proposed = self.init(data, state.position + size * spread(scale, move))
        back = move + 0.5 * size * whiten(scale, proposed.gradient)
        log_ratio = proposed.log_density - state.log_density
        log_ratio = log_ratio + self.correction(noise, back)
        after, rate = accept(for_accept, log_ratio, proposed, state)
        return after, Info(rate, jnp.ones((), jnp.int32), status_of(proposed.log_density))

    def correction(self, noise: jax.Array, back: jax.Array) -> jax.Array:
        """Return the log ratio of proposing back to proposing there, from the noises of both."""
        return 0.5 * jnp.sum(noise * noise - back * back)
