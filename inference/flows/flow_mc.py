"""``flow_mc``: a local kernel, and leaps to places that a flow proposes.

Each transition moves by the local kernel and then chooses among several draws of the flow and where
it stands (:mod:`gendsl.inference.combinators.multiple`), so chains pass between modes at their
right proportions. All chains share one flow, which learns from their draws in warm-up and stands
still afterwards: the kernel is exact however good the flow is. While the gate is shut, as it is
where the flow is too far from the target, only the local kernel moves.

The flow knows the modes in which chains have been: a mode that no chain found in warm-up is found
afterwards only by luck.

Sources: Gabrié, Rotskoff & Vanden-Eijnden (2022), "Adaptive Monte Carlo augmented with normalizing
flows"; Samsonov et al. (2022), "Local-global MCMC kernels: the best of both worlds", algorithm 2
(several proposals).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import Each
from gendsl.inference.combinators.independence import Pushed
from gendsl.inference.combinators.multiple import Multiple
from gendsl.inference.flows.flow import CouplingFlow, Flow
from gendsl.inference.flows.learning import FlowParams, FromChains, Trained
from gendsl.inference.flows.likelihood import MaximumLikelihood
from gendsl.inference.local import Place
from gendsl.inference.metropolis import refuse_discrete
from gendsl.inference.protocol import Facts, Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target


@dataclass(frozen=True, slots=True)
class FlowMc:
    """``local``, and then ``leap`` where the gate is open; see :func:`flow_mc`.

    Raises:
        ValueError: if their targets differ, or have discrete sites.
    """

    target: Target
    local: Kernel[Any, Any]
    leap: Multiple
    learning: FromChains

    def __post_init__(self) -> None:
        refuse_discrete(self.target, "a flow")
        if self.local.target != self.target or self.leap.target != self.target:
            raise ValueError("the local kernel and the leaps must have one target")

    @property
    def facts(self) -> Facts:
        """The local kernel's; not reversible, as one follows the other."""
        return self.local.facts._replace(is_reversible=False, moves=None)

    @property
    def adaptation(self) -> Each:
        """Of the local kernel, from its own transitions; of the flow, from the draws."""
        return Each((self.local.adaptation, self.learning), (0, 1))

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(
        self, data: Data, params: tuple[Any, FlowParams], draws: Draws, state: Place
    ) -> tuple[Place, Info]:
        """Move, and leap; the acceptance rate is the local kernel's."""
        for_local, for_leap = draws.parts(2)
        start = self.local.init(data, state.position)
        end, seen = self.local.step(data, params[0], for_local, start)
        moved = Place(end.position, end.log_density)

        def leap() -> tuple[Place, Info]:
            return self.leap.step(data, params[1].theta, for_leap, moved)

        def stay() -> tuple[Place, Info]:
            nothing = jnp.zeros((), jnp.int32)
            return moved, Info(jnp.zeros_like(moved.log_density), nothing, nothing)

        # The chains share the gate, so a shut one costs nothing.
        after, leapt = jax.lax.cond(params[1].is_open, leap, stay)
        status = seen.status | leapt.status
        parts = ((seen, end), (leapt, after))
        return after, Info(seen.acceptance_rate, seen.num_gradients, status, parts)


def flow_mc(
    target: Target,
    make: Callable[[Target], Kernel[Any, Any]],
    flow: Flow | None = None,
    *,
    num_proposals: int = 8,
    **options: Any,
) -> FlowMc:
    """Return the kernel that ``make`` makes, with leaps by ``flow``; a coupling flow if absent.

    The options are the fields of :class:`gendsl.inference.flows.FromChains` but the learner.

    Raises:
        ValueError: if ``target`` has discrete sites, or a number is out of range.
    """
    refuse_discrete(target, "a flow")
    map_ = CouplingFlow(target.size) if flow is None else flow
    learning = FromChains(MaximumLikelihood(map_), **options)
    leap = Multiple(target, learning, Pushed(map_), num_proposals)
    return FlowMc(target, make(target), leap, learning)


def training_of(carry: Any) -> Trained:
    """Return what the flow of a run of :func:`flow_mc` came to, from the run's carry."""
    trained: Trained = carry.shared[1]
    return trained
