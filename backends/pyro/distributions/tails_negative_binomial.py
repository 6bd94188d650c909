"""The tails of the negative binomial."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.log_beta_tails import log_beta_tails
from gendsl.backends.pyro.distributions.log_tails import log_tails
from gendsl.backends.pyro.distributions.negative_binomial import NegativeBinomial


@log_tails.register(NegativeBinomial)
def log_tails_negative_binomial(base, x):
    p, q = torch.sigmoid(-base.log_odds), torch.sigmoid(base.log_odds)
    return log_beta_tails(base.dispersion, x + 1.0, p, q)
