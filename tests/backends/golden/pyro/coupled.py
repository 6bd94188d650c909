"""The model coupled, from coupled.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.poutine.messenger import Messenger


def model(*, n_time: int, n_area: int, y=None):
    area_plate = pyro.plate("area", n_area, dim=-1)
    a = pyro.sample("a", dist.Normal(0.0, 1.0))  # a ~ Normal(0, 1)   coupled.gen:5
    s = pyro.sample("s", dist.HalfNormal(1.0))  # s ~ HalfNormal(1)   coupled.gen:6
    # u[time = first, area] ~ Normal(0, 1)   coupled.gen:7
    u_start = pyro.sample("u.start", dist.Normal(0.0, 1.0).expand([1, n_area]).to_event(2))
    # v[time = first, area] ~ Normal(0, 1)   coupled.gen:8
    v_start = pyro.sample("v.start", dist.Normal(0.0, 1.0).expand([1, n_area]).to_event(2))

    def step(carry, _):
        u_prev, v_prev = carry
        with area_plate:
            # u[time, area] ~ Normal(a * v[time - 1], s)   coupled.gen:9
            u_now = pyro.sample("u.rest", dist.Normal(a * v_prev, s))
            # v[time, area] ~ Normal(u[time - 1] + v[time - 1], s)   coupled.gen:10
            v_now = pyro.sample("v.rest", dist.Normal(u_prev + v_prev, s))
        return (u_now, v_now), (u_now, v_now)

    _, (u, v) = scan_sites(step, (u_start[-1], v_start[-1]), None, length=n_time - 1)
    u = pyro.deterministic("u", torch.cat([u_start, u]))
    v = pyro.deterministic("v", torch.cat([v_start, v]))
    with pyro.plate("time", n_time, dim=-2), area_plate:
        # y[time, area] ~ Normal(u + v, s)   coupled.gen:11
        pyro.sample("y", dist.Normal(u + v, s), obs=y)
