"""The circular Gaussian, to the last digits."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class VonMises(dist.TorchDistribution):
    """An angle in [-pi, pi]; the Bessel function of Pyro's has seven digits."""

    arg_constraints = {"loc": constraints.real, "concentration": constraints.nonnegative}
    support = constraints.interval(-math.pi, math.pi)

    def __init__(self, loc, concentration, *, validate_args=None):
        self.loc, self.concentration = broadcast_reals(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def sample(self, sample_shape=()):
        concentration = self.concentration.clamp(min=1e-30)
        return torch.distributions.VonMises(self.loc, concentration).sample(sample_shape)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log_scale = math.log(2.0 * math.pi) + torch.log(torch.special.i0e(self.concentration))
        return self.concentration * (torch.cos(value - self.loc) - 1.0) - log_scale

    @property
    def mean(self):
        """The mean direction."""
        return self.loc

    @property
    def variance(self):
        """The circular variance."""
        i0, i1 = torch.special.i0e(self.concentration), torch.special.i1e(self.concentration)
        return 1.0 - i1 / i0
