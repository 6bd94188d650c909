"""The model random_walk, from random_walk.gen."""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints


def model(*, n_time: int, y=None):
    phi = numpyro.sample("phi", dist.Uniform(-1.0, 1.0))  # phi ~ Uniform(-1, 1)   random_walk.gen:4
    q = numpyro.sample("q", dist.HalfNormal(1.0))  # q ~ HalfNormal(1)   random_walk.gen:5

    # x[time] ~ Normal(phi * x[time - 1], q)   random_walk.gen:7
    def x_step(x_prev):
        return dist.Normal(phi * x_prev, q)

    # x[time = first] ~ Normal(0, 10)   random_walk.gen:6
    x = numpyro.sample("x", Recurrent([dist.Normal(0.0, 10.0).expand([1])], x_step, n_time))
    with numpyro.plate("time", n_time):
        # y[time] ~ Normal(x, 1)   random_walk.gen:8
        numpyro.sample("y", dist.Normal(x, 1.0), obs=y)


# --- distributions that NumPyro lacks ---
