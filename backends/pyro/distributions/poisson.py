"""The Poisson, whose rate may be zero."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log_or_impossible import log_or_impossible


class Poisson(dist.TorchDistribution):
    """At rate 0 it is certain of 0, where the slope of Pyro's is NaN."""

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate, *, validate_args=None):
        (self.rate,) = broadcast_reals(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            return torch.poisson(self.rate.expand(self._extended_shape(sample_shape))).long()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log_rates = torch.where(value == 0, 0.0, value * log_or_impossible(self.rate))
        return log_rates - torch.lgamma(value + 1.0) - self.rate

    @property
    def mean(self):
        return self.rate

    @property
    def variance(self):
        return self.rate
