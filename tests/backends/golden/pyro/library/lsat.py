"""The model lsat, from lsat.gen."""

import functools
import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid


def prepare(*, n_person: int, response, culm):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    # let pattern_of[person] = sum[pattern](pos(person) >= culm)   lsat.gen:13
    pattern_of = torch.sum(torch.arange(n_person)[:, None] >= culm, dim=1)
    # let correct[person, item] = response[pattern = pattern_of]   lsat.gen:14
    correct = response[pattern_of]
    return dict(correct=correct)


def model(*, n_item: int, n_person: int, correct):
    item_plate = pyro.plate("item", n_item, dim=-1)
    person_plate = pyro.plate("person", n_person, dim=-1)
    person_plate_ = pyro.plate("person_", n_person, dim=-2)
    with item_plate:
        # alpha[item] ~ Normal(0, 100)   lsat.gen:9
        alpha = pyro.sample("alpha", dist.Normal(0.0, 100.0))
    with person_plate:
        # theta[person] ~ Normal(0, 1)   lsat.gen:10
        theta = pyro.sample("theta", dist.Normal(0.0, 1.0))
    # beta : real > 0 ~ Normal(0, 100)   lsat.gen:11
    beta = pyro.sample("beta", Truncated(dist.Normal(0.0, 100.0), low=0.0))
    with person_plate_, item_plate:
        # observe correct ~ Bernoulli(logit = beta * theta - alpha)   lsat.gen:15
        pyro.sample("observe", Bernoulli(logits=(beta * theta)[:, None] - alpha), obs=correct)
    # mean_alpha = mean[item](alpha)   lsat.gen:17
    mean_alpha = pyro.deterministic("mean_alpha", torch.mean(alpha))
    pyro.deterministic("a", alpha - mean_alpha)  # a[item] = alpha - mean_alpha   lsat.gen:18
