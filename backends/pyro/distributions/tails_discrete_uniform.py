"""The tails of the discrete uniform."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.discrete_uniform import DiscreteUniform
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(DiscreteUniform)
def log_tails_discrete_uniform(base, x):
    log_count = torch.log(base.high - base.low + 1.0)
    return torch.log(x - base.low + 1.0) - log_count, torch.log(base.high - x) - log_count
