"""The model regression, from <text>."""

import pyro
import pyro.distributions as dist
import torch


def prepare(*, exposure):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    log_exposure = torch.log(exposure)  # log(exposure)   <text>:10
    return dict(log_exposure=log_exposure)


def model(
    *,
    n_row: int,
    n_feature: int,
    batch_row: int,
    X,
    log_exposure,
    y=None,
    predict: bool = False,
):
    row_plate = pyro.plate("row", n_row, subsample_size=batch_row, dim=-1)
    alpha = pyro.sample("alpha", dist.Normal(0.0, 5.0))  # alpha ~ Normal(0, 5)   <text>:7
    with pyro.plate("feature", n_feature):
        beta = pyro.sample("beta", dist.Normal(0.0, 2.0))  # beta[feature] ~ Normal(0, 2)   <text>:8
    # sigma : real > 0 ~ Exponential(1)   <text>:9
    sigma = pyro.sample("sigma", dist.Exponential(1.0))
    with row_plate as row:
        # mu[row] = alpha + X @ beta + log(exposure)   <text>:10
        mu = pyro.deterministic("mu", alpha + X[row] @ beta + log_exposure[row], event_dim=0)
        # y[row] ~ Normal(mu, sigma)   <text>:11
        pyro.sample("y", dist.Normal(mu, sigma), obs=None if y is None else y[row])
    if predict:
        with row_plate:
            # predict y_new[row] ~ Normal(mu, sigma)   <text>:12
            pyro.sample("y_new", dist.Normal(mu, sigma))
