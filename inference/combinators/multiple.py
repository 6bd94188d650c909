"""``multiple(T, n)``: several proposals at once that do not look at where the chain stands.

Draw ``z_1 .. z_n ~ q`` independently, and take one of these and the state ``z_0`` in proportion to

    w_i = p(z_i) / q(z_i).

It keeps the target for any number of proposals and is reversible; with one it is Barker's form of
an independence sampler. The proposals are evaluated side by side, so several cost hardly more than
one where a device computes many at once.

Sources: Tjelmeland (2004), "Using all Metropolis-Hastings proposals to estimate mean values",
section 2; Andrieu, Lee & Vihola (2018), "Uniform ergodicity of the iterated conditional SMC and
geometric ergodicity of particle Gibbs samplers", section 3 (iterated sampling importance
resampling).
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.inference.combinators.fixed import as_adaptation
from gendsl.inference.combinators.placed import Placed
from gendsl.inference.combinators.proposal import Marginal
from gendsl.inference.local import Place
from gendsl.inference.metropolis import status_of
from gendsl.inference.protocol import Info
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target, has_failed


@dataclass(frozen=True, slots=True)
class Multiple(Placed):
    """The kernel of ``num_proposals`` draws from ``marginal``, whose parameters ``learning`` sets.

    Raises:
        ValueError: if there is no proposal.
    """

    marginal: Marginal[Any]
    num_proposals: int

    def __post_init__(self) -> None:
        if self.num_proposals < 1:
            raise ValueError(f"there is at least one proposal, got {self.num_proposals}")

    def step(self, data: Data, params: Any, draws: Draws, state: Place) -> tuple[Place, Info]:
        """Propose, weigh, and take one; the acceptance rate is the chance of leaving."""
        for_proposals, for_choice = draws.parts(2)
        positions = for_proposals.map(
            lambda draws: self.marginal.draw(data, params, draws, state.position),
            self.num_proposals,
        )
        log_densities = jax.vmap(self.target.log_density, (None, 0))(data, positions)
        log_weights = self._log_weights(data, params, positions, log_densities)
        own = state.log_density - self.marginal.log_density(data, params, state.position)
        # Where the state's own weight is no number, there is no saying what to leave it for.
        others = jnp.where(jnp.isfinite(own), log_weights, -jnp.inf)
        own = jnp.where(jnp.isfinite(own), own, 0.0)
        weights = jnp.concatenate([own[None], others])
        chosen = for_choice.choose(weights)
        places = jnp.concatenate([state.position[None], positions])
        tall = jnp.concatenate([state.log_density[None], log_densities])
        status = jnp.bitwise_or.reduce(jax.vmap(status_of)(log_densities))
        rate = 1.0 - jax.nn.softmax(weights)[0]
        return Place(places[chosen], tall[chosen]), Info(rate, jnp.zeros((), jnp.int32), status)

    def _log_weights(
        self, data: Data, params: Any, positions: jax.Array, log_densities: jax.Array
    ) -> jax.Array:
        log_q = jax.vmap(self.marginal.log_density, (None, None, 0))(data, params, positions)
        weights = log_densities - log_q
        is_usable = (weights < jnp.inf) & ~has_failed(log_densities)
        return jnp.where(is_usable, weights, -jnp.inf)


def multiple(
    target: Target, marginal: Marginal[Any], num_proposals: int, params: Any = ()
) -> Multiple:
    """Return the kernel that chooses among ``num_proposals`` draws from ``marginal`` and its state.

    ``params`` are the marginal's, or an :class:`Adaptation` that learns them.
    """
    return Multiple(target, as_adaptation(params), marginal, num_proposals)
