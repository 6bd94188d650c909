"""The tails of the gamma (so of the chi-squared) and the inverse gamma."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.log_gamma_tails import log_gamma_tails
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(torch.distributions.Gamma)
def log_tails_gamma(base, x):
    return log_gamma_tails(base.concentration, base.rate * x)


@log_tails.register(dist.InverseGamma)
def log_tails_inverse_gamma(base, x):
    log_below, log_above = log_gamma_tails(base.concentration, base.rate / x)
    return log_above, log_below
