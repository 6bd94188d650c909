"""The model autoregression, from autoregression.gen."""

import pyro
import pyro.distributions as dist


def model(*, n_time: int, y):
    a = pyro.sample("a", dist.Normal(0.0, 1.0))  # a ~ Normal(0, 1)   autoregression.gen:4
    b = pyro.sample("b", dist.Normal(0.0, 1.0))  # b ~ Normal(0, 1)   autoregression.gen:5
    s = pyro.sample("s", dist.HalfNormal(1.0))  # s ~ HalfNormal(1)   autoregression.gen:6
    with pyro.plate("time", n_time - 2):
        # y[time] ~ Normal(a * y[time - 1] + b * y[time - 2], s)   autoregression.gen:7
        pyro.sample("y", dist.Normal(a * y[1:-1] + b * y[:-2], s), obs=y[2:])
