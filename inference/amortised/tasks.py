"""What a sampler of tasks returns, all that training knows of a prior."""

from collections.abc import Callable
from typing import NamedTuple

import jax


class Tasks(NamedTuple):
    """Data sets drawn from a prior, filled up to one size. Axes: ``task row column``.

    Attributes:
        x: inputs [task, row, column], float32; NaN where one is missing, 0 in columns that are not
            there.
        y: targets [task, row], float32; of a categorical head the number of the class.
        columns: how many columns there are [task], int32.
        latents: latent targets [task, latent], float32; there may be none.
        valid: whether a draw counts [task]; false where it was rejected or is not finite.
    """

    x: jax.Array
    y: jax.Array
    columns: jax.Array
    latents: jax.Array
    valid: jax.Array


Sampler = Callable[[jax.Array], Tasks]
"""``key -> tasks``, compiled by `jax.jit`; the numbers of tasks and rows are its own.

Rows of a task are exchangeable: any of them serve as context, and the rest as queries.
"""


def compiled(sampler: Sampler) -> Sampler:
    """Return a sampler compiled by itself, to be called some hundreds of times.

    It is optimised less than a step of training: a program with a branch for each number of columns
    is large, compiles in a third of the time so, and draws as fast.
    """
    draw: Sampler = jax.jit(sampler, compiler_options={"xla_backend_optimization_level": 1})
    return draw
