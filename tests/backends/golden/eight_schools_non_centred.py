"""The model eight_schools, from eight_schools_non_centred.gen."""

import numpyro
import numpyro.distributions as dist


def model(*, n_school: int, sigma, y=None):
    # mu ~ Normal(0, 5)   eight_schools_non_centred.gen:6
    mu = numpyro.sample("mu", dist.Normal(0.0, 5.0))
    # tau ~ HalfCauchy(5)   eight_schools_non_centred.gen:7
    tau = numpyro.sample("tau", dist.HalfCauchy(5.0))
    with numpyro.plate("school", n_school):
        # theta[school] ~ Normal(mu, tau)   eight_schools_non_centred.gen:8
        theta_raw = numpyro.sample("theta.raw", dist.Normal(0.0, 1.0))
    # theta[school] ~ Normal(mu, tau)   eight_schools_non_centred.gen:8
    theta = numpyro.deterministic("theta", mu + tau * theta_raw)
    with numpyro.plate("school", n_school):
        # y[school] ~ Normal(theta, sigma)   eight_schools_non_centred.gen:10
        numpyro.sample("y", dist.Normal(theta, sigma), obs=y)
