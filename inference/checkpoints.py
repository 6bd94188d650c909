"""Where the open sub-trees of a doubling began, so that each can be checked for a U-turn.

The leaves of a tree are numbered 1, 2, 3, ...: those of doubling ``j`` are ``2^j`` to
``2^(j+1) - 1``, so the bits below the leading one count within the doubling. A leaf closes as many
balanced sub-trees as its number has trailing ones, and each of those began at an even leaf saved
earlier. An even leaf is saved in the slot given by its number of one bits, the leading one left
out; so ``max_depth - 1`` slots suffice and a slot is only overwritten once the sub-tree it opened
has closed.

Source: Phan, Pradhan & Jankowiak (2019), algorithm 2; Lao & Dillon (2019), "Unrolled implementation
of no-U-turn sampler".
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp


class Checkpoints(NamedTuple):
    """Saved leaves: ``positions`` and whitened ``momenta``, both [slot, dim]."""

    positions: jax.Array
    momenta: jax.Array


def empty(max_depth: int, position: jax.Array) -> Checkpoints:
    """Return room for a tree of ``max_depth``, in the shape and dtype of ``position``."""
    slots = max(max_depth - 1, 1)
    nothing = jnp.zeros((slots, *position.shape), position.dtype)
    return Checkpoints(nothing, nothing)


def save(
    saved: Checkpoints, number: jax.Array, position: jax.Array, momentum: jax.Array
) -> Checkpoints:
    """Return ``saved`` with the leaf called ``number`` (int32) in its slot, if it is even."""
    slots = jnp.arange(saved.positions.shape[0], dtype=jnp.int32)
    is_here = ((slots == _slot(number)) & ((number & 1) == 0))[:, None]
    return Checkpoints(
        jnp.where(is_here, position, saved.positions), jnp.where(is_here, momentum, saved.momenta)
    )


def is_turning(
    saved: Checkpoints,
    number: jax.Array,
    position: jax.Array,
    momentum: jax.Array,
    scale: jax.Array,
) -> jax.Array:
    """Return whether any sub-tree that leaf ``number`` closes turns; ``scale`` is [dim].

    ``saved`` may already hold the leaf itself: an even leaf closes nothing.
    """
    slots = jnp.arange(saved.positions.shape[0], dtype=jnp.int32)
    last = _slot(number)
    closing = jax.lax.population_count((number ^ (number + 1)) >> 1)
    is_closing = (slots <= last) & (slots > last - closing)
    displacements = (position - saved.positions) / scale
    at_start = jnp.sum(displacements * saved.momenta, axis=-1)
    at_end = jnp.sum(displacements * momentum, axis=-1)
    return jnp.any(is_closing & ((at_start <= 0.0) | (at_end <= 0.0)))


def _slot(number: jax.Array) -> jax.Array:
    return jax.lax.population_count(number >> 1) - 1
