"""Inverses of Wishart matrices."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.wishart import log_diagonal, sample_bartlett


class InverseWishart(dist.TorchDistribution):
    """The law of the inverse of a Wishart(df, scale^-1) matrix."""

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
            # with scale = L L' and W = A A', the inverse of L'^-1 W L^-1 is L W^-1 L'
            root = torch.linalg.solve_triangular(root, self.scale_tril.mT, upper=False)
            return root.mT @ root

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        p, factor = self.event_shape[-1], torch.linalg.cholesky(value)
        scale_tril = self.scale_tril.expand(torch.broadcast_shapes(factor.shape, self.scale.shape))
        x = torch.linalg.solve_triangular(factor, scale_tril, upper=False)
        log_norm = self.df * (0.5 * p * math.log(2.0) - log_diagonal(self.scale_tril).sum(-1))
        log_norm = log_norm + torch.mvlgamma(self.df / 2, p)
        power = (self.df + p + 1) * log_diagonal(factor).sum(-1)
        return -power - x.square().sum((-1, -2)) / 2 - log_norm

    @property
    def mean(self):
        """Infinite unless df > size + 1."""
        rest = self.df[..., None, None] - self.event_shape[-1] - 1
        return torch.where(rest > 0, self.scale / torch.where(rest > 0, rest, 1.0), torch.inf)
