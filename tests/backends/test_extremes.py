"""Probabilities that underflow, and parameters that are 0: no density or gradient is NaN."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gendsl
from gendsl.api.lowering import lower, transform
from gendsl.api.runtime import computing

HEADER = """model m {
  dim row
  dim t : ordered
  dim k = {u, v, w}
  dim k2 like k
  data c[row] : k
  data n[row, k] : int >= 0
  data total[row] : int >= 0
  data x[row] : real
  data y[row] : int >= 0
  data b[row] : bool
  data s[t] : real
  let m[k] = [0, 1, 2]
"""

DATA = {
    "c": [0, 2, 0],
    "n": [[3, 0, 0], [0, 2, 1], [0, 0, 0]],
    "total": [3, 3, 0],
    "x": [0.1, 2.0, -1.0],
    "y": [0, 2, 1],
    "b": [0, 1, 1],
    "s": [0.1, 0.4, 2.0, -1.0],
}

P = "p[k] ~ Dirichlet(0.5)\n"
Q = "q ~ Beta(2, 0.5)\n"
STATEMENTS = {
    "a flat simplex": "p[k] ~ Dirichlet(1)",
    "categories": P + "c[row] ~ Categorical(p)",
    "categories by row": "p[row, k] ~ Dirichlet(2)\nc[row] ~ Categorical(p)",
    "computed categories": P + "c[row] ~ Categorical(p * p / sum[k](p * p))",
    "softmax": "e[k] ~ Normal(0, 1)\nlet q[k] = softmax[k](e)\nc[row] ~ Categorical(q)"
    "\nn[row, k] ~ Multinomial(total, q)",
    "counts": P + "n[row, k] ~ Multinomial(total, p)",
    "computed counts": P + "n[row, k] ~ Multinomial(total, p * p / sum[k](p * p))",
    "weights": P + "x[row] ~ Mixture(p, Normal(m, 1))",
    "computed weights": P + "x[row] ~ Mixture(p * p / sum[k](p * p), Normal(m, 1))",
    "families": P + "x[row] ~ Mixture(p, [Normal(0, 1), Cauchy(0, 1), Normal(3, 1)])",
    "summed out": P + "z[row] ~ Categorical(p)\nx[row] ~ Normal(m[z], 1)",
    "computed, summed out": P + "z[row] ~ Categorical(p * p / sum[k](p * p))\nx[row] ~ "
    "Normal(m[z], 1)",
    "a chain": P + "g[k, k2] ~ Dirichlet(2)\nz[t = first] ~ Categorical(p)\n"
    "z[t] ~ Categorical(g[k = z[t - 1]])\ns[t] ~ Normal(m[z], 1)",
    "topics": "w[row, k] ~ Dirichlet(2)\ng[k, k2] ~ Dirichlet(2)\nz[row] ~ Categorical(w)\n"
    "c[row] ~ Categorical(g[k = z])",
    "flags": Q + "b[row] ~ Bernoulli(q)\ny[row] ~ Binomial(5, q)",
    "failures": Q + "y[row] ~ Geometric(q)",
    "extra zeros": Q + "y[row] ~ ZeroInflated(q, Poisson(2))",
    "a hurdle": Q + "y[row] ~ Hurdle(q * q, Poisson(2))",
    "a hurdle before a rate of 0": Q
    + "a ~ Normal(0, 1)\ny[row] ~ Hurdle(q * q, Poisson(log_rate = min(a, 10)))",
    "gates of 0 and 1": "a ~ Normal(0, 1)\ny[row] ~ ZeroInflated(exp(-a * a), Poisson(2))",
    "flags, summed out": Q + "r ~ Beta(1, 1)\nz[row] ~ Bernoulli(q)\nb[row] ~ Bernoulli(z * r)"
    "\ny[row] ~ Poisson(if(z == 1, 2, 3))",
}


def at_extremes(text, is_broken=False):
    """The log density and gradient where coordinates are -800, 0 or 800."""
    model = gendsl.compile(HEADER + text + "\n}")
    with computing():
        bound = model.bind(DATA)
        density = lower(transform(model.program, sizes=bound.sizes)).bind(bound)
        lead = min(density.size, 3)
        rest = np.random.default_rng(0).choice([-800.0, 0.3, 800.0], density.size - lead)
        points = [
            np.concatenate([first, rest])
            for first in itertools.product((-800.0, 0.0, 800.0), repeat=lead)
        ]
        both = jax.vmap(jax.value_and_grad(density.log_density, argnums=1), (None, 0))
        return jax.jit(both)(density.data, jnp.array(points))


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
