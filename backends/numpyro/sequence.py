"""Data that their own past enters: drawn one position after the other.

A run of the program with data `y` gives, with the keys held fixed, new data `draw(y)` whose entry
at a position depends on entries of `y` before it alone. So after k runs, each fed with what the
last drew, the first k positions are those of a draw in sequence; the rest settle sooner where the
past is forgotten, and the runs end when nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Draw = Callable[[dict[str, jax.Array]], dict[str, jax.Array]]


def in_sequence(draw: Draw, start: Mapping[str, Any]) -> dict[str, jax.Array]:
    """The arrays that `draw` gives back unchanged, from `start`; its keys are held fixed."""
    arrays = {name: jnp.asarray(value) for name, value in start.items()}
    longest = sum(max(array.shape, default=1) for array in arrays.values())

    def again(state: Any) -> Any:
        count, current, _ = state
        drawn = draw(current)
        new = {name: drawn[name].astype(array.dtype) for name, array in current.items()}
        moved = [jnp.any(_differ(new[name], current[name])) for name in current]
        return count + 1, new, jnp.any(jnp.stack(moved))

    def goes_on(state: Any) -> jax.Array:
        is_open: jax.Array = state[2] & (state[0] <= longest)
        return is_open

    settled: dict[str, jax.Array] = lax.while_loop(goes_on, again, (0, arrays, jnp.array(True)))[1]
    return settled


def _differ(left: jax.Array, right: jax.Array) -> jax.Array:
    is_same: jax.Array = (left == right) | (jnp.isnan(left) & jnp.isnan(right))
    return ~is_same
