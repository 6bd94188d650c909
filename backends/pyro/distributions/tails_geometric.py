"""The tails of the geometric."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch
from torch.nn.functional import logsigmoid

from gendsl.backends.pyro.distributions.geometric import Geometric
from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(Geometric)
def log_tails_geometric(base, x):
    if base.logits is None:
        log_survival = (x + 1.0) * torch.log1p(-base.probs)
    else:
        log_survival = (x + 1.0) * logsigmoid(-base.logits)
    return log1mexp(log_survival), log_survival
