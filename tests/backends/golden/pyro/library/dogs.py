"""The model dogs, from dogs.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid


def model(*, n_dog: int, n_trial: int, y):
    beta1 = pyro.sample("beta1", dist.Normal(0.0, 100.0))  # beta1 ~ Normal(0, 100)   dogs.gen:7
    beta2 = pyro.sample("beta2", dist.Normal(0.0, 100.0))  # beta2 ~ Normal(0, 100)   dogs.gen:8
    beta3 = pyro.sample("beta3", dist.Normal(0.0, 100.0))  # beta3 ~ Normal(0, 100)   dogs.gen:9
    # let shocks[dog, trial] = cumsum[trial](y) - y   dogs.gen:11
    shocks = torch.cumsum(y, dim=1) - 1 * y
    # let avoided[dog, trial] = pos(trial) - shocks   dogs.gen:12
    avoided = torch.arange(n_trial) - shocks
    with pyro.plate("dog", n_dog, dim=-2), pyro.plate("trial", n_trial, dim=-1):
        # y[dog, trial] ~ Bernoulli(logit = beta1 + beta2 * avoided + beta3 * shocks)   dogs.gen:13
        pyro.sample("y", Bernoulli(logits=beta1 + beta2 * avoided + beta3 * shocks), obs=y)
