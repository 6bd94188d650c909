"""The model factors, from <text>."""

import pyro
import pyro.distributions as dist
import torch


def prepare(*, n_row: int, x_mean):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    # -0.5 * square(x_mean - mean[row](x_mean)) + 0.1 * pos(row)   <text>:13
    x_mean_part = -0.5 * torch.square(x_mean - torch.mean(x_mean)) + 0.1 * torch.arange(n_row)
    return dict(x_mean_part=x_mean_part)


def model(
    *,
    n_component: int,
    n_row: int,
    n_column: int,
    batch_row: int,
    is_used,
    x_mean_part,
    X=None,
):
    row_plate = pyro.plate("row", n_row, subsample_size=batch_row, dim=-1)
    row_plate_ = pyro.plate("row_", n_row, subsample=row_plate.indices, dim=-2)
    component_plate = pyro.plate("component", n_component, dim=-1)
    component_plate_ = pyro.plate("component_", n_component, dim=-2)
    column_plate = pyro.plate("column", n_column, dim=-1)
    with row_plate as row:
        # factor -0.5 * square(x_mean - mean[row](x_mean)) + 0.1 * pos(row)   <text>:13
        pyro.factor("factor", x_mean_part[row])
    with row_plate_, component_plate:
        z = pyro.sample("z", dist.Normal(0.0, 1.0))  # z[row, component] ~ Normal(0, 1)   <text>:8
    with component_plate_, column_plate:
        # W[component, column] ~ Normal(0, 1)   <text>:9
        W = pyro.sample("W", dist.Normal(0.0, 1.0))
    # sigma : real > 0 ~ Exponential(1)   <text>:10
    sigma = pyro.sample("sigma", dist.Exponential(1.0))
    with row_plate_:
        mean = z @ W  # let mean[row, column] = z @ W   <text>:11
    with row_plate_ as row, column_plate:
        # X[row, column] ~ Normal(mean, sigma) where is_used   <text>:12
        pyro.sample(
            "X",
            dist.Normal(torch.where(is_used[row][:, None], mean, 0.0), sigma).mask(
                is_used[row][:, None],
            ),
            obs=None if X is None else X[row],
        )
    with row_plate:
        # centre[row] = sum[component](z)   <text>:14
        pyro.deterministic("centre", torch.sum(z, dim=1), event_dim=0)
