"""Zeros from one process, positive counts from another."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log1m_or_impossible import log1m_or_impossible
from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_or_impossible import log_or_impossible


class Hurdle(dist.TorchDistribution):
    """Zero with probability `gate`, else a draw from `base` given that it is not zero."""

    arg_constraints = {"gate": constraints.unit_interval}

    def __init__(self, gate, base, *, validate_args=None):
        (self.gate,), self.base = broadcast_reals(gate), base
        shape = torch.broadcast_shapes(self.gate.shape, base.batch_shape)
        super().__init__(shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return self.base.support

    @property
    def log_positive(self):
        """log P(base > 0); at least that of the smallest number, where the slope is finite yet."""
        log_zero = self.base.log_prob(torch.zeros(()))
        return log1mexp(log_zero.clamp(max=-torch.finfo(log_zero.dtype).tiny))

    def sample(self, sample_shape=()):
        with torch.no_grad():
            draw = self.base.expand(self.batch_shape).sample(sample_shape)
            goal = torch.rand(draw.shape, dtype=self.gate.dtype)
            # a zero is drawn again from 1, 2, ..., by inversion
            k, mass, again = 1, torch.zeros_like(goal), torch.ones_like(draw)
            while k < 1_000_000 and bool(((draw == 0) & (mass < goal)).any()):
                again = torch.where(mass < goal, k, again)
                log_mass = self.base.log_prob(torch.tensor(float(k))) - self.log_positive
                k, mass = k + 1, mass + torch.exp(log_mass)
            positive = torch.where(draw == 0, again, draw)
            is_zero = torch.rand(draw.shape, dtype=self.gate.dtype) < self.gate
            return torch.where(is_zero, 0, positive)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        positive = torch.where(value == 0, 1, value)
        log_count = (
            log1m_or_impossible(self.gate) + self.base.log_prob(positive) - self.log_positive
        )
        return torch.where(value == 0, log_or_impossible(self.gate), log_count)

    @property
    def mean(self):
        return (1.0 - self.gate) * self.base.mean * torch.exp(-self.log_positive)

    @property
    def variance(self):
        base = self.base
        second = (1.0 - self.gate) * (base.variance + base.mean**2) * torch.exp(-self.log_positive)
        return second - self.mean**2
