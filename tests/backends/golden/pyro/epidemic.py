"""The model epidemic, from epidemic.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_time: int, cases=None):
    beta = pyro.sample("beta", dist.HalfNormal(1.0))  # beta ~ HalfNormal(1)   epidemic.gen:4
    S_start = torch.full((1,), 990.0)  # S[time = first] = 990   epidemic.gen:5
    I_start = torch.full((1,), 10.0)  # I[time = first] = 10   epidemic.gen:6

    def step(carry, _):
        S_prev, I_prev = carry
        # S[time] = S[time - 1] - beta * S[time - 1] * I[time - 1] / 1000   epidemic.gen:7
        S_now = S_prev - beta * S_prev * I_prev / 1000
        # I[time] = I[time - 1] + beta * S[time - 1] * I[time - 1] / 1000 - 0.1 * …   epidemic.gen:8
        I_now = I_prev + beta * S_prev * I_prev / 1000 - 0.1 * I_prev
        return (S_now, I_now), (S_now, I_now)

    _, (S, I) = scan(step, (S_start[-1], I_start[-1]), None, length=n_time - 1)
    S = pyro.deterministic("S", torch.cat([S_start, S]))
    I = pyro.deterministic("I", torch.cat([I_start, I]))
    with pyro.plate("time", n_time):
        pyro.sample("cases", Poisson(I), obs=cases)  # cases[time] ~ Poisson(I)   epidemic.gen:9
