"""The model walks, from walks.gen."""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import lax
from numpyro.distributions import constraints


def model(*, n_time: int, n_area: int, u, w, y=None):
    with numpyro.plate("area", n_area):
        q = numpyro.sample("q", dist.HalfNormal(1.0))  # q[area] ~ HalfNormal(1)   walks.gen:7

    # x[area, time] ~ Normal(x[time - 1] + u[time - 1] * w, q)   walks.gen:9
    def x_step(x_prev, time_input_t):
        return dist.Normal(x_prev + time_input_t, q)

    x_start = jnp.full((1, n_area), 0.0)  # x[area, time = first] = 0   walks.gen:8
    # x[area, time = first] = 0   walks.gen:8
    x = numpyro.sample(
        "x.rest",
        Recurrent([], x_step, n_time, inputs=[(u[:-1] * w[:, 1:]).T], axis=1, before=x_start),
    )
    x = numpyro.deterministic(
        "x",
        jnp.moveaxis(jnp.concatenate([x_start, jnp.moveaxis(x, 1, 0)]), 0, 1),
    )
    with numpyro.plate("area", n_area, dim=-2), numpyro.plate("time", n_time, dim=-1):
        # y[area, time] ~ Normal(x, 1)   walks.gen:10
        numpyro.sample("y", dist.Normal(x, 1.0), obs=y)


# --- distributions that NumPyro lacks ---
