"""The model areas, from areas.gen."""

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax.scipy import special
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample


def model(*, n_area: int, left, right, y=None):
    with numpyro.plate("area", n_area):
        phi = numpyro.sample("phi", dist.Normal(0.0, 1.0))  # phi[area] ~ Normal(0, 1)   areas.gen:6
    # factor -0.5 * sum[edge]((phi[left] - phi[right])^2)   areas.gen:7
    numpyro.factor("factor", -0.5 * jnp.sum((phi[left] - phi[right]) ** 2))
    # observe sum[area](phi) ~ Normal(0, 0.1)   areas.gen:8
    numpyro.sample("observe", dist.Normal(0.0, 0.1), obs=jnp.sum(phi))
    with numpyro.plate("area", n_area):
        # y[area] ~ Poisson(log_rate = phi)   areas.gen:9
        numpyro.sample("y", PoissonLog(phi), obs=y)


# --- distributions that NumPyro lacks ---
