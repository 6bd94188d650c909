"""The tails of the Kumaraswamy."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.kumaraswamy import Kumaraswamy
from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(Kumaraswamy)
def log_tails_kumaraswamy(base, x):
    log_survival = base.b * log1mexp(base.a * torch.log(x))
    return log1mexp(log_survival), log_survival
