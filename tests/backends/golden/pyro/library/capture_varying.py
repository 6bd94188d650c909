"""The model capture_varying, from capture_varying.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid


def model(*, n_animal: int, T, y):
    animal_plate = pyro.plate("animal", n_animal, dim=-1)
    omega = pyro.sample("omega", Uniform(0.0, 1.0))  # omega ~ Uniform(0, 1)   capture_varying.gen:7
    # mean_p ~ Uniform(0, 1)   capture_varying.gen:8
    mean_p = pyro.sample("mean_p", Uniform(0.0, 1.0))
    sigma = pyro.sample("sigma", Uniform(0.0, 5.0))  # sigma ~ Uniform(0, 5)   capture_varying.gen:9
    with animal_plate:
        # eps[animal] ~ Normal(logit(mean_p), sigma)   capture_varying.gen:10
        eps_raw = pyro.sample("eps.raw", dist.Normal(0.0, 1.0))
    # eps[animal] ~ Normal(logit(mean_p), sigma)   capture_varying.gen:10
    eps = pyro.deterministic("eps", torch.logit(mean_p) + sigma * eps_raw)
    # z[animal] ~ Bernoulli(omega)   capture_varying.gen:11
    z_log = Bernoulli(probs=omega).log_prob(torch.arange(2))
    # y[animal] ~ Binomial(T, z * inv_logit(eps))   capture_varying.gen:13
    y_log = BinomialLogit(T, torch.where(torch.arange(2) == 1, eps[:, None], -torch.inf)).log_prob(
        y[:, None],
    )
    with animal_plate:
        pyro.sample(
            "z.sum",
            SummedOut(
                [Hidden("z", 2, "animal", [n_animal])],
                [Table(z_log, "animal z"), Table(y_log, "animal z")],
                plates="animal",
            ),
            obs=torch.tensor(0.0),
        )
