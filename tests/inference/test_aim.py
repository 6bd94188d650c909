"""`aim` changes what warm-up aims at, and nothing else."""

import jax
import numpy as np
import pytest

from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.chain_sampler import ChainSampler
from gendsl.inference.combinators.aim import aim
from gendsl.inference.kernels import RandomWalk, Slice
from gendsl.inference.target import Target


def _prior(data, position):
    return -0.5 * (position**2).sum()


def _nothing(data, position):
    return 0.0 * position.sum()


TARGET = Target(_prior, _nothing, 3)


def _rate(wanted):
    """The mean acceptance rate after warm-up; its error over 4 x 1000 transitions is below 0.02."""
    with jax.enable_x64(True):
        sampler = ChainSampler(aim(RandomWalk(TARGET), wanted), 400)
        carry = sampler.init((), 1, np.zeros((4, 3)))
        _, _, stats = sampler.chunk((), carry, 1400)
    return float(np.asarray(stats.acceptance_rate)[:, 400:].mean())


def test_warm_up_reaches_the_rate():
    for wanted in (0.2, 0.6):
        assert abs(_rate(wanted) - wanted) < 0.08


def test_all_but_the_rate_is_the_kernels_own():
    kernel = RandomWalk(TARGET, is_dense=True)
    aimed = aim(kernel, 0.6)
    assert (aimed.target, aimed.facts) == (kernel.target, kernel.facts)
    assert kernel.adaptation.wanted == 0.234
    expected = StepAndScale(3, 0.6, True, False, kernel.adaptation.start)
    assert aimed.adaptation == expected
    assert aimed == aim(RandomWalk(TARGET, is_dense=True), 0.6)


@pytest.mark.parametrize("wanted", [0.0, 1.0])
def test_a_rate_lies_between_0_and_1(wanted):
    with pytest.raises(ValueError, match="between 0 and 1"):
        aim(RandomWalk(TARGET), wanted)


def test_a_kernel_without_a_step_size_has_no_aim():
    with pytest.raises(ValueError, match="no step size"):
        aim(Slice(TARGET), 0.5)
