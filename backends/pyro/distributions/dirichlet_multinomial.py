"""The Dirichlet-multinomial, precise up to the multinomial limit."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log_rising import log_rising
from gendsl.backends.pyro.distributions.multinomial import sample_multinomial


class DirichletMultinomial(dist.TorchDistribution):
    """Multinomial(n, p) with p ~ Dirichlet(concentration)."""

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}

    def __init__(self, n, concentration, *, validate_args=None):
        (self.n,), (self.concentration,) = broadcast_reals(n), broadcast_reals(concentration)
        *batch, size = self.concentration.shape
        batch_shape = torch.broadcast_shapes(self.n.shape, tuple(batch))
        super().__init__(batch_shape, (size,), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self):
        return constraints.multinomial(self.n)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            concentration = self.concentration.expand(self.batch_shape + self.event_shape)
            p = torch.distributions.Dirichlet(concentration).sample(sample_shape)
            return sample_multinomial(self.n, p)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log_each = log_rising(self.concentration, value) - log_rising(1.0, value)
        log_total = log_rising(self.concentration.sum(-1), self.n) - log_rising(1.0, self.n)
        return log_each.sum(-1) - log_total

    @property
    def mean(self):
        share = self.concentration / self.concentration.sum(-1, keepdim=True)
        return self.n.expand(self.batch_shape)[..., None] * share

    @property
    def variance(self):
        n = self.n.expand(self.batch_shape)[..., None]
        total = self.concentration.sum(-1, keepdim=True)
        share = self.concentration / total
        return n * share * (1.0 - share) * (n + total) / (1.0 + total)
