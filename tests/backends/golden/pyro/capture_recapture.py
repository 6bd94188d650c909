"""The model capture, from capture_recapture.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid


def model(*, n_i: int, y):
    # omega ~ Beta(1, 1)   capture_recapture.gen:4
    omega = pyro.sample("omega", dist.Beta(1.0, 1.0))
    p = pyro.sample("p", dist.Beta(1.0, 1.0))  # p ~ Beta(1, 1)   capture_recapture.gen:5
    # w[i] ~ Bernoulli(omega)   capture_recapture.gen:6
    w_log = Bernoulli(probs=omega).log_prob(torch.arange(2))
    # y[i, t] ~ Bernoulli(w * p)   capture_recapture.gen:7
    y_log = AtEdges(Bernoulli, "probs", torch.arange(2) * p, at_0=0, at_1=1).log_prob(y[:, :, None])
    with pyro.plate("i", n_i):
        pyro.sample(
            "w.sum",
            SummedOut(
                [Hidden("w", 2, "i", [n_i])],
                [Table(w_log, "i w"), Table(y_log, "i t w")],
                plates="i",
            ),
            obs=torch.tensor(0.0),
        )
