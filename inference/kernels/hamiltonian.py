"""What kernels share that follow a trajectory of leapfrog steps and take its end, or stay.

With ``S`` the square root of the inverse metric and a whitened momentum ``q ~ N(0, I)``, as for
:class:`gendsl.inference.nuts.Nuts`, a step of size ``e`` is

    q' = q + (e/2) S^T g(z),   z1 = z + e S q',   q1 = q' + (e/2) S^T g(z1),

and the end is taken with probability ``min(1, exp(H0 - H1))``, ``H = |q|^2 / 2 - log p(z)``.

Sources: Duane, Kennedy, Pendleton & Roweth (1987), "Hybrid Monte Carlo"; Neal (2011), "MCMC using
Hamiltonian dynamics", sections 2.3, 3.2 and 4.1.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gendsl.inference.local import State, state_at
from gendsl.inference.metropolis import accept, status_of
from gendsl.inference.protocol import Info, Status
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target
from gendsl.inference.whitening import spread, whiten


class Flight(NamedTuple):
    """A trajectory: its ``end`` and the ``momentum`` [dim] there."""

    end: State
    momentum: jax.Array


class Hamiltonian:
    """Trajectories of a number of steps that the kernel settles, apart from the state."""

    __slots__ = ()

    target: Target
    divergence_threshold: float

    def fly(
        self,
        data: Data,
        params: Any,
        for_momentum: Draws,
        for_accept: Draws,
        state: State,
        count: jax.Array,
    ) -> tuple[State, Info, Flight]:
        """Return the state after a trajectory of ``count`` steps, what is reported, and it."""
        momentum = for_momentum.normals(self.target.size, state.position.dtype)
        end, after = self.trajectory(data, params, state, momentum, count)
        error = self.energy(end, after) - self.energy(state, momentum)
        taken, rate = accept(for_accept, -error, end, state)
        is_finite = jnp.isfinite(error)
        is_divergent = ~(is_finite & (error <= self.divergence_threshold))
        status = status_of(end.log_density) | (
            is_divergent * Status.DIVERGENT + ~is_finite * Status.NON_FINITE
        ).astype(jnp.int32)
        return taken, Info(rate, count, status), Flight(end, after)

    def trajectory(
        self, data: Data, params: Any, state: State, momentum: jax.Array, count: jax.Array
    ) -> tuple[State, jax.Array]:
        """Return where ``count`` leapfrog steps lead, and the momentum there."""
        size, scale = params.step_size, params.scale

        def leap(_: jax.Array, at: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
            place, momentum = at
            momentum = momentum + 0.5 * size * whiten(scale, place.gradient)
            place = state_at(self.target, data, place.position + size * spread(scale, momentum))
            return place, momentum + 0.5 * size * whiten(scale, place.gradient)

        end: tuple[State, jax.Array] = jax.lax.fori_loop(0, count, leap, (state, momentum))
        return end

    def energy(self, state: State, momentum: jax.Array) -> jax.Array:
        """Return the Hamiltonian."""
        return 0.5 * jnp.sum(momentum * momentum) - state.log_density
