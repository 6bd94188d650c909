"""The model walks, from walks.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_time: int, n_area: int, u, w, y=None):
    area_plate = pyro.plate("area", n_area, dim=-1)
    area_plate_ = pyro.plate("area_", n_area, dim=-2)
    with area_plate:
        q = pyro.sample("q", dist.HalfNormal(1.0))  # q[area] ~ HalfNormal(1)   walks.gen:7

    # x[area, time] ~ Normal(x[time - 1] + u[time - 1] * w, q)   walks.gen:9
    def x_step(x_prev, time_input_t):
        return dist.Normal(x_prev + time_input_t, q)

    x_start = torch.zeros(1, n_area)  # x[area, time = first] = 0   walks.gen:8
    # x[area, time = first] = 0   walks.gen:8
    x = pyro.sample(
        "x.rest",
        Recurrent([], x_step, n_time, inputs=[(u[:-1] * w[:, 1:]).T], axis=1, before=x_start),
    )
    x = pyro.deterministic("x", torch.movedim(torch.cat([x_start, torch.movedim(x, 1, 0)]), 0, 1))
    with area_plate_, pyro.plate("time", n_time, dim=-1):
        pyro.sample("y", dist.Normal(x, 1.0), obs=y)  # y[area, time] ~ Normal(x, 1)   walks.gen:10
