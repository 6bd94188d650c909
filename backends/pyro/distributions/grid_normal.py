"""The Gaussian matrix whose covariance is that of rows times that of columns, and noise."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.grid_density import grid_log_density


class GridNormal(dist.TorchDistribution):
    """vec(Y) ~ N(vec(loc), first x second + scale^2 I), x the Kronecker product: Saatci (2011)."""

    arg_constraints = {}
    support = constraints.independent(constraints.real, 2)
    has_rsample = True

    def __init__(self, loc, first, second, scale, *, validate_args=None):
        self.first, self.second = first, second
        self.scale = torch.as_tensor(scale, dtype=first.dtype)
        shape = torch.Size((first.shape[-1], second.shape[-1]))
        self.loc = torch.as_tensor(loc, dtype=first.dtype).expand(shape)
        super().__init__(torch.Size(), shape, validate_args=validate_args)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        return grid_log_density(value - self.loc, self.first, self.second, self.scale**2)

    def rsample(self, sample_shape=()):
        a, left = torch.linalg.eigh(self.first)
        b, right = torch.linalg.eigh(self.second)
        white = self.loc.new_empty((*sample_shape, *self.event_shape)).normal_()
        spread = torch.sqrt(a[:, None] * b + self.scale**2)
        return self.loc + left @ (spread * white) @ right.mT
