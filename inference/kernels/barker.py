"""Barker's proposal: a normal step whose sign in each coordinate leans along the gradient.

In whitened coordinates, with ``c(z) = S^T g(z)``, each coordinate draws the size of its step and
then its sign,

    w_i ~ N(0, e^2),   b_i = 1 with probability 1 / (1 + exp(-w_i c_i(z))), else -1,
    z' = z + S (b w),

and with ``d = b w`` the move is taken with probability

    min(1, p(z') / p(z)  prod_i (1 + exp(-d_i c_i(z))) / (1 + exp(d_i c_i(z')))).

The size of a step does not grow with the gradient, so unlike MALA it is safe where gradients are
large and where the step size is yet to be learnt.

Source: Livingstone & Zanella (2022), "The Barker proposal: combining robustness and efficiency in
gradient-based MCMC", algorithm 1; the acceptance rate to aim at, 0.4, is that of Vogrinc,
Livingstone & Zanella (2023), "Optimal design of the Barker proposal".
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
class Barker:
    """Metropolis-Hastings with Barker's proposal.

    Attributes:
        target: what to draw from.
        is_dense: whether warm-up learns a dense metric.

    Raises:
        ValueError: if the target has no coordinates, or discrete ones.
    """

    target: Target
    is_dense: bool = False

    def __post_init__(self) -> None:
        refuse_discrete(self.target, "Barker's proposal")

    @property
    def facts(self) -> Facts:
        """Exact, reversible, with gradients."""
        return Facts(has_gradient=True)

    @property
    def adaptation(self) -> StepAndScale:
        """A step size for an acceptance rate of 0.4."""
        size = self.target.size
        return StepAndScale(size, 0.4, self.is_dense, start=size ** (-1 / 6))

    def init(self, data: Data, position: jax.Array) -> State:
        """Return the state at ``position`` [dim]."""
        return state_at(self.target, data, position)

    def refresh(self, data: Data, state: State) -> State:
        """Return ``state`` with gradient and log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: Params, draws: Draws, state: State) -> tuple[State, Info]:
        """Propose a step of which the signs lean along the gradient, and take it or stay."""
        for_size, for_sign, for_accept = draws.parts(3)
        scale, count = params.scale, self.target.size
        size = params.step_size * for_size.normals(count, state.position.dtype)
        pull = whiten(scale, state.gradient)
        log_chance = -jax.nn.softplus(-size * pull)
        is_kept = for_sign.map(lambda each, chance: each.coin(chance), count, log_chance)
        move = jnp.where(is_kept, size, -size)
        proposed = self.init(data, state.position + spread(scale, move))
        log_ratio = proposed.log_density - state.log_density
        log_ratio = log_ratio + self.correction(move, pull, whiten(scale, proposed.gradient))
        after, rate = accept(for_accept, log_ratio, proposed, state)
        return after, Info(rate, jnp.ones((), jnp.int32), status_of(proposed.log_density))

    def correction(self, move: jax.Array, here: jax.Array, there: jax.Array) -> jax.Array:
        """Return the log ratio of proposing back to proposing there.

        ``move``, and the gradients at both ends, ``here`` and ``there``, are whitened [dim].
        """
        return jnp.sum(jax.nn.softplus(-move * here) - jax.nn.softplus(move * there))
