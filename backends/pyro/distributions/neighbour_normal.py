"""The multivariate Gaussian in which each entry depends on a few of those before it."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.followed import followed


class NeighbourNormal(dist.TorchDistribution):
    """Each entry normal, with the mean loc + sum_j weights_j (y - loc)[near_j]: Vecchia (1988).

    The neighbours of an entry come before it in `order`; `scale` is the entry's own.
    """

    arg_constraints = {}
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc, scale, weights, near, order, *, validate_args=None):
        self.loc, self.scale = torch.broadcast_tensors(torch.as_tensor(loc), scale)
        self.weights, self.near, self.order = weights, near.long(), order
        super().__init__(torch.Size(), scale.shape, validate_args=validate_args)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        residual = value - self.loc
        moved = (self.weights * residual[..., self.near]).sum(-1)
        return dist.Normal(moved, self.scale).log_prob(residual).sum(-1)

    def rsample(self, sample_shape=()):
        white = self.scale.new_empty((*sample_shape, *self.event_shape)).normal_()
        return self.loc + followed(self.scale * white, self.weights, self.near, self.order)
