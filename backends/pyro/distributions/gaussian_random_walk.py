"""Sums of Gaussian steps."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class GaussianRandomWalk(dist.TorchDistribution):
    """Cumulative sums of `num_steps` Gaussian steps; the first value is the first step."""

    arg_constraints = {"scale": constraints.positive}
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, scale, num_steps, *, validate_args=None):
        (self.scale,), self.num_steps = broadcast_reals(scale), num_steps
        super().__init__(self.scale.shape, (num_steps,), validate_args=validate_args)

    def rsample(self, sample_shape=()):
        steps = self.scale.new_empty(self._extended_shape(sample_shape)).normal_()
        return torch.cumsum(self.scale.unsqueeze(-1) * steps, -1)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        steps = torch.diff(value, dim=-1, prepend=torch.zeros_like(value[..., :1]))
        scale = self.scale.unsqueeze(-1)
        return dist.Normal(torch.zeros_like(scale), scale).log_prob(steps).sum(-1)

    @property
    def mean(self):
        return self.scale.new_zeros(self.batch_shape + self.event_shape)

    @property
    def variance(self):
        return self.scale.unsqueeze(-1) ** 2 * torch.arange(1, self.num_steps + 1)
