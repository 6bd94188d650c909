"""Where the open sub-trees of a doubling began, so that each can be checked for a U-turn.

The leaves of a tree are numbered 1, 2, 3, ...: those of doubling ``j`` are ``2^j`` to
``2^(j+1) - 1``, so the bits below the leading one count within the doubling. A leaf closes as many
balanced sub-trees as its number has trailing ones, and each of those began at an even leaf saved
earlier. An even leaf is saved in the slot given by its number of one bits, the leading one left
out; so ``max_depth - 1`` slots suffice and a slot is only overwritten once the sub-tree it opened
has closed.

A stretch between the ends of a sub-tree may look straight although each half has gone round: on a
Gaussian whose step divides its period so, trees grew to 60 leaves where 15 do. So, as in Stan, two
more stretches count for a sub-tree of halves ``a .. b`` and ``c .. d``: ``a .. c`` and ``b .. d``.
The first is checked as soon as ``c`` is there: what it says ends the doubling either way. For the
second the leaf ahead of each saved one is saved too. Of the trajectory that a whole doubling is
joined to, ``c`` and the leaf ahead of it are those of slot 0 (:func:`middle`).

With few coordinates one masked pass over all slots is fastest, as it needs no inner loop; with
more, a loop over the sub-trees that close, one a leaf on average, moves a tenth of the memory. Both
give the same answer.

Source: Phan, Pradhan & Jankowiak (2019), algorithm 2; Lao & Dillon (2019), "Unrolled implementation
of no-U-turn sampler"; the two stretches: Stan Reference Manual, "No-U-turn sampler", since 2.21.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

_MASKED_UP_TO = 16


class Leaf(NamedTuple):
    """A leaf, or several: ``position`` and whitened ``momentum``, [dim] or [slot, dim].

    With a dense metric the position is whitened too.
    """

    position: jax.Array
    momentum: jax.Array


class Checkpoints(NamedTuple):
    """Leaves that were saved, and the one ahead of each; [slot, dim]."""

    saved: Leaf
    ahead: Leaf


def empty(max_depth: int, position: jax.Array) -> Checkpoints:
    """Return room for a tree of ``max_depth``, in the shape and dtype of ``position``."""
    slots = max(max_depth - 1, 1)
    nothing = jnp.zeros((slots, *position.shape), position.dtype)
    return Checkpoints(Leaf(nothing, nothing), Leaf(nothing, nothing))


def save(room: Checkpoints, number: jax.Array, leaf: Leaf, ahead: Leaf) -> Checkpoints:
    """Return ``room`` with the leaf called ``number`` (int32) in its slot, if it is even.

    ``ahead`` is the leaf before it, in its direction of time.
    """
    count, size = room.saved.position.shape
    new = Checkpoints(leaf, ahead)
    slot = jnp.where(((number & 1) == 0) & (number >= 2), _slot(number), count)
    if size <= _MASKED_UP_TO:
        is_here = (jnp.arange(count, dtype=jnp.int32) == slot)[:, None]
        kept: Checkpoints = jax.tree.map(lambda a, b: jnp.where(is_here, a, b), new, room)
        return kept
    filled: Checkpoints = jax.tree.map(lambda a, b: b.at[slot].set(a, mode="drop"), new, room)
    return filled


def middle(room: Checkpoints) -> Checkpoints:
    """Return the first leaf of the doubling and the one ahead of it, if it has two or more."""
    first: Checkpoints = jax.tree.map(lambda field: field[0], room)
    return first


def is_turning(room: Checkpoints, number: jax.Array, leaf: Leaf, unit: jax.Array) -> jax.Array:
    """Return whether any sub-tree turns that leaf ``number`` closes, or comes to the middle of.

    Displacements are measured in units of ``unit``, [dim] or scalar.

    ``room`` may already hold the leaf itself.
    """
    count, size = room.saved.position.shape
    last = _slot(number)
    closing = jax.lax.population_count((number ^ (number + 1)) >> 1)
    first = jnp.maximum(last - closing + 1, 0)
    is_middle = closing == 0  # of the sub-tree whose left half begins in the slot before

    if size <= _MASKED_UP_TO:
        slots = jnp.arange(count, dtype=jnp.int32)
        is_whole = (slots >= first) & (slots <= last)
        is_left = is_middle & (slots == last - 1)
        is_right = (slots > first) & (slots <= last)
        return jnp.any((is_whole | is_left) & turns(room.saved, leaf, unit)) | jnp.any(
            is_right & turns(room.ahead, leaf, unit)
        )

    def check(at: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        slot, _ = at
        saved, ahead = jax.tree.map(lambda field: field[slot], room)
        is_right = (slot > first) & ~is_middle
        return slot - 1, turns(saved, leaf, unit) | (is_right & turns(ahead, leaf, unit))

    begin = last - is_middle.astype(last.dtype)
    end = jnp.where(is_middle, jnp.maximum(begin, 0), first)
    _, has_turned = jax.lax.while_loop(
        lambda at: (at[0] >= end) & ~at[1], check, (begin, jnp.zeros((), bool))
    )
    return has_turned


def turns(start: Leaf, end: Leaf, unit: jax.Array) -> jax.Array:
    """Return whether the stretch between two leaves turns; ``start`` may be several."""
    displacement = (end.position - start.position) / unit
    at_start = jnp.sum(displacement * start.momentum, axis=-1)
    at_end = jnp.sum(displacement * end.momentum, axis=-1)
    return (at_start <= 0.0) | (at_end <= 0.0)


def _slot(number: jax.Array) -> jax.Array:
    return jax.lax.population_count(number >> 1) - 1
