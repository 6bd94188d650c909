"""The beta-binomial, precise up to the binomial limit."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log_rising import log_rising


class BetaBinomial(dist.TorchDistribution):
    """Binomial(n, p) with p ~ Beta(a, b)."""

    arg_constraints = {
        "n": constraints.nonnegative_integer,
        "a": constraints.positive,
        "b": constraints.positive,
    }

    def __init__(self, n, a, b, *, validate_args=None):
        self.n, self.a, self.b = broadcast_reals(n, a, b)
        super().__init__(self.a.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(0, self.n)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            p = torch.distributions.Beta(self.a, self.b).sample(sample_shape)
            return torch.binomial(self.n.expand(p.shape).contiguous(), p).long()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        rest = self.n - value
        log_choose = log_rising(1.0, self.n) - log_rising(1.0, value) - log_rising(1.0, rest)
        log_mass = log_rising(self.a, value) + log_rising(self.b, rest)
        return log_choose + log_mass - log_rising(self.a + self.b, self.n)

    @property
    def mean(self):
        return self.n * self.a / (self.a + self.b)

    @property
    def variance(self):
        total = self.a + self.b
        return self.n * self.a * self.b * (total + self.n) / (total**2 * (total + 1.0))
