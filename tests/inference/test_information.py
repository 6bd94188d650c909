"""Laplace's approximation by the Fisher information, on a linear model with several outputs.

There the slope of a row is the outer product of its inputs and its scaled residuals, so that every
sum can be written out, and the information is a Kronecker product: X'X by the identity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from gendsl.inference.approximations import (
    Block,
    InformationLaplace,
    Laplace,
    Outcome,
    Standing,
    conditional_laplace,
    fisher,
)
from gendsl.inference.approximations.kronecker import BlockNormal, Blocks, basis_of
from gendsl.inference.approximations.sampling import draw
from gendsl.inference.minibatch import Part
from gendsl.inference.randomness import Draws, chain_words
from gendsl.inference.target import Site, Target

FALSE_ALARM = 1e-4
ROWS, INPUTS, OUTPUTS, SD, PRIOR = 40, 3, 2, 0.7, 2.0
_RNG = np.random.default_rng(11)
X = _RNG.normal(size=(ROWS, INPUTS)) @ np.diag([1.0, 2.0, 0.5])
TRUTH = _RNG.normal(size=(INPUTS, OUTPUTS))
Y = X @ TRUTH + SD * _RNG.normal(size=(ROWS, OUTPUTS))
SIZE = INPUTS * OUTPUTS
BLOCK = Block(0, INPUTS, OUTPUTS)
WORDS = jnp.asarray(chain_words(3, 1)[0])


def _prior(data: Any, z: jax.Array) -> jax.Array:
    return -0.5 * PRIOR * jnp.sum(z**2)


def _likelihood(data: Any, z: jax.Array) -> jax.Array:
    x, y = data
    apart = (y - x @ z.reshape(INPUTS, OUTPUTS)) / SD
    return -0.5 * jnp.sum(apart**2) - y.size * np.log(SD * np.sqrt(2.0 * np.pi))


def _row_likelihood(data: Any, z: jax.Array) -> jax.Array:
    members, (x, y) = data
    return ROWS * _likelihood((jnp.asarray(x)[members], jnp.asarray(y)[members]), z)


TARGET = Target(_prior, _likelihood, SIZE, (Site("first", 0, 2), Site("rest", 2, SIZE)))
PART = Part(Target(_prior, _row_likelihood, SIZE), ROWS, 1)
DATA = (X, Y)
PRECISION = np.kron(X.T @ X, np.eye(OUTPUTS)) / SD**2 + PRIOR * np.eye(SIZE)
MODE = np.linalg.solve(PRECISION, (X.T @ Y).ravel() / SD**2)


def _replicates(position: np.ndarray, seed: int, count: int = 400, sd: float = SD) -> Sequence[Any]:
    rng = np.random.default_rng(seed)
    fitted = X @ position.reshape(INPUTS, OUTPUTS)
    return [(X, fitted + sd * rng.normal(size=fitted.shape)) for _ in range(count)]


def test_sums_over_rows_are_those_written_out() -> None:
    reads = _replicates(MODE, 1, count=3)
    slopes = [
        np.einsum("ri,ro->rio", X, (y - X @ MODE.reshape(INPUTS, OUTPUTS)) / SD**2)
        for _, y in reads
    ]
    squares = np.mean([np.sum(g**2, axis=0) for g in slopes], axis=0)
    left = np.mean([np.einsum("rio,rjo->ij", g, g) for g in slopes], axis=0)
    right = np.mean([np.einsum("rio,rip->op", g, g) for g in slopes], axis=0)
    np.testing.assert_allclose(fisher.squares(PART, reads, MODE), squares.ravel(), rtol=1e-10)
    (found,) = fisher.factors(PART, (BLOCK,), reads, MODE)
    np.testing.assert_allclose(found.left, left, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found.right, right, rtol=1e-10, atol=1e-10)
    assert float(found.trace) == pytest.approx(squares.sum())
    prior = fisher.prior_curvature(TARGET, DATA, MODE, WORDS)
    np.testing.assert_allclose(prior, PRIOR, rtol=1e-10)


def _p_of_squares(sd: float) -> float:
    """The least p-value, over coordinates, of the information beside that in closed form."""
    slopes = [
        np.sum(np.einsum("ri,ro->rio", X, (y - X @ MODE.reshape(INPUTS, OUTPUTS)) / SD**2) ** 2, 0)
        for _, y in _replicates(MODE, 5, sd=sd)
    ]
    found = fisher.squares(PART, _replicates(MODE, 5, sd=sd), MODE)
    error = np.std(slopes, axis=0).ravel() / np.sqrt(len(slopes))
    exact = np.repeat(np.sum(X**2, axis=0) / SD**2, OUTPUTS)
    return float(np.min(2.0 * norm.sf(np.abs(found - exact) / error)))


@pytest.mark.slow
def test_the_information_of_drawn_rows_is_that_in_closed_form() -> None:
    """The twin's rows are drawn with another sd than the model's."""
    assert _p_of_squares(SD) > FALSE_ALARM / SIZE
    assert _p_of_squares(1.1 * SD) < FALSE_ALARM / SIZE


@dataclass(frozen=True, slots=True)
class _Misplaced(BlockNormal):
    """A twin: each variance in the direction of another."""

    def draw(self, draws: Draws, params: Blocks, count: int) -> tuple[jax.Array, jax.Array]:
        turned = [basis._replace(precision=basis.precision[::-1]) for basis in params.bases]
        return BlockNormal(self.blocks).draw(draws, Blocks(params.mean, tuple(turned)), count)


def test_a_normal_of_kronecker_products() -> None:
    """Its density is that of the whole precision; variances of draws by |z|, the twin's are off."""
    left, right = ((lambda a: a @ a.T)(_RNG.normal(size=(n, n + 2))) for n in (INPUTS, OUTPUTS))
    found = fisher.Factors(*map(jnp.asarray, (left, right, 3.0)))
    precision = np.kron(left, right) / 3.0 + 0.5 * np.eye(SIZE)
    params = Blocks(jnp.asarray(MODE), (basis_of(found, 0.5),))
    guide = BlockNormal((BLOCK,))
    exact = multivariate_normal(MODE, np.linalg.inv(precision))
    for at in _RNG.normal(size=(5, SIZE)):
        assert float(guide.log_density(params, jnp.asarray(at))) == pytest.approx(exact.logpdf(at))

    def worst(guide: BlockNormal) -> float:
        drawn = draw(guide, params, WORDS, 4096)
        wanted = np.diag(exact.cov)
        z = (np.mean((drawn - MODE) ** 2, axis=0) / wanted - 1.0) / np.sqrt(2.0 / len(drawn))
        return float(np.max(np.abs(z)))

    limit = norm.isf(FALSE_ALARM / SIZE / 2)
    assert worst(guide) < limit < worst(_Misplaced((BLOCK,)))


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [None, (BLOCK,)], ids=["diagonal", "kronecker"])
def test_laplace_by_the_information(blocks: tuple[Block, ...] | None) -> None:
    """Mode, variances and evidence; what is left is that rows were drawn, of 3 % with 16,000."""
    found = InformationLaplace(TARGET, PART, blocks, 1).fit(DATA, 2, _replicates)
    np.testing.assert_allclose(found.details.mode, MODE, atol=1e-5)
    assert found.status & Outcome.NOT_CONVERGED == 0
    drawn = found.draw(1, 8192)
    wanted = 1.0 / np.diag(PRECISION) if blocks is None else np.diag(np.linalg.inv(PRECISION))
    np.testing.assert_allclose(drawn.var(axis=0), wanted, rtol=0.12)
    if blocks is not None:
        covariance = SD**2 * np.eye(ROWS) + X @ X.T / PRIOR
        exact = sum(multivariate_normal(np.zeros(ROWS), covariance).logpdf(y) for y in Y.T)
        # The target's prior is without its constant.
        exact -= 0.5 * SIZE * np.log(PRIOR / (2.0 * np.pi))
        assert found.log_evidence == pytest.approx(exact, abs=0.1)
        assert found.details.log_evidence == pytest.approx(exact, abs=0.2)


@pytest.mark.slow
def test_a_normal_of_some_coordinates_given_the_mode_of_the_others() -> None:
    found = conditional_laplace(Laplace(TARGET, 1), ["first"], DATA, 1, num_check_draws=64)
    standing = found.details
    assert isinstance(standing, Standing) and standing.places == (0, 1)
    np.testing.assert_allclose(standing.mode, MODE, atol=1e-6)
    root = np.asarray(found.params.root)
    np.testing.assert_allclose(root @ root.T, np.linalg.inv(PRECISION[:2, :2]), rtol=1e-8)
    whole = standing.whole(found.draw(1, 5))
    assert (whole[:, 2:] == standing.mode[2:]).all() and np.ptp(whole[:, :2], axis=0).all()


def test_one_row_at_a_time() -> None:
    with pytest.raises(ValueError, match="one row at a time"):
        fisher.squares(Part(PART.target, ROWS, 2), [DATA], MODE)
