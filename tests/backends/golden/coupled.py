"""The model coupled, from coupled.gen."""

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.contrib.control_flow import scan


def model(*, n_time: int, n_area: int, y=None):
    a = numpyro.sample("a", dist.Normal(0.0, 1.0))  # a ~ Normal(0, 1)   coupled.gen:5
    s = numpyro.sample("s", dist.HalfNormal(1.0))  # s ~ HalfNormal(1)   coupled.gen:6
    # u[time = first, area] ~ Normal(0, 1)   coupled.gen:7
    u_start = numpyro.sample("u.start", dist.Normal(0.0, 1.0).expand([1, n_area]))
    # v[time = first, area] ~ Normal(0, 1)   coupled.gen:8
    v_start = numpyro.sample("v.start", dist.Normal(0.0, 1.0).expand([1, n_area]))

    def step(carry, _):
        u_prev, v_prev = carry
        with numpyro.plate("area", n_area):
            # u[time, area] ~ Normal(a * v[time - 1], s)   coupled.gen:9
            u_now = numpyro.sample("u.rest", dist.Normal(a * v_prev, s))
            # v[time, area] ~ Normal(u[time - 1] + v[time - 1], s)   coupled.gen:10
            v_now = numpyro.sample("v.rest", dist.Normal(u_prev + v_prev, s))
        return (u_now, v_now), (u_now, v_now)

    _, (u, v) = scan(step, (u_start[-1], v_start[-1]), None, length=n_time - 1)
    u = numpyro.deterministic("u", jnp.concatenate([u_start, u]))
    v = numpyro.deterministic("v", jnp.concatenate([v_start, v]))
    with numpyro.plate("time", n_time, dim=-2), numpyro.plate("area", n_area, dim=-1):
        # y[time, area] ~ Normal(u + v, s)   coupled.gen:11
        numpyro.sample("y", dist.Normal(u + v, s), obs=y)
