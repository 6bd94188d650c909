"""The tails of the Poisson."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

from gendsl.backends.pyro.distributions.log_gamma_tails import log_gamma_tails
from gendsl.backends.pyro.distributions.log_tails import log_tails
from gendsl.backends.pyro.distributions.poisson import Poisson


@log_tails.register(Poisson)
def log_tails_poisson(base, x):
    log_below, log_above = log_gamma_tails(x + 1.0, base.rate)
    return log_above, log_below
