"""The model gp_regression, from gp_regression.gen."""

import pyro
import pyro.distributions as dist
import torch


def model(*, n_point: int, n_other: int, x, y=None):
    rho = pyro.sample("rho", dist.Gamma(25.0, 4.0))  # rho ~ Gamma(25, 4)   gp_regression.gen:8
    # alpha ~ HalfNormal(2)   gp_regression.gen:9
    alpha = pyro.sample("alpha", dist.HalfNormal(2.0))
    # sigma ~ HalfNormal(1)   gp_regression.gen:10
    sigma = pyro.sample("sigma", dist.HalfNormal(1.0))
    # let near[point, other] = alpha^2 * exp(-0.5 * ((x - x[point = other]) …   gp_regression.gen:12
    near = alpha ** 2 * torch.exp(-0.5 * ((x[:, None] - x) / rho) ** 2)
    # y[point] ~ MultiNormal(0, covariance = near + sigma * (pos(point) == p…   gp_regression.gen:13
    pyro.sample(
        "y",
        dist.MultivariateNormal(
            loc=torch.zeros(n_point),
            covariance_matrix=(
                near
                + sigma * (torch.arange(n_point)[:, None] == torch.arange(n_other))
            ),
        ),
        obs=y,
    )
