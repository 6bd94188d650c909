"""Every whole number of a range alike."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class DiscreteUniform(dist.TorchDistribution):
    """Every whole number from `low` to `high`, both included."""

    arg_constraints = {"low": constraints.integer, "high": constraints.integer}

    def __init__(self, low=0, high=1, *, validate_args=None):
        self.low, self.high = broadcast_reals(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(self.low, self.high)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            chance = torch.rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
            steps = torch.floor(chance * (self.high - self.low + 1.0))
            return (self.low + steps).long()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        return -torch.log(self.high - self.low + 1.0) + 0.0 * value

    @property
    def mean(self):
        return (self.low + self.high) / 2.0

    @property
    def variance(self):
        return ((self.high - self.low + 1.0) ** 2 - 1.0) / 12.0
