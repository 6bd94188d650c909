"""The model seeds, from seeds.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid


def model(*, n_plate: int, N, x1, x2, n=None):
    plate_plate = pyro.plate("plate", n_plate, dim=-1)
    # alpha0 ~ Normal(0, 1000)   seeds.gen:9
    alpha0 = pyro.sample("alpha0", dist.Normal(0.0, 1000.0))
    # alpha1 ~ Normal(0, 1000)   seeds.gen:10
    alpha1 = pyro.sample("alpha1", dist.Normal(0.0, 1000.0))
    # alpha2 ~ Normal(0, 1000)   seeds.gen:11
    alpha2 = pyro.sample("alpha2", dist.Normal(0.0, 1000.0))
    # alpha12 ~ Normal(0, 1000)   seeds.gen:12
    alpha12 = pyro.sample("alpha12", dist.Normal(0.0, 1000.0))
    tau = pyro.sample("tau", dist.Gamma(0.001, 0.001))  # tau ~ Gamma(0.001, 0.001)   seeds.gen:13
    sigma = pyro.deterministic("sigma", 1 / torch.sqrt(tau))  # sigma = 1 / sqrt(tau)   seeds.gen:14
    with plate_plate:
        # b[plate] ~ Normal(0, sigma)   seeds.gen:15
        b_raw = pyro.sample("b.raw", dist.Normal(0.0, 1.0))
    b = pyro.deterministic("b", sigma * b_raw)  # b[plate] ~ Normal(0, sigma)   seeds.gen:15
    with plate_plate:
        # n[plate] ~ Binomial(N, logit = alpha0 + alpha1 * x1 + alpha2 * x2 + alpha1…   seeds.gen:17
        pyro.sample(
            "n",
            BinomialLogit(N, alpha0 + alpha1 * x1 + alpha2 * x2 + alpha12 * x1 * x2 + b),
            obs=n,
        )
