"""The model bym2, from bym2.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def prepare(*, E):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    log_E = torch.log(E)  # log(E)   bym2.gen:19
    return dict(log_E=log_E)


def model(*, n_tract: int, n_edge: int, node1, node2, scaling_factor, log_E, y=None):
    tract_plate = pyro.plate("tract", n_tract, dim=-1)
    beta0 = pyro.sample("beta0", dist.Normal(0.0, 1.0))  # beta0 ~ Normal(0, 1)   bym2.gen:10
    sigma = pyro.sample("sigma", dist.HalfNormal(1.0))  # sigma ~ HalfNormal(1)   bym2.gen:11
    rho = pyro.sample("rho", dist.Beta(0.5, 0.5))  # rho ~ Beta(0.5, 0.5)   bym2.gen:12
    with tract_plate:
        # theta[tract] ~ Normal(0, 1)   bym2.gen:13
        theta = pyro.sample("theta", dist.Normal(0.0, 1.0))
        # phi[tract] ~ Flat()   bym2.gen:14
        phi = pyro.sample("phi", dist.ImproperUniform(constraints.real, (), ()))
    with pyro.plate("edge", n_edge):
        # observe phi[node1] ~ Normal(phi[node2], 1)   bym2.gen:15
        pyro.sample("observe", dist.Normal(phi[node2], 1.0), obs=phi[node1])
    # observe sum[tract](phi) ~ Normal(0, 0.001 * size(tract))   bym2.gen:16
    pyro.sample("observe.2", dist.Normal(0.0, 0.001 * n_tract), obs=torch.sum(phi))
    # let effect[tract] = sqrt(1 - rho) * theta + sqrt(rho / scaling_factor) * phi   bym2.gen:18
    effect = torch.sqrt(1 - rho) * theta + torch.sqrt(rho / scaling_factor) * phi
    with tract_plate:
        # y[tract] ~ Poisson(log_rate = log(E) + beta0 + sigma * effect)   bym2.gen:19
        pyro.sample("y", PoissonLog(log_E + beta0 + sigma * effect), obs=y)
