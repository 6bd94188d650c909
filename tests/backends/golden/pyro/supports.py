"""The model supports, from supports.gen."""

import functools
import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.distributions import biject_to, transform_to
from torch.distributions.transforms import Transform


def model(*, n_row: int, n_state: int, n_next: int, y=None, z=None, n_k: int = 3):
    row_plate = pyro.plate("row", n_row, dim=-1)
    w = pyro.sample("w", dist.Dirichlet(torch.ones(n_k)))  # w[k] ~ Dirichlet(1)   supports.gen:8
    # mu[k] : ordered ~ Normal(0, 5)   supports.gen:9
    mu = pyro.sample("mu", Ordered(dist.Normal(0.0, 5.0).expand([n_k]).to_event(1)))
    with pyro.plate("k", n_k):
        s = pyro.sample("s", dist.LogNormal(0.0, 1.0))  # s[k] ~ LogNormal(0, 1)   supports.gen:10
    with pyro.plate("state", n_state):
        # P[state, next] ~ Dirichlet(2)   supports.gen:11
        P = pyro.sample("P", dist.Dirichlet(torch.full((n_next,), 2.0)))
    with row_plate:
        # z[row] ~ Categorical(P[state = 0])   supports.gen:16
        pyro.sample("z", Categorical(P[0]), obs=z)
    a = pyro.sample("a", Uniform(0.0, 1.0))  # a : 0 < real < 1 ~ Uniform(0, 1)   supports.gen:12
    # c : real > a ~ Normal(0, 1)   supports.gen:13
    pyro.sample("c", Truncated(dist.Normal(0.0, 1.0), low=a))
    # d[k] : sum_to_zero ~ Normal(0, 1)   supports.gen:14
    d = pyro.sample("d", SumToZero(dist.Normal(0.0, 1.0).expand([n_k]).to_event(1)))
    with row_plate:
        # y[row] ~ Mixture(w, Normal(mu + d, s))   supports.gen:15
        pyro.sample("y", Mixture(w, dist.Normal(mu + d, s)), obs=y)
