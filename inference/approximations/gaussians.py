"""Normal guides: independent, low rank plus diagonal, and full rank.

Each starts at a normal in factored form, of covariance ``S (I + Q (L L^T - I) Q^T) S``, as well as
its family can: with the same mean, and

- mean field: the precision's diagonal, which is the best of all independent normals;
- full rank: the normal itself;
- low rank: of the eigenvalues of ``L L^T`` the largest above 1 in the loadings; the others in the
  diagonal, as above.

With noise ``e ~ N(0, I)`` a draw is ``mean + exp(log_scale) e`` (mean field), ``mean + L e`` with a
lower triangular ``L`` (full rank; the diagonal is kept as its logarithm), or
``mean + exp(log_scale) e + B e'`` with ``B`` [dim, rank] (low rank).

Sources: Kucukelbir, Tran, Ranganath, Gelman & Blei (2017), "Automatic differentiation variational
inference", section 2.5; Ong, Nott & Smith (2018), "Gaussian variational approximation with a factor
covariance structure", eq. 4.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular

from gendsl.inference.approximations.path_mixture import Factored, place
from gendsl.inference.approximations.whitened import unit
from gendsl.inference.randomness import Draws

_STRIDES: tuple[Any, Any] = (np.float32(1.0), np.float32(1.0))
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

    def around(self, normal: Factored, draws: Draws) -> tuple[Factored, Independent]:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        nothing = jnp.zeros_like(normal.mean)
        values, axes = _spectrum(normal)
        chart = unit(normal.mean, normal.scale * _shrunk(values, axes), len(values))
        return chart, Independent(nothing, nothing)

    def placed(self, chart: Factored, params: Independent) -> Independent:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        return Independent(place(chart, params.mean), params.log_scale + jnp.log(chart.scale))

    def strides(self) -> Any:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        return Independent(*_STRIDES)

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

    def around(self, normal: Factored, draws: Draws) -> tuple[Factored, Triangular]:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        nothing = jnp.zeros_like(normal.mean)
        return normal, Triangular(nothing, nothing, jnp.diag(nothing))

    def placed(self, chart: Factored, params: Triangular) -> Triangular:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        whole = jax.vmap(place, (None, 0))(chart._replace(mean=0.0 * chart.mean), params.root.T)
        root = jnp.linalg.qr(whole, mode="r").T
        root = root * jnp.sign(jnp.diagonal(root))
        log_diagonal = jnp.log(jnp.diagonal(root))
        return Triangular(place(chart, params.mean), log_diagonal, jnp.tril(root, -1))

    def strides(self) -> Any:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        return Triangular(*_STRIDES, _stride_of_many(self.size))

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

    def around(self, normal: Factored, draws: Draws) -> tuple[Factored, Factors]:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        values, axes = _spectrum(normal)
        is_wide = (jnp.arange(len(values)) >= len(values) - self.rank) & (values > 1.0)
        scale = normal.scale * _shrunk(jnp.where(is_wide, 1.0, values), axes)
        loadings = axes * jnp.sqrt(jnp.where(is_wide, values - 1.0, 0.0))
        loadings = (normal.scale / scale)[:, None] * loadings[:, ::-1][:, : self.rank]
        loadings = jnp.pad(loadings, ((0, 0), (0, self.rank - loadings.shape[1])))
        # A column of zeros would stay one, since both signs are as good; so would two equal ones.
        rows, columns = jnp.indices(loadings.shape)
        uneven = 0.1 * jnp.sin((rows + 1.0) * (columns + 1.0))
        loadings = jnp.where(jnp.any(loadings != 0, axis=0), loadings, uneven)
        nothing = jnp.zeros_like(normal.mean)
        return unit(normal.mean, scale, len(values)), Factors(nothing, nothing, loadings)

    def placed(self, chart: Factored, params: Factors) -> Factors:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        log_scale = params.log_scale + jnp.log(chart.scale)
        loadings = chart.scale[:, None] * params.loadings
        return Factors(place(chart, params.mean), log_scale, loadings)

    def strides(self) -> Any:
        """See :class:`gendsl.inference.approximations.guide.Placeable`."""
        return Factors(*_STRIDES, _stride_of_many(self.rank))

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


def _spectrum(normal: Factored) -> tuple[jax.Array, jax.Array]:
    """Return eigenvalues [k], ascending, and directions [dim, k] of the factor between scales."""
    values, vectors = jnp.linalg.eigh(normal.root @ normal.root.T)
    return values, normal.basis @ vectors


def _shrunk(values: jax.Array, axes: jax.Array) -> jax.Array:
    """Return [dim], the sds given all else of a normal with ``values`` along ``axes``, else 1."""
    precision = 1.0 + axes**2 @ (1.0 / values - 1.0)
    return 1.0 / jnp.sqrt(precision)


def _stride_of_many(count: int) -> Any:
    return np.float32(count**-0.5)
