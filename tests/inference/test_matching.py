"""Distances between random functions, and scales of a prior tuned by them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference.matching import SlicedWasserstein, Tuning, Wasserstein, estimated, tune

FACTORS = np.array([2.0, 0.5])


class Lines:
    """Lines a + b x with standard normal a and b, and those with other standard deviations."""

    def __init__(self, wanted):
        self.wanted = wanted

    def points(self, key, given):
        return jax.random.uniform(key, (4,), minval=-2, maxval=2)

    def pairs(self, key, given, scales, points, count):
        ours, theirs = jax.random.normal(key, (2, count, 2))
        basis = jnp.stack([jnp.ones_like(points), points])
        return (ours * scales) @ basis, (theirs * self.wanted) @ basis


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def test_distances_of_shifted_normals_are_known():
    """W1 is the shift's length, the squared sliced distance that over the number of points.

    2000 draws: the standard error is 0.01 for the square and 0.02 for W1, less its bias of 0.2.
    """
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 2000, 3))
    shift = np.array([2.0, -1.0, 0.5])
    key = jax.random.key(0)
    sliced = SlicedWasserstein(512)
    assert sliced.measured(key, first, second + shift) == pytest.approx(shift @ shift / 3, abs=0.2)
    assert sliced.measured(key, first, second) < 0.01
    assert Wasserstein().measured(key, first[:500], second[:500] + shift) == pytest.approx(
        np.linalg.norm(shift), abs=0.25
    )


def test_scales_are_found_and_others_told_apart():
    """Factors within 15 %: 5 standard deviations of ten seeds, 0.03, a rate of 1e-6.

    The two exchanged are the broken twin: they are ten standard errors further away.
    """
    functions, distance = Lines(FACTORS), SlicedWasserstein(16)

    def once(seed):
        [found] = tune(functions, (), distance, 2, Tuning(64, 300, 0.05), seed=seed)
        return found

    found = once(0)
    np.testing.assert_allclose(found, FACTORS, rtol=0.15)
    tried = (np.ones(2), found, FACTORS[::-1])
    before, after, twin, floor = estimated(functions, (), distance, tried, seed=1)
    assert before.value > 3 * after.value
    assert after.value < floor.value + 5 * (after.error + floor.error)
    assert twin.value > after.value + 10 * (twin.error + after.error)
    np.testing.assert_array_equal(once(0), found)
    assert not np.array_equal(once(1), found)


@pytest.mark.slow
def test_a_critic_finds_them_too():
    [found] = tune(Lines(FACTORS), (), Wasserstein(10, 32), 2, Tuning(128, 300, 0.05), seed=0)
    np.testing.assert_allclose(found, FACTORS, rtol=0.2)
