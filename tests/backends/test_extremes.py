"""Probabilities that underflow, and parameters that are 0: no density or gradient is NaN."""

import math

import jax
import jax.numpy as jnp
import pytest
from backend_cases.extreme_statements import DATA, HEADER, STATEMENTS, extreme_points

import gendsl
from gendsl.api.lowering import lower, transform
from gendsl.api.runtime import computing


def at_extremes(text, is_broken=False):
    """The log density and gradient where coordinates are -800, 0 or 800."""
    model = gendsl.compile(HEADER + text + "\n}")
    with computing():
        bound = model.bind(DATA)
        density = lower(transform(model.program, sizes=bound.sizes)).bind(bound)
        both = jax.vmap(jax.value_and_grad(density.log_density, argnums=1), (None, 0))
        return jax.jit(both)(density.data, jnp.array(extreme_points(density.size)))


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS)
def test_nothing_is_nan(text):
    value, slope = at_extremes(text)
    assert not jnp.isnan(value).any()
    assert not (value == jnp.inf).any()
    assert not jnp.isnan(slope).any()


def likelihood(text, a, y):
    model = gendsl.compile(
        f"model m {{\n dim row\n data x[row] : real\n data y[row] : int >= 0\n"
        f" a ~ Normal(0, 1)\n {text}\n}}"
    )
    with computing():
        bound = model.bind({"x": [0.0, 2.0], "y": y})
        density = lower(transform(model.program)).bind(bound)
        both = jax.value_and_grad(density.log_likelihood, argnums=1)
        value, slope = both(density.data, jnp.array([a]))
    return float(value), float(slope[0])


def test_a_rate_of_0_is_certain_of_0():
    value, slope = likelihood("y[row] ~ Poisson(a * a * x)", 1.5, [0, 3])
    assert value == pytest.approx(3 * math.log(4.5) - 4.5 - math.log(6), rel=1e-12)
    assert slope == pytest.approx(6 / 1.5 - 6.0, rel=1e-12)
    assert likelihood("y[row] ~ Poisson(a * a * x)", 1.5, [1, 3])[0] == -math.inf


def test_a_mean_of_0_is_certain_of_0():
    value, slope = likelihood("y[row] ~ NegativeBinomial(a * a * x, 2)", 1.5, [0, 1])
    share = 4.5 / 6.5
    assert value == pytest.approx(math.log(2 * share * (1 - share) ** 2), rel=1e-12)
    assert slope == pytest.approx((1 / 4.5 - 3 / 6.5) * 6.0, rel=1e-12)
    assert likelihood("y[row] ~ NegativeBinomial(a * a * x, 2)", 1.5, [1, 1])[0] == -math.inf
