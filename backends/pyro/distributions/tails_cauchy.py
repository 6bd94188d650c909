"""The tails of the Cauchy and the half Cauchy."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.log_tails import log_tails


def log_angle(z):
    """log of the angle of the point (z, 1), in units of pi: small far to the right."""
    return torch.log(torch.atan2(torch.ones_like(z), z) / math.pi)


@log_tails.register(dist.Cauchy)
def log_tails_cauchy(base, x):
    z = (x - base.loc) / base.scale
    return log_angle(-z), log_angle(z)


@log_tails.register(dist.HalfCauchy)
def log_tails_half_cauchy(base, x):
    z = x / base.scale
    return torch.log(torch.atan(z) * 2.0 / math.pi), math.log(2.0) + log_angle(z)
