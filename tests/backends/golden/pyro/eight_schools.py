"""The model eight_schools, from eight_schools.gen."""

import pyro
import pyro.distributions as dist


def model(*, n_school: int, sigma, y=None):
    mu = pyro.sample("mu", dist.Normal(0.0, 5.0))  # mu ~ Normal(0, 5)   eight_schools.gen:6
    tau = pyro.sample("tau", dist.HalfCauchy(5.0))  # tau ~ HalfCauchy(5)   eight_schools.gen:7
    with pyro.plate("school", n_school):
        # theta[school] ~ Normal(mu, tau)   eight_schools.gen:8
        theta = pyro.sample("theta", dist.Normal(mu, tau))
        # y[school] ~ Normal(theta, sigma)   eight_schools.gen:10
        pyro.sample("y", dist.Normal(theta, sigma), obs=y)
