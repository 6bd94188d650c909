"""The skew normal."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log_ndtr import log_ndtr


class SkewNormal(dist.TorchDistribution):
    """Azzalini's skew normal: skew 0 is the Gaussian."""

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "skew": constraints.real,
    }
    support = constraints.real
    has_rsample = True

    def __init__(self, loc, scale, skew, *, validate_args=None):
        self.loc, self.scale, self.skew = broadcast_reals(loc, scale, skew)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def delta(self):
        return self.skew / torch.sqrt(1.0 + self.skew**2)

    def rsample(self, sample_shape=()):
        u, v = self.loc.new_empty((2, *self._extended_shape(sample_shape))).normal_()
        z = self.delta * u.abs() + torch.sqrt(1.0 - self.delta**2) * v
        return self.loc + self.scale * z

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        z = (value - self.loc) / self.scale
        log_normal = -(z**2) / 2 - torch.log(self.scale) - 0.5 * math.log(2.0 * math.pi)
        return math.log(2.0) + log_normal + log_ndtr(self.skew * z)

    @property
    def mean(self):
        return self.loc + self.scale * self.delta * math.sqrt(2.0 / math.pi)

    @property
    def variance(self):
        return self.scale**2 * (1.0 - 2.0 * self.delta**2 / math.pi)
