"""The maps onto supports: NumPyro's own, but precise at the edges."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpyro.distributions import biject_to, constraints

from gendsl.api.runtime import computing
from gendsl.backends.numpyro.bijections import bijection

SUPPORTS = {"simplex": constraints.simplex, "unit interval": constraints.unit_interval}
SHAPE = (4, 3)


@pytest.fixture(autouse=True)
def double():
    with computing():
        yield


@pytest.fixture
def position():
    return jnp.asarray(np.random.default_rng(1).normal(0, 2, SHAPE))


@pytest.mark.parametrize("support", SUPPORTS.values(), ids=SUPPORTS)
def test_they_are_those_of_numpyro(support, position):
    ours, theirs = bijection(support), biject_to(support)
    value = ours(position)
    np.testing.assert_allclose(value, theirs(position), rtol=1e-12)
    np.testing.assert_allclose(
        ours.log_abs_det_jacobian(position, value),
        theirs.log_abs_det_jacobian(position, value),
        rtol=1e-11,
    )
    assert ours.inverse_shape(jnp.shape(value)) == SHAPE


@pytest.mark.parametrize("support", SUPPORTS.values(), ids=SUPPORTS)
def test_values_lead_back(support, position):
    transform = bijection(support)
    np.testing.assert_allclose(transform._inverse(transform(position)), position, rtol=1e-9)


def test_the_volume_change_of_a_simplex(position):
    transform = bijection(constraints.simplex)
    for row in position:
        slopes = jax.jacfwd(lambda x: transform(x)[:-1])(row)
        wanted = jnp.linalg.slogdet(slopes)[1]
        found = transform.log_abs_det_jacobian(row, transform(row))
        np.testing.assert_allclose(found, wanted, rtol=1e-10)


def last_log(transform, x):
    return jnp.log(transform(jnp.array([x, 0.0]))[-1])


def test_the_last_entry_of_a_simplex_does_not_cancel():
    """log y_2 = -log(1 + exp(x - log 2)) - log 2, at x = 100."""
    wanted = -(100 - np.log(2)) - np.log(2)
    ours = bijection(constraints.simplex)
    assert last_log(ours, 100.0) == pytest.approx(wanted, rel=1e-13)
    assert jax.grad(lambda x: last_log(ours, x))(100.0) == pytest.approx(-1.0, rel=1e-12)
    theirs = biject_to(constraints.simplex)
    assert last_log(theirs, 100.0) != pytest.approx(wanted, rel=0.1)


@pytest.mark.parametrize("support", SUPPORTS.values(), ids=SUPPORTS)
@pytest.mark.parametrize("x", [-800.0, 800.0])
def test_no_probability_is_0(support, x):
    transform = bijection(support)
    value = transform(jnp.full(2, x))
    assert (value > 0).all()
    assert jnp.isfinite(jax.jacfwd(lambda u: 1e9 * jnp.log(transform(u)))(jnp.full(2, x))).all()
    assert jnp.isfinite(transform.log_abs_det_jacobian(jnp.full(2, x), value)).all()
