"""Successes in trials, precise where the probability is nearly 0."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class Binomial(dist.TorchDistribution):
    """Successes in n trials; Pyro's takes 1e-16 for the least probability that there is."""

    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
    }

    def __init__(self, total_count, probs, *, validate_args=None):
        self.total_count, self.probs = broadcast_reals(total_count, probs)
        super().__init__(self.probs.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(0, self.total_count)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            shape = self._extended_shape(sample_shape)
            n, p = self.total_count.expand(shape), self.probs.expand(shape)
            return torch.binomial(n.contiguous(), p.contiguous()).long()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        limits, rest = torch.finfo(self.probs.dtype), self.total_count - value
        p = self.probs.clamp(limits.tiny, 1.0 - limits.eps)
        log_choose = (
            torch.lgamma(self.total_count + 1.0)
            - torch.lgamma(value + 1.0)
            - torch.lgamma(rest + 1.0)
        )
        return log_choose + torch.xlogy(value, p) + torch.special.xlog1py(rest, -p)

    @property
    def mean(self):
        return self.total_count * self.probs

    @property
    def variance(self):
        return self.mean * (1.0 - self.probs)
