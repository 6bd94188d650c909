"""The model dawid_skene, from dawid_skene.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_item: int, n_rater: int, n_answer: int, item_of, rater_of, y, n_k: int = 3):
    # pi[k] ~ Dirichlet(3)   dawid_skene.gen:8
    pi = pyro.sample("pi", dist.Dirichlet(torch.full((n_k,), 3.0)))
    with pyro.plate("rater", n_rater, dim=-2), pyro.plate("k", n_k, dim=-1):
        # theta[rater, k, answer] ~ Dirichlet(1)   dawid_skene.gen:9
        theta = pyro.sample("theta", dist.Dirichlet(torch.ones(n_answer)))
    z_log = torch.log(pi)  # z[item] ~ Categorical(pi)   dawid_skene.gen:10
    # y[rating] ~ Categorical(theta[rater_of, z[item_of]])   dawid_skene.gen:11
    y_log = segment_sum(torch.log(theta[rater_of, :, y]), item_of, n_item)
    with pyro.plate("item", n_item):
        pyro.sample(
            "z.sum",
            SummedOut(
                [Hidden("z", n_k, "item", [n_item])],
                [Table(z_log, "item z"), Table(y_log, "item z")],
                plates="item",
            ),
            obs=torch.tensor(0.0),
        )
