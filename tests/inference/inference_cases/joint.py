"""A small model with a curved posterior, whose joint draws of parameters and data are exact.

z ~ N(m, L L^T),  y_0 ~ N(z_0, 0.8),  y_1 ~ N(z_1 - z_0^2 / 2, 0.7).
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference import Site, Target
from gendsl.inference.kernels import Gaussian

MEAN = np.array([0.3, -0.2])
ROOT = np.array([[1.0, 0.0], [0.6, 0.8]])
ERRORS = np.array([0.8, 0.7])


def _prior(data: Any, position: jax.Array) -> jax.Array:
    mean, root = (jnp.asarray(array, position.dtype) for array in (MEAN, ROOT))
    noise = jax.scipy.linalg.solve_triangular(root, position - mean, lower=True)
    return -0.5 * jnp.sum(noise**2)


def _centre(position: Any) -> Any:
    return jnp.stack([position[0], position[1] - 0.5 * position[0] ** 2])


def _likelihood(data: Any, position: jax.Array) -> jax.Array:
    return -0.5 * jnp.sum(((data - _centre(position)) / jnp.asarray(ERRORS, data.dtype)) ** 2)


JOINT = Target(_prior, _likelihood, 2, (Site("a", 0, 1), Site("b", 1, 2)))


def prior(data: Any) -> Gaussian:
    """Return the prior as elliptical slice sampling takes it."""
    return Gaussian(jnp.asarray(MEAN, data.dtype), jnp.asarray(ROOT, data.dtype))


def wide(data: Any) -> Gaussian:
    """Return a Gaussian that is not the prior."""
    return Gaussian(jnp.asarray(MEAN + 0.5, data.dtype), jnp.asarray([1.5, 1.2], data.dtype))


def draws(generator: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters [count, 2] and the data [count, 2] drawn from them."""
    positions = MEAN + generator.standard_normal((count, 2)) @ ROOT.T
    centres = np.stack([positions[:, 0], positions[:, 1] - 0.5 * positions[:, 0] ** 2], axis=1)
    return positions, centres + ERRORS * generator.standard_normal((count, 2))


def statistics(positions: np.ndarray, data: np.ndarray) -> np.ndarray:
    """Return what is compared, [count, statistic]: coordinates, spreads, fits and products."""
    first, second = positions[:, 0], positions[:, 1]
    residuals = data - np.stack([first, second - 0.5 * first**2], axis=1)
    columns = [
        positions,
        np.abs(positions - MEAN[np.arange(positions.shape[1]) % 2]),
        residuals,
        np.abs(residuals),
        (first * second)[:, None],
        positions[:, :2] * data,
        positions[:, :2] * data[:, ::-1],
    ]
    return np.concatenate(columns, axis=1)


@dataclass(frozen=True, slots=True)
class Bent:
    """``z = a + L sinh(c u) / c``, with parameters ``(a, L, c)``; ``L`` is lower triangular."""

    def push(self, theta: Any, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        centre, root, bend = theta
        log_det = jnp.sum(jnp.log(jnp.cosh(bend * position))) + _log_det(root)
        return centre + root @ (jnp.sinh(bend * position) / bend), log_det

    def pull(self, theta: Any, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        centre, root, bend = theta
        stretched = jax.scipy.linalg.solve_triangular(root, position - centre, lower=True)
        place = jnp.arcsinh(bend * stretched) / bend
        return place, -jnp.sum(jnp.log(jnp.cosh(bend * place))) - _log_det(root)


def _log_det(root: jax.Array) -> jax.Array:
    return jnp.sum(jnp.log(jnp.abs(jnp.diagonal(root))))


def bends(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return random parameters of a :class:`Bent`."""
    generator = np.random.default_rng(seed)
    root = np.tril(generator.normal(size=(2, 2)), -1) + np.diag(generator.uniform(0.5, 1.5, 2))
    return generator.normal(size=2), root, generator.uniform(0.2, 0.8, 2)


@dataclass(frozen=True, slots=True)
class Langevin:
    """Unadjusted Langevin's move, of step size ``params``."""

    def _centre(self, data: Any, params: Any, given: jax.Array) -> jax.Array:
        return given + 0.5 * params**2 * jax.grad(JOINT.log_density, argnums=1)(data, given)

    def draw(self, data: Any, params: Any, draws: Any, given: jax.Array) -> jax.Array:
        noise = draws.normals(len(given), given.dtype)
        return self._centre(data, params, given) + params * noise

    def log_density(self, data: Any, params: Any, drawn: jax.Array, given: jax.Array) -> jax.Array:
        return -0.5 * jnp.sum(((drawn - self._centre(data, params, given)) / params) ** 2)


@dataclass(frozen=True, slots=True)
class LogFactor:
    """A normal auxiliary [1] of standard deviation ``params``."""

    def draw(self, data: Any, params: Any, draws: Any, given: jax.Array) -> jax.Array:
        return params * draws.normals(1, given.dtype)

    def log_density(self, data: Any, params: Any, drawn: jax.Array, given: jax.Array) -> jax.Array:
        return -0.5 * jnp.sum((drawn / params) ** 2)


def stretch(
    data: Any, params: Any, position: jax.Array, log_factor: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return the position times ``exp(log_factor)``, and the factor back."""
    return position * jnp.exp(log_factor[0]), -log_factor
