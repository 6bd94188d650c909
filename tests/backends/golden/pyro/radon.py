"""The model radon, from radon.gen."""

import functools
import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(
    *,
    n_house: int,
    n_county: int,
    county_AITKIN: int,
    county_of,
    floor,
    uranium,
    y=None,
    predict: bool = False,
):
    house_plate = pyro.plate("house", n_house, dim=-1)
    mu = pyro.sample("mu", dist.Normal(0.0, 10.0))  # mu ~ Normal(0, 10)   radon.gen:8
    slope = pyro.sample("slope", dist.Normal(0.0, 5.0))  # slope ~ Normal(0, 5)   radon.gen:9
    tau = pyro.sample("tau", dist.HalfNormal(1.0))  # tau ~ HalfNormal(1)   radon.gen:10
    # sigma : real > 0 ~ StudentT(3, 0, 1)   radon.gen:11
    sigma = pyro.sample("sigma", Truncated(dist.StudentT(3.0, 0.0, 1.0), low=0.0))
    with pyro.plate("county", n_county):
        # alpha[county] ~ Normal(mu + slope * uranium, tau)   radon.gen:12
        alpha_raw = pyro.sample("alpha.raw", dist.Normal(0.0, 1.0))
    # alpha[county] ~ Normal(mu + slope * uranium, tau)   radon.gen:12
    alpha = pyro.deterministic("alpha", mu + slope * uranium + tau * alpha_raw)
    beta = pyro.sample("beta", dist.Normal(0.0, 5.0))  # beta ~ Normal(0, 5)   radon.gen:13
    with house_plate:
        # y[house] ~ Normal(alpha[county_of] + beta * floor, sigma)   radon.gen:14
        pyro.sample("y", dist.Normal(alpha[county_of] + beta * floor, sigma), obs=y)
    if predict:
        # predict aitkin = alpha["AITKIN"] - mean[county](alpha)   radon.gen:16
        pyro.deterministic("aitkin", alpha[county_AITKIN] - torch.mean(alpha))
        with house_plate:
            # predict y_new[house] ~ Normal(alpha[county_of], sigma)   radon.gen:17
            pyro.sample("y_new", dist.Normal(alpha[county_of], sigma))
