"""The tails of the Gumbel."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(dist.Gumbel)
def log_tails_gumbel(base, x):
    z = (x - base.loc) / base.scale
    is_far = z > 40.0  # exp(-z) is beyond rounding: log(1 - exp(-exp(-z))) = -z
    log_cdf = -torch.exp(-z)
    near = torch.where(is_far, -1.0, log_cdf)
    return log_cdf, torch.where(is_far, -z, log1mexp(near))
