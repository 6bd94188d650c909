"""The model grid, from grid.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_row: int, n_col2: int, n_row2: int, x1, y):
    var1 = pyro.sample("var1", dist.LogNormal(0.0, 1.0))  # var1 ~ LogNormal(0, 1)   grid.gen:9
    bw1 = pyro.sample("bw1", dist.HalfCauchy(2.5))  # bw1 ~ HalfCauchy(2.5)   grid.gen:10
    # L[col, col2] ~ LKJCholesky(2)   grid.gen:11
    L = pyro.sample("L", LKJCholesky(dimension=n_col2, concentration=2.0))
    # sigma1 ~ LogNormal(0, 1)   grid.gen:12
    sigma1 = pyro.sample("sigma1", dist.LogNormal(0.0, 1.0))
    R = L @ L.T  # let R[col, col2] = matmul[col, col2](L, transpose[col, col2](L))   grid.gen:15
    # let turned[col2, row] = sum[col](eigenvectors[col, col2](R) * y)   grid.gen:16
    turned = torch.linalg.eigh(symmetric(R))[1].T @ y
    # let K[row, row2] = var1 * exp(-bw1 * (x1 - x1[row = row2])^2) + 1e-5 * (row == …   grid.gen:17
    K = (
        var1 * torch.exp(-bw1 * (x1[:, None] - x1) ** 2)
        + 1e-05 * (torch.arange(n_row)[:, None] == torch.arange(n_row2))
    )
    with pyro.plate("col2", n_col2):
        # observe turned ~ MultiNormal(0, covariance = eigenvalues[col, col2](R) * K …   grid.gen:18
        pyro.sample(
            "observe",
            dist.MultivariateNormal(
                loc=torch.zeros(n_row),
                covariance_matrix=(
                    torch.linalg.eigh(symmetric(R))[0][:, None, None] * K
                    + sigma1 * (torch.arange(n_row)[:, None] == torch.arange(n_row2))
                ),
            ),
            obs=turned,
        )
