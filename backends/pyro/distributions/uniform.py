"""The uniform, with its greatest value."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class Uniform(dist.TorchDistribution):
    """Density 1 / (high - low) from `low` to `high`, which Pyro's leaves out."""

    arg_constraints = {"low": constraints.dependent, "high": constraints.dependent}
    has_rsample = True

    def __init__(self, low, high, *, validate_args=None):
        self.low, self.high = broadcast_reals(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        return constraints.interval(self.low, self.high)

    def rsample(self, sample_shape=()):
        chance = torch.rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + (self.high - self.low) * chance

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        return torch.zeros_like(value) - torch.log(self.high - self.low)

    @property
    def mean(self):
        return (self.low + self.high) / 2.0

    @property
    def variance(self):
        return (self.high - self.low) ** 2 / 12.0
