"""The tails of the Laplace, symmetric or not."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.asymmetric_laplace import AsymmetricLaplaceQuantile
from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_tails import log_tails


@log_tails.register(dist.Laplace)
def log_tails_laplace(base, x):
    return log_laplace_tails((x - base.loc) / base.scale, torch.tensor(0.5), 2.0)


@log_tails.register(AsymmetricLaplaceQuantile)
def log_tails_asymmetric_laplace(base, x):
    return log_laplace_tails((x - base.loc) / base.scale, base.quantile, 1.0)


def log_laplace_tails(z, q, speed):
    """The tails of two exponentials that meet at 0, with mass q below it."""
    left = torch.log(q) + speed * (1.0 - q) * z.clamp(max=0.0)
    right = torch.log1p(-q) - speed * q * z.clamp(min=0.0)
    return torch.where(z < 0, left, log1mexp(right)), torch.where(z < 0, log1mexp(left), right)
