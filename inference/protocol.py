"""What every kernel and every sampler of the core has in common.

A kernel moves one chain and knows nothing of chains, progress, models or files. It is a frozen
dataclass bound to its target: equal kernels share their compiled programs. A sampler owns several
chains, their randomness and their adaptation; its carry is its checkpoint.
"""

from enum import IntFlag
from typing import Any, NamedTuple, Protocol, TypeVar

import jax

from gendsl.inference.adaptation import Adaptation
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Target

State = TypeVar("State")
Params = TypeVar("Params", contravariant=True)
Carry = TypeVar("Carry")


class Status(IntFlag):
    """How a transition ended; the bits add up.

    ``DIVERGENT``: the energy error passed its threshold or was not a number.
    ``NON_FINITE``: the log density or its gradient was not finite somewhere on the trajectory.
    ``DEPTH``: the trajectory was cut by the largest allowed tree depth.
    ``FAILED``: the log density was the lowest number that there is, by which a target says that it
    could not be computed.
    """

    OK = 0
    DIVERGENT = 1
    NON_FINITE = 2
    DEPTH = 4
    FAILED = 8


class Info(NamedTuple):
    """What a kernel reports of one transition.

    Attributes:
        acceptance_rate: mean Metropolis acceptance probability, in [0, 1]; scalar.
        num_gradients: gradient evaluations spent (for NUTS also the leapfrog steps); scalar.
        status: bits of :class:`Status`; scalar.
        parts: of a composed kernel, for each of its parts in turn what that reported and the state
            it ended in: ``(info, state)``. Adaptation reads it; nothing else has a price for it.
    """

    acceptance_rate: jax.Array
    num_gradients: jax.Array
    status: jax.Array
    parts: tuple[tuple["Info", Any], ...] = ()


class Facts(NamedTuple):
    """What is known of a kernel before it runs.

    Attributes:
        is_exact: whether it keeps its target exactly, for every value of its parameters.
        is_reversible: whether it is in detailed balance with its target.
        has_gradient: whether it takes gradients, so that all it moves has to be continuous.
        moves: the sites it may move; None for all of them.
    """

    is_exact: bool = True
    is_reversible: bool = True
    has_gradient: bool = False
    moves: frozenset[str] | None = None


class Kernel(Protocol[State, Params]):
    """A Markov kernel that keeps its target for every fixed value of ``params`` (law K1).

    A state has at least ``position`` [dim] and ``log_density`` (scalar).
    """

    @property
    def target(self) -> Target:
        """What it keeps."""

    @property
    def facts(self) -> Facts:
        """What is known of it before it runs."""

    @property
    def adaptation(self) -> Adaptation:
        """How warm-up sets its parameters."""

    def init(self, data: Any, position: jax.Array) -> State:
        """Return the state at ``position`` [dim], with whatever the kernel caches."""

    def step(self, data: Any, params: Params, draws: Draws, state: State) -> tuple[State, Info]:
        """Return the next state and how it was reached."""

    def refresh(self, data: Any, state: State) -> State:
        """Return ``state`` with its caches computed anew, after another kernel moved it."""


class Sampler(Protocol[Carry]):
    """Several chains with their adaptation, advanced in chunks of any length (law R1)."""

    def init(self, data: Any, seed: int, positions: Any) -> Carry:
        """Return the carry of chains started at ``positions`` [chain, dim]."""

    def chunk(self, data: Any, carry: Carry, num_draws: int) -> tuple[Carry, Any, Any]:
        """Advance all chains by ``num_draws``; return the carry, the draws and their stats."""
