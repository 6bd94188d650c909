"""The no-U-turn sampler as a state machine: one gradient an iteration, no recursion.

``begin`` opens a tree, ``tick`` adds one leaf to it, ``end`` reads the result. Because a tick is
the same work wherever a chain stands in its tree, vmapped chains need not wait for the longest tree
among them, and the gradient occurs once in the compiled program. ``step`` is the three in a row.

With a square root ``S`` of the inverse metric, ``M^{-1} = S S^T``, the momentum is kept whitened,
``q = S^T p ~ N(0, I)``; a leapfrog step of size ``e`` is

    q' = q + (e/2) S^T g(z),   z1 = z + e S q',   q1 = q' + (e/2) S^T g(z1).

``Params.scale`` is ``S``: the diagonal alone [dim], any invertible matrix [dim, dim], or a
:class:`gendsl.inference.low_rank_metric.LowRank`. Which of them is settled by its form when the
program is compiled, so a diagonal metric pays nothing for the others.

All that a tick decides goes into one word of bits, ``events``, which the next tick carries out
before it grows: a mask that is read from the loop's state is computed once, where one computed on
the spot would be computed anew in every selection that it steers.

Trajectories double in a random direction until they turn. Leaves are weighted ``exp(H0 - H)``;
inside a doubling a leaf is chosen in proportion to its weight, across doublings the new half is
favoured (biased progressive sampling). A stretch turns when the whitened displacement between its
ends, ``S^{-1} (z1 - z0)``, no longer has a positive product with the momenta at both ends. On a
Euclidean metric that displacement is the trapezoid sum of the momenta, so this is the generalised
criterion without a sum to carry. It is asked of each half with the first leaf of the other, too
(:mod:`gendsl.inference.checkpoints`). A diagonal is divided by; for a matrix the ends carry how far
they have moved, ``u1 = u + e q'`` with ``z = z0 + S u``, which saves solving for it. To go backward
in time the ends swap and all momenta change sign, so that a step is always forward. The first
direction is the momentum's own: it is symmetric, so a coin there would change nothing.

Sources: Hoffman & Gelman (2014), "The No-U-Turn Sampler", eq. 9 (criterion);
Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", A.3 (multinomial);
Phan, Pradhan & Jankowiak (2019), "Composable effects for flexible and accelerated probabilistic
programming in NumPyro", algorithm 2 (checkpoints in place of recursion).
"""

from dataclasses import dataclass
from enum import IntFlag
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from gendsl.inference import checkpoints
from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.checkpoints import Checkpoints, Leaf, turns
from gendsl.inference.local import Params, State, state_at
from gendsl.inference.low_rank_metric import LowRank
from gendsl.inference.protocol import Facts, Info, Status
from gendsl.inference.randomness import Draws, unit_interval
from gendsl.inference.target import Data, Target, has_failed


class Edge(NamedTuple):
    """An end of the trajectory; all fields [dim].

    Attributes:
        position: where it is.
        momentum: whitened.
        gradient: of the log density, there.
        pull: the gradient whitened, ``S^T g``; None with a diagonal.
        moved: how far it is from the start, whitened; None with a diagonal.
    """

    position: jax.Array
    momentum: jax.Array
    gradient: jax.Array
    pull: jax.Array | None
    moved: jax.Array | None


class Event(IntFlag):
    """What a tick decided. The first four bits are those of :class:`Status`.

    ``TAKEN``: the front becomes the candidate. ``MOVED``: after that, the candidate becomes the
    selected draw. ``SWAPPED``: the next doubling grows the other end. ``FINISHED``: the transition
    is over.
    """

    DIVERGENT = Status.DIVERGENT
    NON_FINITE = Status.NON_FINITE
    DEPTH = Status.DEPTH
    FAILED = Status.FAILED
    TAKEN = 16
    MOVED = 32
    SWAPPED = 64
    FINISHED = 128


_STATUS_BITS = 15
_SUMMED_UP_TO = 32


class Tree(NamedTuple):
    """A trajectory in the making.

    Attributes:
        front: the end that is growing, and ``front_log_density``.
        back: the other end.
        selected: the draw so far.
        candidate: the draw of the doubling under way.
        log_weight: log of the trajectory's summed weights, without the doubling under way.
        candidate_log_weight: the same of the doubling under way.
        initial_energy: Hamiltonian at the start.
        saved: left ends of the sub-trees that are still open.
        acceptance_sum: sum of ``min(1, exp(H0 - H))``.
        num_gradients: leaves in all; the current doubling and the place in it follow from it.
        bits: random bits for the next leaf, uint32 [2].
        events: bits of :class:`Event`.
    """

    front: Edge
    front_log_density: jax.Array
    back: Edge
    selected: State
    candidate: State
    log_weight: jax.Array
    candidate_log_weight: jax.Array
    initial_energy: jax.Array
    saved: Checkpoints
    acceptance_sum: jax.Array
    num_gradients: jax.Array
    bits: jax.Array
    events: jax.Array

    @property
    def is_finished(self) -> jax.Array:
        """Whether the transition is over."""
        return (self.events & Event.FINISHED) != 0


