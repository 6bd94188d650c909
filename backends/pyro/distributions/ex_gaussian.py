"""The exponentially modified Gaussian."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log_ndtr import log_ndtr, log_scaled_ndtr


class ExGaussian(dist.TorchDistribution):
    """Normal(loc, scale) plus an independent Exponential(rate)."""

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.real
    has_rsample = True

    def __init__(self, loc, scale, rate, *, validate_args=None):
        self.loc, self.scale, self.rate = broadcast_reals(loc, scale, rate)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def rsample(self, sample_shape=()):
        z = self.loc.new_empty(self._extended_shape(sample_shape))
        exponential = torch.empty_like(z).exponential_() / self.rate
        return self.loc + self.scale * z.normal_() + exponential

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        z = (value - self.loc) / self.scale
        v = self.rate * self.scale
        # log Phi(z - v) + v^2 / 2 - v z, whose terms cancel where z < v
        left = torch.where(z < v, z - v, -1.0)
        right = torch.where(z < v, 1.0, z - v)
        log_left = log_scaled_ndtr(left) - z**2 / 2
        log_right = log_ndtr(right) + v * (v / 2 - z)
        return torch.log(self.rate) + torch.where(z < v, log_left, log_right)

    @property
    def mean(self):
        return self.loc + 1.0 / self.rate

    @property
    def variance(self):
        return self.scale**2 + 1.0 / self.rate**2
