"""Failures before the first success."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class Geometric(dist.TorchDistribution):
    """Failures before the first success; give `probs` or `logits`, which may be large."""

    arg_constraints = {}
    support = constraints.nonnegative_integer

    def __init__(self, probs=None, logits=None, *, validate_args=None):
        (given,) = broadcast_reals(logits if probs is None else probs)
        self.probs = torch.sigmoid(given) if probs is None else given
        self.logits = given if probs is None else None
        super().__init__(given.shape, validate_args=validate_args)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            chance = 1.0 - torch.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype)
            log_failure = (
                torch.log1p(-self.probs) if self.logits is None else logsigmoid(-self.logits)
            )
            return torch.floor(torch.log(chance) / log_failure).long()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        if self.logits is not None:
            return logsigmoid(self.logits) + value * logsigmoid(-self.logits)
        is_certain = (self.probs == 1) & (value == 0)
        log_failure = torch.log1p(-torch.where(is_certain, 0.0, self.probs))
        return value * log_failure + torch.log(self.probs)

    @property
    def mean(self):
        return 1.0 / self.probs - 1.0

    @property
    def variance(self):
        return (1.0 / self.probs - 1.0) / self.probs
