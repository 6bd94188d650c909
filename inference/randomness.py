"""Counter-based random numbers: what a chain draws depends on its seed and its counter alone.

A chain owns two 32-bit words. Its randomness in transition ``t`` is
``threefry2x32(words, (t, index))``, so it is the same whatever the chunk size, the number of chains
or the order in which chains advance. One evaluation per gradient serves a tree's whole needs, which
splitting keys would not, and the rounds are unrolled so that the compiler fuses them.

Source: Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", table 2
(Threefry-2x32, 20 rounds).
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike

_ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
_PARITY = 0x1BD11BDA
_MOMENTUM_OFFSET = 1 << 31
_PART_OFFSET = 1 << 30


class Draws(Protocol):
    """What a kernel draws through: each handle serves one draw, or is split into parts.

    Kernels make no random number by themselves, so a test can hand them a handle that goes through
    every outcome with its probability, and compute their transition matrix exactly.
    """

    @property
    def transition(self) -> jax.Array:
        """How many transitions the chain has made, uint32: the same for all chains of a run."""

    def parts(self, count: int) -> tuple["Draws", ...]:
        """Return ``count`` independent handles; name each by what it is for."""

    def normals(self, size: int, dtype: DTypeLike) -> jax.Array:
        """Return independent standard normals [size]."""

    def uniforms(self, size: int, dtype: DTypeLike) -> jax.Array:
        """Return independent uniforms on (0, 1) [size]."""

    def bits(self, index: jax.Array) -> jax.Array:
        """Return random bits, uint32 [2], for the leaf ``index`` (int32) of a tree."""

    def coin(self, log_probability: jax.Array) -> jax.Array:
        """Return true with probability ``min(1, exp(log_probability))``; never for NaN."""

    def choose(self, log_weights: jax.Array) -> jax.Array:
        """Return an index (int32) into ``log_weights`` [n] in proportion to their exponentials."""

    def map(self, function: Callable[..., Any], count: int, *arrays: Any) -> Any:
        """Return ``function(draws, *rows)`` for ``count`` rows of ``arrays``, stacked.

        Each row has its own handle.
        """

    def fold(self, function: Callable[..., Any], count: int, carried: Any, *arrays: Any) -> Any:
        """Return ``carried`` after ``carried = function(draws, carried, *rows)``, row by row.

        There are ``count`` rows of ``arrays``; each has its own handle.
        """


class Stream(NamedTuple):
    """The randomness of one transition of one chain; a :class:`Draws`.

    Attributes:
        words: uint32 [2], the chain's own.
        transition: uint32 scalar, how many transitions the chain has made.
    """

    words: jax.Array
    transition: jax.Array

    def part(self, number: jax.Array | int) -> "Stream":
        """Return an independent stream for the same transition; ``number`` is below 2^30."""
        place = jnp.asarray(number, jnp.uint32) + jnp.uint32(_PART_OFFSET)
        words = jnp.stack(threefry(self.words, self.transition, place))
        return Stream(words, self.transition)

    def parts(self, count: int) -> tuple["Stream", ...]:
        """See :meth:`Draws.parts`."""
        return tuple(self.part(number) for number in range(count))

    def normals(self, size: int, dtype: DTypeLike) -> jax.Array:
        """See :meth:`Draws.normals`."""
        return standard_normals(self, size, dtype)

    def uniforms(self, size: int, dtype: DTypeLike) -> jax.Array:
        """See :meth:`Draws.uniforms`."""
        index = jnp.arange(size, dtype=jnp.uint32)
        bits, _ = threefry(self.words, self.transition, index)
        return unit_interval(bits, dtype)

    def bits(self, index: jax.Array) -> jax.Array:
        """See :meth:`Draws.bits`."""
        return jnp.stack(threefry(self.words, self.transition, index.astype(jnp.uint32)))

    def coin(self, log_probability: jax.Array) -> jax.Array:
        """See :meth:`Draws.coin`."""
        chance = self.uniforms(1, jnp.result_type(log_probability))[0]
        return jnp.log(chance) < log_probability

    def choose(self, log_weights: jax.Array) -> jax.Array:
        """See :meth:`Draws.choose`; by the inverse of the cumulative weights."""
        shares = jnp.cumsum(jnp.exp(log_weights - jnp.max(log_weights)))
        point = self.uniforms(1, shares.dtype)[0] * shares[-1]
        return jnp.sum(shares <= point).astype(jnp.int32)

    def map(self, function: Callable[..., Any], count: int, *arrays: Any) -> Any:
        """See :meth:`Draws.map`; vectorised."""
        each = jax.vmap(self.part)(jnp.arange(count, dtype=jnp.uint32))
        return jax.vmap(function)(each, *arrays)

    def fold(self, function: Callable[..., Any], count: int, carried: Any, *arrays: Any) -> Any:
        """See :meth:`Draws.fold`; one compiled turn."""

        def turn(carried: Any, row: Any) -> tuple[Any, None]:
            number, rows = row
            return function(self.part(number), carried, *rows), None

        numbers = jnp.arange(count, dtype=jnp.uint32)
        return jax.lax.scan(turn, carried, (numbers, arrays))[0]


def chain_words(seed: int, num_chains: int) -> np.ndarray:
    """Return uint32 [chain, 2]; a chain's words don't depend on how many chains there are.

    Raises:
        ValueError: if ``seed`` is negative.
    """
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}")
    children = np.random.SeedSequence(seed).spawn(num_chains)
    return np.array([child.generate_state(2) for child in children], np.uint32).reshape(-1, 2)


def threefry(words: jax.Array, high: jax.Array, low: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return two uint32 arrays of random bits for the counters ``(high, low)``.

    ``words`` is uint32 [2]; ``high`` and ``low`` broadcast against each other.
    """
    first, second = words[0], words[1]
    schedule = (first, second, first ^ second ^ jnp.uint32(_PARITY))
    x, y = high + first, low + second
    for group in range(5):
        for turn in range(4):
            rotation = _ROTATIONS[4 * (group % 2) + turn]
            x = x + y
            y = (y << rotation) | (y >> (32 - rotation))
            y = x ^ y
        x = x + schedule[(group + 1) % 3]
        y = y + schedule[(group + 2) % 3] + jnp.uint32(group + 1)
    return x, y


def unit_interval(bits: jax.Array, dtype: DTypeLike) -> jax.Array:
    """Return uniforms strictly inside (0, 1) from the upper bits of uint32 ``bits``.

    The lowest bit is never read, so it stays free for a coin. The grid has 2^31 points, or 2^23 in
    single precision.
    """
    kept = 31 if np.dtype(dtype).itemsize == 8 else 23
    return ((bits >> (32 - kept)).astype(dtype) + 0.5) * 2.0**-kept


def standard_normals(stream: Stream, size: int, dtype: DTypeLike) -> jax.Array:
    """Return ``size`` independent standard normals by Box and Muller's transform.

    Their counters start at 2^31, away from those of :meth:`Stream.bits`. The radius has 31 random
    bits, so no value exceeds 6.7 in size.
    """
    half = (size + 1) // 2
    index = jnp.arange(half, dtype=jnp.uint32) + jnp.uint32(_MOMENTUM_OFFSET)
    first, second = threefry(stream.words, stream.transition, index)
    radius = jnp.sqrt(-2.0 * jnp.log(unit_interval(first, dtype)))
    angle = 2.0 * np.pi * unit_interval(second, dtype)
    pairs = jnp.concatenate([radius * jnp.cos(angle), radius * jnp.sin(angle)])
    return pairs[:size]
