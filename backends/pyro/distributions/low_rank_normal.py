"""The multivariate Gaussian whose covariance is of low rank, but for its diagonal."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch
from pyro.distributions import constraints


class LowRankNormal(dist.TorchDistribution):
    """loc + W z + noise * e, z and e standard normal: by the factor C C' = 1 + W' W / noise^2."""

    # |W W' + D| = |C C'| |D| and (W W' + D)^-1 = D^-1 - D^-1 W (C C')^-1 W' D^-1: Woodbury's
    # identity (Rasmussen & Williams 2006, eq. A.9 and A.10).
    arg_constraints = {"loc": constraints.real_vector, "noise": constraints.positive}
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc, factor, noise, capacitance=None, *, validate_args=None):
        factor = torch.as_tensor(factor)
        loc, noise = (torch.as_tensor(x, dtype=factor.dtype) for x in (loc, noise))
        batch = torch.broadcast_shapes(loc.shape[:-1], noise.shape[:-1], factor.shape[:-2])
        shape = (*batch, factor.shape[-2])
        self.loc, self.factor, self.noise = loc.expand(shape), factor, noise.expand(shape)
        if capacitance is None:
            scaled = self.factor / self.noise[..., None]
            inner = scaled.mT @ scaled
            one = torch.eye(inner.shape[-1], dtype=inner.dtype, device=inner.device)
            capacitance = torch.linalg.cholesky(one + inner)
        self.capacitance = capacitance
        super().__init__(torch.Size(batch), torch.Size(shape[-1:]), validate_args=validate_args)

    def rsample(self, sample_shape=()):
        shape = (*sample_shape, *self.batch_shape)
        z = self.factor.new_empty((*shape, self.factor.shape[-1], 1)).normal_()
        e = self.factor.new_empty((*shape, *self.event_shape)).normal_()
        return self.loc + (self.factor @ z)[..., 0] + self.noise * e

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        scaled = (value - self.loc) / self.noise
        inner = self.factor.mT @ (scaled / self.noise)[..., None]
        explained = torch.linalg.solve_triangular(self.capacitance, inner, upper=False)[..., 0]
        diagonal = torch.diagonal(self.capacitance, dim1=-2, dim2=-1)
        return (
            -0.5 * ((scaled**2).sum(-1) - (explained**2).sum(-1))
            - torch.log(diagonal).sum(-1)
            - torch.log(self.noise).sum(-1)
            - 0.5 * self.event_shape[0] * math.log(2 * math.pi)
        )

    @property
    def mean(self):
        return self.loc

    @property
    def variance(self):
        return (self.factor**2).sum(-1) + self.noise**2
