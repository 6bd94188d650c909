"""Series that start at a known value are summed out as all of their later states are."""

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from enumeration import Enumeration, density_of

from gendsl.backends.numpyro import source_of
from gendsl.diagnostics.source import Source
from gendsl.ir.verify import verify
from gendsl.pipeline import front
from gendsl.transforms.sum_out import sum_out


@pytest.fixture(autouse=True)
def _double_precision():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@dataclass
class Case:
    name: str
    text: str
    data: dict[str, Any]
    sizes: dict[str, int]
    sites: dict[str, tuple[tuple[int, ...], int, int]]  # what is drawn, without the starts
    values: dict[str, Any] = field(default_factory=dict)


RANDOM = np.random.default_rng(0)
STATES = """\
model m {{
  dim person
  dim time : ordered
  dim state = {states}
  dim next like state
  data s0[person] : state
  data y[person, time] : real
  P[state, next] ~ Dirichlet(2)
  mu[state] ~ Normal(0, 2)
  z[person, time = first] = {start}
  z[person, time]{type} ~ Categorical(P[z[time - 1]])
  y[person, time] ~ Normal(mu[z], 1)
}}
"""
SERIES = """\
model m {{
  dim time : ordered
  data y[time] : real
  a ~ Normal(0, 1)
  {start}
  {step}
  y[time] ~ Normal(a * z, 1)
}}
"""
RECAPTURE = """\
model m {
  dim animal
  dim time : ordered
  data first_seen[animal] : int >= 0
  data seen[animal, time] : bool
  survival ~ Uniform(0, 1)
  p ~ Uniform(0, 1)
  z[animal, time = first] = if(first_seen == 0, 1, 0)
  z[animal, time] ~ Bernoulli(if(pos(time) == first_seen, 1, survival * z[time - 1]))
  seen[animal, time] ~ Bernoulli(z * p) where pos(time) > first_seen
}
"""


def states_case(name, start, states="3", type=""):
    data = {"y": RANDOM.normal(size=(2, 3)), "s0": np.array([2, 0])}
    values = {"P": RANDOM.dirichlet([2, 2, 2], 3), "mu": RANDOM.normal(size=3)}
    sizes = {"person": 2, "time": 3, "state": 3, "next": 3}
    text = STATES.format(states=states, start=start, type=type)
    return Case(name, text, data, sizes, {"z.rest": ((2, 2), 0, 3)}, values)


def series_case(name, start, step, sites, length=4):
    data = {"y": RANDOM.normal(size=length)}
    text = SERIES.format(start=start, step=step)
    return Case(name, text, data, {"time": length}, sites, {"a": np.array(0.7)})


NAMES = "{calm, wild, odd}"
CASES = (
    states_case("position", "1"),
    states_case("declared", "1", type=" : state"),
    states_case("label", '"wild"', NAMES),
    states_case("data", "s0"),
    states_case("choice", 'if(s0 == "odd", 1, 2)', NAMES),
    Case(
        "recapture",
        RECAPTURE,
        {"first_seen": np.array([0, 1]), "seen": np.array([[1, 1, 0, 0], [0, 1, 0, 1]], bool)},
        {"animal": 2, "time": 4},
        {"z.rest": ((2, 3), 0, 2)},
        {"survival": np.array(0.7), "p": np.array(0.6)},
    ),
    series_case(
        "two lags",
        "z[time < 2] = 1 - pos(time)",
        "z[time] ~ Bernoulli(inv_logit(a + z[time - 1] - 0.5 * z[time - 2]))",
        {"z.rest": ((2,), 0, 2)},
    ),
    series_case(
        "beyond the step",
        "z[time = first] = 4",
        "z[time] ~ Binomial(2, inv_logit(a - z[time - 1]))",
        {"z.rest": ((2,), 0, 3)},
        length=3,
    ),
    series_case(
        "without a look back",
        "z[time = first] = 1",
        "z[time] ~ Bernoulli(inv_logit(a))",
        {"z.rest": ((3,), 0, 2)},
    ),
)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def both(case):
    """The density with the states summed out, and with every one of their values."""
    program, _ = front(Source("m.gen", case.text))
    arrays = {name: jnp.asarray(array) for name, array in case.data.items()}
    arguments = {f"n_{dim}": size for dim, size in case.sizes.items()} | arrays
    text = source_of(verify(sum_out(program)))
    known = {name: jnp.asarray(value) for name, value in case.values.items()}
    return text, Enumeration(program, arguments, known, case.sites)


@pytest.mark.sweep(2)
@every_case
def test_the_density_is_the_sum_over_the_states_after_the_start(case):
    text, whole = both(case)
    found, gradient = jax.value_and_grad(lambda v: density_of(text, whole.arguments, v))(
        dict(whole.values)
    )
    assert float(found) == pytest.approx(whole.log_sum, rel=1e-10)
    assert all(np.isfinite(slope).all() for slope in gradient.values())


def test_a_start_that_is_drawn_from_one_value_is_known():
    case = series_case(
        "drawn",
        "z[time = first] ~ DiscreteUniform(1, 1)",
        "z[time] ~ Bernoulli(inv_logit(a - z[time - 1]))",
        {"z.rest": ((3,), 0, 2)},
    )
    drawn, whole = both(case)
    case.text = case.text.replace("~ DiscreteUniform(1, 1)", "= 1")
    known, other = both(case)
    expected = other.log_sum
    for text in (drawn, known):
        found = float(density_of(text, whole.arguments, whole.values))
        assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("position", "jnp.arange(n_state) == 1", "jnp.arange(n_state) == 0"),
        ("data", "== s0[:, None])", "== s0[::-1, None])"),
        ("two lags", "until=2", "until=1"),
        ("without a look back", ".at[:1]", ".at[1:2]"),
    ],
)
def test_another_start_is_another_density(name, right, wrong):
    text, whole = both(next(case for case in CASES if case.name == name))
    assert right in text
    found = density_of(text.replace(right, wrong), whole.arguments, whole.values)
    assert float(found) != pytest.approx(whole.log_sum, rel=1e-10)
