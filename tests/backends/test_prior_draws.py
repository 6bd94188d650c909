"""Draws of the prior as positions have the distribution of simulated draws.

Two samples of 1500 each are compared by Kolmogorov and Smirnov's test for 7 quantities; the chance
that one of them falls below 1e-5 by accident is below 1e-4.
"""

import jax
import numpy as np
import pytest
from scipy.stats import ks_2samp

import gendsl
from gendsl.api.lowering import lower, transform
from gendsl.api.runtime import computing
from gendsl.backends.failures import CannotSimulate

TEXT = """\
model m {
  dim k = 3
  dim time : ordered
  data y[time] : real
  mu ~ Normal(2, 3)
  tau ~ HalfNormal(2)
  theta[k] ~ Normal(mu, tau) as non_centred
  w[k] ~ Dirichlet([1, 2, 3])
  c[k] : ordered ~ Normal(0, 1)
  r : 0 < real < 1 ~ Beta(2, 5)
  x[time = first] ~ Normal(0, 1)
  x[time] ~ Normal(r * x[time - 1], tau) as non_centred
  y[time] ~ Normal(x + mu, 1)
}
"""
COUNT = 1500


def bound_density(text):
    model = gendsl.compile(text)
    bound = model.bind({"y": np.zeros(4)})
    program = transform(model.program, sizes=bound.sizes)
    return lower(program).bind(bound)


@pytest.mark.slow
def test_prior_draws_are_those_of_the_simulator():
    with computing():
        density = bound_density(TEXT)
        keys = jax.random.split(jax.random.key(3), 2 * COUNT)

        def by_position(key):
            return density.constrain(density.data, density.draw_prior(key, density.data))

        drawn = jax.jit(jax.vmap(by_position))(keys[:COUNT])
        simulated = jax.vmap(lambda key: density.simulate(key, density.data))(keys[COUNT:])
    names = ("mu", "tau", "theta", "w", "c", "r", "x")
    for name in names:
        ours, theirs = (np.asarray(d[name]).reshape(COUNT, -1)[:, -1] for d in (drawn, simulated))
        assert ks_2samp(ours, theirs).pvalue > 1e-5, name
    wrong = np.asarray(drawn["mu"]) + 1.0
    assert ks_2samp(wrong, np.asarray(simulated["mu"])).pvalue < 1e-5


def test_an_improper_prior_has_no_draws():
    with computing():
        density = bound_density(TEXT.replace("mu ~ Normal(2, 3)", "mu ~ Flat()"))
        with pytest.raises(CannotSimulate, match="mu"):
            density.draw_prior(jax.random.key(0), density.data)
