"""The absolute value of a zero-centred Student t."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class HalfStudentT(dist.TorchDistribution):
    """|X| for X ~ StudentT(df, 0, scale)."""

    arg_constraints = {"df": constraints.positive, "scale": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, df, scale, *, validate_args=None):
        self.df, self.scale = broadcast_reals(df, scale)
        super().__init__(self.df.shape, validate_args=validate_args)

    def rsample(self, sample_shape=()):
        return dist.StudentT(self.df, 0.0, self.scale).rsample(sample_shape).abs()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        whole = dist.StudentT(self.df, 0.0, self.scale, validate_args=False)
        return math.log(2.0) + whole.log_prob(value)

    @property
    def mean(self):
        """Infinite for df <= 1."""
        df = torch.where(self.df > 1.0, self.df, 2.0)
        log_ratio = torch.lgamma((df + 1.0) / 2.0) - torch.lgamma(df / 2.0)
        mean = 2.0 * self.scale * torch.sqrt(df / math.pi) * torch.exp(log_ratio) / (df - 1.0)
        return torch.where(self.df > 1.0, mean, torch.inf)

    @property
    def variance(self):
        """Infinite for df <= 2."""
        df = torch.where(self.df > 2.0, self.df, 3.0)
        variance = self.scale**2 * df / (df - 2.0) - self.mean**2
        return torch.where(self.df > 2.0, variance, torch.inf)
