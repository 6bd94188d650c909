"""Flows with random parameters, a law of theirs, and what is wrong with broken ones."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference import Target
from gendsl.inference.combinators import Multiple
from gendsl.inference.flows import CouplingFlow, Flow, FlowMc, Theta
from gendsl.inference.randomness import Stream

SMALL = CouplingFlow(2, num_layers=2, width=6, num_bins=4)


def untrained(flow: Flow, seed: int, wildness: float = 0.3) -> Theta:
    """Return parameters of ``flow`` that no one trained, far from the identity."""
    generator = np.random.default_rng(seed)
    words = np.zeros(2, np.uint32)
    position = np.zeros(flow.size)
    theta = jax.jit(lambda: flow.start(Stream(words, jnp.uint32(0)), position, 1.0))()
    return jax.tree.map(
        lambda leaf: np.asarray(leaf) + wildness * generator.normal(size=leaf.shape), theta
    )


@partial(jax.jit, static_argnames="flow")
def _there_and_back(flow: Any, theta: Any, points: jax.Array) -> Any:
    def one(point: jax.Array) -> Any:
        pushed, log_det = flow.push(theta, point)
        back, back_det = flow.pull(theta, pushed)
        jacobian = jax.jacfwd(lambda at: flow.push(theta, at)[0])(point)
        return pushed, back, log_det, back_det, jnp.linalg.slogdet(jacobian)[1]

    return jax.vmap(one)(points)


def check_flow(flow: Any, theta: Any, points: np.ndarray) -> None:
    """Law T1 for points [point, dim]: to 1e-10."""
    pushed, back, log_det, back_det, exact = map(np.asarray, _there_and_back(flow, theta, points))
    assert np.max(np.abs(pushed - points)) > 0.1
    np.testing.assert_allclose(back, points, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(log_det, exact, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(back_det, -log_det, rtol=1e-10, atol=1e-10)


@dataclass(frozen=True, slots=True)
class WithoutLogDet(CouplingFlow):
    """A flow that forgets the log determinant of its layers."""

    def push(self, theta: Theta, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        pushed, _ = CouplingFlow.push(self, theta, position)
        return pushed, jnp.sum(theta.affine.log_diagonal)

    def pull(self, theta: Theta, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        pulled, _ = CouplingFlow.pull(self, theta, position)
        return pulled, -jnp.sum(theta.affine.log_diagonal)


class MultipleForgetsItself(Multiple):
    """The state's own weight leaves out the density of proposing it."""

    def step(self, data, params, draws, state):
        own = self.marginal.log_density(data, params, state.position)
        leaning = state._replace(log_density=state.log_density + own)
        after, info = Multiple.step(self, data, params, draws, leaning)
        is_still = jnp.all(after.position == state.position)
        height = jnp.where(is_still, state.log_density, after.log_density)
        return after._replace(log_density=height), info


class AdaptsWhileSampling(FlowMc):
    """The flow's place follows the chain."""

    def step(self, data, params, draws, state):
        local, own = params
        affine = own.theta.affine._replace(mean=state.position)
        theta = own.theta._replace(affine=affine)
        return FlowMc.step(self, data, (local, own._replace(theta=theta)), draws, state)


RIGHT_SHARE = 0.7
_CENTRE = 6.0


def _two_modes(data: Any, position: jax.Array) -> jax.Array:
    right = jnp.log(RIGHT_SHARE) - 0.5 * jnp.sum((position - _CENTRE) ** 2)
    left = jnp.log1p(-RIGHT_SHARE) - 0.5 * jnp.sum((position + _CENTRE) ** 2)
    return jnp.logaddexp(right, left) - jnp.log(2.0 * jnp.pi)


def _flat(data: Any, position: jax.Array) -> jax.Array:
    return 0.0 * position[0]


TWO_MODES = Target(_flat, _two_modes, 2)
"""Normals at (6, 6) and (-6, -6); the first has a share of 0.7. Its log evidence is 0."""
IN_BOTH = np.array([[6.0, 6.0], [-6.0, -6.0], [6.2, 5.9], [-6.1, -5.8]])


def _bend_prior(data: Any, position: jax.Array) -> jax.Array:
    return -0.5 * position[0] ** 2


def _bend_likelihood(data: Any, position: jax.Array) -> jax.Array:
    return -0.5 * ((position[1] - position[0] ** 2) / 0.3) ** 2


BANANA = Target(_bend_prior, _bend_likelihood, 2)
BANANA_LOG_EVIDENCE = float(np.log(2.0 * np.pi * 0.3))


def banana_draws(generator: np.random.Generator, count: int) -> np.ndarray:
    """Return exact draws [count, 2] of ``BANANA``."""
    first = generator.standard_normal(count)
    second = first**2 + 0.3 * generator.standard_normal(count)
    return np.stack([first, second], axis=1)
