"""Statements whose probabilities underflow, or are 0, where coordinates are far out."""

import itertools

import numpy as np

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


def extreme_points(size):
    """Positions whose coordinates are -800, 0 or 800."""
    lead = min(size, 3)
    rest = np.random.default_rng(0).choice([-800.0, 0.3, 800.0], size - lead)
    return np.array(
        [
            np.concatenate([first, rest])
            for first in itertools.product((-800.0, 0.0, 800.0), repeat=lead)
        ]
    )
