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


class PoissonLog(dist.Poisson):
    """Poisson(exp(log_rate)), exact where exp(log_rate) underflows."""

    arg_constraints = {"log_rate": constraints.real}
    pytree_data_fields = ("log_rate", "rate")

    def __init__(self, log_rate, *, validate_args=None):
        self.log_rate = log_rate
        super().__init__(jnp.exp(log_rate), validate_args=validate_args)

    @validate_sample
    def log_prob(self, value):
        return value * self.log_rate - jnp.exp(self.log_rate) - special.gammaln(value + 1.0)
