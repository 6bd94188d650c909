"""The model groups, from <text>."""

import pyro
import pyro.distributions as dist


def model(*, n_group: int, n_row: int, batch_row: int, group_of, y_known, y=None):
    with pyro.plate("group", n_group):
        # theta[group] ~ Normal(0, 1) as centred   <text>:6
        theta = pyro.sample("theta", dist.Normal(0.0, 1.0))
    with pyro.plate("row", n_row, subsample_size=batch_row) as row:
        noise = pyro.sample("noise", dist.Normal(0.0, 1.0))  # noise[row] ~ Normal(0, 1)   <text>:7
        # nu[row] : real > 0 ~ Exponential(theta[group_of]^2 + 1)   <text>:8
        nu = pyro.sample("nu", dist.Exponential(theta[group_of[row]] ** 2 + 1))
        # y[row] ~ StudentT(4, theta[group_of] + noise, nu)   <text>:9
        pyro.sample(
            "y",
            dist.StudentT(4.0, theta[group_of[row]] + noise, nu).mask(y_known[row]),
            obs=None if y is None else y[row],
        )
