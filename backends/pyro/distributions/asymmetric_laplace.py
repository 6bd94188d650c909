"""The asymmetric Laplace by its quantile."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class AsymmetricLaplaceQuantile(dist.TorchDistribution):
    """Two exponential tails that meet at `loc`, below which there is mass `quantile`."""

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "quantile": constraints.unit_interval,
    }
    support = constraints.real
    has_rsample = True

    def __init__(self, loc, scale, quantile, *, validate_args=None):
        self.loc, self.scale, self.quantile = broadcast_reals(loc, scale, quantile)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def rsample(self, sample_shape=()):
        u, v = self.loc.new_empty((2, *self._extended_shape(sample_shape))).exponential_()
        return self.loc + self.scale * (u / self.quantile - v / (1.0 - self.quantile))

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        z, q = (value - self.loc) / self.scale, self.quantile
        log_height = torch.log(q) + torch.log1p(-q) - torch.log(self.scale)
        return log_height - z.abs() * torch.where(z < 0, 1.0 - q, q)

    @property
    def mean(self):
        q = self.quantile
        return self.loc + self.scale * (1.0 - 2.0 * q) / (q * (1.0 - q))

    @property
    def variance(self):
        q = self.quantile
        return self.scale**2 * (1.0 - 2.0 * q + 2.0 * q**2) / (q * (1.0 - q)) ** 2
