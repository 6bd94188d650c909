"""The binomial by the log odds, which may be infinite."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class BinomialLogit(dist.TorchDistribution):
    """Successes in n trials; at log odds of -inf it is certain of 0, at inf of n.

    There the log density is 0 or -inf, exactly, and its gradient 0 where Pyro's is NaN.
    """

    arg_constraints = {"n": constraints.nonnegative_integer, "logit": constraints.real}

    def __init__(self, n, logit, *, validate_args=None):
        self.n, self.logit = broadcast_reals(n, logit)
        super().__init__(self.logit.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(0, self.n)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            shape = self._extended_shape(sample_shape)
            n, p = self.n.expand(shape), torch.sigmoid(self.logit).expand(shape)
            return torch.binomial(n.contiguous(), p.contiguous()).long()

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        is_certain = torch.isinf(self.logit)
        logit, rest = torch.where(is_certain, 0.0, self.logit), self.n - value
        log_choose = (
            torch.lgamma(self.n + 1.0) - torch.lgamma(value + 1.0) - torch.lgamma(rest + 1.0)
        )
        log_mass = log_choose + value * logsigmoid(logit) + rest * logsigmoid(-logit)
        certain = torch.where(self.logit > 0, self.n, 0.0)
        at_edge = torch.where(value == certain, 0.0, -torch.inf)
        return torch.where(is_certain, at_edge, log_mass)

    @property
    def mean(self):
        return self.n * torch.sigmoid(self.logit)

    @property
    def variance(self):
        return self.mean * torch.sigmoid(-self.logit)
