"""State-space models, by functions: a hidden series that is observed along the way.

    x_1 ~ initial(theta),   x_t ~ transition(theta, x_{t-1}),   y_t ~ observation(theta, x_t)

Every function gets the row of the data at its time, so observations, covariates and the time itself
may enter anywhere. States are arrays of one shape; discrete ones are kept as floats 0, 1, ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.inference.randomness import Draws

Row = Any
"""A pytree of arrays: the data of one time. The rows of all times are stacked over [time]."""


@dataclass(frozen=True, slots=True)
class StateSpace:
    """A state-space model; functions that are equal share compiled programs.

    Attributes:
        draw_initial: ``(draws, theta, row) -> x``, the first state.
        draw_next: ``(draws, theta, x, row) -> x'``, the next.
        log_initial: ``(theta, x, row) -> scalar``, the density of the first state.
        log_next: ``(theta, x, x', row) -> scalar``, the density of ``x'`` after ``x``.
        log_observation: ``(theta, x, row) -> scalar``, the density of what was seen at ``x``.
    """

    draw_initial: Callable[[Draws, jax.Array, Row], jax.Array]
    draw_next: Callable[[Draws, jax.Array, jax.Array, Row], jax.Array]
    log_initial: Callable[[jax.Array, jax.Array, Row], jax.Array]
    log_next: Callable[[jax.Array, jax.Array, jax.Array, Row], jax.Array]
    log_observation: Callable[[jax.Array, jax.Array, Row], jax.Array]


@dataclass(frozen=True, slots=True)
class Guide:
    """Another way to draw the states, which may look at the observation of their time.

    Wherever the model's density is positive the guide's must be too. The fields are as in
    :class:`StateSpace`.
    """

    draw_initial: Callable[[Draws, jax.Array, Row], jax.Array]
    draw_next: Callable[[Draws, jax.Array, jax.Array, Row], jax.Array]
    log_initial: Callable[[jax.Array, jax.Array, Row], jax.Array]
    log_next: Callable[[jax.Array, jax.Array, jax.Array, Row], jax.Array]


def at_time(rows: Row, time: jax.Array | int) -> Row:
    """Return the row of one time."""
    return jax.tree.map(lambda row: jnp.asarray(row)[time], rows)


def num_times(rows: Row) -> int:
    """Return how many times there are.

    Raises:
        ValueError: if there is no time, or the arrays disagree.
    """
    lengths = {leaf.shape[0] for leaf in jax.tree.leaves(rows)}
    if len(lengths) != 1 or min(lengths) < 1:
        raise ValueError(
            f"the rows of a series have one length, of at least 1, got {sorted(lengths)}"
        )
    return int(lengths.pop())
