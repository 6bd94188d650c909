"""The tails of the beta."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist

from gendsl.backends.pyro.distributions.log_beta_tails import log_beta_tails
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(dist.Beta)
def log_tails_beta(base, x):
    return log_beta_tails(base.concentration1, base.concentration0, x, 1.0 - x)
