"""The model supports, from supports.gen."""

import functools

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample


def model(*, n_row: int, n_state: int, n_next: int, y=None, z=None, n_k: int = 3):
    # w[k] ~ Dirichlet(1)   supports.gen:8
    w = numpyro.sample("w", dist.Dirichlet(jnp.full(n_k, 1.0)))
    # mu[k] : ordered ~ Normal(0, 5)   supports.gen:9
    mu = numpyro.sample("mu", Ordered(dist.Normal(0.0, 5.0).expand([n_k]).to_event(1)))
    with numpyro.plate("k", n_k):
        # s[k] ~ LogNormal(0, 1)   supports.gen:10
        s = numpyro.sample("s", dist.LogNormal(0.0, 1.0))
    with numpyro.plate("state", n_state):
        # P[state, next] ~ Dirichlet(2)   supports.gen:11
        P = numpyro.sample("P", dist.Dirichlet(jnp.full(n_next, 2.0)))
    with numpyro.plate("row", n_row):
        # z[row] ~ Categorical(P[state = 0])   supports.gen:16
        numpyro.sample("z", Categorical(P[0]), obs=z)
    # a : 0 < real < 1 ~ Uniform(0, 1)   supports.gen:12
    a = numpyro.sample("a", dist.Uniform(0.0, 1.0))
    # c : real > a ~ Normal(0, 1)   supports.gen:13
    numpyro.sample("c", Truncated(dist.Normal(0.0, 1.0), low=a))
    # d[k] : sum_to_zero ~ Normal(0, 1)   supports.gen:14
    d = numpyro.sample("d", SumToZero(dist.Normal(0.0, 1.0).expand([n_k]).to_event(1)))
    with numpyro.plate("row", n_row):
        # y[row] ~ Mixture(w, Normal(mu + d, s))   supports.gen:15
        numpyro.sample("y", Mixture(w, dist.Normal(mu + d, s)), obs=y)


# --- distributions that NumPyro lacks ---
