"""Flows as transports: splines, law T1, and kernels that use untrained ones (law K1)."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases import joint, lattice
from inference_cases.flowing import (
    SMALL,
    MultipleForgetsItself,
    WithoutLogDet,
    check_flow,
    untrained,
)
from inference_cases.lattice import Case
from inference_cases.laws import check_exactness, check_invariance
from inference_cases.mutants import DENSE

from gendsl.inference.approximations.gaussians import Triangular
from gendsl.inference.combinators import Pushed, independence, multiple, through
from gendsl.inference.flows import AutoregressiveFlow, CouplingFlow, Theta, spline
from gendsl.inference.kernels import RandomWalk

_SHAPE = {"num_layers": 2, "width": 6, "num_bins": 5}
_WRONG = WithoutLogDet(2, num_layers=2, width=6, num_bins=4)


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    "flow",
    [
        CouplingFlow(1, **_SHAPE),
        CouplingFlow(5, **_SHAPE),
        AutoregressiveFlow(4, **_SHAPE),
        AutoregressiveFlow(3, **_SHAPE, fast="pull"),
    ],
    ids=str,
)
def test_untrained_flows_are_bijections_with_their_log_determinant(flow) -> None:
    points = 2.5 * np.random.default_rng(7).standard_normal((40, flow.size))
    check_flow(flow, untrained(flow, flow.size), points)


def test_a_dropped_log_determinant_is_caught() -> None:
    with pytest.raises(AssertionError):
        check_flow(_WRONG, untrained(_WRONG, 2), np.random.default_rng(1).normal(size=(5, 2)))


def test_splines_rise_from_end_to_end_and_leave_the_rest() -> None:
    raw = jnp.asarray(np.random.default_rng(3).normal(0.0, 3.0, (20, 1, 14)))
    places = jnp.asarray(np.linspace(-6.0, 6.0, 401))
    images, log_slopes = jax.jit(lambda raw: spline.forward(raw, 4.0, places))(raw)
    steps = np.diff(images, axis=1)
    assert (steps > 0).all()
    outside = np.abs(places) >= 4.0
    np.testing.assert_array_equal(
        images[:, outside], np.broadcast_to(places, (20, 401))[:, outside]
    )
    assert (np.asarray(log_slopes)[:, outside] == 0).all()
    assert np.isfinite(log_slopes).all()
    same, none = spline.forward(jnp.zeros(14), 4.0, places)
    np.testing.assert_allclose(same, places, atol=1e-12)
    np.testing.assert_allclose(none, 0.0, atol=1e-12)


def test_flows_with_equal_settings_are_equal_and_wrong_ones_refused() -> None:
    assert CouplingFlow(3) == CouplingFlow(3)
    assert hash(AutoregressiveFlow(3)) == hash(AutoregressiveFlow(3))
    for wrong in ({"num_layers": 0}, {"width": 0}, {"num_bins": 0}, {"bound": 0.0}):
        with pytest.raises(ValueError, match="positive"):
            CouplingFlow(2, **wrong)
    with pytest.raises(ValueError, match="push or pull"):
        AutoregressiveFlow(2, fast="both")
    with pytest.raises(ValueError, match="at least one proposal"):
        multiple(lattice.LINE, lattice.Table(), 0)


def test_choosing_among_proposals_keeps_the_target_for_every_outcome() -> None:
    kernel = multiple(lattice.LINE, lattice.Table(), 2)
    case = Case(kernel, lattice.WEIGHTS, lattice.POINTS)
    check_invariance(case)
    wrong = MultipleForgetsItself(kernel.target, kernel.learning, kernel.marginal, 2)
    with pytest.raises(AssertionError):
        check_invariance(case._replace(kernel=wrong))


@cache
def _theta(wildness: float) -> Theta:
    """Return parameters under which a draw has about the mean and the spread of the prior's."""
    theta = untrained(SMALL, 5, wildness)
    theta = theta._replace(affine=Triangular(np.zeros(2), np.zeros(2), np.zeros((2, 2))))
    noise = np.random.default_rng(9).standard_normal((2000, 2))
    pushed = np.asarray(jax.jit(jax.vmap(lambda u: SMALL.push(theta, u)[0]))(noise))
    scale = 1.0 / pushed.std(axis=0)
    mean = joint.MEAN - scale * pushed.mean(axis=0)
    return theta._replace(affine=Triangular(mean, np.log(scale), np.zeros((2, 2))))


_KERNELS = {
    "through": lambda flow: (through(joint.JOINT, flow, RandomWalk, ()), (_theta(0.7), DENSE)),
    "independence": lambda flow: (independence(joint.JOINT, Pushed(flow)), _theta(0.2)),
}


@pytest.mark.sweep(2)
@pytest.mark.statistical
@pytest.mark.parametrize("name", _KERNELS)
def test_kernels_keep_their_target_for_an_untrained_flow(name: str) -> None:
    check_exactness(*_KERNELS[name](SMALL))


@pytest.mark.statistical
def test_a_kernel_through_a_flow_with_a_dropped_log_determinant_is_caught() -> None:
    with pytest.raises(AssertionError):
        check_exactness(*_KERNELS["through"](_WRONG))
