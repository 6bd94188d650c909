"""The tails of the beta."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log_beta_tails import log_beta_tails
from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.Beta)
def log_tails_beta(base, x):
    return log_beta_tails(1.0 * base.concentration1, 1.0 * base.concentration0, x, 1.0 - x)
