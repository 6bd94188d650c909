"""The model gp_regression, from gp_regression.gen."""

import pyro
import pyro.distributions as dist
import torch


def model(*, n_point: int, n_point_twin: int, x, y=None):
    rho = pyro.sample("rho", dist.Gamma(25.0, 4.0))  # rho ~ Gamma(25, 4)   gp_regression.gen:7
    # alpha ~ HalfNormal(2)   gp_regression.gen:8
    alpha = pyro.sample("alpha", dist.HalfNormal(2.0))
    # sigma ~ HalfNormal(1)   gp_regression.gen:9
    sigma = pyro.sample("sigma", dist.HalfNormal(1.0))
    # GP(kernel = alpha^2 * RBF(rho))   gp_regression.gen:10
    y_covariance = (
        alpha ** 2 * torch.exp(-0.5 * ((x[:, None] - x) / rho) ** 2)
        + torch.sqrt(sigma) ** 2 * (torch.arange(n_point)[:, None] == torch.arange(n_point_twin))
    )
    y_cholesky = covariance_cholesky(y_covariance)
    # y[point] ~ Normal(f(x), sqrt(sigma))   gp_regression.gen:12
    pyro.sample(
        "y",
        CovarianceNormal(loc=0.0, covariance=y_covariance, scale_tril=y_cholesky),
        obs=y,
    )
