"""Correlation matrices and their Cholesky factors."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals


class LKJCholesky(dist.TorchDistribution):
    """The Cholesky factor of an LKJ correlation matrix; torch 2.13 draws others from size 3 on.

    Row i, from 0, lies in a ball of i dimensions: its squared length is Beta(i / 2, b_i) with
    b_i = concentration + (dimension - 1 - i) / 2, its direction uniform (Lewandowski et al. 2009).
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dimension, concentration=1.0, *, validate_args=None):
        (self.concentration,), self.dimension = broadcast_reals(concentration), dimension
        shape = (dimension, dimension)
        super().__init__(self.concentration.shape, shape, validate_args=validate_args)

    @property
    def rows(self):
        """The numbers 1, 2, ... of the rows after the first, and b of each."""
        i = torch.arange(1, self.dimension)
        return i, self.concentration.unsqueeze(-1) + (self.dimension - 1 - i) / 2

    def sample(self, sample_shape=()):
        with torch.no_grad():
            i, b = self.rows
            length = torch.distributions.Beta((i / 2).to(b.dtype).expand(b.shape), b)
            square = torch.nn.functional.pad(length.sample(sample_shape), (1, 0))
            direction = torch.randn(*square.shape, self.dimension, dtype=b.dtype).tril(-1)
            size = direction.norm(dim=-1, keepdim=True)
            direction = direction / torch.where(size > 0, size, 1.0)
            below = square.sqrt().unsqueeze(-1) * direction
            return below + torch.diag_embed((1.0 - square).sqrt())

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        _, b = self.rows
        diagonal = torch.diagonal(value, dim1=-2, dim2=-1)[..., 1:]
        return (2.0 * (b - 1.0) * torch.log(diagonal)).sum(-1) - self.log_constant

    @property
    def log_constant(self):
        i, b = self.rows
        return (i / 2 * math.log(math.pi) + torch.lgamma(b) - torch.lgamma(b + i / 2)).sum(-1)


class LKJ(LKJCholesky):
    """Correlation matrices with density proportional to det(x)^(concentration - 1)."""

    support = constraints.corr_matrix

    def sample(self, sample_shape=()):
        root = super().sample(sample_shape)
        return root @ root.mT

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        diagonal = torch.diagonal(torch.linalg.cholesky(value), dim1=-2, dim2=-1)
        log_det = 2.0 * torch.log(diagonal).sum(-1)
        return (self.concentration - 1.0) * log_det - self.log_constant
