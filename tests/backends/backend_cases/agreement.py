"""The two backends at the same positions: log densities, gradients and coordinates."""

from typing import Any

import jax
import numpy as np
import torch

from gendsl.backends import numpyro, pyro
from gendsl.backends.registry import BACKENDS
from gendsl.ir.bound import BoundData
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import Program
from gendsl.pipeline import transform

TOLERANCE, FAR_TOLERANCE, SOLVER_TOLERANCE = 1e-9, 1e-6, 1e-8
"""Far out covariances are all but singular: rounding grows. So it does along the steps of a solver
whose sizes it decides; 3e-9 of a slope was seen (ADR 33)."""
SPREAD, FAR = 0.5, 3.0
"""Of the coordinates: most quantities are within a factor of 3 of their middle, or of 400."""
NUM_PARTS = 5
"""At how many points prior and likelihood are asked for by themselves too."""


def transformed(program: Program, bound: BoundData) -> Program:
    """The program that both backends lower."""
    return transform(program, BACKENDS["pyro"], bound.sizes)


def check_agreement(
    program: Program,
    bound: BoundData,
    num_points: int,
    seed: int = 0,
    num_far: int = 0,
) -> None:
    """Assert that coordinates, log densities and gradients agree at some random points.

    `num_far` of them are far out, where there may be no density, in both alike; elsewhere there to
    `FAR_TOLERANCE`.
    """
    ours = pyro.lower(program).bind(bound)
    theirs = numpyro.lower(program).bind(bound)
    assert [(s.name, s.start, s.stop, s.shape) for s in ours.sites] == [
        (s.name, s.start, s.stop, s.shape) for s in theirs.sites
    ]
    assert ours.discrete == theirs.discrete

    @jax.jit
    def parts(position: jax.Array) -> jax.Array:
        data = theirs.data
        prior, likelihood = theirs.log_prior(data, position), theirs.log_likelihood(data, position)
        return prior + likelihood, (prior, likelihood)

    at = jax.jit(jax.value_and_grad(parts, has_aux=True))
    has_solver = any(isinstance(node, OdeSystem) for node in program.nodes)
    near = SOLVER_TOLERANCE if has_solver else TOLERANCE
    rng = np.random.default_rng(seed)
    is_any_finite = False
    for i in range(num_points):
        is_near = i < num_points - num_far
        point = (SPREAD if is_near else FAR) * rng.normal(size=theirs.size)
        (expected, (prior, likelihood)), slope = at(point)
        position = torch.tensor(point, requires_grad=True)
        found = ours.log_density(ours.data, position)
        if likelihood == np.finfo(np.float64).min:
            assert found.item() == -np.inf, "where equations are not solved there is no density"
            continue
        tolerance = near if is_near else FAR_TOLERANCE
        assert close(found, expected, tolerance), _apart(ours, theirs, point)
        if i < NUM_PARTS:
            assert close(ours.log_prior(ours.data, position), prior)
            assert close(ours.log_likelihood(ours.data, position), likelihood)
        if np.isfinite(expected) and theirs.size:
            is_any_finite = is_any_finite or is_near
            (gradient,) = torch.autograd.grad(found, position)
            scale = max(1.0, float(np.abs(slope).max()))
            worst = np.abs(gradient.numpy() - slope).max() / scale
            assert worst <= tolerance, worst
    assert is_any_finite or not theirs.size


def _apart(ours: Any, theirs: Any, point: np.ndarray) -> str:
    """The sites whose log densities differ."""
    found = ours.site_log_densities(ours.data, point)
    expected = theirs.site_log_densities(theirs.data, point)
    sums = {name: (float(found[name].sum()), float(expected[name].sum())) for name in found}
    different = {n: (a, b) for n, (a, b) in sums.items() if abs(a - b) > TOLERANCE * abs(b)}
    return f"{different or sums}"


def close(found: torch.Tensor, expected: jax.Array, tolerance: float = TOLERANCE) -> bool:
    """Whether two log densities are one number to the tolerance, or there is none in both."""
    value, target = found.item(), float(expected)
    if target == np.inf or value == np.inf:
        return value == target
    if not np.isfinite(target):  # correlations of 1 are NaN in one, -inf in the other
        return not np.isfinite(value)
    return abs(value - target) <= tolerance * max(1.0, abs(target))
