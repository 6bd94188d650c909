"""The checkpoints find exactly the U-turns that recursion over balanced sub-trees would."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference import checkpoints

_DEPTH = 6


def _turns(positions: np.ndarray, momenta: np.ndarray, first: int, last: int) -> bool:
    displacement = positions[last] - positions[first]
    return min(displacement @ momenta[first], displacement @ momenta[last]) <= 0.0


def _closing(leaf: int) -> list[tuple[int, int]]:
    sizes = [2**k for k in range(1, _DEPTH) if (leaf + 1) % 2**k == 0]
    return [(leaf + 1 - size, leaf) for size in sizes]


@pytest.mark.parametrize("size", [1, 3, 20])
@pytest.mark.parametrize("seed", range(5))
def test_turns_agree_with_recursion(size: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    count = 2 ** (_DEPTH - 1)
    # A drift makes long turns rare enough that both answers occur at every length.
    momenta = size**-0.5 + generator.normal(0.0, 1.0, (count, size))
    positions = np.cumsum(momenta, axis=0) + generator.normal(0.0, 0.5, (count, size))
    saved = checkpoints.empty(_DEPTH, jnp.zeros(size))
    unit = np.ones(size)
    seen = set()
    save, is_turning = jax.jit(checkpoints.save), jax.jit(checkpoints.is_turning)
    for leaf in range(count):
        here = (np.int32(leaf + count), positions[leaf], momenta[leaf])
        saved = save(saved, *here)
        wanted = any(_turns(positions, momenta, *ends) for ends in _closing(leaf))
        assert bool(is_turning(saved, *here, unit)) == wanted
        seen.add(wanted)
    assert seen == {False, True}
