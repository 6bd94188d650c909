"""One trial, of whole numbers, precise where its probability is nearly 0."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class Bernoulli(dist.TorchDistribution):
    """1 with probability `probs`, or by its log odds, `logits`; values may be whole numbers.

    Pyro's takes floats alone, and 1e-16 for the least probability that there is.
    """

    arg_constraints = {"probs": constraints.unit_interval}
    support = constraints.boolean

    def __init__(self, probs=None, logits=None, *, validate_args=None):
        (given,) = broadcast_reals(logits if probs is None else probs)
        self.probs = torch.sigmoid(given) if probs is None else given
        self.logits = given if probs is None else None
        super().__init__(given.shape, validate_args=validate_args)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            return torch.bernoulli(self.probs.expand(self._extended_shape(sample_shape))).long()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        if self.logits is not None:
            return logsigmoid((2 * value - 1) * self.logits)
        limits = torch.finfo(self.probs.dtype)
        p = self.probs.clamp(limits.tiny, 1.0 - limits.eps)
        return torch.xlogy(value, p) + torch.special.xlog1py(1 - 1 * value, -p)

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1.0 - self.probs)
