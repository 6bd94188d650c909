"""The tails of the Poisson."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.log_gamma_tails import log_gamma_tails
from gendsl.backends.numpyro.distributions.log_tails import log_tails


@log_tails.register(dist.Poisson)
def log_tails_poisson(base, x):
    log_below, log_above = log_gamma_tails(x + 1.0, 1.0 * base.rate)
    return log_above, log_below
