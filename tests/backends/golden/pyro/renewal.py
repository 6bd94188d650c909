"""The model renewal, from renewal.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from pyro.poutine.messenger import Messenger


def model(*, n_time: int, n_area: int, n_seed: int, g, w, cases=None):
    area_plate = pyro.plate("area", n_area, dim=-1)
    with area_plate:
        # seed[area] ~ Exponential(0.1)   renewal.gen:9
        seed = pyro.sample("seed", dist.Exponential(0.1))
        R = pyro.sample("R", dist.LogNormal(0.0, 1.0))  # R[area] ~ LogNormal(0, 1)   renewal.gen:10
    # infections[time < n_seed, area] = seed   renewal.gen:11
    infections_start = torch.broadcast_to(seed, (n_seed, n_area))

    def step(infections_past, _):
        # infections[time, area] = R * convolve[time](infections, g[time - 1])   renewal.gen:12
        infections_now = R * (g @ infections_past)
        return torch.cat([infections_now[None], infections_past[:-1]]), infections_now

    _, infections = scan(
        step,
        latest(infections_start[:n_seed], n_time),
        None,
        length=n_time - n_seed,
    )
    infections = pyro.deterministic("infections", torch.cat([infections_start, infections]))
    # x[time < 3] ~ Normal(0, 1)   renewal.gen:13
    x_start = pyro.sample("x.start", dist.Normal(0.0, 1.0).expand([3]).to_event(1))

    def step_(x_past, _):
        # x[time] ~ Normal(sum[k = 1..3](w[lag = k] * x[time - k]), 1)   renewal.gen:14
        x_now = pyro.sample("x.rest", dist.Normal(w[1:4] @ x_past[:3], 1.0))
        return torch.cat([x_now[None], x_past[:-1]]), x_now

    _, x = scan_sites(step_, latest(x_start[:3], 3), None, length=n_time - 3)
    x = pyro.deterministic("x", torch.cat([x_start, x]))
    with pyro.plate("time", n_time, dim=-2), area_plate:
        # cases[time, area] ~ Poisson(1 + infections + convolve[time](infections, …   renewal.gen:15
        pyro.sample(
            "cases",
            Poisson(1 + infections + convolve(infections, w[1:]) * torch.exp(x)[:, None]),
            obs=cases,
        )
