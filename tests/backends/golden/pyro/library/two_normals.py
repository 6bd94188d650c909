"""The model two_normals, from two_normals.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_row: int, y=None, n_component: int = 2):
    theta = pyro.sample("theta", dist.Beta(5.0, 5.0))  # theta ~ Beta(5, 5)   two_normals.gen:7
    # mu[component] : ordered ~ Normal(0, 2)   two_normals.gen:8
    mu = pyro.sample("mu", Ordered(dist.Normal(0.0, 2.0).expand([n_component]).to_event(1)))
    with pyro.plate("component", n_component):
        # sigma[component] ~ HalfNormal(2)   two_normals.gen:9
        sigma = pyro.sample("sigma", dist.HalfNormal(2.0))
    # let share[component] = [theta, 1 - theta]   two_normals.gen:11
    share = torch.stack([theta, 1 - theta])
    with pyro.plate("row", n_row):
        # y[row] ~ Mixture(share, Normal(mu, sigma))   two_normals.gen:12
        pyro.sample("y", Mixture(share, dist.Normal(mu, sigma)), obs=y)
