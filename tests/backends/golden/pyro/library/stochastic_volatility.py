"""The model stochastic_volatility, from stochastic_volatility.gen."""

import pyro
import pyro.distributions as dist
import torch


def model(*, n_time: int, y=None):
    time_plate = pyro.plate("time", n_time, dim=-1)
    mu = pyro.sample("mu", dist.Normal(0.0, 5.0))  # mu ~ Normal(0, 5)   stochastic_volatility.gen:6
    # persistence ~ Beta(20, 1.5)   stochastic_volatility.gen:7
    persistence = pyro.sample("persistence", dist.Beta(20.0, 1.5))
    # phi = 2 * persistence - 1   stochastic_volatility.gen:8
    phi = pyro.deterministic("phi", 2 * persistence - 1)
    q = pyro.sample("q", dist.HalfNormal(0.5))  # q ~ HalfNormal(0.5)   stochastic_volatility.gen:9
    with time_plate:
        # h[time] ~ Normal(mu + phi * (h[time - 1] - mu), q)   stochastic_volatility.gen:12
        h_raw = pyro.sample("h.raw", dist.Normal(0.0, 1.0))
    # h[time = first] ~ Normal(mu, q / sqrt(1 - phi^2))   stochastic_volatility.gen:11
    h_start = mu + q / torch.sqrt(1 - phi ** 2) * h_raw[:1]

    def step(h_prev, time_input_t):
        # h[time] ~ Normal(mu + phi * (h[time - 1] - mu), q)   stochastic_volatility.gen:12
        h_now = mu + phi * (h_prev - mu) + time_input_t
        return h_now, h_now

    _, h = scan(step, h_start[-1], q * h_raw[1:])
    h = pyro.deterministic("h", torch.cat([h_start, h]))
    with time_plate:
        # y[time] ~ Normal(0, exp(h / 2))   stochastic_volatility.gen:14
        pyro.sample("y", dist.Normal(0.0, torch.exp(h / 2)), obs=y)
