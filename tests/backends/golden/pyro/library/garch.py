"""The model garch, from garch.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_time: int, y, sigma1):
    # mu ~ Flat()   garch.gen:7
    mu = pyro.sample("mu", dist.ImproperUniform(constraints.real, (), ()))
    # alpha0 : real > 0 ~ Flat()   garch.gen:8
    alpha0 = pyro.sample("alpha0", dist.ImproperUniform(constraints.positive, (), ()))
    # alpha1 : 0 < real < 1 ~ Uniform(0, 1)   garch.gen:9
    alpha1 = pyro.sample("alpha1", Uniform(0.0, 1.0))
    # beta1 : 0 < real < 1 - alpha1 ~ Flat()   garch.gen:10
    beta1 = pyro.sample(
        "beta1",
        dist.ImproperUniform(constraints.interval(0.0, 1 - alpha1), (), ()),
    )
    sigma_start = sigma1.expand(1)  # sigma[time = first] = sigma1   garch.gen:12

    def step(sigma_prev, time_input_t):
        # sigma[time] = sqrt(alpha0 + alpha1 * (y[time - 1] - mu)^2 + beta1 * sigma[…   garch.gen:13
        sigma_now = torch.sqrt(time_input_t + beta1 * sigma_prev ** 2)
        return sigma_now, sigma_now

    _, sigma = scan(step, sigma_start[-1], alpha0 + alpha1 * (y[:-1] - mu) ** 2)
    sigma = pyro.deterministic("sigma", torch.cat([sigma_start, sigma]))
    with pyro.plate("time", n_time):
        # y[time] ~ Normal(mu, sigma)   garch.gen:15
        pyro.sample("y", dist.Normal(mu, sigma), obs=y)
