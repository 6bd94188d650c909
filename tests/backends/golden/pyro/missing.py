"""The model missing, from missing.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(
    *,
    n_row: int,
    x=None,
    y=None,
    v=None,
    x_missing_at=(),
    v_known=True,
    n_x_missing: int = 0,
):
    row_plate = pyro.plate("row", n_row, dim=-1)
    if x is not None:
        # data x[row] : real?   missing.gen:3
        x_missing = pyro.sample(
            "x.missing",
            dist.ImproperUniform(constraints.real, (), (n_x_missing,)),
        )
        x = put(torch.as_tensor(x), x_missing_at, x_missing)
    m = pyro.sample("m", dist.Normal(0.0, 1.0))  # m ~ Normal(0, 1)   missing.gen:6
    with row_plate:
        x = pyro.sample("x", dist.Normal(m, 1.0), obs=x)  # x[row] ~ Normal(m, 1)   missing.gen:8
        # v[row] ~ Normal(m, 2)   missing.gen:10
        pyro.sample("v", dist.Normal(m, 2.0).mask(v_known), obs=v)
    b = pyro.sample("b", dist.Normal(0.0, 1.0))  # b ~ Normal(0, 1)   missing.gen:7
    with row_plate:
        # y[row] ~ Normal(b * x, 1)   missing.gen:9
        pyro.sample("y", dist.Normal(b * x, 1.0), obs=y)
