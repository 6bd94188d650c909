"""Hamiltonian Monte Carlo: a trajectory of about ``num_steps`` leapfrog steps, taken or not.

With ``S`` the square root of the inverse metric and a whitened momentum ``q ~ N(0, I)``, as for
:class:`gendsl.inference.nuts.Nuts`, a step of size ``e`` is

    q' = q + (e/2) S^T g(z),   z1 = z + e S q',   q1 = q' + (e/2) S^T g(z1),

and the end is taken with probability ``min(1, exp(H0 - H1))``, ``H = |q|^2 / 2 - log p(z)``. The
number of steps is drawn, each time anew and apart from the state, uniformly from ``L - L // 2`` to
``L + L // 2``: a fixed one returns to its start where the target has that period.

Sources: Duane, Kennedy, Pendleton & Roweth (1987), "Hybrid Monte Carlo"; Neal (2011), "MCMC using
Hamiltonian dynamics", section 3.2 (steps of random number), 4.1 (metric). The acceptance rate to
aim at lies between the optimum of Beskos et al. (2013), 0.651, and what robust use takes, 0.8.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.local import Params, State, state_at
from gendsl.inference.metropolis import accept, refuse_discrete, status_of
from gendsl.inference.protocol import Facts, Info, Status
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target
from gendsl.inference.whitening import spread, whiten


@dataclass(frozen=True, slots=True)
class Hmc:
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
        """Dual averaging towards an acceptance rate of 0.8."""
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
        momentum = for_momentum.normals(self.target.size, state.position.dtype)
        count = self._count(for_count)
        end, after = self.trajectory(data, params, state, momentum, count)
        error = self.energy(end, after) - self.energy(state, momentum)
        taken, rate = accept(for_accept, -error, end, state)
        is_finite = jnp.isfinite(error)
        is_divergent = ~(is_finite & (error <= self.divergence_threshold))
        status = status_of(end.log_density) | (
            is_divergent * Status.DIVERGENT + ~is_finite * Status.NON_FINITE
        ).astype(jnp.int32)
        return taken, Info(rate, count, status)

    def trajectory(
        self, data: Data, params: Params, state: State, momentum: jax.Array, count: jax.Array
    ) -> tuple[State, jax.Array]:
        """Return where ``count`` leapfrog steps lead, and the momentum there."""
        size, scale = params.step_size, params.scale

        def leap(_: jax.Array, at: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
            place, momentum = at
            momentum = momentum + 0.5 * size * whiten(scale, place.gradient)
            place = self.init(data, place.position + size * spread(scale, momentum))
            return place, momentum + 0.5 * size * whiten(scale, place.gradient)

        end: tuple[State, jax.Array] = jax.lax.fori_loop(0, count, leap, (state, momentum))
        return end

    def energy(self, state: State, momentum: jax.Array) -> jax.Array:
        """Return the Hamiltonian."""
        return 0.5 * jnp.sum(momentum * momentum) - state.log_density

    def _count(self, draws: Draws) -> jax.Array:
        around = self.num_steps // 2 if self.is_jittered else 0
        if around == 0:
            return jnp.asarray(self.num_steps, jnp.int32)
        return self.num_steps - around + draws.choose(jnp.zeros(2 * around + 1))
