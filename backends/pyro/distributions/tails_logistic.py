"""The tails of the logistic."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
from torch.nn.functional import logsigmoid

from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(dist.Logistic)
def log_tails_logistic(base, x):
    z = (x - base.loc) / base.scale
    return logsigmoid(z), logsigmoid(-z)
