"""The model kernel, from kernel.gen."""

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax.scipy import special
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample


def prepare(*, x, E):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    K = jnp.exp(-jnp.abs(x[:, None] - x))  # K[i, j] = exp(-abs(x - x[j]))   kernel.gen:7
    L = jnp.linalg.cholesky(K)  # let L[i, j] = cholesky[i, j](K)   kernel.gen:8
    log_E = jnp.log(E)  # log(E)   kernel.gen:12
    return dict(K=K, L=L, log_E=log_E)


def model(*, n_i: int, K, L, log_E, y=None):
    numpyro.deterministic("K", K)  # K[i, j] = exp(-abs(x - x[j]))   kernel.gen:7
    # amplitude ~ HalfNormal(1)   kernel.gen:9
    amplitude = numpyro.sample("amplitude", dist.HalfNormal(1.0))
    with numpyro.plate("i", n_i):
        z = numpyro.sample("z", dist.Normal(0.0, 1.0))  # z[i] ~ Normal(0, 1)   kernel.gen:10
    # f[i] = amplitude * matmul[i, j](L, z)   kernel.gen:11
    f = numpyro.deterministic("f", amplitude * (L @ z))
    with numpyro.plate("i", n_i):
        # y[i] ~ Poisson(log_rate = f + log(E))   kernel.gen:12
        numpyro.sample("y", PoissonLog(f + log_E), obs=y)


# --- distributions that NumPyro lacks ---
