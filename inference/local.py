"""What kernels that move by steps share: their state and what adaptation sets of them."""

from typing import Any, NamedTuple

import jax

from gendsl.inference.target import Data, Target


class Params(NamedTuple):
    """What adaptation sets and sampling keeps.

    Attributes:
        step_size: scalar > 0.
        scale: a square root of the inverse metric: [dim] > 0, an invertible [dim, dim], or for NUTS
            a :class:`gendsl.inference.low_rank_metric.LowRank`.
    """

    step_size: jax.Array
    scale: Any


class State(NamedTuple):
    """A chain between transitions: ``position`` and ``gradient``, both [dim], ``log_density``."""

    position: jax.Array
    gradient: jax.Array
    log_density: jax.Array


def state_at(target: Target, data: Data, position: jax.Array) -> State:
    """Return the state at ``position`` [dim]; its log density may be non-finite."""
    log_density, gradient = jax.value_and_grad(target.log_density, argnums=1)(data, position)
    return State(position, gradient, log_density)


class Place(NamedTuple):
    """A chain of a kernel that needs no gradient: ``position`` [dim] and ``log_density``."""

    position: jax.Array
    log_density: jax.Array
