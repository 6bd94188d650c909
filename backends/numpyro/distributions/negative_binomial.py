"""The negative binomial by its mean and dispersion, precise up to the Poisson limit."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special
from numpyro.distributions import constraints
from numpyro.distributions.util import validate_sample

from gendsl.backends.numpyro.distributions.log_or_impossible import log_or_impossible
from gendsl.backends.numpyro.distributions.log_rising import log_rising


class NegativeBinomial(dist.Distribution):
    """Counts with variance mean + mean^2 / dispersion; give `mean` or `log_mean`.

    At mean 0 it is certain of 0.
    """

    arg_constraints = {"dispersion": constraints.positive}
    pytree_data_fields = ("log_mean", "dispersion")
    support = constraints.nonnegative_integer

    def __init__(self, mean=None, dispersion=None, *, log_mean=None, validate_args=None):
        self.log_mean = log_or_impossible(mean) if log_mean is None else log_mean
        self.dispersion = dispersion
        shape = lax.broadcast_shapes(jnp.shape(self.log_mean), jnp.shape(dispersion))
        super().__init__(batch_shape=shape, validate_args=validate_args)

    @property
    def log_odds(self):
        """log(mean / dispersion)."""
        return jnp.where(self.is_0, 0.0, self.log_mean) - jnp.log(self.dispersion)

    @property
    def is_0(self):
        return self.log_mean == -jnp.inf

    def sample(self, key, sample_shape=()):
        key_gamma, key_poisson = jax.random.split(key)
        shape = sample_shape + self.batch_shape
        frailty = jax.random.gamma(key_gamma, self.dispersion, shape) / self.dispersion
        return dist.Poisson(jnp.exp(self.log_mean) * frailty).sample(key_poisson)

    @validate_sample
    def log_prob(self, value):
        # XLA's gammaln(1) is -9e-16, too far from 0 for a hurdle before a small mean
        log_orders = jnp.where(value < 2, 0.0, special.gammaln(value + 1.0))
        log_choose = log_rising(self.dispersion, value) - log_orders
        log_success = -value * jax.nn.softplus(-self.log_odds)
        log_mass = log_choose + log_success - self.dispersion * jax.nn.softplus(self.log_odds)
        return jnp.where(self.is_0, jnp.where(value == 0, 0.0, -jnp.inf), log_mass)

    @property
    def mean(self):
        return jnp.broadcast_to(jnp.exp(self.log_mean), self.batch_shape)

    @property
    def variance(self):
        return self.mean + self.mean**2 / self.dispersion
