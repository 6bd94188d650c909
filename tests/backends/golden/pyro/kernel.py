"""The model kernel, from kernel.gen."""

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def prepare(*, x, E):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    K = torch.exp(-torch.abs(x[:, None] - x))  # K[i, j] = exp(-abs(x - x[j]))   kernel.gen:7
    L = torch.linalg.cholesky(K)  # let L[i, j] = cholesky[i, j](K)   kernel.gen:8
    log_E = torch.log(E)  # log(E)   kernel.gen:12
    return dict(K=K, L=L, log_E=log_E)


def model(*, n_i: int, K, L, log_E, y=None):
    i_plate = pyro.plate("i", n_i, dim=-1)
    pyro.deterministic("K", K)  # K[i, j] = exp(-abs(x - x[j]))   kernel.gen:7
    # amplitude ~ HalfNormal(1)   kernel.gen:9
    amplitude = pyro.sample("amplitude", dist.HalfNormal(1.0))
    with i_plate:
        z = pyro.sample("z", dist.Normal(0.0, 1.0))  # z[i] ~ Normal(0, 1)   kernel.gen:10
    # f[i] = amplitude * matmul[i, j](L, z)   kernel.gen:11
    f = pyro.deterministic("f", amplitude * (L @ z))
    with i_plate:
        # y[i] ~ Poisson(log_rate = f + log(E))   kernel.gen:12
        pyro.sample("y", PoissonLog(f + log_E), obs=y)
