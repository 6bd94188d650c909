"""The model areas, from areas.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_area: int, left, right, y=None):
    area_plate = pyro.plate("area", n_area, dim=-1)
    with area_plate:
        phi = pyro.sample("phi", dist.Normal(0.0, 1.0))  # phi[area] ~ Normal(0, 1)   areas.gen:6
    # factor -0.5 * sum[edge]((phi[left] - phi[right])^2)   areas.gen:7
    pyro.factor("factor", -0.5 * torch.sum((phi[left] - phi[right]) ** 2))
    # observe sum[area](phi) ~ Normal(0, 0.1)   areas.gen:8
    pyro.sample("observe", dist.Normal(0.0, 0.1), obs=torch.sum(phi))
    with area_plate:
        pyro.sample("y", PoissonLog(phi), obs=y)  # y[area] ~ Poisson(log_rate = phi)   areas.gen:9
