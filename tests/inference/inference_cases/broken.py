"""Kernels with one thing wrong each. Every statistical test must reject those it is given."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gendsl.inference.local import Params, State
from gendsl.inference.nuts import Edge, Event, Nuts, Tree
from gendsl.inference.protocol import Info
from gendsl.inference.randomness import Stream
from gendsl.inference.target import Data


@dataclass(frozen=True, slots=True)
class AlwaysLastLeaf(Nuts):
    """Takes the newest leaf of a doubling, whatever its weight."""

    def tick(self, data: Data, params: Params, stream: Stream, tree: Tree) -> Tree:
        """Add a leaf and take it."""
        after = Nuts.tick(self, data, params, stream, tree)
        events = jnp.where(tree.is_finished, after.events, after.events | Event.TAKEN)
        return after._replace(events=events)


@dataclass(frozen=True, slots=True)
class NoAcceptance(Nuts):
    """Moves to every finished doubling's candidate: no Metropolis weight between halves."""

    def tick(self, data: Data, params: Params, stream: Stream, tree: Tree) -> Tree:
        """Add a leaf; accept whenever a doubling ends well."""
        after = Nuts.tick(self, data, params, stream, tree)
        is_doubled = ~jnp.isfinite(after.candidate_log_weight) & ((after.events & 1) == 0)
        events = jnp.where(is_doubled & ~tree.is_finished, after.events | Event.MOVED, after.events)
        return after._replace(events=events)


@dataclass(frozen=True, slots=True)
class MissingHalfStep(Nuts):
    """Leaves out the second half step of the momentum."""

    def tick(self, data: Data, params: Params, stream: Stream, tree: Tree) -> Tree:
        """Add a leaf and take its closing half step back."""
        after = Nuts.tick(self, data, params, stream, tree)
        pull = after.front.pull
        if pull is None:
            pull = params.scale * after.front.gradient
        momentum = after.front.momentum - 0.5 * params.step_size * pull
        return after._replace(front=after.front._replace(momentum=momentum))


@dataclass(frozen=True, slots=True)
class FlippedEnergy(Nuts):
    """Weighs leaves with the sign of the starting potential flipped."""

    def begin(self, params: Params, stream: Stream, state: State, momentum: jax.Array) -> Tree:
        """Open a tree whose starting energy has the wrong sign of the potential."""
        tree = Nuts.begin(self, params, stream, state, momentum)
        return tree._replace(initial_energy=tree.initial_energy + 2.0 * state.log_density)


@dataclass(frozen=True, slots=True)
class StaleLogDensity(Nuts):
    """Keeps the log density of the last position after moving."""

    def step(self, data: Data, params: Params, stream: Stream, state: State) -> tuple[State, Info]:
        """Step, then put the old log density back."""
        after, info = Nuts.step(self, data, params, stream, state)
        return after._replace(log_density=state.log_density), info


@dataclass(frozen=True, slots=True)
class SmallMomentum(Nuts):
    """Draws momenta of half the variance they should have."""

    def begin(self, params: Params, stream: Stream, state: State, momentum: jax.Array) -> Tree:
        """Open a tree with a momentum that is too small."""
        return Nuts.begin(self, params, stream, state, momentum * 0.5**0.5)


@dataclass(frozen=True, slots=True)
class UntransposedRoot(Nuts):
    """Whitens gradients with ``S`` where ``S^T`` belongs; takes a dense metric only."""

    def begin(self, params: Params, stream: Stream, state: State, momentum: jax.Array) -> Tree:
        """Open a tree with a wrong pull."""
        tree = Nuts.begin(self, params, stream, state, momentum)
        edge = tree.front._replace(pull=params.scale @ state.gradient)
        return tree._replace(front=edge, back=edge)

    def leapfrog(self, data: Data, params: Params, edge: Edge) -> tuple[Edge, jax.Array]:
        """Step, then redo the closing half step with the wrong pull."""
        after, log_density = Nuts.leapfrog(self, data, params, edge)
        pull = params.scale @ after.gradient
        momentum = after.momentum + 0.5 * params.step_size * (pull - after.pull)
        return after._replace(momentum=momentum, pull=pull), log_density
