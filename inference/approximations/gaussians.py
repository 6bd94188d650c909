"""Normal guides: independent, low rank plus diagonal, and full rank.

With noise ``e ~ N(0, I)`` a draw is ``mean + exp(log_scale) e`` (mean field), ``mean + L e`` with a
lower triangular ``L`` (full rank; the diagonal is kept as its logarithm), or
``mean + exp(log_scale) e + B e'`` with ``B`` [dim, rank] (low rank).

Sources: Kucukelbir, Tran, Ranganath, Gelman & Blei (2017), "Automatic differentiation variational
inference", section 2.5; Ong, Nott & Smith (2018), "Gaussian variational approximation with a factor
covariance structure", eq. 4.
"""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular

from gendsl.inference.randomness import Draws

_LOG_TWO_PI = float(np.log(2.0 * np.pi))


class Independent(NamedTuple):
    """``mean`` [dim] and ``log_scale`` [dim]."""

    mean: jax.Array
    log_scale: jax.Array


@dataclass(frozen=True, slots=True)
class MeanField:
    """Independent normals."""

    size: int

    def start(self, draws: Draws, position: jax.Array, scale: jax.Array) -> Independent:
        """See :class:`gendsl.inference.approximations.guide.Trainable`."""
        return Independent(position, jnp.zeros_like(position) + jnp.log(scale))

    def draw(self, draws: Draws, params: Independent, count: int) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        noise = draws.normals(count * self.size, params.mean.dtype).reshape(count, self.size)
        positions = params.mean + jnp.exp(params.log_scale) * noise
        return positions, jax.vmap(self.log_density, (None, 0))(params, positions)

    def log_density(self, params: Independent, position: jax.Array) -> jax.Array:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        noise = (position - params.mean) * jnp.exp(-params.log_scale)
        return _standard(noise) - jnp.sum(params.log_scale)


class Triangular(NamedTuple):
    """``mean`` [dim], ``log_diagonal`` [dim] of L, and ``below`` [dim, dim]: L below its diagonal.

    What ``below`` has elsewhere is not read.
    """

    mean: jax.Array
    log_diagonal: jax.Array
    below: jax.Array

    @property
    def root(self) -> jax.Array:
        """``L`` [dim, dim]; the covariance is ``L L^T``."""
        return jnp.tril(self.below, -1) + jnp.diag(jnp.exp(self.log_diagonal))


@dataclass(frozen=True, slots=True)
class FullRank:
    """A normal with any covariance."""

    size: int

    def start(self, draws: Draws, position: jax.Array, scale: jax.Array) -> Triangular:
        """See :class:`gendsl.inference.approximations.guide.Trainable`."""
        nothing = jnp.zeros_like(position)
        return Triangular(position, nothing + jnp.log(scale), jnp.diag(nothing))

    def draw(self, draws: Draws, params: Triangular, count: int) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        noise = draws.normals(count * self.size, params.mean.dtype).reshape(count, self.size)
        positions = params.mean + noise @ params.root.T
        return positions, jax.vmap(self.log_density, (None, 0))(params, positions)

    def log_density(self, params: Triangular, position: jax.Array) -> jax.Array:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        noise = solve_triangular(params.root, position - params.mean, lower=True)
        return _standard(noise) - jnp.sum(params.log_diagonal)


class Factors(NamedTuple):
    """``mean`` [dim], ``log_scale`` [dim] and ``loadings`` [dim, rank]."""

    mean: jax.Array
    log_scale: jax.Array
    loadings: jax.Array


@dataclass(frozen=True, slots=True)
class LowRank:
    """A normal with covariance ``D^2 + B B^T``, ``D`` diagonal and ``B`` of ``rank`` columns.

    Raises:
        ValueError: if ``rank`` is below 1.
    """

    size: int
    rank: int

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"a low-rank guide needs a rank of at least 1, got {self.rank}")

    def start(self, draws: Draws, position: jax.Array, scale: jax.Array) -> Factors:
        """See :class:`gendsl.inference.approximations.guide.Trainable`.

        Loadings of zero would stay there: both signs are as good.
        """
        noise = draws.normals(self.size * self.rank, position.dtype).reshape(self.size, self.rank)
        log_scale = jnp.zeros_like(position) + jnp.log(scale)
        return Factors(position, log_scale, 0.1 * scale * noise)

    def draw(self, draws: Draws, params: Factors, count: int) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.approximations.guide.Guide`."""
        for_scale, for_loadings = draws.parts(2)
        dtype = params.mean.dtype
        noise = for_scale.normals(count * self.size, dtype).reshape(count, self.size)
        common = for_loadings.normals(count * self.rank, dtype).reshape(count, self.rank)
        positions = params.mean + jnp.exp(params.log_scale) * noise + common @ params.loadings.T
        return positions, jax.vmap(self.log_density, (None, 0))(params, positions)

    def log_density(self, params: Factors, position: jax.Array) -> jax.Array:
        """See :class:`gendsl.inference.approximations.guide.Guide`; by Woodbury's identity."""
        shrink = jnp.exp(-params.log_scale)
        noise, loadings = (position - params.mean) * shrink, params.loadings * shrink[:, None]
        root = jnp.linalg.cholesky(jnp.eye(self.rank, dtype=noise.dtype) + loadings.T @ loadings)
        common = solve_triangular(root, loadings.T @ noise, lower=True)
        log_volume = jnp.sum(params.log_scale) + jnp.sum(jnp.log(jnp.diagonal(root)))
        return _standard(noise) + 0.5 * jnp.sum(common**2) - log_volume


def _standard(noise: jax.Array) -> jax.Array:
    """Return the log density of standard normals at ``noise`` [dim]."""
    return -0.5 * jnp.sum(noise**2) - 0.5 * _LOG_TWO_PI * noise.shape[0]
