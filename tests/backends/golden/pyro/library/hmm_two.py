"""The model hmm_two, from hmm_two.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_time: int, n_next: int, y, n_state: int = 2):
    with pyro.plate("state", n_state):
        # theta[state, next] ~ Dirichlet(1)   hmm_two.gen:8
        theta = pyro.sample("theta", dist.Dirichlet(torch.ones(n_next)))
    # mu[state] : positive_ordered ~ Normal([3, 10], 1)   hmm_two.gen:9
    mu = pyro.sample(
        "mu",
        Restricted(
            dist.Normal(torch.tensor([3.0, 10.0]), 1.0).to_event(1),
            constraints.positive_ordered_vector,
        ),
    )
    # z[time = first] : state ~ Categorical([0.5, 0.5])   hmm_two.gen:11
    z_start_log = log_or_impossible(torch.tensor([0.5, 0.5]))
    # z[time] : state ~ Categorical(theta[state = z[time - 1]])   hmm_two.gen:12
    z_step_log = torch.log(theta)
    y_log = dist.Normal(mu, 1.0).log_prob(y[:, None])  # y[time] ~ Normal(mu[z], 1)   hmm_two.gen:13
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
