"""Hamiltonian Monte Carlo for many chains, with a trajectory length that warm-up learns from them.

In transition ``t`` every chain makes the same number of leapfrog steps,

    ceil(u_t T / e),   u_t = the van der Corput sequence in (0, 1),

with ``e`` and ``T`` shared by the chains, so that vectorised chains never wait for each other. What
a step is, and when the end is taken, is in :mod:`gendsl.inference.kernels.hamiltonian`. The length
``T`` maximises ChEES, the expected squared change of the squared distance from the mean; see
:mod:`gendsl.inference.trajectory_length`.

The number of steps follows from the number of the transition and from parameters, never from the
state, so that each transition keeps the target.

Source: Hoffman, Radul & Sountsov (2021), "An adaptive-MCMC scheme for setting trajectory lengths in
Hamiltonian Monte Carlo", algorithm 1.
"""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from gendsl.inference.kernels.hamiltonian import Hamiltonian
from gendsl.inference.local import State, state_at
from gendsl.inference.metropolis import refuse_discrete
from gendsl.inference.protocol import Facts, Info
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target
from gendsl.inference.trajectory_length import CheesParams, Seen, StepAndLength
from gendsl.inference.whitening import unspread


class CheesState(NamedTuple):
    """A chain: ``position`` and ``gradient`` [dim], ``log_density``, and its last trajectory."""

    position: jax.Array
    gradient: jax.Array
    log_density: jax.Array
    seen: Seen


@dataclass(frozen=True, slots=True)
class Chees(Hamiltonian):
    """Hamiltonian Monte Carlo whose trajectory length maximises ChEES.

    Its warm-up takes means over chains and so runs under
    :class:`gendsl.inference.chain_sampler.ChainSampler` alone, best with 16 chains or more; chains
    on different devices learn apart within a window.

    Attributes:
        target: what to draw from.
        wanted: the harmonic mean over chains of the acceptance probability, to aim at.
        max_steps: leapfrog steps of a trajectory, at most.
        is_dense: whether warm-up learns a dense metric.
        divergence_threshold: energy error above which a trajectory counts as divergent.

    Raises:
        ValueError: if the target has no coordinates or discrete ones, or a number is out of range.
    """

    target: Target
    wanted: float = 0.651
    max_steps: int = 1000
    is_dense: bool = False
    divergence_threshold: float = 1000.0

    def __post_init__(self) -> None:
        refuse_discrete(self.target, "ChEES")
        if self.max_steps < 1:
            raise ValueError(f"ChEES needs at least one leapfrog step, got {self.max_steps}")
        if not 0.0 < self.wanted < 1.0:
            raise ValueError(f"an acceptance rate lies between 0 and 1, got {self.wanted}")

    @property
    def facts(self) -> Facts:
        """Exact, reversible, with gradients."""
        return Facts(has_gradient=True)

    @property
    def adaptation(self) -> StepAndLength:
        """Step size and trajectory length, pooled over chains in every transition."""
        return StepAndLength(self.target.size, self.wanted, self.max_steps, self.is_dense)

    def init(self, data: Data, position: jax.Array) -> CheesState:
        """Return the state at ``position`` [dim]."""
        nothing = jnp.zeros_like(position)
        return CheesState(
            *state_at(self.target, data, position), Seen(nothing, nothing, nothing, nothing[0])
        )

    def refresh(self, data: Data, state: CheesState) -> CheesState:
        """Return ``state`` with gradient and log density computed anew."""
        return self.init(data, state.position)

    def step(
        self, data: Data, params: CheesParams, draws: Draws, state: CheesState
    ) -> tuple[CheesState, Info]:
        """Draw a momentum, follow its trajectory, and take its end or stay."""
        for_length, for_momentum, for_accept = draws.parts(3)
        share = van_der_corput(for_length.transition, state.position.dtype)
        start = State(*state[:3])
        count = self.count(params, share, start)
        taken, info, flight = self.fly(data, params, for_momentum, for_accept, start, count)
        seen = Seen(
            unspread(params.scale, start.position),
            unspread(params.scale, flight.end.position),
            flight.momentum,
            share,
        )
        return CheesState(*taken, seen), info

    def count(self, params: CheesParams, share: jax.Array, state: State) -> jax.Array:
        """Return the number of leapfrog steps, 1 to ``max_steps``, whatever the ``state``."""
        steps = jnp.ceil(share * params.length / params.step_size)
        return jnp.clip(steps, 1, self.max_steps).astype(jnp.int32)


def van_der_corput(index: jax.Array, dtype: DTypeLike) -> jax.Array:
    """Return the point ``index`` (uint32) of the Halton sequence of base 2, in (0, 1).

    Its digits are those of ``index + 1`` behind the point, in reverse.
    """
    bits = index + jnp.uint32(1)
    for width, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF)):
        keep = jnp.uint32(mask)
        bits = ((bits >> width) & keep) | ((bits & keep) << width)
    bits = (bits >> 16) | (bits << 16)
    point: jax.Array = ((bits >> 9).astype(dtype) + 0.5) * 2.0**-23
    return point
