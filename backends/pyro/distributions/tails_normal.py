"""The tails of the Gaussian and its relatives."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.log_ndtr import log_ndtr
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(dist.Normal)
def log_tails_normal(base, x):
    z = (x - base.loc) / base.scale
    return log_ndtr(z), log_ndtr(-z)


@log_tails.register(dist.LogNormal)
def log_tails_log_normal(base, x):
    z = (torch.log(x) - base.loc) / base.scale
    return log_ndtr(z), log_ndtr(-z)


@log_tails.register(dist.HalfNormal)
def log_tails_half_normal(base, x):
    z = x / base.scale
    return torch.log(torch.erf(z / math.sqrt(2.0))), math.log(2.0) + log_ndtr(-z)
