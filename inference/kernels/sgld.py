"""Stochastic gradient Langevin dynamics: steps along estimated gradients, with noise, unadjusted.

    z' = z + (e/2) S^2 g(z) + e^(1/2) S x,   x ~ N(0, I),

with ``g`` an unbiased estimate of the gradient and ``S`` a scale for each coordinate. Nothing is
accepted or refused, so it does not keep its target: where that is normal with precision ``P`` in
whitened coordinates, and the estimate has variance ``V`` there, its own variance is

    (1 / P) (1 + e V / 4) / (1 - e P / 4).

Source: Welling & Teh (2011), "Bayesian learning via stochastic gradient Langevin dynamics", eq. 4;
Patterson & Teh (2013), section 2 (a fixed preconditioner).
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Sgld(Estimated):
    """Stochastic gradient Langevin dynamics, ``num_steps`` steps a transition.

    Data are a triple: those of ``rows``, two, and the :class:`Tuning`. The log density of a state
    is the latest estimate.

    Attributes:
        rows: how gradients are estimated.
        num_steps: of a transition.
        schedule: of the step size.

    Raises:
        ValueError: if the target has no coordinates, or discrete ones, or there are no steps.
    """

    rows: Rows
    num_steps: int = 10
    schedule: Schedule = Schedule.CONSTANT

    def __post_init__(self) -> None:
        refuse_discrete(self.rows.whole, "SGLD")
        if self.num_steps < 1:
            raise ValueError(f"SGLD needs at least one step, got {self.num_steps}")

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the state at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: tuple[()], draws: Draws, state: Place) -> tuple[Place, Info]:
        """Take ``num_steps`` steps; one whose gradient is not finite is left out."""
        tuning: Tuning = data[2]
        size, dtype = len(state.position), state.position.dtype
        factors = self.schedule.factors(draws.transition, self.num_steps, dtype)

        def one(
            draws: Draws, carried: tuple[Place, jax.Array], factor: jax.Array, heat: jax.Array
        ) -> tuple[Place, jax.Array]:
            (place, num_bad), (for_rows, for_noise) = carried, draws.parts(2)
            value, slope = self.rows.slope(for_rows, data, place.position)
            step = tuning.step * factor
            noise = for_noise.normals(size, dtype)
            move = self.move(step, tuning.scale * slope, heat * noise)
            return guarded(place, num_bad, place.position + tuning.scale * move, value)

        start = state, jnp.zeros((), jnp.int32)
        after, num_bad = draws.fold(one, self.num_steps, start, *factors)
        return after, info(self.num_steps, num_bad, dtype)

    def move(self, step: jax.Array, slope: jax.Array, noise: jax.Array) -> jax.Array:
        """Return the step [dim] in whitened coordinates."""
        return 0.5 * step * slope + jnp.sqrt(step) * noise
