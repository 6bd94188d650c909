"""The model eight_schools, from eight_schools.gen."""

import numpyro
import numpyro.distributions as dist


def model(*, n_school: int, sigma, y=None):
    mu = numpyro.sample("mu", dist.Normal(0.0, 5.0))  # mu ~ Normal(0, 5)   eight_schools.gen:6
    tau = numpyro.sample("tau", dist.HalfCauchy(5.0))  # tau ~ HalfCauchy(5)   eight_schools.gen:7
    with numpyro.plate("school", n_school):
        # theta[school] ~ Normal(mu, tau)   eight_schools.gen:8
        theta = numpyro.sample("theta", dist.Normal(mu, tau))
        # y[school] ~ Normal(theta, sigma)   eight_schools.gen:10
        numpyro.sample("y", dist.Normal(theta, sigma), obs=y)
