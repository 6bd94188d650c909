"""The Kumaraswamy, precise near 0 and 1."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_rising import log_beta


class Kumaraswamy(dist.TorchDistribution):
    """On (0, 1), with CDF 1 - (1 - x^a)^b."""

    arg_constraints = {"a": constraints.positive, "b": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, a, b, *, validate_args=None):
        self.a, self.b = broadcast_reals(a, b)
        super().__init__(self.a.shape, validate_args=validate_args)

    def rsample(self, sample_shape=()):
        log_survival = -self.a.new_empty(self._extended_shape(sample_shape)).exponential_()
        return torch.exp(log1mexp(log_survival / self.b) / self.a)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log_x = torch.log(value)
        rest = (self.a - 1.0) * log_x + (self.b - 1.0) * log1mexp(self.a * log_x)
        return torch.log(self.a) + torch.log(self.b) + rest

    @property
    def mean(self):
        return self.b * torch.exp(log_beta(1.0 + 1.0 / self.a, self.b))

    @property
    def variance(self):
        return self.b * torch.exp(log_beta(1.0 + 2.0 / self.a, self.b)) - self.mean**2
