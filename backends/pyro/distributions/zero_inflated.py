"""Extra zeros, on the log scale."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.log1m_or_impossible import log1m_or_impossible
from gendsl.backends.pyro.distributions.log_add_exp import log_add_exp
from gendsl.backends.pyro.distributions.log_or_impossible import log_or_impossible


class ZeroInflated(dist.TorchDistribution):
    """Zero with probability `gate`, else a draw from `base`."""

    arg_constraints = {"gate": constraints.unit_interval}

    def __init__(self, gate, base, *, validate_args=None):
        (self.gate,), self.base = broadcast_reals(gate), base
        shape = torch.broadcast_shapes(self.gate.shape, base.batch_shape)
        super().__init__(shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return self.base.support

    def sample(self, sample_shape=()):
        with torch.no_grad():
            draw = self.base.expand(self.batch_shape).sample(sample_shape)
            is_zero = torch.rand(draw.shape, dtype=self.gate.dtype) < self.gate
            return torch.where(is_zero, 0, draw)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log_counted = log1m_or_impossible(self.gate) + self.base.log_prob(value)
        log_gate = log_or_impossible(self.gate)
        at_zero = torch.where(value == 0, log_counted, log_gate)
        return torch.where(value == 0, log_add_exp(log_gate, at_zero), log_counted)

    @property
    def mean(self):
        return (1.0 - self.gate) * self.base.mean

    @property
    def variance(self):
        base = self.base
        return (1.0 - self.gate) * (base.variance + self.gate * base.mean**2)
