"""The tails of the logistic."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.Logistic)
def log_tails_logistic(base, x):
    z = (x - base.loc) / base.scale
    return -jax.nn.softplus(-z), -jax.nn.softplus(z)
