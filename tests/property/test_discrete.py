"""Summing discrete latents out gives what visiting all of their joint states gives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from discrete_programs import SIZES, written
from enumeration import Enumeration, density_of
from generated_programs import seeds
from hypothesis import given, settings

from gendsl.backends.numpyro import source_of
from gendsl.diagnostics.source import Source
from gendsl.ir.verify import verify
from gendsl.pipeline import front
from gendsl.transforms.sum_out import sum_out

QUICK = settings(settings.get_profile("programs"), max_examples=4)
LONG = settings(settings.get_profile("programs"), max_examples=60)


@pytest.fixture(autouse=True)
def _double_precision():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def both(text, data, values, sites, sizes):
    """The generated program that sums the sites out, and all of their joint states."""
    program, _ = front(Source("generated.gen", text))
    arrays = {name: jnp.asarray(array) for name, array in data.items()}
    arguments = {f"n_{dim}": size for dim, size in sizes.items()} | arrays
    known = {name: jnp.asarray(value) for name, value in values.items()}
    return source_of(verify(sum_out(program))), Enumeration(program, arguments, known, sites)


def of_seed(seed):
    found = written(seed)
    return both(found.text, found.data, found.values, found.sites, SIZES)


def check(text, whole):
    """The density and its gradient, which is that of the sum of the joint densities."""

    def density(values):
        return density_of(text, whole.arguments, values)

    got, gradient = jax.value_and_grad(density)(dict(whole.values))
    is_near = abs(float(got) - whole.log_sum) < 1e-9 * max(1.0, abs(whole.log_sum))
    assert is_near, f"{got} is far from {whole.log_sum}"
    for name, slope in gradient.items():
        assert np.isfinite(slope).all(), name


@QUICK
@given(seeds)
def test_the_density_is_the_sum_over_all_states(seed):
    check(*of_seed(seed))


@pytest.mark.slow
@LONG
@given(seeds)
def test_the_density_is_the_sum_over_all_states_at_length(seed):
    check(*of_seed(seed))


CHAIN = """\
model m {
  dim time : ordered
  dim person
  data y[person, time] : real
  q ~ Beta(1, 1)
  z[person, time = first] ~ Bernoulli(q)
  z[person, time] ~ Bernoulli(0.2 + 0.5 * z[time - 1])
  y[person, time] ~ Normal(2 * z, 1)
}
"""


def chain():
    data = {"y": np.random.default_rng(0).normal(size=(2, 4))}
    sizes = {"time": 4, "person": 2}
    return both(CHAIN, data, {"q": np.array(0.3)}, {"z": ((2, 4), 0, 2)}, sizes)


def test_a_chain_for_each_member():
    check(*chain())


PLACES = """\
model m {
  dim time : ordered
  data prev[time] : time
  data y[time] : real
  q ~ Beta(1, 1)
  z[time = first] ~ Bernoulli(q)
  z[time] ~ Bernoulli(0.2 + 0.5 * z[time - 1])
  y[time = 0] ~ Normal(3 * z[time = last], 1)
  y[time] ~ Normal(2 * z[prev] + y[time - 1], 1)
}
"""


def test_a_part_of_a_dimension_reads_a_chain_along_it_at_places():
    data = {"y": np.random.default_rng(0).normal(size=4), "prev": np.array([0, 0, 2, 1])}
    check(*both(PLACES, data, {"q": np.array(0.3)}, {"z": ((4,), 0, 2)}, {"time": 4}))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('Table(y_log, "person time z")', 'Table(y_log[:1], "person time z")'),
        ('"person time z-1 z", since=1', '"person time z z-1", since=1'),
        ('"person time z-1 z", since=1', '"person time z-1 z", since=2'),
        (", until=1", ""),
    ],
    ids=["one member for all", "the lag the other way", "a step late", "a start everywhere"],
)
def test_what_is_wrong_is_caught(right, wrong):
    text, whole = chain()
    assert right in text
    with pytest.raises(AssertionError, match="far from"):
        check(text.replace(right, wrong), whole)
