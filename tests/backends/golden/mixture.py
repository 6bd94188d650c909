"""The model mix, from mixture.gen."""

import functools
import math

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax.scipy import special
from numpyro.distributions import constraints


def model(*, n_row: int, y, n_k: int = 3):
    # w[k] ~ Dirichlet(1)   mixture.gen:5
    w = numpyro.sample("w", dist.Dirichlet(jnp.full(n_k, 1.0)))
    # mu[k] : ordered ~ Normal(0, 5)   mixture.gen:6
    mu = numpyro.sample("mu", Ordered(dist.Normal(0.0, 5.0).expand([n_k]).to_event(1)))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2.0))  # sigma ~ HalfNormal(2)   mixture.gen:7
    z_log = jnp.log(w)  # z[row] ~ Categorical(w)   mixture.gen:8
    # y[row] ~ Normal(mu[z], sigma)   mixture.gen:9
    y_log = dist.Normal(mu, sigma).log_prob(y[:, None])
    numpyro.sample(
        "z.sum",
        SummedOut(
            [Hidden("z", n_k, "row", [n_row])],
            [Table(z_log, "row z"), Table(y_log, "row z")],
            plates="row",
        ),
        obs=0.0,
    )


