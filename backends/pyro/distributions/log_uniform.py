"""The uniform on the log scale."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class LogUniform(dist.TorchDistribution):
    """Values from `low` to `high` whose logarithms are uniform."""

    arg_constraints = {"low": constraints.positive, "high": constraints.positive}
    has_rsample = True

    def __init__(self, low, high, *, validate_args=None):
        self.low, self.high = broadcast_reals(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        return constraints.interval(self.low, self.high)

    @property
    def log_width(self):
        return torch.log(self.high) - torch.log(self.low)

    def rsample(self, sample_shape=()):
        chance = torch.rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low * torch.exp(chance * self.log_width)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        return -torch.log(value) - torch.log(self.log_width)

    @property
    def mean(self):
        return (self.high - self.low) / self.log_width

    @property
    def variance(self):
        return (self.high**2 - self.low**2) / (2.0 * self.log_width) - self.mean**2
