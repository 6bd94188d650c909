"""The model processes_of_counts, from processes_of_counts.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def prepare(*, n_row: int, n_row_twin: int, t, t_new):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
    h_t_covariance = (
        torch.cos(2 * 3.141592653589793 * ((t[:, None] - t) / 2))
        + torch.exp(-(torch.abs(t[:, None] - t) / 1))
    )
    h_t_jitter = 1e-10 * torch.diagonal(h_t_covariance, dim1=-2, dim2=-1).sum(-1) / n_row
    h_t_cholesky = covariance_cholesky(
        h_t_covariance + h_t_jitter * (torch.arange(n_row)[:, None] == torch.arange(n_row_twin)),
    )
    exp_t = torch.exp(-torch.abs(t[:, None] - t))  # exp(-abs(a - b))   processes_of_counts.gen:11
    # exp(-abs(a - b))   processes_of_counts.gen:11
    exp_t_new = torch.exp(-torch.abs(t_new[:, None] - t_new))
    # exp(-abs(a - b))   processes_of_counts.gen:11
    exp_t_ = torch.exp(-torch.abs(t[:, None] - t_new))
    return dict(exp_t=exp_t, exp_t_=exp_t_, exp_t_new=exp_t_new, h_t_cholesky=h_t_cholesky)


def model(
    *,
    n_row: int,
    n_region: int,
    n_col: int,
    n_grid: int,
    n_grid_twin: int,
    n_h_1_twin: int,
    n_row_twin: int,
    t,
    X,
    region_of,
    exp_t,
    h_t_cholesky,
    exp_t_new,
    exp_t_,
    n=None,
    n_h_1: int = 1,
    predict: bool = False,
):
    region_plate = pyro.plate("region", n_region, dim=-1)
    row_plate = pyro.plate("row", n_row, dim=-1)
    region_plate_ = pyro.plate("region_", n_region, dim=-2)
    with pyro.plate("col", n_col):
        # len[col] ~ Gamma(5, 5)   processes_of_counts.gen:9
        len_ = pyro.sample("len", dist.Gamma(5.0, 5.0))
    with region_plate:
        # amp[region] ~ HalfNormal(1)   processes_of_counts.gen:10
        amp = pyro.sample("amp", dist.HalfNormal(1.0))
    with row_plate:
        # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
        h_t_white = pyro.sample("h(t).white", dist.Normal(0.0, 1.0))
    # GP(kernel = amp^2 * near)   processes_of_counts.gen:12
    f_t_covariance = torch.permute(amp ** 2 * exp_t[:, :, None], (2, 0, 1))
    f_t_jitter = 1e-10 * torch.diagonal(f_t_covariance, dim1=-2, dim2=-1).sum(-1) / n_row
    f_t_cholesky = covariance_cholesky(
        (
            f_t_covariance
            + f_t_jitter[:, None, None] * (torch.arange(n_row)[:, None] == torch.arange(n_row_twin))
        ),
    )
    with region_plate_, row_plate:
        # GP(kernel = amp^2 * near)   processes_of_counts.gen:12
        f_t_white = pyro.sample("f(t).white", dist.Normal(0.0, 1.0))
    # GP(kernel = amp^2 * near)   processes_of_counts.gen:12
    f_t = pyro.deterministic("f(t)", (f_t_cholesky @ f_t_white[Ellipsis, None])[Ellipsis, 0])
    # GP(mean = 1, kernel = Matern32(len) + Constant(0.2))   processes_of_counts.gen:13
    g_X_distance = torch.sqrt(
        torch.clamp(torch.sum(((X[:, None] - X) / len_) ** 2, dim=2), min=1e-36),
    )
    # GP(mean = 1, kernel = Matern32(len) + Constant(0.2))   processes_of_counts.gen:13
    g_X_covariance = (
        (1 + math.sqrt(3.0) * g_X_distance) * torch.exp(-math.sqrt(3.0) * g_X_distance)
        + 0.2 ** 2
    )
    g_X_jitter = 1e-10 * torch.diagonal(g_X_covariance, dim1=-2, dim2=-1).sum(-1) / n_row
    g_X_cholesky = covariance_cholesky(
        g_X_covariance + g_X_jitter * (torch.arange(n_row)[:, None] == torch.arange(n_row_twin)),
    )
    with row_plate:
        # GP(mean = 1, kernel = Matern32(len) + Constant(0.2))   processes_of_counts.gen:13
        g_X_white = pyro.sample("g(X).white", dist.Normal(0.0, 1.0))
    # GP(mean = 1, kernel = Matern32(len) + Constant(0.2))   processes_of_counts.gen:13
    g_X = pyro.deterministic("g(X)", 1 + g_X_cholesky @ g_X_white)
    # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
    h_t = pyro.deterministic("h(t)", h_t_cholesky @ h_t_white)
    with row_plate:
        # n[row] ~ Poisson(log_rate = f[region_of](t) + g(X) + h(t))   processes_of_counts.gen:15
        pyro.sample("n", PoissonLog(f_t[region_of, torch.arange(n_row)] + g_X + h_t), obs=n)
    if predict:
        # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
        h_0_5_point = torch.full((n_h_1,), 0.5)
        h_0_5_across = solve_triangular(
            h_t_cholesky,
            (
                torch.cos(2 * 3.141592653589793 * ((t[:, None] - h_0_5_point) / 2))
                + torch.exp(-(torch.abs(t[:, None] - h_0_5_point) / 1))
            ),
            lower=True,
        )
        # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
        h_0_5_covariance = (
            torch.cos(2 * 3.141592653589793 * ((h_0_5_point[:, None] - h_0_5_point) / 2))
            + torch.exp(-(torch.abs(h_0_5_point[:, None] - h_0_5_point) / 1))
        )
        h_0_5_jitter = 1e-10 * torch.diagonal(h_0_5_covariance, dim1=-2, dim2=-1).sum(-1) / n_h_1
        h_0_5_cholesky = covariance_cholesky(
            (
                h_0_5_covariance
                - h_0_5_across.T @ h_0_5_across
                + h_0_5_jitter * (torch.arange(n_h_1)[:, None] == torch.arange(n_h_1_twin))
            ),
        )
        h_0_5_mean = h_0_5_across.T @ h_t_white
        # GP(kernel = Cosine(2) + Matern12(1))   processes_of_counts.gen:14
        h_0_5 = pyro.sample(
            "h(0.5)",
            dist.MultivariateNormal(loc=h_0_5_mean, scale_tril=h_0_5_cholesky),
        )
        pyro.deterministic("one", h_0_5[0])  # predict one = h(0.5)   processes_of_counts.gen:18
        # GP(kernel = amp^2 * near)   processes_of_counts.gen:12
        f_t_new_covariance = torch.permute(amp ** 2 * exp_t_new[:, :, None], (2, 0, 1))
        f_t_new_across = solve_triangular(
            f_t_cholesky,
            torch.permute(amp ** 2 * exp_t_[:, :, None], (2, 0, 1)),
            lower=True,
        )
        f_t_new_jitter = (
            1e-10
            * torch.diagonal(f_t_new_covariance, dim1=-2, dim2=-1).sum(-1)
            / n_grid
        )
        f_t_new_cholesky = covariance_cholesky(
            (
                f_t_new_covariance
                - torch.einsum("abc,abd->acd", f_t_new_across, f_t_new_across)
                + (
                    f_t_new_jitter[:, None, None]
                    * (torch.arange(n_grid)[:, None] == torch.arange(n_grid_twin))
                )
            ),
        )
        f_t_new_mean = torch.einsum("abc,ab->ac", f_t_new_across, f_t_white)
        with region_plate:
            # predict later[region, grid] = f(t_new)   processes_of_counts.gen:17
            pyro.sample(
                "later",
                dist.MultivariateNormal(loc=f_t_new_mean, scale_tril=f_t_new_cholesky),
            )
