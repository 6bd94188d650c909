"""Hamiltonian Monte Carlo: a trajectory of about ``num_steps`` leapfrog steps, taken or not.

What a step is, and when the end is taken, is in :mod:`gendsl.inference.kernels.hamiltonian`. The
number of steps is drawn, each time anew and apart from the state, uniformly from ``L - L // 2`` to
``L + L // 2``: a fixed one returns to its start where the target has that period.

Sources: Duane, Kennedy, Pendleton & Roweth (1987), "Hybrid Monte Carlo"; Neal (2011), "MCMC using
Hamiltonian dynamics", section 3.2 (steps of random number). The acceptance rate to aim at lies
between the optimum of Beskos et al. (2013), 0.651, and what robust use takes, 0.8.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.kernels.hamiltonian import Hamiltonian
from gendsl.inference.local import Params, State, state_at
from gendsl.inference.metropolis import refuse_discrete
from gendsl.inference.protocol import Facts, Info
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target


@dataclass(frozen=True, slots=True)
class Hmc(Hamiltonian):
    """Hamiltonian Monte Carlo with a Euclidean metric, diagonal or dense.

    Attributes:
        target: what to draw from.
        num_steps: leapfrog steps of a trajectory, on average.
        is_jittered: whether that number varies, from one half to three halves of it.
        is_dense: whether warm-up learns a dense metric.
        divergence_threshold: energy error above which a trajectory counts as divergent.

    Raises:
        ValueError: if the target has no coordinates or discrete ones, or there are no steps.
    """

    target: Target
    num_steps: int = 16
    is_jittered: bool = True
    is_dense: bool = False
    divergence_threshold: float = 1000.0

    def __post_init__(self) -> None:
        refuse_discrete(self.target, "HMC")
        if self.num_steps < 1:
            raise ValueError(f"HMC needs at least one leapfrog step, got {self.num_steps}")

    @property
    def facts(self) -> Facts:
        """Exact, reversible, with gradients."""
        return Facts(has_gradient=True)

    @property
    def adaptation(self) -> StepAndScale:
        """A step size for an acceptance rate of 0.8."""
        return StepAndScale(self.target.size, 0.8, self.is_dense, start=0.1)

    def init(self, data: Data, position: jax.Array) -> State:
        """Return the state at ``position`` [dim]."""
        return state_at(self.target, data, position)

    def refresh(self, data: Data, state: State) -> State:
        """Return ``state`` with gradient and log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: Params, draws: Draws, state: State) -> tuple[State, Info]:
        """Draw a momentum, follow its trajectory, and take its end or stay."""
        for_momentum, for_count, for_accept = draws.parts(3)
        count = self._count(for_count)
        taken, info, _ = self.fly(data, params, for_momentum, for_accept, state, count)
        return taken, info

    def _count(self, draws: Draws) -> jax.Array:
        around = self.num_steps // 2 if self.is_jittered else 0
        if around == 0:
            return jnp.asarray(self.num_steps, jnp.int32)
        return self.num_steps - around + draws.choose(jnp.zeros(2 * around + 1))
