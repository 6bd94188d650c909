"""The model random_walk, from random_walk.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_time: int, y=None):
    phi = pyro.sample("phi", Uniform(-1.0, 1.0))  # phi ~ Uniform(-1, 1)   random_walk.gen:4
    q = pyro.sample("q", dist.HalfNormal(1.0))  # q ~ HalfNormal(1)   random_walk.gen:5

    # x[time] ~ Normal(phi * x[time - 1], q)   random_walk.gen:7
    def x_step(x_prev):
        return dist.Normal(phi * x_prev, q)

    # x[time = first] ~ Normal(0, 10)   random_walk.gen:6
    x = pyro.sample("x", Recurrent([dist.Normal(0.0, 10.0).expand([1])], x_step, n_time))
    with pyro.plate("time", n_time):
        pyro.sample("y", dist.Normal(x, 1.0), obs=y)  # y[time] ~ Normal(x, 1)   random_walk.gen:8
