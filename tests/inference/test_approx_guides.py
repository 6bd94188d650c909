"""Guides are the densities that they say: against SciPy, and by where their draws fall.

The twins have a density that is not that of their draws, and the judge rejects each.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from gendsl.inference.approximations import FullRank, LowRank, MeanField, PathMixture, path_mixture
from gendsl.inference.approximations.gaussians import Factors, Independent, Triangular
from gendsl.inference.approximations.path_mixture import Paths, factored
from gendsl.inference.approximations.pathfinder import diagonals_along
from gendsl.inference.randomness import Stream

SIZE = 3
NUM_DRAWS = 20_000
FALSE_ALARM = 1e-5
GENERATOR = np.random.default_rng(3)
MEAN = GENERATOR.standard_normal(SIZE)
ROOT = np.tril(0.4 * GENERATOR.standard_normal((SIZE, SIZE)), -1) + np.diag([0.7, 1.0, 1.6])
LOADINGS = 0.8 * GENERATOR.standard_normal((SIZE, 2))
HESSIAN = np.diag([1.0, 4.0, 0.3]) + 0.2


def path() -> tuple[np.ndarray, np.ndarray]:
    """Positions [4, dim] of a path over a normal of precision HESSIAN, and gradients of log p."""
    positions = np.random.default_rng(5).standard_normal((4, SIZE))
    return positions, -positions @ HESSIAN


def normal_of_path() -> path_mixture.Factored:
    positions, gradients = path()
    moves, turns = np.diff(positions, axis=0), -np.diff(gradients, axis=0)
    diagonals, _ = diagonals_along(moves, turns, 3, 4)
    empty = np.zeros((1, SIZE))
    pairs = (np.concatenate([empty, rows]) for rows in (moves, turns))
    return factored(positions[-1], gradients[-1], diagonals[-1], *pairs)


def covariance_of_path() -> np.ndarray:
    normal = normal_of_path()
    root = jax.vmap(path_mixture.place, (None, 0))(normal, np.eye(SIZE)) - normal.mean
    return np.asarray(root.T @ root)


def cases() -> dict:
    normal = normal_of_path()
    two = jax.tree.map(lambda field: jnp.stack([field, field]), normal)
    two = two._replace(mean=two.mean + jnp.array([[0.0], [1.5]]))
    covariance = covariance_of_path()

    def mixture(positions: np.ndarray) -> np.ndarray:
        each = [stats.multivariate_normal(m, covariance).logpdf(positions) for m in two.mean]
        return np.logaddexp(*each) - np.log(2.0)

    scale = np.array([0.5, 1.0, 2.0])
    low_rank = np.diag(scale**2) + LOADINGS @ LOADINGS.T
    triangular = Triangular(MEAN, np.log(np.diag(ROOT)), ROOT + 7.0)  # only below is read
    triangular = triangular._replace(below=np.tril(ROOT, -1) + 7.0 * np.triu(np.ones(ROOT.shape)))
    return {
        "mean field": (
            MeanField(SIZE),
            Independent(MEAN, np.log(scale)),
            stats.multivariate_normal(MEAN, np.diag(scale**2)).logpdf,
        ),
        "full rank": (
            FullRank(SIZE),
            triangular,
            stats.multivariate_normal(MEAN, ROOT @ ROOT.T).logpdf,
        ),
        "low rank": (
            LowRank(SIZE, 2),
            Factors(MEAN, np.log(scale), LOADINGS),
            stats.multivariate_normal(MEAN, low_rank).logpdf,
        ),
        "paths": (PathMixture(SIZE), Paths(two, np.zeros(2)), mixture),
    }


def p_value(guide, params) -> float:
    """Test that as many draws fall into a box as the density's integral over it says.

    The box is off centre: symmetry would hide faults. The integral is by uniform points.
    """
    words = np.array([1, 2], np.uint32)

    @jax.jit
    def drawn(params):
        positions, _ = guide.draw(Stream(words, jnp.uint32(0)), params, NUM_DRAWS)
        low = jnp.mean(positions, axis=0) - 0.3 * jnp.std(positions, axis=0)
        sides = 2.0 * jnp.std(positions, axis=0)
        points = Stream(words, jnp.uint32(1)).uniforms(NUM_DRAWS * SIZE, low.dtype)
        points = low + sides * points.reshape(NUM_DRAWS, SIZE)
        heights = jnp.exp(jax.vmap(guide.log_density, (None, 0))(params, points))
        return jnp.all((positions > low) & (positions < low + sides), axis=1), (
            heights * jnp.prod(sides)
        )

    is_inside, heights = map(np.asarray, drawn(params))
    error = np.sqrt((is_inside.var() + heights.var()) / NUM_DRAWS)
    return float(2.0 * stats.norm.sf(abs(is_inside.mean() - heights.mean()) / error))


@pytest.mark.statistical
@pytest.mark.parametrize("name", cases())
def test_density_is_that_of_the_draws(name: str) -> None:
    guide, params, exact = cases()[name]
    positions = np.random.default_rng(4).standard_normal((5, SIZE))
    found = jax.vmap(guide.log_density, (None, 0))(params, positions)
    np.testing.assert_allclose(found, exact(positions), rtol=1e-9)
    draws = Stream(np.array([8, 9], np.uint32), np.uint32(0))
    positions, log_q = jax.jit(guide.draw, static_argnums=2)(draws, params, 7)
    np.testing.assert_allclose(log_q, exact(positions), rtol=1e-9)
    assert p_value(guide, params) > FALSE_ALARM


@dataclass(frozen=True)
class NoVolume(FullRank):
    """Leaves the log determinant out of the density."""

    def log_density(self, params: Triangular, position: jax.Array) -> jax.Array:
        return FullRank.log_density(self, params, position) + jnp.sum(params.log_diagonal)


@dataclass(frozen=True)
class NoWoodbury(LowRank):
    """Leaves the loadings out of the density."""

    def log_density(self, params: Factors, position: jax.Array) -> jax.Array:
        return MeanField(self.size).log_density(Independent(*params[:2]), position)


@dataclass(frozen=True)
class OnePath(PathMixture):
    """Takes the density of the first path for that of the mixture."""

    def log_density(self, params: Paths, position: jax.Array) -> jax.Array:
        first = jax.tree.map(lambda field: field[0], params.normals)
        return path_mixture.log_density(first, position)


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("name", "guide"),
    [("full rank", NoVolume(SIZE)), ("low rank", NoWoodbury(SIZE, 2)), ("paths", OnePath(SIZE))],
)
def test_a_wrong_density_is_caught(name: str, guide) -> None:
    assert p_value(guide, cases()[name][1]) < FALSE_ALARM


def test_inverse_hessian_of_a_path_meets_the_secant_condition() -> None:
    positions, gradients = path()
    move, turn = positions[-1] - positions[-2], gradients[-2] - gradients[-1]
    np.testing.assert_allclose(covariance_of_path() @ turn, move, rtol=1e-8)


def test_inverse_hessian_of_a_path_is_the_recursion_of_bfgs() -> None:
    positions, gradients = path()
    moves, turns = np.diff(positions, axis=0), -np.diff(gradients, axis=0)
    diagonals, recent = diagonals_along(moves, turns, 3, 4)
    inverse = np.diag(np.asarray(diagonals[-1]))
    for move, turn in zip(moves, turns, strict=True):
        product = move @ turn
        side = np.eye(SIZE) - np.outer(turn, move) / product
        inverse = side.T @ inverse @ side + np.outer(move, move) / product
    np.testing.assert_allclose(covariance_of_path(), inverse, rtol=1e-8)
    np.testing.assert_allclose(
        normal_of_path().mean, positions[-1] + inverse @ gradients[-1], rtol=1e-8
    )
    np.testing.assert_array_equal(recent[-1], [-1, 0, 1, 2])


def test_diagonal_is_that_of_a_scaled_bfgs_update() -> None:
    positions, gradients = path()
    moves, turns = np.diff(positions, axis=0), -np.diff(gradients, axis=0)
    found, _ = diagonals_along(moves, turns, 3, 4)
    diagonal = np.ones(SIZE)
    for move, turn, after in zip(moves, turns, found, strict=True):
        start = np.diag(1.0 / diagonal) * (turn @ (diagonal * turn)) / (move @ turn)
        bent = start - np.outer(start @ move, start @ move) / (move @ start @ move)
        diagonal = 1.0 / np.diag(bent + np.outer(turn, turn) / (move @ turn))
        np.testing.assert_allclose(after, diagonal, rtol=1e-10)


def test_a_pair_without_curvature_is_left_out() -> None:
    moves = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    turns = np.array([[2.0, 0.0], [0.0, -1.0], [2.0, 3.0]])
    diagonals, recent = diagonals_along(moves, turns, 3, 2)
    np.testing.assert_array_equal(diagonals[1], diagonals[0])
    np.testing.assert_array_equal(recent, [[-1, 0], [-1, 0], [0, 2]])


def test_a_rank_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="rank"):
        LowRank(3, 0)
