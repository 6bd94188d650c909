"""Random numbers of the approximations, apart from those of chains and from each other."""

from enum import IntEnum

import jax
import numpy as np

from gendsl.inference.arrays import on_host


class Purpose(IntEnum):
    """What random numbers are for; each purpose has its own stream for a seed."""

    START = 0
    TRAIN = 1
    CHECK = 2
    DRAW = 3
    WEIGH = 4
    RESAMPLE = 5


def words_for(seed: int, purpose: Purpose) -> jax.Array:
    """Return uint32 [2], the words of a :class:`gendsl.inference.randomness.Stream`.

    Raises:
        ValueError: if ``seed`` is negative.
    """
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}")
    # Chains have the keys (0,), (1,), ... and starts (1, 0), (1, 1), ...
    child = np.random.SeedSequence(seed, spawn_key=(2, int(purpose)))
    return on_host(child.generate_state(2).astype(np.uint32))
