"""Probabilities as log odds: the same density, and a finite one where a probability rounds to 1."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gendsl
from gendsl.api.lowering import lower, transform
from gendsl.api.runtime import computing
from gendsl.backends.numpyro.distributions.binomial_logit import BinomialLogit
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front
from gendsl.transforms.log_odds import by_log_odds

HEADER = """model m {
  dim i
  data b[i] : bool
  data y[i] : bool
  data count[i] : int >= 0
  a ~ Normal(0, 10)
"""


def program_of(statements):
    return front(Source("m.gen", HEADER + statements + "\n}"))[0]


def forms(statements):
    """The parameters by which the observed sites are given."""
    nodes = by_log_odds(program_of(statements)).nodes
    return [dict(n.distribution.arguments).keys() for n in nodes if n.name in ("y", "count")]


@pytest.mark.parametrize(
    "statement",
    [
        "y[i] ~ Bernoulli(inv_logit(a))",
        "y[i] ~ Bernoulli(1 - inv_logit(a))",
        "y[i] ~ Bernoulli(b * inv_logit(a))",
        "z[i] ~ Bernoulli(0.5)\ny[i] ~ Bernoulli(inv_logit(a) * z)",
        "z[i] ~ Bernoulli(0.5)\ny[i] ~ Bernoulli(z * (b * inv_logit(a)))",
        "p[i] = inv_logit(a * b)\ny[i] ~ Bernoulli(p)",
        "let p[i] = inv_logit(a * b)\nlet q[i] = p\ny[i] ~ Bernoulli(1 - q)",
        "let p[i] = inv_logit(a * b)\nlet q[i] = 1 - p\ny[i] ~ Bernoulli(b * q)",
        "p[i] = inv_logit(a * b)\ny[i] ~ Bernoulli(p[i = 0])",
    ],
)
def test_log_odds_where_they_are_exact(statement):
    assert forms(statement) == [{"logit"}]


@pytest.mark.parametrize(
    "statement",
    [
        "y[i] ~ Bernoulli(0.5 * inv_logit(a))",
        "z[i] ~ Binomial(2, 0.5)\ny[i] ~ Bernoulli(z * inv_logit(a) / 2)",
        "y[i] ~ Bernoulli(2 - inv_logit(a) - 1)",
        "p[i] = inv_logit(a * b) / 2\ny[i] ~ Bernoulli(p)",
    ],
)
def test_other_probabilities_stay(statement):
    program = program_of(statement)
    assert by_log_odds(program).nodes == program.nodes


Y, COUNT = np.array([True, False]), np.array([2, 0])
DATA = {"b": [1, 0], "y": Y.astype(int), "count": COUNT}


def log_p(a, sign=1.0):
    """log inv_logit(sign * a), by NumPy."""
    return -np.logaddexp(0.0, -sign * a)


def by_hand(a):
    """The log density of `STATEMENTS`, as on paper; nothing was seen at the second place."""
    prior = -(a**2) / 200 - math.log(10) - math.log(2 * math.pi) / 2
    seen = np.log(0.5) + log_p(a, -1) + np.log(3) + 2 * log_p(a) + log_p(a, -1)
    unseen = np.log(0.5) + np.logaddexp(0.0, log_p(a) + 3 * log_p(a, -1))
    return prior + seen + unseen


STATEMENTS = """z[i] ~ Bernoulli(0.5)
  y[i] ~ Bernoulli(z * (1 - inv_logit(a)))
  count[i] ~ Binomial(3, z * inv_logit(a))"""


def test_the_density_is_the_same_and_finite():
    model = gendsl.compile(HEADER + STATEMENTS + "\n}")
    for a in (-700.0, -3.0, 0.4, 2.0, 36.5, 38.0, 700.0):
        assert model.log_density({"a": a}, DATA) == pytest.approx(by_hand(a), rel=1e-12)


NAMED = {
    "saved": "p[i] = inv_logit(a + 0 * b)",
    "let": "let e[i] = a + 0 * b\nlet p[i] = inv_logit(e)",
}
ROUNDED = "p[i] = 1 / (1 + exp(-a - 0 * b))"


def slope_and_value(definition, a, statement="y[i] ~ Bernoulli(p)"):
    model = gendsl.compile(f"{HEADER}{definition}\n{statement}\n}}")
    with computing():
        density = lower(transform(model.program)).bind(model.bind({**DATA, "y": [0, 0]}))
        likelihood = jax.value_and_grad(density.log_likelihood, argnums=1)
        value, slope = likelihood(density.data, jnp.array([float(a)]))
        saved = density.constrain(density.data, jnp.array([float(a)])).get("p")
    return float(value), float(slope[0]), saved


@pytest.mark.parametrize("definition", NAMED.values(), ids=NAMED)
def test_a_probability_with_a_name_is_exact(definition):
    value, slope, saved = slope_and_value(definition, 800.0)
    assert (value, slope) == (-1600.0, -2.0)
    assert saved is None or saved.tolist() == [1.0, 1.0]
    binomial = "count[i] ~ Binomial(3, p)"  # 2 and 0 of 3: one failure, and three
    value, slope, _ = slope_and_value(definition, 800.0, binomial)
    assert value == pytest.approx(-3200.0 + math.log(3), rel=1e-12)
    assert slope == pytest.approx(-4.0, rel=1e-12)


def test_a_probability_that_is_computed_otherwise_rounds():
    value, slope, _ = slope_and_value(ROUNDED, 800.0)
    assert not (value == -1600.0 and slope == -2.0)


def test_what_is_saved_and_scored_is_computed_once():
    program = by_log_odds(program_of("p[i] = inv_logit(a * b)\ny[i] ~ Bernoulli(p)"))
    logit = next(n for n in program.nodes if n.name == "logit_p")
    saved = next(n for n in program.nodes if n.name == "p")
    scored = next(n for n in program.nodes if n.name == "y")
    assert program.nodes.index(logit) < program.nodes.index(saved)
    assert saved.value.arguments[0].name == "logit_p"
    assert dict(scored.distribution.arguments)["logit"].name == "logit_p"


def test_what_nothing_reads_any_more_goes():
    program = by_log_odds(program_of("let p[i] = inv_logit(a * b)\ny[i] ~ Bernoulli(p)"))
    assert [n.name for n in program.nodes] == ["a", "y"]


def test_a_chain_that_stays_empty():
    """The detection of an occupied site, whose chain goes on by log odds."""
    model = gendsl.compile("""model chain {
  dim t : ordered
  data y[t] : bool
  a ~ Normal(0, 10)
  z[t = first] ~ Bernoulli(0.5)
  z[t] ~ Bernoulli(z[t - 1] * inv_logit(a))
  y[t] ~ Bernoulli(z * 0.25)
}""")
    for a in (0.3, 40.0):
        prior = -(a**2) / 200 - math.log(10) - math.log(2 * math.pi) / 2
        stays = np.log(0.5) + log_p(a) + 2 * np.log(0.25)
        assert model.log_density({"a": a}, {"y": [1, 1]}) == pytest.approx(prior + stays, rel=1e-12)


def test_binomial_at_infinite_log_odds():
    def log_prob(a, value):
        logit = jnp.where(jnp.arange(3) == 1, a, jnp.array([-jnp.inf, 0.0, jnp.inf]))
        return BinomialLogit(3, logit, validate_args=False).log_prob(value)

    inside = math.log(3) + log_p(0.3) + 2 * log_p(0.3, -1)
    np.testing.assert_allclose(log_prob(0.3, 1), [-np.inf, inside, -np.inf], rtol=1e-5)
    np.testing.assert_array_equal(log_prob(0.3, 0)[jnp.array([0, 2])], [0.0, -np.inf])
    np.testing.assert_array_equal(log_prob(0.3, 3)[jnp.array([0, 2])], [-np.inf, 0.0])
    for value in range(4):
        slopes = jax.jacrev(log_prob)(0.3, value)
        np.testing.assert_allclose(slopes, [0.0, value - 3 / (1 + math.exp(-0.3)), 0.0], rtol=1e-5)


def test_an_impossible_state_of_a_binomial():
    model = gendsl.compile("""model m {
  dim i
  data y[i] : int >= 0
  a ~ Normal(0, 1)
  z[i] ~ Bernoulli(0.5)
  y[i] ~ Binomial(n = 3, logit = if(z == 1, a, -inf))
}""")
    prior = -(0.3**2) / 2 - math.log(2 * math.pi) / 2
    unseen = np.logaddexp(0.0, 3 * log_p(0.3, -1))
    seen = math.log(3) + 2 * log_p(0.3) + log_p(0.3, -1)
    wanted = prior + 2 * math.log(0.5) + unseen + seen
    assert model.log_density({"a": 0.3}, {"y": [0, 2]}) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    "distribution",
    [
        "Bernoulli(if(b, 1, 0))",
        "Bernoulli(b)",
        "Geometric(if(b, 1, 1))",
        "ZeroInflated(if(b, 1, 0), Poisson(3))",
        "Binomial(3, b)",
        "Binomial(3, logit = if(b, 1, 0))",
    ],
)
def test_whole_numbers_as_probabilities_are_drawn_from(distribution):
    name = "y" if distribution.startswith("Bernoulli") else "count"
    model = gendsl.compile(f"{HEADER}{name}[i] ~ {distribution}\n}}")
    drawn = model.simulate({"b": [1, 0]}, draws=2)
    assert drawn.prior_predictive[name].shape[-1] == 2


def test_whole_numbers_as_log_probabilities_are_drawn_from():
    model = gendsl.compile("""model m {
  dim i
  dim k = {low, high}
  data y[i] : k
  mu ~ Normal(0, 1)
  y[i] ~ Categorical(logit = [0, 0])
}""")
    assert model.simulate({}, sizes={"i": 4}, draws=2).prior_predictive["y"].shape[-1] == 4
