"""The tails of the ex-Gaussian."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp

from gendsl.backends.numpyro.distributions.ex_gaussian import ExGaussian
from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_ndtr import log_ndtr
from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(ExGaussian)
def log_tails_ex_gaussian(base, x):
    # P(X > x) = P(Gaussian part > x) + density / rate
    z = (x - base.loc) / base.scale
    log_other = base.log_prob(x) - jnp.log(base.rate)
    log_survival = jnp.logaddexp(log_ndtr(-z), log_other)
    is_left = log_survival > -0.5
    log_normal = log_ndtr(z)
    log_ratio = jnp.where(is_left, jnp.minimum(log_other - log_normal, -1e-30), -1.0)
    return (
        jnp.where(
            is_left, log_normal + log1mexp(log_ratio), log1mexp(jnp.minimum(log_survival, -1e-30))
        ),
        log_survival,
    )
