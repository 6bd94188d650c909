"""The model logistic, from logistic.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid


def model(*, n_row: int, n_feature: int, X, y=None):
    # alpha ~ Flat()   logistic.gen:5
    alpha = pyro.sample("alpha", dist.ImproperUniform(constraints.real, (), ()))
    with pyro.plate("feature", n_feature):
        # beta[feature] ~ Normal(0, 2.5)   logistic.gen:6
        beta = pyro.sample("beta", dist.Normal(0.0, 2.5))
    with pyro.plate("row", n_row):
        # y[row] ~ Bernoulli(logit = alpha + X @ beta)   logistic.gen:7
        pyro.sample("y", Bernoulli(logits=alpha + X @ beta), obs=y)
