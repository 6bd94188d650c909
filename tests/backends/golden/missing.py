"""The model missing, from missing.gen."""

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints


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
    if x is not None:
        # data x[row] : real?   missing.gen:3
        x_missing = numpyro.sample(
            "x.missing",
            dist.ImproperUniform(constraints.real, (), (n_x_missing,)),
        )
        x = jnp.asarray(x).at[x_missing_at].set(x_missing)
    m = numpyro.sample("m", dist.Normal(0.0, 1.0))  # m ~ Normal(0, 1)   missing.gen:6
    with numpyro.plate("row", n_row):
        x = numpyro.sample("x", dist.Normal(m, 1.0), obs=x)  # x[row] ~ Normal(m, 1)   missing.gen:8
        # v[row] ~ Normal(m, 2)   missing.gen:10
        numpyro.sample("v", dist.Normal(m, 2.0).mask(v_known), obs=v)
    b = numpyro.sample("b", dist.Normal(0.0, 1.0))  # b ~ Normal(0, 1)   missing.gen:7
    with numpyro.plate("row", n_row):
        # y[row] ~ Normal(b * x, 1)   missing.gen:9
        numpyro.sample("y", dist.Normal(b * x, 1.0), obs=y)
