"""Stochastic gradient Hamiltonian Monte Carlo: a momentum with friction, driven by estimates.

In whitened coordinates ``u = S^(-1) z``, with the estimated gradient ``S g`` of variance ``V``,

    v' = (1 - a) v + e S g(z) + (2 a e - e^2 V)^(1/2) x,   u' = u + v',   x ~ N(0, I):

the friction ``a`` takes out what the noise of the estimate puts in, and fresh noise makes up the
rest. It can be made up for up to ``e = 2 a / V``. Nothing is accepted or refused, so it does not
keep its target.

Source: Chen, Fox & Guestrin (2014), "Stochastic gradient Hamiltonian Monte Carlo", eq. 15, with
``beta = e V / 2``.
"""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gendsl.inference.kernels.estimated import Estimated, guarded, info
from gendsl.inference.kernels.step_schedule import Schedule
from gendsl.inference.local import Place
from gendsl.inference.metropolis import refuse_discrete
from gendsl.inference.minibatch import Rows
from gendsl.inference.protocol import Info
from gendsl.inference.randomness import Draws
from gendsl.inference.stochastic_scale import Tuning
from gendsl.inference.target import Data


class Moving(NamedTuple):
    """A chain with its ``momentum`` [dim], in whitened coordinates."""

    position: jax.Array
    log_density: jax.Array
    momentum: jax.Array


@dataclass(frozen=True, slots=True)
class Sghmc(Estimated):
    """Stochastic gradient Hamiltonian Monte Carlo, ``num_steps`` steps a transition.

    Data are as those of :class:`gendsl.inference.kernels.sgld.Sgld`.

    Attributes:
        rows: how gradients are estimated.
        num_steps: of a transition.
        friction: ``a``, in (0, 1].
        schedule: of the step size.

    Raises:
        ValueError: if the target has no coordinates, or discrete ones, or a number is out of range.
    """

    rows: Rows
    num_steps: int = 10
    friction: float = 0.1
    schedule: Schedule = Schedule.CONSTANT

    def __post_init__(self) -> None:
        refuse_discrete(self.rows.whole, "SGHMC")
        if self.num_steps < 1 or not 0.0 < self.friction <= 1.0:
            raise ValueError("SGHMC needs at least one step, and a friction in (0, 1]")

    def init(self, data: Data, position: jax.Array) -> Moving:
        """Return the state at ``position`` [dim], at rest."""
        return Moving(position, self.target.log_density(data, position), jnp.zeros_like(position))

    def refresh(self, data: Data, state: Moving) -> Moving:
        """Return ``state`` at rest, with its log density computed anew."""
        return self.init(data, state.position)

    def step(
        self, data: Data, params: tuple[()], draws: Draws, state: Moving
    ) -> tuple[Moving, Info]:
        """Take ``num_steps`` steps; one that is not finite is left out, and stops the momentum."""
        tuning: Tuning = data[2]
        size, dtype = len(state.position), state.position.dtype
        factors = self.schedule.factors(draws.transition, self.num_steps, dtype)

        def one(
            draws: Draws, carried: tuple[Moving, jax.Array], factor: jax.Array, heat: jax.Array
        ) -> tuple[Moving, jax.Array]:
            (moving, num_bad), (for_rows, for_noise) = carried, draws.parts(2)
            value, slope = self.rows.slope(for_rows, data, moving.position)
            step = tuning.step * factor
            fresh = heat * self.noise(step, tuning.noise) * for_noise.normals(size, dtype)
            momentum = (1.0 - self.friction) * moving.momentum + step * tuning.scale * slope + fresh
            before = Place(moving.position, moving.log_density)
            proposed = moving.position + tuning.scale * momentum
            place, now_bad = guarded(before, num_bad, proposed, value)
            kept = jnp.where(now_bad > num_bad, 0.0, momentum)
            return Moving(*place, kept), now_bad

        start = state, jnp.zeros((), jnp.int32)
        after, num_bad = draws.fold(one, self.num_steps, start, *factors)
        return after, info(self.num_steps, num_bad, dtype)

    def noise(self, step: jax.Array, variance: jax.Array) -> jax.Array:
        """Return the sd [dim] of the noise that is added, for estimates of ``variance`` [dim]."""
        return jnp.sqrt(jnp.maximum(2.0 * self.friction * step - step**2 * variance, 0.0))
