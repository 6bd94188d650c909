"""The multinomial; the number of trials may be an array."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log_or_impossible import log_or_impossible


def sample_multinomial(n, p):
    """Counts of each category of `p[..., k]` in `n` trials, one conditional binomial at a time."""
    still = p.flip(-1).cumsum(-1).flip(-1)
    share = torch.where(still > 0, p / torch.where(still > 0, still, 1.0), 0.0).clamp(0.0, 1.0)
    left, counts = n.expand(p.shape[:-1]).to(p.dtype), []
    for k in range(p.shape[-1] - 1):
        counts.append(torch.binomial(left.contiguous(), share[..., k].contiguous()))
        left = left - counts[-1]
    return torch.stack([*counts, left], -1).long()


class Multinomial(dist.TorchDistribution):
    """Counts of each category in n trials; give `p` or `logit`, categories last."""

    arg_constraints = {}

    def __init__(self, n, p=None, *, logit=None, validate_args=None):
        (self.n,), (given,) = broadcast_reals(n), broadcast_reals(logit if p is None else p)
        self.p, self.logit = (None, given) if p is None else (given, None)
        batch_shape = torch.broadcast_shapes(self.n.shape, given.shape[:-1])
        super().__init__(batch_shape, given.shape[-1:], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self):
        return constraints.multinomial(self.n)

    @property
    def probs(self):
        return torch.softmax(self.logit, -1) if self.p is None else self.p

    def sample(self, sample_shape=()):
        with torch.no_grad():
            return sample_multinomial(self.n, self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log_p = torch.log_softmax(self.logit, -1) if self.p is None else log_or_impossible(self.p)
        log_mass = torch.where(value == 0, 0.0, value * log_p)
        log_choose = torch.lgamma(self.n + 1.0) - torch.lgamma(value + 1.0).sum(-1)
        return log_choose + log_mass.sum(-1)

    @property
    def mean(self):
        return self.n.expand(self.batch_shape)[..., None] * self.probs

    @property
    def variance(self):
        return self.mean * (1.0 - self.probs)
