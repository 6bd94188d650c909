"""The model slopes, from slopes.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_item: int, n_row: int, n_other: int, item_of, x, asked, y=None, n_pair: int = 2):
    pair_plate = pyro.plate("pair", n_pair, dim=-1)
    # L[pair, other] ~ LKJCholesky(2)   slopes.gen:9
    L = pyro.sample("L", LKJCholesky(dimension=n_other, concentration=2.0))
    with pair_plate:
        # scale[pair] ~ HalfNormal(1)   slopes.gen:10
        scale = pyro.sample("scale", dist.HalfNormal(1.0))
    with pyro.plate("item", n_item, dim=-2), pair_plate:
        z = pyro.sample("z", dist.Normal(0.0, 1.0))  # z[item, pair] ~ Normal(0, 1)   slopes.gen:11
    # xi[item, pair] = scale * sum[other](L * z[pair = other])   slopes.gen:12
    xi = pyro.deterministic("xi", scale * (L @ z.T).T)
    with pyro.plate("row", n_row):
        # y[row] ~ Normal(xi[item_of, pair = intercept] + xi[item_of, pair = slope]…   slopes.gen:13
        pyro.sample("y", dist.Normal(xi[item_of, 1] + xi[item_of, 0] * x, 1.0).mask(asked), obs=y)
