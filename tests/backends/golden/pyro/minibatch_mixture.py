"""The model mixture, from <text>."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_row: int, batch_row: int, y, n_component: int = 3):
    # p[component] : simplex ~ Dirichlet(2)   <text>:5
    p = pyro.sample("p", dist.Dirichlet(torch.full((n_component,), 2.0)))
    # mu[component] : ordered ~ Normal(0, 5)   <text>:6
    mu = pyro.sample("mu", Ordered(dist.Normal(0.0, 5.0).expand([n_component]).to_event(1)))
    with pyro.plate("row", n_row, subsample_size=batch_row) as row:
        z_log = torch.log(p)  # z[row] : component ~ Categorical(p)   <text>:7
        # y[row] ~ Normal(mu[z], 1)   <text>:8
        y_log = dist.Normal(mu, 1.0).log_prob(y[row][:, None])
        pyro.sample(
            "z.sum",
            SummedOut(
                [Hidden("z", n_component, "row", [batch_row])],
                [Table(z_log, "row z"), Table(y_log, "row z")],
                plates="row",
            ),
            obs=torch.tensor(0.0),
        )
