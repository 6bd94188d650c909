"""Geweke's joint test of a kernel: parameters and data, drawn in two ways that should agree.

The marginal-conditional simulator draws theta ~ p(theta), y ~ p(y | theta), independently. The
successive-conditional simulator goes on from there by turns:

    theta ~ K(. | theta, y),    y ~ p(y | theta).

If the kernel K keeps p(theta | y) for every y, both are of p(theta, y). Chains of the second start
at draws of the first, so that they are stationary from the first turn on if K is right, and their
means are independent: these have their Monte Carlo errors by themselves, without autocorrelations.
What a wrong kernel does to theta is carried on by y, which makes small faults large.

Source: Geweke (2004), "Getting it right: joint distribution tests of posterior simulators".
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from gendsl.inference.interrupts import interruptible
from gendsl.inference.protocol import Kernel
from gendsl.inference.randomness import Draws, Stream, chain_words
from gendsl.inference.target import Data

_FIRST_CHUNK = 5

Redraw = Callable[[Draws, Data, jax.Array], Data]
"""Of a handle, data and a position, data drawn given the position alone."""

Statistics = Callable[[Data, jax.Array], jax.Array]
"""Of data and a position, what is compared, [statistic]; with a finite variance."""


class Turn(NamedTuple):
    """How far the turns are."""

    phase: str
    done: int
    total: int
    num_divergent: int


class ByTurns(NamedTuple):
    """What the successive-conditional simulator gave.

    Attributes:
        means: [chain, statistic], over the turns of each chain; independent of each other.
        num_turns: that were made; fewer than wanted if the run was interrupted.
    """

    means: NDArray[np.float64]
    num_turns: int


def by_turns(
    kernel: Kernel[Any, Any],
    params: Any,
    redraw: Redraw,
    statistics: Statistics,
    *,
    positions: Any,
    data: Data,
    seed: int,
    num_turns: int = 100,
    progress: Callable[[Turn], None] | None = None,
) -> ByTurns:
    """Let a kernel and the simulation of data take turns; an interrupt keeps what was made.

    Compare the means with those of ``statistics`` over draws like ``positions`` and ``data``. The
    functions are compiled together; the same ones are compiled once.

    Args:
        params: of the kernel, fixed, and chosen without the starts.
        positions: [chain, dim], with ``data`` [chain, ...] exact draws of the joint distribution.
        progress: called after every few turns.

    Raises:
        ValueError: if there are fewer than 1 turn or 2 chains, or ``seed`` is negative.
    """
    positions = jnp.asarray(positions)
    if num_turns < 1 or len(positions) < 2:
        raise ValueError(
            f"there must be 1 turn and 2 chains or more, got {num_turns} and {len(positions)}"
        )
    words = jnp.asarray(chain_words(seed, len(positions)))
    first = jax.tree.map(lambda leaf: leaf[0], data)
    shape = jax.eval_shape(statistics, first, positions[0])
    totals = jnp.zeros((len(positions), *shape.shape), shape.dtype)
    done, length = 0, _FIRST_CHUNK
    with interruptible() as is_stopped:
        while done < num_turns and not (done > 0 and is_stopped()):
            now = min(length, num_turns - done)
            positions, data, totals = _turns(
                kernel, redraw, statistics, params, words, np.uint32(done), np.int32(now),
                (positions, data, totals),
            )  # fmt: skip
            totals.block_until_ready()
            done += now
            if progress is not None:
                progress(Turn("turns", done, num_turns, 0))
    return ByTurns(np.asarray(totals, np.float64) / done, done)


@partial(jax.jit, static_argnames=("kernel", "redraw", "statistics"))
def _turns(
    kernel: Kernel[Any, Any],
    redraw: Redraw,
    statistics: Statistics,
    params: Any,
    words: jax.Array,
    done: jax.Array,
    num_turns: jax.Array,
    chains: tuple[jax.Array, Data, jax.Array],
) -> tuple[jax.Array, Data, jax.Array]:
    """Make more turns of every chain: of the kernel, then of the data; add up the statistics."""

    def one(words: jax.Array, *chain: Any) -> Any:
        def turn(number: jax.Array, carried: Any) -> Any:
            position, data, total = carried
            stream = Stream(words, done + number.astype(jnp.uint32))
            for_move, for_data = stream.parts(2)
            state, _ = kernel.step(data, params, for_move, kernel.init(data, position))
            data = redraw(for_data, data, state.position)
            return state.position, data, total + statistics(data, state.position)

        return jax.lax.fori_loop(0, num_turns, turn, chain)

    moved: tuple[jax.Array, Data, jax.Array] = jax.vmap(one)(words, *chains)
    return moved
