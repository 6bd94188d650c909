"""Vectors that sum to zero: the constraint, and the map onto them that Pyro's inference takes."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import torch
from pyro.distributions import constraints
from torch.distributions import biject_to, transform_to
from torch.distributions.transforms import Transform


class ZeroSum(constraints.Constraint):
    """Vectors whose entries sum to 0."""

    event_dim = 1

    def check(self, value):
        room = 1e-6 * value.abs().sum(-1).clamp(min=1.0)
        return value.sum(-1).abs() <= room


zero_sum = ZeroSum()


@biject_to.register(ZeroSum)
@transform_to.register(ZeroSum)
class ToZeroSum(Transform):
    """Orthonormal coordinates of the plane: K - 1 of them, no volume change.

    y_k = x_k - c for k < K, and y_K = c - s / sqrt(K), with s = sum(x), c = s / (K + sqrt(K)).
    """

    domain, codomain, bijective = constraints.real_vector, zero_sum, True

    def __init__(self, constraint=None, cache_size=0):
        super().__init__(cache_size)

    def _call(self, x):
        size, total = x.shape[-1] + 1, x.sum(-1, keepdim=True)
        part = total / (math.sqrt(size) + size)
        return torch.cat([x, part - total / math.sqrt(size)], -1) - part

    def _inverse(self, y):
        size = y.shape[-1]
        return y[..., :-1] - y[..., -1:] * math.sqrt(size) / (math.sqrt(size) + size)

    def log_abs_det_jacobian(self, x, y):
        return x.new_zeros(x.shape[:-1])

    def forward_shape(self, shape):
        return (*shape[:-1], shape[-1] + 1)

    def inverse_shape(self, shape):
        return (*shape[:-1], shape[-1] - 1)
