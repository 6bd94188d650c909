"""The model hmm, from hidden_markov.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_time: int, n_next: int, y, n_state: int = 3):
    with pyro.plate("state", n_state):
        # P[state, next] ~ Dirichlet(1)   hidden_markov.gen:6
        P = pyro.sample("P", dist.Dirichlet(torch.ones(n_next)))
    # p[state] ~ Dirichlet(1)   hidden_markov.gen:7
    p = pyro.sample("p", dist.Dirichlet(torch.ones(n_state)))
    # mu[state] : ordered ~ Normal(0, 5)   hidden_markov.gen:8
    mu = pyro.sample("mu", Ordered(dist.Normal(0.0, 5.0).expand([n_state]).to_event(1)))
    z_start_log = torch.log(p)  # z[time = first] ~ Categorical(p)   hidden_markov.gen:9
    z_step_log = torch.log(P)  # z[time] ~ Categorical(P[z[time - 1]])   hidden_markov.gen:10
    # y[time] ~ Normal(mu[z], 1)   hidden_markov.gen:11
    y_log = dist.Normal(mu, 1.0).log_prob(y[:, None])
    pyro.sample(
        "z.sum",
        SummedOutChains(
            [Hidden("z", n_state, "time", [n_time], along="time")],
            [
                Table(z_start_log, "time z", until=1),
                Table(z_step_log, "time z-1 z", since=1),
                Table(y_log, "time z"),
            ],
        ),
        obs=torch.tensor(0.0),
    )
