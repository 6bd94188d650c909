"""Resampling: particles in proportion to their weights, after which all weigh the same.

Each scheme draws ancestors such that particle ``i`` has ``count W_i`` offspring on average, which
is all that keeps a population properly weighted (law W1). They differ in the variance they add:
multinomial the most, then residual and stratified; systematic is usually the least.

Sources: Gordon, Salmond & Smith (1993) (multinomial); Kitagawa (1996) (stratified, systematic);
Liu & Chen (1998) (residual); Douc, Cappé & Moulines (2005), "Comparison of resampling schemes for
particle filtering".
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.inference.populations.weighted import Weighted, ess, normalise
from gendsl.inference.randomness import Draws

Scheme = Callable[[Draws, jax.Array, int], jax.Array]
"""``(draws, log_weights [particle], count) -> ancestors``, int32 [count]."""


def multinomial(draws: Draws, log_weights: jax.Array, count: int) -> jax.Array:
    """Return ``count`` independent ancestors."""
    return _at(log_weights, draws.uniforms(count, log_weights.dtype))


def stratified(draws: Draws, log_weights: jax.Array, count: int) -> jax.Array:
    """Return ancestors by one uniform in each of ``count`` equal strata."""
    offsets = draws.uniforms(count, log_weights.dtype)
    return _at(log_weights, (jnp.arange(count) + offsets) / count)


def systematic(draws: Draws, log_weights: jax.Array, count: int) -> jax.Array:
    """Return ancestors by one uniform for all of ``count`` equal strata."""
    offset = draws.uniforms(1, log_weights.dtype)
    return _at(log_weights, (jnp.arange(count) + offset) / count)


def residual(draws: Draws, log_weights: jax.Array, count: int) -> jax.Array:
    """Return ``floor(count W_i)`` copies of each particle, and a multinomial of what remains."""
    expected = count * jax.nn.softmax(log_weights)
    sure = jnp.floor(expected)
    copies = jnp.cumsum(sure)
    place = jnp.arange(count)
    copied = jnp.searchsorted(copies, place, side="right")
    rest, _ = normalise(jnp.log(expected - sure))
    drawn = _at(rest, draws.uniforms(count, log_weights.dtype))
    return jnp.where(place < copies[-1], copied, drawn).astype(jnp.int32)


def resample(
    draws: Draws, population: Weighted, scheme: Scheme = systematic, below: float = 0.5
) -> tuple[Weighted, jax.Array]:
    """Return the population with equal weights, and the ancestors int32 [particle].

    Where the effective sample size is at least ``below`` times the number of particles the
    population stays as it is, each its own ancestor; ``below`` above one resamples always.
    """
    size = population.size
    is_due = ess(population.log_weights) < below * size
    drawn = scheme(draws, population.log_weights, size)
    ancestors = jnp.where(is_due, drawn, jnp.arange(size, dtype=jnp.int32))
    equal = jnp.full_like(population.log_weights, -jnp.log(size))
    log_weights = jnp.where(is_due, equal, population.log_weights)
    positions = taken(population.positions, ancestors)
    return Weighted(positions, log_weights, population.log_evidence), ancestors


def taken(positions: Any, ancestors: jax.Array) -> Any:
    """Return the particles at ``ancestors`` [count]."""
    return jax.tree.map(lambda rows: rows[ancestors], positions)


def _at(log_weights: jax.Array, points: jax.Array) -> jax.Array:
    """Return the particles at ``points`` in (0, 1) of the cumulative weights.

    Never one without weight: rounding may put a point at the total, and it then takes the last
    particle that has any.
    """
    shares = jnp.cumsum(jax.nn.softmax(log_weights))
    found = jnp.searchsorted(shares, points * shares[-1], side="right")
    last = jnp.searchsorted(shares, shares[-1], side="left")
    return jnp.minimum(found, last).astype(jnp.int32)
