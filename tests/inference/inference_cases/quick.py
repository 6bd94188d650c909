"""A handle for randomness that compiles in no time, for tests that need many draws of many kernels.

Each handle is one 64-bit word; parts and draws are its images under a mixing function. The handle
that samplers use, :class:`gendsl.inference.randomness.Stream`, has tests of its own.

Source: Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators" (SplitMix64).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_FOR_PARTS = np.uint64(1 << 40)


class Quick(NamedTuple):
    """A :class:`gendsl.inference.randomness.Draws`."""

    word: jax.Array

    def _at(self, index: Any) -> jax.Array:
        word = self.word + (jnp.asarray(index).astype(jnp.uint64) + np.uint64(1)) * _GAMMA
        word = (word ^ (word >> np.uint64(30))) * _FIRST
        word = (word ^ (word >> np.uint64(27))) * _SECOND
        return word ^ (word >> np.uint64(31))

    def part(self, number: Any) -> "Quick":
        return Quick(self._at(jnp.asarray(number).astype(jnp.uint64) + _FOR_PARTS))

    @property
    def transition(self) -> jax.Array:
        return (self.word >> np.uint64(32)).astype(jnp.uint32)

    def parts(self, count: int) -> tuple["Quick", ...]:
        return tuple(self.part(number) for number in range(count))

    def uniforms(self, size: int, dtype: Any) -> jax.Array:
        bits = self._at(np.arange(size)) >> np.uint64(12)
        return (bits.astype(dtype) + 0.5) * 2.0**-52

    def normals(self, size: int, dtype: Any) -> jax.Array:
        return jax.scipy.special.ndtri(self.uniforms(size, dtype))

    def bits(self, index: jax.Array) -> jax.Array:
        word = self._at(index)
        return jnp.stack([word >> np.uint64(32), word & np.uint64(0xFFFFFFFF)]).astype(jnp.uint32)

    def coin(self, log_probability: jax.Array) -> jax.Array:
        return jnp.log(self.uniforms(1, float)[0]) < log_probability

    def choose(self, log_weights: jax.Array) -> jax.Array:
        shares = jnp.cumsum(jax.nn.softmax(log_weights))
        return jnp.sum(shares <= self.uniforms(1, float)[0] * shares[-1]).astype(jnp.int32)

    def map(self, function: Callable[..., Any], count: int, *arrays: Any) -> Any:
        return jax.vmap(function)(jax.vmap(self.part)(np.arange(count)), *arrays)

    def fold(self, function: Callable[..., Any], count: int, carried: Any, *arrays: Any) -> Any:
        def turn(carried: Any, row: Any) -> tuple[Any, None]:
            number, rows = row
            return function(self.part(number), carried, *rows), None

        return jax.lax.scan(turn, carried, (np.arange(count), arrays))[0]
