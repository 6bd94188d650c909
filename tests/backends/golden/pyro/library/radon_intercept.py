"""The model radon_intercept, from radon_intercept.gen."""

import pyro
import pyro.distributions as dist


def model(*, n_house: int, n_county: int, floor_measure, log_uppm, county_idx, log_radon=None):
    # mu_alpha ~ Normal(0, 10)   radon_intercept.gen:9
    mu_alpha = pyro.sample("mu_alpha", dist.Normal(0.0, 10.0))
    # sigma_alpha ~ HalfNormal(1)   radon_intercept.gen:10
    sigma_alpha = pyro.sample("sigma_alpha", dist.HalfNormal(1.0))
    with pyro.plate("county", n_county):
        # alpha[county] ~ Normal(mu_alpha, sigma_alpha)   radon_intercept.gen:11
        alpha_raw = pyro.sample("alpha.raw", dist.Normal(0.0, 1.0))
    # alpha[county] ~ Normal(mu_alpha, sigma_alpha)   radon_intercept.gen:11
    alpha = pyro.deterministic("alpha", mu_alpha + sigma_alpha * alpha_raw)
    # b_uppm ~ Normal(0, 10)   radon_intercept.gen:12
    b_uppm = pyro.sample("b_uppm", dist.Normal(0.0, 10.0))
    # b_floor ~ Normal(0, 10)   radon_intercept.gen:13
    b_floor = pyro.sample("b_floor", dist.Normal(0.0, 10.0))
    # sigma_y ~ HalfNormal(1)   radon_intercept.gen:14
    sigma_y = pyro.sample("sigma_y", dist.HalfNormal(1.0))
    with pyro.plate("house", n_house):
        # log_radon[house] ~ Normal(alpha[county_idx] + b_uppm * log_uppm …   radon_intercept.gen:16
        pyro.sample(
            "log_radon",
            dist.Normal(alpha[county_idx] + b_uppm * log_uppm + b_floor * floor_measure, sigma_y),
            obs=log_radon,
        )
