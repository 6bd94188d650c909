"""What kernels that move by steps share: their state and what adaptation sets of them."""

from typing import NamedTuple

import jax


class Params(NamedTuple):
    """What adaptation sets and sampling keeps.

    Attributes:
        step_size: scalar > 0.
        scale: a square root of the inverse metric: [dim] > 0, or an invertible [dim, dim].
    """

    step_size: jax.Array
    scale: jax.Array


class State(NamedTuple):
    """A chain between transitions: ``position`` and ``gradient``, both [dim], ``log_density``."""

    position: jax.Array
    gradient: jax.Array
    log_density: jax.Array


class Place(NamedTuple):
    """A chain of a kernel that needs no gradient: ``position`` [dim] and ``log_density``."""

    position: jax.Array
    log_density: jax.Array
