"""Independent Gaussians, given that they sum to zero."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.zero_sum import zero_sum


class SumToZero(dist.TorchDistribution):
    """Independent Gaussians on the last axis of `base`, given that their sum is 0.

    The density is with respect to area on the hyperplane. The normaliser is the density at 0 of
    the distance to it, sum(x) / sqrt(K) ~ Normal(sum(mean) / sqrt(K), sqrt(sum(variance) / K)).
    """

    arg_constraints = {}
    support = zero_sum

    def __init__(self, base, *, validate_args=None):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    def sample(self, sample_shape=()):
        draw = self.base.sample(sample_shape)
        share = self.base.variance / self.base.variance.sum(-1, keepdim=True)
        return draw - share * draw.sum(-1, keepdim=True)

    def log_prob(self, value):
        size = self.event_shape[-1]
        loc = self.base.mean.sum(-1) / math.sqrt(size)
        scale = torch.sqrt(self.base.variance.sum(-1) / size)
        return self.base.log_prob(value) - dist.Normal(loc, scale).log_prob(torch.zeros(()))
