"""The one compiled program: one chain or several, advanced by up to ``capacity`` transitions.

It is compiled once for a target, a number of chains and the data's shapes; the number of
transitions, the seed, the parameters and what adapts are run-time values, so warm-up and sampling
share it. The inner loop ticks all chains until at least one has finished its tree; the outer loop
records those, opens their next trees and goes on. No chain waits for another within a call.

Momenta are drawn in bulk beforehand, by the block, into the rows that the draws will later take:
row ``t`` holds the momentum of transition ``t`` until that transition's draw replaces it.
"""

from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from gendsl.executables import stored
from gendsl.inference import metric, robbins_monro
from gendsl.inference.local import Params, State
from gendsl.inference.metric import Moments
from gendsl.inference.nuts import Nuts, Tree, tree_depth
from gendsl.inference.randomness import Stream, standard_normals
from gendsl.inference.robbins_monro import RobbinsMonro
from gendsl.inference.target import Data

BLOCK = 50
"""How many transitions' momenta are drawn at once: a short call draws few in vain."""


class Chain(NamedTuple):
    """Everything of one chain between transitions; stacked, every field gains a chain axis.

    Attributes:
        stream: its randomness; the transition counter is in it.
        state: position, gradient, log density.
        step: step size adaptation.
        moments: what the current window has seen of draws and gradients.
    """

    stream: Stream
    state: State
    step: RobbinsMonro
    moments: Moments


class Mode(NamedTuple):
    """What adapts: bool scalars ``is_tuning`` (the step size), ``is_learning`` (the moments).

    ``wanted`` is the acceptance rate aimed at.
    """

    is_tuning: jax.Array
    is_learning: jax.Array
    wanted: jax.Array


class Stats(NamedTuple):
    """What is recorded of each transition, in this order at the end of its row.

    Attributes:
        acceptance_rate: mean acceptance probability along the trajectory.
        num_gradients: leapfrog steps.
        tree_depth: doublings begun.
        status: bits of :class:`gendsl.inference.protocol.Status`.
        energy: the Hamiltonian of the trajectory, at its start.
        step_size: the one in use.
        log_density: at the draw.
    """

    acceptance_rate: jax.Array
    num_gradients: jax.Array
    tree_depth: jax.Array
    status: jax.Array
    energy: jax.Array
    step_size: jax.Array
    log_density: jax.Array


class _Loop(NamedTuple):
    trees: Tree
    step: RobbinsMonro
    moments: Moments
    done: jax.Array
    rows: jax.Array


@stored("kernel", "capacity")
def advance(
    kernel: Nuts,
    capacity: int,
    data: Data,
    chains: Chain,
    scale: Any,
    mode: Mode,
    num_draws: jax.Array,
) -> tuple[Chain, jax.Array]:
    """Advance every chain by ``num_draws`` transitions, at most ``capacity``.

    Args:
        chains: stacked over [chain].
        scale: as :class:`gendsl.inference.local.Params` has it, shared by the chains.
        capacity: a multiple of :data:`BLOCK`, or less than one.
        num_draws: int32 scalar.

    Returns:
        The chains, and rows [chain, capacity, dim + 7] that hold a draw and its :class:`Stats`.
        Rows from ``num_draws`` on are meaningless.
    """
    num_chains, size = chains.state.position.shape
    dtype = chains.state.position.dtype
    each = jnp.arange(num_chains)

    def stream_at(done: jax.Array) -> Stream:
        return Stream(chains.stream.words, chains.stream.transition + done.astype(jnp.uint32))

    def with_momenta(block: jax.Array, rows: jax.Array) -> jax.Array:
        """Rows with the momenta of one block of transitions."""
        first = block * BLOCK

        def of_chain(stream: Stream) -> jax.Array:
            ahead = first.astype(jnp.uint32) + jnp.arange(min(BLOCK, capacity), dtype=jnp.uint32)
            return jax.vmap(lambda t: standard_normals(Stream(stream.words, t), size, dtype))(
                stream.transition + ahead
            )

        drawn = jax.vmap(of_chain)(chains.stream)
        none = jnp.zeros_like(first)
        return jax.lax.dynamic_update_slice(rows, drawn, (none, first, none))

    def tick(stream: Stream, step_size: jax.Array, tree: Tree) -> Tree:
        return kernel.tick(data, Params(step_size, scale), stream, tree)

    def begin(stream: Stream, step: RobbinsMonro, state: State, momentum: jax.Array) -> Tree:
        return kernel.begin(Params(jnp.exp(step.log_step), scale), stream, state, momentum)

    def turn_over(loop: _Loop) -> _Loop:
        stream, step_size = stream_at(loop.done), jnp.exp(loop.step.log_step)
        is_active = loop.done < num_draws
        trees = jax.lax.while_loop(
            lambda trees: ~jnp.any(trees.is_finished & is_active),
            lambda trees: jax.vmap(tick)(stream, step_size, trees),
            loop.trees,
        )
        is_over = trees.is_finished & is_active
        state, info = jax.vmap(kernel.end)(trees)
        stats = Stats(
            info.acceptance_rate,
            info.num_gradients,
            tree_depth(info.num_gradients),
            info.status,
            trees.initial_energy,
            step_size,
            state.log_density,
        )
        table = jnp.stack([field.astype(dtype) for field in stats], axis=-1)
        row = jnp.where(is_over, loop.done, capacity)
        made = jnp.concatenate([state.position, table], axis=-1)
        rows = loop.rows.at[each, row].set(made, mode="drop")

        def adapt(step: RobbinsMonro, moments: Moments) -> tuple[RobbinsMonro, Moments]:
            tuned = jax.vmap(robbins_monro.update, (0, 0, None))(
                step, info.acceptance_rate, mode.wanted
            )
            learnt = jax.vmap(metric.observe)(moments, *state)
            return (
                _where(is_over, tuned, step),
                _where(is_over & mode.is_learning, learnt, moments),
            )

        step, moments = jax.lax.cond(
            mode.is_tuning, adapt, lambda *same: same, loop.step, loop.moments
        )
        done = loop.done + is_over
        momentum = rows[each, jnp.minimum(done, capacity - 1), :size]
        opened = jax.vmap(begin)(stream_at(done), step, state, momentum)
        # A new tree overwrites its candidate and checkpoints before it reads them.
        opened = opened._replace(candidate=trees.candidate, saved=trees.saved)
        return _Loop(_where(is_over & (done < num_draws), opened, trees), step, moments, done, rows)

    room = jnp.zeros((num_chains, capacity, size + len(Stats._fields)), dtype)
    rows = jax.lax.fori_loop(0, (num_draws + BLOCK - 1) // BLOCK, with_momenta, room)
    start = _Loop(
        trees=jax.vmap(begin)(chains.stream, chains.step, chains.state, rows[:, 0, :size]),
        step=chains.step,
        moments=chains.moments,
        done=jnp.zeros(num_chains, jnp.int32),
        rows=rows,
    )
    last = jax.lax.while_loop(lambda loop: jnp.any(loop.done < num_draws), turn_over, start)
    state, _ = jax.vmap(kernel.end)(last.trees)
    return Chain(stream_at(last.done), state, last.step, last.moments), last.rows


_Fields = TypeVar("_Fields", Tree, RobbinsMonro, Moments)


def _where(condition: jax.Array, yes: _Fields, no: _Fields) -> _Fields:
    def choose(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.where(condition.reshape(condition.shape + (1,) * (a.ndim - 1)), a, b)

    chosen: _Fields = jax.tree.map(choose, yes, no)
    return chosen
