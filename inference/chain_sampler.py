"""A sampler for any kernel: vectorised chains, windowed warm-up, chunks of any length.

The carry is the checkpoint, as for :class:`gendsl.inference.sampler.NutsSampler`, whose place this
takes for every kernel but NUTS alone: chains advance in step, so a kernel whose transitions differ
much in length waits for the longest. One compiled program serves warm-up and sampling, any number
of draws and any seed.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.adaptation import CHAINS
from gendsl.inference.arrays import on_host
from gendsl.inference.devices import Devices
from gendsl.inference.protocol import Kernel
from gendsl.inference.randomness import Stream, chain_words
from gendsl.inference.spread import spread
from gendsl.inference.target import Data, has_failed
from gendsl.inference.warmup import Window, windows

_LAST_SHARE = 0.15
_MOST_NUMBERS = 500_000
_MOST_ROWS = 100


class MoveStats(NamedTuple):
    """What is recorded of each transition, in this order at the end of its row.

    Attributes:
        acceptance_rate: of the transition, the mean over the parts of a composed kernel.
        num_gradients: spent.
        status: bits of :class:`gendsl.inference.protocol.Status`.
        log_density: at the draw.
    """

    acceptance_rate: jax.Array
    num_gradients: jax.Array
    status: jax.Array
    log_density: jax.Array


class ChainCarry(NamedTuple):
    """Where a run stands; all but ``shared`` and ``num_warmup`` are stacked over [chain].

    Attributes:
        words: uint32 [chain, 2], each chain's randomness.
        done: uint32 [chain], transitions made.
        state: of each chain's kernel.
        learnt: what each chain's adaptation knows.
        shared: what the chains' adaptation shares.
        num_warmup: transitions of warm-up in all.
    """

    words: jax.Array
    done: jax.Array
    state: Any
    learnt: Any
    shared: Any
    num_warmup: int

    @property
    def positions(self) -> jax.Array:
        """Where the chains are [chain, dim]."""
        positions: jax.Array = self.state.position
        return positions

    @property
    def transition(self) -> int:
        """How many transitions every chain has made, warm-up included."""
        return int(np.asarray(self.done)[0])


@dataclass(frozen=True, slots=True)
class ChainSampler:
    """Chains of ``kernel``, warmed up in windows. Equal kernels share their compiled programs.

    They are spread over ``devices``, as those of :class:`gendsl.inference.sampler.NutsSampler`.

    Raises:
        ValueError: if ``num_warmup`` is negative.
    """

    kernel: Kernel[Any, Any]
    num_warmup: int = 1000
    devices: Devices = ()

    def __post_init__(self) -> None:
        windows(self.num_warmup, _LAST_SHARE)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the stats."""
        return MoveStats._fields

    def init(self, data: Data, seed: int, positions: Any) -> ChainCarry:
        """Return the carry of chains that start at ``positions`` [chain, dim].

        Raises:
            ValueError: if the shape is wrong, or a start's log density isn't finite.
        """
        size = self.kernel.target.size
        if np.ndim(positions) != 2 or np.shape(positions)[1] != size:
            raise ValueError(
                f"positions must have shape [chain, {size}], got {np.shape(positions)}"
            )
        starts = on_host(np.asarray(positions, jnp.result_type(float)))
        state = states(self.kernel, data, starts)
        heights = state.log_density
        bad = np.flatnonzero(~np.isfinite(heights) | np.asarray(has_failed(on_host(heights))))
        if len(bad):
            raise ValueError(f"the log density is not finite at the start of chains {bad}")
        learnt, shared = self.kernel.adaptation.init(starts.dtype)
        each = jax.tree.map(lambda x: jnp.broadcast_to(x, (len(starts), *jnp.shape(x))), learnt)
        words = on_host(chain_words(seed, len(starts)))
        done = on_host(np.zeros(len(starts), np.uint32))
        return ChainCarry(words, done, state, each, shared, self.num_warmup)

    def chunk(
        self, data: Data, carry: ChainCarry, num_draws: int
    ) -> tuple[ChainCarry, np.ndarray, MoveStats]:
        """Advance all chains by ``num_draws`` transitions, of warm-up, of sampling or of both.

        Returns:
            The carry; draws [chain, num_draws, dim]; stats, each [chain, num_draws].
        """
        num_chains, size = carry.positions.shape
        capacity = max(1, min(_MOST_ROWS, _MOST_NUMBERS // size))
        rows = [np.zeros((num_chains, 0, size + len(MoveStats._fields)), carry.positions.dtype)]
        left = num_draws
        while left > 0:
            window = _window_at(carry)
            room = left if window is None else window.stop - carry.transition
            now = min(left, room, capacity)
            is_tuning = on_host(window is not None)
            is_learning = on_host(window is not None and window.is_learning)
            shared = carry.shared, is_tuning, is_learning, on_host(np.int32(now))
            words, done, state, learnt, made = spread(
                _advance,
                (self.kernel, capacity),
                self.devices,
                (data, carry[:4], *shared),
                (False, True, False, False, False, False),
                is_joint=self.kernel.adaptation.looks_across or self.kernel.target.is_hosted,
            )
            rows.append(np.asarray(made)[:, :now])
            carry = carry._replace(words=words, done=done, state=state, learnt=learnt)
            left -= now
            if window is not None and carry.transition == window.stop:
                learnt, shared = self.kernel.adaptation.pool(
                    carry.learnt, carry.shared, is_last=window.stop == carry.num_warmup
                )
                carry = carry._replace(learnt=learnt, shared=shared)
        table = np.concatenate(rows, axis=1)
        stats = MoveStats(*(on_host(column) for column in np.moveaxis(table[..., size:], -1, 0)))
        return carry, table[..., :size].copy(), stats


@stored("kernel")
def states(kernel: Kernel[Any, Any], data: Data, positions: jax.Array) -> Any:
    """Return the kernel's states, stacked over [chain], at ``positions`` [chain, dim]."""
    return jax.vmap(lambda position: kernel.init(data, position))(positions)


@stored("kernel", "capacity")
def _advance(
    kernel: Kernel[Any, Any],
    capacity: int,
    data: Data,
    chains: tuple[jax.Array, jax.Array, Any, Any],
    shared: Any,
    is_tuning: jax.Array,
    is_learning: jax.Array,
    num_draws: jax.Array,
) -> tuple[jax.Array, jax.Array, Any, Any, jax.Array]:
    def one(
        words: jax.Array, done: jax.Array, begun: Any, learnt: Any
    ) -> tuple[jax.Array, jax.Array, Any, Any, jax.Array]:
        size, dtype = len(begun.position), begun.position.dtype

        def move(at: jax.Array, carried: Any) -> Any:
            state, learnt, rows = carried
            stream = Stream(words, done + at.astype(jnp.uint32))
            params = kernel.adaptation.params(learnt, shared)
            state, info = kernel.step(data, params, stream, state)
            learnt = jax.lax.cond(
                is_tuning,
                lambda: kernel.adaptation.update(learnt, info, state, is_learning),
                lambda: learnt,
            )
            stats = MoveStats(*info[:3], state.log_density)
            row = jnp.concatenate([state.position, jnp.stack([s.astype(dtype) for s in stats])])
            return state, learnt, rows.at[at].set(row)

        room = jnp.zeros((capacity, size + len(MoveStats._fields)), dtype)
        start = begun, learnt, room
        state, learnt, rows = jax.lax.fori_loop(0, num_draws, move, start)
        return words, done + num_draws.astype(jnp.uint32), state, learnt, rows

    return jax.vmap(one, axis_name=CHAINS)(*chains)


def _window_at(carry: ChainCarry) -> Window | None:
    for window in windows(carry.num_warmup, _LAST_SHARE):
        if carry.transition < window.stop:
            return window
    return None
