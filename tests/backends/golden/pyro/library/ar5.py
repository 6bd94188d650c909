"""The model ar5, from ar5.gen."""

import pyro
import pyro.distributions as dist
import torch


def model(*, n_lag: int, n_time: int, y):
    alpha = pyro.sample("alpha", dist.Normal(0.0, 10.0))  # alpha ~ Normal(0, 10)   ar5.gen:8
    with pyro.plate("lag", n_lag):
        beta = pyro.sample("beta", dist.Normal(0.0, 10.0))  # beta[lag] ~ Normal(0, 10)   ar5.gen:9
    sigma = pyro.sample("sigma", dist.HalfCauchy(2.5))  # sigma ~ HalfCauchy(2.5)   ar5.gen:10
    with pyro.plate("time", n_time - 5):
        # y[time] ~ Normal(alpha + sum[k = 1..5](beta[lag = k - 1] * y[time - k]), sig…   ar5.gen:12
        pyro.sample("y", dist.Normal(alpha + beta[:5] @ lagged(y, 1, 5, 5), sigma), obs=y[5:])
