"""Rates as logarithms: the same density, and a finite one where a rate underflows."""

import math

import jax
import jax.numpy as jnp
import pytest

import gendsl
from gendsl.api.lowering import lower, transform
from gendsl.api.runtime import computing
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front
from gendsl.transforms.log_rates import by_log_rates

HEADER = """model m {
  dim i
  data b[i] : real
  data y[i] : int >= 0
  a ~ Normal(0, 10)
"""

NAMED = "mu[i] = exp(a * b)\ny[i] ~ "


def program_of(statements):
    return front(Source("m.gen", HEADER + statements + "\n}"))[0]


def form(statements):
    (site,) = (n for n in by_log_rates(program_of(statements)).nodes if n.name == "y")
    return dict(site.distribution.arguments)


@pytest.mark.parametrize(
    ("statements", "name"),
    [
        ("y[i] ~ Poisson(exp(a * b))", "log_rate"),
        (NAMED + "Poisson(mu)", "log_rate"),
        (NAMED + "Poisson(mu[i = 0])", "log_rate"),
        (NAMED + "NegativeBinomial(mu, 2)", "log_mean"),
        ("let l[i] = exp(a * b)\nlet mu[i] = l\ny[i] ~ Poisson(mu)", "log_rate"),
    ],
)
def test_logarithms_where_they_are_exact(statements, name):
    assert name in form(statements)


def test_the_base_of_another_family():
    assert "log_rate" in dict(form(NAMED + "ZeroInflated(0.2, Poisson(mu))")["base"].arguments)


@pytest.mark.parametrize(
    "statements", ["y[i] ~ Poisson(2 * exp(a))", "mu[i] = exp(a * b) + 1\ny[i] ~ Poisson(mu)"]
)
def test_other_rates_stay(statements):
    program = program_of(statements)
    assert by_log_rates(program).nodes == program.nodes


def likelihood(statements, a, data):
    model = gendsl.compile(HEADER + statements + "\n}")
    with computing():
        density = lower(transform(model.program)).bind(model.bind(data))
        both = jax.value_and_grad(density.log_likelihood, argnums=1)
        value, slope = both(density.data, jnp.array([float(a)]))
    return float(value), float(slope[0])


DATA = {"b": [1.0, 2.0], "y": [2, 0]}


def test_a_rate_that_underflows():
    value, slope = likelihood(NAMED + "Poisson(mu)", -800.0, DATA)
    assert value == pytest.approx(-1600 - math.log(2), rel=1e-12)
    assert slope == 2.0


def test_a_mean_that_underflows():
    value, slope = likelihood(NAMED + "NegativeBinomial(mu, 3)", -800.0, DATA)
    log_choose = math.lgamma(5) - math.lgamma(3) - math.lgamma(3)
    assert value == pytest.approx(log_choose + 2 * (-800 - math.log(3)), rel=1e-12)
    assert slope == pytest.approx(2.0, rel=1e-12)


def test_the_density_is_the_same_elsewhere():
    named = likelihood(NAMED + "Poisson(mu)", 0.3, DATA)
    other = likelihood("y[i] ~ Poisson(exp(a * b) + 0)", 0.3, DATA)
    assert named == pytest.approx(other, rel=1e-12)
