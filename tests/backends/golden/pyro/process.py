"""The model process, from process.gen."""

import pyro
import pyro.distributions as dist
import torch


def model(
    *,
    n_point: int,
    n_grid: int,
    n_grid_twin: int,
    n_point_twin: int,
    x,
    grid_x,
    y=None,
    predict: bool = False,
):
    len_ = pyro.sample("len", dist.Gamma(5.0, 5.0))  # len ~ Gamma(5, 5)   process.gen:7
    amp = pyro.sample("amp", dist.HalfNormal(1.0))  # amp ~ HalfNormal(1)   process.gen:8
    sigma = pyro.sample("sigma", dist.HalfNormal(1.0))  # sigma ~ HalfNormal(1)   process.gen:9
    # GP(mean = 0.5, kernel = k)   process.gen:11
    y_covariance = (
        amp ** 2 * torch.exp(-0.5 * ((x[:, None] - x) / len_) ** 2)
        + (0.3 ** 2 * x)[:, None] * x
        + sigma ** 2 * (torch.arange(n_point)[:, None] == torch.arange(n_point_twin))
    )
    y_cholesky = covariance_cholesky(y_covariance)
    # y[point] ~ Normal(f(x), sigma)   process.gen:12
    y = pyro.sample(
        "y",
        CovarianceNormal(loc=0.5, covariance=y_covariance, scale_tril=y_cholesky),
        obs=y,
    )
    if predict:
        f_x_across = solve_triangular(
            y_cholesky,
            (
                amp ** 2 * torch.exp(-0.5 * ((x[:, None] - x) / len_) ** 2)
                + (0.3 ** 2 * x)[:, None] * x
            ),
            lower=True,
        )
        # GP(mean = 0.5, kernel = k)   process.gen:11
        f_x_covariance = (
            amp ** 2 * torch.exp(-0.5 * ((x[:, None] - x) / len_) ** 2)
            + (0.3 ** 2 * x)[:, None] * x
        )
        f_x_jitter = 1e-10 * torch.diagonal(f_x_covariance, dim1=-2, dim2=-1).sum(-1) / n_point
        f_x_cholesky = covariance_cholesky(
            (
                f_x_covariance
                - f_x_across.T @ f_x_across
                + f_x_jitter * (torch.arange(n_point)[:, None] == torch.arange(n_point_twin))
            ),
        )
        y_white = solve_triangular(y_cholesky, y - 0.5, lower=True)
        f_x_mean = 0.5 + f_x_across.T @ y_white
        # GP(mean = 0.5, kernel = k)   process.gen:11
        f_x = pyro.sample("f(x)", dist.MultivariateNormal(loc=f_x_mean, scale_tril=f_x_cholesky))
        with pyro.plate("point", n_point):
            # predict y_new[point] ~ Normal(f(x), sigma)   process.gen:15
            pyro.sample("y_new", dist.Normal(f_x, sigma))
        f_x_white = solve_triangular(f_x_cholesky, f_x - f_x_mean, lower=True)
        # GP(mean = 0.5, kernel = k)   process.gen:11
        f_grid_x_covariance = (
            amp ** 2 * torch.exp(-0.5 * ((grid_x[:, None] - grid_x) / len_) ** 2)
            + (0.3 ** 2 * grid_x)[:, None] * grid_x
        )
        f_grid_x_across = solve_triangular(
            y_cholesky,
            (
                amp ** 2 * torch.exp(-0.5 * ((x[:, None] - grid_x) / len_) ** 2)
                + (0.3 ** 2 * x)[:, None] * grid_x
            ),
            lower=True,
        )
        f_grid_x_across_2 = solve_triangular(
            f_x_cholesky,
            (
                amp ** 2 * torch.exp(-0.5 * ((x[:, None] - grid_x) / len_) ** 2)
                + (0.3 ** 2 * x)[:, None] * grid_x
                - f_x_across.T @ f_grid_x_across
            ),
            lower=True,
        )
        f_grid_x_jitter = (
            1e-10
            * torch.diagonal(f_grid_x_covariance, dim1=-2, dim2=-1).sum(-1)
            / n_grid
        )
        f_grid_x_cholesky = covariance_cholesky(
            (
                f_grid_x_covariance
                - f_grid_x_across.T @ f_grid_x_across
                - f_grid_x_across_2.T @ f_grid_x_across_2
                + f_grid_x_jitter * (torch.arange(n_grid)[:, None] == torch.arange(n_grid_twin))
            ),
        )
        f_grid_x_mean = 0.5 + f_grid_x_across.T @ y_white + f_grid_x_across_2.T @ f_x_white
        # predict g[grid] = f(grid_x)   process.gen:14
        pyro.sample("g", dist.MultivariateNormal(loc=f_grid_x_mean, scale_tril=f_grid_x_cholesky))
