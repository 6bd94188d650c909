"""Seeds of torch's generators, made of a run's seed: one for each use, none that another shares."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

_LIBRARY = 13
"""Tells these seeds from those that the inference core makes of the same one."""


class SeedUse(IntEnum):
    """What a seed is for."""

    FIT = 0
    DRAW = 1
    CHECK = 2
    CHAIN = 3


def seed_for(seed: int, use: SeedUse, *place: int) -> int:
    """The seed for one use, of which there may be several places; 63 bits."""
    words = np.random.SeedSequence(seed, spawn_key=(_LIBRARY, use, *place))
    return int(words.generate_state(1, np.uint64)[0] >> np.uint64(1))
