"""Covariance matrices with a given mean."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


def sample_bartlett(df, size, shape):
    """Lower-triangular A [..., size, size] with A A' ~ Wishart(df, I) (Bartlett 1933)."""
    gap = df[..., None] - torch.arange(size)
    diagonal = torch.sqrt(torch.distributions.Chi2(gap).sample(shape))
    below = torch.randn(*diagonal.shape, size, dtype=diagonal.dtype).tril(-1)
    return below + torch.diag_embed(diagonal)


def log_diagonal(factor):
    """The logarithms of a matrix's diagonal."""
    return torch.log(torch.diagonal(factor, dim1=-2, dim2=-1))


class Wishart(dist.TorchDistribution):
    """The law of a sum of `df` outer products of Gaussians with covariance `scale`."""

    arg_constraints = {"df": constraints.positive, "scale": constraints.positive_definite}
    support = constraints.positive_definite

    def __init__(self, df, scale, *, validate_args=None):
        (self.df,), self.scale = broadcast_reals(df), scale
        self.scale_tril = torch.linalg.cholesky(scale)
        batch_shape = torch.broadcast_shapes(self.df.shape, scale.shape[:-2])
        self.df = self.df.expand(batch_shape)
        super().__init__(batch_shape, scale.shape[-2:], validate_args=validate_args)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            root = sample_bartlett(self.df, self.event_shape[-1], torch.Size(sample_shape))
            root = self.scale_tril @ root
            return root @ root.mT

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        p, factor = self.event_shape[-1], torch.linalg.cholesky(value)
        x = torch.linalg.solve_triangular(self.scale_tril, factor, upper=False)
        log_scale = log_diagonal(self.scale_tril).sum(-1)
        log_norm = self.df * (log_scale + 0.5 * p * math.log(2.0))
        log_norm = log_norm + torch.mvlgamma(self.df / 2, p)
        power = (self.df - p - 1) * log_diagonal(factor).sum(-1)
        return power - x.square().sum((-1, -2)) / 2 - log_norm

    @property
    def mean(self):
        return self.df[..., None, None] * self.scale

    @property
    def variance(self):
        diagonal = torch.diagonal(self.scale, dim1=-2, dim2=-1)
        squares = self.scale**2 + diagonal[..., :, None] * diagonal[..., None, :]
        return self.df[..., None, None] * squares
