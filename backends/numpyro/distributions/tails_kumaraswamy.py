"""The tails of the Kumaraswamy."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp

from gendsl.backends.numpyro.distributions.kumaraswamy import Kumaraswamy
from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(Kumaraswamy)
def log_tails_kumaraswamy(base, x):
    log_survival = base.b * log1mexp(base.a * jnp.log(x))
    return log1mexp(log_survival), log_survival
