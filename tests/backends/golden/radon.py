"""The model radon, from radon.gen."""

import functools

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special
from numpyro.distributions import constraints


def model(
    *,
    n_house: int,
    n_county: int,
    county_AITKIN: int,
    county_of,
    floor,
    uranium,
    y=None,
    predict: bool = False,
):
    mu = numpyro.sample("mu", dist.Normal(0.0, 10.0))  # mu ~ Normal(0, 10)   radon.gen:8
    slope = numpyro.sample("slope", dist.Normal(0.0, 5.0))  # slope ~ Normal(0, 5)   radon.gen:9
    tau = numpyro.sample("tau", dist.HalfNormal(1.0))  # tau ~ HalfNormal(1)   radon.gen:10
    # sigma : real > 0 ~ StudentT(3, 0, 1)   radon.gen:11
    sigma = numpyro.sample("sigma", Truncated(dist.StudentT(3.0, 0.0, 1.0), low=0.0))
    with numpyro.plate("county", n_county):
        # alpha[county] ~ Normal(mu + slope * uranium, tau)   radon.gen:12
        alpha_raw = numpyro.sample("alpha.raw", dist.Normal(0.0, 1.0))
    # alpha[county] ~ Normal(mu + slope * uranium, tau)   radon.gen:12
    alpha = numpyro.deterministic("alpha", mu + slope * uranium + tau * alpha_raw)
    beta = numpyro.sample("beta", dist.Normal(0.0, 5.0))  # beta ~ Normal(0, 5)   radon.gen:13
    with numpyro.plate("house", n_house):
        # y[house] ~ Normal(alpha[county_of] + beta * floor, sigma)   radon.gen:14
        numpyro.sample("y", dist.Normal(alpha[county_of] + beta * floor, sigma), obs=y)
    if predict:
        # predict aitkin = alpha["AITKIN"] - mean[county](alpha)   radon.gen:16
        aitkin = numpyro.deterministic("aitkin", alpha[county_AITKIN] - jnp.mean(alpha))
        with numpyro.plate("house", n_house):
            # predict y_new[house] ~ Normal(alpha[county_of], sigma)   radon.gen:17
            numpyro.sample("y_new", dist.Normal(alpha[county_of], sigma))


# --- distributions that NumPyro lacks ---
