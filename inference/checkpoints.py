"""Where the open sub-trees of a doubling began, so that each can be checked for a U-turn.

The leaves of a tree are numbered 1, 2, 3, ...: those of doubling ``j`` are ``2^j`` to
``2^(j+1) - 1``, so the bits below the leading one count within the doubling. A leaf closes as many
balanced sub-trees as its number has trailing ones, and each of those began at an even leaf saved
earlier. An even leaf is saved in the slot given by its number of one bits, the leading one left
out; so ``max_depth - 1`` slots suffice and a slot is only overwritten once the sub-tree it opened
has closed.

With few coordinates one masked pass over all slots is fastest, as it needs no inner loop; with
more, a loop over the sub-trees that close, one a leaf on average, moves a tenth of the memory. Both
give the same answer.

Source: Phan, Pradhan & Jankowiak (2019), algorithm 2; Lao & Dillon (2019), "Unrolled implementation
of no-U-turn sampler".
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

_MASKED_UP_TO = 16


class Checkpoints(NamedTuple):
    """Saved leaves: ``positions`` and whitened ``momenta``, both [slot, dim].

    With a dense metric the positions are whitened too.
    """

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
    count, size = saved.positions.shape
    slot = jnp.where(((number & 1) == 0) & (number >= 2), _slot(number), count)
    if size <= _MASKED_UP_TO:
        is_here = (jnp.arange(count, dtype=jnp.int32) == slot)[:, None]
        return Checkpoints(
            jnp.where(is_here, position, saved.positions),
            jnp.where(is_here, momentum, saved.momenta),
        )
    return Checkpoints(
        saved.positions.at[slot].set(position, mode="drop"),
        saved.momenta.at[slot].set(momentum, mode="drop"),
    )


def is_turning(
    saved: Checkpoints,
    number: jax.Array,
    position: jax.Array,
    momentum: jax.Array,
    unit: jax.Array,
) -> jax.Array:
    """Return whether any sub-tree that leaf ``number`` closes turns.

    Displacements are measured in units of ``unit``, [dim] or scalar.

    ``saved`` may already hold the leaf itself: an even leaf closes nothing.
    """
    count, size = saved.positions.shape
    last = _slot(number)
    closing = jax.lax.population_count((number ^ (number + 1)) >> 1)
    first = jnp.maximum(last - closing + 1, 0)

    def turns(start: jax.Array, start_momentum: jax.Array) -> jax.Array:
        displacement = (position - start) / unit
        at_start = jnp.sum(displacement * start_momentum, axis=-1)
        at_end = jnp.sum(displacement * momentum, axis=-1)
        return (at_start <= 0.0) | (at_end <= 0.0)

    if size <= _MASKED_UP_TO:
        slots = jnp.arange(count, dtype=jnp.int32)
        is_closing = (slots >= first) & (slots <= last)
        return jnp.any(is_closing & turns(saved.positions, saved.momenta))

    def check(at: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        slot, _ = at
        return slot - 1, turns(saved.positions[slot], saved.momenta[slot])

    _, has_turned = jax.lax.while_loop(
        lambda at: (at[0] >= first) & ~at[1], check, (last, jnp.zeros((), bool))
    )
    return has_turned


def _slot(number: jax.Array) -> jax.Array:
    return jax.lax.population_count(number >> 1) - 1
