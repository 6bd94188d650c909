"""Climbs by Adam along estimated gradients, many at once, the rate falling to 0 as a cosine does.

Step ``t`` of ``T`` moves each coordinate by ``r (1 + cos(pi t / T)) / 2`` times Adam's ratio of
moments, so that the noise of minibatches dies out. A step whose gradient is not finite is left out.
Squares are remembered for twenty steps, not for a thousand: a start from the prior may be on a
slope so steep that a step after it would long be next to nothing.

Sources: Kingma & Ba (2015), "Adam: a method for stochastic optimization", algorithm 1; Loshchilov &
Hutter (2017), "SGDR: stochastic gradient descent with warm restarts", eq. 5 (the cosine).
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gendsl.executables import stored
from gendsl.inference.approximations.training import FIRST_CHUNK, next_chunk
from gendsl.inference.arrays import on_host
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.minibatch import Rows
from gendsl.inference.randomness import Stream, chain_words
from gendsl.inference.target import Data

_MEMORY = 0.95


class Ascent(NamedTuple):
    """Where climbs ended.

    Attributes:
        positions: [member, dim].
        num_bad: steps left out, of each.
        num_steps: taken.
        is_stopped: whether they were stopped on the way.
    """

    positions: np.ndarray
    num_bad: np.ndarray
    num_steps: int
    is_stopped: bool


class _Climbing(NamedTuple):
    """One climb: Adam's ``moments`` are without the class of theirs."""

    position: jax.Array
    moments: Any
    step: jax.Array
    num_bad: jax.Array


def ascend(
    rows: Rows,
    data: Data,
    starts: np.ndarray,
    seed: int,
    *,
    num_steps: int,
    rate: float,
    progress: Callable[[Milestone], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Ascent:
    """Climb from ``starts`` [member, dim] by ``num_steps`` steps, the first of at most ``rate``.

    Raises:
        ValueError: if ``seed`` is negative.
    """
    positions = on_host(np.asarray(starts, jnp.result_type(float)))
    words = on_host(
        chain_words(
            int(np.random.SeedSequence(seed, spawn_key=(12,)).generate_state(1)[0]), len(starts)
        )
    )
    climbing, chunk, done = _begin(positions), FIRST_CHUNK, 0
    watch = Watch("steps", num_steps, progress, should_stop)
    while done < num_steps and not watch.is_stopped:
        count = min(chunk, num_steps - done)
        started = time.perf_counter()
        sizes = on_host(np.asarray(rate)), on_host(np.int32(num_steps))
        climbing = _advance(rows, data, words, climbing, *sizes, on_host(np.int32(count)))
        climbing = jax.tree.map(np.asarray, climbing)
        done += count
        chunk = next_chunk(count, time.perf_counter() - started)
        watch.tell(done)
    return Ascent(
        np.asarray(climbing.position), np.asarray(climbing.num_bad), done, watch.is_stopped
    )


@stored()
def _begin(positions: jax.Array) -> _Climbing:
    def one(position: jax.Array) -> _Climbing:
        moments = tuple(optax.scale_by_adam(b2=_MEMORY).init(position))
        return _Climbing(position, moments, jnp.uint32(0), jnp.int32(0))

    return jax.vmap(one)(positions)


@stored("rows")
def _advance(
    rows: Rows,
    data: Data,
    words: jax.Array,
    climbing: _Climbing,
    rate: jax.Array,
    total: jax.Array,
    num_steps: jax.Array,
) -> _Climbing:
    adam = optax.scale_by_adam(b2=_MEMORY)

    def one(words: jax.Array, climbing: _Climbing) -> _Climbing:
        def step(_: jax.Array, at: _Climbing) -> _Climbing:
            value, slope = rows.slope(Stream(words, at.step), data, at.position)
            uphill, after = adam.update(slope, optax.ScaleByAdamState(*at.moments))
            share = at.step.astype(value.dtype) / total.astype(value.dtype)
            length = rate.astype(value.dtype) * 0.5 * (1.0 + jnp.cos(jnp.pi * share))
            moved = (at.position + length * uphill, tuple(after))
            is_good = jnp.isfinite(value) & jnp.all(jnp.isfinite(slope))
            position, moments = jax.tree.map(
                lambda new, old: jnp.where(is_good, new, old), moved, (at.position, at.moments)
            )
            num_bad = at.num_bad + (~is_good).astype(jnp.int32)
            return _Climbing(position, moments, at.step + jnp.uint32(1), num_bad)

        end: _Climbing = jax.lax.fori_loop(0, num_steps, step, climbing)
        return end

    return jax.vmap(one)(words, climbing)
