"""The tails of the binomial."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.binomial import Binomial
from gendsl.backends.pyro.distributions.binomial_logit import BinomialLogit
from gendsl.backends.pyro.distributions.log_beta_tails import log_beta_tails
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(Binomial)
def log_tails_binomial(base, x):
    return log_binomial_tails(base.total_count - x, x, 1.0 - base.probs, base.probs)


@log_tails.register(BinomialLogit)
def log_tails_binomial_logit(base, x):
    return log_binomial_tails(base.n - x, x, torch.sigmoid(-base.logit), torch.sigmoid(base.logit))


def log_binomial_tails(rest, x, failure, success):
    return log_beta_tails(rest.clamp(min=1.0), x + 1.0, failure, success)
