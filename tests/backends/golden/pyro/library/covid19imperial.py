"""The model covid19imperial, from covid19imperial.gen."""

import functools
import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid


def prepare(*, n_time: int, N, EpidemicStart):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    # deaths[time, country] ~ NegativeBinomial(expected, phi) where pos(ti…   covid19imperial.gen:38
    deaths_holds = torch.logical_and(
        torch.arange(n_time)[:, None] >= EpidemicStart - 1,
        torch.arange(n_time)[:, None] < N,
    )
    return dict(deaths_holds=deaths_holds)


def model(
    *,
    n_country: int,
    n_time: int,
    n_measure: int,
    N0: int,
    f,
    SI,
    X,
    pop,
    deaths_holds,
    deaths=None,
):
    country_plate = pyro.plate("country", n_country, dim=-1)
    # kappa ~ HalfNormal(0.5)   covid19imperial.gen:20
    kappa = pyro.sample("kappa", dist.HalfNormal(0.5))
    with country_plate:
        # mu[country] : real > 0 ~ Flat()   covid19imperial.gen:21
        mu = pyro.sample("mu", dist.ImproperUniform(constraints.positive, (), ()))
        # observe mu ~ Normal(3.28, kappa)   covid19imperial.gen:22
        pyro.sample("observe", dist.Normal(3.28, kappa), obs=mu)
    with pyro.plate("measure", n_measure):
        # alpha_hier[measure] ~ Gamma(0.1667, 1)   covid19imperial.gen:23
        alpha_hier = pyro.sample("alpha_hier", dist.Gamma(0.1667, 1.0))
    # tau ~ Exponential(0.03)   covid19imperial.gen:24
    tau = pyro.sample("tau", dist.Exponential(0.03))
    with country_plate:
        # y[country] ~ Exponential(1 / tau)   covid19imperial.gen:25
        y = pyro.sample("y", dist.Exponential(1 / tau))
    phi = pyro.sample("phi", dist.HalfNormal(5.0))  # phi ~ HalfNormal(5)   covid19imperial.gen:26
    with country_plate:
        # ifr_noise[country] : real > 0 ~ Normal(1, 0.1)   covid19imperial.gen:27
        ifr_noise = pyro.sample("ifr_noise", Truncated(dist.Normal(1.0, 0.1), low=0.0))
    # let alpha[measure] = alpha_hier - log(1.05) / 6   covid19imperial.gen:29
    alpha = alpha_hier - math.log(1.05) / 6
    # let R[time, country] = mu * exp(-(X @ alpha))   covid19imperial.gen:30
    R = mu * torch.exp(-torch.einsum("abc,c->ba", X, alpha))
    # let infected[time < N0, country] = y * pos(time)   covid19imperial.gen:32
    infected_start = y * torch.arange(0, N0)[:, None]
    # infections[time < N0, country] = y   covid19imperial.gen:34
    infections_start = torch.broadcast_to(y, (N0, n_country))

    def step(carry, R_t):
        infected_prev, infections_prev, infections_past = carry
        # let infected[time, country] = infected[time - 1] + infections[ti…   covid19imperial.gen:33
        infected_now = infected_prev + infections_prev
        # infections[time, country] = (1 - infected / pop) * R * convolve[…   covid19imperial.gen:35
        infections_now = (1 - infected_now / pop) * R_t * (SI @ infections_past)
        return (
            (infected_now, infections_now, torch.cat([infections_now[None], infections_past[:-1]])),
            (infected_now, infections_now),
        )

    _, (infected, infections) = scan(
        step,
        (infected_start[-1], infections_start[-1], latest(infections_start[:N0], n_time)),
        R[N0:],
    )
    infected = torch.cat([infected_start, infected])
    infections = pyro.deterministic("infections", torch.cat([infections_start, infections]))
    # expected[time, country] = ifr_noise * convolve[time](infections, f[t…   covid19imperial.gen:37
    expected = pyro.deterministic(
        "expected",
        ifr_noise * torch.einsum("ab,acb->cb", f, lagged(infections, 1, n_time, 0)),
    )
    with pyro.plate("time", n_time, dim=-2), country_plate:
        # deaths[time, country] ~ NegativeBinomial(expected, phi) where po…   covid19imperial.gen:38
        pyro.sample(
            "deaths",
            NegativeBinomial(torch.where(deaths_holds, expected, 1.0), phi).mask(deaths_holds),
            obs=deaths,
        )
