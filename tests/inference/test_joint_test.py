"""Geweke's joint test: right kernels pass, at a stated rate, and wrong ones do not."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases import joint
from inference_cases.wrong import WalkTakesAll

from gendsl.inference.joint_test import by_turns
from gendsl.inference.kernels import Hmc, RandomWalk
from gendsl.inference.local import Params
from gendsl.results.joint import differences

CHAINS, TURNS, FORWARD, RATE = 200, 150, 10_000, 0.001


def redraw(draws, data, position):
    noise = draws.normals(2, position.dtype)
    return joint._centre(position) + jnp.asarray(joint.ERRORS, position.dtype) * noise


def statistics(data, position):
    first, second = position
    residuals = data - joint._centre(position)
    parts = [position, jnp.abs(position), residuals, jnp.abs(residuals), position * data]
    return jnp.concatenate([*parts, jnp.stack([first * second])])


def without_jacobian(data, position):
    """As if exp(position[0]) had the prior, and the log of its slope were left out."""
    return joint.JOINT.log_prior(data, position) - position[0]


def sharpened(data, position):
    """A likelihood by which the posterior comes out a fifth too narrow where the data decide."""
    return joint.JOINT.log_likelihood(data, position) / 0.8**2


def test(kernel, num_turns=TURNS):
    generator = np.random.default_rng(0)
    params = Params(jnp.asarray(0.9), jnp.ones(2))
    positions, data = joint.draws(generator, CHAINS)
    made = by_turns(
        kernel, params, redraw, statistics, positions=positions, data=jnp.asarray(data), seed=1,
        num_turns=num_turns,
    )  # fmt: skip
    positions, data = joint.draws(generator, FORWARD)
    forward = jax.vmap(statistics)(jnp.asarray(data), jnp.asarray(positions))
    found = differences([str(i) for i in range(forward.shape[1])], np.asarray(forward), made.means)
    return [difference for difference in found if difference.adjusted <= RATE]


test.__test__ = False


@pytest.mark.statistical
@pytest.mark.parametrize("kernel", [RandomWalk(joint.JOINT), Hmc(joint.JOINT, num_steps=4)])
def test_right_kernels_pass(kernel) -> None:
    """The rate is 0.001 over all statistics of a kernel."""
    assert test(kernel) == []


@pytest.mark.statistical
@pytest.mark.parametrize(
    "kernel",
    [
        WalkTakesAll(joint.JOINT),
        RandomWalk(replace(joint.JOINT, log_prior=without_jacobian)),
        RandomWalk(replace(joint.JOINT, log_likelihood=sharpened)),
    ],
    ids=["takes everything", "without a Jacobian", "too narrow"],
)
def test_wrong_kernels_are_rejected(kernel) -> None:
    assert test(kernel)


def test_turns_do_not_depend_on_how_they_are_cut() -> None:
    positions, data = joint.draws(np.random.default_rng(0), 3)
    params = Params(jnp.asarray(0.9), jnp.ones(2))

    def means(num_turns, **options):
        made = by_turns(
            RandomWalk(joint.JOINT), params, redraw, statistics, positions=positions,
            data=jnp.asarray(data), seed=1, num_turns=num_turns, **options,
        )  # fmt: skip
        assert made.num_turns == num_turns
        return made.means * num_turns

    seen = []
    whole = means(12, progress=lambda turn: seen.append(turn.done))
    assert seen == [5, 10, 12]
    parts = [means(count) for count in (5, 10)]
    assert (np.diff([0 * whole, *parts, whole], axis=0) != 0).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(means(12), whole)


def test_misuse() -> None:
    with pytest.raises(ValueError, match="1 turn and 2 chains"):
        by_turns(RandomWalk(joint.JOINT), None, redraw, statistics, positions=np.zeros((1, 2)),
                 data=jnp.zeros((1, 2)), seed=0)  # fmt: skip
