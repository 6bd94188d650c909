"""The model glmm_poisson, from glmm_poisson.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(
    *,
    n_count: int,
    n_gap: int,
    n_site: int,
    obssite,
    missite,
    obs=None,
    predict: bool = False,
):
    # mu_alpha ~ Normal(0, 10)   glmm_poisson.gen:8
    mu_alpha = pyro.sample("mu_alpha", dist.Normal(0.0, 10.0))
    # sd_alpha ~ Uniform(0, 5)   glmm_poisson.gen:9
    sd_alpha = pyro.sample("sd_alpha", Uniform(0.0, 5.0))
    with pyro.plate("site", n_site):
        # alpha[site] ~ Normal(mu_alpha, sd_alpha) as centred   glmm_poisson.gen:10
        alpha = pyro.sample("alpha", dist.Normal(mu_alpha, sd_alpha))
    with pyro.plate("count", n_count):
        # obs[count] ~ Poisson(log_rate = alpha[obssite])   glmm_poisson.gen:12
        pyro.sample("obs", PoissonLog(alpha[obssite]), obs=obs)
    if predict:
        with pyro.plate("gap", n_gap):
            # predict mis[gap] ~ Poisson(log_rate = alpha[missite])   glmm_poisson.gen:13
            pyro.sample("mis", PoissonLog(alpha[missite]))