@dataclass(frozen=True, slots=True)
class Nuts:
    """Multinomial NUTS with a Euclidean metric: diagonal, dense or of low rank.

    Attributes:
        target: what to draw from.
        max_depth: doublings after which a trajectory is cut, 1 to 20.
        divergence_threshold: energy error above which a trajectory is given up.

    Raises:
        ValueError: if the target has no coordinates or ``max_depth`` is out of range.
    """

    target: Target
    max_depth: int = 10
    divergence_threshold: float = 1000.0

    def __post_init__(self) -> None:
        if self.target.size < 1:
            raise ValueError("NUTS needs at least one unobserved coordinate; the target has none")
        if not 1 <= self.max_depth <= 20:
            raise ValueError(f"max_depth must be between 1 and 20, got {self.max_depth}")

    @property
    def facts(self) -> Facts:
        """Exact, reversible, with gradients."""
        return Facts(has_gradient=True)

    @property
    def adaptation(self) -> StepAndScale:
        """In a composition: a step size for an acceptance rate of 0.8, a diagonal metric."""
        return StepAndScale(self.target.size, 0.8, start=0.1)

    def init(self, data: Data, position: jax.Array) -> State:
        """Return the state at ``position`` [dim]; its log density may be non-finite."""
        return state_at(self.target, data, position)

    def refresh(self, data: Data, state: State) -> State:
        """Return ``state`` with gradient and log density computed anew at its position."""
        return self.init(data, state.position)

    def begin(self, params: Params, stream: Draws, state: State, momentum: jax.Array) -> Tree:
        """Open a tree at ``state`` with a whitened standard normal ``momentum`` [dim]."""
        position, gradient, log_density = state
        if params.scale.ndim == 1:
            edge = Edge(position, momentum, gradient, None, None)
        else:
            pull = _whiten(params.scale, gradient)
            edge = Edge(position, momentum, gradient, pull, jnp.zeros_like(position))
        zero, count = jnp.zeros_like(log_density), jnp.zeros((), jnp.int32)
        return Tree(
            front=edge,
            front_log_density=log_density,
            back=edge,
            selected=state,
            candidate=state,
            log_weight=zero,
            candidate_log_weight=zero - jnp.inf,
            initial_energy=0.5 * jnp.sum(momentum * momentum) - log_density,
            saved=checkpoints.empty(self.max_depth, position),
            acceptance_sum=zero,
            num_gradients=count,
            bits=stream.bits(count),
            events=count,
        )

    def tick(self, data: Data, params: Params, stream: Draws, tree: Tree) -> Tree:
        """Add one leaf, at the price of one gradient; a finished tree keeps what it selected."""
        return self._grow(data, params, stream, _settle(tree))

    def leapfrog(self, data: Data, params: Params, edge: Edge) -> tuple[Edge, jax.Array]:
        """Return the end one step further on, and its log density."""
        scale = params.scale
        if edge.pull is None or edge.moved is None:
            half = 0.5 * params.step_size * scale
            momentum = edge.momentum + half * edge.gradient
            position = edge.position + 2.0 * half * momentum
            _, gradient, log_density = self.init(data, position)
            momentum = momentum + half * gradient
            return Edge(position, momentum, gradient, None, None), log_density
        half = 0.5 * params.step_size
        momentum = edge.momentum + half * edge.pull
        move = 2.0 * half * momentum
        position = edge.position + _spread(scale, move)
        _, gradient, log_density = self.init(data, position)
        pull = _whiten(scale, gradient)
        momentum = momentum + half * pull
        return Edge(position, momentum, gradient, pull, edge.moved + move), log_density

    def _grow(self, data: Data, params: Params, stream: Draws, tree: Tree) -> Tree:
        front, log_density = self.leapfrog(data, params, tree.front)
        error = 0.5 * jnp.sum(front.momentum * front.momentum) - log_density - tree.initial_energy
        is_finite = jnp.isfinite(error)
        is_divergent = ~(is_finite & (error <= self.divergence_threshold))
        log_weight = jnp.where(is_divergent, -jnp.inf, -error)
        candidate_log_weight = jnp.logaddexp(tree.candidate_log_weight, log_weight)

        number = tree.num_gradients + 1
        back, ahead, leaf = map(_leaf, (tree.back, tree.front, front))
        unit = _unit(params.scale)
        saved = checkpoints.save(tree.saved, number, leaf, ahead)
        is_bad = is_divergent | checkpoints.is_turning(saved, number, leaf, unit)
        is_doubled = ~is_bad & ((number & (number + 1)) == 0)
        middle = checkpoints.middle(saved)
        has_halves = number > 1
        is_round = is_doubled & (
            turns(back, leaf, unit)
            | (has_halves & (turns(back, middle.saved, unit) | turns(middle.ahead, leaf, unit)))
        )
        is_cut = is_doubled & ~is_round & (number == 2**self.max_depth - 1)
        chance = unit_interval(tree.bits, log_density.dtype)
        is_taken = chance[0] < jnp.exp(log_weight - candidate_log_weight)
        is_moved = is_doubled & (chance[1] < jnp.exp(candidate_log_weight - tree.log_weight))
        has_swapped = is_doubled & ((tree.bits[1] & 1) == 1)
        events = (
            is_divergent * Event.DIVERGENT
            + ~is_finite * Event.NON_FINITE
            + is_cut * Event.DEPTH
            + has_failed(log_density) * Event.FAILED
            + is_taken * Event.TAKEN
            + is_moved * Event.MOVED
            + has_swapped * Event.SWAPPED
            + (is_bad | is_round | is_cut) * Event.FINISHED
        ).astype(jnp.int32)
        rate = jnp.where(is_finite, jnp.exp(jnp.minimum(-error, 0.0)), 0.0)
        return Tree(
            front=front,
            front_log_density=log_density,
            back=tree.back,
            selected=tree.selected,
            candidate=tree.candidate,
            log_weight=jnp.where(
                is_doubled, jnp.logaddexp(tree.log_weight, candidate_log_weight), tree.log_weight
            ),
            candidate_log_weight=jnp.where(is_doubled, -jnp.inf, candidate_log_weight),
            initial_energy=tree.initial_energy,
            saved=saved,
            acceptance_sum=tree.acceptance_sum + rate,
            num_gradients=number,
            bits=stream.bits(number),
            events=jnp.where(tree.is_finished, Event.FINISHED, events),
        )

    def end(self, tree: Tree) -> tuple[State, Info]:
        """Return the draw of a tree that has just finished and how it was reached."""
        rate = tree.acceptance_sum / jnp.maximum(tree.num_gradients, 1)
        return _settle(tree).selected, Info(rate, tree.num_gradients, tree.events & _STATUS_BITS)

    def step(self, data: Data, params: Params, draws: Draws, state: State) -> tuple[State, Info]:
        """Return the state after one whole transition; keeps the target for any ``params``."""
        dtype = state.position.dtype
        for_momentum, for_tree = draws.parts(2)
        momentum = for_momentum.normals(self.target.size, dtype)
        tree = self.begin(params, for_tree, state, momentum)
        finished = jax.lax.while_loop(
            lambda tree: ~tree.is_finished,
            lambda tree: self.tick(data, params, for_tree, tree),
            tree,
        )
        return self.end(finished)


