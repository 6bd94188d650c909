"""The factor of a covariance that rounding may leave without one: values, slopes, what it took.

References are dense and NumPy's, with the same number on the diagonal. Slopes of an ordinary factor
are those of the library's own to 1e-12.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from gendsl.backends.numpyro.bases import covariance_cholesky as ours
from gendsl.backends.pyro.bases import covariance_cholesky as theirs
from gendsl.data.host_functions import CHAIN_FUNCTIONS as HOST

X = np.linspace(0, 1, 40)
Y, WHITE = np.sin(3 * X), np.cos(7 * X)
LONG, SHORT = 3.0, 0.02
"""Length scales of an RBF kernel: of one that has no factor in float64, and of one that has."""


def kernel(length, xp=np):
    return 2 * xp.exp(-((xp.asarray(X)[:, None] - xp.asarray(X)) ** 2) / 2 / length**2)


def score(factor, xp):
    """log N(y | L w, 0.1) but for its constant."""
    return -(((xp.asarray(Y) - factor @ xp.asarray(WHITE)) / 0.1) ** 2).sum() / 2


def ordinary(length):
    return jnp.linalg.cholesky(kernel(length, jnp))


def test_an_ordinary_factor_is_the_librarys_and_so_are_its_slopes():
    matrix = kernel(SHORT, jnp)
    assert (ours.covariance_cholesky(matrix) == jnp.linalg.cholesky(matrix)).all()
    assert ours.diagonal_added(matrix) == 0
    given = torch.tensor(kernel(SHORT))
    assert (theirs.covariance_cholesky(given) == torch.linalg.cholesky(given)).all()
    assert theirs.diagonal_added(given) == 0

    def found(length):
        return score(ours.covariance_cholesky(kernel(length, jnp)), jnp)

    def wanted(length):
        return score(ordinary(length), jnp)

    for slope in (jax.grad, lambda f: jax.jacfwd(jax.grad(f))):
        a, b = jax.jit(slope(found))(SHORT), jax.jit(slope(wanted))(SHORT)
        assert abs(a - b) <= 1e-12 * abs(b)


def test_a_lost_factor_is_that_of_the_raised_matrix_with_its_slopes():
    assert np.isnan(ordinary(LONG)[0, 0])
    share = float(ours.diagonal_added(kernel(LONG, jnp)))
    assert 1e-17 < share < 1e-2
    assert share == pytest.approx(float(theirs.diagonal_added(torch.tensor(kernel(LONG)))))
    assert share == pytest.approx(float(HOST["diagonal_added"](kernel(LONG))))

    def value(length):
        matrix = kernel(length)
        return np.linalg.cholesky(matrix + share * 2 * np.eye(40))

    np.testing.assert_allclose(
        ours.covariance_cholesky(kernel(LONG, jnp)), value(LONG), rtol=0, atol=1e-9
    )
    np.testing.assert_allclose(HOST["covariance_cholesky"](kernel(LONG)), value(LONG), atol=1e-9)

    def dense(length):
        matrix = kernel(length, jnp)
        return score(jnp.linalg.cholesky(matrix + share * 2 * jnp.eye(40)), jnp)

    def found(length):
        return score(ours.covariance_cholesky(kernel(length, jnp)), jnp)

    a, b = jax.jit(jax.value_and_grad(found))(LONG), jax.value_and_grad(dense)(LONG)
    length = torch.tensor(LONG, dtype=torch.float64, requires_grad=True)
    c = score(theirs.covariance_cholesky(kernel(length, torch)), torch)
    c.backward()
    np.testing.assert_allclose(a, b, rtol=1e-9)
    np.testing.assert_allclose((float(c.detach()), float(length.grad)), b, rtol=1e-9)


def test_each_matrix_of_several_takes_what_it_needs():
    lengths = jnp.array([SHORT, LONG, 0.05])

    def found(length):
        return score(ours.covariance_cholesky(kernel(length, jnp)), jnp)

    both = jax.jit(jax.vmap(jax.value_and_grad(found)))(lengths)
    one = [jax.value_and_grad(found)(length) for length in lengths]
    np.testing.assert_allclose(both[0], [v for v, _ in one], rtol=1e-9)
    np.testing.assert_allclose(both[1], [g for _, g in one], rtol=1e-9)
    stacked = np.stack([kernel(float(length)) for length in lengths])
    for share in (
        ours.diagonal_added(jnp.asarray(stacked)),
        theirs.diagonal_added(torch.tensor(stacked)),
        HOST["diagonal_added"](stacked),
    ):
        assert share[0] == 0 and share[2] == 0 and share[1] > 0
    factors = theirs.covariance_cholesky(torch.tensor(stacked))
    assert (factors[0] == torch.linalg.cholesky(torch.tensor(stacked[0]))).all()


@pytest.mark.parametrize("matrix", [-np.eye(3), np.full((3, 3), np.nan)])
def test_what_is_no_covariance_stays_without_a_factor(matrix):
    assert np.isnan(jax.jit(ours.covariance_cholesky)(jnp.asarray(matrix))).any()
    with pytest.raises(torch.linalg.LinAlgError):  # Pyro programs' densities are NaN there
        theirs.covariance_cholesky(torch.tensor(matrix))
    assert np.isnan(HOST["covariance_cholesky"](matrix)).any()
