"""A density that is zero outside its support."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.feasible_like import feasible_like


def log_prob_within(base, value):
    """log density of `base`, -inf outside its support, which not all of Pyro's classes check."""
    if len(base.event_shape) > 0:
        return base.log_prob(value)
    value = value.expand(torch.broadcast_shapes(value.shape, base.batch_shape))
    is_inside = base.support.check(value)
    inside = torch.where(is_inside, value, feasible_like(base.support, value))
    return torch.where(is_inside, base.log_prob(inside), -torch.inf)


class WithinSupport(dist.TorchDistribution):
    """`base`, with density zero outside its support: for data whose bounds are being inferred."""

    arg_constraints = {}

    def __init__(self, base, *, validate_args=None):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    @property
    def support(self):
        return self.base.support

    def sample(self, sample_shape=()):
        return self.base.sample(sample_shape)

    def log_prob(self, value):
        return log_prob_within(self.base, value)

    @property
    def mean(self):
        return self.base.mean

    @property
    def variance(self):
        return self.base.variance