def tree_depth(num_gradients: jax.Array) -> jax.Array:
    """Return how many doublings, the last perhaps unfinished, ``num_gradients`` leaves make."""
    return 32 - jax.lax.clz(num_gradients)


def _leaf(edge: Edge) -> Leaf:
    return Leaf(edge.position if edge.moved is None else edge.moved, edge.momentum)


def _unit(scale: Any) -> jax.Array:
    return scale if scale.ndim == 1 else jnp.ones((), scale.dtype)


def _spread(scale: Any, vector: jax.Array) -> jax.Array:
    return scale.spread(vector) if isinstance(scale, LowRank) else _dot(scale, vector)


def _whiten(scale: Any, gradient: jax.Array) -> jax.Array:
    return scale.whiten(gradient) if isinstance(scale, LowRank) else _dot(scale.T, gradient)


def _dot(matrix: jax.Array, vector: jax.Array) -> jax.Array:
    if len(vector) <= _SUMMED_UP_TO:
        return jnp.sum(matrix * vector, axis=1)  # inside a loop a call of the library costs more
    return jnp.dot(matrix, vector, precision=jax.lax.Precision.HIGHEST)


def _settle(tree: Tree) -> Tree:
    is_taken, is_moved, has_swapped = (
        (tree.events & event) != 0 for event in (Event.TAKEN, Event.MOVED, Event.SWAPPED)
    )
    newest = State(tree.front.position, tree.front.gradient, tree.front_log_density)
    candidate = _choose(is_taken, newest, tree.candidate)
    return tree._replace(
        front=_choose(has_swapped, _reverse(tree.back), tree.front),
        back=_choose(has_swapped, _reverse(tree.front), tree.back),
        candidate=candidate,
        selected=_choose(is_moved, candidate, tree.selected),
    )


def _reverse(edge: Edge) -> Edge:
    return edge._replace(momentum=-edge.momentum)


_Part = TypeVar("_Part", Edge, State)


def _choose(condition: jax.Array, yes: _Part, no: _Part) -> _Part:
    chosen: _Part = jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
    return chosen
