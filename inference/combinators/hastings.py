"""What kernels share that propose a place and take it by Metropolis and Hastings' decision."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.inference.combinators.placed import Placed
from gendsl.inference.local import Place
from gendsl.inference.metropolis import accept, status_of
from gendsl.inference.protocol import Info
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data


@dataclass(frozen=True, slots=True)
class Hastings(Placed, ABC):
    """The decision; a kernel of this kind adds :meth:`propose`."""

    def step(self, data: Data, params: Any, draws: Draws, state: Place) -> tuple[Place, Info]:
        """Propose, and take it or stay."""
        for_proposal, for_accept = draws.parts(2)
        position, correction = self.propose(data, params, for_proposal, state.position)
        proposed = self.init(data, position)
        log_ratio = proposed.log_density - state.log_density + correction
        after, rate = accept(for_accept, log_ratio, proposed, state)
        return after, Info(rate, jnp.zeros((), jnp.int32), status_of(proposed.log_density))

    @abstractmethod
    def propose(
        self, data: Data, params: Any, draws: Draws, position: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """Return a place [dim], and what its ratio of densities is multiplied by (log, scalar)."""
