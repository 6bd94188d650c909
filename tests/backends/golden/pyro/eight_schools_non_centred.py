"""The model eight_schools, from eight_schools_non_centred.gen."""

import pyro
import pyro.distributions as dist


def model(*, n_school: int, sigma, y=None):
    school_plate = pyro.plate("school", n_school, dim=-1)
    # mu ~ Normal(0, 5)   eight_schools_non_centred.gen:6
    mu = pyro.sample("mu", dist.Normal(0.0, 5.0))
    # tau ~ HalfCauchy(5)   eight_schools_non_centred.gen:7
    tau = pyro.sample("tau", dist.HalfCauchy(5.0))
    with school_plate:
        # theta[school] ~ Normal(mu, tau)   eight_schools_non_centred.gen:8
        theta_raw = pyro.sample("theta.raw", dist.Normal(0.0, 1.0))
    # theta[school] ~ Normal(mu, tau)   eight_schools_non_centred.gen:8
    theta = pyro.deterministic("theta", mu + tau * theta_raw)
    with school_plate:
        # y[school] ~ Normal(theta, sigma)   eight_schools_non_centred.gen:10
        pyro.sample("y", dist.Normal(theta, sigma), obs=y)
