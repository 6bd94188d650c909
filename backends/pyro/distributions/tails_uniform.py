"""The tails of the uniform and the log-uniform."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

from gendsl.backends.pyro.distributions.log_tails import log_tails
from gendsl.backends.pyro.distributions.log_uniform import LogUniform
from gendsl.backends.pyro.distributions.uniform import Uniform


@log_tails.register(Uniform)
def log_tails_uniform(base, x):
    log_width = torch.log(base.high - base.low)
    return torch.log(x - base.low) - log_width, torch.log(base.high - x) - log_width


@log_tails.register(LogUniform)
def log_tails_log_uniform(base, x):
    log_width = torch.log(torch.log(base.high / base.low))
    below, above = torch.log(x / base.low), torch.log(base.high / x)
    return torch.log(below) - log_width, torch.log(above) - log_width
