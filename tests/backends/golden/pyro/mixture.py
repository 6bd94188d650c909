"""The model mix, from mixture.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_row: int, y, n_k: int = 3):
    w = pyro.sample("w", dist.Dirichlet(torch.ones(n_k)))  # w[k] ~ Dirichlet(1)   mixture.gen:5
    # mu[k] : ordered ~ Normal(0, 5)   mixture.gen:6
    mu = pyro.sample("mu", Ordered(dist.Normal(0.0, 5.0).expand([n_k]).to_event(1)))
    sigma = pyro.sample("sigma", dist.HalfNormal(2.0))  # sigma ~ HalfNormal(2)   mixture.gen:7
    z_log = torch.log(w)  # z[row] ~ Categorical(w)   mixture.gen:8
    # y[row] ~ Normal(mu[z], sigma)   mixture.gen:9
    y_log = dist.Normal(mu, sigma).log_prob(y[:, None])
    with pyro.plate("row", n_row):
        pyro.sample(
            "z.sum",
            SummedOut(
                [Hidden("z", n_k, "row", [n_row])],
                [Table(z_log, "row z"), Table(y_log, "row z")],
                plates="row",
            ),
            obs=torch.tensor(0.0),
        )
