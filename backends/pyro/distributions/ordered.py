"""Exchangeable draws in increasing order."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch
from pyro.distributions import constraints


class Ordered(dist.TorchDistribution):
    """The order statistics of the last event axis of `base`, whose entries are exchangeable.

    The density is K! times that of `base`, where the entries increase.
    """

    arg_constraints = {}
    support = constraints.ordered_vector

    def __init__(self, base, *, validate_args=None):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    def sample(self, sample_shape=()):
        return torch.sort(self.base.sample(sample_shape), dim=-1).values

    def log_prob(self, value):
        return math.lgamma(self.event_shape[-1] + 1.0) + self.base.log_prob(value)


class PositiveOrdered(Ordered):
    """The same for a `base` on the positive half-line."""

    support = constraints.positive_ordered_vector
