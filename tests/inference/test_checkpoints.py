"""The checkpoints find exactly the U-turns that recursion over balanced sub-trees would."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference import checkpoints
from gendsl.inference.checkpoints import Leaf

_DEPTH = 6


def _turns(positions: np.ndarray, momenta: np.ndarray, first: int, last: int) -> bool:
    displacement = positions[last] - positions[first]
    return min(displacement @ momenta[first], displacement @ momenta[last]) <= 0.0


def _stretches(leaf: int) -> list[tuple[int, int]]:
    """What the sub-trees that ``leaf`` closes, or that it is the middle of, are judged by."""
    found = []
    for k in range(1, _DEPTH):
        size, half = 2**k, 2 ** (k - 1)
        if (leaf + 1) % size == 0:
            found += [(leaf + 1 - size, leaf), (leaf - half, leaf)]
        if leaf % size == half:
            found.append((leaf - half, leaf))
    # The doubling as a whole is joined to what there was, which is judged by its own ends.
    return [ends for ends in found if ends[0] >= 0]


@pytest.mark.parametrize("size", [1, 3, 20])
@pytest.mark.parametrize("seed", range(5))
def test_turns_agree_with_recursion(size: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    count = 2 ** (_DEPTH - 1)
    # A drift makes long turns rare enough that both answers occur at every length.
    momenta = 1.2 * size**-0.5 + generator.normal(0.0, 1.0, (count, size))
    positions = np.cumsum(momenta, axis=0) + generator.normal(0.0, 0.5, (count, size))
    room = checkpoints.empty(_DEPTH, jnp.zeros(size))
    unit = np.ones(size)
    seen = set()
    save, is_turning = jax.jit(checkpoints.save), jax.jit(checkpoints.is_turning)
    before = Leaf(jnp.full(size, np.nan), jnp.full(size, np.nan))
    for leaf in range(count):
        number, here = np.int32(leaf + count), Leaf(positions[leaf], momenta[leaf])
        room = save(room, number, here, before)
        wanted = any(_turns(positions, momenta, *ends) for ends in _stretches(leaf))
        assert bool(is_turning(room, number, here, unit)) == wanted
        seen.add(wanted)
        before = here
    assert seen == {False, True}


def test_the_middle_is_where_the_doubling_began() -> None:
    room = checkpoints.empty(_DEPTH, jnp.zeros(2))
    before = Leaf(jnp.full(2, 99.0), jnp.full(2, 98.0))
    for number in range(8, 16):
        here = Leaf(jnp.full(2, float(number)), jnp.full(2, -float(number)))
        room = checkpoints.save(room, jnp.int32(number), here, before)
        before = here
    middle = checkpoints.middle(room)
    assert [float(field[0]) for field in (*middle.saved, *middle.ahead)] == [8.0, -8.0, 99.0, 98.0]


def test_a_whole_turn_is_seen() -> None:
    """A little more than once round: the ends look straight, the halves do not."""
    angle = np.linspace(0.0, 2.0 * np.pi * 1.05, 8)
    circle = np.stack([np.sin(angle), 1.0 - np.cos(angle)], axis=-1)
    speed = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    assert not _turns(circle, speed, 0, 7)
    assert _turns(circle, speed, 0, 4) or _turns(circle, speed, 3, 7)
